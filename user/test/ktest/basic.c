/* Calls that touch nothing, time, notifications. */
#include "user/test/ktest/ktest.h"

static bool
null_call(void)
{
    EXPECT(sys_null(), 0);
    EXPECT(sys_raw(SYS_NULL, 1, 2, 3, 4, 5, 6), 0);
    EXPECT(sys_raw(SYS_COUNT, 1, 2, 3, 4, 5, 6), ERR_CALL);
    EXPECT(sys_raw((enum sys_call)0xFFFFFFFF, 0, 0, 0, 0, 0, 0), ERR_CALL);
    return true;
}

/* All six argument registers are zero, the others as they were. */
static bool
registers_after_a_call(void)
{
    register uint64_t r8 __asm__("r8") = 5;
    register uint64_t r9 __asm__("r9") = 6;
    register uint64_t r10 __asm__("r10") = 4;
    register uint64_t r12 __asm__("r12") = 12;
    register uint64_t r13 __asm__("r13") = 13;
    register uint64_t r14 __asm__("r14") = 14;
    register uint64_t r15 __asm__("r15") = 15;
    uint64_t rax = SYS_CLOCK, rbx = 11, rdi = 1, rsi = 2, rdx = 3;

    __asm__ volatile("syscall"
                     : "+a"(rax), "+b"(rbx), "+D"(rdi), "+S"(rsi), "+d"(rdx),
                       "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r12), "+r"(r13),
                       "+r"(r14), "+r"(r15)
                     : : "rcx", "r11", "cc", "memory");
    CHECK((rdi | rsi | rdx | r8 | r9 | r10) == 0);
    CHECK(rbx == 11 && r12 == 12 && r13 == 13 && r14 == 14 && r15 == 15);
    return true;
}

static bool
system_information(void)
{
    struct sys_system_info info = { 0 };
    char line[8];

    test_info(&info);
    CHECK(info.cpus >= 1 && info.cpus <= 64 && info.modules >= 1);
    CHECK(info.frames_free > 0 && info.frames_free < info.frames_total);
    CHECK(info.tsc_hz > 1000000 && info.heap_bytes > 0);
    EXPECT(sys_system(test_system, SYS_SYSTEM_INFO, (void *)8, sizeof info),
           ERR_ADDRESS);
    EXPECT(sys_system(test_system, (enum sys_system)99, NULL, 0),
           ERR_ARGUMENT);
    EXPECT(sys_system(test_system, SYS_SYSTEM_COMMAND_LINE, line, 1),
           ERR_ARGUMENT);
    return true;
}

static bool
clock_goes_on(void)
{
    int64_t before = sys_clock(), now = before;

    CHECK(before > 0);
    for (int i = 0; i < 1000; i++) {
        int64_t next = sys_clock();

        CHECK(next >= now);
        now = next;
    }
    CHECK(now > before);
    return true;
}

/* A virtual CPU may stand still for long: only never too early is promised. */
static bool
timer_rings(handle_t bell)
{
    int64_t start = sys_clock(), result;
    uint64_t bits;

    EXPECT(sys_timer_set(bell, 4, (uint64_t)start + 2 * MS), 0);
    result = sys_wait(bell, ~0ULL, SYS_NOWAIT, &bits);
    if (result == ERR_AGAIN)
        result = sys_wait(bell, ~0ULL, 0, &bits);
    EXPECT(result, 0);
    CHECK(bits == 4 && sys_clock() - start >= (int64_t)(2 * MS));
    EXPECT(sys_timer_set(bell, 1, 1), 0); /* long past */
    EXPECT(sys_wait(bell, ~0ULL, 0, &bits), 0);
    CHECK(bits == 1);
    return true;
}

static bool
timer_is_stopped(handle_t bell)
{
    uint64_t start = (uint64_t)sys_clock(), bits;

    EXPECT(sys_timer_set(bell, 2, start + 20 * MS), 0);
    EXPECT(sys_timer_set(bell, 2, 0), 0);
    if ((uint64_t)sys_clock() >= start + 20 * MS)
        return true; /* too late for it to be told */
    test_sleep(25 * MS);
    EXPECT(sys_wait(bell, ~0ULL, SYS_NOWAIT, &bits), ERR_AGAIN);
    return true;
}

static bool
timers(void)
{
    handle_t bell = (handle_t)sys_notification_create();
    uint64_t bits, start = (uint64_t)sys_clock();

    CHECK(timer_rings(bell));
    EXPECT(sys_timer_set(bell, 2, start + 1000000 * MS), 0);
    EXPECT(sys_timer_set(bell, 8, start + MS), 0); /* instead */
    EXPECT(sys_wait(bell, ~0ULL, 0, &bits), 0);
    CHECK(bits == 8);
    CHECK(timer_is_stopped(bell));
    EXPECT(sys_close(bell), 0);
    return true;
}

/* Many at once, set in another order than they ring. */
static bool
many_timers(void)
{
    enum { COUNT = 40 };
    handle_t bells[COUNT];
    uint64_t start = (uint64_t)sys_clock(), bits;

    for (unsigned i = 0; i < COUNT; i++) {
        bells[i] = (handle_t)sys_notification_create();
        EXPECT(sys_timer_set(bells[i], 1, start + (i * 7 % COUNT + 1) * MS),
               0);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        EXPECT(sys_wait(bells[i], 1, 0, &bits), 0);
        CHECK((uint64_t)sys_clock() >= start + (i * 7 % COUNT + 1) * MS);
        EXPECT(sys_close(bells[i]), 0);
    }
    return true;
}

static bool
notification_bits(void)
{
    handle_t bell = (handle_t)sys_notification_create();
    uint64_t bits = 0;

    EXPECT(sys_notify(bell, 5), 0);
    EXPECT(sys_notify(bell, 1ULL << 63), 0);
    EXPECT(sys_wait(bell, 1, 0, &bits), 0);
    CHECK(bits == 1);
    EXPECT(sys_wait(bell, 2, SYS_NOWAIT, &bits), ERR_AGAIN);
    EXPECT(sys_wait(bell, ~0ULL, 0, &bits), 0);
    CHECK(bits == (4 | 1ULL << 63));
    EXPECT(sys_wait(bell, ~0ULL, SYS_NOWAIT, &bits), ERR_AGAIN);
    EXPECT(sys_wait(bell, 0, SYS_NOWAIT, &bits), ERR_ARGUMENT);
    EXPECT(sys_wait(bell, 1, 2, &bits), ERR_ARGUMENT);
    EXPECT(sys_close(bell), 0);
    EXPECT(sys_notify(bell, 1), ERR_HANDLE);
    return true;
}

const struct test basic_tests[] = {
    { "null-call", null_call },
    { "registers-after-a-call", registers_after_a_call },
    { "system-information", system_information },
    { "clock-goes-on", clock_goes_on },
    { "timers", timers },
    { "many-timers", many_timers },
    { "notification-bits", notification_bits },
};
const unsigned basic_test_count = COUNT_OF(basic_tests);
