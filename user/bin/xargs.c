/* xargs: runs a command with arguments from the input. */
#include "user/bin/lib/buffer.h"
#include "user/bin/lib/run.h"
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS "+0d:I:L:n:prs:t"
#define BYTES_MOST 131072 /* of one command, if the system takes as many */
#define BYTES_SPARE 2048  /* POSIX wants them left over */
#define FAILED 123        /* status: a command failed */
#define GAVE_UP 124       /* status: a command ended with 255 */
#define KILLED 125        /* status: a command was ended by a signal */

extern char **environ;

static FILE *input;
static int delimiter = -1; /* -0 and -d: items end in it, nothing is quoted */
static const char *replaced; /* -I */
static size_t most_items = SIZE_MAX, most_lines = SIZE_MAX;
static size_t most_bytes = BYTES_MOST;
static bool ask, no_empty, trace;

static char **command; /* and the items behind it */
static size_t fixed_count, fixed_bytes;
static size_t count, room, bytes;
static bool has_run;

/* --- items -----------------------------------------------------------------*/

/* Text up to the quote that closes it, on the same line. */
static void
read_quoted(struct buffer *item, int quote)
{
    int c;

    while ((c = getc(input)) != quote) {
        if (c == '\n' || c == EOF)
            tool_fatal("a quote is not closed; -0 reads items as they are");
        buffer_put(item, (char)c);
    }
}

/*
 * An item between blanks, or with -I a line; false at the end of the input.
 * line_ended says whether a line ended behind it.
 */
static bool
read_word(struct buffer *item, bool *line_ended)
{
    bool any = false;
    int c = getc(input);

    while (c != EOF && (isblank(c) || (c == '\n')))
        c = getc(input);
    for (; c != EOF && c != '\n' && (replaced != NULL || !isblank(c));
         c = getc(input)) {
        any = true;
        if (c == '\'' || c == '"') {
            read_quoted(item, c);
        } else {
            if (c == '\\' && (c = getc(input)) == EOF)
                break;
            buffer_put(item, (char)c);
        }
    }
    *line_ended = c == '\n' || c == EOF;
    return any;
}

static bool
read_plain(struct buffer *item)
{
    bool any = false;
    int c;

    while ((c = getc(input)) != EOF && c != delimiter) {
        buffer_put(item, (char)c);
        any = true;
    }
    return any || c != EOF;
}

static bool
read_item(struct buffer *item, bool *line_ended)
{
    buffer_clear(item);
    *line_ended = true;
    return delimiter >= 0 ? read_plain(item) : read_word(item, line_ended);
}

/* --- commands --------------------------------------------------------------*/

static bool
is_wanted(char **argv)
{
    if (trace || ask) {
        for (char **word = argv; *word != NULL; word++)
            fprintf(stderr, "%s%s", word > argv ? " " : "", *word);
        if (!ask)
            putc('\n', stderr);
    }
    if (ask) {
        FILE *terminal = fopen("/dev/tty", "r");
        int answer;

        fputs("?...", stderr);
        if (terminal == NULL)
            tool_die("/dev/tty");
        answer = getc(terminal);
        fclose(terminal);
        return answer == 'y' || answer == 'Y';
    }
    return true;
}

static void
run(char **argv)
{
    int status;

    has_run = true;
    if (!is_wanted(argv))
        return;
    status = run_program(argv);
    if (status == RUN_NOT_EXECUTABLE || status == RUN_NOT_FOUND) {
        tool_status = status;
        tool_exit();
    }
    if (status == 255 || status >= RUN_SIGNAL) {
        tool_error("%s: %s", argv[0], status == 255 ? "ended with status 255"
                                                    : "ended by a signal");
        tool_status = status == 255 ? GAVE_UP : KILLED;
        tool_exit();
    }
    if (status != 0)
        tool_status = FAILED;
}

/* The command with what was gathered; nothing is left of that. */
static void
run_gathered(void)
{
    command = tool_grow(command, count, &room, sizeof(*command));
    command[count] = NULL;
    run(command);
    while (count > fixed_count)
        free(command[--count]);
    bytes = fixed_bytes;
}

static void
gather(const struct buffer *item)
{
    size_t more = item->length + 1 + sizeof(char *);

    if (count > fixed_count && bytes + more > most_bytes)
        run_gathered();
    if (bytes + more > most_bytes)
        tool_fatal("an argument is too long");
    command = tool_grow(command, count, &room, sizeof(*command));
    command[count++] = tool_copy(item->text);
    bytes += more;
}

/* -I: the item takes the place of the mark, in each word. */
static char *
fill_in(const char *word, const struct buffer *item)
{
    size_t length = strlen(replaced);
    struct buffer text = { 0 };

    buffer_add(&text, NULL, 0);
    while (*word != '\0') {
        if (length > 0 && strncmp(word, replaced, length) == 0) {
            buffer_add(&text, item->text, item->length);
            word += length;
        } else {
            buffer_put(&text, *word++);
        }
    }
    return text.text;
}

static void
run_filled(const struct buffer *item)
{
    char **argv = tool_alloc((fixed_count + 1) * sizeof(*argv));

    for (size_t i = 0; i < fixed_count; i++)
        argv[i] = fill_in(command[i], item);
    argv[fixed_count] = NULL;
    run(argv);
    for (size_t i = 0; i < fixed_count; i++)
        free(argv[i]);
    free(argv);
}

static void
run_all(void)
{
    struct buffer item = { 0 };
    size_t lines = 0;
    bool line_ended;

    while (read_item(&item, &line_ended)) {
        if (replaced != NULL) {
            run_filled(&item);
            continue;
        }
        gather(&item);
        lines += line_ended;
        if (count - fixed_count >= most_items || lines >= most_lines) {
            run_gathered();
            lines = 0;
        }
    }
    if (count > fixed_count || (!has_run && !no_empty && replaced == NULL))
        run_gathered();
    buffer_free(&item);
}

/* --- options ---------------------------------------------------------------*/

static size_t
positive(const char *what)
{
    return (size_t)number_read(optarg, 1, INT_MAX, what);
}

static void
set_option(int letter)
{
    ask |= letter == 'p';
    no_empty |= letter == 'r';
    trace |= letter == 't';
    if (letter == '0')
        delimiter = '\0';
    else if (letter == 'd')
        delimiter = strcmp(optarg, "\\n") == 0 ? '\n'
                    : strcmp(optarg, "\\t") == 0 ? '\t'
                    : strcmp(optarg, "\\0") == 0 ? '\0'
                                                 : (unsigned char)*optarg;
    else if (letter == 'I')
        replaced = optarg;
    else if (letter == 'L')
        most_lines = positive("a number of lines");
    else if (letter == 'n')
        most_items = positive("a number of arguments");
    else if (letter == 's')
        most_bytes = positive("a number of bytes");
}

/* Arguments and environment share one limit. */
static void
limit_bytes(void)
{
    long system = sysconf(_SC_ARG_MAX);
    size_t used = BYTES_SPARE;

    for (char **word = environ; *word != NULL; word++)
        used += strlen(*word) + 1 + sizeof(char *);
    if (system > 0 && (size_t)system > used &&
        most_bytes > (size_t)system - used)
        most_bytes = (size_t)system - used;
}

int
main(int argc, char **argv)
{
    static char echo[] = "echo", *only[] = { echo };
    char **words = only;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1)
        set_option(letter);
    limit_bytes();
    fixed_count = 1;
    if (optind < argc) {
        words = argv + optind;
        fixed_count = (size_t)(argc - optind);
    }
    for (; count < fixed_count; count++) {
        command = tool_grow(command, count, &room, sizeof(*command));
        command[count] = words[count];
        fixed_bytes += strlen(words[count]) + 1 + sizeof(char *);
    }
    bytes = fixed_bytes;
    /* What is run gets no part of the input that this reads. */
    input = fdopen(dup(STDIN_FILENO), "r");
    if (input == NULL || close(STDIN_FILENO) != 0 ||
        open("/dev/null", O_RDONLY) != STDIN_FILENO)
        tool_die("standard input");
    if (fcntl(fileno(input), F_SETFD, FD_CLOEXEC) != 0)
        tool_die("standard input");
    run_all();
    stream_close(input, "standard input");
    return tool_finish();
}
