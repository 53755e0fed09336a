/*
 * Shoot-downs: threads of a child write on all CPUs, without a pause, to pages
 * that the test unmaps, protects, maps anew and clones. Once a call is back no
 * write of before may arrive any more.
 */
#include "user/test/stress/stress.h"

#include "kernel/lib/mem.h"

#define VA      0x300000000ULL
#define PAGES   8u
#define SIZE    (PAGES * SYS_PAGE)
#define WORDS   (SIZE / 8)
#define WRITERS_MAX 8u
#define DELAY   3000u
#define FORK_TAG 1u
#define RIGHTS  (SYS_MAP_READ | SYS_MAP_WRITE)

/* --- the child ------------------------------------------------------------ */

static struct board *board;
static volatile uint64_t pages[WORDS] __attribute__((aligned(4096)));
static volatile uint64_t *target;

/* A word of its own in each page; what it wrote is what it reads. */
static void
write_for_ever(uint64_t self)
{
    stress_settle((unsigned)(self % board->seed));
    for (uint64_t value = 1;; value++) {
        volatile uint64_t *word = &target[value % PAGES * 512 + self];

        *word = value;
        if (*word != value)
            board->slots[WRITERS_MAX + self]++;
        board->slots[self] = value;
        test_spin();
    }
}

static bool
start_writers(struct board *shared, volatile uint64_t *where)
{
    static struct thread threads[WRITERS_MAX];

    board = shared;
    target = where;
    for (unsigned i = 0; i < board->word; i++)
        if (thread_run(&threads[i], write_for_ever, i, PRIORITY - 2) != 0)
            return false;
    return true;
}

int
shoot_writers(struct board *shared)
{
    uint64_t bits;

    if (!start_writers(shared, (volatile uint64_t *)VA))
        return 1;
    sys_wait((handle_t)sys_notification_create(), 1, 0, &bits);
    return 2;
}

static void
delay(void)
{
    for (volatile unsigned i = 0; i < DELAY; i++)
        continue;
}

/* In the clone nobody writes but this thread. */
static int
check_clone(void)
{
    static uint64_t seen[WORDS];

    for (unsigned i = 0; i < WORDS; i++)
        seen[i] = pages[i];
    delay();
    for (unsigned i = 0; i < WORDS; i++)
        if (pages[i] != seen[i])
            return 1;
    for (unsigned i = 0; i < WORDS; i++)
        pages[i] = ~0ULL;
    return 0;
}

int
shoot_fork(struct board *shared)
{
    struct sys_message m;

    if (!start_writers(shared, pages))
        return 3;
    for (;;) {
        m = (struct sys_message){ .tag = FORK_TAG };
        if (sys_call(board->handles[0], &m) != 0)
            return 2;
        if (m.words[0] == 1)
            return check_clone();
        delay();
    }
}

/* --- the test ------------------------------------------------------------- */

static struct {
    handle_t endpoint;
    struct child child;
    handle_t memory[2];
    volatile uint64_t *window[2]; /* on them */
    handle_t faulted[WRITERS_MAX];
    unsigned faults, writers;
    uint64_t seed;
} test;

static bool
start(enum role role)
{
    memset(&test, 0, sizeof test);
    test.seed = stress_seed;
    test.writers = stress_cpus < 3 ? 3 : stress_cpus;
    if (test.writers > WRITERS_MAX)
        test.writers = WRITERS_MAX;
    test.endpoint = (handle_t)sys_endpoint_create(0);
    CHECK(child_make(&test.child, test.endpoint, 1, 400));
    test.child.board->seed = stress_cpus;
    if (role == ROLE_FORK) {
        handle_t session = (handle_t)sys_session_create(test.endpoint, 2);

        CHECK(child_give(&test.child, 0, session, SYS_RIGHT_SEND));
        EXPECT(sys_close(session), 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        int64_t window;

        test.memory[i] = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                     SIZE, 0, 0);
        window = sys_map(SYS_SELF, test.memory[i], 0, SIZE, 0, RIGHTS);
        CHECK(window > 0);
        test.window[i] = (volatile uint64_t *)window;
    }
    return true;
}

/* kept: what a writer wrote was there when it read. */
static bool
end(bool kept)
{
    for (unsigned i = 0; i < test.writers && kept; i++)
        CHECK(test.child.board->slots[WRITERS_MAX + i] == 0);
    for (unsigned i = 0; i < test.faults; i++)
        EXPECT(sys_close(test.faulted[i]), 0);
    CHECK(child_end(&test.child, test.endpoint));
    for (unsigned i = 0; i < 2; i++) {
        EXPECT(sys_unmap(SYS_SELF, (uint64_t)test.window[i], SIZE), 0);
        EXPECT(sys_close(test.memory[i]), 0);
    }
    EXPECT(sys_close(test.endpoint), 0);
    return true;
}

/* Until each of the writers is at it. */
static bool
run(enum role role)
{
    CHECK(child_run(&test.child, role, test.writers, PRIORITY - 2));
    for (unsigned i = 0; i < test.writers; i++)
        for (unsigned tries = 0; test.child.board->slots[i] == 0; tries++) {
            CHECK(tries < 30000);
            test_sleep(MS);
        }
    return true;
}

/* Who has faulted waits for pages. */
static bool
take_faults(void)
{
    struct sys_message m = { 0 };
    int64_t got;

    while ((got = sys_receive(test.endpoint, SYS_NOWAIT, &m)) >= 0) {
        int64_t reply;

        CHECK(got == SYS_GOT_FAULT && test.faults < WRITERS_MAX);
        CHECK(m.words[SYS_FAULT_ADDRESS] - VA < SIZE);
        reply = sys_reply_keep();
        CHECK(reply > 0);
        test.faulted[test.faults++] = (handle_t)reply;
    }
    return true;
}

static bool
resume(void)
{
    struct sys_message m = { .tag = SYS_FAULT_RESUME };

    while (test.faults > 0)
        EXPECT(sys_reply(test.faulted[--test.faults], &m), 0);
    return true;
}

/* The writers are at it: one word or another moves. */
static bool
await_writes(void)
{
    uint64_t before[WRITERS_MAX];

    for (unsigned i = 0; i < test.writers; i++)
        before[i] = test.child.board->slots[i];
    for (int tries = 0; tries < 30000; tries++) {
        for (unsigned i = 0; i < test.writers; i++)
            if (test.child.board->slots[i] != before[i])
                return true;
        test_sleep(100 * US);
    }
    print("# nobody writes\n");
    return false;
}

static bool
stands_still(volatile uint64_t *window)
{
    static uint64_t seen[WORDS];

    for (unsigned i = 0; i < WORDS; i++)
        seen[i] = window[i];
    for (unsigned round = 0; round < 3; round++) {
        delay();
        for (unsigned i = 0; i < WORDS; i++)
            CHECK(window[i] == seen[i]);
    }
    return true;
}

static bool
map(handle_t memory, unsigned flags)
{
    EXPECT(sys_map(test.child.process, memory, VA, SIZE, 0,
                   RIGHTS | SYS_MAP_FIXED | flags), (int64_t)VA);
    return true;
}

/* From one object to the other, by way of nothing. */
static bool
unmapped(void)
{
    unsigned now = 0;

    CHECK(start(ROLE_WRITERS) && map(test.memory[0], 0) && run(ROLE_WRITERS));
    for (uint64_t i = 0; i < stress_rounds * 4; i++) {
        CHECK(await_writes());
        test_sleep(test_random(&test.seed) % (200 * US));
        EXPECT(sys_unmap(test.child.process, VA, SIZE), 0);
        CHECK(stands_still(test.window[now]));
        CHECK(map(test.memory[!now], 0));
        CHECK(stands_still(test.window[now]));
        now = !now;
        CHECK(take_faults() && resume());
    }
    return end(false);
}

static bool
protected(void)
{
    CHECK(start(ROLE_WRITERS) && map(test.memory[0], 0) && run(ROLE_WRITERS));
    for (uint64_t i = 0; i < stress_rounds * 4; i++) {
        unsigned rights = test_random(&test.seed) % 2 ? SYS_MAP_READ : 0;

        CHECK(await_writes());
        test_sleep(test_random(&test.seed) % (200 * US));
        EXPECT(sys_protect(test.child.process, VA, SIZE, rights), 0);
        CHECK(stands_still(test.window[0]));
        EXPECT(sys_protect(test.child.process, VA, SIZE, RIGHTS), 0);
        CHECK(take_faults() && resume());
    }
    return end(true);
}

/* Frames of pages that are gone are others' at once. */
static bool
freed(void)
{
    CHECK(start(ROLE_WRITERS) && map(0, SYS_MAP_PRIVATE) && run(ROLE_WRITERS));
    for (uint64_t i = 0; i < stress_rounds * 4; i++) {
        int64_t fresh;

        CHECK(await_writes());
        EXPECT(sys_unmap(test.child.process, VA, SIZE), 0);
        fresh = test_map(SIZE);
        CHECK(fresh > 0);
        CHECK(stands_still((volatile uint64_t *)fresh));
        for (unsigned j = 0; j < WORDS; j++)
            CHECK(((volatile uint64_t *)fresh)[j] == 0);
        EXPECT(sys_unmap(SYS_SELF, (uint64_t)fresh, SIZE), 0);
        CHECK(map(0, SYS_MAP_PRIVATE) && take_faults() && resume());
    }
    return end(false);
}

static bool
clone(void)
{
    struct sys_message m = { .words = { 1 } };
    handle_t reply;
    int64_t made = sys_process_clone(test.child.process, 0, 400, &reply);

    CHECK(made > 0);
    EXPECT(sys_close((handle_t)made), 0);
    EXPECT(sys_reply(reply, &m), 0);
    EXPECT(sys_reply(0, &(struct sys_message){ 0 }), 0);
    return true;
}

static bool
cloned(void)
{
    uint64_t born = 0, dead = 0;
    struct sys_message m = { 0 };

    CHECK(start(ROLE_FORK) && run(ROLE_FORK));
    while (dead < stress_rounds * 2) {
        int64_t got = sys_receive(test.endpoint, 0, &m);

        CHECK(got == SYS_GOT_CALL || got == SYS_GOT_DEATH);
        if (got == SYS_GOT_DEATH) {
            CHECK(m.words[0] == SYS_DEATH_EXIT && m.words[1] == 0);
            dead++;
        } else if (born < stress_rounds * 2) {
            CHECK(clone());
            born++;
        } else {
            sys_reply_keep(); /* closed with the endpoint's process */
        }
    }
    CHECK(await_writes());
    return end(true);
}

const struct test shoot_tests[] = {
    { "shoot-unmapped", unmapped },
    { "shoot-protected", protected },
    { "shoot-freed", freed },
    { "shoot-cloned", cloned },
};
const unsigned shoot_test_count = COUNT_OF(shoot_tests);
