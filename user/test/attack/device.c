/* Rule 16: ports and interrupts of others. */
#include "user/test/attack/attack.h"

#define PORT   0x2E8u /* the fourth serial line: nobody's */
#define PORTS  8u
#define LINE   3u
#define VECTOR_GP 13u

static bool
is_refused(void (*code)(void), uint64_t port)
{
    uint64_t result = attempt(code, port);

    if (ATTEMPT_VECTOR(result) != VECTOR_GP)
        print("# port %lX: %lX\n", port, result);
    return ATTEMPT_VECTOR(result) == VECTOR_GP;
}

/* All of them, one after the other. */
static bool
try_all_ports(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    for (uint64_t port = 0; port < 65536; port += 1 + port / 64)
        CHECK(is_refused(try_in, port) && is_refused(try_out, port));
    CHECK(is_refused(try_in4, 0xFFFF) && is_refused(try_in2, 0xFFFF));
    return true;
}

static bool
no_ports(void)
{
    return attack_recovering(try_all_ports, 0, 0);
}

/* With the handle of a range: inside all is fine, outside nothing is. */
static bool
try_range(uint64_t word, handle_t ports)
{
    (void)word;
    CHECK(is_refused(try_in, PORT));
    EXPECT(sys_ports_enable(ports), 0);
    for (int round = 0; round < 20; round++) {
        for (uint64_t port = PORT; port < PORT + PORTS; port++)
            CHECK(attempt(try_in, port) == 0);
        CHECK(attempt(try_in2, PORT + PORTS - 2) == 0);
        CHECK(attempt(try_in4, PORT + PORTS - 4) == 0);
        CHECK(is_refused(try_in, PORT - 1));
        CHECK(is_refused(try_in, PORT + PORTS));
        CHECK(is_refused(try_in2, PORT - 1));
        CHECK(is_refused(try_in2, PORT + PORTS - 1));
        CHECK(is_refused(try_in4, PORT + PORTS - 3));
        CHECK(is_refused(try_in4, 0xFFFF));
        sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
    }
    return true;
}

static handle_t
make_ports(uint32_t first, uint32_t count)
{
    int64_t result = sys_device_create(test_system, SYS_DEVICE_PORTS,
                                       first, count);

    return result < 0 ? 0 : (handle_t)result;
}

/* Those with and those without at once, on all CPUs in turn. */
static bool
range(void)
{
    handle_t ports = make_ports(PORT, PORTS);
    struct attacker with = { .code = try_range, .handle = ports,
                             .recover = true };
    struct attacker without = { .code = try_all_ports, .recover = true };

    CHECK(ports != 0);
    CHECK(attacker_start(&with) && attacker_start(&without));
    CHECK(attacker_accept(&with) && attacker_accept(&without));
    CHECK(attacker_await(&with) && attacker_await(&without));
    CHECK(!with.failed && !without.failed);
    /* The handle lives here, the permission died with its process. */
    CHECK(attack_recovering(try_all_ports, 0, 0));
    EXPECT(sys_close(ports), 0);
    return true;
}

static bool
try_port(uint64_t word, handle_t handle)
{
    (void)handle;
    attempt(try_out, word);
    return false;
}

static bool
deadly(void)
{
    static const uint64_t ports[] = { 0x20, 0x64, 0x70, 0xCF9, 0xFFFF };

    for (size_t i = 0; i < COUNT_OF(ports); i++)
        CHECK(attack_dies(try_port, ports[i], VECTOR_GP));
    return true;
}

/* What one has nobody else gets, and it is free again afterwards. */
static bool
one_owner(void)
{
    handle_t ports = make_ports(PORT, PORTS);
    handle_t bell = (handle_t)sys_notification_create();
    int64_t line = sys_device_create(test_system, SYS_DEVICE_ISA_INTERRUPT,
                                     LINE, 1);

    CHECK(ports != 0 && line > 0);
    EXPECT(sys_interrupt_bind((handle_t)line, bell, 1), 0);
    for (uint32_t i = 0; i < PORTS; i++)
        EXPECT(sys_device_create(test_system, SYS_DEVICE_PORTS, PORT + i,
                                 1), ERR_EXISTS);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_PORTS, 0, 65536),
           ERR_EXISTS);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_ISA_INTERRUPT, LINE,
                             1), ERR_EXISTS);
    EXPECT(sys_close((handle_t)line), 0);
    EXPECT(sys_close(ports), 0);
    EXPECT(sys_close(bell), 0);
    ports = make_ports(PORT, PORTS);
    line = sys_device_create(test_system, SYS_DEVICE_ISA_INTERRUPT, LINE,
                             1);
    CHECK(ports != 0 && line > 0);
    EXPECT(sys_close((handle_t)line), 0);
    EXPECT(sys_close(ports), 0);
    return true;
}

/* Dies with an interrupt bound and ports open: they are free again. */
static bool
take_devices(uint64_t word, handle_t system)
{
    int64_t line = sys_device_create(system, SYS_DEVICE_ISA_INTERRUPT, LINE,
                                     1);
    int64_t ports = sys_device_create(system, SYS_DEVICE_PORTS, PORT, PORTS);
    handle_t bell = (handle_t)sys_notification_create();

    (void)word;
    CHECK(line > 0 && ports > 0);
    EXPECT(sys_interrupt_bind((handle_t)line, bell, 1), 0);
    EXPECT(sys_ports_enable((handle_t)ports), 0);
    return true;
}

static bool
owner_dies(void)
{
    for (int i = 0; i < 5; i++)
        CHECK(attack(take_devices, 0, test_system));
    return one_owner();
}

/* What the kernel itself uses must not be given away. */
static bool
lines_of_the_kernel(void)
{
    EXPECT(sys_device_create(test_system, SYS_DEVICE_ISA_INTERRUPT, 2, 1),
           ERR_ARGUMENT); /* the cascade */
    EXPECT(sys_device_create(test_system, SYS_DEVICE_ISA_INTERRUPT, 16, 1),
           ERR_ARGUMENT);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_ISA_INTERRUPT,
                             0xFFFFFFFF, 1), ERR_ARGUMENT);
    return true;
}

static const uint16_t kept[] = { 0x20, 0x21, 0xA0, 0xA1 };
static const uint16_t pit[] = { 0x40, 0x41, 0x42, 0x43 };

/* Not by itself, and not as a part of more. */
static bool
is_kept(uint16_t port)
{
    EXPECT(sys_device_create(test_system, SYS_DEVICE_PORTS, port, 1),
           ERR_EXISTS);
    EXPECT(sys_device_create(test_system, SYS_DEVICE_PORTS, port - 16u, 32),
           ERR_EXISTS);
    return true;
}

/* The 8259s, and the PIT where line 0 is its: SC-80. */
static bool
ports_of_the_kernel(void)
{
    int64_t line = sys_device_create(test_system, SYS_DEVICE_ISA_INTERRUPT,
                                     0, 1);
    handle_t others = make_ports(0x22, 0x1E), pci = make_ports(0xCF8, 8);

    for (size_t i = 0; i < COUNT_OF(kept); i++)
        CHECK(is_kept(kept[i]));
    for (size_t i = 0; i < COUNT_OF(pit) && line == ERR_EXISTS; i++)
        CHECK(is_kept(pit[i]));
    if (line > 0) {
        handle_t clock = make_ports(0x40, 4);

        CHECK(clock != 0);
        EXPECT(sys_close(clock), 0);
        EXPECT(sys_close((handle_t)line), 0);
    }
    CHECK(others != 0 && pci != 0);
    EXPECT(sys_close(others), 0);
    EXPECT(sys_close(pci), 0);
    return true;
}

/* RAM, and so the kernel's own, is no device. */
static bool
ram_as_device(void)
{
    static const uint64_t places[] = {
        0x100000, 0x200000, 0x400000, 0x800000, 0xFFFFFFFFFFFFF000,
        0x8000000000000000, 1ULL << 52,
    };

    for (size_t i = 0; i < COUNT_OF(places); i++)
        EXPECT(sys_memory_create(SYS_MEMORY_DEVICE, SYS_PAGE, test_system,
                                 places[i]), ERR_ARGUMENT);
    EXPECT(sys_memory_create(SYS_MEMORY_DEVICE, 1ULL << 40, test_system,
                             0), ERR_ARGUMENT);
    EXPECT(sys_memory_create(SYS_MEMORY_DEVICE, 0xFFFFFFFFFFFFF000,
                             test_system, 0xFE000000), ERR_ARGUMENT);
    return true;
}

const struct test device_tests[] = {
    { "device-no-ports", no_ports },
    { "device-range", range },
    { "device-deadly", deadly },
    { "device-one-owner", one_owner },
    { "device-owner-dies", owner_dies },
    { "device-lines-of-the-kernel", lines_of_the_kernel },
    { "device-ports-of-the-kernel", ports_of_the_kernel },
    { "device-ram", ram_as_device },
};
const unsigned device_test_count = COUNT_OF(device_tests);
