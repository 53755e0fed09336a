#include "user/sh/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/line.h"
#include "user/sh/prompt.h"
#include "user/sh/sh.h"

#define BLOCK_SIZE 4096

static struct source *top;

static struct source *
open_source(int fd)
{
    struct source *source = mem_keep(sizeof *source);

    *source = (struct source){ .fd = fd, .line = 1, .below = top };
    source->text.arena = &source->arena;
    top = source;
    return source;
}

struct source *
source_open_string(const char *string, unsigned line)
{
    struct source *source = open_source(-1);

    source->line = line;
    source->ended = true;
    text_string(&source->text, string);
    return source;
}

struct source *
source_open_fd(int fd, bool careful, bool terminal)
{
    struct source *source = open_source(fd);

    source->careful = careful;
    source->terminal = terminal;
    return source;
}

struct source *
source_top(void)
{
    return top;
}

void
source_close(struct source *source)
{
    top = source->below;
    tree_drop(source->tree);
    arena_free(&source->arena);
    free(source->block);
    if (source->fd > 2)
        close(source->fd);
    free(source);
}

void
source_close_down_to(struct source *below)
{
    while (top != below)
        source_close(top);
}

/* The next block, or one byte where more would be somebody else's. */
static bool
read_block(struct source *source)
{
    bool seek = source->careful && lseek(source->fd, 0, SEEK_CUR) >= 0;
    size_t size = source->careful && !seek ? 1 : BLOCK_SIZE;
    ssize_t got;

    if (source->block == NULL)
        source->block = mem_keep(BLOCK_SIZE);
    do {
        got = read(source->fd, source->block, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        sh_error("cannot read commands: %s", strerror(errno));
        sh.status = 2;
    }
    if (got <= 0)
        return false;
    source->block_at = 0;
    source->block_length = (size_t)got;
    if (seek) {
        const char *end = memchr(source->block, '\n', (size_t)got);

        if (end != NULL)
            source->block_length = (size_t)(end + 1 - source->block);
        if (lseek(source->fd, (off_t)source->block_length - got,
                  SEEK_CUR) < 0)
            return false;
    }
    return true;
}

/* NUL bytes are left out: nothing in a shell can hold them. */
static bool
fill_from_file(struct source *source)
{
    bool any = false;

    for (;;) {
        char byte;

        if (source->block_at == source->block_length &&
            !read_block(source)) {
            source->ended = true;
            return any;
        }
        byte = source->block[source->block_at++];
        any = true;
        if (byte != '\0')
            text_byte(&source->text, byte);
        if (byte == '\n')
            return true;
    }
}

static bool
fill_from_terminal(struct source *source, bool continued)
{
    struct arena_mark mark = arena_mark(&sh.scratch);
    struct text line = { &sh.scratch, NULL, 0, 0 };
    enum line_result result;

    result = line_read(&line, prompt_text(continued ? "PS2" : "PS1"));
    if (result == LINE_DONE) {
        text_add(&source->text, line.bytes, line.length);
        text_byte(&source->text, '\n');
    }
    source->interrupted = result == LINE_INTERRUPTED;
    source->ended = result == LINE_END;
    arena_release(&sh.scratch, mark);
    return result == LINE_DONE;
}

bool
source_fill(struct source *source, bool continued)
{
    size_t before = source->text.length;
    bool filled;

    if (source->ended || source->interrupted)
        return false;
    if (source->terminal)
        filled = fill_from_terminal(source, continued);
    else
        filled = fill_from_file(source);
    if (filled && sh.option['v'])
        (void)sh_write(2, source->text.bytes + before,
                       source->text.length - before);
    return filled;
}

void
source_drop(struct source *source)
{
    struct text *text = &source->text;

    if (source->fd < 0)
        return;
    if (text->length > source->at)
        memmove(text->bytes, text->bytes + source->at,
                text->length - source->at);
    text->length -= source->at;
    source->at = 0;
    if (text->length == 0) {
        arena_free(&source->arena);
        *text = (struct text){ .arena = &source->arena };
    }
}

void
source_replace(struct source *source, size_t start, const char *with)
{
    struct text *text = &source->text;
    size_t old = source->at - start, new = strlen(with);

    if (new > old)
        text_reserve(text, new - old);
    memmove(text->bytes + start + new, text->bytes + source->at,
            text->length - source->at);
    memcpy(text->bytes + start, with, new);
    text->length = text->length - old + new;
    source->at = start;
}
