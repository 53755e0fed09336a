/* Threads: made, stopped, killed, interrupted, looked at, at any moment. */
#include "user/test/ktest/ktest.h"

static handle_t bell;
static volatile uint64_t counter;
static volatile int64_t result_of_wait;

static void
ring(uint64_t bits)
{
    sys_notify(bell, bits);
}

static void
count(uint64_t unused)
{
    (void)unused;
    for (;;)
        counter++;
}

static void
wait_long(uint64_t mask)
{
    uint64_t bits;

    result_of_wait = sys_wait(bell, mask, 0, &bits);
    if (result_of_wait == 0)
        result_of_wait = (int64_t)bits;
}

static bool
join_by_notification(void)
{
    enum { COUNT = 8 };
    struct thread threads[COUNT];
    uint64_t bits, all = 0;

    bell = (handle_t)sys_notification_create();
    for (unsigned i = 0; i < COUNT; i++)
        EXPECT(thread_run(&threads[i], ring, 1ULL << i, PRIORITY), 0);
    while (all != (1u << COUNT) - 1) {
        EXPECT(sys_wait(bell, ~0ULL, 0, &bits), 0);
        all |= bits;
    }
    for (unsigned i = 0; i < COUNT; i++) {
        CHECK(test_await_state(threads[i].handle, SYS_THREAD_DEAD));
        thread_free(&threads[i]);
    }
    EXPECT(sys_close(bell), 0);
    return true;
}

static bool
waiting_thread_is_woken(void)
{
    struct thread thread;

    bell = (handle_t)sys_notification_create();
    EXPECT(thread_run(&thread, wait_long, 6, PRIORITY), 0);
    CHECK(test_await_state(thread.handle, SYS_THREAD_WAITING));
    EXPECT(sys_notify(bell, 1), 0); /* not its bit */
    CHECK(test_await_state(thread.handle, SYS_THREAD_WAITING));
    EXPECT(sys_notify(bell, 4), 0);
    CHECK(test_await_state(thread.handle, SYS_THREAD_DEAD));
    CHECK(result_of_wait == 4);
    thread_free(&thread);
    EXPECT(sys_close(bell), 0);
    return true;
}

static bool
interrupt_ends_a_wait(void)
{
    struct thread thread;

    bell = (handle_t)sys_notification_create();
    EXPECT(thread_run(&thread, wait_long, 1, PRIORITY), 0);
    CHECK(test_await_state(thread.handle, SYS_THREAD_WAITING));
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_INTERRUPT, 0, 0), 0);
    CHECK(test_await_state(thread.handle, SYS_THREAD_DEAD));
    CHECK(result_of_wait == ERR_INTERRUPTED);
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_INTERRUPT, 0, 0),
           ERR_DEAD);
    thread_free(&thread);
    EXPECT(thread_run(&thread, wait_long, 1, PRIORITY), 0);
    CHECK(test_await_state(thread.handle, SYS_THREAD_WAITING));
    EXPECT(sys_close(bell), 0); /* nobody can ring any more */
    CHECK(test_await_state(thread.handle, SYS_THREAD_DEAD));
    CHECK(result_of_wait == ERR_DEAD);
    thread_free(&thread);
    return true;
}

/* A virtual CPU may stand still for longer than a sleep takes. */
static bool
counter_goes_on(void)
{
    uint64_t before = counter;

    for (int i = 0; i < 1000 && counter == before; i++)
        test_sleep(MS);
    return counter > before;
}

/* It does not count while it is stopped, and goes on where it was. */
static bool
stop_and_go_on(void)
{
    struct thread thread;
    uint64_t before;

    counter = 0;
    EXPECT(thread_run(&thread, count, 0, PRIORITY - 1), 0);
    for (int i = 0; i < 5; i++) {
        CHECK(counter_goes_on());
        EXPECT(sys_thread_control(thread.handle, SYS_THREAD_STOP, 0, 0), 0);
        before = counter;
        test_sleep(2 * MS);
        CHECK(counter == before);
        EXPECT(sys_thread_control(thread.handle, SYS_THREAD_START, 0, 0), 0);
    }
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_KILL, 0, 0), 0);
    before = counter;
    test_sleep(MS);
    CHECK(counter == before);
    thread_free(&thread);
    return true;
}

static bool
registers_of_a_stopped_thread(void)
{
    struct sys_registers registers = { 0 }, bad;
    struct thread thread;

    counter = 0;
    EXPECT(thread_run(&thread, count, 77, PRIORITY - 1), 0);
    CHECK(counter_goes_on());
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_STOP, 0, 0), 0);
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_READ,
                              (uint64_t)&registers, sizeof registers), 0);
    CHECK(registers.rsp > thread.stack &&
          registers.rsp < thread.stack + THREAD_STACK_SIZE + SYS_PAGE);
    bad = registers;
    bad.rip = 0xFFFF800000000000; /* the kernel's half */
    CHECK(sys_thread_control(thread.handle, SYS_THREAD_WRITE,
                             (uint64_t)&bad, sizeof bad) < 0);
    bad.rip = 0x0000800000000000; /* not canonical */
    CHECK(sys_thread_control(thread.handle, SYS_THREAD_WRITE,
                             (uint64_t)&bad, sizeof bad) < 0);
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_WRITE,
                              (uint64_t)&registers, sizeof registers), 0);
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_READ, 8,
                              sizeof registers), ERR_ADDRESS);
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_START, 0, 0), 0);
    CHECK(counter_goes_on());
    thread_free(&thread);
    return true;
}

static bool
refused_controls(void)
{
    struct thread thread;

    bell = (handle_t)sys_notification_create();
    EXPECT(sys_thread_create(SYS_SELF, 0x400000, 0x500000, 0, PRIORITY + 1),
           ERR_ARGUMENT);
    EXPECT(sys_thread_create(SYS_SELF, 0xFFFF800000000000, 0x500000, 0, 1),
           ERR_ADDRESS);
    EXPECT(sys_thread_create(SYS_SELF, 0x400000, 0xFFFF800000000000, 0, 1),
           ERR_ADDRESS);
    EXPECT(thread_run(&thread, wait_long, 1, PRIORITY), 0);
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_PRIORITY,
                              PRIORITY + 1, 0), ERR_ARGUMENT);
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_PRIORITY, 3, 0), 0);
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_AFFINITY, 0, 0),
           ERR_ARGUMENT);
    EXPECT(sys_thread_control(thread.handle, SYS_THREAD_YIELD, 0, 0),
           ERR_ARGUMENT);
    EXPECT(sys_thread_control(thread.handle, (enum sys_thread_control)99, 0,
                              0), ERR_ARGUMENT);
    EXPECT(sys_thread_control(SYS_SELF, SYS_THREAD_TLS, 0xFFFF800000000000,
                              0), ERR_ARGUMENT);
    EXPECT(sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0), 0);
    thread_free(&thread);
    EXPECT(sys_close(bell), 0);
    return true;
}

/* SSE registers belong to the thread. */
static void
keep_registers(uint64_t seed)
{
    uint64_t seen;

    __asm__ volatile("movq %0, %%xmm9" : : "r"(seed) : "xmm9");
    for (int i = 0; i < 200; i++) {
        sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
        __asm__ volatile("movq %%xmm9, %0" : "=r"(seen));
        if (seen != seed)
            counter++;
    }
    sys_notify(bell, 1ULL << (seed & 7));
}

static bool
sse_registers(void)
{
    enum { COUNT = 4 };
    struct thread threads[COUNT];
    uint64_t bits, all = 0;

    counter = 0;
    bell = (handle_t)sys_notification_create();
    for (unsigned i = 0; i < COUNT; i++)
        EXPECT(thread_run(&threads[i], keep_registers,
                          0x5EED00000000 + i, PRIORITY), 0);
    while (all != (1u << COUNT) - 1) {
        EXPECT(sys_wait(bell, ~0ULL, 0, &bits), 0);
        all |= bits;
    }
    for (unsigned i = 0; i < COUNT; i++)
        thread_free(&threads[i]);
    EXPECT(sys_close(bell), 0);
    CHECK(counter == 0);
    return true;
}

/* On each CPU in turn, as INSPECT tells. */
static bool
affinity(void)
{
    struct sys_system_info info;
    struct sys_inspection view;
    struct thread thread;

    test_info(&info);
    EXPECT(thread_run(&thread, count, 0, PRIORITY - 1), 0);
    for (unsigned cpu = 0; cpu < info.cpus; cpu++) {
        EXPECT(sys_thread_control(thread.handle, SYS_THREAD_AFFINITY,
                                  1ULL << cpu, 0), 0);
        for (int i = 0; i < 1000; i++) {
            EXPECT(sys_inspect(thread.handle, &view), SYS_OBJECT_THREAD);
            if (view.cpu == cpu)
                break;
            test_sleep(MS);
        }
        CHECK(view.cpu == cpu);
    }
    thread_free(&thread);
    return true;
}

const struct test thread_tests[] = {
    { "thread-join", join_by_notification },
    { "thread-wakes", waiting_thread_is_woken },
    { "thread-interrupt", interrupt_ends_a_wait },
    { "thread-stop-and-go-on", stop_and_go_on },
    { "thread-registers", registers_of_a_stopped_thread },
    { "thread-refused-controls", refused_controls },
    { "thread-sse-registers", sse_registers },
    { "thread-affinity", affinity },
};
const unsigned thread_test_count = COUNT_OF(thread_tests);
