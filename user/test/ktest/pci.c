/*
 * Interrupts of PCI: a line of an I/O APIC, and a message. The device is
 * QEMU's "edu" (docs/specs/edu), which raises one when it is told to. Where
 * it is not there nothing is tried, unless the command line says edu=1.
 */
#include "user/test/ktest/ktest.h"

#define CONFIG       0xCF8u /* address, then data: PCI 3.0, 3.2.2.3.2 */
#define CONFIG_PORTS 8u
#define EDU          0x11E81234u
#define COMMAND      0x04u
#define COMMAND_ON   0x06u /* memory, bus master */
#define BAR0         0x10u
#define CAPABILITIES 0x34u
#define LINE         0x3Cu
#define CAP_MSI      0x05u
#define MSI_ON       (1u << 16)
#define MSI_64       (1u << 23)

#define EDU_RAISE    (0x60 / 4)
#define EDU_ACK      (0x64 / 4)

#define FIRST_LINE   16u
#define LINES        8u
#define TIME_UP      1u

static volatile uint32_t *edu;
static uint32_t edu_at; /* its address in configuration space */

static uint32_t
config_read(uint32_t address)
{
    uint32_t value;

    __asm__ volatile("outl %0, %w1" : : "a"(address), "Nd"(CONFIG));
    __asm__ volatile("inl %w1, %0" : "=a"(value) : "Nd"(CONFIG + 4));
    return value;
}

static void
config_write(uint32_t address, uint32_t value)
{
    __asm__ volatile("outl %0, %w1" : : "a"(address), "Nd"(CONFIG));
    __asm__ volatile("outl %0, %w1" : : "a"(value), "Nd"(CONFIG + 4));
}

static bool
find_edu(void)
{
    for (uint32_t device = 0; device < 32; device++) {
        edu_at = 0x80000000u | device << 11;
        if (config_read(edu_at) == EDU)
            return true;
    }
    return false;
}

/* The bits that come within 200 ms; TIME_UP alone when there are none. */
static int64_t
ring(handle_t bell)
{
    uint64_t bits = 0;

    sys_timer_set(bell, TIME_UP, (uint64_t)sys_clock() + 200 * MS);
    sys_wait(bell, ~0ULL, 0, &bits);
    sys_timer_set(bell, TIME_UP, 0);
    return (int64_t)bits;
}

static int64_t
open_line(uint32_t gsi, handle_t bell)
{
    int64_t interrupt = sys_device_create(test_system, SYS_DEVICE_GSI, gsi,
                                          1);

    if (interrupt > 0)
        sys_interrupt_bind((handle_t)interrupt, bell, 1ULL << gsi);
    return interrupt;
}

/* Which line it is wired to; firmware knows only of those below 16. */
static uint32_t
find_line(handle_t bell)
{
    int64_t lines[LINES];
    int64_t bits;

    for (uint32_t i = 0; i < LINES; i++)
        lines[i] = open_line(FIRST_LINE + i, bell);
    edu[EDU_RAISE] = 1;
    bits = ring(bell);
    edu[EDU_ACK] = 1;
    for (uint32_t i = 0; i < LINES; i++)
        sys_close((handle_t)lines[i]);
    return bits >> FIRST_LINE != 0 ? (uint32_t)__builtin_ctzll((uint64_t)bits)
                                   : config_read(edu_at + LINE) & 0xFF;
}

/* Comes once until it is done, and again as long as the device says so. */
static bool
try_line(handle_t bell)
{
    uint32_t gsi = find_line(bell);
    int64_t bit = (int64_t)(1ULL << gsi);
    int64_t interrupt = open_line(gsi, bell);
    struct sys_inspection view;

    CHECK(gsi < FIRST_LINE + LINES && interrupt > 0);
    EXPECT(open_line(gsi, bell), ERR_EXISTS);
    EXPECT(sys_inspect((handle_t)interrupt, &view), SYS_OBJECT_INTERRUPT);
    CHECK(view.process == gsi && view.priority == SYS_DEVICE_GSI);
    for (int round = 0; round < 3; round++) {
        edu[EDU_RAISE] = 1;
        EXPECT(ring(bell), bit);
        EXPECT(ring(bell), TIME_UP);
        EXPECT(sys_interrupt_done((handle_t)interrupt), 0);
        EXPECT(ring(bell), bit);
        edu[EDU_ACK] = 1;
        EXPECT(sys_interrupt_done((handle_t)interrupt), 0);
    }
    EXPECT(ring(bell), TIME_UP);
    EXPECT(sys_close((handle_t)interrupt), 0);
    return true;
}

/* The address of the MSI capability, or 0. */
static uint32_t
find_capability(void)
{
    uint32_t at = config_read(edu_at + CAPABILITIES) & 0xFC;

    while (at != 0 && (config_read(edu_at + at) & 0xFF) != CAP_MSI)
        at = config_read(edu_at + at) >> 8 & 0xFC;
    return at != 0 ? edu_at + at : 0;
}

static void
program_message(uint32_t at, const struct sys_inspection *view)
{
    uint32_t control = config_read(at);
    bool wide = (control & MSI_64) != 0;

    config_write(at + 4, (uint32_t)view->id);
    if (wide)
        config_write(at + 8, (uint32_t)(view->id >> 32));
    config_write(at + (wide ? 12 : 8), (uint32_t)view->used);
    config_write(at, control | MSI_ON);
}

/* Two messages before the first is done are two, one after the other. */
static bool
try_message(handle_t bell)
{
    int64_t interrupt = sys_device_create(test_system, SYS_DEVICE_MSI, 0, 1);
    uint32_t at = find_capability();
    struct sys_inspection view;

    CHECK(interrupt > 0 && at != 0);
    EXPECT(sys_inspect((handle_t)interrupt, &view), SYS_OBJECT_INTERRUPT);
    CHECK(view.priority == SYS_DEVICE_MSI && view.id >> 20 == 0xFEE);
    EXPECT(sys_interrupt_bind((handle_t)interrupt, bell, 2), 0);
    program_message(at, &view);
    for (int round = 0; round < 3; round++) {
        edu[EDU_RAISE] = 1;
        EXPECT(ring(bell), 2);
        edu[EDU_RAISE] = 2;
        EXPECT(ring(bell), TIME_UP);
        EXPECT(sys_interrupt_done((handle_t)interrupt), 0);
        EXPECT(ring(bell), 2);
        EXPECT(sys_interrupt_done((handle_t)interrupt), 0);
    }
    EXPECT(ring(bell), TIME_UP);
    config_write(at, config_read(at) & ~MSI_ON);
    edu[EDU_ACK] = 3;
    EXPECT(sys_close((handle_t)interrupt), 0);
    return true;
}

/* With the device at hand, as a driver has it: ports, registers, a bell. */
static bool
with_edu(bool (*run)(handle_t bell))
{
    int64_t ports = sys_device_create(test_system, SYS_DEVICE_PORTS, CONFIG,
                                      CONFIG_PORTS);
    handle_t bell = (handle_t)sys_notification_create();
    int64_t memory, at;

    CHECK(ports > 0);
    EXPECT(sys_ports_enable((handle_t)ports), 0);
    if (find_edu()) {
        config_write(edu_at + COMMAND,
                     config_read(edu_at + COMMAND) | COMMAND_ON);
        memory = sys_memory_create(SYS_MEMORY_DEVICE, SYS_PAGE, test_system,
                                   config_read(edu_at + BAR0) & ~0xFu);
        at = sys_map(SYS_SELF, (handle_t)memory, 0, SYS_PAGE, 0,
                     SYS_MAP_READ | SYS_MAP_WRITE);
        CHECK(memory > 0 && at > 0);
        edu = (volatile uint32_t *)at;
        CHECK(run(bell));
        EXPECT(sys_unmap(SYS_SELF, (uint64_t)at, SYS_PAGE), 0);
        EXPECT(sys_close((handle_t)memory), 0);
    } else {
        CHECK(test_number("edu", 0) == 0);
    }
    EXPECT(sys_close((handle_t)ports), 0);
    EXPECT(sys_close(bell), 0);
    return true;
}

static bool
line(void)
{
    return with_edu(try_line);
}

static bool
message(void)
{
    return with_edu(try_message);
}

/* No more than there are vectors for, and all of them back. */
static bool
all_messages(void)
{
    static handle_t made[128];
    uint64_t count = 0;
    int64_t result = 0;

    while (count < COUNT_OF(made) &&
           (result = sys_device_create(test_system, SYS_DEVICE_MSI, 0, 1)) > 0)
        made[count++] = (handle_t)result;
    if (count == 0) {
        EXPECT(result, ERR_ARGUMENT); /* 8259s */
        EXPECT(sys_device_create(test_system, SYS_DEVICE_GSI, 5, 1),
               ERR_ARGUMENT);
        return true;
    }
    EXPECT(result, ERR_MEMORY);
    CHECK(count == 64);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_GSI, FIRST_LINE, 1),
           ERR_MEMORY);
    while (count > 0)
        EXPECT(sys_close(made[--count]), 0);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_GSI, 0xFFFF, 1),
           ERR_ARGUMENT);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_MSI, 1, 1),
           ERR_ARGUMENT);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_MSI, 0, 2),
           ERR_ARGUMENT);
    return true;
}

const struct test pci_tests[] = {
    { "pci-line", line },
    { "pci-message", message },
    { "pci-all-messages", all_messages },
};
const unsigned pci_test_count = COUNT_OF(pci_tests);
