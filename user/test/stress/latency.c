/*
 * The worst that one call may ask for. A kernel of LOCK_TIMES=1 says how long
 * its lock was held meanwhile, and interrupts were off; with hold=N the test
 * fails that finds it longer than that.
 */
#include "user/test/stress/stress.h"

#include "kernel/lib/mem.h"
#include "user/test/lib/crowd.h"

#define RIGHTS (SYS_MAP_READ | SYS_MAP_WRITE)
#define FAR    (1ULL << 39) /* addresses that share no page table */
#define SENDERS 5000u
#define WAITERS 64u
#define CROWD   4000u
#define TREE    500u
#define CROWD_FRAMES 8000u

static uint64_t
memory_bytes(void)
{
    struct sys_system_info info;

    test_info(&info);
    return info.frames_free * SYS_PAGE;
}

/* --- leases --------------------------------------------------------------- */

#define LEASE_SIZE (64UL << 10)

static handle_t served;

/*
 * Each side lies across a border of page tables, and of the nodes by which an
 * object finds its pages, and has none of them. Another CPU may still be busy
 * with giving back what the last one had.
 */
static int64_t
fresh(uint64_t place)
{
    uint64_t start = (uint64_t)sys_clock();
    int64_t memory, at;

    while ((memory = sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                       2 * SYS_PAGE_LARGE, 0, 0)) ==
               ERR_MEMORY &&
           (uint64_t)sys_clock() - start < 1000 * MS)
        test_spin();
    if (memory < 0)
        return memory;
    at = sys_map(SYS_SELF, (handle_t)memory, place * FAR - LEASE_SIZE / 2,
                 2 * LEASE_SIZE, SYS_PAGE_LARGE - LEASE_SIZE / 2,
                 RIGHTS | SYS_MAP_FIXED);
    sys_close((handle_t)memory);
    return at;
}

static void
lease_server(uint64_t unused)
{
    struct sys_message m = { 0 };
    int64_t buffer = fresh(21);

    (void)unused;
    while (buffer > 0 && sys_receive(served, 0, &m) == SYS_GOT_CALL) {
        m.words[0] = (uint64_t)sys_lease_read(0, 0, 0, (char *)buffer + 1,
                                              LEASE_SIZE);
        sys_unmap(SYS_SELF, (uint64_t)buffer, 2 * LEASE_SIZE);
        buffer = fresh(22);
        m.words[1] = (uint64_t)sys_lease_write(0, 1, 0, (char *)buffer + 1,
                                               LEASE_SIZE);
        sys_unmap(SYS_SELF, (uint64_t)buffer, 2 * LEASE_SIZE);
        buffer = fresh(21);
        m.tag = 0;
        sys_reply(0, &m);
    }
}

static bool
leases(void)
{
    struct thread server;
    handle_t session;

    served = (handle_t)sys_endpoint_create(0);
    session = (handle_t)sys_session_create(served, 0);
    EXPECT(thread_run(&server, lease_server, 0, PRIORITY), 0);
    for (unsigned i = 0; i < 4; i++) {
        uint64_t out = (uint64_t)fresh(11), in = (uint64_t)fresh(12);
        struct sys_lease lease[2] = {
            { out + 4095, LEASE_SIZE }, { in + 4094, LEASE_SIZE },
        };
        struct sys_message m = {
            .tag = SYS_TAG_LEASES(2) | SYS_TAG_READ(0) | SYS_TAG_WRITE(1),
            .leases = lease,
        };

        EXPECT(sys_call(session, &m), 0);
        CHECK(m.words[0] == LEASE_SIZE && m.words[1] == LEASE_SIZE);
        EXPECT(sys_unmap(SYS_SELF, out, 2 * LEASE_SIZE), 0);
        EXPECT(sys_unmap(SYS_SELF, in, 2 * LEASE_SIZE), 0);
    }
    thread_free(&server);
    sys_unmap(SYS_SELF, 21 * FAR - LEASE_SIZE / 2, 2 * LEASE_SIZE);
    EXPECT(sys_close(session), 0);
    EXPECT(sys_close(served), 0);
    return true;
}

/* --- memory --------------------------------------------------------------- */

static void
touch(uint64_t at, uint64_t size, uint64_t step)
{
    for (uint64_t i = 0; i < size; i += step)
        *(volatile char *)(at + i) = 1;
}

/* 1 GiB without any page, and less with one here and there. */
static bool
large_ranges(void)
{
    const uint64_t large = 1UL << 30;
    uint64_t size = memory_bytes() / 4 / SYS_PAGE_LARGE * SYS_PAGE_LARGE;
    int64_t at = sys_map(SYS_SELF, 0, 0, large, 0, SYS_MAP_PRIVATE);

    CHECK(at > 0);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)at, large, 0), 0);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)at, large), 0);
    at = test_map(size);
    CHECK(at > 0);
    touch((uint64_t)at, size, 19 * SYS_PAGE);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)at, size, 0), 0);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)at, size, RIGHTS), 0);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)at, size), 0);
    return true;
}

static bool
many_pages(void)
{
    uint64_t size = memory_bytes() / 4 / SYS_PAGE_LARGE * SYS_PAGE_LARGE;
    int64_t at, memory;

    size = size > 32UL << 20 ? 32UL << 20 : size;
    at = test_map(size);
    CHECK(at > 0);
    touch((uint64_t)at, size, SYS_PAGE);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)at, size, SYS_MAP_READ), 0);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)at, size, 0), 0);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)at, size, RIGHTS), 0);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)at, size), 0);
    memory = sys_memory_create(SYS_MEMORY_ANONYMOUS, size, 0, 0);
    CHECK(memory > 0);
    at = sys_map(SYS_SELF, (handle_t)memory, 0, size, 0, RIGHTS);
    CHECK(at > 0);
    touch((uint64_t)at, size, SYS_PAGE);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)at, size), 0);
    EXPECT(sys_close((handle_t)memory), 0);
    return true;
}

static bool
dma(void)
{
    for (unsigned i = 0; i < 2; i++) {
        int64_t memory = sys_memory_create(SYS_MEMORY_DMA, SYS_PAGE_LARGE,
                                           test_system, 0), at;

        if (memory == ERR_MEMORY)
            return true; /* no piece of that size */
        CHECK(memory > 0);
        at = sys_map(SYS_SELF, (handle_t)memory, 0, SYS_PAGE_LARGE, 0,
                     RIGHTS);
        CHECK(at > 0);
        if (i == 0)
            CHECK(sys_memory_physical((handle_t)memory, 0) > 0);
        touch((uint64_t)at, SYS_PAGE_LARGE, SYS_PAGE);
        EXPECT(sys_unmap(SYS_SELF, (uint64_t)at, SYS_PAGE_LARGE), 0);
        EXPECT(sys_close((handle_t)memory), 0);
    }
    return true;
}

/* --- processes ------------------------------------------------------------ */

/* Memory in many regions, then a call in which it is cloned. */
int
latency_large(struct board *board)
{
    struct sys_message m = { 0 };
    int64_t at = test_map(2 * board->word);

    if (at < 0)
        return 1;
    touch((uint64_t)at, 2 * board->word, SYS_PAGE_LARGE); /* tables */
    at = test_map(board->word);
    if (at < 0)
        return 1;
    touch((uint64_t)at, board->word, SYS_PAGE);
    for (uint64_t i = 0; i < board->word; i += 64 * SYS_PAGE)
        if (sys_protect(SYS_SELF, (uint64_t)at + i, SYS_PAGE,
                        SYS_MAP_READ) != 0)
            return 2;
    for (unsigned i = 0; i < 2000; i++)
        sys_notification_create();
    return (int)sys_call(board->handles[0], &m);
}

static handle_t deaths;

static bool
start(struct child *child, enum role role, uint64_t word, uint64_t frames)
{
    handle_t session;

    deaths = (handle_t)sys_endpoint_create(0);
    session = (handle_t)sys_session_create(deaths, 1);
    CHECK(child_make(child, deaths, 0, frames));
    CHECK(child_give(child, 0, session, SYS_RIGHT_SEND));
    EXPECT(sys_close(session), 0);
    CHECK(child_run(child, role, word, PRIORITY));
    return true;
}

static bool
large_clone(void)
{
    uint64_t size = memory_bytes() / 16 / SYS_PAGE_LARGE * SYS_PAGE_LARGE;
    uint64_t frames;
    struct sys_message m = { 0 };
    struct child child;
    int64_t clone, call;
    handle_t reply;

    size = size > 16UL << 20 ? 16UL << 20 : size == 0 ? 1UL << 20 : size;
    frames = 3 * size / SYS_PAGE + 500;
    CHECK(start(&child, ROLE_LARGE, size, frames));
    EXPECT(sys_receive(deaths, 0, &m), SYS_GOT_CALL);
    clone = sys_process_clone(child.process, 0, frames, &reply);
    CHECK(clone > 0);
    call = sys_reply_keep(); /* if it is dropped, the child goes on */
    CHECK(call > 0);
    EXPECT(sys_process_control((handle_t)clone, SYS_PROCESS_KILL, 1), 0);
    EXPECT(sys_close((handle_t)clone), 0);
    EXPECT(sys_close(reply), 0);
    while (sys_receive(deaths, 0, &m) != SYS_GOT_DEATH)
        continue;
    CHECK(m.process != child.id);
    CHECK(child_end(&child, deaths));
    EXPECT(sys_close((handle_t)call), 0);
    EXPECT(sys_close(deaths), 0);
    return true;
}

/* Threads, handles and regions up to the quota, then a call. */
int
latency_crowd(struct board *board)
{
    handle_t bell = 0, endpoint;
    struct sys_message m = { 0 };

    endpoint = (handle_t)sys_endpoint_create(0);
    for (uint64_t i = 0; i < board->word; i++) {
        int64_t at;

        if (i % (2 * WAITERS) == 0)
            bell = (handle_t)sys_notification_create();
        crowd_add(i % 2 ? crowd_echo : crowd_wait, i % 2 ? endpoint : bell,
                  PRIORITY);
        at = test_map(2 * SYS_PAGE);
        if (at < 0)
            break;
        *(volatile char *)at = 1;
        sys_protect(SYS_SELF, (uint64_t)at, SYS_PAGE, SYS_MAP_READ);
    }
    return (int)sys_call(board->handles[0], &m);
}

static bool
crowd_dies(void)
{
    uint64_t frames = memory_bytes() / SYS_PAGE / 2;
    struct sys_message m = { 0 };
    struct child child;

    frames = frames > CROWD_FRAMES ? CROWD_FRAMES : frames;
    CHECK(start(&child, ROLE_CROWD, CROWD, frames));
    EXPECT(sys_receive(deaths, 0, &m), SYS_GOT_CALL);
    CHECK(child_end(&child, deaths));
    EXPECT(sys_close(deaths), 0);
    return true;
}

/* Processes that only know themselves, with threads, among as many others. */
static bool
tree_dies(void)
{
    const uint64_t rights = SYS_RIGHT_MANAGE;
    int64_t top = 0, process, thread = 0;

    for (unsigned i = 0; i < TREE; i++) {
        process = sys_process_create(16, 0, 1);
        if (process < 0)
            break;
        CHECK(sys_grant((handle_t)process, (handle_t)process, rights) > 0);
        for (unsigned j = 0; j < 20 && thread >= 0; j++) {
            thread = sys_thread_create((handle_t)process, 0x10000, 0x10000,
                                       0, 0);
            if (thread > 0)
                EXPECT(sys_close((handle_t)thread), 0);
        }
        top = process;
        EXPECT(sys_close((handle_t)process), 0);
    }
    CHECK(top > 0);
    EXPECT(sys_process_control(SYS_SELF, SYS_PROCESS_KILL_TREE, 0), 0);
    while ((process = sys_process_create(16, 0, 1)) == ERR_STATE)
        test_spin();
    CHECK(process > 0);
    EXPECT(sys_process_control((handle_t)process, SYS_PROCESS_KILL, 0), 0);
    EXPECT(sys_close((handle_t)process), 0);
    return true;
}

/* --- many who wait -------------------------------------------------------- */

static handle_t threads[SENDERS];

static unsigned
add_threads(void (*entry)(void), handle_t handle, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        int64_t thread = crowd_add(entry, handle, PRIORITY);

        if (thread < 0)
            break;
        threads[i] = (handle_t)thread;
    }
    return i;
}

static bool
join_threads(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        CHECK(test_await_state(threads[i], SYS_THREAD_DEAD));
        EXPECT(sys_close(threads[i]), 0);
    }
    return true;
}

static bool
many_senders(void)
{
    handle_t endpoint = (handle_t)sys_endpoint_create(0);
    handle_t session = (handle_t)sys_session_create(endpoint, 0);
    unsigned count = add_threads(crowd_call, session, SENDERS);

    CHECK(count > SENDERS / 10);
    CHECK(test_await_state(threads[count - 1], SYS_THREAD_SENDING));
    EXPECT(sys_close(endpoint), 0);
    CHECK(join_threads(count));
    EXPECT(sys_close(session), 0);
    return true;
}

/* All at once by the last handle, and by a bit that one of them gets. */
static bool
many_waiters(void)
{
    for (unsigned close = 0; close < 2; close++) {
        handle_t bell = (handle_t)sys_notification_create();
        unsigned count = add_threads(crowd_wait, bell, WAITERS);

        CHECK(count == WAITERS);
        CHECK(test_await_state(threads[count - 1], SYS_THREAD_WAITING));
        for (unsigned i = 0; close == 0 && i < count; i++)
            EXPECT(sys_notify(bell, i % 2 == 0 ? ~0ULL : 1), 0);
        if (close == 1)
            EXPECT(sys_close(bell), 0);
        CHECK(join_threads(count));
        if (close == 0)
            EXPECT(sys_close(bell), 0);
    }
    return true;
}

/* Two thousand timers at the same moment. */
static bool
many_timers(void)
{
    uint64_t at = (uint64_t)sys_clock() + 30 * MS;

    for (unsigned i = 0; i < 2000; i++) {
        threads[i] = (handle_t)sys_notification_create();
        EXPECT(sys_timer_set(threads[i], 1, at), 0);
    }
    test_sleep(50 * MS);
    for (unsigned i = 0; i < 2000; i++)
        EXPECT(sys_close(threads[i]), 0);
    return true;
}

const struct test latency_tests[] = {
    { "latency-leases", leases },
    { "latency-ranges", large_ranges },
    { "latency-pages", many_pages },
    { "latency-dma", dma },
    { "latency-clone", large_clone },
    { "latency-crowd", crowd_dies },
    { "latency-tree", tree_dies },
    { "latency-senders", many_senders },
    { "latency-waiters", many_waiters },
    { "latency-timers", many_timers },
};
const unsigned latency_test_count = COUNT_OF(latency_tests);
