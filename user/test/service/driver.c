/*
 * The service that tests the others, and ends the machine with the result:
 * TAP on the console.
 */
#include "user/test/service/service.h"

#include "kernel/lib/mem.h"

static struct {
    handle_t system, init, echo;
} driver;

#define CHECK(condition)                                             \
    do {                                                             \
        if (!(condition)) {                                          \
            print("# %s:%u: %s\n", __FILE__, (unsigned)__LINE__,     \
                  #condition);                                       \
            return false;                                            \
        }                                                            \
    } while (0)

/* --- talking -------------------------------------------------------------- */

struct answer {
    int64_t result;
    uint64_t instance, value;
    handle_t handle;
};

static struct answer
call_echo(enum echo_call call, uint64_t value)
{
    struct sys_message m = { .tag = call, .words = { 0, value } };
    int64_t result = sys_call(driver.echo, &m);

    return (struct answer){ result, m.words[0], m.words[1],
                            sys_handle(&m, 0) };
}

static bool
state_of(const char *name, struct service_state *state)
{
    struct sys_lease lease = { (uint64_t)state, sizeof *state };

    for (uint64_t number = 0;; number++) {
        struct sys_message m = {
            .tag = SERVICE_LIST | SYS_TAG_LEASES(1) | SYS_TAG_WRITE(0),
            .words = { number }, .leases = &lease,
        };

        if (sys_call(driver.init, &m) != 0 || (uint32_t)m.tag != 0)
            return false;
        if (strcmp(state->name, name) == 0)
            return true;
    }
}

static int64_t
control(enum service_control what, const char *name)
{
    struct sys_message m = { .tag = SERVICE_CONTROL, .words = { what } };
    int64_t result;

    memcpy(&m.words[1], name, strlen(name));
    result = sys_call(driver.init, &m);
    return result < 0 ? result : (int32_t)m.tag;
}

static bool
has_status(const char *name, enum service_status status)
{
    struct service_state state;

    return state_of(name, &state) && state.status == status;
}

/* Within ten seconds, which none of them needs. */
static bool
becomes(const char *name, enum service_status status)
{
    for (unsigned i = 0; i < 1000; i++) {
        if (has_status(name, status))
            return true;
        pause_for(10 * MS);
    }
    return false;
}

/* --- tests ---------------------------------------------------------------- */

static bool
an_answer(void)
{
    struct answer a = call_echo(ECHO_ADD, 41);

    CHECK(a.result == 0 && a.value == 42);
    return true;
}

static bool
the_number_of_the_manifest(void)
{
    struct answer a = call_echo(ECHO_BADGE, 0);

    CHECK(a.result == 0 && (a.value & SERVICE_SESSION) != 0);
    CHECK(SERVICE_SESSION_NUMBER(a.value) == 7);
    return true;
}

static bool
the_state_of_one_that_is_up(void)
{
    struct service_state state;

    CHECK(state_of("echo", &state) && state.status == SERVICE_UP);
    CHECK(state.starts == call_echo(ECHO_ADD, 0).instance);
    CHECK(state.process != 0 && state.frames_limit == 64);
    CHECK(state.frames > 4 && state.frames <= 64);
    CHECK(state.since != 0 && state.since < (uint64_t)sys_clock());
    CHECK(!state_of("nobody", &state));
    return true;
}

/* The session stays: the endpoint is init's. */
static bool
the_next_one_serves(void)
{
    uint64_t before = call_echo(ECHO_ADD, 0).instance;
    struct service_state state;
    struct answer a;

    CHECK(call_echo(ECHO_DIE, 0).result == ERR_DROPPED);
    a = call_echo(ECHO_ADD, 1);
    CHECK(a.result == 0 && a.value == 2 && a.instance == before + 1);
    CHECK(state_of("echo", &state));
    CHECK(state.death[0] == SYS_DEATH_FAULT && state.death[1] == 6);
    return true;
}

static void
kill_echo(uint64_t argument)
{
    (void)argument;
    call_echo(ECHO_DIE_LATER, 0);
}

static bool
a_call_that_waits_is_served_by_the_next(void)
{
    uint64_t before = call_echo(ECHO_ADD, 0).instance;
    struct thread thread;
    struct answer a;

    CHECK(thread_run(&thread, kill_echo, 0, 5) == 0);
    pause_for(10 * MS); /* it is in that call now */
    a = call_echo(ECHO_ADD, 9);
    thread_free(&thread);
    CHECK(a.result == 0 && a.value == 10 && a.instance == before + 1);
    return true;
}

/* Who still holds what a dead one bound is not in the way. */
static bool
a_notification_that_outlives_its_service(void)
{
    struct answer a = call_echo(ECHO_BITS, 0);

    CHECK(a.result == 0 && a.handle != 0);
    CHECK(call_echo(ECHO_DIE, 0).result == ERR_DROPPED);
    CHECK(call_echo(ECHO_ADD, 0).instance == a.instance + 1);
    CHECK(sys_close(a.handle) == 0);
    return true;
}

static bool
one_that_ends_with_an_error_starts_again(void)
{
    uint64_t before = call_echo(ECHO_ADD, 0).instance;

    CHECK(call_echo(ECHO_EXIT, 3).result == ERR_DROPPED);
    CHECK(call_echo(ECHO_ADD, 0).instance == before + 1);
    return true;
}

static bool
a_hung_one_is_killed(void)
{
    uint64_t before = call_echo(ECHO_ADD, 0).instance;

    CHECK(call_echo(ECHO_HANG, 0).result == 0);
    CHECK(call_echo(ECHO_ADD, 0).instance == before + 1);
    return true;
}

/* One that answers stays, for many beats. */
static bool
one_that_answers_is_let_live(void)
{
    uint64_t before = call_echo(ECHO_ADD, 0).instance;

    pause_for(3500 * MS);
    CHECK(call_echo(ECHO_ADD, 0).instance == before);
    return true;
}

static bool
stop_and_start(void)
{
    uint64_t before = call_echo(ECHO_ADD, 0).instance;
    struct service_state state;

    CHECK(control(SERVICE_STOP, "echo") == 0);
    CHECK(becomes("echo", SERVICE_DOWN));
    pause_for(100 * MS);
    CHECK(state_of("echo", &state) && state.status == SERVICE_DOWN);
    CHECK(state.process == 0 && state.death[0] == SYS_DEATH_KILLED);
    CHECK(control(SERVICE_KILL, "echo") == ERR_STATE);
    CHECK(control(SERVICE_START, "echo") == 0);
    CHECK(call_echo(ECHO_ADD, 0).instance == before + 1);
    CHECK(control(SERVICE_START, "echo") == ERR_STATE);
    return true;
}

/* Without waiting for anything in between. */
static bool
the_last_wish_counts(void)
{
    uint64_t before = call_echo(ECHO_ADD, 0).instance;

    CHECK(control(SERVICE_STOP, "echo") == 0);
    CHECK(control(SERVICE_START, "echo") == 0);
    CHECK(call_echo(ECHO_ADD, 0).instance == before + 1);
    CHECK(control(SERVICE_RESTART, "echo") == 0);
    CHECK(control(SERVICE_STOP, "echo") == 0);
    CHECK(becomes("echo", SERVICE_DOWN));
    pause_for(50 * MS);
    CHECK(has_status("echo", SERVICE_DOWN));
    CHECK(control(SERVICE_RESTART, "echo") == 0);
    CHECK(call_echo(ECHO_ADD, 0).instance > before + 1);
    return true;
}

static bool
restart_and_kill(void)
{
    uint64_t before = call_echo(ECHO_ADD, 0).instance;

    CHECK(control(SERVICE_RESTART, "echo") == 0);
    CHECK(call_echo(ECHO_ADD, 0).instance == before + 1);
    CHECK(control(SERVICE_KILL, "echo") == 0);
    CHECK(call_echo(ECHO_ADD, 0).instance == before + 2);
    CHECK(control(SERVICE_KILL, "nobody") == ERR_ARGUMENT);
    CHECK(control((enum service_control)9, "echo") == ERR_ARGUMENT);
    return true;
}

static bool
a_crash_loop_is_given_up(void)
{
    struct service_state state;

    CHECK(becomes("loop", SERVICE_FAILED));
    CHECK(state_of("loop", &state) && state.starts == 4);
    CHECK(becomes("early", SERVICE_FAILED));
    CHECK(has_status("behind", SERVICE_FAILED));
    CHECK(has_status("farther", SERVICE_FAILED));
    return true;
}

static bool
one_that_is_never_ready_is_killed(void)
{
    struct service_state state;

    CHECK(becomes("stuck", SERVICE_FAILED));
    CHECK(state_of("stuck", &state) && state.starts == 1);
    CHECK(state.death[0] == SYS_DEATH_KILLED);
    return true;
}

static uint64_t
free_frames(void)
{
    struct sys_system_info info = { 0 };

    sys_system(driver.system, SYS_SYSTEM_INFO, &info, sizeof info);
    return info.frames_free;
}

/* What a dead service leaves would be found in the memory that is gone: the
 * child that "parent" makes at each start holds 32 frames. */
static bool
children_end_with_their_service(void)
{
    struct service_state state;
    uint64_t before;

    CHECK(becomes("parent", SERVICE_FAILED));
    before = free_frames();
    for (uint32_t starts = 2; starts < 6; starts++) {
        CHECK(control(SERVICE_START, "parent") == 0);
        CHECK(becomes("parent", SERVICE_FAILED));
        CHECK(state_of("parent", &state) && state.starts == starts);
        CHECK(state.death[0] == SYS_DEATH_EXIT && state.death[1] == 99);
    }
    for (unsigned i = 0; i < 100 && free_frames() + 16 < before; i++)
        pause_for(10 * MS);
    CHECK(free_frames() + 16 >= before);
    return true;
}

static bool
hardware_is_that_of_the_manifest(void)
{
    struct service_state state;

    CHECK(becomes("hardware", SERVICE_DOWN));
    CHECK(state_of("hardware", &state) && state.death[1] == 0);
    return true;
}

static bool
nothing_is_to_be_stolen(void)
{
    struct service_state state;

    CHECK(becomes("thief", SERVICE_DOWN));
    CHECK(state_of("thief", &state) && state.starts == 1);
    CHECK(state.death[0] == SYS_DEATH_EXIT && state.death[1] == 0);
    return true;
}

static bool
ports_are_those_of_the_manifest(void)
{
    CHECK(becomes("ports", SERVICE_FAILED));
    CHECK(becomes("ports-silent", SERVICE_FAILED));
    return true;
}

static const struct {
    const char *name;
    bool (*run)(void);
} tests[] = {
#define TEST(name) { #name, name }
    TEST(an_answer),
    TEST(the_number_of_the_manifest),
    TEST(the_state_of_one_that_is_up),
    TEST(the_next_one_serves),
    TEST(a_call_that_waits_is_served_by_the_next),
    TEST(a_notification_that_outlives_its_service),
    TEST(one_that_ends_with_an_error_starts_again),
    TEST(a_hung_one_is_killed),
    TEST(one_that_answers_is_let_live),
    TEST(stop_and_start),
    TEST(the_last_wish_counts),
    TEST(restart_and_kill),
    TEST(a_crash_loop_is_given_up),
    TEST(one_that_is_never_ready_is_killed),
    TEST(children_end_with_their_service),
    TEST(hardware_is_that_of_the_manifest),
    TEST(nothing_is_to_be_stolen),
    TEST(ports_are_those_of_the_manifest),
};

void
play_driver(void)
{
    unsigned count = sizeof tests / sizeof *tests, failed = 0;
    struct sys_message m = { .tag = SERVICE_POWER_OFF };

    driver.system = service_need("machine");
    driver.init = service_need("init");
    driver.echo = service_need("echo");
    print_to_system(driver.system);
    service_ready(0);
    print("1..%u\n", count);
    for (unsigned i = 0; i < count; i++) {
        bool good = tests[i].run();

        failed += !good;
        print("%sok %u - %s\n", good ? "" : "not ", i + 1, tests[i].name);
    }
    m.words[0] = failed;
    sys_call(driver.init, &m);
}
