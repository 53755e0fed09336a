#include "user/bin/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int tool_status;
int tool_trouble = 1;

/* What is written to descriptor 1 then fails, and is told at the end. */
void
tool_start(int trouble)
{
    static const int mode[] = { O_WRONLY, O_RDONLY, O_RDONLY };

    tool_trouble = trouble;
    for (int i = 0; i < 3; i++)
        if (fcntl(i, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", mode[i]) != i)
            exit(trouble);
}

static void
vmessage(const char *format, va_list list)
{
    fflush(stdout); /* so that both come in the order of their making */
    fprintf(stderr, "%s: ", tool_name);
    vfprintf(stderr, format, list);
    putc('\n', stderr);
}

static void
note_trouble(void)
{
    if (tool_status < tool_trouble)
        tool_status = tool_trouble;
}

void
tool_warn(const char *what)
{
    tool_error("%s: %s", what, strerror(errno));
}

void
tool_error(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vmessage(format, list);
    va_end(list);
    note_trouble();
}

void
tool_note(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vmessage(format, list);
    va_end(list);
}

void
tool_die(const char *what)
{
    tool_warn(what);
    exit(tool_trouble);
}

void
tool_fatal(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vmessage(format, list);
    va_end(list);
    note_trouble();
    exit(tool_trouble);
}

void
tool_usage(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vmessage(format, list);
    va_end(list);
    note_trouble();
    fprintf(stderr, "%s: try '%s --help'\n", tool_name, tool_name);
    exit(tool_trouble);
}

void
tool_answer(const char *argument)
{
    if (strcmp(argument, "--help") == 0)
        fputs(tool_help, stdout);
    else if (strcmp(argument, "--version") == 0)
        printf("%s (Kindling)\n", tool_name);
    else
        return;
    tool_exit();
}

static int
is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* How many words an option takes: 2 if its argument is the next one. */
static int
words_of(const char *word, const char *letters)
{
    if (word[1] == '-')
        return 1;
    for (const char *p = word + 1; *p != '\0'; p++) {
        const char *found = strchr(letters, *p);

        if (found != NULL && found[1] == ':')
            return p[1] == '\0' ? 2 : 1;
    }
    return 1;
}

/* Move the next option before the operands that stand at optind. */
static void
bring_option(int argc, char **argv, const char *letters)
{
    int from = optind, count;

    while (from < argc && !is_option(argv[from]))
        from++;
    if (from == optind || from == argc)
        return;
    count = words_of(argv[from], letters);
    if (from + count > argc) /* getopt() would take an operand for it */
        tool_usage("%s: an argument is missing", argv[from]);
    for (int i = 0; i < count; i++) {
        char *word = argv[from + i];

        memmove(argv + optind + i + 1, argv + optind + i,
                (size_t)(from - optind) * sizeof(*argv));
        argv[optind + i] = word;
    }
}

int
tool_getopt(int argc, char **argv, const char *letters)
{
    const char *next;
    int letter;

    if (*letters == '+')
        letters++;
    else if (getenv("POSIXLY_CORRECT") == NULL)
        bring_option(argc, argv, letters);
    next = optind < argc ? argv[optind] : NULL;
    if (next != NULL && strncmp(next, "--", 2) == 0 && next[2] != '\0') {
        tool_answer(next);
        tool_usage("%s: unknown option", next);
    }
    opterr = 0;
    letter = getopt(argc, argv, letters);
    if (letter != '?')
        return letter;
    if (optopt != ':' && strchr(letters, optopt) != NULL)
        tool_usage("-%c: an argument is missing", optopt);
    tool_usage("-%c: unknown option", optopt);
}

void
tool_operands(int argc, int least, int most)
{
    int count = argc - optind;

    if (count < least)
        tool_usage("%s", count == 0 ? "operands are missing"
                                    : "an operand is missing");
    if (most >= 0 && count > most)
        tool_usage("too many operands");
}

int
tool_finish(void)
{
    int failed = ferror(stdout);

    if (fclose(stdout) != 0) {
        tool_warn("standard output");
    } else if (failed) {
        errno = EIO;
        tool_warn("standard output");
    }
    return tool_status;
}

void
tool_exit(void)
{
    exit(tool_finish());
}

int
tool_ask(const char *format, ...)
{
    va_list list;
    int first, c;

    fflush(stdout);
    fprintf(stderr, "%s: ", tool_name);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputs("? ", stderr);
    first = c = getchar();
    while (c != '\n' && c != EOF)
        c = getchar();
    return first == 'y' || first == 'Y';
}

void *
tool_alloc(size_t bytes)
{
    return tool_realloc(NULL, bytes);
}

void *
tool_realloc(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes != 0 ? bytes : 1);

    if (memory == NULL)
        tool_fatal("out of memory");
    return memory;
}

char *
tool_copy(const char *text)
{
    size_t bytes = strlen(text) + 1;

    return memcpy(tool_alloc(bytes), text, bytes);
}

void *
tool_grow(void *array, size_t count, size_t *room, size_t bytes)
{
    if (count < *room)
        return array;
    if (*room > SIZE_MAX / 2 / bytes)
        tool_fatal("out of memory");
    *room = *room != 0 ? *room * 2 : 16;
    return tool_realloc(array, *room * bytes);
}
