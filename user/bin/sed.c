/* sed: edits text by a script, line by line. */
#include "user/bin/lib/buffer.h"
#include "user/bin/lib/copy.h"
#include "user/bin/lib/format.h"
#include "user/bin/lib/pattern.h"
#include "user/bin/lib/sed_script.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "e:Ef:inrsz"
#define LIST_COLUMNS 69 /* of l, before the backslash that goes on */
#define NO_INPUT 2      /* status: a file cannot be opened */
#define FAILURE 4       /* status: it cannot be read or written */
#define GROUPS 10       /* \0 to \9 */

static struct sed_script script;
static bool quiet, separate, in_place;
static const char *suffix = ""; /* -i: of the file as it was before */
static int end = '\n';

/* Input: one line is read ahead, to know which one is the last. */
static char **names;
static int names_left;
static FILE *input;
static const char *input_name;
static struct line ahead;
static bool has_ahead;
static uintmax_t line_number;

static FILE *output;
static char *output_name; /* -i: what the new file is called so far */
static FILE *unended;     /* a line without its end went there */
static bool end_missing;  /* the last line of the input had no end */

static struct buffer space, hold;
static bool substituted; /* for t */
static const regex_t *last_regex;

/* What is written when the cycle ends: text of a, files of r. */
static const struct sed_command **appended;
static size_t appended_count, appended_room;

/* --- input -----------------------------------------------------------------*/

/* -i: the new file was written beside the old one, and takes its place. */
static void
end_in_place(void)
{
    struct buffer backup = { 0 };

    if (output == stdout)
        return;
    if (fclose(output) != 0)
        tool_die(output_name);
    if (*suffix != '\0') {
        buffer_add(&backup, input_name, strlen(input_name));
        buffer_add(&backup, suffix, strlen(suffix));
        if (rename(input_name, backup.text) != 0)
            tool_die(backup.text);
        buffer_free(&backup);
    }
    if (rename(output_name, input_name) != 0)
        tool_die(input_name);
    free(output_name);
    unended = NULL;
    output = stdout;
}

static bool
start_in_place(void)
{
    static const char pattern[] = ".sedXXXXXX";
    struct buffer name = { 0 };
    struct stat info;
    int file;

    if (fstat(fileno(input), &info) != 0 || !S_ISREG(info.st_mode)) {
        tool_error("%s: not a regular file", input_name);
        return false;
    }
    buffer_add(&name, input_name, strlen(input_name));
    buffer_add(&name, pattern, sizeof(pattern) - 1);
    file = mkstemp(name.text);
    if (file < 0 || fchmod(file, info.st_mode & MODE_BITS) != 0)
        tool_die(name.text);
    output = fdopen(file, "w");
    if (output == NULL)
        tool_die(name.text);
    output_name = name.text;
    return true;
}

static void
close_input(void)
{
    if (input != NULL) {
        stream_close(input, input_name);
        end_in_place();
    }
    input = NULL;
}

static void
open_input(void)
{
    input_name = *names++;
    names_left--;
    input = stream_open(input_name);
    if (input == NULL) {
        tool_status = NO_INPUT;
    } else if (in_place && !start_in_place()) {
        fclose(input);
        input = NULL;
    }
    if (separate)
        line_number = 0;
}

/* Go through the files until one has another line. */
static void
read_ahead(void)
{
    while (!has_ahead) {
        if (input != NULL)
            has_ahead = line_read(&ahead, input, end);
        if (has_ahead)
            return;
        close_input();
        if (names_left == 0)
            return;
        open_input();
    }
}

/*
 * The next line into the pattern space, or behind what is in it; false at the
 * end of all input. With -s and -i, a file is left only now, when the cycle
 * of its last line is over.
 */
static bool
next_line(bool append)
{
    read_ahead();
    if (!has_ahead)
        return false;
    if (append)
        buffer_put(&space, (char)end);
    else
        buffer_clear(&space);
    buffer_add(&space, ahead.text, ahead.length);
    end_missing = !ahead.ended;
    line_number++;
    has_ahead = line_read(&ahead, input, end);
    if (!separate)
        read_ahead();
    return true;
}

/* --- output ----------------------------------------------------------------*/

static void
put_bytes(const char *text, size_t length, FILE *file)
{
    if (unended == file)
        putc(end, file);
    unended = NULL;
    fwrite(text, 1, length, file);
    if (end_missing && !has_ahead)
        unended = file;
    else
        putc(end, file);
}

static void
put_space(void)
{
    put_bytes(space.text, space.length, output);
}

/* Text that has its own end. */
static void
put_text(const struct sed_command *command)
{
    bool missing = end_missing;

    end_missing = false;
    put_bytes(command->text, command->text_length - 1, output);
    end_missing = missing;
}

/* A file that is not there is no error, as POSIX wants it. */
static void
put_file(const char *name)
{
    FILE *file = strcmp(name, "/dev/stdin") == 0 ? stdin : fopen(name, "r");
    int c;

    if (file == NULL)
        return;
    while ((c = getc(file)) != EOF) {
        if (unended == output)
            putc(end, output);
        unended = NULL;
        putc(c, output);
    }
    if (file != stdin)
        fclose(file);
}

static void
put_appended(void)
{
    for (size_t i = 0; i < appended_count; i++) {
        if (appended[i]->letter == 'a')
            put_text(appended[i]);
        else
            put_file(appended[i]->text);
    }
    appended_count = 0;
}

static void
append(const struct sed_command *command)
{
    appended = tool_grow(appended, appended_count, &appended_room,
                         sizeof(*appended));
    appended[appended_count++] = command;
}

/* l: nothing is left to guess about what is in the pattern space. */
static void
put_listed(void)
{
    static const char letters[] = "abfnrtv\\";
    static const char values[] = "\a\b\f\n\r\t\v\\";
    struct buffer text = { 0 };
    size_t column = 0;
    bool missing = end_missing;

    for (size_t i = 0; i < space.length; i++) {
        unsigned char c = (unsigned char)space.text[i];
        const char *found = c != '\0' ? strchr(values, c) : NULL;
        char shown[8];

        if (found != NULL)
            snprintf(shown, sizeof(shown), "\\%c", letters[found - values]);
        else
            snprintf(shown, sizeof(shown), isprint(c) ? "%c" : "\\%03o", c);
        if (column + strlen(shown) > LIST_COLUMNS) {
            buffer_add(&text, "\\\n", 2);
            column = 0;
        }
        buffer_add(&text, shown, strlen(shown));
        column += strlen(shown);
    }
    buffer_put(&text, '$');
    end_missing = false;
    put_bytes(text.text, text.length, output);
    end_missing = missing;
    buffer_free(&text);
}

/* --- addresses -------------------------------------------------------------*/

static const regex_t *
use_regex(const regex_t *regex)
{
    if (regex != NULL)
        last_regex = regex;
    if (last_regex != NULL)
        return last_regex;
    tool_trouble = 1; /* the script is wrong, only it shows late */
    tool_fatal("there is no regular expression before the empty one");
}

static bool
matches(const struct sed_address *address)
{
    switch (address->kind) {
    case SED_LINE:
        return line_number == address->line;
    case SED_LAST:
        return !has_ahead;
    case SED_REGEX:
        return pattern_find(use_regex(address->regex), space.text,
                            space.length, 0, 0, NULL);
    case SED_STEP:
        if (address->step == 0)
            return line_number == address->line;
        return line_number >= address->line &&
               (line_number - address->line) % address->step == 0;
    default:
        return false;
    }
}

/* Where a range that begins here ends; this line, if it is not larger. */
static uintmax_t
end_of_range(const struct sed_address *to)
{
    switch (to->kind) {
    case SED_LINE:
        return to->line;
    case SED_PLUS:
        return line_number + to->step;
    case SED_MULTIPLE:
        return to->step == 0 ? 0 : (line_number / to->step + 1) * to->step;
    case SED_LAST:
        return has_ahead ? UINTMAX_MAX : 0;
    default:
        return UINTMAX_MAX;
    }
}

static bool
in_range(struct sed_command *command)
{
    const struct sed_address *to = &command->to;

    if (!command->in_range) {
        if (!matches(&command->from))
            return false;
        command->range_end = end_of_range(to);
        command->in_range = command->range_end > line_number;
        return true;
    }
    if (to->kind == SED_REGEX || to->kind == SED_LAST) {
        command->in_range = !matches(to);
        return true;
    }
    /* A line that n or N took may have been the last one. */
    command->in_range = line_number < command->range_end;
    return line_number <= command->range_end;
}

static bool
is_selected(struct sed_command *command)
{
    bool selected = true;

    if (command->to.kind != SED_NONE)
        selected = in_range(command);
    else if (command->from.kind != SED_NONE)
        selected = matches(&command->from);
    return selected != command->negated;
}

/* --- s and y ---------------------------------------------------------------*/

static void
add_replacement(struct buffer *to, const struct sed_command *command,
                const regmatch_t groups[GROUPS])
{
    for (size_t i = 0; i < command->piece_count; i++) {
        const struct sed_piece *piece = &command->pieces[i];
        const regmatch_t *group = &groups[piece->group < 0 ? 0
                                                           : piece->group];

        if (piece->length > 0)
            buffer_add(to, piece->text, piece->length);
        if (piece->group >= 0 && group->rm_so >= 0)
            buffer_add(to, space.text + group->rm_so,
                       (size_t)(group->rm_eo - group->rm_so));
    }
}

/* Replace matches in a copy; returns whether there was one to replace. */
static bool
replace(const struct sed_command *command, struct buffer *result)
{
    const regex_t *regex = use_regex(command->regex);
    size_t at = 0, count = 0, last_end = SIZE_MAX;
    regmatch_t groups[GROUPS];
    bool done = false;

    while (at <= space.length && (!done || command->global) &&
           pattern_find(regex, space.text, space.length, at,
                        command->groups, groups)) {
        size_t start = (size_t)groups[0].rm_so, stop = (size_t)groups[0].rm_eo;
        /* Nothing, right behind a match, is part of that match. */
        bool counts = stop > start || start != last_end;

        buffer_add(result, space.text + at, start - at);
        if (counts && ++count >= command->nth) {
            add_replacement(result, command, groups);
            done = true;
        } else {
            buffer_add(result, space.text + start, stop - start);
        }
        last_end = at = stop;
        if (stop == start) {
            if (at < space.length)
                buffer_put(result, space.text[at]);
            at++;
        }
    }
    if (at < space.length)
        buffer_add(result, space.text + at, space.length - at);
    return done;
}

static void
substitute(const struct sed_command *command)
{
    struct buffer result = { 0 };

    if (!replace(command, &result)) {
        buffer_free(&result);
        return;
    }
    buffer_add(&result, NULL, 0);
    buffer_free(&space);
    space = result;
    substituted = true;
    if (command->print)
        put_space();
    if (command->file != NULL)
        put_bytes(space.text, space.length, command->file);
}

static void
map_characters(const unsigned char map[256])
{
    for (size_t i = 0; i < space.length; i++)
        space.text[i] = (char)map[(unsigned char)space.text[i]];
}

/* --- running ---------------------------------------------------------------*/

/* What the end of a cycle does. */
static void
end_cycle(void)
{
    if (!quiet)
        put_space();
    put_appended();
}

static _Noreturn void
quit(int status)
{
    put_appended();
    close_input();
    if (tool_status == 0)
        tool_status = status;
    sed_close_files();
    tool_exit();
}

/* n and N: without another line, that is the end of everything. */
static void
take_line(bool join)
{
    if (!has_ahead && names_left == 0) {
        if (!quiet)
            put_space();
        quit(0);
    }
    if (!join && !quiet)
        put_space();
    put_appended();
    if (!next_line(join))
        quit(0);
}

/* False if there is only one. */
static bool
delete_first_line(void)
{
    const char *newline = memchr(space.text, '\n', space.length);
    size_t length;

    if (newline == NULL)
        return false;
    length = (size_t)(newline - space.text) + 1;
    memmove(space.text, space.text + length, space.length - length + 1);
    space.length -= length;
    return true;
}

static void
move_space(char letter)
{
    struct buffer old = space;

    if (letter == 'x') {
        space = hold;
        hold = old;
        buffer_add(&space, NULL, 0);
    } else if (letter == 'g' || letter == 'h') {
        struct buffer *to = letter == 'g' ? &space : &hold;
        const struct buffer *from = letter == 'g' ? &hold : &space;

        buffer_clear(to);
        buffer_add(to, from->text, from->length);
    } else {
        struct buffer *to = letter == 'G' ? &space : &hold;
        const struct buffer *from = letter == 'G' ? &hold : &space;

        buffer_put(to, '\n');
        buffer_add(to, from->text, from->length);
    }
}

static void
put_first_line(void)
{
    const char *newline = memchr(space.text, '\n', space.length);

    put_bytes(space.text, newline != NULL ? (size_t)(newline - space.text)
                                          : space.length, output);
}

static void
put_line_number(void)
{
    bool missing = end_missing;
    char text[32];

    snprintf(text, sizeof(text), "%ju", line_number);
    end_missing = false;
    put_bytes(text, strlen(text), output);
    end_missing = missing;
}

/* Commands that only write. False if it is another one. */
static bool
write_command(const struct sed_command *command)
{
    switch (command->letter) {
    case 'a':
    case 'r':
        append(command);
        return true;
    case 'i':
        put_text(command);
        return true;
    case 'l':
        put_listed();
        return true;
    case 'p':
        put_space();
        return true;
    case 'P':
        put_first_line();
        return true;
    case 'w':
        put_bytes(space.text, space.length, command->file);
        return true;
    case '=':
        put_line_number();
        return true;
    default:
        return false;
    }
}

/* Where the script goes on: any larger number is the end of the cycle. */
#define CYCLE_ENDS SIZE_MAX        /* and the pattern space is printed */
#define CYCLE_DELETED (SIZE_MAX - 1) /* it is not */
#define CYCLE_KEPT (SIZE_MAX - 2)    /* D: and no line is read */

static size_t
jump(const struct sed_command *command, size_t next)
{
    bool going = command->letter == 'b' ||
                 substituted == (command->letter == 't');

    if (command->letter != 'b')
        substituted = false;
    return going ? command->target : next;
}

static size_t
run_command(struct sed_command *command, size_t next)
{
    if (write_command(command))
        return next;
    switch (command->letter) {
    case 'b':
    case 't':
    case 'T':
        return jump(command, next);
    case 'c':
        if (command->to.kind == SED_NONE || command->negated ||
            !command->in_range)
            put_text(command);
        return CYCLE_DELETED;
    case 'd':
        return CYCLE_DELETED;
    case 'D':
        return delete_first_line() ? CYCLE_KEPT : CYCLE_DELETED;
    case 'n':
    case 'N':
        take_line(command->letter == 'N');
        return next;
    case 'q':
    case 'Q':
        if (command->letter == 'Q')
            appended_count = 0;
        else if (!quiet)
            put_space();
        quit(command->status);
    case 's':
        substitute(command);
        return next;
    case 'y':
        map_characters(command->map);
        return next;
    case 'g':
    case 'G':
    case 'h':
    case 'H':
    case 'x':
        move_space(command->letter);
        return next;
    default: /* : { } */
        return next;
    }
}

static size_t
run_script(void)
{
    size_t i = 0;

    while (i < script.count) {
        struct sed_command *command = &script.commands[i];

        if (is_selected(command))
            i = run_command(command, i + 1);
        else
            i = command->letter == '{' ? command->target : i + 1;
    }
    return i;
}

static void
run(void)
{
    bool kept = false;

    while (kept || next_line(false)) {
        size_t result = run_script();

        kept = result == CYCLE_KEPT;
        if (result == CYCLE_DELETED || kept)
            put_appended();
        else
            end_cycle();
        if (!kept)
            substituted = false;
    }
}

/* --- options ---------------------------------------------------------------*/

static void
add_script(struct buffer *text, const char *more)
{
    if (text->text != NULL)
        buffer_put(text, '\n');
    buffer_add(text, more, strlen(more));
}

static void
add_script_file(struct buffer *text, const char *name)
{
    struct line line = { 0 };
    FILE *file = stream_open(name);

    if (file == NULL)
        exit(tool_trouble);
    while (line_read(&line, file, '\n'))
        add_script(text, line.text);
    if (!stream_close(file, name))
        exit(tool_trouble);
    buffer_add(text, NULL, 0);
    free(line.text);
}

/* The suffix of -i stands in the same word, if there is one. */
static bool
take_suffix(int argc, char **argv)
{
    const char *word = optind < argc ? argv[optind] : "";

    if (strncmp(word, "-i", 2) != 0 || word[2] == '\0')
        return false;
    suffix = word + 2;
    in_place = separate = true;
    optind++;
    return true;
}

static int
read_options(int argc, char **argv, struct buffer *text)
{
    int letter = 0, flags = 0;

    while (letter != -1) {
        if (take_suffix(argc, argv))
            continue;
        letter = tool_getopt(argc, argv, OPTIONS);
        if (letter == 'e')
            add_script(text, optarg);
        else if (letter == 'f')
            add_script_file(text, optarg);
        else if (letter == 'E' || letter == 'r')
            flags = REG_EXTENDED;
        else if (letter == 'z')
            end = '\0';
        quiet |= letter == 'n';
        in_place |= letter == 'i';
        separate |= letter == 'i' || letter == 's';
    }
    return flags;
}

int
main(int argc, char **argv)
{
    static char standard[] = "-", *only[] = { standard };
    struct buffer text = { 0 };
    int flags;

    tool_start(1);
    output = stdout;
    flags = read_options(argc, argv, &text);
    if (text.text == NULL) {
        tool_operands(argc, 1, -1);
        add_script(&text, argv[optind++]);
    }
    if (strncmp(text.text, "#n\n", 3) == 0 || strcmp(text.text, "#n") == 0)
        quiet = true;
    sed_parse(&script, text.text, flags);
    tool_trouble = FAILURE;
    names = optind < argc ? argv + optind : only;
    names_left = optind < argc ? argc - optind : 1;
    run();
    close_input();
    sed_close_files();
    return tool_finish();
}
