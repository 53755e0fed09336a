#define _GNU_SOURCE
#include "tests/host/unit.h"

#include "tests/host/vm_stand_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/x86/cpu.h"

/* The allocator under another name: tests can let it fail. */
#define frame_take    real_frame_take
#define frame_release real_frame_release
#define frame_share   real_frame_share
#define frame_unshare real_frame_unshare
#include "kernel/frames.c"
#undef frame_take
#undef frame_release
#undef frame_share
#undef frame_unshare

/* Accounts as they are, and what is promised counted besides. */
#define account_charge  real_account_charge
#define account_release real_account_release
bool account_charge(struct account *account, uint64_t frames);
void account_release(struct account *account, uint64_t frames);
#include "kernel/account.c"
#undef account_charge
#undef account_release

#include "kernel/endpoint.h"
#include "kernel/heap.h"
#include "kernel/ipc.h"
#include "kernel/start/main.h"
#include "kernel/panic.h"
#include "kernel/tlb.h"
#include "kernel/user_frames.h"
#include "kernel/x86/paging.h"

paddr_t frame_take(struct account *owner, unsigned order, unsigned flags);
int frame_release(struct account *owner, paddr_t run, unsigned order);
int frame_share(paddr_t frame);
bool frame_unshare(paddr_t frame);
bool account_charge(struct account *account, uint64_t frames);
void account_release(struct account *account, uint64_t frames);

struct boot_info boot;
struct cpu_features cpu = { .physical_bits = 40, .pat = true };
unsigned fail_at, sessions_closed, tlb_flushes;
uint64_t slots_out, promised;
static bool within_frames; /* it releases frames, not promises */
struct session *reported_to;
uint64_t reported_words[2];
int report_result;

static uint8_t *ram;
static uint64_t kernel_root[512];
static struct work *first_work;

static bool
fails_now(void)
{
    return fail_at > 0 && --fail_at == 0;
}

/* --- memory -------------------------------------------------------------- */

void *
phys_to_virt(paddr_t paddr)
{
    assert_in_range(paddr, RAM_BASE, RAM_BASE + RAM_SIZE - 1);
    return ram + (paddr - RAM_BASE);
}

const uint64_t *
paging_root(void)
{
    return kernel_root;
}

_Noreturn void
panic(const char *text, ...)
{
    va_list arguments;

    va_start(arguments, text);
    vfprintf(stderr, text, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    abort();
}

uint64_t
frames_out(void)
{
    return counts.total - counts.free - counts.tables;
}

/* --- a TLB --------------------------------------------------------------- */

struct translation {
    struct arch_space *space;
    uint64_t address;
    paddr_t frame;
    unsigned flags;
};

static struct translation tlb[256];

static struct translation *
tlb_slot(const struct arch_space *space, uint64_t address)
{
    uint64_t hash = address / PAGE_SIZE ^ (uintptr_t)space / 16;

    return &tlb[hash % (sizeof tlb / sizeof tlb[0])];
}

void
tlb_flush(struct arch_space *space, uint64_t address, uint64_t size)
{
    tlb_flushes++;
    for (size_t i = 0; i < sizeof tlb / sizeof tlb[0]; i++)
        if (tlb[i].space == space && tlb[i].address - address < size)
            tlb[i].space = NULL;
}

void
tlb_check(void)
{
    for (size_t i = 0; i < sizeof tlb / sizeof tlb[0]; i++) {
        const struct translation *entry = &tlb[i];
        unsigned flags;
        uint64_t size;
        paddr_t paddr;

        if (entry->space == NULL)
            continue;
        assert_true(arch_space_find(entry->space, entry->address, &paddr,
                                    &size, &flags));
        assert_int_equal(paddr, entry->frame);
        assert_int_equal(entry->flags & ~flags, 0);
    }
}

static unsigned
wanted_flags(enum space_access access)
{
    return ARCH_PAGE_READ | (access == SPACE_WRITE ? ARCH_PAGE_WRITE : 0) |
           (access == SPACE_EXECUTE ? ARCH_PAGE_EXECUTE : 0);
}

int
user_access(struct space *space, uint64_t address, enum space_access access,
            uint8_t **byte)
{
    struct arch_space *arch = space_arch(space);
    uint64_t page = address & ~(PAGE_SIZE - 1ULL), size, offset;
    struct translation *entry = tlb_slot(arch, page);
    unsigned wanted = wanted_flags(access), flags;
    struct memory *memory;
    paddr_t paddr;

    for (int tries = 0; tries < 2; tries++) {
        int error;

        if ((entry->space != arch || entry->address != page) &&
            arch_space_find(arch, page, &paddr, &size, &flags))
            *entry = (struct translation){ arch, page, paddr, flags };
        if (entry->space == arch && entry->address == page &&
            (entry->flags & wanted) == wanted) {
            *byte = (uint8_t *)phys_to_virt(entry->frame) + address % 4096;
            return 0;
        }
        if (entry->address == page)
            entry->space = NULL; /* a fault drops what it used */
        error = space_touch(space, address, access, &memory, &offset);
        if (error != 0)
            return error;
    }
    fail_msg("a page that was made present faults again");
    return -1;
}

/* --- frames -------------------------------------------------------------- */

paddr_t
frame_take(struct account *owner, unsigned order, unsigned flags)
{
    return fails_now() ? 0 : real_frame_take(owner, order, flags);
}

/* What is free again is garbage at once, and nobody may still reach it. */
int
frame_release(struct account *owner, paddr_t run, unsigned order)
{
    int error;

    within_frames = true;
    error = real_frame_release(owner, run, order);
    within_frames = false;
    assert_int_equal(error, 0);
    for (size_t i = 0; i < sizeof tlb / sizeof tlb[0]; i++)
        if (tlb[i].space != NULL)
            assert_true(tlb[i].frame < run ||
                        tlb[i].frame >= run + (PAGE_SIZE << order));
    return error;
}

/* None is kept at hand here: each is seen. */
struct account user_frames = { .limit = ACCOUNT_UNLIMITED };

paddr_t
user_frame_take(bool zeroed)
{
    return frame_take(&user_frames, 0, zeroed ? FRAME_ZEROED : 0);
}

void
user_frame_release(paddr_t frame)
{
    assert_int_equal(frame_release(&user_frames, frame, 0), 0);
}

void
user_frames_drain(void)
{
}

bool
frame_unshare(paddr_t frame)
{
    bool last;

    within_frames = true;
    last = real_frame_unshare(frame);
    within_frames = false;
    return last;
}

int
frame_share(paddr_t frame)
{
    return fails_now() ? FRAME_E_MEMORY : real_frame_share(frame);
}

/* --- accounts and heap --------------------------------------------------- */

bool
account_charge(struct account *account, uint64_t frames)
{
    if (!real_account_charge(account, frames))
        return false;
    promised += frames;
    return true;
}

void
account_release(struct account *account, uint64_t frames)
{
    real_account_release(account, frames);
    if (!within_frames)
        promised -= frames;
}

/* Before each slot. */
struct slot {
    struct account *payer;
    uint64_t to_align;
};

void *
cache_take(struct cache *kind, struct account *payer)
{
    struct slot *slot = fails_now() ? NULL
                                    : calloc(1, sizeof *slot + kind->size);

    assert_true(kind->alignment <= 16);
    if (slot == NULL)
        return NULL;
    slot->payer = payer;
    slots_out++;
    return slot + 1;
}

void
cache_release(struct cache *kind, struct account *payer, void *slot)
{
    struct slot *taken = (struct slot *)slot - 1;

    (void)kind;
    assert_ptr_equal(taken->payer, payer);
    slots_out--;
    free(taken);
}

/* --- objects and work ---------------------------------------------------- */

void
object_init(struct object *object, enum sys_object type,
            struct account *payer)
{
    *object = (struct object){ .type = type, .references = 1, .payer = payer };
}

void
object_unref(struct object *object)
{
    assert_true(object->references > 0);
    if (--object->references == 0 && object->type == SYS_OBJECT_MEMORY)
        memory_free((struct memory *)(void *)object);
}

void
object_open(struct object *object)
{
    object->handles++;
}

void
object_close(struct object *object)
{
    assert_true(object->handles > 0);
    if (--object->handles == 0)
        sessions_closed++;
}

void
sched_add_work(struct work *work)
{
    work->next = first_work;
    first_work = work;
}

bool
work_step(void)
{
    struct work *work = first_work;

    if (work == NULL)
        return false;
    first_work = work->next;
    if (work->step(work))
        sched_add_work(work);
    return true;
}

void
work_all(void)
{
    while (work_step())
        continue;
}

int
ipc_report(struct thread *thread, struct session *session,
           enum sys_received kind, const uint64_t words[SYS_WORDS])
{
    assert_non_null(thread);
    assert_int_equal(kind, SYS_GOT_PAGE);
    reported_to = session;
    memcpy(reported_words, words, sizeof reported_words);
    return report_result;
}

void
vm_reset(void)
{
    if (ram == NULL) {
        ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(ram != MAP_FAILED);
    }
    memset(ram, 0xA5, RAM_SIZE);
    memset(tlb, 0, sizeof tlb);
    memset(&boot, 0, sizeof boot);
    boot.ranges[0] = (struct boot_range){
        RAM_BASE, MODULE_BASE - RAM_BASE, BOOT_MEM_USABLE, 0
    };
    boot.ranges[1] = (struct boot_range){ 64 * MIB, MIB, BOOT_MEM_RESERVED,
                                          0 };
    boot.ranges[2] = (struct boot_range){ 65 * MIB, MIB, BOOT_MEM_KERNEL, 0 };
    boot.ranges[3] = (struct boot_range){ MODULE_BASE, MODULE_SIZE,
                                          BOOT_MEM_MODULE, 0 };
    boot.range_count = 4;
    boot.low_base = 0x1000;
    boot.low_length = 0x9E000;
    frames_init(&boot, UINT64_MAX);
    for (unsigned i = 0; i < 512; i++)
        kernel_root[i] = i < 256 ? 0 : 0x1000000003 + i * 4096ULL;
    user_frames.used = 0;
    fail_at = sessions_closed = tlb_flushes = 0;
    slots_out = promised = 0;
    first_work = NULL;
    reported_to = NULL;
    report_result = 0;
}
