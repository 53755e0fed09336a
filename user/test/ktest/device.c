/* Interrupts and ports: the real-time clock (MC146818, ISA interrupt 8). */
#include "user/test/ktest/ktest.h"

#define RTC_PORT  0x70u
#define RTC_IRQ   8u
#define RTC_A     0x0A /* lower half: rate of the periodic interrupt */
#define RTC_B     0x0B
#define RTC_C     0x0C /* reading it lets the next interrupt come */
#define RTC_B_PIE 0x40
#define RTC_RATE  0x06 /* 1,024 a second */
#define IDLE_MAX  100

static uint8_t
rtc_read(uint8_t number)
{
    uint8_t value;

    __asm__ volatile("outb %0, %1" : : "a"(number), "Nd"(RTC_PORT));
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(RTC_PORT + 1));
    return value;
}

static void
rtc_write(uint8_t number, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(number), "Nd"(RTC_PORT));
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(RTC_PORT + 1));
}

/* A fault of the process that did not ask, a value for the one that did. */
static bool
ports(void)
{
    struct child child;
    int64_t ports, second;

    CHECK(child_start(&child, ROLE_PORT, RTC_PORT + 1, 0));
    CHECK(child_expect_fault(&child, 13));
    CHECK(child_end(&child));

    ports = sys_device_create(test_system, SYS_DEVICE_PORTS, RTC_PORT, 2);
    CHECK(ports > 0);
    second = sys_device_create(test_system, SYS_DEVICE_PORTS, RTC_PORT + 1,
                               8);
    EXPECT(second, ERR_EXISTS);
    EXPECT(sys_ports_enable((handle_t)ports), 0);
    CHECK((rtc_read(RTC_A) & 0x70) == 0x20); /* the divider's only setting */
    EXPECT(sys_close((handle_t)ports), 0);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_PORTS, 0xFFFF, 2),
           ERR_ARGUMENT);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_PORTS, 0x10000, 1),
           ERR_ARGUMENT);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_PORTS, RTC_PORT, 0),
           ERR_ARGUMENT);
    return true;
}

/*
 * One that firmware left behind may come first, with nothing in register C,
 * and so may those that an emulator makes up for when it was kept waiting.
 */
static bool
await_interrupts(handle_t interrupt, handle_t bell, unsigned count)
{
    unsigned idle = 0;
    uint64_t bits;

    while (count > 0) {
        EXPECT(sys_timer_set(bell, 1, (uint64_t)sys_clock() + 2000 * MS), 0);
        EXPECT(sys_wait(bell, ~0ULL, 0, &bits), 0);
        CHECK((bits & 2) != 0); /* not the two seconds */
        if ((rtc_read(RTC_C) & RTC_B_PIE) != 0)
            count--;
        else
            CHECK(++idle <= IDLE_MAX);
        EXPECT(sys_interrupt_done(interrupt), 0);
    }
    return true;
}

static bool
interrupts(void)
{
    int64_t ports = sys_device_create(test_system, SYS_DEVICE_PORTS,
                                      RTC_PORT, 2);
    int64_t interrupt = sys_device_create(test_system,
                                          SYS_DEVICE_ISA_INTERRUPT, RTC_IRQ,
                                          1);
    handle_t bell = (handle_t)sys_notification_create();
    uint8_t control;
    uint64_t bits;
    bool good;

    CHECK(ports > 0 && interrupt > 0);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_ISA_INTERRUPT, RTC_IRQ,
                             1), ERR_EXISTS);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_ISA_INTERRUPT, 16, 1),
           ERR_ARGUMENT);
    EXPECT(sys_interrupt_done((handle_t)interrupt), ERR_STATE);
    EXPECT(sys_ports_enable((handle_t)ports), 0);
    EXPECT(sys_interrupt_bind((handle_t)interrupt, bell, 2), 0);
    control = rtc_read(RTC_B);
    rtc_write(RTC_A, (uint8_t)((rtc_read(RTC_A) & 0xF0) | RTC_RATE));
    rtc_read(RTC_C);
    rtc_write(RTC_B, control | RTC_B_PIE);
    good = await_interrupts((handle_t)interrupt, bell, 20);
    rtc_write(RTC_B, control);
    rtc_read(RTC_C);
    CHECK(good);
    EXPECT(sys_timer_set(bell, 1, 0), 0);
    sys_wait(bell, ~0ULL, SYS_NOWAIT, &bits);
    EXPECT(sys_close((handle_t)interrupt), 0);
    EXPECT(sys_close((handle_t)ports), 0);
    EXPECT(sys_close(bell), 0);
    return true;
}

const struct test device_tests[] = {
    { "device-ports", ports },
    { "device-interrupts", interrupts },
};
const unsigned device_test_count = COUNT_OF(device_tests);
