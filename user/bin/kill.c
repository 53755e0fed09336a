/* kill: sends signals to processes. */
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <ctype.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define OPTIONS "+ln:s:"

static const struct {
    int number;
    const char *name;
} signals[] = {
    { SIGHUP, "HUP" },   { SIGINT, "INT" },   { SIGQUIT, "QUIT" },
    { SIGILL, "ILL" },   { SIGTRAP, "TRAP" }, { SIGABRT, "ABRT" },
    { SIGBUS, "BUS" },   { SIGFPE, "FPE" },   { SIGKILL, "KILL" },
    { SIGUSR1, "USR1" }, { SIGSEGV, "SEGV" }, { SIGUSR2, "USR2" },
    { SIGPIPE, "PIPE" }, { SIGALRM, "ALRM" }, { SIGTERM, "TERM" },
    { SIGCHLD, "CHLD" }, { SIGCONT, "CONT" }, { SIGSTOP, "STOP" },
    { SIGTSTP, "TSTP" }, { SIGTTIN, "TTIN" }, { SIGTTOU, "TTOU" },
};
#define COUNT (sizeof(signals) / sizeof(signals[0]))

/* TERM, SIGTERM or 15; -1 if it is none. */
static int
find_signal(const char *text)
{
    if (isdigit((unsigned char)*text))
        return (int)number_read(text, 0, 64, "a signal");
    if (strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    for (size_t i = 0; i < COUNT; i++)
        if (strcasecmp(text, signals[i].name) == 0)
            return signals[i].number;
    return -1;
}

/* What ended a program is 128 less than the status that shells tell. */
static void
list_one(const char *text)
{
    int number = find_signal(text);

    if (!isdigit((unsigned char)*text)) {
        if (number < 0)
            tool_error("%s: there is no such signal", text);
        else
            printf("%d\n", number);
        return;
    }
    for (size_t i = 0; i < COUNT; i++)
        if (signals[i].number == number) {
            puts(signals[i].name);
            return;
        }
    tool_error("%s: there is no such signal", text);
}

static void
list_all(void)
{
    for (size_t i = 0; i < COUNT; i++)
        printf("%2d %s\n", signals[i].number, signals[i].name);
}

/* "-9" and "-TERM" stand in the place of an option. */
static bool
is_old_signal(const char *word)
{
    return word != NULL && word[0] == '-' && word[1] != '\0' &&
           (isdigit((unsigned char)word[1]) ||
            (word[2] != '\0' && find_signal(word + 1) >= 0));
}

static int
wanted_signal(const char *text)
{
    int number = find_signal(text);

    if (number < 0)
        tool_usage("%s: there is no such signal", text);
    return number;
}

int
main(int argc, char **argv)
{
    int letter, number = SIGTERM;
    bool list = false;

    tool_start(1);
    if (is_old_signal(argv[1])) {
        number = wanted_signal(argv[1] + 1);
        optind = 2;
        if (optind < argc && strcmp(argv[optind], "--") == 0)
            optind++;
    } else {
        while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
            if (letter == 'l')
                list = true;
            else
                number = wanted_signal(optarg);
        }
    }
    if (list && optind == argc)
        list_all();
    else
        tool_operands(argc, 1, -1);
    for (int i = optind; i < argc; i++) {
        if (list)
            list_one(argv[i]);
        else if (kill((pid_t)number_read(argv[i], INT_MIN, INT_MAX,
                                         "a process"), number) != 0)
            tool_warn(argv[i]);
    }
    return tool_finish();
}
