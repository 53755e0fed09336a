/* ls: lists files and directories. */
#include "user/bin/lib/format.h"
#include "user/bin/lib/path.h"
#include "user/bin/lib/terminal.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "1aACcdFghiLlnopqRrsStuU"

struct entry {
    char *name;
    char *path;
    char *target; /* of a symbolic link, with -l */
    struct stat info;
};

struct list {
    struct entry *entries;
    size_t count, room;
};

/* Widths of the columns of -l, and of what stands before names. */
struct widths {
    int inode, blocks, links, user, group, size, major, minor;
};

static bool all, nearly_all, in_columns, long_form, directories,
    marks, slashes, human, inodes, numbers, no_user, no_group, hide_control,
    recursive, reversed, blocks, follow, colors, unsorted;
static char sort_key, time_key = 'm';
static bool printed; /* a blank line comes before the next directory */
static time_t now;

static struct timespec
time_of(const struct stat *info)
{
    if (time_key == 'u')
        return info->st_atim;
    return time_key == 'c' ? info->st_ctim : info->st_mtim;
}

static int
compare_times(const struct stat *a, const struct stat *b)
{
    struct timespec x = time_of(a), y = time_of(b);

    if (x.tv_sec != y.tv_sec)
        return x.tv_sec < y.tv_sec ? 1 : -1;
    return (x.tv_nsec < y.tv_nsec) - (x.tv_nsec > y.tv_nsec);
}

static int
compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = 0;

    if (sort_key == 't')
        order = compare_times(&a->info, &b->info);
    else if (sort_key == 'S')
        order = (a->info.st_size < b->info.st_size) -
                (a->info.st_size > b->info.st_size);
    if (order == 0)
        order = strcmp(a->name, b->name);
    return reversed ? -order : order;
}

static void
sort_list(struct list *list)
{
    if (!unsorted && list->count > 1)
        qsort(list->entries, list->count, sizeof(struct entry), compare);
}

/* --- one name --------------------------------------------------------------*/

/* Bytes that go on with a character of UTF-8 take no column. */
static size_t
columns_of(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static char
mark_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return marks || slashes ? '/' : '\0';
    if (!marks)
        return '\0';
    if (S_ISLNK(mode))
        return '@';
    if (S_ISFIFO(mode))
        return '|';
    if (S_ISSOCK(mode))
        return '=';
    return S_ISREG(mode) && mode & 0111 ? '*' : '\0';
}

static const char *
color_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return "\033[1;34m";
    if (S_ISLNK(mode))
        return "\033[1;36m";
    if (S_ISFIFO(mode) || S_ISSOCK(mode))
        return "\033[33m";
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return "\033[1;33m";
    return mode & 0111 ? "\033[1;32m" : "";
}

static void
put_text(const char *text)
{
    for (; *text != '\0'; text++)
        putchar(hide_control && iscntrl((unsigned char)*text) ? '?' : *text);
}

/* The name with its color and mark; returns the columns it took. */
static size_t
put_name(const struct entry *entry)
{
    const char *color = colors ? color_of(entry->info.st_mode) : "";
    char mark = mark_of(entry->info.st_mode);
    bool link_shown = entry->target != NULL;

    fputs(color, stdout);
    put_text(entry->name);
    if (*color != '\0')
        fputs("\033[0m", stdout);
    if (mark != '\0' && !link_shown)
        putchar(mark);
    return columns_of(entry->name) + (mark != '\0' && !link_shown);
}

static uintmax_t
blocks_of(const struct stat *info)
{
    return ((uintmax_t)info->st_blocks + 1) / 2; /* units of 512 bytes */
}

static void
put_blocks(uintmax_t count, int width)
{
    char text[32];

    if (human)
        format_human(count * 1024, text);
    else
        snprintf(text, sizeof(text), "%ju", count);
    printf("%*s ", width, text);
}

static int
digits(uintmax_t number)
{
    return snprintf(NULL, 0, "%ju", number);
}

static void
put_before(const struct entry *entry, const struct widths *widths)
{
    if (inodes)
        printf("%*ju ", widths->inode, (uintmax_t)entry->info.st_ino);
    if (blocks)
        put_blocks(blocks_of(&entry->info), widths->blocks);
}

/* --- the long form ---------------------------------------------------------*/

static const char *
user_of(const struct stat *info)
{
    static char text[32];

    if (!numbers)
        return format_user(info->st_uid);
    snprintf(text, sizeof(text), "%ju", (uintmax_t)info->st_uid);
    return text;
}

static const char *
group_of(const struct stat *info)
{
    static char text[32];

    if (!numbers)
        return format_group(info->st_gid);
    snprintf(text, sizeof(text), "%ju", (uintmax_t)info->st_gid);
    return text;
}

/* Devices have two numbers where others have a size. */
static bool
is_device(const struct stat *info)
{
    return S_ISCHR(info->st_mode) || S_ISBLK(info->st_mode);
}

/* As Linux puts them together; POSIX says nothing about it. */
static uintmax_t
major_of(const struct stat *info)
{
    return (uintmax_t)info->st_rdev >> 8 & 0xFFF;
}

static uintmax_t
minor_of(const struct stat *info)
{
    uintmax_t device = (uintmax_t)info->st_rdev;

    return (device & 0xFF) | (device >> 12 & 0xFFF00);
}

static void
size_of(const struct stat *info, const struct widths *widths, char text[48])
{
    if (is_device(info))
        snprintf(text, 48, "%*ju, %*ju", widths->major, major_of(info),
                 widths->minor, minor_of(info));
    else if (human)
        format_human((uintmax_t)info->st_size, text);
    else
        snprintf(text, 48, "%jd", (intmax_t)info->st_size);
}

static void
widen(int *width, int other)
{
    if (*width < other)
        *width = other;
}

static void
measure(const struct list *list, struct widths *widths)
{
    *widths = (struct widths){ 0 };
    for (size_t i = 0; i < list->count; i++) {
        const struct stat *info = &list->entries[i].info;
        uintmax_t count = blocks_of(info);
        char text[48];

        widen(&widths->inode, digits((uintmax_t)info->st_ino));
        widen(&widths->links, digits((uintmax_t)info->st_nlink));
        if (human)
            format_human(count * 1024, text);
        widen(&widths->blocks, human ? (int)strlen(text) : digits(count));
        if (!long_form)
            continue;
        widen(&widths->user, (int)strlen(user_of(info)));
        widen(&widths->group, (int)strlen(group_of(info)));
        widen(&widths->major, is_device(info) ? digits(major_of(info)) : 0);
        widen(&widths->minor, is_device(info) ? digits(minor_of(info)) : 0);
        size_of(info, widths, text);
        widen(&widths->size, (int)strlen(text));
    }
}

static void
put_long(const struct entry *entry, const struct widths *widths)
{
    const struct stat *info = &entry->info;
    char mode[11], size[48], when[32];

    format_mode(info->st_mode, mode);
    size_of(info, widths, size);
    format_time(time_of(info).tv_sec, now, when);
    put_before(entry, widths);
    printf("%s %*ju ", mode, widths->links, (uintmax_t)info->st_nlink);
    if (!no_user)
        printf("%-*s ", widths->user, user_of(info));
    if (!no_group)
        printf("%-*s ", widths->group, group_of(info));
    printf("%*s %s ", widths->size, size, when);
    put_name(entry);
    if (entry->target != NULL) {
        struct stat end;
        char mark = stat(entry->path, &end) == 0 ? mark_of(end.st_mode) : '\0';

        fputs(" -> ", stdout);
        put_text(entry->target);
        if (mark != '\0')
            putchar(mark);
    }
    putchar('\n');
}

/* --- columns ---------------------------------------------------------------*/

static size_t
width_of(const struct entry *entry, const struct widths *widths)
{
    size_t width = columns_of(entry->name);

    if (inodes)
        width += (size_t)widths->inode + 1;
    if (blocks)
        width += (size_t)widths->blocks + 1;
    return width + (mark_of(entry->info.st_mode) != '\0');
}

/* The width of one column with so many rows, without what separates it. */
static size_t
column_width(const struct list *list, const struct widths *widths,
             size_t rows, size_t column)
{
    size_t width = 0;

    for (size_t i = column * rows; i < (column + 1) * rows &&
                                   i < list->count; i++) {
        size_t one = width_of(&list->entries[i], widths);

        if (one > width)
            width = one;
    }
    return width;
}

/* The least number of rows whose columns fit beside each other. */
static size_t
find_rows(const struct list *list, const struct widths *widths)
{
    size_t limit = terminal_columns(), rows;

    for (rows = 1; rows < list->count; rows++) {
        size_t columns = (list->count + rows - 1) / rows, width = 0;

        for (size_t i = 0; i < columns && width <= limit + 2; i++)
            width += column_width(list, widths, rows, i) + 2;
        if (width - 2 < limit)
            break;
    }
    return rows;
}

static void
put_columns(const struct list *list, const struct widths *widths)
{
    size_t rows = list->count > 0 ? find_rows(list, widths) : 0;

    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < list->count; i += rows) {
            const struct entry *entry = &list->entries[i];
            size_t width = column_width(list, widths, rows, i / rows) + 2;

            put_before(entry, widths);
            put_name(entry);
            if (i + rows < list->count)
                printf("%*s", (int)(width - width_of(entry, widths)), "");
        }
        putchar('\n');
    }
}

static void
put_list(const struct list *list)
{
    struct widths widths;

    measure(list, &widths);
    if (in_columns) {
        put_columns(list, &widths);
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct entry *entry = &list->entries[i];

        if (long_form) {
            put_long(entry, &widths);
            continue;
        }
        put_before(entry, &widths);
        put_name(entry);
        putchar('\n');
    }
}

/* --- gathering -------------------------------------------------------------*/

/* False after telling that it cannot be looked at. */
static bool
add(struct list *list, const char *folder, const char *name, bool through)
{
    struct entry *entry;

    list->entries = tool_grow(list->entries, list->count, &list->room,
                              sizeof(*list->entries));
    entry = &list->entries[list->count];
    entry->name = tool_copy(name);
    entry->path = folder != NULL ? path_join(folder, name) : tool_copy(name);
    entry->target = NULL;
    if ((!through || stat(entry->path, &entry->info) != 0) &&
        ((folder == NULL && follow) ||
         lstat(entry->path, &entry->info) != 0)) {
        tool_warn(entry->path);
        free(entry->name);
        free(entry->path);
        return false;
    }
    if (long_form && S_ISLNK(entry->info.st_mode))
        entry->target = path_link(entry->path);
    list->count++;
    return true;
}

static void
free_list(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].name);
        free(list->entries[i].path);
        free(list->entries[i].target);
    }
    free(list->entries);
}

static void
put_total(const struct list *list)
{
    uintmax_t total = 0;
    char text[32];

    for (size_t i = 0; i < list->count; i++)
        total += blocks_of(&list->entries[i].info);
    if (human)
        format_human(total * 1024, text);
    else
        snprintf(text, sizeof(text), "%ju", total);
    printf("total %s\n", text);
}

static void
read_directory(struct list *list, const char *path, char **names)
{
    if (all) {
        add(list, path, ".", false);
        add(list, path, "..", false);
    }
    for (char **name = names; *name != NULL; name++)
        if (all || nearly_all || **name != '.')
            add(list, path, *name, follow);
    sort_list(list);
}

static void
list_directory(const char *path, bool titled)
{
    char **names = path_list(path, NULL);
    struct list list = { 0 };

    if (names == NULL) {
        tool_warn(path);
        return;
    }
    read_directory(&list, path, names);
    path_free_list(names);
    if (titled)
        printf("%s%s:\n", printed ? "\n" : "", path);
    printed = true;
    if (long_form || blocks)
        put_total(&list);
    put_list(&list);
    for (size_t i = 0; recursive && i < list.count; i++) {
        const struct entry *entry = &list.entries[i];

        if (S_ISDIR(entry->info.st_mode) && strcmp(entry->name, ".") != 0 &&
            strcmp(entry->name, "..") != 0)
            list_directory(entry->path, true);
    }
    free_list(&list);
}

/* Files first, then what is in each directory. */
static void
list_operands(char **names, int count)
{
    /* A link to a directory is that directory, unless one looks closely. */
    bool through = follow || (!long_form && !directories && !marks);
    struct list list = { 0 }, files = { 0 };

    for (int i = 0; i < count; i++)
        if (!add(&list, NULL, names[i], through))
            tool_status = 2;
    sort_list(&list);
    for (size_t i = 0; i < list.count; i++)
        if (directories || !S_ISDIR(list.entries[i].info.st_mode)) {
            files.entries = tool_grow(files.entries, files.count, &files.room,
                                      sizeof(*files.entries));
            files.entries[files.count++] = list.entries[i];
        }
    put_list(&files);
    printed = files.count > 0;
    for (size_t i = 0; i < list.count && !directories; i++)
        if (S_ISDIR(list.entries[i].info.st_mode))
            list_directory(list.entries[i].name, count > 1 || recursive);
    free(files.entries);
    free_list(&list);
}

static void
set_flag(int letter)
{
    all |= letter == 'a';
    nearly_all |= letter == 'A';
    directories |= letter == 'd';
    marks |= letter == 'F';
    slashes |= letter == 'p';
    human |= letter == 'h';
    inodes |= letter == 'i';
    numbers |= letter == 'n';
    no_user |= letter == 'g';
    no_group |= letter == 'o';
    hide_control |= letter == 'q';
    recursive |= letter == 'R';
    reversed |= letter == 'r';
    blocks |= letter == 's';
    follow |= letter == 'L';
    unsorted |= letter == 'U';
}

static void
set_option(int letter)
{
    set_flag(letter);
    if (strchr("lngo", letter) != NULL) {
        long_form = true;
        in_columns = false;
    }
    if (letter == 'C') {
        in_columns = true;
        long_form = false;
    }
    if (letter == '1')
        in_columns = false;
    if (letter == 't' || letter == 'S')
        sort_key = (char)letter;
    if (letter == 'u' || letter == 'c')
        time_key = (char)letter;
}

int
main(int argc, char **argv)
{
    static char dot[] = ".", *here[] = { dot };
    int letter;

    tool_start(1);
    if (isatty(STDOUT_FILENO))
        in_columns = hide_control = true;
    colors = terminal_colors();
    tool_trouble = 2;
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1)
        set_option(letter);
    tool_trouble = 1;
    if (time_key != 'm' && sort_key == '\0' && !long_form)
        sort_key = 't'; /* else nothing would show what was asked for */
    now = time(NULL);
    if (optind == argc)
        list_operands(here, 1);
    else
        list_operands(argv + optind, argc - optind);
    tool_trouble = 2;
    return tool_finish();
}
