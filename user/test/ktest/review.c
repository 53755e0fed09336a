/* What a reader of the kernel found: calls that fail half-way, and limits. */
#include "user/test/ktest/ktest.h"

#define SWAP_CROWD 40u /* more threads than one step of a swap ends */

/* --- the child's side ----------------------------------------------------- */

/*
 * After a swap the first program's account belongs to the process that was
 * the source. Whoever swapped must not make it larger: others would pay.
 */
int
review_raise_limit(uint64_t limit)
{
    struct sys_inspection view;

    for (handle_t handle = 0x10001; handle < 0x10040; handle++)
        if (sys_inspect(handle, &view) == SYS_OBJECT_PROCESS)
            return sys_process_control(handle, SYS_PROCESS_LIMIT, limit) ==
                           ERR_RIGHTS
                       ? 0
                       : 1;
    return 2;
}

#define ALL (COMMON_RIGHTS | SYS_RIGHT_MANAGE | SYS_RIGHT_GRANT)

/* As many as there is room for, each of which only it knows, for ever. */
static _Noreturn void
make_orphans(void)
{
    for (;;) {
        int64_t process = sys_process_create(12, 0, 1);

        if (process < 0)
            continue;
        sys_grant((handle_t)process, (handle_t)process, ALL);
        sys_close((handle_t)process);
    }
}

/*
 * Processes that nobody outside can name: one that holds itself, two that hold
 * each other, one with a thread that is stopped.
 */
int
review_orphans(uint64_t waits)
{
    int64_t p[4], thread;
    uint64_t bits;

    if (waits == 2)
        make_orphans();
    for (unsigned i = 0; i < 4; i++) {
        p[i] = sys_process_create(24, 0, 1);
        if (p[i] < 0)
            return 1;
    }
    thread = sys_thread_create((handle_t)p[3], 0x10000, 0x10000, 0, 0);
    if (sys_grant((handle_t)p[0], (handle_t)p[0], ALL) < 0 ||
        sys_grant((handle_t)p[1], (handle_t)p[2], ALL) < 0 ||
        sys_grant((handle_t)p[2], (handle_t)p[1], ALL) < 0 || thread < 0)
        return 2;
    if (waits == 0)
        return 0;
    for (unsigned i = 0; i < 4; i++)
        sys_close((handle_t)p[i]);
    sys_close((handle_t)thread);
    return (int)sys_wait((handle_t)sys_notification_create(), 1, 0, &bits);
}

/* --- the test's side ------------------------------------------------------ */

/* What was begun for a clone that cannot be finished goes back. */
static bool
clone_without_memory(void)
{
    struct sys_message m = { 0 };
    struct child child;
    handle_t reply = 0;

    CHECK(child_start(&child, ROLE_FORK, 0, 0));
    CHECK(child_expect(&child, SYS_GOT_CALL, &m));
    for (uint64_t frames = 4; frames < 24; frames += 4)
        EXPECT(sys_process_clone(child.spawned.process, 0, frames, &reply),
               ERR_MEMORY);
    m = (struct sys_message){ 0 };
    EXPECT(sys_reply(0, &m), 0);
    CHECK(child_expect(&child, SYS_GOT_CALL, &m));
    CHECK(m.tag == TELL && m.words[1] == 5);
    m = (struct sys_message){ 0 };
    EXPECT(sys_reply(0, &m), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 0));
    return child_end(&child);
}

static bool
swap_then(uint64_t crowd, enum role role, uint64_t word, uint64_t status)
{
    int64_t memory = sys_memory_create(SYS_MEMORY_MODULE, 0, test_system, 0);
    struct sys_message m = { 0 };
    struct child child;

    CHECK(memory > 0);
    CHECK(child_start(&child, ROLE_SWAP, crowd, (handle_t)memory));
    CHECK(child_expect(&child, SYS_GOT_CALL, &m)); /* the new program */
    CHECK(m.tag == ASK && m.process == child.id);
    m = (struct sys_message){ .tag = ANSWER, .words = { role, word } };
    EXPECT(sys_reply(0, &m), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, status));
    EXPECT(sys_close((handle_t)memory), 0);
    return child_end(&child);
}

static bool
swap_ends_many_threads(void)
{
    return swap_then(SWAP_CROWD, ROLE_EXIT, 56, 56);
}

static bool
swap_is_no_way_to_more(void)
{
    return swap_then(0, ROLE_RAISE_LIMIT, CHILD_FRAMES + 1, 0);
}

static uint64_t
frames_used(void)
{
    struct sys_inspection view = { 0 };

    sys_inspect(SYS_SELF, &view);
    return view.used;
}

/* What lies below this process is paid back, but for that much. */
static bool
comes_back(uint64_t used)
{
    for (unsigned i = 0; frames_used() > used && i < 1000; i++)
        test_sleep(MS);
    if (frames_used() > used)
        print("# %lu frames are used, not %lu\n", frames_used(), used);
    return frames_used() <= used;
}

/* The process ends by itself, then what it left. */
static bool
orphans_of_a_dead_one(void)
{
    uint64_t before = frames_used();
    struct child child;

    CHECK(child_start(&child, ROLE_ORPHANS, 0, 0));
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 0));
    CHECK(frames_used() > before + 4 * 5); /* even page tables cost more */
    EXPECT(sys_process_control(child.spawned.process, SYS_PROCESS_KILL_TREE,
                               0), 0);
    CHECK(comes_back(before + 8));
    return child_end(&child);
}

/* It ends with those below it, and its supervisor is told. */
static bool
tree_of_one_that_lives(void)
{
    uint64_t before = frames_used();
    struct child child;

    CHECK(child_start(&child, ROLE_ORPHANS, 1, 0));
    CHECK(test_await_state(child.spawned.thread, SYS_THREAD_WAITING));
    EXPECT(sys_process_control(child.spawned.process, SYS_PROCESS_KILL_TREE,
                               7), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_KILLED, 7));
    CHECK(comes_back(before + 8));
    return child_end(&child);
}

/* With SYS_SELF all but oneself; afterwards new ones may be made. */
static bool
all_below_oneself(void)
{
    uint64_t before = frames_used();
    struct child child;
    int64_t process;

    CHECK(child_start(&child, ROLE_ORPHANS, 1, 0));
    CHECK(test_await_state(child.spawned.thread, SYS_THREAD_WAITING));
    EXPECT(sys_process_control(SYS_SELF, SYS_PROCESS_KILL_TREE, 7), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_KILLED, 0));
    CHECK(comes_back(before + 8));
    process = sys_process_create(16, 0, 1);
    CHECK(process > 0);
    EXPECT(sys_process_control((handle_t)process, SYS_PROCESS_KILL, 0), 0);
    EXPECT(sys_close((handle_t)process), 0);
    return child_end(&child);
}

/* While more of them come: none is left out. */
static bool
all_of_a_crowd(void)
{
    uint64_t before = frames_used();
    struct child child;

    CHECK(child_start(&child, ROLE_ORPHANS, 2, 0));
    test_sleep(5 * MS);
    EXPECT(sys_process_control(SYS_SELF, SYS_PROCESS_KILL_TREE, 0), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_KILLED, 0));
    CHECK(comes_back(before + 8));
    return child_end(&child);
}

/* Who keeps the reply of a dead caller keeps nothing else of it. */
static bool
dead_callers_go(void)
{
    handle_t replies[8];
    struct sys_message m = { 0 };
    struct sys_system_info before = { 0 }, after = { 0 };
    struct child child;

    for (unsigned i = 0; i < 8; i++) {
        CHECK(child_start(&child, ROLE_ECHO, 10, 0));
        CHECK(child_expect(&child, SYS_GOT_CALL, &m));
        replies[i] = (handle_t)sys_reply_keep();
        CHECK(child_end(&child));
        test_sleep(2 * MS);
        test_info(i == 0 ? &before : &after);
    }
    CHECK(after.heap_bytes <= before.heap_bytes);
    m = (struct sys_message){ 0 };
    EXPECT(sys_reply(replies[0], &m), ERR_DEAD);
    EXPECT(sys_reply(replies[0], &m), ERR_HANDLE);
    for (unsigned i = 1; i < 8; i++)
        EXPECT(sys_close(replies[i]), 0);
    return true;
}

static bool
dead_thread_is_dead(void)
{
    int64_t thread = sys_thread_create(SYS_SELF, 0x10000, 0x10000, 0, 1);
    struct sys_inspection view;

    CHECK(thread > 0);
    EXPECT(sys_inspect((handle_t)thread, &view), SYS_OBJECT_THREAD);
    CHECK(view.state == SYS_THREAD_STOPPED);
    EXPECT(sys_thread_control((handle_t)thread, SYS_THREAD_KILL, 0, 0), 0);
    EXPECT(sys_inspect((handle_t)thread, &view), SYS_OBJECT_THREAD);
    CHECK(view.state == SYS_THREAD_DEAD);
    EXPECT(sys_close((handle_t)thread), 0);
    return true;
}

static handle_t endpoint;
static volatile int64_t server_result;

/* Answers one call with its handle's and its own priority meanwhile. */
static void
serve(uint64_t own)
{
    struct sys_message m = { 0 };
    struct sys_inspection view;

    server_result = sys_receive(endpoint, 0, &m);
    sys_thread_control(SYS_SELF, SYS_THREAD_PRIORITY, own, 0);
    sys_inspect(sys_handle(&m, 0), &view);
    sys_close(sys_handle(&m, 0));
    m = (struct sys_message){ .words = { view.priority } };
    server_result = sys_reply(0, &m);
    sys_receive(endpoint, 0, &m);
}

/* A server that changes its own priority keeps its caller's. */
static bool
donated_priority_stays(void)
{
    struct sys_message m = { .tag = SYS_TAG_HANDLES(1) };
    struct sys_inspection view;
    struct thread thread;
    handle_t session;

    endpoint = (handle_t)sys_endpoint_create(0);
    session = (handle_t)sys_session_create(endpoint, 1);
    EXPECT(thread_run(&thread, serve, 3, PRIORITY - 2), 0);
    CHECK(test_await_state(thread.handle, SYS_THREAD_RECEIVING));
    m.handles = thread.handle;
    EXPECT(sys_call(session, &m), 0);
    CHECK(m.words[0] == PRIORITY);
    CHECK(test_await_state(thread.handle, SYS_THREAD_RECEIVING));
    EXPECT(sys_inspect(thread.handle, &view), SYS_OBJECT_THREAD);
    CHECK(view.priority == 3 && server_result == 0);
    EXPECT(sys_close(session), 0);
    EXPECT(sys_close(endpoint), 0);
    CHECK(test_await_state(thread.handle, SYS_THREAD_DEAD));
    thread_free(&thread);
    return true;
}

/* The order of SC-5: what it is comes before what may be done with it. */
static bool
reply_is_of_another_type(void)
{
    struct sys_message m = { 0 };
    struct child child;
    int64_t reply;

    CHECK(child_start(&child, ROLE_ECHO, 10, 0));
    CHECK(child_expect(&child, SYS_GOT_CALL, &m));
    reply = sys_reply_keep();
    CHECK(reply > 0);
    EXPECT(sys_duplicate((handle_t)reply, 0), ERR_TYPE);
    EXPECT(sys_grant(child.spawned.process, (handle_t)reply, 0), ERR_TYPE);
    m = (struct sys_message){ .words = { 7 } };
    EXPECT(sys_reply((handle_t)reply, &m), 0);
    CHECK(child_expect_death(&child, SYS_DEATH_EXIT, 7));
    return child_end(&child);
}

/* A register with more than 32 bits names no handle. */
static bool
handles_are_narrow(void)
{
    int64_t to = sys_endpoint_create(0);
    int64_t session = sys_session_create((handle_t)to, 1);

    CHECK(to > 0 && session > 0);
    EXPECT(sys_raw(SYS_CALL, 1ULL << 32 | (uint64_t)session,
                   SYS_TAG_LEASES(3), 0, 0, 0, 0), ERR_HANDLE);
    EXPECT(sys_raw(SYS_LEASE_READ, 1ULL << 32, 0, 0, 0, 0, 0), ERR_HANDLE);
    EXPECT(sys_close((handle_t)session), 0);
    EXPECT(sys_close((handle_t)to), 0);
    return true;
}

/* It says where it lies, as DMA memory does (SC-64). */
static bool
device_memory_has_an_address(void)
{
    int64_t memory = sys_memory_create(SYS_MEMORY_DEVICE, 2 * SYS_PAGE,
                                       test_system, 0xA0000);

    CHECK(memory > 0);
    EXPECT(sys_memory_physical((handle_t)memory, SYS_PAGE), 0xA1000);
    EXPECT(sys_close((handle_t)memory), 0);
    return true;
}

/* --- an edge while a line is masked --------------------------------------- */

#define UART      0x3F8u /* COM1, ISA interrupt 4: 16550D data sheet */
#define UART_IRQ  4u
#define UART_IER  1u
#define UART_MCR  4u
#define UART_LSR  5u
#define IER_DATA  0x01
#define MCR_LOOP  0x10
#define LSR_DATA  0x01
#define POLLS_MAX 100000

static uint8_t
uart_read(unsigned number)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0"
                     : "=a"(value) : "Nd"((uint16_t)(UART + number)));
    return value;
}

static void
uart_write(unsigned number, uint8_t value)
{
    __asm__ volatile("outb %0, %1"
                     : : "a"(value), "Nd"((uint16_t)(UART + number)));
}

/* A byte goes round and is there to be read, which raises the line. */
static bool
uart_send(void)
{
    unsigned polls = 0;

    uart_write(0, 'x');
    while ((uart_read(UART_LSR) & LSR_DATA) == 0 && polls < POLLS_MAX)
        polls++;
    return polls < POLLS_MAX;
}

static bool
rings(handle_t bell)
{
    uint64_t bits = 0;

    sys_timer_set(bell, 1, (uint64_t)sys_clock() + 2000 * MS);
    sys_wait(bell, ~0ULL, 0, &bits);
    return (bits & 2) != 0;
}

/* Nothing is printed meanwhile: the kernel's console is that device. */
static unsigned
two_edges(handle_t interrupt, handle_t bell)
{
    if (!uart_send() || !rings(bell))
        return 1;
    uart_read(0);
    if (!uart_send() || sys_interrupt_done(interrupt) != 0)
        return 2;
    if (!rings(bell))
        return 3;
    uart_read(0);
    return sys_interrupt_done(interrupt) == 0 ? 0 : 4;
}

/* The second interrupt comes before the driver is done with the first. */
static bool
edge_before_done(void)
{
    int64_t ports = sys_device_create(test_system, SYS_DEVICE_PORTS, UART, 8);
    int64_t interrupt = sys_device_create(
        test_system, SYS_DEVICE_ISA_INTERRUPT, UART_IRQ, 1);
    handle_t bell = (handle_t)sys_notification_create();
    unsigned failed;
    uint8_t modem;

    CHECK(ports > 0 && interrupt > 0);
    EXPECT(sys_ports_enable((handle_t)ports), 0);
    EXPECT(sys_interrupt_bind((handle_t)interrupt, bell, 2), 0);
    modem = uart_read(UART_MCR);
    uart_write(UART_MCR, modem | MCR_LOOP);
    uart_write(UART_IER, IER_DATA);
    failed = two_edges((handle_t)interrupt, bell);
    uart_write(UART_IER, 0);
    uart_write(UART_MCR, modem);
    EXPECT(sys_close((handle_t)interrupt), 0);
    EXPECT(sys_close((handle_t)ports), 0); /* the console's again */
    EXPECT(sys_close(bell), 0);
    EXPECT(failed, 0);
    return true;
}

const struct test review_tests[] = {
    { "review-clone-memory", clone_without_memory },
    { "review-swap-crowd", swap_ends_many_threads },
    { "review-swap-limit", swap_is_no_way_to_more },
    { "review-orphans", orphans_of_a_dead_one },
    { "review-tree", tree_of_one_that_lives },
    { "review-all-below", all_below_oneself },
    { "review-crowd-of-orphans", all_of_a_crowd },
    { "review-dead-callers", dead_callers_go },
    { "review-dead-thread", dead_thread_is_dead },
    { "review-donation", donated_priority_stays },
    { "review-reply-type", reply_is_of_another_type },
    { "review-narrow-handles", handles_are_narrow },
    { "review-device-address", device_memory_has_an_address },
    { "review-edge", edge_before_done },
};
const unsigned review_test_count = COUNT_OF(review_tests);
