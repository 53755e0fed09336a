/*
 * The first kernel: takes over the machine, checks what it was told, says
 * what it found, and ends as the command line wants.
 */
#include "kernel/start/main.h"

#include <stddef.h>

#include "errors.h"
#include "kernel/account.h"
#include "kernel/console.h"
#include "kernel/device.h"
#include "kernel/entry.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/lib/format.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/power.h"
#include "kernel/screen.h"
#include "kernel/start/acpi.h"
#include "kernel/start/boot_check.h"
#include "kernel/start/memory_check.h"
#include "kernel/start/options.h"
#include "kernel/start/report.h"
#include "kernel/start/root_start.h"
#include "kernel/test/selftest.h"
#include "kernel/thread.h"

#define IDENTITY_END (1ULL << 32)

/* A range may have a hole where the frame allocator put a table. */
#define FREE_SPANS_MAX (2 * BOOT_MAX_RANGES)

struct arch_entry boot_entry;

/* VGA's text mode as the firmware leaves it, when nothing else is known. */
static const struct boot_video text_screen = {
    .kind = BOOT_VIDEO_TEXT, .width = 80, .height = 25, .pitch = 160,
    .cursor_row = 24, .paddr = 0xB8000,
};

/* The sentence of an error number, picked when this is compiled. */
#define PICK(number, name, sentence) E_BOOT_INFO == (number) ? sentence:
#define BOOT_INFO_SENTENCE (BOOT_ERRORS(PICK) "%s")

static _Noreturn void
refuse(const char *problem)
{
    kprintf("\nE%d ", E_BOOT_INFO);
    kprintf(BOOT_INFO_SENTENCE, problem);
    kprintf("\n");
    power_stop_failed();
}

/*
 * The screen as early as it can be trusted, through the loader's identity
 * map: the first error must be seen.
 */
static void
take_screen(const struct boot_video *video)
{
    if (screen_video_problem(video) != NULL)
        video = &text_screen;
    screen_init(video, phys_to_virt(video->paddr));
    if (video->kind != BOOT_VIDEO_FRAMEBUFFER)
        return; /* text mode still shows what the loader printed */
    for (uint32_t i = 0; i < boot.log_length && i < BOOT_LOG_SIZE; i++)
        if (boot.log[i] != '\r')
            screen_put(boot.log[i]);
    screen_put('\n');
}

/* Copy the record, so that nothing can change it once it is checked. */
static void
take_record(const struct arch_entry *entry)
{
    const char *problem = "address of the record";

    if (entry->info != 0 && entry->info % 8 == 0 &&
        entry->info < IDENTITY_END - sizeof boot) {
        memcpy(&boot, phys_to_virt(entry->info), sizeof boot);
        problem = boot_check_header(&boot);
    }
    if (problem != NULL) {
        take_screen(&text_screen);
        refuse(problem);
    }
    boot.command_line[BOOT_CMDLINE_SIZE - 1] = '\0';
    power_set_autorun(option_autorun(boot.command_line) != NULL);
    take_screen(&boot.video);
}

static void
check_record(const struct arch_entry *entry)
{
    const struct boot_image image = { (vaddr_t)image_start,
                                      image_offset(image_end) };
    const char *problem = boot_check_record(&boot, &image, entry);

    if (problem == NULL)
        problem = arch_check_mappings(&boot);
    if (problem != NULL)
        refuse(problem);
    console_keep(boot.log, boot.log_length);
    console_keep("\n", 1);
}

static uint64_t
pages_in(const struct frame_span *spans, uint32_t span_count)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < span_count; i++)
        count += (spans[i].end - spans[i].base) / PAGE_SIZE;
    return count;
}

static void
check_memory(void)
{
    static paddr_t pages[MEMORY_SAMPLE_MAX];
    static struct frame_span spans[FREE_SPANS_MAX];
    uint32_t span_count = frames_list_free(spans, FREE_SPANS_MAX);
    uint64_t count = memory_sample(spans, span_count, pages);
    paddr_t bad = memory_check_pages(pages, count);
    char problem[64];

    if (bad == 0 && option_is(boot.command_line, "check", "memory")) {
        kprintf("checking every byte of memory ...\n");
        bad = memory_check_all(spans, span_count);
        count = pages_in(spans, span_count);
    }
    if (bad != 0) {
        format(problem, sizeof problem, "usable memory fails at %lX", bad);
        refuse(problem);
    }
    kprintf("memory check: %lu of %lu free pages, good\n", count,
            frames_count().free);
}

/* Now, as long as nobody else can write to the tables. */
static void
find_power_off(void)
{
    static const struct acpi_reader reader = { phys_read, NULL };
    struct acpi_power power = { .pm1a = 0 };
    int error = acpi_find_power(&reader, boot.rsdp, &power);

    power_use_acpi(&power, error);
}

static void
move_screen(void)
{
    const struct boot_video *video = &boot.video;

    screen_move(device_map(video->paddr, screen_memory_size(video),
                           video->kind == BOOT_VIDEO_TEXT
                               ? DEVICE_UNCACHED
                               : DEVICE_WRITE_COMBINING));
}

static void
list_crashes(const char *unknown, size_t length)
{
    const char *name;

    kprintf("crash=");
    for (size_t i = 0; i < length; i++)
        kprintf("%c", unknown[i]);
    kprintf(" is unknown. There are: record");
    for (size_t i = 0; (name = arch_crash_name(i)) != NULL; i++)
        kprintf(" %s", name);
    kprintf("\n");
}

/* crash=record breaks the boot record, everything else is a CPU fault. */
static void
crash_if_asked(void)
{
    size_t length;
    const char *crash = option_find(boot.command_line, "crash", &length);

    if (crash == NULL)
        return;
    if (option_is(boot.command_line, "crash", "record")) {
        boot.log[BOOT_LOG_SIZE - 1] ^= 1;
        check_record(&boot_entry);
    }
    if (arch_crash(crash, length))
        kprintf("crash=: the machine survived\n");
    else
        list_crashes(crash, length);
    power_stop_failed();
}

/* What the microkernel is made of, empty so far. */
static void
init_objects(void)
{
    accounts_init();
    threads_init();
    devices_init();
}

/* Without a root task there is no more to do than sleep or power off. */
static void
end_without_root(const char *autorun)
{
    if (autorun != NULL)
        power_off(true);
    kprintf("Kindling is up. There is no root task: halted.\n");
    arch_idle();
}

static _Noreturn void
finish(void)
{
    const char *autorun = option_autorun(boot.command_line);

    crash_if_asked();
    if (autorun != NULL && strcmp(autorun, "selftest") == 0)
        power_off(selftest_run());
    arch_interrupts_off();
    kernel_enter(arch_cpu());
    init_objects();
    if (!root_start(&boot)) {
        kernel_exit(arch_cpu());
        end_without_root(autorun);
    }
    kernel_leave(arch_cpu());
    arch_resume(arch_cpu()->current);
}

void
kernel_main(const struct arch_entry *entry)
{
    struct frames_count frames;
    const char *problem;

    boot_entry = *entry;
    take_record(entry);
    check_record(entry);
    arch_memory_init(&boot);
    frames_give(&boot, BOOT_MEM_LOADER); /* record, stack, tables: all copied */
    move_screen();
    find_power_off();
    arch_interrupts_init(&boot);
    arch_interrupts_restore(true);
    report_machine(&boot);
    arch_start_cpus(&boot);
    problem = boot_check_modules(&boot);
    if (problem != NULL)
        refuse(problem);
    check_memory();
    frames = frames_count();
    report_frames(&frames);
    report_ledger(&boot, entry->tsc);
    finish();
}
