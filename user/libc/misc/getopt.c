#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/internal/libc.h"

char *optarg;
int optind = 1, opterr = 1, optopt;

/* Where we are inside of "-abc"; NULL between arguments. */
static const char *letters;

/* While there are letters left: where operands begin that stand before the
 * group, and are to be moved behind it. */
static int held;

static void
complain(const char *text, const char *prefix, const char *name, size_t size)
{
    if (opterr)
        fprintf(stderr, "%s: %s -- '%s%.*s'\n", __program_name, text, prefix,
                (int)size, name);
}

/* A new scan begins with optind 0 (or 1). */
static void
begin(void)
{
    if (optind == 0) {
        optind = 1;
        letters = NULL;
    }
}

/* One letter of a group; there is at least one. */
static int
short_option(int argc, char *const argv[], const char *options)
{
    const char *found;
    int c = (unsigned char)*letters++;
    bool quiet = *options == ':', last = !*letters;

    found = c == ':' ? NULL : strchr(options, c);
    optopt = c;
    if (last)
        optind++;
    if (!found) {
        if (!quiet)
            complain("invalid option", "", (char[]){(char)c}, 1);
        c = '?';
    } else if (found[1] == ':') {
        optarg = last ? NULL : (char *)letters;
        if (!last)
            optind++;
        last = true;
        if (!optarg && found[2] != ':') {
            if (optind < argc) {
                optarg = argv[optind++];
            } else {
                if (!quiet)
                    complain("option requires an argument", "",
                             (char[]){(char)c}, 1);
                c = quiet ? ':' : '?';
            }
        }
    }
    if (last)
        letters = NULL;
    return c;
}

int
getopt(int argc, char *const argv[], const char *options)
{
    begin();
    optarg = NULL;
    if (*options == '+' || *options == '-')
        options++;
    if (!letters || !*letters) {
        const char *argument = optind < argc ? argv[optind] : NULL;

        if (!argument || argument[0] != '-' || !argument[1])
            return -1;
        if (strcmp(argument, "--") == 0) {
            optind++;
            return -1;
        }
        letters = argument + 1;
    }
    return short_option(argc, argv, options);
}

/* --- long options --------------------------------------------------------- */

/* By its name or a beginning that only one has; -1: none, -2: several. */
static int
find_long(const struct option *list, const char *name, size_t length)
{
    int found = -1;

    for (int i = 0; list[i].name; i++) {
        if (strncmp(list[i].name, name, length) != 0)
            continue;
        if (!list[i].name[length])
            return i;
        if (found >= 0 && (list[found].has_arg != list[i].has_arg ||
                           list[found].flag != list[i].flag ||
                           list[found].val != list[i].val))
            found = -2;
        if (found == -1)
            found = i;
    }
    return found;
}

static int
long_option(int argc, char *const argv[], const char *prefix, bool quiet,
            const struct option *list, int *index)
{
    const char *name = argv[optind] + strlen(prefix);
    size_t length = strcspn(name, "=");
    int i = find_long(list, name, length);
    const struct option *option;

    optind++;
    letters = NULL;
    if (i < 0) {
        optopt = 0;
        if (!quiet)
            complain(i == -2 ? "ambiguous option" : "unrecognized option",
                     prefix, name, length);
        return '?';
    }
    option = &list[i];
    optopt = option->val;
    if (name[length] == '=' && option->has_arg == no_argument) {
        if (!quiet)
            complain("option does not take an argument", prefix, name,
                     length);
        return '?';
    }
    optarg = name[length] == '=' ? (char *)name + length + 1 : NULL;
    if (!optarg && option->has_arg == required_argument) {
        if (optind >= argc) {
            if (!quiet)
                complain("option requires an argument", prefix, name,
                         length);
            return quiet ? ':' : '?';
        }
        optarg = argv[optind++];
    }
    if (index)
        *index = i;
    if (!option->flag)
        return option->val;
    *option->flag = option->val;
    return 0;
}

static bool
is_option(const char *argument)
{
    return argument[0] == '-' && argument[1];
}

/* Move the arguments from `from` to `to` - 1 down to place `at`. */
static void
move_down(char **argv, int at, int from, int to)
{
    for (; from < to; from++, at++) {
        char *argument = argv[from];

        for (int i = from; i > at; i--)
            argv[i] = argv[i - 1];
        argv[at] = argument;
    }
}

static int
next_option(int argc, char *const argv[], const char *options,
            const struct option *list, int *index, bool only)
{
    const char *argument = argv[optind];
    bool quiet = *options == ':';

    if (letters && *letters)
        return short_option(argc, argv, options);
    if (argument[1] == '-')
        return long_option(argc, argv, "--", quiet, list, index);
    if (only && (argument[2] || !strchr(options, argument[1])) &&
        (find_long(list, argument + 1, strcspn(argument + 1, "=")) >= 0 ||
         !strchr(options, argument[1])))
        return long_option(argc, argv, "-", quiet, list, index);
    letters = argument + 1;
    return short_option(argc, argv, options);
}

/* Operands before an option are moved behind it, as GNU does, unless
 * POSIXLY_CORRECT is set or the options begin with '+'; with '-' they are
 * arguments of an option 1. */
static int
scan(int argc, char *const argv[], const char *options,
     const struct option *list, int *index, bool only)
{
    int start, at, result;
    bool stay;
    char mode;

    begin();
    optarg = NULL;
    mode = *options == '+' || *options == '-' ? *options++ : 0;
    stay = mode == '+' || (!mode && getenv("POSIXLY_CORRECT"));
    at = optind;
    start = letters && *letters ? held : at;
    if (!letters || !*letters) {
        if (at >= argc || !argv[at])
            return -1;
        if (mode == '-' && !is_option(argv[at])) {
            optarg = argv[optind++];
            return 1;
        }
        while (!stay && at < argc && !is_option(argv[at]))
            at++;
        if (at >= argc || !is_option(argv[at]))
            return -1;
    }
    optind = at;
    if ((!letters || !*letters) && strcmp(argv[at], "--") == 0) {
        optind++;
        result = -1;
    } else {
        result = next_option(argc, argv, options, list, index, only);
    }
    held = start;
    if ((!letters || !*letters) && at > start) {
        move_down((char **)argv, start, at, optind);
        optind = start + (optind - at);
    }
    return result;
}

int
getopt_long(int argc, char *const argv[], const char *options,
            const struct option *list, int *index)
{
    return scan(argc, argv, options, list, index, false);
}

int
getopt_long_only(int argc, char *const argv[], const char *options,
                 const struct option *list, int *index)
{
    return scan(argc, argv, options, list, index, true);
}

/* --- getsubopt() ---------------------------------------------------------- */

int
getsubopt(char **text, char *const *names, char **value)
{
    char *start = *text, *end = start + strcspn(start, ",");
    size_t length;

    *text = *end ? end + 1 : end;
    *end = '\0';
    length = strcspn(start, "=");
    for (int i = 0; names[i]; i++) {
        if (strlen(names[i]) == length &&
            memcmp(names[i], start, length) == 0) {
            *value = start[length] ? start + length + 1 : NULL;
            return i;
        }
    }
    *value = start;
    return -1;
}
