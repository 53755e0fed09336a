#include "user/bin/lib/sed_script.h"

#include "user/bin/lib/buffer.h"
#include "user/bin/lib/pattern.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MOST 256 /* braces within braces */

struct parser {
    struct sed_script *script;
    const char *start, *p;
    int flags;
    size_t open[DEPTH_MOST]; /* commands { that are not closed yet */
    size_t depth;
};

/* A file of w is opened once, however often it is named. */
struct written {
    char *name;
    FILE *file;
    struct written *next;
};

static struct written *files;

static _Noreturn void
fail(const struct parser *at, const char *why)
{
    tool_fatal("script, character %zu: %s", (size_t)(at->p - at->start), why);
}

static void
skip_blanks(struct parser *at)
{
    while (isblank((unsigned char)*at->p))
        at->p++;
}

static uintmax_t
read_number(struct parser *at)
{
    uintmax_t number = 0;

    for (; isdigit((unsigned char)*at->p); at->p++) {
        if (number > UINTMAX_MAX / 100)
            fail(at, "the number is too large");
        number = number * 10 + (uintmax_t)(*at->p - '0');
    }
    return number;
}

/* Text up to an unquoted newline; blanks are part of it. */
static char *
read_rest(struct parser *at)
{
    struct buffer text = { 0 };
    size_t length = strcspn(at->p, "\n");

    buffer_add(&text, at->p, length);
    at->p += length;
    return text.text;
}

/* --- regular expressions ---------------------------------------------------*/

/*
 * What stands between two delimiters; p is behind the first one, and then
 * behind the second. "\n" is a line end, a delimiter with a backslash is
 * itself; what else has a backslash is for regcomp(), or for s, to read.
 */
static void
read_delimited(struct parser *at, char delimiter, bool regex,
               struct buffer *text)
{
    buffer_add(text, NULL, 0);
    for (;; at->p++) {
        char c = *at->p;

        if (c == '\0' || (c == '\n' && regex))
            fail(at, "the delimiter is missing");
        if (c == delimiter)
            break;
        if (c != '\\') {
            buffer_put(text, c);
            continue;
        }
        c = *++at->p;
        if (c == '\0')
            fail(at, "the delimiter is missing");
        if (c == delimiter && c != '&') {
            buffer_put(text, c);
        } else if (regex && c == 'n') {
            buffer_put(text, '\n');
        } else if (regex && c == 't') {
            buffer_put(text, '\t');
        } else {
            buffer_put(text, '\\');
            buffer_put(text, c);
        }
    }
    at->p++;
}

/* NULL for the empty one, which means the last that was used. */
static regex_t *
compile(struct parser *at, const struct buffer *text, int more_flags)
{
    regex_t *regex;

    if (text->length == 0) {
        if (more_flags != 0)
            fail(at, "flags need a regular expression");
        return NULL;
    }
    regex = tool_alloc(sizeof(*regex));
    pattern_compile(regex, text->text, at->flags | more_flags);
    return regex;
}

static int
regex_flag(char c)
{
    if (c == 'I' || c == 'i')
        return REG_ICASE;
    return c == 'M' || c == 'm' ? REG_NEWLINE : 0;
}

/* --- addresses -------------------------------------------------------------*/

static void
read_regex_address(struct parser *at, struct sed_address *address)
{
    struct buffer text = { 0 };
    char delimiter = *at->p++;
    int flags = 0;

    if (delimiter == '\\') {
        delimiter = *at->p++;
        if (delimiter == '\0' || delimiter == '\n' || delimiter == '\\')
            fail(at, "a delimiter is expected");
    }
    read_delimited(at, delimiter, true, &text);
    for (; *at->p == 'I' || *at->p == 'M'; at->p++)
        flags |= regex_flag(*at->p);
    address->kind = SED_REGEX;
    address->regex = compile(at, &text, flags);
    buffer_free(&text);
}

static bool
read_address(struct parser *at, struct sed_address *address, bool second)
{
    if (*at->p == '$') {
        at->p++;
        address->kind = SED_LAST;
    } else if (*at->p == '/' || *at->p == '\\') {
        read_regex_address(at, address);
    } else if (isdigit((unsigned char)*at->p)) {
        address->line = read_number(at);
        address->kind = SED_LINE;
        if (*at->p == '~' && !second) {
            at->p++;
            address->kind = SED_STEP;
            address->step = read_number(at);
        } else if (address->line == 0 && !second) {
            address->kind = SED_ZERO;
        }
    } else if (second && (*at->p == '+' || *at->p == '~')) {
        address->kind = *at->p++ == '+' ? SED_PLUS : SED_MULTIPLE;
        if (!isdigit((unsigned char)*at->p))
            fail(at, "a number is expected");
        address->step = read_number(at);
    } else {
        return false;
    }
    skip_blanks(at);
    return true;
}

static void
read_addresses(struct parser *at, struct sed_command *command)
{
    if (read_address(at, &command->from, false) && *at->p == ',') {
        at->p++;
        skip_blanks(at);
        if (!read_address(at, &command->to, true))
            fail(at, "an address is expected after ','");
    }
    if (command->from.kind == SED_ZERO) {
        if (command->to.kind != SED_REGEX)
            fail(at, "line 0 needs a regular expression as the second");
        command->in_range = true;
    }
    for (; *at->p == '!' || isblank((unsigned char)*at->p); at->p++)
        command->negated |= *at->p == '!';
}

/* --- commands --------------------------------------------------------------*/

static FILE *
open_file(struct parser *at)
{
    struct written *file;
    char *name;

    skip_blanks(at);
    name = read_rest(at);
    if (*name == '\0')
        fail(at, "the name of a file is missing");
    for (file = files; file != NULL; file = file->next)
        if (strcmp(file->name, name) == 0)
            return file->file;
    file = tool_alloc(sizeof(*file));
    file->name = name;
    file->file = strcmp(name, "/dev/stdout") == 0 ? stdout
                 : strcmp(name, "/dev/stderr") == 0 ? stderr
                                                    : fopen(name, "w");
    if (file->file == NULL)
        tool_die(name);
    file->next = files;
    files = file;
    return file->file;
}

/* The text of a, i and c, with or without a backslash and a new line. */
static void
read_text(struct parser *at, struct sed_command *command)
{
    struct buffer text = { 0 };

    skip_blanks(at);
    if (*at->p == '\\') {
        const char *p = at->p + 1;

        while (isblank((unsigned char)*p))
            p++;
        at->p = *p == '\n' ? p + 1 : at->p + 1;
    }
    if (*at->p == '\0')
        fail(at, "text is expected");
    for (; *at->p != '\0' && *at->p != '\n'; at->p++) {
        if (*at->p == '\\' && at->p[1] != '\0')
            at->p++;
        buffer_put(&text, *at->p);
    }
    buffer_put(&text, '\n');
    command->text = text.text;
    command->text_length = text.length;
}

static void
add_piece(struct sed_command *command, struct buffer *text, int group,
          size_t *room)
{
    struct sed_piece *piece;

    command->pieces = tool_grow(command->pieces, command->piece_count, room,
                                sizeof(*command->pieces));
    piece = &command->pieces[command->piece_count++];
    piece->text = text->text;
    piece->length = text->length;
    piece->group = group;
    if (group >= 0 && command->groups < (size_t)group + 1)
        command->groups = (size_t)group + 1;
    *text = (struct buffer){ 0 };
}

/* What s puts in: & and \1 to \9 are groups, \n a line end. */
static void
read_replacement(struct parser *at, struct sed_command *command,
                 const struct buffer *source)
{
    struct buffer text = { 0 };
    size_t room = 0;

    for (const char *p = source->text; *p != '\0'; p++) {
        if (*p == '&') {
            add_piece(command, &text, 0, &room);
        } else if (*p != '\\') {
            buffer_put(&text, *p);
        } else if (isdigit((unsigned char)*++p)) {
            int group = *p - '0';

            if (command->regex != NULL &&
                (size_t)group > command->regex->re_nsub)
                fail(at, "there is no such group");
            add_piece(command, &text, group, &room);
        } else {
            buffer_put(&text, *p == 'n' ? '\n' : *p == 't' ? '\t' : *p);
        }
    }
    add_piece(command, &text, -1, &room);
}

static int
read_flags(struct parser *at, struct sed_command *command)
{
    int flags = 0;

    for (;; at->p++) {
        if (*at->p == 'g') {
            command->global = true;
        } else if (*at->p == 'p') {
            command->print = true;
        } else if (regex_flag(*at->p) != 0) {
            flags |= regex_flag(*at->p);
        } else if (isdigit((unsigned char)*at->p)) {
            command->nth = read_number(at);
            if (command->nth == 0)
                fail(at, "matches are counted from 1");
            at->p--;
        } else {
            break;
        }
    }
    if (*at->p == 'w') {
        at->p++;
        command->file = open_file(at);
    }
    return flags;
}

static void
read_substitution(struct parser *at, struct sed_command *command)
{
    struct buffer regex = { 0 }, replacement = { 0 };
    char delimiter = *at->p;

    if (delimiter == '\0' || delimiter == '\n' || delimiter == '\\')
        fail(at, "a delimiter is expected");
    at->p++;
    read_delimited(at, delimiter, true, &regex);
    read_delimited(at, delimiter, false, &replacement);
    command->nth = 1;
    command->groups = 1;
    command->regex = compile(at, &regex, read_flags(at, command));
    read_replacement(at, command, &replacement);
    buffer_free(&regex);
    buffer_free(&replacement);
}

/* One character of y's list. */
static const char *
read_mapped(const char *p, unsigned char *c)
{
    if (*p == '\\' && (p[1] == 'n' || p[1] == '\\')) {
        *c = p[1] == 'n' ? '\n' : '\\';
        return p + 2;
    }
    *c = (unsigned char)*p;
    return p + 1;
}

static void
read_map(struct parser *at, struct sed_command *command)
{
    struct buffer from = { 0 }, to = { 0 };
    const char *p, *q;
    char delimiter = *at->p;

    if (delimiter == '\0' || delimiter == '\n' || delimiter == '\\')
        fail(at, "a delimiter is expected");
    at->p++;
    read_delimited(at, delimiter, false, &from);
    read_delimited(at, delimiter, false, &to);
    command->map = tool_alloc(256);
    for (int i = 0; i < 256; i++)
        command->map[i] = (unsigned char)i;
    for (p = from.text, q = to.text; *p != '\0' && *q != '\0';) {
        unsigned char a, b;

        p = read_mapped(p, &a);
        q = read_mapped(q, &b);
        command->map[a] = b;
    }
    if (*p != *q)
        fail(at, "both lists of y must be equally long");
    buffer_free(&from);
    buffer_free(&to);
}

static void
read_label(struct parser *at, struct sed_command *command)
{
    bool defined = command->letter == ':';
    struct buffer label = { 0 };
    size_t length;

    skip_blanks(at);
    length = strcspn(at->p, defined ? "\n;" : "\n;}");
    buffer_add(&label, at->p, length);
    at->p += length;
    while (label.length > 0 &&
           isblank((unsigned char)label.text[label.length - 1]))
        label.text[--label.length] = '\0';
    command->label = label.text;
    if (defined && (label.length == 0 || command->from.kind != SED_NONE))
        fail(at, "':' takes a label, and no address");
}

static void
open_brace(struct parser *at, size_t index)
{
    if (at->depth == DEPTH_MOST)
        fail(at, "too many braces");
    at->open[at->depth++] = index;
}

static void
close_brace(struct parser *at, struct sed_command *command, size_t index)
{
    if (command->from.kind != SED_NONE)
        fail(at, "'}' takes no address");
    if (at->depth == 0)
        fail(at, "'}' without '{'");
    at->script->commands[at->open[--at->depth]].target = index;
}

static void
read_arguments(struct parser *at, struct sed_command *command, size_t index)
{
    switch (command->letter) {
    case '{':
        open_brace(at, index);
        break;
    case '}':
        close_brace(at, command, index);
        break;
    case 'a':
    case 'i':
    case 'c':
        read_text(at, command);
        break;
    case ':':
    case 'b':
    case 't':
    case 'T':
        read_label(at, command);
        break;
    case 'q':
    case 'Q':
        if (command->to.kind != SED_NONE)
            fail(at, "q takes one address only");
        skip_blanks(at);
        command->status = (int)(read_number(at) & 0xFF);
        break;
    case 'r':
        skip_blanks(at);
        command->text = read_rest(at);
        break;
    case 'w':
        command->file = open_file(at);
        break;
    case 's':
        read_substitution(at, command);
        break;
    case 'y':
        read_map(at, command);
        break;
    }
}

static void
read_command(struct parser *at)
{
    struct sed_script *script = at->script;
    struct sed_command command = { 0 };
    size_t index = script->count;

    read_addresses(at, &command);
    command.letter = *at->p;
    if (command.letter == '\0' ||
        strchr("{}aicbtT:dDgGhHlnNpPqQrswxy=", command.letter) == NULL)
        fail(at, command.letter == '\0' ? "a command is missing"
                                        : "there is no such command");
    at->p++;
    read_arguments(at, &command, index);
    script->commands = tool_grow(script->commands, index, &script->room,
                                 sizeof(*script->commands));
    script->commands[script->count++] = command;
    skip_blanks(at);
    if (*at->p == ';' || *at->p == '\n')
        at->p++;
    else if (*at->p != '\0' && *at->p != '}' && *at->p != '#' &&
             command.letter != '{' && command.letter != '}')
        fail(at, "more than the command takes");
}

static void
find_labels(struct sed_script *script)
{
    for (size_t i = 0; i < script->count; i++) {
        struct sed_command *command = &script->commands[i];
        size_t k = 0;

        if (command->letter == '\0' || strchr("btT", command->letter) == NULL)
            continue;
        command->target = script->count;
        if (*command->label == '\0')
            continue;
        while (k < script->count && (script->commands[k].letter != ':' ||
               strcmp(script->commands[k].label, command->label) != 0))
            k++;
        if (k == script->count)
            tool_fatal("there is no label '%s'", command->label);
        command->target = k;
    }
}

void
sed_close_files(void)
{
    for (struct written *file = files; file != NULL; file = file->next)
        if (file->file != stdout && fclose(file->file) != 0)
            tool_warn(file->name);
}

void
sed_parse(struct sed_script *script, const char *text, int flags)
{
    struct parser at = { .script = script, .start = text, .p = text,
                         .flags = flags };

    for (;;) {
        while (isspace((unsigned char)*at.p) || *at.p == ';')
            at.p++;
        if (*at.p == '\0')
            break;
        if (*at.p == '#')
            at.p += strcspn(at.p, "\n");
        else
            read_command(&at);
    }
    if (at.depth > 0)
        fail(&at, "'}' is missing");
    find_labels(script);
}
