/*
 * Rules 2, 4, 5, 6, 8: privileged instructions, flags and addresses that the
 * kernel's entries and exits must not trip over.
 */
#include "user/test/attack/attack.h"

#include "kernel/lib/mem.h"

#define FLAG_CF (1ULL << 0)
#define FLAG_TF (1ULL << 8)
#define FLAG_IF (1ULL << 9)
#define FLAG_DF (1ULL << 10)
#define FLAG_OF (1ULL << 11)
#define FLAG_IOPL (3ULL << 12)
#define FLAG_NT (1ULL << 14)
#define FLAG_RF (1ULL << 16)
#define FLAG_VM (1ULL << 17)
#define FLAG_AC (1ULL << 18)
#define FLAG_ID (1ULL << 21)

#define VECTOR_DB 1u
#define VECTOR_BP 3u
#define VECTOR_UD 6u
#define VECTOR_GP 13u
#define VECTOR_PF 14u

static void
cpuid(uint32_t leaf, uint32_t out[4])
{
    out[0] = leaf;
    out[2] = 0;
    __asm__ volatile("cpuid"
                     : "+a"(out[0]), "=b"(out[1]), "+c"(out[2]),
                       "=d"(out[3]));
}

bool
cpu_has_umip(void)
{
    uint32_t out[4];

    cpuid(0, out);
    if (out[0] < 7)
        return false;
    cpuid(7, out);
    return (out[2] >> 2 & 1) != 0;
}

bool
cpu_has_avx(void)
{
    uint32_t out[4], low, high;

    cpuid(1, out);
    if ((out[2] >> 27 & 3) != 3) /* OSXSAVE and AVX */
        return false;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 6) == 6;
}

/* --- each instruction of the table ---------------------------------------- */

static uint64_t
expected_of(const struct instruction *instruction)
{
    if (instruction->expected != EXPECT_UMIP)
        return instruction->expected;
    return cpu_has_umip() ? 1ULL << VECTOR_GP : EXPECT_NONE;
}

static bool
try_all(uint64_t word, handle_t handle)
{
    unsigned wrong = 0;

    (void)word;
    (void)handle;
    for (uint64_t i = 0; i < instruction_count; i++) {
        uint64_t result = attempt(instructions[i].code, 0);
        uint64_t got = result == 0 ? EXPECT_NONE
                                   : 1ULL << ATTEMPT_VECTOR(result);

        if ((got & expected_of(&instructions[i])) == 0) {
            print("# %s: %lX\n", instructions[i].name, result);
            wrong++;
        }
    }
    return wrong == 0;
}

static bool
privileged(void)
{
    return attack_recovering(try_all, 0, 0);
}

/* Without anybody who recovers it. */
static bool
try_one(uint64_t word, handle_t handle)
{
    (void)handle;
    attempt(instructions[word].code, 0);
    return false;
}

/* Every one that has but one exception ends its process, and only that. */
static bool
deadly(void)
{
    for (uint64_t i = 0; i < instruction_count; i++) {
        uint64_t expected = expected_of(&instructions[i]);

        if ((expected & (expected - 1)) != 0 || expected == EXPECT_NONE)
            continue;
        if (!attack_dies(try_one, i, (unsigned)__builtin_ctzll(expected))) {
            print("# %s\n", instructions[i].name);
            return false;
        }
    }
    return true;
}

/* --- INT n ---------------------------------------------------------------- */

static bool
try_ints(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    for (unsigned n = 0; n < 256; n++) {
        void (*code)(void) = (void (*)(void))(uintptr_t)&try_int[4 * n];
        uint64_t result = attempt(code, 0);

        if (n == VECTOR_BP) {
            CHECK(ATTEMPT_VECTOR(result) == VECTOR_BP);
            continue;
        }
        /* An IDT entry's selector; QEMU 7.2 tells its offset. */
        if (ATTEMPT_VECTOR(result) != VECTOR_GP ||
            (ATTEMPT_ERROR(result) != n * 8 + 2 &&
             ATTEMPT_ERROR(result) != n * 16 + 2)) {
            print("# int %u: %lX\n", n, result);
            return false;
        }
    }
    return true;
}

static bool
gates(void)
{
    return attack_recovering(try_ints, 0, 0);
}

/* --- flags ---------------------------------------------------------------- */

/* Calls of the short way, the long way, and one that comes back by IRET. */
static const uint64_t numbers[] = {
    SYS_NULL, SYS_CLOCK, SYS_NOTIFICATION_CREATE, 1000,
};

static volatile bool spinning;

/* Interrupted anywhere: who switches here goes back by IRET. */
static void
spin(uint64_t word)
{
    (void)word;
    while (spinning)
        __builtin_ia32_pause();
}

/* A call that copies, and one that goes to another thread. */
static bool
copies_and_switches(uint64_t flags)
{
    struct sys_inspection view = { 0 };

    call_with_flags(SYS_INSPECT, flags, (uint64_t)&view);
    CHECK(view.type == SYS_OBJECT_PROCESS && view.limit > 0);
    call_with_flags(SYS_THREAD_CONTROL, flags, SYS_THREAD_YIELD);
    return true;
}

/* Many times, so that interrupts fall between as well. */
static bool
try_flags(uint64_t word, handle_t handle)
{
    static const uint64_t flags[] = {
        0, FLAG_CF, FLAG_DF, FLAG_NT, FLAG_AC, FLAG_RF, FLAG_ID, FLAG_OF,
        FLAG_IOPL, FLAG_VM, FLAG_DF | FLAG_NT | FLAG_AC,
    };
    const uint64_t kept = FLAG_CF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID |
                          FLAG_OF;

    struct thread partner;

    (void)word;
    (void)handle;
    spinning = true;
    EXPECT(thread_run(&partner, spin, 0, PRIORITY), 0);
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < COUNT_OF(flags); i++) {
            uint64_t number = numbers[i % COUNT_OF(numbers)];
            uint64_t back = call_with_flags(number, flags[i], 0);

            CHECK(copies_and_switches(flags[i]));
            CHECK((back & (FLAG_IOPL | FLAG_VM | FLAG_TF)) == 0);
            CHECK((back & FLAG_IF) != 0);
            CHECK((back & flags[i] & kept) == (flags[i] & kept));
        }
    }
    spinning = false;
    return true;
}

static bool
flags_at_entry(void)
{
    return attack(try_flags, 0, 0);
}

/* SYSCALL under TF, alone and in the shadow of MOV SS. */
static bool
try_traced(uint64_t word, handle_t handle)
{
    static void (*const codes[])(void) = {
        try_traced_call, try_shadowed_call, try_shadowed_int3,
        try_shadowed_icebp,
    };

    (void)word;
    (void)handle;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        for (size_t j = 0; j < COUNT_OF(numbers); j++) {
            uint64_t result = attempt(codes[i], numbers[j]);
            unsigned vector = ATTEMPT_VECTOR(result);

            if (vector != VECTOR_DB && (i != 2 || vector != VECTOR_BP) &&
                (i != 3 || vector != VECTOR_UD)) {
                print("# code %lu: %lX\n", i, result);
                return false;
            }
            EXPECT(sys_null(), 0);
        }
    }
    return true;
}

static bool
traced(void)
{
    return attack_recovering(try_traced, 0, 0);
}

/* --- the end of user space ------------------------------------------------ */

#define LAST_PAGE (SYS_USER_END - SYS_PAGE)

/* Two bytes, SYSCALL, at the very end: RIP behind it is outside. */
static bool
map_last_page(void)
{
    handle_t memory = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                  SYS_PAGE, 0, 0);
    int64_t window = sys_map(SYS_SELF, memory, 0, SYS_PAGE, 0, RW);

    CHECK(window > 0);
    memset((void *)window, 0x90, SYS_PAGE);
    ((uint8_t *)window)[SYS_PAGE - 2] = 0x0F;
    ((uint8_t *)window)[SYS_PAGE - 1] = 0x05;
    EXPECT(sys_map(SYS_SELF, memory, LAST_PAGE, SYS_PAGE, 0,
                   SYS_MAP_READ | SYS_MAP_EXECUTE | SYS_MAP_FIXED),
           (int64_t)LAST_PAGE);
    return true;
}

/* The number of the call is in RAX: try_execute() is entered with it. */
static bool
try_end(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    CHECK(map_last_page());
    for (int i = 0; i < 50; i++) {
        uint64_t at = SYS_USER_END - (i % 2 == 0 ? 2 : 2 + SYS_PAGE / 2);
        uint64_t result = attempt(try_execute, at);

        CHECK(ATTEMPT_VECTOR(result) == VECTOR_PF);
        CHECK(attempt_address == SYS_USER_END);
    }
    return true;
}

static bool
last_page(void)
{
    return attack_recovering(try_end, 0, 0);
}

static bool
try_end_alone(uint64_t word, handle_t handle)
{
    (void)handle;
    if (map_last_page())
        attempt(try_execute, word);
    return false;
}

static bool
last_page_is_deadly(void)
{
    return attack_dies(try_end_alone, SYS_USER_END - 2, VECTOR_PF);
}

/* --- registers written by another ----------------------------------------- */

static const uint64_t bad_addresses[] = {
    SYS_USER_END, SYS_USER_END + 8, 0x7FFFFFFFFFFF, 0x800000000000,
    0x8000000000000000, 0xFFFF7FFFFFFFFFFF, KERNEL_HALF, 0xFFFFFFFF80000000,
    UINT64_MAX, 0xFFFFFFFFFFFFFFF0,
};

static bool
refuses(handle_t thread, const struct sys_registers *r)
{
    EXPECT(sys_thread_control(thread, SYS_THREAD_WRITE, (uint64_t)r,
                              sizeof *r), ERR_ARGUMENT);
    return true;
}

/* Flags are refused, or what user code may not set is left out. */
static bool
takes_no_flags(handle_t thread, struct sys_registers r, uint64_t flags)
{
    int64_t result;

    r.rflags |= flags;
    result = sys_thread_control(thread, SYS_THREAD_WRITE, (uint64_t)&r,
                                sizeof r);
    if (result == ERR_ARGUMENT)
        return true;
    EXPECT(result, 0);
    EXPECT(sys_thread_control(thread, SYS_THREAD_READ, (uint64_t)&r,
                              sizeof r), 0);
    CHECK((r.rflags & flags) == 0 && (r.rflags & FLAG_IF) != 0);
    return true;
}

static bool
try_registers(handle_t thread)
{
    struct sys_registers good = { 0 }, r;

    EXPECT(sys_thread_control(thread, SYS_THREAD_READ, (uint64_t)&good,
                              sizeof good), 0);
    for (size_t i = 0; i < COUNT_OF(bad_addresses); i++) {
        r = good;
        r.rip = bad_addresses[i];
        CHECK(refuses(thread, &r));
        r = good;
        r.fs_base = bad_addresses[i];
        CHECK(refuses(thread, &r));
        r = good;
        r.rsp = bad_addresses[i];
        CHECK(r.rsp == SYS_USER_END || refuses(thread, &r));
        EXPECT(sys_thread_control(thread, SYS_THREAD_TLS, bad_addresses[i],
                                  0), ERR_ARGUMENT);
    }
    for (unsigned bit = 12; bit < 64; bit++)
        if (bit != 14 && bit != 18 && bit != 21) /* NT, AC, ID are free */
            CHECK(takes_no_flags(thread, good, 1ULL << bit));
    return true;
}

static bool
try_thread_write(uint64_t word, handle_t handle)
{
    int64_t thread = sys_thread_create(SYS_SELF, (uint64_t)fresh_entry,
                                       SYS_USER_BASE, 0, 1);

    (void)word;
    (void)handle;
    CHECK(thread > 0);
    CHECK(try_registers((handle_t)thread));
    for (size_t i = 0; i < COUNT_OF(bad_addresses); i++) {
        int64_t made = sys_thread_create(SYS_SELF, bad_addresses[i], 0, 0,
                                         1);
        uint64_t stack = bad_addresses[i];

        CHECK(made == ERR_ADDRESS || made == ERR_ARGUMENT);
        if (stack == SYS_USER_END)
            continue;
        made = sys_thread_create(SYS_SELF, (uint64_t)fresh_entry, stack, 0,
                                 1);
        CHECK(made == ERR_ADDRESS || made == ERR_ARGUMENT);
    }
    return true;
}

static bool
written_registers(void)
{
    return attack(try_thread_write, 0, 0);
}

const struct test instruction_tests[] = {
    { "instruction-privileged", privileged },
    { "instruction-deadly", deadly },
    { "instruction-gates", gates },
    { "instruction-flags-at-entry", flags_at_entry },
    { "instruction-traced", traced },
    { "instruction-last-page", last_page },
    { "instruction-last-page-deadly", last_page_is_deadly },
    { "instruction-written-registers", written_registers },
};
const unsigned instruction_test_count = COUNT_OF(instruction_tests);
