/* Processes: messages between two of them, faults, deaths, clone, swap. */
#include "user/test/ktest/ktest.h"

#include "kernel/lib/mem.h"

#define HOLE 0x0000300000000000ULL /* nothing lies there in a child */

static bool
exit_status(void)
{
    struct child child;

    CHECK(child_start(&child, ROLE_EXIT, 42, 0));
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 42));
    EXPECT(sys_process_control(child.spawned.process, SYS_PROCESS_KILL, 1),
           ERR_DEAD);
    return child_end(&child);
}

static bool
killed(void)
{
    struct child child;

    CHECK(child_start(&child, ROLE_WAIT, 0, 0));
    CHECK(test_await_state(child.spawned.thread, SYS_THREAD_WAITING));
    return child_end(&child); /* checks status 9 */
}

static bool
words_between_processes(void)
{
    struct sys_message m = { 0 };
    struct child child;

    CHECK(child_start(&child, ROLE_ECHO, 10, 0));
    for (uint64_t word = 10; word < 1000; word += 11) {
        CHECK(child_expect(&child, SYS_GOT_CALL, &m));
        CHECK(m.tag == TELL && m.badge == BADGE_CHILD &&
              m.process == child.id);
        for (unsigned i = 0; i < SYS_WORDS; i++)
            CHECK(m.words[i] == word + i);
        m = (struct sys_message){ .words = { 0, 0, 0, 0, 0, word + 11 } };
        EXPECT(sys_reply(0, &m), 0);
    }
    CHECK(child_expect(&child, SYS_GOT_CALL, &m));
    m = (struct sys_message){ .words = { 6 } };
    EXPECT(sys_reply(0, &m), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 6));
    return child_end(&child);
}

static bool
handle_to_another_process(void)
{
    handle_t bell = (handle_t)sys_notification_create();
    struct child child;
    uint64_t bits;

    CHECK(child_start(&child, ROLE_HANDLE, 0x30, bell));
    EXPECT(sys_wait(bell, ~0ULL, 0, &bits), 0);
    CHECK(bits == 0x30);
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 0));
    EXPECT(sys_close(bell), 0);
    return child_end(&child);
}

static bool
serve_lease(uint32_t length)
{
    static char bytes[3000];

    for (uint32_t done = 0; done < length;) {
        int64_t got = sys_lease_read(0, 0, done, bytes, sizeof bytes);

        CHECK(got > 0);
        for (int64_t i = 0; i < got; i++)
            bytes[i]++;
        EXPECT(sys_lease_write(0, 1, done, bytes, (uint64_t)got), got);
        done += (uint32_t)got;
    }
    return true;
}

static bool
lease_of_another_process(void)
{
    struct sys_message m = { 0 };
    struct child child;

    CHECK(child_start(&child, ROLE_LEASE, 0, 0));
    CHECK(child_expect(&child, SYS_GOT_CALL, &m));
    CHECK(sys_length(&m, 0) == 70000);
    CHECK(serve_lease(70000));
    m = (struct sys_message){ 0 };
    EXPECT(sys_reply(0, &m), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 0));
    return child_end(&child);
}

/* The server is another process; it is killed with a call in its hands. */
static bool
server_dies(void)
{
    handle_t endpoint = (handle_t)sys_endpoint_create(0);
    handle_t session = (handle_t)sys_session_create(endpoint, 1);
    struct sys_message m = { .words = { 1, 2, 3, 4, 5, 6 } };
    struct child child;

    CHECK(child_start(&child, ROLE_SERVE, 0, endpoint));
    EXPECT(sys_call(session, &m), 0);
    CHECK(m.words[0] == 1 && m.words[5] == 6 && m.process == 0);
    m = (struct sys_message){ 0 };
    EXPECT(sys_call(session, &m), ERR_DROPPED); /* it ends with the call */
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 0));
    EXPECT(sys_close(session), 0);
    EXPECT(sys_close(endpoint), 0);
    return child_end(&child);
}

static bool
fault_goes_on(void)
{
    struct sys_message m = { 0 };
    struct child child;

    CHECK(child_start(&child, ROLE_TRAP, 17, 0));
    CHECK(child_expect(&child, SYS_GOT_FAULT, &m));
    CHECK(m.badge == BADGE_SUPERVISOR && m.process == child.id);
    CHECK(m.words[SYS_FAULT_VECTOR] == 3);
    m = (struct sys_message){ .tag = SYS_FAULT_RESUME };
    EXPECT(sys_reply(0, &m), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 17));
    return child_end(&child);
}

static bool
fault_ends_it(void)
{
    struct sys_message m = { 0 };
    struct child child;

    CHECK(child_start(&child, ROLE_TOUCH, HOLE + 8, 0));
    CHECK(child_expect(&child, SYS_GOT_FAULT, &m));
    CHECK(m.words[SYS_FAULT_VECTOR] == 14);
    CHECK(m.words[SYS_FAULT_ADDRESS] == HOLE + 8);
    m = (struct sys_message){ 0 };
    EXPECT(sys_reply(0, &m), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_FAULT, 14));
    CHECK(child.death[2] == HOLE + 8);
    return child_end(&child);
}

/* The supervisor mends what was wrong: a page appears. */
static bool
fault_is_mended(void)
{
    struct sys_message m = { 0 };
    struct child child;
    int64_t memory, window;

    CHECK(child_start(&child, ROLE_TOUCH, HOLE + 8, 0));
    CHECK(child_expect(&child, SYS_GOT_FAULT, &m));
    memory = sys_memory_create(SYS_MEMORY_ANONYMOUS, SYS_PAGE, 0, 0);
    window = sys_map(SYS_SELF, (handle_t)memory, 0, SYS_PAGE, 0, RW);
    CHECK(memory > 0 && window > 0);
    ((int *)window)[2] = 33;
    EXPECT(sys_map(child.spawned.process, (handle_t)memory, HOLE, SYS_PAGE, 0,
                   SYS_MAP_READ | SYS_MAP_FIXED), (int64_t)HOLE);
    m = (struct sys_message){ .tag = SYS_FAULT_RESUME };
    EXPECT(sys_reply(0, &m), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 33));
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)window, SYS_PAGE), 0);
    EXPECT(sys_close((handle_t)memory), 0);
    return child_end(&child);
}

static bool
kernel_memory_is_out_of_reach(void)
{
    static const uint64_t places[] = {
        0xFFFF800000000000, 0xFFFFFFFF80000000, 0xFFFFFFFFFFFFFFF0, 0,
    };
    struct child child;

    for (size_t i = 0; i < COUNT_OF(places); i++) {
        CHECK(child_start(&child, ROLE_TOUCH, places[i], 0));
        CHECK(child_expect_fault(&child, 14));
        CHECK(child_end(&child));
    }
    return true;
}

static bool
quota(void)
{
    struct sys_inspection view;
    struct child child;

    CHECK(child_start(&child, ROLE_HUNGRY, 0, 0));
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 0));
    CHECK(child_end(&child));
    CHECK(child_start(&child, ROLE_WAIT, 0, 0));
    EXPECT(sys_inspect(child.spawned.process, &view), SYS_OBJECT_PROCESS);
    CHECK(view.limit == CHILD_FRAMES && view.used > 0 &&
          view.used <= view.limit);
    EXPECT(sys_process_control(child.spawned.process, SYS_PROCESS_LIMIT,
                               2 * CHILD_FRAMES), 0);
    EXPECT(sys_inspect(child.spawned.process, &view), SYS_OBJECT_PROCESS);
    CHECK(view.limit == 2 * CHILD_FRAMES);
    EXPECT(sys_process_control(child.spawned.process, SYS_PROCESS_LIMIT,
                               1ULL << 60), ERR_MEMORY);
    return child_end(&child);
}

/* Each side tells who it is and what its memory holds. */
static bool
side_tells(struct sys_message *m, uint64_t parent, unsigned *seen)
{
    CHECK(m->tag == TELL && m->words[0] >= 1 && m->words[0] <= 2);
    CHECK(m->words[1] == 5 + m->words[0]);
    CHECK((m->process == parent) == (m->words[0] == 1));
    *seen |= 1u << m->words[0];
    *m = (struct sys_message){ 0 };
    EXPECT(sys_reply(0, m), 0);
    return true;
}

/* A death is told before a call that waits: the first may come in between. */
static bool
both_tell_and_end(handle_t endpoint, uint64_t parent)
{
    unsigned seen = 0, deaths = 0;
    uint64_t sum = 0;

    while (seen != 6 || deaths < 2) {
        struct sys_message m = { 0 };
        int64_t got = sys_receive(endpoint, 0, &m);

        if (got == SYS_GOT_CALL) {
            CHECK(side_tells(&m, parent, &seen));
        } else if (got == SYS_GOT_DEATH) {
            CHECK(m.words[0] == SYS_DEATH_EXIT);
            sum += m.words[1];
            deaths++;
        } else {
            EXPECT(got, SYS_GOT_CLOSED);
        }
    }
    EXPECT(sum, 1 + 2);
    return true;
}

static bool
fork(void)
{
    struct sys_message m = { 0 };
    struct child child;
    handle_t reply = 0;
    int64_t clone;

    CHECK(child_start(&child, ROLE_FORK, 0, 0));
    CHECK(child_expect(&child, SYS_GOT_CALL, &m));
    CHECK(m.tag == FORK);
    clone = sys_process_clone(child.spawned.process, 0, CHILD_FRAMES, &reply);
    CHECK(clone > 0 && reply != 0);
    m = (struct sys_message){ .words = { 2 } };
    EXPECT(sys_reply(reply, &m), 0);
    m = (struct sys_message){ .words = { 1 } };
    EXPECT(sys_reply(0, &m), 0);
    CHECK(both_tell_and_end(child.endpoint, child.id));
    child.dead = true;
    EXPECT(sys_close((handle_t)clone), 0);
    return child_end(&child);
}

static bool
swap(void)
{
    int64_t memory = sys_memory_create(SYS_MEMORY_MODULE, 0, test_system, 0);
    struct sys_message m = { 0 };
    struct child child;

    CHECK(memory > 0);
    CHECK(child_start(&child, ROLE_SWAP, 0, (handle_t)memory));
    CHECK(child_expect(&child, SYS_GOT_CALL, &m)); /* the new program */
    CHECK(m.tag == ASK && m.badge == BADGE_CHILD && m.process == child.id);
    m = (struct sys_message){ .tag = ANSWER, .words = { ROLE_EXIT, 55 } };
    EXPECT(sys_reply(0, &m), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 55));
    EXPECT(sys_close((handle_t)memory), 0);
    return child_end(&child);
}

/* A process without anything: nobody starts it, nobody is told. */
static bool
empty_processes(void)
{
    for (int i = 0; i < 50; i++) {
        int64_t process = sys_process_create(16, 0, 9);

        CHECK(process > 0);
        CHECK(sys_map((handle_t)process, 0, HOLE, SYS_PAGE, 0,
                      RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED) == (int64_t)HOLE);
        EXPECT(sys_process_control((handle_t)process, SYS_PROCESS_KILL, 0),
               0);
        EXPECT(sys_close((handle_t)process), 0);
    }
    EXPECT(sys_process_create(1ULL << 60, 0, 9), ERR_MEMORY);
    EXPECT(sys_process_create(16, 0, 256), ERR_ARGUMENT);
    return true;
}

const struct test process_tests[] = {
    { "process-exit-status", exit_status },
    { "process-killed", killed },
    { "process-words", words_between_processes },
    { "process-handle", handle_to_another_process },
    { "process-lease", lease_of_another_process },
    { "process-server-dies", server_dies },
    { "process-fault-goes-on", fault_goes_on },
    { "process-fault-ends-it", fault_ends_it },
    { "process-fault-is-mended", fault_is_mended },
    { "process-kernel-memory", kernel_memory_is_out_of_reach },
    { "process-quota", quota },
    { "process-fork", fork },
    { "process-swap", swap },
    { "process-empty", empty_processes },
};
const unsigned process_test_count = COUNT_OF(process_tests);
