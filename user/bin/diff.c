/* diff: what has to change to make one file the other. */
#include "user/bin/lib/buffer.h"
#include "user/bin/lib/lcs.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OPTIONS "abiNqrsU:uw"
#define DIFFERENT 1
#define TROUBLE 2

/* A file that was read, cut into lines. */
struct side {
    const char *name;
    struct stat info;
    bool absent; /* -N: taken for an empty file */
    struct buffer text;
    struct line *lines;
    size_t count, room;
    size_t *classes; /* equal lines have equal numbers */
    bool *changed;
};

/* A run of lines that are different: from here, so many on either side. */
struct hunk {
    size_t left, left_count, right, right_count;
};

static bool as_text, fold_blanks, no_blanks, no_case, absent_is_empty, brief,
    recursive, tell_same, unified;
static size_t context = 3;
static struct buffer shown_options;

/* --- reading ---------------------------------------------------------------*/

static void
split(struct side *side)
{
    const char *p = side->text.text, *last = p + side->text.length;

    while (p < last) {
        const char *end = memchr(p, '\n', (size_t)(last - p));
        struct line *line;

        side->lines = tool_grow(side->lines, side->count, &side->room,
                                sizeof(*side->lines));
        line = &side->lines[side->count++];
        line->text = side->text.text + (p - side->text.text);
        line->ended = end != NULL;
        line->length = (size_t)((end != NULL ? end : last) - p);
        p += line->length + line->ended;
    }
}

static bool
read_side(struct side *side)
{
    char bytes[16384];
    FILE *file;
    size_t count;

    buffer_add(&side->text, NULL, 0);
    if (side->absent)
        return true;
    file = stream_open(side->name);
    if (file == NULL)
        return false;
    while ((count = fread(bytes, 1, sizeof(bytes), file)) > 0)
        buffer_add(&side->text, bytes, count);
    if (!stream_close(file, side->name))
        return false;
    return true;
}

static void
free_side(struct side *side)
{
    buffer_free(&side->text);
    free(side->lines);
    free(side->classes);
    free(side->changed);
}

/* --- which lines are equal -------------------------------------------------*/

/* The next character that counts, of a line from at on; -1 at its end. */
static int
next_character(const struct line *line, size_t *at)
{
    size_t i = *at;
    int c;

    if ((fold_blanks || no_blanks) && i < line->length &&
        isspace((unsigned char)line->text[i])) {
        while (i < line->length && isspace((unsigned char)line->text[i]))
            i++;
        if (fold_blanks && !no_blanks && i < line->length) {
            *at = i;
            return ' ';
        }
    }
    if (i >= line->length) {
        *at = i;
        return -1;
    }
    c = (unsigned char)line->text[i];
    *at = i + 1;
    return no_case ? tolower(c) : c;
}

static size_t
hash_of(const struct line *line)
{
    size_t hash = 5381, at = 0;
    int c;

    while ((c = next_character(line, &at)) >= 0)
        hash = hash * 33 + (size_t)c;
    return hash;
}

/* A line without its end is not equal to one with it, unless blanks are. */
static bool
equal(const struct line *a, const struct line *b)
{
    size_t i = 0, k = 0;
    int c, d;

    if (a->ended != b->ended && !fold_blanks && !no_blanks)
        return false;
    do {
        c = next_character(a, &i);
        d = next_character(b, &k);
    } while (c == d && c >= 0);
    return c == d;
}

/* Number the lines of both sides by what they are equal to. */
static void
classify(struct side sides[2])
{
    size_t total = sides[0].count + sides[1].count, size = 16, known = 0;
    struct entry {
        const struct line *line;
        size_t number;
    } *table;

    while (size < total * 2)
        size *= 2;
    table = tool_alloc(size * sizeof(*table));
    for (size_t i = 0; i < size; i++)
        table[i].line = NULL;
    for (int s = 0; s < 2; s++) {
        struct side *side = &sides[s];

        side->classes = tool_alloc(side->count * sizeof(*side->classes));
        for (size_t i = 0; i < side->count; i++) {
            const struct line *line = &side->lines[i];
            size_t at = hash_of(line) % size;

            while (table[at].line != NULL && !equal(table[at].line, line))
                at = (at + 1) % size;
            if (table[at].line == NULL) {
                table[at].line = line;
                table[at].number = known++;
            }
            side->classes[i] = table[at].number;
        }
    }
    free(table);
}

/*
 * Move each run of changed lines down as far as it goes, for that is where
 * people made the change: behind the "}" of a new function, not before it.
 */
static void
slide(struct side *side)
{
    size_t i = 0;

    while (i < side->count) {
        size_t start = i, end;

        if (!side->changed[i]) {
            i++;
            continue;
        }
        for (end = start; end < side->count && side->changed[end];)
            end++;
        while (end < side->count &&
               side->classes[start] == side->classes[end]) {
            side->changed[start++] = false;
            side->changed[end++] = true;
            while (end < side->count && side->changed[end])
                end++;
        }
        i = end;
    }
}

/* --- output ----------------------------------------------------------------*/

static void
put_lines(const struct side *side, size_t from, size_t count,
          const char *mark)
{
    for (size_t i = from; i < from + count; i++) {
        fputs(mark, stdout);
        fwrite(side->lines[i].text, 1, side->lines[i].length, stdout);
        putchar('\n');
        if (!side->lines[i].ended)
            puts("\\ No newline at end of file");
    }
}

/* "3", "3,5"; where there is no line, the one before it. */
static void
put_range(size_t from, size_t count)
{
    if (count <= 1)
        printf("%zu", from + count);
    else
        printf("%zu,%zu", from + 1, from + count);
}

static void
put_plain(const struct side sides[2], const struct hunk *hunk)
{
    put_range(hunk->left, hunk->left_count);
    putchar(hunk->left_count == 0 ? 'a' : hunk->right_count == 0 ? 'd' : 'c');
    put_range(hunk->right, hunk->right_count);
    putchar('\n');
    put_lines(&sides[0], hunk->left, hunk->left_count, "< ");
    if (hunk->left_count > 0 && hunk->right_count > 0)
        puts("---");
    put_lines(&sides[1], hunk->right, hunk->right_count, "> ");
}

static void
put_header(const struct side *side, const char *mark)
{
    char text[64];
    time_t when = side->absent ? 0 : side->info.st_mtime;
    long part = side->absent ? 0 : side->info.st_mtim.tv_nsec;
    struct tm *broken = localtime(&when);

    printf("%s %s", mark, side->name);
    if (broken != NULL &&
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", broken) > 0)
        printf("\t%s.%09ld", text, part);
    if (broken != NULL && strftime(text, sizeof(text), "%z", broken) > 0)
        printf(" %s", text);
    putchar('\n');
}

static void
put_unified_range(char sign, size_t from, size_t count)
{
    printf(" %c", sign);
    if (count == 1)
        printf("%zu", from + 1);
    else
        printf("%zu,%zu", count == 0 ? from : from + 1, count);
}

/* Hunks that are near each other, with what is between and around them. */
static void
put_unified(const struct side sides[2], const struct hunk *hunks,
            size_t count)
{
    const struct hunk *last = &hunks[count - 1];
    size_t before = hunks[0].left < context ? hunks[0].left : context;
    size_t from = hunks[0].left - before;
    size_t end = last->left + last->left_count, at = from;
    size_t after = sides[0].count - end < context ? sides[0].count - end
                                                  : context;

    fputs("@@", stdout);
    put_unified_range('-', from, end + after - from);
    put_unified_range('+', hunks[0].right - before,
                      last->right + last->right_count + after -
                          (hunks[0].right - before));
    puts(" @@");
    for (size_t i = 0; i < count; i++) {
        put_lines(&sides[0], at, hunks[i].left - at, " ");
        put_lines(&sides[0], hunks[i].left, hunks[i].left_count, "-");
        put_lines(&sides[1], hunks[i].right, hunks[i].right_count, "+");
        at = hunks[i].left + hunks[i].left_count;
    }
    put_lines(&sides[0], at, after, " ");
}

static struct hunk *
find_hunks(const struct side sides[2], size_t *count)
{
    struct hunk *hunks = NULL;
    size_t room = 0, i = 0, k = 0;

    *count = 0;
    while (i < sides[0].count || k < sides[1].count) {
        struct hunk hunk = { .left = i, .right = k };

        while (i < sides[0].count && sides[0].changed[i])
            i++;
        while (k < sides[1].count && sides[1].changed[k])
            k++;
        hunk.left_count = i - hunk.left;
        hunk.right_count = k - hunk.right;
        if (hunk.left_count > 0 || hunk.right_count > 0) {
            hunks = tool_grow(hunks, *count, &room, sizeof(*hunks));
            hunks[(*count)++] = hunk;
        }
        if (i < sides[0].count)
            i++;
        if (k < sides[1].count)
            k++;
    }
    return hunks;
}

static void
put_title(const struct side sides[2])
{
    if (recursive)
        printf("diff%s %s %s\n", shown_options.text, sides[0].name,
               sides[1].name);
}

static void
put_hunks(const struct side sides[2], const struct hunk *hunks, size_t count)
{
    if (unified) {
        put_header(&sides[0], "---");
        put_header(&sides[1], "+++");
    }
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;

        if (!unified) {
            put_plain(sides, &hunks[i++]);
            continue;
        }
        while (end < count && hunks[end].left - hunks[end - 1].left -
                                  hunks[end - 1].left_count <= 2 * context)
            end++;
        put_unified(sides, hunks + i, end - i);
        i = end;
    }
}

/* --- comparing -------------------------------------------------------------*/

static bool
is_binary(const struct side *side)
{
    return !as_text && side->text.length > 0 &&
           memchr(side->text.text, '\0', side->text.length) != NULL;
}

static bool
same_bytes(const struct side sides[2])
{
    return sides[0].text.length == sides[1].text.length &&
           memcmp(sides[0].text.text, sides[1].text.text,
                  sides[0].text.length) == 0;
}

static void
note_difference(void)
{
    if (tool_status < DIFFERENT)
        tool_status = DIFFERENT;
}

/* Both texts are here, and not the same bytes. Returns how many hunks. */
static size_t
compare_lines(struct side sides[2])
{
    struct hunk *hunks;
    size_t count;

    for (int s = 0; s < 2; s++) {
        split(&sides[s]);
        sides[s].changed = tool_alloc(sides[s].count + 1);
        memset(sides[s].changed, 0, sides[s].count + 1);
    }
    classify(sides);
    lcs_compare(sides[0].classes, sides[0].count, sides[1].classes,
                sides[1].count, sides[0].changed, sides[1].changed);
    slide(&sides[0]);
    slide(&sides[1]);
    hunks = find_hunks(sides, &count);
    if (count > 0) {
        note_difference();
        if (brief) {
            printf("Files %s and %s differ\n", sides[0].name, sides[1].name);
        } else {
            put_title(sides);
            put_hunks(sides, hunks, count);
        }
    }
    free(hunks);
    return count;
}

static void
compare_files(struct side sides[2])
{
    bool same = true;

    if (read_side(&sides[0]) && read_side(&sides[1])) {
        if (!same_bytes(sides)) {
            if (is_binary(&sides[0]) || is_binary(&sides[1])) {
                same = false;
                note_difference();
                printf(brief ? "Files %s and %s differ\n"
                             : "Binary files %s and %s differ\n",
                       sides[0].name, sides[1].name);
            } else {
                same = compare_lines(sides) == 0;
            }
        }
        if (same && tell_same)
            printf("Files %s and %s are identical\n", sides[0].name,
                   sides[1].name);
    }
    free_side(&sides[0]);
    free_side(&sides[1]);
}

static void compare_paths(const char *left, const char *right, bool top);

static void
tell_only(const char *folder, const char *name)
{
    printf("Only in %s: %s\n", folder, name);
    note_difference();
}

/* A name that both have is compared, one that only one has is told. */
static void
compare_directories(const char *left, const char *right)
{
    char **a = path_list(left, NULL), **b = path_list(right, NULL);
    char **p = a, **q = b;

    if (a == NULL || b == NULL) {
        tool_warn(a == NULL ? left : right);
        return;
    }
    while (*p != NULL || *q != NULL) {
        int order = *p == NULL ? 1 : *q == NULL ? -1 : strcmp(*p, *q);

        if (order != 0 && !absent_is_empty) {
            tell_only(order < 0 ? left : right, order < 0 ? *p : *q);
        } else {
            const char *name = order <= 0 ? *p : *q;
            char *from = path_join(left, name), *to = path_join(right, name);

            compare_paths(from, to, false);
            free(from);
            free(to);
        }
        p += order <= 0;
        q += order >= 0;
    }
    path_free_list(a);
    path_free_list(b);
}

static bool
look(struct side *side, bool other_is_there)
{
    if (strcmp(side->name, "-") == 0)
        return fstat(STDIN_FILENO, &side->info) == 0;
    if (stat(side->name, &side->info) == 0)
        return true;
    side->absent = absent_is_empty && errno == ENOENT && other_is_there;
    if (!side->absent)
        tool_warn(side->name);
    return side->absent;
}

static const char *
kind_of(const struct side *side)
{
    if (S_ISDIR(side->info.st_mode))
        return "directory";
    return S_ISREG(side->info.st_mode) ? "regular file" : "special file";
}

static void
compare_paths(const char *left, const char *right, bool top)
{
    struct side sides[2] = { { .name = left }, { .name = right } };
    struct stat info;
    bool directories[2];

    if (!look(&sides[0], stat(right, &info) == 0) ||
        !look(&sides[1], !sides[0].absent))
        return;
    for (int s = 0; s < 2; s++) /* what is not there is what the other is */
        if (sides[s].absent)
            sides[s].info.st_mode = sides[1 - s].info.st_mode;
    directories[0] = S_ISDIR(sides[0].info.st_mode);
    directories[1] = S_ISDIR(sides[1].info.st_mode);
    if (directories[0] != directories[1]) {
        printf("File %s is a %s while file %s is a %s\n", left,
               kind_of(&sides[0]), right, kind_of(&sides[1]));
        note_difference();
    } else if (!directories[0]) {
        if (!path_same(&sides[0].info, &sides[1].info) || sides[0].absent ||
            sides[1].absent || tell_same)
            compare_files(sides);
    } else if (recursive || top) {
        compare_directories(left, right);
    } else {
        printf("Common subdirectories: %s and %s\n", left, right);
    }
}

/* --- options ---------------------------------------------------------------*/

/* What the title line of -r repeats: the options as they were given. */
static void
note_options(char **words, int count)
{
    buffer_add(&shown_options, NULL, 0);
    for (int i = 0; i < count; i++) {
        buffer_put(&shown_options, ' ');
        buffer_add(&shown_options, words[i], strlen(words[i]));
    }
}

static void
set_option(int letter)
{
    as_text |= letter == 'a';
    fold_blanks |= letter == 'b';
    no_case |= letter == 'i';
    absent_is_empty |= letter == 'N';
    brief |= letter == 'q';
    recursive |= letter == 'r';
    tell_same |= letter == 's';
    unified |= letter == 'u' || letter == 'U';
    no_blanks |= letter == 'w';
    if (letter == 'U')
        context = (size_t)number_read(optarg, 0, INT32_MAX, "a number");
}

/* A file against a directory is compared with its namesake in there. */
static char *
in_directory(const char *path, const char *other)
{
    char *base, *joined;

    if (strcmp(other, "-") == 0 || !path_is_directory(path) ||
        path_is_directory(other))
        return tool_copy(path);
    base = path_base(other);
    joined = path_join(path, base);
    free(base);
    return joined;
}

int
main(int argc, char **argv)
{
    int letter;

    tool_start(TROUBLE);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1)
        set_option(letter);
    note_options(argv + 1, optind - 1);
    tool_operands(argc, 2, 2);
    compare_paths(in_directory(argv[optind], argv[optind + 1]),
                  in_directory(argv[optind + 1], argv[optind]), true);
    return tool_finish();
}
