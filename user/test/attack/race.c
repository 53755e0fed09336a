/* Rules 3 and 18: memory that goes away while others look at it. */
#include "user/test/attack/attack.h"

#include "kernel/lib/mem.h"

#define PLACE     0x300000000000ULL /* where nothing else is */
#define DURATION  (150 * MS)
#define MINE      0x4D4D4D4D4D4D4D4DULL
#define OTHERS    0x0F0F0F0F0F0F0F0FULL
#define PAGES     16u

static bool
over(uint64_t start)
{
    return (uint64_t)sys_clock() - start > DURATION;
}

/* Map, write, give others a moment, unmap. */
static void
come_and_go(uint64_t start)
{
    while (!over(start)) {
        if (sys_map(SYS_SELF, 0, PLACE, PAGES * SYS_PAGE, 0,
                    RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED) < 0)
            continue;
        for (uint64_t i = 0; i < PAGES; i++)
            *(volatile uint64_t *)(PLACE + i * SYS_PAGE) = MINE + i;
        for (int i = 0; i < 200; i++)
            __builtin_ia32_pause();
        sys_unmap(SYS_SELF, PLACE, PAGES * SYS_PAGE);
    }
    test_sleep(MS);
}

/* --- another process's data ----------------------------------------------- */

uint64_t watch_mine, watch_alien;

/*
 * The thread that faults is the one whose faults are mended. It may see what
 * belongs to that page, zeros, or no page; never another page's content, nor
 * what another process wrote.
 */
static bool
look(uint64_t word, handle_t handle)
{
    uint64_t start = (uint64_t)sys_clock(), turn = 0;
    struct thread thread;

    (void)word;
    (void)handle;
    EXPECT(thread_run(&thread, come_and_go, start, PRIORITY), 0);
    for (; !over(start) && watch_alien == 0; turn++) {
        watch_mine = MINE + turn % PAGES;
        if (attempt(try_watch, PLACE + turn % PAGES * SYS_PAGE) != 0)
            sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
    }
    if (watch_alien != 0)
        print("# saw %lX\n", watch_alien);
    thread_free(&thread);
    return watch_alien == 0;
}

/* Takes the frames that others give back, and writes its own into them. */
static bool
fill_frames(uint64_t word, handle_t handle)
{
    uint64_t start = (uint64_t)sys_clock();

    (void)word;
    (void)handle;
    while (!over(start)) {
        uint64_t at = attack_pages(4 * PAGES);

        CHECK(at != 0);
        for (uint64_t i = 0; i < 4 * PAGES * SYS_PAGE / 8; i += 64) {
            CHECK(((volatile uint64_t *)at)[i] == 0);
            ((volatile uint64_t *)at)[i] = OTHERS;
        }
        EXPECT(sys_unmap(SYS_SELF, at, 4 * PAGES * SYS_PAGE), 0);
    }
    return true;
}

static bool
reuse(void)
{
    struct attacker looker = { .code = look, .recover = true };
    struct attacker filler = { .code = fill_frames };

    CHECK(attacker_start(&looker) && attacker_start(&filler));
    CHECK(attacker_accept(&looker) && attacker_accept(&filler));
    CHECK(attacker_await(&looker) && attacker_await(&filler));
    CHECK(!looker.failed && !filler.failed);
    return true;
}

/* --- buffers of calls ----------------------------------------------------- */

static handle_t endpoint, session;

/* A client whose lease comes and goes. */
static void
lease_it(uint64_t word)
{
    struct sys_lease lease = { PLACE, PAGES * SYS_PAGE };
    struct sys_message m = {
        .tag = SYS_TAG_LEASES(1) | SYS_TAG_READ(0) | SYS_TAG_WRITE(0),
        .leases = &lease,
    };

    (void)word;
    sys_call(session, &m);
}

static bool
is_fine(int64_t result)
{
    if (result < 0 && result != ERR_ADDRESS)
        print("# the result is %ld\n", result);
    return result >= 0 || result == ERR_ADDRESS;
}

static bool
use_buffers(handle_t thread, uint64_t start)
{
    static char copy[PAGES * SYS_PAGE];

    while (!over(start)) {
        uint64_t at = PLACE + attack_random() % (PAGES * SYS_PAGE);

        CHECK(is_fine(sys_inspect(SYS_SELF, (void *)at)));
        CHECK(is_fine(sys_thread_control(thread, SYS_THREAD_READ, at,
                                         sizeof(struct sys_registers))));
        CHECK(is_fine(sys_lease_read(0, 0, 0, copy, sizeof copy)));
        CHECK(is_fine(sys_lease_write(0, 0, 0, copy, sizeof copy)));
        CHECK(is_fine(sys_lease_read(0, 0, 100, (void *)PLACE, 5000)));
    }
    return true;
}

static bool
call_meanwhile(uint64_t word, handle_t handle)
{
    uint64_t start = (uint64_t)sys_clock();
    struct thread client, mapper;
    struct sys_message m = { 0 };
    int64_t idle = sys_thread_create(SYS_SELF, (uint64_t)fresh_entry,
                                     SYS_USER_BASE, 0, 1);
    bool good;

    (void)word;
    (void)handle;
    endpoint = (handle_t)sys_endpoint_create(0);
    session = (handle_t)sys_session_create(endpoint, 1);
    CHECK(idle > 0);
    EXPECT(thread_run(&client, lease_it, 0, PRIORITY), 0);
    EXPECT(sys_receive(endpoint, 0, &m), SYS_GOT_CALL);
    EXPECT(thread_run(&mapper, come_and_go, start, PRIORITY), 0);
    good = use_buffers((handle_t)idle, start);
    m = (struct sys_message){ 0 };
    EXPECT(sys_reply(0, &m), 0);
    thread_free(&mapper);
    thread_free(&client);
    return good;
}

static bool
buffers(void)
{
    return attack(call_meanwhile, 0, 0);
}

const struct test race_tests[] = {
    { "race-frames-of-others", reuse },
    { "race-buffers", buffers },
};
const unsigned race_test_count = COUNT_OF(race_tests);
