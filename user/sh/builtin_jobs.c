/* Jobs and signals: bg fg jobs kill times trap wait. */
#include "user/sh/builtins.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/times.h>
#include <unistd.h>

#include "user/sh/jobs.h"
#include "user/sh/sh.h"
#include "user/sh/signals.h"

static bool
need_control(const char *who)
{
    if (!sh.job_control)
        sh_error("%s: no job control", who);
    return sh.job_control;
}

int
builtin_fg(char **argv)
{
    struct job *job;

    if (!need_control("fg"))
        return 2;
    job = job_find(argv[1] != NULL ? argv[1] : "%%", "fg");
    return job != NULL ? job_foreground(job) : 2;
}

int
builtin_bg(char **argv)
{
    static char current[] = "%%", *none[] = { current, NULL };
    char **names = argv[1] != NULL ? argv + 1 : none;
    int status = 0;

    if (!need_control("bg"))
        return 2;
    for (; *names != NULL; names++) {
        struct job *job = job_find(*names, "bg");

        if (job == NULL) {
            status = 2;
            continue;
        }
        job_continue(job);
        job_print(job, 0);
    }
    return status;
}

int
builtin_jobs(char **argv)
{
    bool given[128] = { false };
    int i = builtin_options(argv, "lp", given), status = 0;
    int how = given['p'] ? 'p' : given['l'] ? 'l' : 0;

    if (i < 0)
        return 2;
    if (argv[i] == NULL)
        jobs_print(how);
    for (; argv[i] != NULL; i++) {
        struct job *job = job_find(argv[i], "jobs");

        if (job != NULL)
            job_print(job, how);
        else
            status = 2;
    }
    return status;
}

/* --- kill ---------------------------------------------------------------- */

static int
list_signals(const char *status)
{
    long number;

    if (status == NULL) {
        for (int i = 1; i < SIGNALS_MAX; i++) {
            if (signal_name(i) != NULL)
                sh_print("%s\n", signal_name(i));
        }
        return 0;
    }
    number = sh_number(status, 255);
    if (number > 128)
        number -= 128;
    if (number < 1 || signal_name((int)number) == NULL) {
        sh_error("kill: %s: no signal", status);
        return 1;
    }
    sh_print("%s\n", signal_name((int)number));
    return 0;
}

static bool
send_signal(const char *target, int signal)
{
    bool group = target[0] == '-';
    long pid = sh_number(target + group, 1 << 30);
    struct job *job;

    if (target[0] == '%') {
        job = job_find(target, "kill");
        if (job == NULL)
            return false;
        if (job_signal(job, signal) == 0) {
            if (signal == SIGTERM || signal == SIGHUP)
                (void)job_signal(job, SIGCONT);
            return true;
        }
    } else if (pid < 0) {
        sh_error("kill: %s: not a process", target);
        return false;
    } else if (kill(group ? -(pid_t)pid : (pid_t)pid, signal) == 0) {
        return true;
    }
    sh_error("kill: %s: %s", target, strerror(errno));
    return false;
}

/* kill [-s SIGNAL | -SIGNAL] who ... */
int
builtin_kill(char **argv)
{
    int signal = SIGTERM, i = 1, status = 0;
    const char *name = NULL;

    if (argv[1] != NULL && strcmp(argv[1], "-l") == 0)
        return list_signals(argv[2]);
    if (argv[1] != NULL && strcmp(argv[1], "-s") == 0) {
        name = argv[2] != NULL ? argv[2] : "";
        i = argv[2] != NULL ? 3 : 2;
    } else if (argv[1] != NULL && argv[1][0] == '-' &&
               strcmp(argv[1], "--") != 0) {
        name = argv[1] + 1;
        i = 2;
    }
    if (name != NULL && (signal = signal_number(name)) < 0) {
        sh_error("kill: %s: no signal", name);
        return 2;
    }
    if (argv[i] != NULL && strcmp(argv[i], "--") == 0)
        i++;
    if (argv[i] == NULL) {
        sh_error("kill: a process is missing");
        return 2;
    }
    for (; argv[i] != NULL; i++)
        status |= !send_signal(argv[i], signal);
    return status;
}

/* --- times, trap, wait --------------------------------------------------- */

static void
print_time(clock_t ticks, const char *end)
{
    long per_second = sysconf(_SC_CLK_TCK);
    double seconds;

    if (per_second <= 0)
        per_second = 100;
    seconds = (double)ticks / (double)per_second;
    sh_print("%ldm%.2fs%s", (long)(seconds / 60),
             seconds - 60.0 * (double)(long)(seconds / 60), end);
}

int
builtin_times(char **argv)
{
    struct tms used;

    (void)argv;
    if (times(&used) == (clock_t)-1)
        return 1;
    print_time(used.tms_utime, " ");
    print_time(used.tms_stime, "\n");
    print_time(used.tms_cutime, " ");
    print_time(used.tms_cstime, "\n");
    return 0;
}

int
builtin_trap(char **argv)
{
    const char *action;
    int i = argv[1] != NULL && strcmp(argv[1], "--") == 0 ? 2 : 1;
    int status = 0;

    if (argv[i] == NULL) {
        trap_print();
        return 0;
    }
    action = argv[i];
    if (argv[i + 1] == NULL || sh_number(action, 1 << 20) >= 0)
        action = "-";       /* trap 2 3: all of them are signals */
    else
        i++;
    for (; argv[i] != NULL; i++) {
        int number = signal_number(argv[i]);

        if (number < 0) {
            sh_error("trap: %s: no signal", argv[i]);
            status = 1;
            continue;
        }
        (void)trap_set(number, strcmp(action, "-") == 0 ? NULL : action);
    }
    return status;
}

int
builtin_wait(char **argv)
{
    int i = argv[1] != NULL && strcmp(argv[1], "--") == 0 ? 2 : 1;
    int status = 0;

    if (argv[i] == NULL)
        return jobs_wait_all();
    for (; argv[i] != NULL; i++)
        status = job_wait_builtin(argv[i]);
    return status;
}
