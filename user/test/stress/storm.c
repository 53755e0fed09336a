/*
 * Storms of deaths: processes and threads end at random moments, in every
 * state; servers with callers in their queues, endpoints with callers, replies
 * that are kept. Nobody hangs, and each death is told once.
 */
#include "user/test/stress/stress.h"

#include "kernel/lib/mem.h"

#define BADGE_VICTIM 1
#define CALLERS 12u
#define VICTIM_THREADS 10u

/* --- a victim ------------------------------------------------------------- */

static struct board *board;
static volatile char *nowhere;
static handle_t own_endpoint, own_session, own_bell;

static void
spin(uint64_t unused)
{
    (void)unused;
    for (;;) {
        board->slots[0]++;
        test_spin();
    }
}

/* handles[0]: nobody receives there; handles[1]: the parent keeps the call. */
static void
call(uint64_t handle)
{
    for (;;) {
        struct sys_message m = { .tag = 1 };

        sys_call((handle_t)handle, &m);
    }
}

static void
receive(uint64_t unused)
{
    (void)unused;
    for (;;) {
        struct sys_message m = { 0 };

        sys_receive(own_endpoint, 0, &m);
    }
}

static void
wait(uint64_t unused)
{
    uint64_t bits;

    (void)unused;
    for (;;)
        sys_wait(own_bell, 1, 0, &bits);
}

static void
fault(uint64_t unused)
{
    (void)unused;
    for (;;)
        *nowhere = 1;
}

/* Long system calls, one after the other. */
static void
map(uint64_t unused)
{
    const uint64_t size = 64 * SYS_PAGE;

    (void)unused;
    for (;;) {
        int64_t at = test_map(size);

        if (at < 0)
            continue;
        for (uint64_t i = 0; i < size; i += 3 * SYS_PAGE)
            *(volatile char *)(at + (int64_t)i) = 1;
        sys_unmap(SYS_SELF, (uint64_t)at, size);
    }
}

static void
make_threads(uint64_t unused)
{
    struct thread thread;

    (void)unused;
    for (;;)
        if (thread_run(&thread, wait, 0, 1) == 0)
            thread_free(&thread);
}

static void
yield(uint64_t unused)
{
    (void)unused;
    for (;;)
        sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
}

int
storm_victim(struct board *shared)
{
    static struct thread threads[VICTIM_THREADS];
    static void (*const states[VICTIM_THREADS])(uint64_t) = {
        spin, call, call, receive, wait, map, yield, make_threads, call,
        fault,
    };

    board = shared;
    own_endpoint = (handle_t)sys_endpoint_create(0);
    own_session = (handle_t)sys_session_create(own_endpoint, 1);
    own_bell = (handle_t)sys_notification_create();
    for (unsigned i = 0; i < VICTIM_THREADS; i++)
        if ((board->word >> i & 1) != 0)
            thread_run(&threads[i], states[i],
                       i == 1 ? board->handles[0]
                       : i == 2 ? board->handles[1] : own_session,
                       PRIORITY - 2);
    wait(0);
    return 1;
}

/* --- who kills them ------------------------------------------------------- */

static handle_t kept[16], clones[4];

static void
put_away(handle_t *shelf, unsigned size, uint64_t *seed, handle_t handle)
{
    unsigned at = (unsigned)(test_random(seed) % size);

    if (shelf[at] != 0)
        sys_close(shelf[at]);
    shelf[at] = handle;
}

static void
clear_shelf(handle_t *shelf, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        if (shelf[i] != 0)
            sys_close(shelf[i]);
        shelf[i] = 0;
    }
}

/* The clone goes its own way: told of its death, killed or not. */
static unsigned
clone(struct child *child, uint64_t *seed)
{
    handle_t reply;
    int64_t made = sys_process_clone(child->process, 0, 300, &reply);

    if (made <= 0)
        return 0;
    put_away(kept, 16, seed, reply);
    put_away(clones, 4, seed, (handle_t)made);
    sys_process_control((handle_t)made, SYS_PROCESS_KILL, 6);
    return 1;
}

struct storm {
    handle_t endpoint, bell;
    handle_t silent, session; /* to an endpoint of nobody, to this one */
    uint64_t seed, born, dead, twice;
    uint64_t known[1024]; /* ids that are dead */
};

static void
note(struct storm *storm, uint64_t id)
{
    storm->dead++;
    if (storm->known[id % 1024] == id)
        storm->twice++;
    storm->known[id % 1024] = id;
}

/* What the victim does meanwhile, for that long. */
static bool
watch(struct storm *storm, struct child *child, uint64_t time)
{
    struct sys_message m = { 0 };

    EXPECT(sys_timer_set(storm->bell, 1, (uint64_t)sys_clock() + time), 0);
    for (;;) {
        int64_t got = sys_receive(storm->endpoint, 0, &m);

        CHECK(got >= 0);
        if (got == SYS_GOT_BITS)
            return true;
        if (got == SYS_GOT_DEATH)
            note(storm, m.process);
        if (got != SYS_GOT_CALL && got != SYS_GOT_FAULT)
            continue;
        if (got == SYS_GOT_CALL && test_random(&storm->seed) % 4 == 0)
            storm->born += clone(child, &storm->seed);
        put_away(kept, 16, &storm->seed, (handle_t)sys_reply_keep());
    }
}

static bool
await_deaths(struct storm *storm)
{
    struct sys_message m = { 0 };

    while (storm->dead < storm->born) {
        int64_t got = sys_receive(storm->endpoint, 0, &m);

        CHECK(got >= 0);
        if (got == SYS_GOT_DEATH)
            note(storm, m.process);
    }
    return true;
}

static bool
one_victim(struct storm *storm)
{
    uint64_t random = test_random(&storm->seed);
    struct child child;

    CHECK(child_make(&child, storm->endpoint, BADGE_VICTIM, 400));
    CHECK(child_give(&child, 0, storm->silent, SYS_RIGHT_SEND));
    CHECK(child_give(&child, 1, storm->session, SYS_RIGHT_SEND));
    storm->born++;
    CHECK(child_run(&child, ROLE_VICTIM, random % 1024, PRIORITY - 1));
    CHECK(watch(storm, &child, (random >> 32) % (3 * MS)));
    EXPECT(sys_process_control(child.process, SYS_PROCESS_KILL, 7), 0);
    if (random >> 20 & 1)
        CHECK(await_deaths(storm));
    return child_close(&child);
}

/* Nothing more comes after the last death. */
static bool
no_more(struct storm *storm)
{
    struct sys_message m = { 0 };
    int64_t got;

    test_sleep(5 * MS);
    for (;;) {
        got = sys_receive(storm->endpoint, SYS_NOWAIT, &m);
        if (got == ERR_AGAIN)
            return true;
        CHECK(got >= 0 && got != SYS_GOT_DEATH);
    }
}

static bool
kill_processes(void)
{
    static struct storm storm;
    handle_t unheard = (handle_t)sys_endpoint_create(0);

    memset(&storm, 0, sizeof storm);
    storm.seed = stress_seed;
    storm.endpoint = (handle_t)sys_endpoint_create(0);
    storm.silent = (handle_t)sys_session_create(unheard, 0);
    storm.bell = (handle_t)sys_notification_create();
    storm.session = (handle_t)sys_session_create(storm.endpoint, 5);
    EXPECT(sys_endpoint_bind(storm.endpoint, storm.bell), 0);
    for (uint64_t i = 0; i < stress_rounds * 2; i++)
        CHECK(one_victim(&storm));
    CHECK(await_deaths(&storm));
    clear_shelf(kept, 16);
    clear_shelf(clones, 4);
    CHECK(no_more(&storm));
    CHECK(storm.dead == storm.born && storm.twice == 0);
    EXPECT(sys_close(storm.session), 0);
    EXPECT(sys_close(storm.silent), 0);
    EXPECT(sys_close(unheard), 0);
    EXPECT(sys_close(storm.endpoint), 0);
    EXPECT(sys_close(storm.bell), 0);
    return true;
}

/* --- callers of what ends ------------------------------------------------- */

static handle_t session;
static volatile uint64_t finished, answered, dropped, gone, other;

static void
caller(uint64_t unused)
{
    struct sys_message m = { .tag = 1 };
    int64_t result;

    (void)unused;
    do {
        m.tag = 1;
        result = sys_call(session, &m);
        if (result == 0)
            __atomic_add_fetch(&answered, 1, __ATOMIC_SEQ_CST);
    } while (result == 0);
    if (result == ERR_DROPPED)
        __atomic_add_fetch(&dropped, 1, __ATOMIC_SEQ_CST);
    else if (result == ERR_DEAD)
        __atomic_add_fetch(&gone, 1, __ATOMIC_SEQ_CST);
    else
        __atomic_add_fetch(&other, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
}

static bool
start_callers(struct thread threads[CALLERS])
{
    finished = answered = dropped = gone = other = 0;
    for (unsigned i = 0; i < CALLERS; i++)
        EXPECT(thread_run(&threads[i], caller, 0, PRIORITY - 1), 0);
    return true;
}

/* Each has its error. */
static bool
join_callers(struct thread threads[CALLERS])
{
    CHECK(test_await(&finished, CALLERS));
    CHECK(other == 0 && dropped + gone == CALLERS);
    for (unsigned i = 0; i < CALLERS; i++) {
        CHECK(test_await_state(threads[i].handle, SYS_THREAD_DEAD));
        thread_free(&threads[i]);
    }
    return true;
}

/* Answers some, keeps some, and never more than it has to. */
int
storm_serve(struct board *shared)
{
    uint64_t seed = shared->seed;
    struct sys_message m = { 0 };

    for (;;) {
        int64_t got = sys_receive(shared->handles[0], 0, &m);

        if (got != SYS_GOT_CALL)
            return 1;
        if (test_random(&seed) % 16 == 0)
            sys_reply_keep();
        else
            sys_reply(0, &m);
    }
}

static bool
kill_one_server(uint64_t *seed)
{
    handle_t deaths = (handle_t)sys_endpoint_create(0);
    handle_t served = (handle_t)sys_endpoint_create(0);
    struct thread threads[CALLERS];
    struct child child;

    session = (handle_t)sys_session_create(served, 1);
    CHECK(child_make(&child, deaths, 1, 300));
    child.board->seed = test_random(seed);
    CHECK(child_give(&child, 0, served, SYS_RIGHT_RECEIVE));
    EXPECT(sys_close(served), 0); /* the server has the only handle */
    CHECK(child_run(&child, ROLE_SERVE, 0, PRIORITY - 1));
    CHECK(start_callers(threads));
    test_sleep(test_random(seed) % (2 * MS));
    CHECK(child_end(&child, deaths));
    CHECK(join_callers(threads));
    EXPECT(sys_close(session), 0);
    EXPECT(sys_close(deaths), 0);
    return true;
}

static bool
kill_servers(void)
{
    uint64_t seed = stress_seed;

    for (uint64_t i = 0; i < stress_rounds; i++)
        CHECK(kill_one_server(&seed));
    return true;
}

/* Some wait in the queue, some for an answer that is kept. */
static bool
close_one_endpoint(uint64_t *seed)
{
    handle_t served = (handle_t)sys_endpoint_create(0);
    handle_t replies[CALLERS];
    struct thread threads[CALLERS];
    struct sys_message m = { 0 };
    uint64_t count = test_random(seed) % CALLERS;

    session = (handle_t)sys_session_create(served, 1);
    CHECK(start_callers(threads));
    test_sleep(test_random(seed) % MS);
    for (uint64_t i = 0; i < count; i++) {
        EXPECT(sys_receive(served, 0, &m), SYS_GOT_CALL);
        replies[i] = (handle_t)sys_reply_keep();
    }
    EXPECT(sys_close(served), 0);
    CHECK(test_await(&finished, CALLERS - count));
    CHECK(gone == CALLERS - count);
    for (uint64_t i = 0; i < count; i++)
        EXPECT(sys_close(replies[i]), 0);
    CHECK(join_callers(threads));
    CHECK(dropped == count);
    EXPECT(sys_close(session), 0);
    return true;
}

static bool
close_endpoints(void)
{
    uint64_t seed = stress_seed;

    for (uint64_t i = 0; i < stress_rounds; i++)
        CHECK(close_one_endpoint(&seed));
    return true;
}

/* --- threads -------------------------------------------------------------- */

static handle_t busy_session, silent_session, bell;

static void
do_anything(uint64_t what)
{
    struct sys_message m = { .tag = 1 };
    uint64_t bits;

    for (;;) {
        switch (what) {
        case 0: test_spin(); break;
        case 1: sys_call(silent_session, &m); break;
        case 2: sys_call(busy_session, &m); break;
        case 3: sys_wait(bell, 1, 0, &bits); break;
        case 4: sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0); break;
        default: sys_close((handle_t)sys_notification_create()); break;
        }
    }
}

static void
serve_for_ever(uint64_t endpoint)
{
    struct sys_message m = { 0 };
    int64_t got = sys_receive((handle_t)endpoint, 0, &m);

    while (got >= 0)
        got = got == SYS_GOT_CALL
                  ? sys_reply_receive((handle_t)endpoint, 0, &m)
                  : sys_receive((handle_t)endpoint, 0, &m);
}

/* Interrupted, stopped, started, moved, killed. */
static bool
bother(struct thread *thread, uint64_t *seed)
{
    static const enum sys_thread_control things[] = {
        SYS_THREAD_INTERRUPT, SYS_THREAD_STOP, SYS_THREAD_START,
        SYS_THREAD_STOP, SYS_THREAD_START, SYS_THREAD_AFFINITY,
    };
    uint64_t random = test_random(seed);
    enum sys_thread_control what = things[random % 6];
    int64_t result = sys_thread_control(
        thread->handle, what,
        what == SYS_THREAD_AFFINITY ? 1ULL << (random >> 8) % stress_cpus : 0,
        0);

    CHECK(result == 0 ||
          (what == SYS_THREAD_INTERRUPT && result == ERR_STATE));
    if (what == SYS_THREAD_AFFINITY)
        sys_thread_control(thread->handle, what, ~0ULL, 0);
    return true;
}

static bool
kill_threads(void)
{
    enum { COUNT = 12 };
    handle_t silent = (handle_t)sys_endpoint_create(0);
    handle_t busy = (handle_t)sys_endpoint_create(0);
    struct thread threads[COUNT], server;
    uint64_t seed = stress_seed;

    silent_session = (handle_t)sys_session_create(silent, 0);
    busy_session = (handle_t)sys_session_create(busy, 0);
    bell = (handle_t)sys_notification_create();
    EXPECT(thread_run(&server, serve_for_ever, busy, PRIORITY), 0);
    for (unsigned i = 0; i < COUNT; i++)
        EXPECT(thread_run(&threads[i], do_anything, i % 6, PRIORITY - 1), 0);
    for (uint64_t i = 0; i < stress_rounds * 20; i++) {
        unsigned at = (unsigned)(test_random(&seed) % COUNT);

        CHECK(bother(&threads[at], &seed));
        if (test_random(&seed) % 4 == 0) {
            thread_free(&threads[at]);
            EXPECT(thread_run(&threads[at], do_anything,
                              test_random(&seed) % 6, PRIORITY - 1), 0);
        }
        if (test_random(&seed) % 8 == 0)
            test_sleep(test_random(&seed) % (100 * US));
    }
    for (unsigned i = 0; i < COUNT; i++)
        thread_free(&threads[i]);
    thread_free(&server);
    EXPECT(sys_close(bell), 0);
    EXPECT(sys_close(silent_session), 0);
    EXPECT(sys_close(busy_session), 0);
    EXPECT(sys_close(silent), 0);
    EXPECT(sys_close(busy), 0);
    return true;
}

const struct test storm_tests[] = {
    { "storm-processes", kill_processes },
    { "storm-servers", kill_servers },
    { "storm-endpoints", close_endpoints },
    { "storm-threads", kill_threads },
};
const unsigned storm_test_count = COUNT_OF(storm_tests);
