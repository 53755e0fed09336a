/* The table of processes: families, waiting, signals, groups, job control. */
#include "tests/host/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "user/proc/table.h"

#define SEED 1969u
#define ALL (EVENT_EXITED | EVENT_STOPPED | EVENT_CONTINUED)

static struct table table;
static char log_text[4096]; /* what was asked of the server */

static void
note(char what, const struct process *p, int signal)
{
    char line[32];

    if (signal != 0)
        snprintf(line, sizeof line, "%c%d:%d ", what, p->number, signal);
    else
        snprintf(line, sizeof line, "%c%d ", what, p->number);
    if (strlen(log_text) + strlen(line) < sizeof log_text)
        strcat(log_text, line);
}

static void end(struct process *p, int signal) { note('e', p, signal); }
static void stop(struct process *p) { note('s', p, 0); }
static void go_on(struct process *p) { note('c', p, 0); }
static void tell(struct process *p) { note('t', p, 0); }
static void event(struct process *p) { note('w', p, 0); }

static int
reset(void **state)
{
    (void)state;
    memset(&table, 0, sizeof table);
    table.hooks = (struct table_hooks){ end, stop, go_on, tell, event };
    log_text[0] = '\0';
    return 0;
}

static void
expect(const char *text)
{
    assert_string_equal(log_text, text);
    log_text[0] = '\0';
}

/* A shell (1, as the first number is), its job (2) in a group of its own. */
static struct process *shell, *job;

static void
make_shell(void)
{
    shell = table_add(&table, NULL, 100);
    assert_int_equal(shell->number, 1);
    job = table_add(&table, shell, 101);
    assert_int_equal(job->number, 2);
    assert_int_equal(table_set_group(&table, shell, 2, 2), 0);
    expect("");
}

static int
wait_for(struct process *p, int which, unsigned events, int *status)
{
    int number = -1;
    int error = table_wait(&table, p, which, events, &number, status);

    return error != 0 ? -error : number;
}

/* --- families ------------------------------------------------------------- */

static void
test_exit(void **state)
{
    int status;

    (void)state;
    make_shell();
    assert_int_equal(wait_for(shell, -1, ALL, &status), -EAGAIN);
    table_ended(&table, job, table_status_exit(300));
    expect("w1 ");
    assert_ptr_equal(table_number(&table, 2), job); /* a zombie */
    assert_null(table_id(&table, 101));
    assert_int_equal(wait_for(shell, -1, ALL, &status), 2);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 300 % 256);
    assert_null(table_number(&table, 2));
    assert_int_equal(wait_for(shell, -1, ALL, &status), -ECHILD);
}

static void
test_killed(void **state)
{
    int status;

    (void)state;
    make_shell();
    assert_int_equal(table_kill(&table, shell, 2, SIGTERM), 0);
    expect("e2:15 ");
    table_signal(&table, job, SIGKILL); /* it ends already */
    expect("");
    table_ended(&table, job, table_status_signal(SIGTERM));
    expect("w1 ");
    assert_int_equal(wait_for(shell, 2, EVENT_EXITED, &status), 2);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void
test_which_child(void **state)
{
    struct process *other;
    int status;

    (void)state;
    make_shell();
    other = table_add(&table, shell, 102);
    assert_int_equal(wait_for(shell, 77, ALL, &status), -ECHILD);
    assert_int_equal(wait_for(shell, -3, ALL, &status), -ECHILD);
    assert_int_equal(wait_for(shell, 0, ALL, &status), -EAGAIN);
    table_ended(&table, job, 0);
    assert_int_equal(wait_for(shell, 0, ALL, &status), -EAGAIN);
    assert_int_equal(wait_for(shell, 3, ALL, &status), -EAGAIN);
    assert_int_equal(wait_for(shell, -2, ALL, &status), 2);
    table_ended(&table, other, 0);
    assert_int_equal(wait_for(shell, 0, ALL, &status), 3);
    assert_int_equal(wait_for(job, -1, ALL, &status), -ECHILD);
}

/* Whose parent is gone ends without a trace, and so do zombies it left. */
static void
test_orphans(void **state)
{
    struct process *child, *zombie;

    (void)state;
    make_shell();
    child = table_add(&table, job, 102);
    zombie = table_add(&table, job, 103);
    table_ended(&table, zombie, 0);
    table_ended(&table, job, 0);
    assert_null(table_number(&table, 4));
    assert_ptr_equal(table_number(&table, 3), child);
    assert_null(child->parent);
    table_ended(&table, child, 0);
    assert_null(table_number(&table, 3));
}

static void
test_ignored_children(void **state)
{
    int status;

    (void)state;
    make_shell();
    table_masks(&table, shell, 0, 0, SIGNAL_BIT(SIG_CHLD));
    table_ended(&table, job, 0);
    assert_null(table_number(&table, 2));
    assert_int_equal(wait_for(shell, -1, ALL, &status), -ECHILD);
}

static void
test_full_and_numbers(void **state)
{
    struct process *p = NULL, *last = NULL;
    int count = 0;

    (void)state;
    make_shell();
    while ((p = table_add(&table, shell, 1000 + (uint64_t)count)) != NULL) {
        last = p;
        count++;
    }
    assert_int_equal(count, PROCESSES_MAX - 2);
    table_forget(&table, last);
    table.last_number = NUMBER_MAX;
    p = table_add(&table, shell, 9999);
    assert_int_equal(p->number, (int)PROCESSES_MAX); /* the first free one */
    assert_ptr_equal(table_next(&table, 0), shell);
    assert_ptr_equal(table_next(&table, 1), job);
    assert_null(table_next(&table, NUMBER_MAX));
}

/* The number of a group that lives on is nobody's. */
static void
test_number_of_a_group(void **state)
{
    struct process *member;
    int status;

    (void)state;
    make_shell();
    member = table_add(&table, job, 103);
    assert_int_equal(member->group, 2);
    table_ended(&table, job, 0);
    assert_int_equal(wait_for(shell, -1, ALL, &status), 2);
    table.last_number = 1;
    assert_int_equal(table_add(&table, shell, 104)->number, 4);
}

/* --- signals -------------------------------------------------------------- */

static void
test_caught(void **state)
{
    (void)state;
    make_shell();
    table_masks(&table, job, 0, SIGNAL_BIT(SIG_INT) | SIGNAL_BIT(SIG_KILL),
                0);
    table_signal(&table, job, SIGINT);
    table_signal(&table, job, SIGINT);
    expect("t2 t2 ");
    assert_int_equal(table_take(&table, job, 0), SIGINT);
    assert_int_equal(table_take(&table, job, 0), 0);
    table_signal(&table, job, SIGKILL); /* cannot be caught */
    expect("e2:9 ");
}

static void
test_blocked(void **state)
{
    (void)state;
    make_shell();
    table_masks(&table, job, ~0ULL, SIGNAL_BIT(SIG_INT), 0);
    table_signal(&table, job, SIGINT);
    table_signal(&table, job, SIGTERM);
    expect("");
    assert_int_equal(table_take(&table, job, 0), 0);
    assert_int_equal(table_take(&table, job, SIGNAL_BIT(SIG_TERM)), SIGTERM);
    table_masks(&table, job, 0, SIGNAL_BIT(SIG_INT), 0);
    expect("t2 ");
    table_signal(&table, job, SIGSTOP);
    expect("s2 w1 ");
}

static void
test_ignored(void **state)
{
    (void)state;
    make_shell();
    table_masks(&table, job, 0, 0, SIGNAL_BIT(SIG_INT) |
                                   SIGNAL_BIT(SIG_KILL));
    table_signal(&table, job, SIGINT);
    table_signal(&table, job, SIGCHLD);
    table_signal(&table, job, SIGWINCH);
    expect("");
    assert_int_equal(job->pending, 0);
    table_signal(&table, job, SIGKILL);
    expect("e2:9 ");
}

/* A signal that comes to be ignored is forgotten. */
static void
test_ignored_later(void **state)
{
    (void)state;
    make_shell();
    table_masks(&table, job, ~0ULL, 0, 0);
    table_signal(&table, job, SIGINT);
    table_masks(&table, job, ~0ULL, 0, SIGNAL_BIT(SIG_INT));
    table_masks(&table, job, 0, 0, 0);
    expect("");
}

static void
test_kill(void **state)
{
    struct process *same;

    (void)state;
    make_shell();
    same = table_add(&table, job, 102);
    assert_int_equal(table_kill(&table, shell, 9, SIGTERM), ESRCH);
    assert_int_equal(table_kill(&table, shell, 2, 65), EINVAL);
    assert_int_equal(table_kill(&table, shell, 2, -1), EINVAL);
    assert_int_equal(table_kill(&table, shell, 2, 0), 0);
    expect("");
    assert_int_equal(table_kill(&table, shell, -2, SIGTERM), 0);
    expect("e2:15 e3:15 ");
    same->ending = job->ending = false;
    assert_int_equal(table_kill(&table, same, 0, SIGHUP), 0);
    expect("e2:1 e3:1 "); /* itself last */
    same->ending = job->ending = false;
    assert_int_equal(table_kill(&table, job, -1, SIGHUP), 0);
    expect("e1:1 e3:1 "); /* who has no parent any more, too */
    assert_int_equal(table_kill(&table, NULL, 0, SIGHUP), ESRCH);
}

/* The server has no handle of a service: nothing may be asked for one. */
static void
test_service(void **state)
{
    (void)state;
    make_shell();
    shell->is_service = true;
    assert_int_equal(table_kill(&table, job, 1, SIGKILL), EPERM);
    assert_int_equal(table_kill(&table, job, 1, 0), EPERM);
    assert_int_equal(table_kill(&table, job, -1, SIGTERM), ESRCH);
    assert_int_equal(table_kill(&table, job, -shell->group, SIGSTOP), ESRCH);
    table_kill_group(&table, shell->session, shell->group, SIGINT);
    expect("");
    table_ended(&table, job, 0);
    expect("w1 "); /* it still waits for its children */
}

/* A terminal's numbers are not trusted. */
static void
test_no_signal(void **state)
{
    (void)state;
    make_shell();
    table_kill_group(&table, job->session, job->group, 0);
    table_kill_group(&table, job->session, job->group, SIG_MAX + 1);
    table_kill_group(&table, job->session, job->group, -1);
    expect("");
}

static void
test_executed(void **state)
{
    (void)state;
    make_shell();
    table_masks(&table, job, 0, SIGNAL_BIT(SIG_INT), SIGNAL_BIT(SIG_QUIT));
    table_executed(job, "a name that is far too long for the place of a name"
                        " that there is");
    assert_int_equal(strlen(job->name), NAME_SIZE - 1);
    table_signal(&table, job, SIGQUIT);
    expect("");
    table_signal(&table, job, SIGINT);
    expect("e2:2 ");
}

/* --- job control ---------------------------------------------------------- */

static void
test_stop_and_continue(void **state)
{
    int status;

    (void)state;
    make_shell();
    table_signal(&table, job, SIGTSTP);
    expect("s2 w1 ");
    assert_int_equal(wait_for(shell, -1, EVENT_EXITED, &status), -EAGAIN);
    assert_int_equal(wait_for(shell, -1, ALL, &status), 2);
    assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
    assert_int_equal(wait_for(shell, -1, ALL, &status), -EAGAIN);
    table_signal(&table, job, SIGTERM); /* waits until it goes on */
    expect("");
    table_signal(&table, job, SIGCONT);
    expect("c2 w1 e2:15 ");
    assert_int_equal(wait_for(shell, -1, ALL, &status), 2);
    assert_true(WIFCONTINUED(status));
}

/* SIGKILL works on who stands still. */
static void
test_kill_stopped(void **state)
{
    (void)state;
    make_shell();
    table_signal(&table, job, SIGSTOP);
    table_signal(&table, job, SIGKILL);
    expect("s2 w1 e2:9 ");
}

/* Nobody could wake it, so the terminal cannot stop it; SIGSTOP can. */
static void
test_orphaned_group(void **state)
{
    (void)state;
    make_shell();
    assert_false(table_is_orphaned(&table, 2));
    assert_true(table_is_orphaned(&table, 1));
    table_signal(&table, shell, SIGTSTP);
    expect("");
    table_signal(&table, shell, SIGSTOP);
    expect("s1 ");
}

/* The shell goes while its job stands still. */
static void
test_shell_ends(void **state)
{
    (void)state;
    make_shell();
    table_signal(&table, job, SIGTSTP);
    expect("s2 w1 ");
    table_ended(&table, shell, 0);
    expect("c2 e2:1 ");
    assert_null(table_number(&table, 1));
}

static void
test_groups(void **state)
{
    struct process *child;

    (void)state;
    make_shell();
    child = table_add(&table, job, 102);
    assert_int_equal(table_set_group(&table, shell, 0, 2), EPERM); /* leader */
    assert_int_equal(table_set_group(&table, shell, 3, 3), ESRCH); /* not its */
    assert_int_equal(table_set_group(&table, job, 3, 99), EPERM);
    assert_int_equal(table_set_group(&table, job, 3, -1), EINVAL);
    assert_int_equal(table_set_group(&table, job, 3, 0), 0);
    assert_int_equal(child->group, 3);
    assert_int_equal(table_set_group(&table, child, 0, 2), 0);
    assert_int_equal(child->group, 2);
    table_executed(child, "x");
    assert_int_equal(table_set_group(&table, job, 3, 3), EACCES);
    assert_int_equal(table_set_group(&table, child, 0, 3), 0);
}

static void
test_sessions(void **state)
{
    struct process *child;

    (void)state;
    make_shell();
    assert_int_equal(table_set_session(&table, job), EPERM); /* leads a group */
    child = table_add(&table, job, 102);
    assert_int_equal(table_set_session(&table, child), 0);
    assert_int_equal(child->session, 3);
    assert_int_equal(child->group, 3);
    assert_int_equal(table_set_group(&table, job, 3, 2), EPERM);
    table_kill_group(&table, 1, 3, SIGHUP); /* another session's */
    expect("");
}

/* --- anything ------------------------------------------------------------- */

static void
check_all(void)
{
    for (unsigned i = 0; i < PROCESSES_MAX; i++) {
        const struct process *p = &table.places[i];

        if (p->state == PROCESS_NONE)
            continue;
        assert_true(p->number > 0 && p->group > 0 && p->session > 0);
        assert_true(p->parent == NULL || p->parent->state == PROCESS_RUNS ||
                    p->parent->state == PROCESS_STOPPED);
        assert_true(p->state != PROCESS_ZOMBIE || p->parent != NULL);
        assert_int_equal(p->blocked & (SIGNAL_BIT(SIG_KILL) |
                                       SIGNAL_BIT(SIG_STOP)), 0);
    }
}

static struct process *
pick(void)
{
    return table_number(&table, rand() % 40 + 1);
}

static void
test_anything(void **state)
{
    uint64_t id = 1;
    int number, status;

    (void)state;
    srand(SEED);
    for (unsigned i = 0; i < 30000; i++) {
        struct process *p = pick();

        if (table.last_number > 60)
            table.last_number = 1;
        log_text[0] = '\0';
        if (p == NULL || p->state == PROCESS_ZOMBIE) {
            if (table_next(&table, 0) == NULL || rand() % 8 == 0)
                table_add(&table, NULL, id++);
            continue;
        }
        switch (rand() % 9) {
        case 0: case 1: table_add(&table, p, id++); break;
        case 2: table_ended(&table, p, rand() & 0xFFFF); break;
        case 3: table_kill(&table, p, rand() % 80 - 40, rand() % 66); break;
        case 4: table_masks(&table, p, (uint64_t)rand() << rand() % 40,
                            (uint64_t)rand() << rand() % 40,
                            (uint64_t)rand() << rand() % 40); break;
        case 5: table_set_group(&table, p, rand() % 40, rand() % 40); break;
        case 6: table_set_session(&table, p); break;
        case 7: table_take(&table, p, (uint64_t)rand()); break;
        default: table_wait(&table, p, rand() % 3 - 1, ALL, &number,
                            &status); break;
        }
        check_all();
    }
}

#define TEST(name) cmocka_unit_test_setup(test_##name, reset)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(exit), TEST(killed), TEST(which_child), TEST(orphans),
        TEST(ignored_children), TEST(full_and_numbers),
        TEST(number_of_a_group), TEST(caught), TEST(blocked), TEST(ignored),
        TEST(ignored_later), TEST(kill), TEST(service), TEST(no_signal),
        TEST(executed),
        TEST(stop_and_continue), TEST(kill_stopped), TEST(orphaned_group),
        TEST(shell_ends), TEST(groups), TEST(sessions), TEST(anything),
    };

    return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
