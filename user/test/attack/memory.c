/*
 * Rules 1, 2, 7, 11, 19: what may be executed, written, reached; guard pages;
 * and that nobody sees what was in a page before.
 */
#include "user/test/attack/attack.h"

#include "kernel/lib/mem.h"

#define VECTOR_GP 13u
#define VECTOR_PF 14u
#define PF_FETCH  0x10u
#define RET       0xC3

static char data_page[2 * SYS_PAGE];
static const uint8_t constant_code[] = { RET };

/* --- W^X ------------------------------------------------------------------ */

static bool
faults(void (*code)(void), uint64_t address)
{
    uint64_t result = attempt(code, address);

    if (ATTEMPT_VECTOR(result) != VECTOR_PF)
        print("# %lX at %lX\n", result, address);
    return ATTEMPT_VECTOR(result) == VECTOR_PF && attempt_address == address;
}

static bool
try_execute_data(uint64_t word, handle_t handle)
{
    uint64_t heap = attack_pages(1);
    uint8_t stack[16];

    (void)word;
    (void)handle;
    memset(stack, RET, sizeof stack);
    __asm__ volatile("" : : "r"(stack) : "memory");
    *(uint8_t *)heap = RET;
    data_page[0] = (char)RET;
    CHECK(faults(try_execute, (uint64_t)stack));
    CHECK(faults(try_execute, heap));
    CHECK(faults(try_execute, (uint64_t)data_page));
    CHECK(faults(try_execute, (uint64_t)constant_code));
    CHECK(faults(try_write, (uint64_t)try_read));
    CHECK(faults(try_write, (uint64_t)constant_code));
    return true;
}

static bool
try_both_rights(uint64_t word, handle_t handle)
{
    const unsigned all = RW | SYS_MAP_EXECUTE;
    handle_t memory = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                  SYS_PAGE, 0, 0);
    int64_t at = sys_map(SYS_SELF, memory, 0, SYS_PAGE, 0, RW);
    uint64_t text = (uint64_t)try_read & ~(SYS_PAGE - 1ULL);

    (void)word;
    (void)handle;
    CHECK(at > 0);
    EXPECT(sys_map(SYS_SELF, memory, 0, SYS_PAGE, 0, all), ERR_ARGUMENT);
    EXPECT(sys_map(SYS_SELF, 0, 0, SYS_PAGE, 0, all | SYS_MAP_PRIVATE),
           ERR_ARGUMENT);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)at, SYS_PAGE, all), ERR_ARGUMENT);
    EXPECT(sys_protect(SYS_SELF, text, SYS_PAGE, all), ERR_ARGUMENT);
    /* The image was mapped without the right to write its text. */
    CHECK(sys_protect(SYS_SELF, text, SYS_PAGE, RW) < 0 ||
          attempt(try_write, text) == 0);
    return true;
}

/* From one to the other is allowed, both at once never. */
static bool
try_in_turn(uint64_t word, handle_t handle)
{
    handle_t memory = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                  SYS_PAGE, 0, 0);
    uint64_t at = (uint64_t)sys_map(SYS_SELF, memory, 0, SYS_PAGE, 0, RW);

    (void)word;
    (void)handle;
    for (int i = 0; i < 20; i++) {
        *(uint8_t *)at = RET;
        CHECK(faults(try_execute, at));
        EXPECT(sys_protect(SYS_SELF, at, SYS_PAGE,
                           SYS_MAP_READ | SYS_MAP_EXECUTE), 0);
        CHECK(attempt(try_execute, at) == 0);
        CHECK(faults(try_write, at));
        EXPECT(sys_protect(SYS_SELF, at, SYS_PAGE, RW), 0);
    }
    return true;
}

static bool
execute_data(void)
{
    return attack_recovering(try_execute_data, 0, 0);
}

static bool
both_rights(void)
{
    return attack_recovering(try_both_rights, 0, 0) &&
           attack_recovering(try_in_turn, 0, 0);
}

/* --- the kernel's memory -------------------------------------------------- */

static bool
out_of_reach(uint64_t address)
{
    static void (*const codes[])(void) = { try_read, try_write, try_execute };

    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        uint64_t result = attempt(codes[i], address);
        unsigned vector = ATTEMPT_VECTOR(result);

        if (vector != VECTOR_PF && vector != VECTOR_GP) {
            print("# %lX at %lX\n", result, address);
            return false;
        }
        /* Whether something is there is none of its business either, but
         * the error code says so: it goes to the supervisor alone. */
    }
    return true;
}

/* All of the upper half in 256 steps and more where something is. */
static bool
try_kernel_memory(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    for (uint64_t i = 0; i < 256; i++)
        CHECK(out_of_reach(KERNEL_HALF + (i << 39)));
    for (uint64_t i = 0; i < 128; i++) /* the direct map's first 256 MiB */
        CHECK(out_of_reach(KERNEL_HALF + (i << 21) + attack_random() %
                           SYS_PAGE_LARGE));
    for (uint64_t i = 0; i < 1024; i++) /* the slots of the image */
        CHECK(out_of_reach(0xFFFFFFFF80000000 + (i << 21)));
    for (int i = 0; i < 200; i++)
        CHECK(out_of_reach(KERNEL_HALF | attack_random()));
    CHECK(out_of_reach(0xFFFF8000FEE00000)); /* APIC, IO-APIC */
    CHECK(out_of_reach(0xFFFF8000FEC00000));
    CHECK(out_of_reach(0));
    CHECK(out_of_reach(SYS_USER_END));
    CHECK(out_of_reach(0x800000000000));
    return true;
}

static bool
kernel_memory(void)
{
    return attack_recovering(try_kernel_memory, 0, 0);
}

static bool
try_one(uint64_t word, handle_t handle)
{
    (void)handle;
    attempt(try_write, word);
    return false;
}

static bool
kernel_memory_is_deadly(void)
{
    static const uint64_t places[] = {
        KERNEL_HALF, 0xFFFFFFFF80000000, 0xFFFFFFFFFFFFFFFF, 0, SYS_USER_END,
    };

    for (size_t i = 0; i < COUNT_OF(places); i++)
        CHECK(attack_dies(try_one, places[i], VECTOR_PF));
    return true;
}

/* Nothing may be mapped outside of user space, nor over what is there. */
static bool
try_map_outside(uint64_t word, handle_t handle)
{
    static const uint64_t places[] = {
        0, SYS_PAGE, SYS_USER_BASE - SYS_PAGE, SYS_USER_END,
        SYS_USER_END + SYS_PAGE, 0x8000000000000000, KERNEL_HALF,
        0xFFFFFFFF80000000, 0xFFFFFFFFFFFFF000, 0x10008,
    };
    uint64_t done;

    (void)word;
    (void)handle;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        int64_t result = sys_map(SYS_SELF, 0, places[i], SYS_PAGE, 0,
                                 RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED);

        CHECK(result == ERR_ARGUMENT || result == ERR_ADDRESS);
        result = sys_unmap(SYS_SELF, places[i], SYS_PAGE);
        CHECK(result == ERR_ARGUMENT || result == ERR_ADDRESS);
        result = sys_protect(SYS_SELF, places[i], SYS_PAGE, RW);
        CHECK(result == ERR_ARGUMENT || result == ERR_ADDRESS);
    }
    for (done = SYS_PAGE; done != 0; done <<= 1)
        CHECK(sys_map(SYS_SELF, 0, SYS_USER_END - SYS_PAGE, done + SYS_PAGE,
                      0, RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED) < 0);
    EXPECT(sys_map(SYS_SELF, 0, (uint64_t)data_page & ~(SYS_PAGE - 1ULL),
                   SYS_PAGE, 0, RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED),
           ERR_EXISTS);
    return true;
}

static bool
map_outside(void)
{
    return attack(try_map_outside, 0, 0);
}

/* --- stacks --------------------------------------------------------------- */

/* Deeper and deeper; the frames are kept by what comes after the call. */
static uint64_t __attribute__((noinline))
dive(uint64_t depth)
{
    volatile uint64_t frame[64];

    frame[0] = depth;
    return depth == 0 ? 0 : dive(depth - 1) + frame[0];
}

static bool
try_overflow(uint64_t word, handle_t handle)
{
    (void)handle;
    return dive(word) == 1;
}

static bool
stack_overflow(void)
{
    return attack_dies(try_overflow, 1000000, VECTOR_PF);
}

static handle_t prober;

/* The kernel reads what is to become registers; with nonsense it is done. */
static bool
is_readable(uint64_t address)
{
    return sys_thread_control(prober, SYS_THREAD_WRITE, address,
                              sizeof(struct sys_registers)) != ERR_ADDRESS;
}

/*
 * The root task's own stack: 64 KiB, then a page at either end that is not
 * accessible, and where nothing else can be mapped.
 */
static bool
guards_of_root(void)
{
    uint64_t here = (uint64_t)__builtin_frame_address(0), page, end;

    prober = (handle_t)sys_thread_create(SYS_SELF, (uint64_t)fresh_entry,
                                         SYS_USER_BASE, 0, 1);
    page = here & ~(SYS_PAGE - 1ULL);
    for (end = page; end - page < 32 * SYS_PAGE; end += SYS_PAGE)
        if (!is_readable(end))
            break;
    CHECK(end - page <= 65536);
    for (page = end - 65536; page < end; page += SYS_PAGE)
        CHECK(is_readable(page));
    CHECK(!is_readable(end - 65536 - SYS_PAGE));
    CHECK(!is_readable(end - 65536 - 8)); /* ends in the stack */
    CHECK(!is_readable(end - 8));
    EXPECT(sys_map(SYS_SELF, 0, end, SYS_PAGE, 0,
                   RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED), ERR_EXISTS);
    EXPECT(sys_map(SYS_SELF, 0, end - 65536 - SYS_PAGE, SYS_PAGE, 0,
                   RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED), ERR_EXISTS);
    EXPECT(sys_thread_control(prober, SYS_THREAD_KILL, 0, 0), 0);
    EXPECT(sys_close(prober), 0);
    return true;
}

/* --- what was there before ------------------------------------------------ */

#define SCAN_PAGES 800u

static bool
is_zero(uint64_t at, uint64_t size)
{
    for (uint64_t i = 0; i < size / 8; i++) {
        uint64_t value = ((volatile const uint64_t *)at)[i];

        if (value != 0) {
            print("# %lX at offset %lX\n", value, i * 8);
            return false;
        }
    }
    return true;
}

/* Dies with patterns in its memory, a clean end or not. */
static bool
leave_patterns(uint64_t word, handle_t handle)
{
    uint64_t at = attack_pages(SCAN_PAGES);

    (void)handle;
    CHECK(at != 0);
    memset((void *)at, 0xA5, SCAN_PAGES * SYS_PAGE);
    if (word != 0)
        __builtin_trap();
    return true;
}

static bool
find_nothing(uint64_t word, handle_t handle)
{
    uint64_t at = attack_pages(SCAN_PAGES);
    char stack[16384]; /* more than was used so far */
    handle_t memory;

    (void)word;
    (void)handle;
    CHECK(at != 0);
    CHECK(is_zero(at, SCAN_PAGES * SYS_PAGE));
    CHECK(is_zero((uint64_t)stack, sizeof stack / 2));
    CHECK(is_zero((uint64_t)data_page, sizeof data_page));
    EXPECT(sys_unmap(SYS_SELF, at, SCAN_PAGES * SYS_PAGE), 0);
    memory = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                         SCAN_PAGES * SYS_PAGE, 0, 0);
    at = (uint64_t)sys_map(SYS_SELF, memory, 0, SCAN_PAGES * SYS_PAGE, 0,
                           SYS_MAP_READ);
    CHECK(is_zero(at, SCAN_PAGES * SYS_PAGE));
    return true;
}

static bool
run_with(attack_code *code, uint64_t word, uint64_t frames)
{
    struct attacker self = { .code = code, .word = word, .frames = frames };

    CHECK(attacker_start(&self) && attacker_await(&self));
    return word != 0 || !self.failed;
}

/* Physically contiguous memory is made and zeroed in another way. */
static bool
contiguous_is_zero(uint64_t size)
{
    int64_t memory = sys_memory_create(SYS_MEMORY_DMA, size, test_system,
                                       0);
    int64_t at;

    CHECK(memory > 0);
    at = sys_map(SYS_SELF, (handle_t)memory, 0, size, 0, RW);
    CHECK(at > 0);
    CHECK(is_zero((uint64_t)at, size));
    memset((void *)at, 0x5A, size);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)at, size), 0);
    EXPECT(sys_close((handle_t)memory), 0);
    return true;
}

static bool
content(void)
{
    for (uint64_t round = 0; round < 3; round++) {
        CHECK(run_with(leave_patterns, round % 2, 1200));
        CHECK(contiguous_is_zero(SYS_PAGE));
        CHECK(contiguous_is_zero(64 * SYS_PAGE));
        CHECK(run_with(find_nothing, 0, 1200));
        CHECK(contiguous_is_zero(256 * SYS_PAGE));
    }
    return true;
}

/* Behind a module's end the rest of its last page is nobody's. */
static bool
module_tail(void)
{
    static const unsigned char magic[] = { 0x7F, 'E', 'L', 'F' };
    handle_t memory = (handle_t)sys_memory_create(SYS_MEMORY_MODULE, 0,
                                                  test_system, 0);
    struct sys_inspection view;
    int64_t at;
    uint64_t used, sections;

    EXPECT(sys_inspect(memory, &view), SYS_OBJECT_MEMORY);
    at = sys_map(SYS_SELF, memory, 0, view.id, 0, SYS_MAP_READ);
    CHECK(at > 0);
    CHECK(memcmp((void *)at, magic, sizeof magic) == 0);
    /* The section headers are what strip leaves last. */
    sections = *(uint64_t *)(at + 40);
    used = sections + (uint64_t)*(uint16_t *)(at + 58) *
                          *(uint16_t *)(at + 60);
    CHECK(used <= view.id && view.id - used < SYS_PAGE);
    CHECK(is_zero(((uint64_t)at + used + 7) & ~7ULL, view.id - used - 7));
    EXPECT(sys_map(SYS_SELF, memory, 0, view.id, 0, RW), ERR_RIGHTS);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)at, view.id), 0);
    EXPECT(sys_close(memory), 0);
    return true;
}

const struct test memory_tests[] = {
    { "memory-execute-data", execute_data },
    { "memory-write-and-execute", both_rights },
    { "memory-kernel", kernel_memory },
    { "memory-kernel-is-deadly", kernel_memory_is_deadly },
    { "memory-map-outside", map_outside },
    { "memory-stack-overflow", stack_overflow },
    { "memory-guards-of-root", guards_of_root },
    { "memory-content", content },
    { "memory-module-tail", module_tail },
};
const unsigned memory_test_count = COUNT_OF(memory_tests);
