/* Memory objects and mappings. */
#include "user/test/ktest/ktest.h"

#include "kernel/lib/mem.h"

#define RW (SYS_MAP_READ | SYS_MAP_WRITE)
#define RX (SYS_MAP_READ | SYS_MAP_EXECUTE)
#define PLACE 0x0000200000000000ULL /* where nothing else is */

/* Whether the kernel may write to (read from) that address for us. */
static bool
can_write(uint64_t address)
{
    return sys_inspect(test_system, (void *)address) == SYS_OBJECT_SYSTEM;
}

static bool
is_zero(const uint64_t *p, uint64_t size)
{
    for (uint64_t i = 0; i < size / 8; i++)
        if (p[i] != 0)
            return false;
    return true;
}

static bool
anonymous_memory(void)
{
    const uint64_t size = 40 * SYS_PAGE;
    int64_t place = sys_map(SYS_SELF, 0, PLACE, size, 0,
                            RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED);

    EXPECT(place, (int64_t)PLACE);
    CHECK(is_zero((const uint64_t *)PLACE, size));
    memset((void *)PLACE, 0xA5, size);
    EXPECT(sys_map(SYS_SELF, 0, PLACE + size - SYS_PAGE, 2 * SYS_PAGE, 0,
                   RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED), ERR_EXISTS);
    EXPECT(sys_unmap(SYS_SELF, PLACE + SYS_PAGE, SYS_PAGE), 0); /* a hole */
    CHECK(can_write(PLACE) && !can_write(PLACE + SYS_PAGE));
    CHECK(can_write(PLACE + 2 * SYS_PAGE));
    EXPECT(sys_map(SYS_SELF, 0, PLACE + SYS_PAGE, SYS_PAGE, 0,
                   RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED),
           (int64_t)(PLACE + SYS_PAGE));
    CHECK(is_zero((const uint64_t *)(PLACE + SYS_PAGE), SYS_PAGE));
    EXPECT(sys_unmap(SYS_SELF, PLACE, size), 0);
    EXPECT(sys_unmap(SYS_SELF, PLACE, size), 0); /* holes are no error */
    CHECK(!can_write(PLACE));
    return true;
}

static bool
shared_memory(void)
{
    handle_t memory = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                  4 * SYS_PAGE, 0, 0);
    uint64_t *a = (uint64_t *)sys_map(SYS_SELF, memory, 0, 4 * SYS_PAGE, 0,
                                      RW);
    uint64_t *b = (uint64_t *)sys_map(SYS_SELF, memory, 0, SYS_PAGE,
                                      SYS_PAGE, SYS_MAP_READ);
    uint64_t *c = (uint64_t *)sys_map(SYS_SELF, memory, 0, SYS_PAGE,
                                      SYS_PAGE, RW | SYS_MAP_PRIVATE);

    CHECK((int64_t)a > 0 && (int64_t)b > 0 && (int64_t)c > 0 && a != b);
    a[512] = 7;
    CHECK(b[0] == 7 && c[0] == 7);
    c[0] = 8; /* a copy of its own from here on */
    CHECK(a[512] == 7 && b[0] == 7 && c[0] == 8);
    a[513] = 9;
    CHECK(b[1] == 9 && c[1] == 0);
    CHECK(!can_write((uint64_t)b));
    EXPECT(sys_close(memory), 0); /* the mappings keep it */
    CHECK(b[0] == 7);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)a, 4 * SYS_PAGE), 0);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)b, SYS_PAGE), 0);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)c, SYS_PAGE), 0);
    return true;
}

static bool
write_or_execute(void)
{
    static const uint8_t code[] = { 0xB8, 42, 0, 0, 0, 0xC3 }; /* return 42 */
    handle_t memory = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                  SYS_PAGE, 0, 0);
    int64_t place;

    EXPECT(sys_map(SYS_SELF, memory, 0, SYS_PAGE, 0, RW | RX), ERR_ARGUMENT);
    EXPECT(sys_map(SYS_SELF, 0, 0, SYS_PAGE, 0,
                   RW | RX | SYS_MAP_PRIVATE), ERR_ARGUMENT);
    place = sys_map(SYS_SELF, memory, 0, SYS_PAGE, 0, RW);
    CHECK(place > 0);
    memcpy((void *)place, code, sizeof code);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)place, SYS_PAGE, RW | RX),
           ERR_ARGUMENT);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)place, SYS_PAGE, RX), 0);
    CHECK(((int (*)(void))place)() == 42);
    CHECK(!can_write((uint64_t)place));
    EXPECT(sys_protect(SYS_SELF, (uint64_t)place, SYS_PAGE, RW), 0);
    CHECK(can_write((uint64_t)place));
    EXPECT(sys_protect(SYS_SELF, (uint64_t)place, SYS_PAGE, 0), 0);
    CHECK(!can_write((uint64_t)place));
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)place, SYS_PAGE), 0);
    EXPECT(sys_close(memory), 0);
    return true;
}

/* A mapping never gets more than the handle had. */
static bool
rights_of_the_handle(void)
{
    handle_t memory = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                  SYS_PAGE, 0, 0);
    handle_t reader = (handle_t)sys_duplicate(memory, SYS_RIGHT_READ);
    int64_t place;

    EXPECT(sys_map(SYS_SELF, reader, 0, SYS_PAGE, 0, RW), ERR_RIGHTS);
    EXPECT(sys_map(SYS_SELF, reader, 0, SYS_PAGE, 0, RX), ERR_RIGHTS);
    place = sys_map(SYS_SELF, reader, 0, SYS_PAGE, 0, SYS_MAP_READ);
    CHECK(place > 0);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)place, SYS_PAGE, RW), ERR_RIGHTS);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)place, SYS_PAGE, RX), ERR_RIGHTS);
    EXPECT(sys_memory_physical(memory, 0), ERR_RIGHTS);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)place, SYS_PAGE), 0);
    EXPECT(sys_close(reader), 0);
    EXPECT(sys_close(memory), 0);
    return true;
}

static bool
hostile_ranges(void)
{
    static const struct {
        uint64_t address, size;
        int error;
    } bad[] = {
        { PLACE, 0, ERR_ARGUMENT }, { PLACE + 1, SYS_PAGE, ERR_ARGUMENT },
        { PLACE, 1, ERR_ARGUMENT }, { PLACE, ~0ULL, ERR_ARGUMENT },
        { 0, SYS_PAGE, ERR_ADDRESS }, { 0xF000, SYS_PAGE, ERR_ADDRESS },
        { SYS_USER_END, SYS_PAGE, ERR_ADDRESS },
        { SYS_USER_END - SYS_PAGE, 2 * SYS_PAGE, ERR_ADDRESS },
        { PLACE, UINT64_MAX - SYS_PAGE + 1, ERR_ADDRESS },
        { PLACE, 0 - PLACE, ERR_ADDRESS },
        { 0x0000800000000000, SYS_PAGE, ERR_ADDRESS },
        { 0xFFFF800000000000, SYS_PAGE, ERR_ADDRESS },
        { 0 - (uint64_t)SYS_PAGE, SYS_PAGE, ERR_ADDRESS },
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        EXPECT(sys_map(SYS_SELF, 0, bad[i].address, bad[i].size, 0,
                       RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED), bad[i].error);
        EXPECT(sys_unmap(SYS_SELF, bad[i].address, bad[i].size),
               bad[i].error);
        EXPECT(sys_protect(SYS_SELF, bad[i].address, bad[i].size,
                           SYS_MAP_READ), bad[i].error);
    }
    EXPECT(sys_map(SYS_SELF, 0, PLACE, SYS_PAGE, 0,
                   RW | SYS_MAP_PRIVATE | 0x100), ERR_ARGUMENT);
    EXPECT(sys_memory_create(SYS_MEMORY_ANONYMOUS, 0, 0, 0), ERR_ARGUMENT);
    EXPECT(sys_memory_create(SYS_MEMORY_ANONYMOUS, 5, 0, 0), ERR_ARGUMENT);
    EXPECT(sys_memory_create(SYS_MEMORY_MODULE, 0, test_system, 99),
           ERR_ARGUMENT);
    return true;
}

static bool
dma_memory(void)
{
    const uint64_t size = 8 * SYS_PAGE;
    int64_t result = sys_memory_create(SYS_MEMORY_DMA, size, test_system, 0);
    int64_t first, place;
    handle_t memory;

    CHECK(result > 0);
    memory = (handle_t)result;
    first = sys_memory_physical(memory, 0);
    CHECK(first > 0 && first % SYS_PAGE == 0 && first < 1LL << 32);
    EXPECT(sys_memory_physical(memory, size - SYS_PAGE),
           first + (int64_t)(size - SYS_PAGE));
    EXPECT(sys_memory_physical(memory, size), ERR_ARGUMENT);
    place = sys_map(SYS_SELF, memory, 0, size, 0, RW);
    CHECK(place > 0 && is_zero((const uint64_t *)place, size));
    memset((void *)place, 0x5A, size);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)place, size), 0);
    EXPECT(sys_close(memory), 0);
    return true;
}

/* RAM is no device's register, whatever the system handle allows. */
static bool
device_memory(void)
{
    int64_t vga = sys_memory_create(SYS_MEMORY_DEVICE, 8 * SYS_PAGE,
                                    test_system, 0xB8000);
    int64_t place;

    CHECK(vga > 0);
    place = sys_map(SYS_SELF, (handle_t)vga, 0, 8 * SYS_PAGE, 0, RW);
    CHECK(place > 0);
    CHECK(*(volatile uint16_t *)place != 0x1234);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)place, 8 * SYS_PAGE), 0);
    EXPECT(sys_close((handle_t)vga), 0);
    EXPECT(sys_memory_create(SYS_MEMORY_DEVICE, SYS_PAGE, test_system,
                             0x200000), ERR_ARGUMENT);
    EXPECT(sys_memory_create(SYS_MEMORY_DEVICE, SYS_PAGE, test_system,
                             UINT64_MAX - SYS_PAGE + 1), ERR_ARGUMENT);
    return true;
}

/* More than there is cannot be promised, and what was promised is there. */
static bool
too_much_memory(void)
{
    struct sys_system_info info = { 0 };

    test_info(&info);
    EXPECT(sys_map(SYS_SELF, 0, 0, (info.frames_total + 1) * SYS_PAGE, 0,
                   RW | SYS_MAP_PRIVATE), ERR_MEMORY);
    EXPECT(sys_memory_create(SYS_MEMORY_ANONYMOUS,
                             (info.frames_total + 1) * SYS_PAGE, 0, 0),
           ERR_MEMORY);
    return true;
}

const struct test memory_tests[] = {
    { "memory-anonymous", anonymous_memory },
    { "memory-shared", shared_memory },
    { "memory-write-or-execute", write_or_execute },
    { "memory-rights", rights_of_the_handle },
    { "memory-hostile-ranges", hostile_ranges },
    { "memory-dma", dma_memory },
    { "memory-device", device_memory },
    { "memory-too-much", too_much_memory },
};
const unsigned memory_test_count = COUNT_OF(memory_tests);
