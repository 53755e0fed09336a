#include "user/sh/history.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/sh.h"
#include "user/sh/vars.h"

static char *lines[HISTORY_MAX];    /* a ring */
static unsigned first, count;

unsigned
history_count(void)
{
    return count;
}

const char *
history_at(unsigned index)
{
    return index < count ? lines[(first + index) % HISTORY_MAX] : NULL;
}

static void
remember(const char *line)
{
    char *copy = mem_keep_string(line);
    unsigned place = (first + count) % HISTORY_MAX;

    if (count == HISTORY_MAX) {
        free(lines[place]);
        first = (first + 1) % HISTORY_MAX;
    } else {
        count++;
    }
    lines[place] = copy;
}

static const char *
file_name(void)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };
    const char *home = var_get("HOME");

    if (home == NULL || *home == '\0')
        return NULL;
    text_string(&text, home);
    text_string(&text, "/.sh_history");
    return text_end(&text);
}

static bool
worth_keeping(const char *line)
{
    return line[strspn(line, " \t")] != '\0' &&
        strlen(line) <= HISTORY_LINE_MAX &&
        (count == 0 || strcmp(history_at(count - 1), line) != 0);
}

static void
take_line(struct text *line)
{
    if (line->length > 0 && worth_keeping(text_end(line)))
        remember(line->bytes);
    line->length = 0;
}

/* The file keeps everything that was typed; once it is much longer than
 * what is remembered it is written anew. */
static void
shorten(const char *name)
{
    int fd = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC);

    for (unsigned i = 0; fd >= 0 && i < count; i++) {
        (void)sh_write(fd, history_at(i), strlen(history_at(i)));
        (void)sh_write(fd, "\n", 1);
    }
    if (fd >= 0)
        close(fd);
}

void
history_load(void)
{
    const char *name = file_name();
    struct text line = { &sh.scratch, NULL, 0, 0 };
    unsigned total = 0;
    char buffer[512];
    ssize_t got;
    int fd = name != NULL ? open(name, O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0)
        return;
    while ((got = read(fd, buffer, sizeof buffer)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (buffer[i] == '\n') {
                total++;
                take_line(&line);
            } else if (buffer[i] != '\0' &&
                       line.length <= HISTORY_LINE_MAX) {
                text_byte(&line, buffer[i]);
            }
        }
    }
    close(fd);
    take_line(&line);
    if (total > 2 * HISTORY_MAX)
        shorten(name);
}

void
history_add(const char *line)
{
    const char *name = file_name();
    struct text text = { &sh.scratch, NULL, 0, 0 };
    int fd;

    if (!worth_keeping(line))
        return;
    remember(line);
    if (name == NULL)
        return;
    fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;         /* no home that can be written: this session only */
    text_string(&text, line);
    text_byte(&text, '\n');
    (void)sh_write(fd, text.bytes, text.length);
    close(fd);
}
