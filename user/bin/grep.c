/* grep: the lines that match a pattern. */
#include "user/bin/lib/path.h"
#include "user/bin/lib/pattern.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/terminal.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "A:aB:C:cEe:Ff:HhiLlm:noqRrsvwxz"
#define PROBE_BYTES 32768 /* where a '\0' shows that a file is no text */
#define SELECTED 0
#define NONE_SELECTED 1
#define TROUBLE 2

struct pattern {
    char *text; /* with -i, in small letters if it is fixed */
    size_t length;
    regex_t regex;
};

/* A line that may be shown before the next match. */
struct context {
    struct line line;
    uintmax_t number;
};

static struct pattern *patterns;
static size_t pattern_count, pattern_room;
static bool extended, fixed, no_case, inverted, whole_words, whole_lines;
static bool count_only, list_matching, list_others, numbers, quiet, no_errors,
    only_matches, as_text, colors, with_names, recursive;
static size_t before, after;
static uintmax_t most = UINTMAX_MAX;
static int end = '\n';
static bool any_selected;

/* The file that is searched. */
static const char *file_name;
static uintmax_t line_number, selected;
static bool is_binary;
static struct context *history; /* a ring of the last lines */
static size_t history_used, history_next, after_left;
static uintmax_t last_printed; /* number of the line, 0: none yet */
static bool printed_any;

/* --- matching --------------------------------------------------------------*/

static void
add_pattern(const char *text, size_t length)
{
    struct pattern *pattern;

    patterns = tool_grow(patterns, pattern_count, &pattern_room,
                         sizeof(*patterns));
    pattern = &patterns[pattern_count++];
    pattern->text = tool_alloc(length + 1);
    memcpy(pattern->text, text, length);
    pattern->text[length] = '\0';
    pattern->length = length;
}

/* Each line of an argument is a pattern. */
static void
add_patterns(const char *text)
{
    const char *newline;

    while ((newline = strchr(text, '\n')) != NULL) {
        add_pattern(text, (size_t)(newline - text));
        text = newline + 1;
    }
    add_pattern(text, strlen(text));
}

static void
read_patterns(const char *name)
{
    struct line line = { 0 };
    FILE *file = stream_open(name);

    if (file == NULL)
        exit(TROUBLE);
    while (line_read(&line, file, '\n'))
        add_pattern(line.text, line.length);
    if (!stream_close(file, name))
        exit(TROUBLE);
    free(line.text);
}

static void
compile_patterns(void)
{
    int flags = (extended ? REG_EXTENDED : 0) | (no_case ? REG_ICASE : 0);

    for (size_t i = 0; i < pattern_count; i++) {
        struct pattern *pattern = &patterns[i];

        if (!fixed) {
            pattern_compile(&pattern->regex, pattern->text, flags);
            continue;
        }
        for (size_t k = 0; no_case && k < pattern->length; k++)
            pattern->text[k] = (char)tolower((unsigned char)pattern->text[k]);
    }
}

static bool
equal_bytes(const char *text, const char *pattern, size_t length)
{
    if (!no_case)
        return memcmp(text, pattern, length) == 0;
    for (size_t i = 0; i < length; i++)
        if (tolower((unsigned char)text[i]) != (unsigned char)pattern[i])
            return false;
    return true;
}

static bool
find_fixed(const struct pattern *pattern, const char *text, size_t length,
           size_t from, regmatch_t *match)
{
    for (size_t i = from; i + pattern->length <= length; i++) {
        if (!equal_bytes(text + i, pattern->text, pattern->length))
            continue;
        match->rm_so = (regoff_t)i;
        match->rm_eo = (regoff_t)(i + pattern->length);
        return true;
    }
    return false;
}

static bool
find(const struct pattern *pattern, const char *text, size_t length,
     size_t from, regmatch_t *match)
{
    if (fixed)
        return find_fixed(pattern, text, length, from, match);
    return pattern_find(&pattern->regex, text, length, from, 1, match);
}

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool
is_bounded(const struct line *line, const regmatch_t *match)
{
    size_t start = (size_t)match->rm_so, stop = (size_t)match->rm_eo;

    if (whole_lines)
        return start == 0 && stop == line->length;
    return !whole_words ||
           ((start == 0 || !is_word(line->text[start - 1])) &&
            (stop == line->length || !is_word(line->text[stop])));
}

/*
 * With -w and -x the longest match may not be the one that counts: at the
 * same place shorter ones are tried, then the search goes on behind it.
 */
static bool
find_bounded(const struct pattern *pattern, const struct line *line,
             size_t from, regmatch_t *match)
{
    while (from <= line->length &&
           find(pattern, line->text, line->length, from, match)) {
        size_t start = (size_t)match->rm_so, stop = (size_t)match->rm_eo;

        while (!is_bounded(line, match) && stop > start) {
            char cut = line->text[--stop];
            bool found;

            line->text[stop] = '\0';
            found = find(pattern, line->text, stop, start, match);
            line->text[stop] = cut;
            if (!found || (size_t)match->rm_so != start) {
                match->rm_so = (regoff_t)start;
                match->rm_eo = (regoff_t)-1;
                break;
            }
            stop = (size_t)match->rm_eo;
        }
        if (match->rm_eo >= 0 && is_bounded(line, match))
            return true;
        from = start + 1;
    }
    return false;
}

/* The leftmost match of all patterns, the longest of those. */
static bool
find_first(const struct line *line, size_t from, regmatch_t *best)
{
    bool found = false;

    for (size_t i = 0; i < pattern_count; i++) {
        regmatch_t match;

        if (!find_bounded(&patterns[i], line, from, &match))
            continue;
        if (!found || match.rm_so < best->rm_so ||
            (match.rm_so == best->rm_so && match.rm_eo > best->rm_eo))
            *best = match;
        found = true;
    }
    return found;
}

/* Does any pattern match? Where does not matter, which is cheaper. */
static bool
matches(const struct line *line)
{
    regmatch_t match;

    if (whole_words || whole_lines)
        return find_first(line, 0, &match);
    for (size_t i = 0; i < pattern_count; i++)
        if (fixed ? find_fixed(&patterns[i], line->text, line->length, 0,
                               &match)
                  : pattern_find(&patterns[i].regex, line->text,
                                 line->length, 0, 0, NULL))
            return true;
    return false;
}

/* --- printing --------------------------------------------------------------*/

static const char *
shown_name(void)
{
    return strcmp(file_name, "-") == 0 ? "(standard input)" : file_name;
}

static void
put_prefix(uintmax_t number, char mark)
{
    if (with_names)
        printf("%s%c", shown_name(), mark);
    if (numbers)
        printf("%ju%c", number, mark);
}

static void
put_match(const struct line *line, const regmatch_t *match)
{
    if (colors)
        fputs("\033[1;31m", stdout);
    fwrite(line->text + match->rm_so, 1,
           (size_t)(match->rm_eo - match->rm_so), stdout);
    if (colors)
        fputs("\033[0m", stdout);
}

/* -o: each match on a line of its own; else the line with its matches. */
static void
put_matches(const struct line *line)
{
    size_t at = 0;
    regmatch_t match;

    while (at <= line->length && find_first(line, at, &match)) {
        size_t start = (size_t)match.rm_so, stop = (size_t)match.rm_eo;

        if (stop == start) {
            if (!only_matches && start < line->length)
                fwrite(line->text + at, 1, start + 1 - at, stdout);
            at = start + 1;
            continue;
        }
        if (only_matches)
            put_prefix(line_number, ':');
        else
            fwrite(line->text + at, 1, start - at, stdout);
        put_match(line, &match);
        if (only_matches)
            putchar(end);
        at = stop;
    }
    if (!only_matches && at < line->length)
        fwrite(line->text + at, 1, line->length - at, stdout);
}

static void
put_line(const struct line *line, uintmax_t number, char mark)
{
    if ((before > 0 || after > 0) && printed_any &&
        (last_printed == 0 || number > last_printed + 1))
        puts("--");
    last_printed = number;
    printed_any = true;
    if (only_matches) {
        if (mark == ':' && !inverted)
            put_matches(line);
        return;
    }
    put_prefix(number, mark);
    if (colors && mark == ':' && !inverted)
        put_matches(line);
    else
        fwrite(line->text, 1, line->length, stdout);
    putchar(end);
}

static void
remember(const struct line *line)
{
    struct context *place;
    char *text;

    if (before == 0)
        return;
    if (history == NULL) {
        history = tool_alloc(before * sizeof(*history));
        memset(history, 0, before * sizeof(*history));
    }
    place = &history[history_next];
    text = tool_realloc(place->line.text, line->length + 1);
    memcpy(text, line->text, line->length + 1);
    place->line = *line;
    place->line.text = text;
    place->number = line_number;
    history_next = (history_next + 1) % before;
    if (history_used < before)
        history_used++;
}

static void
put_history(void)
{
    for (size_t i = history_used; i > 0; i--) {
        const struct context *place =
            &history[(history_next + before - i) % before];

        put_line(&place->line, place->number, '-');
    }
    history_used = 0;
}

/* --- searching -------------------------------------------------------------*/

/* Nothing more of this file has to be known. */
static bool
select_line(const struct line *line)
{
    selected++;
    any_selected = true;
    if (quiet)
        exit(SELECTED);
    if (list_matching || list_others || (is_binary && !count_only))
        return true;
    if (!count_only) {
        put_history();
        put_line(line, line_number, ':');
        after_left = after;
    }
    return selected == most;
}

/* What comes after the last line that -m lets through. */
static void
put_rest_of_context(struct line *line, FILE *file)
{
    while (after_left > 0 && line_read(line, file, end) &&
           matches(line) == inverted) {
        line_number++;
        after_left--;
        put_line(line, line_number, '-');
    }
}

static void
search_lines(FILE *file)
{
    struct line line = { 0 };

    while (most > 0 && line_read(&line, file, end)) {
        line_number++;
        if (!as_text && end != '\0' &&
            memchr(line.text, '\0', line.length) != NULL)
            is_binary = true;
        if (matches(&line) != inverted) {
            if (select_line(&line)) {
                if (selected == most)
                    put_rest_of_context(&line, file);
                break;
            }
        } else if (after_left > 0) {
            after_left--;
            put_line(&line, line_number, '-');
        } else {
            remember(&line);
        }
    }
    free(line.text);
}

/* Look at the start of a file, if one can go back to it. */
static bool
has_null(FILE *file)
{
    static char probe[PROBE_BYTES];
    off_t at = ftello(file);
    size_t count;

    if (at < 0 || as_text || end == '\0')
        return false;
    count = fread(probe, 1, sizeof(probe), file);
    if (ferror(file) || fseeko(file, at, SEEK_SET) != 0)
        return false;
    return memchr(probe, '\0', count) != NULL;
}

static void
report(void)
{
    const char *name = shown_name();

    if (list_matching || list_others) {
        if ((selected > 0) == list_matching)
            puts(name);
        return;
    }
    if (count_only) {
        if (with_names)
            printf("%s:", name);
        printf("%ju\n", selected);
    } else if (is_binary && selected > 0) {
        tool_note("%s: binary file matches", name);
    }
}

static void
search(const char *name)
{
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
    bool failed;

    if (file == NULL) {
        if (no_errors)
            tool_status = TROUBLE;
        else
            tool_warn(name);
        return;
    }
    file_name = name;
    line_number = selected = last_printed = 0;
    history_used = history_next = after_left = 0;
    is_binary = has_null(file);
    if (!ferror(file))
        search_lines(file);
    failed = ferror(file);
    if (failed && no_errors) {
        tool_status = TROUBLE;
        clearerr(file);
    }
    stream_close(file, name);
    if (!failed)
        report();
}

static void
visit(struct walk *at, enum walk_event event)
{
    const char *path = at->path;

    if (event == WALK_LOOP) {
        tool_note("%s: a link leads back here", path);
    } else if (event == WALK_FAILED || event == WALK_CLOSED) {
        if (no_errors)
            tool_status = TROUBLE;
        else
            tool_error("%s: %s", path, strerror(at->error));
    } else if (event == WALK_ENTRY && !S_ISDIR(at->info.st_mode) &&
               (S_ISREG(at->info.st_mode) || at->depth == 0)) {
        search(at->data != NULL ? path + 2 : path); /* without "./" */
    }
}

/* --- options ---------------------------------------------------------------*/

static void
set_flag(int letter)
{
    as_text |= letter == 'a';
    count_only |= letter == 'c';
    extended |= letter == 'E';
    fixed |= letter == 'F';
    no_case |= letter == 'i';
    list_matching |= letter == 'l';
    list_others |= letter == 'L';
    numbers |= letter == 'n';
    only_matches |= letter == 'o';
    quiet |= letter == 'q';
    recursive |= letter == 'r' || letter == 'R';
    no_errors |= letter == 's';
    inverted |= letter == 'v';
    whole_words |= letter == 'w';
    whole_lines |= letter == 'x';
    if (letter == 'z')
        end = '\0';
}

static size_t
lines_option(void)
{
    return (size_t)number_read(optarg, 0, INT32_MAX, "a number of lines");
}

/* Returns 'H' or 'h' if names were asked for, or unwanted. */
static int
read_options(int argc, char **argv, enum walk_links *links)
{
    int letter, names = 0;
    bool has_pattern = false;

    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        set_flag(letter);
        if (letter == 'A' || letter == 'C')
            after = lines_option();
        if (letter == 'B' || letter == 'C')
            before = lines_option();
        if (letter == 'm')
            most = (uintmax_t)number_read(optarg, 0, INTMAX_MAX, "a number");
        if (letter == 'e')
            add_patterns(optarg);
        if (letter == 'f')
            read_patterns(optarg);
        has_pattern |= letter == 'e' || letter == 'f';
        if (letter == 'H' || letter == 'h')
            names = letter;
        if (letter == 'R')
            *links = WALK_ALL_LINKS;
    }
    if (!has_pattern) {
        if (optind == argc)
            tool_usage("a pattern is missing");
        add_patterns(argv[optind++]);
    }
    return names;
}

int
main(int argc, char **argv)
{
    enum walk_links links = WALK_TOP_LINKS;
    int names;

    tool_start(TROUBLE);
    names = read_options(argc, argv, &links);
    compile_patterns();
    colors = terminal_colors();
    with_names = names == 'H' || (names == 0 && (recursive ||
                                                 argc - optind > 1));
    if (optind == argc) {
        if (recursive)
            walk_tree(".", links, visit, &links); /* data: cut "./" off */
        else
            search("-");
    }
    for (int i = optind; i < argc; i++) {
        if (recursive && strcmp(argv[i], "-") != 0)
            walk_tree(argv[i], links, visit, NULL);
        else
            search(argv[i]);
    }
    if (tool_status == 0 && !any_selected)
        tool_status = NONE_SELECTED;
    return tool_finish();
}
