/*
 * Rule 6: NMIs at any instruction. Somebody outside sends them from the line
 * "storm" on, and presses a key when it was enough.
 */
#include "user/test/attack/attack.h"

#define KEYBOARD      0x60u /* data; status at 0x64 */
#define STATUS_FULL   0x01

static uint8_t
in(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* What the keyboard said before does not count. */
static bool
open_keyboard(handle_t *ports)
{
    int64_t result = sys_device_create(test_system, SYS_DEVICE_PORTS,
                                       KEYBOARD, 5);

    CHECK(result > 0);
    *ports = (handle_t)result;
    EXPECT(sys_ports_enable(*ports), 0);
    for (int i = 0; i < 100 && (in(KEYBOARD + 4) & STATUS_FULL) != 0; i++)
        in(KEYBOARD);
    return true;
}

/* Short calls and long ones, faults, switches, sleep. */
static bool
keep_busy(uint64_t word, handle_t handle)
{
    (void)handle;
    for (uint64_t i = 0; i < word; i++) {
        uint64_t at = attack_pages(4);

        CHECK(at != 0);
        for (int j = 0; j < 50; j++)
            EXPECT(sys_null(), 0);
        for (uint64_t j = 0; j < 4; j++)
            *(volatile char *)(at + j * SYS_PAGE) = 1;
        EXPECT(sys_unmap(SYS_SELF, at, 4 * SYS_PAGE), 0);
        CHECK(ATTEMPT_VECTOR(attempt(try_read, KERNEL_HALF)) == 14);
        sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
        if (i % 8 == 0)
            test_sleep(MS / 10);
    }
    return true;
}

static bool
storm(void)
{
    handle_t ports;

    CHECK(open_keyboard(&ports));
    print("storm\n");
    while ((in(KEYBOARD + 4) & STATUS_FULL) == 0) {
        struct attacker one = { .code = keep_busy, .word = 50,
                                .recover = true };
        struct attacker other = one;

        CHECK(attacker_start(&one) && attacker_start(&other));
        CHECK(attacker_accept(&one) && attacker_accept(&other));
        CHECK(attacker_await(&one) && attacker_await(&other));
        CHECK(!one.failed && !other.failed && bystander_is_well());
    }
    EXPECT(sys_close(ports), 0);
    return true;
}

const struct test storm_tests[] = {
    { "nmi-storm", storm },
};
const unsigned storm_test_count = COUNT_OF(storm_tests);
