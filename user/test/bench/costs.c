#include "user/test/bench/bench.h"

#include "kernel/lib/mem.h"

#define RW (SYS_MAP_READ | SYS_MAP_WRITE)

static uint64_t samples[RUNS];

/* --- calls, notifications, threads ---------------------------------------- */

static void
sleep_for_ever(uint64_t bell)
{
    uint64_t bits;

    for (;;)
        sys_wait((handle_t)bell, 1, 0, &bits);
}

/* Wakes a less urgent thread each time, which then waits again. */
static void
measure_notify(void)
{
    handle_t bell = (handle_t)NEED(sys_notification_create());
    handle_t pause = (handle_t)NEED(sys_notification_create());
    struct thread thread;
    uint64_t start, bits;

    NEED(thread_run(&thread, sleep_for_ever, bell, PRIORITY_BELOW));
    for (unsigned i = 0; i < RUNS; i++) {
        NEED(sys_timer_set(pause, 1, (uint64_t)sys_clock() + 100000));
        NEED(sys_wait(pause, 1, 0, &bits));
        start = bench_now();
        sys_notify(bell, 1);
        samples[i] = bench_now() - start;
    }
    bench_report("notify", samples);
    thread_free(&thread);
    NEED(sys_close(pause));
    NEED(sys_close(bell));
}

/* Two processes give way to each other: there and back are two switches. */
static void
measure_switch(void)
{
    struct bench_child child;
    uint64_t start;

    bench_start_child(&child, BENCH_YIELD);
    for (unsigned i = 0; i < RUNS; i++) {
        start = bench_now();
        sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
        samples[i] = (bench_now() - start) / 2;
    }
    bench_report("context_switch", samples);
    bench_end_child(&child);
}

/*
 * From the instruction before SYSCALL to the one after: what it takes to look
 * at the clock twice, with nothing in between, does not count.
 */
void
bench_calls(void)
{
    uint64_t start, nothing = UINT64_MAX;

    for (unsigned i = 0; i < RUNS; i++) {
        start = bench_now();
        samples[i] = bench_now() - start;
        if (samples[i] < nothing)
            nothing = samples[i];
    }
    for (unsigned i = 0; i < RUNS; i++) {
        start = bench_now();
        sys_null();
        samples[i] = bench_now() - start - nothing;
    }
    bench_report("syscall_null", samples);
    measure_notify();
    measure_switch();
}

/* --- messages ------------------------------------------------------------- */

static void
measure_one_way(void)
{
    struct bench_child child;

    bench_start_child(&child, BENCH_STAMP);
    for (unsigned i = 0; i < RUNS; i++) {
        struct sys_message m = { .words = { 1, 2, 3, 4, 5, 6 } };
        uint64_t start = bench_now();

        sys_call(child.session, &m);
        samples[i] = m.words[0] - start;
    }
    bench_report("ipc_oneway", samples);
    bench_end_child(&child);
}

static void
measure_round_trip(void)
{
    struct bench_child child;

    bench_start_child(&child, BENCH_ECHO);
    for (unsigned i = 0; i < RUNS; i++) {
        struct sys_message m = { .words = { 1, 2, 3, 4, 5, i } };
        uint64_t start = bench_now();

        sys_call(child.session, &m);
        samples[i] = bench_now() - start;
        NEED(m.words[0] == 1 && m.words[5] == i ? 0 : ERR_STATE);
    }
    bench_report("ipc_roundtrip", samples);
    bench_end_child(&child);
}

static void
measure_lease(void)
{
    static char page[4096] __attribute__((aligned(4096)));
    struct sys_lease lease = { (uint64_t)page, sizeof page };
    struct bench_child child;

    memset(page, 1, sizeof page);
    bench_start_child(&child, BENCH_LEASE);
    for (unsigned i = 0; i < RUNS; i++) {
        struct sys_message m = {
            .tag = SYS_TAG_LEASES(1) | SYS_TAG_READ(0), .leases = &lease,
        };
        uint64_t start = bench_now();

        sys_call(child.session, &m);
        samples[i] = bench_now() - start;
        NEED(m.words[0] == sizeof page ? 0 : ERR_STATE);
    }
    bench_report("ipc_roundtrip_lease_4k", samples);
    bench_end_child(&child);
}

void
bench_messages(void)
{
    measure_one_way();
    measure_round_trip();
    measure_lease();
}

/* --- memory --------------------------------------------------------------- */

/* The first write to each page of a range. */
static void
measure_writes(const char *name, uint64_t place)
{
    for (unsigned i = 0; i < RUNS; i++) {
        volatile uint8_t *byte = (volatile uint8_t *)place + i * SYS_PAGE;
        uint64_t start = bench_now();

        *byte = 1;
        samples[i] = bench_now() - start;
    }
    bench_report(name, samples);
}

void
bench_memory(void)
{
    const uint64_t size = RUNS * SYS_PAGE;
    uint64_t place = (uint64_t)NEED(sys_map(SYS_SELF, 0, 0, size, 0,
                                            RW | SYS_MAP_PRIVATE));
    handle_t memory;

    measure_writes("page_fault", place);
    NEED(sys_unmap(SYS_SELF, place, size));

    memory = (handle_t)NEED(sys_memory_create(SYS_MEMORY_ANONYMOUS, size, 0,
                                              0));
    place = (uint64_t)NEED(sys_map(SYS_SELF, memory, 0, size, 0, RW));
    memset((void *)place, 2, size);
    NEED(sys_unmap(SYS_SELF, place, size));
    place = (uint64_t)NEED(sys_map(SYS_SELF, memory, 0, size, 0,
                                   RW | SYS_MAP_PRIVATE));
    for (unsigned i = 0; i < RUNS; i++) /* there, and not ours yet */
        (void)*(volatile uint8_t *)(place + i * SYS_PAGE);
    measure_writes("cow_fault", place);
    NEED(sys_unmap(SYS_SELF, place, size));
    NEED(sys_close(memory));
}

/* --- processes ------------------------------------------------------------ */

#define CODE   0x400000u
#define STACK  0x401000u
#define STATUS 7u

_Static_assert(SYS_PROCESS_CONTROL == 29 && SYS_PROCESS_KILL == 0 &&
               SYS_SELF == 0 && STATUS == 7, "the numbers below");

/* It writes to its stack, and ends. */
__asm__(".section .rodata\n"
        "ends_at_once:\n"
        "    pushq %rax\n"
        "    movl $29, %eax\n"
        "    xorl %edi, %edi\n"
        "    xorl %esi, %esi\n"
        "    movl $7, %edx\n"
        "    syscall\n"
        "    ud2\n"
        "ends_at_once_end:\n"
        ".text\n");

extern const char ends_at_once[], ends_at_once_end[];

static handle_t
make_code(void)
{
    handle_t code = (handle_t)NEED(sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                     SYS_PAGE, 0, 0));
    uint64_t at = (uint64_t)NEED(sys_map(SYS_SELF, code, 0, SYS_PAGE, 0, RW));

    memcpy((void *)at, ends_at_once,
           (size_t)(ends_at_once_end - ends_at_once));
    NEED(sys_unmap(SYS_SELF, at, SYS_PAGE));
    return code;
}

/* With code that others have too, a page of its own, and a thread. */
static handle_t
make_process(handle_t code, handle_t supervisor)
{
    handle_t process = (handle_t)NEED(sys_process_create(32, supervisor, 8));
    handle_t thread;

    NEED(sys_map(process, code, CODE, SYS_PAGE, 0,
                 SYS_MAP_READ | SYS_MAP_EXECUTE | SYS_MAP_FIXED));
    NEED(sys_map(process, 0, STACK, SYS_PAGE, 0,
                 RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED));
    thread = (handle_t)NEED(sys_thread_create(process, CODE,
                                              STACK + SYS_PAGE, 0, 1));
    NEED(sys_thread_control(thread, SYS_THREAD_START, 0, 0));
    NEED(sys_close(thread));
    return process;
}

/* From nothing until it has run, its death is known, and it is forgotten. */
void
bench_processes(void)
{
    handle_t endpoint = (handle_t)NEED(sys_endpoint_create(0));
    handle_t supervisor = (handle_t)NEED(sys_session_create(endpoint, 1));
    handle_t code = make_code();

    for (unsigned i = 0; i < RUNS; i++) {
        struct sys_message m;
        uint64_t start = bench_now();
        handle_t process = make_process(code, supervisor);

        NEED(sys_receive(endpoint, 0, &m) == SYS_GOT_DEATH ? 0 : ERR_STATE);
        NEED(sys_close(process));
        samples[i] = bench_now() - start;
        NEED(m.words[0] == SYS_DEATH_EXIT && m.words[1] == STATUS ? 0
                                                                  : ERR_STATE);
    }
    bench_report("process_create_destroy", samples);
    NEED(sys_close(code));
    NEED(sys_close(supervisor));
    NEED(sys_close(endpoint));
}

/* --- interrupts ----------------------------------------------------------- */

/*
 * The keyboard controller puts a byte that it is given into its output buffer
 * as if it had been typed, and so raises interrupt 1 at the instruction that
 * gave it (IBM PS/2 Hardware Interface Technical Reference, command D2h).
 */
#define KBD_DATA      0x60u
#define KBD_COMMAND   0x64u
#define KBD_IRQ       1u
#define KBD_CONFIG    0x60 /* command: the next byte is the configuration */
#define KBD_INTERRUPT 0x65 /* interrupt 1, translation, no mouse */
#define KBD_LOOP_BACK 0xD2 /* command: the next byte is as if typed */

#define KBD_INPUT_FULL  2
#define KBD_OUTPUT_FULL 1

static volatile uint64_t seen_at;

struct driver {
    handle_t interrupt, bell, done;
};

static uint8_t
in(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void
out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static void
kbd_write(uint16_t port, uint8_t value)
{
    while ((in(KBD_COMMAND) & KBD_INPUT_FULL) != 0)
        continue;
    out(port, value);
}

/* More urgent than whoever raises the interrupt. */
static void
drive(uint64_t argument)
{
    const struct driver *driver = (const struct driver *)argument;
    uint64_t bits;

    while (sys_wait(driver->bell, 1, 0, &bits) == 0) {
        seen_at = bench_now();
        in(KBD_DATA);
        sys_interrupt_done(driver->interrupt);
        sys_notify(driver->done, 1);
    }
}

static void
measure_interrupt(const struct driver *driver)
{
    uint64_t start, bits;

    for (unsigned i = 0; i < RUNS; i++) {
        kbd_write(KBD_COMMAND, KBD_LOOP_BACK);
        while ((in(KBD_COMMAND) & KBD_INPUT_FULL) != 0)
            continue;
        start = bench_now();
        out(KBD_DATA, 0x1C);
        NEED(sys_wait(driver->done, 1, 0, &bits));
        samples[i] = seen_at - start;
    }
    bench_report("irq_to_driver", samples);
}

void
bench_interrupts(void)
{
    handle_t ports = (handle_t)NEED(sys_device_create(
        test_system, SYS_DEVICE_PORTS, KBD_DATA, 5));
    struct driver driver = {
        .interrupt = (handle_t)NEED(sys_device_create(
            test_system, SYS_DEVICE_ISA_INTERRUPT, KBD_IRQ, 1)),
        .bell = (handle_t)NEED(sys_notification_create()),
        .done = (handle_t)NEED(sys_notification_create()),
    };
    struct thread thread;

    NEED(sys_ports_enable(ports));
    kbd_write(KBD_COMMAND, KBD_CONFIG);
    kbd_write(KBD_DATA, KBD_INTERRUPT);
    while ((in(KBD_COMMAND) & KBD_OUTPUT_FULL) != 0)
        in(KBD_DATA);
    NEED(sys_interrupt_bind(driver.interrupt, driver.bell, 1));
    NEED(thread_run(&thread, drive, (uint64_t)&driver, PRIORITY));
    NEED(sys_thread_control(SYS_SELF, SYS_THREAD_PRIORITY, PRIORITY_BELOW, 0));
    measure_interrupt(&driver);
    thread_free(&thread);
    NEED(sys_close(driver.interrupt));
    NEED(sys_close(driver.bell));
    NEED(sys_close(driver.done));
    NEED(sys_close(ports));
}

/* --- bytes ---------------------------------------------------------------- */

#define MANY 256u

static uint64_t
bytes_free(void)
{
    struct sys_system_info info;

    NEED(sys_system(test_system, SYS_SYSTEM_INFO, &info, sizeof info));
    return info.frames_free * SYS_PAGE;
}

/* All that the kernel holds while it runs one program that does nothing. */
void
bench_at_rest(void)
{
    struct sys_system_info info;

    NEED(sys_system(test_system, SYS_SYSTEM_INFO, &info, sizeof info));
    bench_report_value("kernel_bytes_at_rest", info.kernel_bytes);
}

/* What many take from free memory, for each. */
void
bench_bytes(void)
{
    static handle_t made[MANY];
    uint64_t before;

    made[0] = (handle_t)NEED(sys_notification_create());
    before = bytes_free();
    for (unsigned i = 0; i < MANY; i++)
        made[i] = (handle_t)NEED(sys_thread_create(
            SYS_SELF, SYS_USER_BASE, SYS_USER_BASE, 0, 1));
    bench_report_value("kernel_bytes_per_thread",
                       (before - bytes_free()) / MANY);
    for (unsigned i = 0; i < MANY; i++) {
        NEED(sys_thread_control(made[i], SYS_THREAD_KILL, 0, 0));
        NEED(sys_close(made[i]));
    }

    before = bytes_free();
    for (unsigned i = 0; i < MANY; i++)
        made[i] = (handle_t)NEED(sys_process_create(16, 0, 8));
    bench_report_value("kernel_bytes_per_process",
                       (before - bytes_free()) / MANY);
    for (unsigned i = 0; i < MANY; i++) {
        NEED(sys_process_control(made[i], SYS_PROCESS_KILL, 0));
        NEED(sys_close(made[i]));
    }
}
