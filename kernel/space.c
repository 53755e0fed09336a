/*
 * Address spaces: regions (kernel/region.h) over page tables (arch_space_*).
 *
 * The page tables hold at most what the regions allow. A page that is absent
 * or has fewer rights than its region comes by a fault, space_touch(); so
 * whoever changes a region has only to take away. What must stay true:
 *
 *   - an entry with ARCH_PAGE_OWN is one holder of a frame of user_frames; all
 *     others point at an object's page, and may be dropped at any time;
 *   - an own page is writable only while it has one holder;
 *   - no entry is writable and executable;
 *   - own pages lie in regions only, and a region that can have new ones is
 *     charged.
 */
#include "kernel/vm.h"

#include <stddef.h>

#include "kernel/frames.h"
#include "kernel/heap.h"
#include "kernel/image.h"
#include "kernel/ipc.h"
#include "kernel/lib/mem.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/region.h"
#include "kernel/tlb.h"
#include "kernel/user_frames.h"

/*
 * Pages or holes that one step looks at. One costs 700 instructions at most,
 * but for a page table that has to be made, 900 for each 512 pages.
 */
#define STEP 20u

/* In a clone a page may need three page tables of its own over there. */
#define CLONE_STEP 8u

#define ACCESS (SYS_MAP_READ | SYS_MAP_WRITE | SYS_MAP_EXECUTE)

struct space {
    struct arch_space arch;
    struct account *account;
    struct region *regions;
    struct region *recent; /* that of the last fault, or NULL */
};

_Static_assert(offsetof(struct space, arch) == 0, "space_arch()");

static struct cache spaces = CACHE(sizeof(struct space), 8);
static struct cache region_slots = CACHE(sizeof(struct region), 8);

int
space_create(struct account *account, struct space **space)
{
    struct space *new = cache_take(&spaces, account);

    if (new == NULL)
        return ERR_MEMORY;
    if (arch_space_init(&new->arch, account) != 0) {
        cache_release(&spaces, account, new);
        return ERR_MEMORY;
    }
    new->account = account;
    *space = new;
    return 0;
}

static bool
is_user_range(uint64_t address, uint64_t size)
{
    return address >= SYS_USER_BASE && address <= SYS_USER_END &&
           size <= SYS_USER_END - address;
}

static bool
is_page_range(uint64_t address, uint64_t size)
{
    return address % PAGE_SIZE == 0 && size % PAGE_SIZE == 0 && size != 0;
}

/* --- regions ------------------------------------------------------------- */

/* Whether pages of its own can come into being. */
static bool
wants_charge(const struct memory *memory, unsigned flags)
{
    return (flags & SYS_MAP_PRIVATE) != 0 &&
           (flags & (memory == NULL ? ACCESS : SYS_MAP_WRITE)) != 0;
}

/* What lies at address in a region's object. */
static uint64_t
offset_at(const struct region *region, uint64_t address)
{
    return region->offset + (address - region->start);
}

/* A copy of like with other bounds joins the tree; NULL without memory. */
static struct region *
add_region(struct space *space, const struct region *like, uint64_t start,
           uint64_t end)
{
    struct region *region = cache_take(&region_slots, space->account);

    if (region == NULL)
        return NULL;
    *region = *like;
    region->offset = offset_at(like, start);
    region->start = start;
    region->end = end;
    if (region->memory != NULL)
        object_ref(&region->memory->object);
    space->regions = region_insert(space->regions, region);
    return region;
}

static bool
continues(const struct region *region, const struct region *like,
          uint64_t start)
{
    return region != NULL && region->end == start &&
           region->memory == like->memory && region->flags == like->flags &&
           region->allowed == like->allowed &&
           region->charged == like->charged &&
           (like->memory == NULL ||
            offset_at(region, start) == offset_at(like, start));
}

/* Charge for a part of like, and make a region or the one before longer. */
static int
append_region(struct space *space, const struct region *like, uint64_t start,
              uint64_t end)
{
    struct region *before = region_above(space->regions, start - 1);
    uint64_t pages = like->charged ? (end - start) / PAGE_SIZE : 0;

    if (!account_charge(space->account, pages))
        return ERR_MEMORY;
    if (continues(before, like, start)) {
        region_resize(space->regions, before, before->start, end);
    } else if (add_region(space, like, start, end) == NULL) {
        account_release(space->account, pages);
        return ERR_MEMORY;
    }
    return 0;
}

/* It ends at that address, and another goes on from there. */
static int
cut_region(struct space *space, struct region *region, uint64_t at)
{
    uint64_t end = region->end;

    region_resize(space->regions, region, region->start, at);
    if (add_region(space, region, at, end) != NULL)
        return 0;
    region_resize(space->regions, region, region->start, end);
    return ERR_MEMORY;
}

/* Make the part of *region within [start, end) one of its own. */
static int
isolate_region(struct space *space, struct region **region, uint64_t start,
               uint64_t end)
{
    if ((*region)->start < start) {
        if (cut_region(space, *region, start) != 0)
            return ERR_MEMORY;
        *region = region_above(space->regions, start);
    }
    return (*region)->end > end ? cut_region(space, *region, end) : 0;
}

/* It loses what lies below start, where no page is mapped any more. */
static void
trim_region(struct space *space, struct region *region, uint64_t start)
{
    if (region->charged)
        account_release(space->account, (start - region->start) / PAGE_SIZE);
    if (start < region->end) {
        region->offset = offset_at(region, start);
        region_resize(space->regions, region, start, region->end);
        return;
    }
    space->regions = region_remove(space->regions, region);
    if (space->recent == region)
        space->recent = NULL;
    if (region->memory != NULL)
        object_unref(&region->memory->object);
    cache_release(&region_slots, space->account, region);
}

static struct region *
region_at(struct space *space, uint64_t address)
{
    struct region *region = space->recent;

    if (region != NULL && address >= region->start && address < region->end)
        return region;
    region = region_above(space->regions, address);
    if (region == NULL || address < region->start)
        return NULL;
    space->recent = region;
    return region;
}

bool
space_region_at(const struct space *space, uint64_t address,
                struct region_view *view)
{
    const struct region *region = region_above(space->regions, address);

    if (region == NULL)
        return false;
    *view = (struct region_view){ region->start, region->end - region->start,
                                  region->flags };
    return true;
}

/* --- mapping ------------------------------------------------------------- */

/* One piece of physical memory, that large pages can show. */
static bool
is_contiguous(const struct memory *memory)
{
    return memory != NULL && memory->kind != SYS_MEMORY_ANONYMOUS &&
           memory->kind != SYS_MEMORY_PAGED;
}

static bool
is_private(const struct region *region)
{
    return (region->flags & SYS_MAP_PRIVATE) != 0;
}

static bool
is_device(const struct memory *memory)
{
    return memory != NULL && memory->kind == SYS_MEMORY_DEVICE;
}

/* SYS_MAP_READ, _WRITE, _EXECUTE that a mapping may ever have. */
static unsigned
allowed_access(const struct memory *memory, uint32_t rights, unsigned flags)
{
    unsigned allowed = 0;

    if (memory == NULL)
        return ACCESS;
    if ((rights & SYS_RIGHT_READ) == 0)
        return 0;
    if ((rights & SYS_RIGHT_WRITE) != 0 || (flags & SYS_MAP_PRIVATE) != 0)
        allowed |= SYS_MAP_WRITE;
    if ((rights & SYS_RIGHT_EXECUTE) != 0 && !is_device(memory))
        allowed |= SYS_MAP_EXECUTE;
    return allowed | SYS_MAP_READ;
}

/* Hardware cannot refuse to read what may be written or executed. */
static unsigned
with_read(unsigned flags)
{
    return (flags & ACCESS) != 0 ? flags | SYS_MAP_READ : flags;
}

static bool
is_both(unsigned flags)
{
    return (flags & SYS_MAP_WRITE) != 0 && (flags & SYS_MAP_EXECUTE) != 0;
}

static int
check_map(const struct memory *memory, uint64_t size, uint64_t offset,
          unsigned flags)
{
    const unsigned known = ACCESS | SYS_MAP_FIXED | SYS_MAP_PRIVATE |
                           SYS_MAP_COMBINE;

    if (!is_page_range(offset, size) || (flags & ~known) != 0 ||
        is_both(flags))
        return ERR_ARGUMENT;
    if ((flags & SYS_MAP_COMBINE) != 0 && !is_device(memory))
        return ERR_ARGUMENT;
    if (memory == NULL)
        return (flags & SYS_MAP_PRIVATE) != 0 ? 0 : ERR_ARGUMENT;
    if ((flags & SYS_MAP_PRIVATE) != 0 && is_device(memory))
        return ERR_ARGUMENT;
    if (offset > memory->size || size > memory->size - offset)
        return ERR_ARGUMENT;
    return 0;
}

/* A free place, such that large pages fit if they can. */
static int
find_place(const struct space *space, const struct region *region,
           uint64_t size, uint64_t *address)
{
    uint64_t low = *address & ~(PAGE_SIZE - 1ULL), extra = 0, target = 0;

    if (low == 0 || low >= SYS_USER_END)
        low = SPACE_FIRST;
    if (low < SYS_USER_BASE)
        low = SYS_USER_BASE;
    if (is_contiguous(region->memory) && size >= SYS_PAGE_LARGE) {
        extra = SYS_PAGE_LARGE - PAGE_SIZE;
        target = region->memory->base + region->offset;
    }
    if (size > SYS_USER_END - SYS_USER_BASE ||
        (!region_find_gap(space->regions, low, SYS_USER_END, size + extra,
                          address) &&
         !region_find_gap(space->regions, SYS_USER_BASE, SYS_USER_END,
                          size + extra, address)))
        return ERR_MEMORY;
    if (extra != 0)
        *address += (target - *address) % SYS_PAGE_LARGE;
    return 0;
}

static int
check_place(const struct space *space, uint64_t address, uint64_t size)
{
    const struct region *region;

    if (address % PAGE_SIZE != 0)
        return ERR_ARGUMENT;
    if (!is_user_range(address, size))
        return ERR_ADDRESS;
    region = region_above(space->regions, address);
    return region != NULL && region->start < address + size ? ERR_EXISTS : 0;
}

int
space_map(struct space *space, struct memory *memory, uint32_t rights,
          uint64_t *address, uint64_t size, uint64_t offset, unsigned flags)
{
    int error = check_map(memory, size, offset, flags);
    struct region region = { .memory = memory, .offset = offset };

    if (error != 0)
        return error;
    flags = with_read(flags);
    region.allowed = (uint16_t)allowed_access(memory, rights, flags);
    if ((flags & ACCESS & ~region.allowed) != 0)
        return ERR_RIGHTS;
    if ((flags & SYS_MAP_FIXED) != 0)
        error = check_place(space, *address, size);
    else
        error = find_place(space, &region, size, address);
    if (error != 0)
        return error;
    region.flags = (uint16_t)(flags & ~SYS_MAP_FIXED);
    region.charged = wants_charge(memory, flags);
    region.start = *address;
    return append_region(space, &region, *address, *address + size);
}

/* --- taking away --------------------------------------------------------- */

static void
release_own(paddr_t frame)
{
    if (frame_unshare(frame))
        user_frame_release(frame);
}

/* Where a page of that size ends, or the range. */
static uint64_t
behind(uint64_t at, uint64_t size, uint64_t end)
{
    return size < end - at ? at + size : end;
}

static uint64_t
behind_hole(struct space *space, uint64_t at, uint64_t end)
{
    return behind(at, arch_space_hole(&space->arch, at), end);
}

/* Large pages may go with a part of them, so their whole range is flushed. */
static void
flush(struct space *space, const struct region *region, uint64_t start,
      uint64_t end)
{
    if (is_contiguous(region->memory)) {
        start &= ~(SYS_PAGE_LARGE - 1ULL);
        end = (end + SYS_PAGE_LARGE - 1) & ~(SYS_PAGE_LARGE - 1ULL);
    }
    tlb_flush(&space->arch, start, end - start);
}

/* Some of [at, end) in a region: returns how far it came. */
static uint64_t
unmap_pages(struct space *space, const struct region *region, uint64_t at,
            uint64_t end)
{
    uint64_t start = at, size;
    paddr_t own[STEP], paddr;
    unsigned count = 0, flags;
    bool changed = false;

    for (unsigned i = 0; i < STEP && at < end; i++) {
        if (!arch_space_find(&space->arch, at, &paddr, &size, &flags)) {
            at = behind_hole(space, at, end);
            continue;
        }
        arch_space_unmap(&space->arch, at);
        changed = true;
        if ((flags & ARCH_PAGE_OWN) != 0)
            own[count++] = paddr;
        at = behind(at, size, end);
    }
    if (changed)
        flush(space, region, start, at);
    while (count > 0)
        release_own(own[--count]);
    return at;
}

int
space_unmap(struct space *space, uint64_t address, uint64_t size,
            uint64_t *done)
{
    struct region *region;
    uint64_t reached;

    *done = 0;
    if (!is_page_range(address, size))
        return ERR_ARGUMENT;
    if (!is_user_range(address, size))
        return ERR_ADDRESS;
    region = region_above(space->regions, address);
    if (region == NULL || region->start >= address + size) {
        *done = size;
        return 0;
    }
    if (isolate_region(space, &region, address, address + size) != 0)
        return ERR_MEMORY;
    reached = unmap_pages(space, region, region->start, region->end);
    trim_region(space, region, reached);
    *done = reached - address;
    return 0;
}

bool
space_destroy_step(struct space *space)
{
    struct region *region = region_above(space->regions, 0);

    if (region != NULL) {
        trim_region(space, region, unmap_pages(space, region, region->start,
                                               region->end));
        return true;
    }
    if (space->arch.cpus != 0 || arch_space_free(&space->arch, space->account))
        return true;
    cache_release(&spaces, space->account, space);
    return false;
}

/* --- rights of pages ----------------------------------------------------- */

/* writable: as far as the frame is concerned. */
static unsigned
page_flags(const struct region *region, bool writable)
{
    unsigned flags = 0;

    if ((region->flags & SYS_MAP_READ) != 0)
        flags |= ARCH_PAGE_READ;
    if ((region->flags & SYS_MAP_WRITE) != 0 && writable)
        flags |= ARCH_PAGE_WRITE;
    if ((region->flags & SYS_MAP_EXECUTE) != 0)
        flags |= ARCH_PAGE_EXECUTE;
    if (is_device(region->memory))
        flags |= (region->flags & SYS_MAP_COMBINE) != 0 ? ARCH_PAGE_COMBINE
                                                        : ARCH_PAGE_DEVICE;
    return flags;
}

/* An own page that is there gets the rights of its region. */
static void
protect_own(struct space *space, const struct region *region,
            uint64_t address, paddr_t frame)
{
    unsigned flags = page_flags(region, !frame_is_shared(frame));

    arch_space_protect(&space->arch, address, flags | ARCH_PAGE_OWN);
}

/* Pages of objects go: they come back with the new rights. */
static uint64_t
protect_pages(struct space *space, const struct region *region, uint64_t at,
              uint64_t end)
{
    uint64_t start = at, size;
    unsigned flags;
    paddr_t paddr;
    bool changed = false;

    for (unsigned i = 0; i < STEP && at < end; i++) {
        if (!arch_space_find(&space->arch, at, &paddr, &size, &flags)) {
            at = behind_hole(space, at, end);
            continue;
        }
        if ((flags & ARCH_PAGE_OWN) != 0)
            protect_own(space, region, at, paddr);
        else
            arch_space_unmap(&space->arch, at);
        changed = true;
        at = behind(at, size, end);
    }
    if (changed)
        flush(space, region, start, at);
    return at;
}

/* The part of *region within the range gets other rights, but no page yet. */
static int
change_region(struct space *space, struct region **region, uint64_t start,
              uint64_t end, unsigned access)
{
    unsigned flags = ((*region)->flags & ~ACCESS) | access;

    if ((access & ~(*region)->allowed) != 0)
        return ERR_RIGHTS;
    if (isolate_region(space, region, start, end) != 0)
        return ERR_MEMORY;
    if (!(*region)->charged && wants_charge((*region)->memory, flags)) {
        if (!account_charge(space->account,
                            ((*region)->end - (*region)->start) / PAGE_SIZE))
            return ERR_MEMORY;
        (*region)->charged = true;
    }
    (*region)->flags = (uint16_t)flags;
    return 0;
}

int
space_protect(struct space *space, uint64_t address, uint64_t size,
              unsigned flags, uint64_t *done)
{
    uint64_t end = address + size, start;
    struct region *region;
    int error;

    *done = 0;
    if (!is_page_range(address, size) || (flags & ~ACCESS) != 0 ||
        is_both(flags))
        return ERR_ARGUMENT;
    if (!is_user_range(address, size))
        return ERR_ADDRESS;
    flags = with_read(flags);
    region = region_above(space->regions, address);
    if (region == NULL || region->start >= end) {
        *done = size;
        return 0;
    }
    if ((region->flags & ACCESS) != flags) {
        error = change_region(space, &region, address, end, flags);
        if (error != 0)
            return error;
    }
    start = region->start > address ? region->start : address;
    if (region->end < end)
        end = region->end;
    *done = protect_pages(space, region, start, end) - address;
    return 0;
}

/* --- faults -------------------------------------------------------------- */

static bool
is_enough(unsigned flags, enum space_access access)
{
    unsigned wanted = access == SPACE_WRITE     ? ARCH_PAGE_WRITE
                      : access == SPACE_EXECUTE ? ARCH_PAGE_EXECUTE
                                                : 0;

    wanted |= ARCH_PAGE_READ;
    return (flags & wanted) == wanted;
}

static bool
may_access(const struct region *region, enum space_access access)
{
    unsigned wanted = access == SPACE_WRITE     ? SYS_MAP_WRITE
                      : access == SPACE_EXECUTE ? SYS_MAP_EXECUTE
                                                : SYS_MAP_READ;

    return region != NULL && (region->flags & wanted) != 0;
}

/* A frame with what the region shows there: a copy of source, zeros if 0. */
static int
map_own(struct space *space, const struct region *region, uint64_t address,
        paddr_t source)
{
    paddr_t frame = user_frame_take(source == 0);
    unsigned flags = page_flags(region, true) | ARCH_PAGE_OWN;

    if (frame == 0)
        return ERR_MEMORY;
    if (source != 0)
        memcpy(phys_to_virt(frame), phys_to_virt(source), PAGE_SIZE);
    if (arch_space_map(&space->arch, space->account, address, frame,
                       PAGE_SIZE, flags) == 0)
        return 0;
    release_own(frame);
    return ERR_MEMORY;
}

/*
 * An own page with fewer rights than its region: it is shared, or was. Or it
 * has others, because space_protect() has not come that far: no CPU may keep
 * those that it loses now, or one writes what another executes.
 */
static int
touch_own(struct space *space, const struct region *region, uint64_t address,
          paddr_t frame, unsigned flags, enum space_access access)
{
    if (access != SPACE_WRITE || !frame_is_shared(frame)) {
        protect_own(space, region, address, frame);
        if ((flags & (ARCH_PAGE_WRITE | ARCH_PAGE_EXECUTE)) != 0)
            tlb_flush(&space->arch, address, PAGE_SIZE);
        return 0;
    }
    if (map_own(space, region, address, frame) != 0)
        return ERR_MEMORY;
    tlb_flush(&space->arch, address, PAGE_SIZE);
    release_own(frame);
    return 0;
}

/* Whether a large page of a region's object can be mapped around address. */
static bool
fits_large(struct space *space, const struct region *region,
           uint64_t address)
{
    const struct memory *memory = region->memory;
    uint64_t base = address & ~(SYS_PAGE_LARGE - 1ULL), size;
    unsigned flags;
    paddr_t paddr;

    if (!is_contiguous(memory) || is_private(region) ||
        base < region->start || region->end - base < SYS_PAGE_LARGE ||
        (memory->base + offset_at(region, base)) % SYS_PAGE_LARGE != 0)
        return false;
    if (memory->kind == SYS_MEMORY_DMA &&
        memory->cursor < memory->size / PAGE_SIZE)
        return false; /* some of it is not zeroed yet */
    return !arch_space_find(&space->arch, base, &paddr, &size, &flags) &&
           size >= SYS_PAGE_LARGE;
}

static int
map_shared(struct space *space, const struct region *region,
           uint64_t address)
{
    uint64_t size = PAGE_SIZE;
    paddr_t frame;
    int error;

    if (fits_large(space, region, address)) {
        size = SYS_PAGE_LARGE;
        address &= ~(size - 1);
    }
    error = memory_page(region->memory, offset_at(region, address), true,
                        &frame);
    if (error != 0)
        return error;
    return arch_space_map(&space->arch, space->account, address, frame, size,
                          page_flags(region, !is_private(region)));
}

int
space_touch(struct space *space, uint64_t address, enum space_access access,
            struct memory **memory, uint64_t *offset)
{
    struct region *region = region_at(space, address);
    paddr_t frame, source = 0;
    uint64_t size;
    unsigned flags;

    if (!may_access(region, access))
        return ERR_ADDRESS;
    address &= ~(PAGE_SIZE - 1ULL);
    if (arch_space_find(&space->arch, address, &frame, &size, &flags)) {
        if (is_enough(flags, access))
            return 0; /* another thread was here first */
        if ((flags & ARCH_PAGE_OWN) != 0)
            return touch_own(space, region, address, frame, flags,
                             access);
        arch_space_unmap(&space->arch, address);
        flush(space, region, address, address + PAGE_SIZE);
    }
    *memory = region->memory;
    *offset = offset_at(region, address);
    if (region->memory == NULL)
        return map_own(space, region, address, 0);
    if (access == SPACE_WRITE && is_private(region)) {
        int error = memory_page(region->memory, *offset, false, &source);

        return error != 0 ? error : map_own(space, region, address, source);
    }
    return map_shared(space, region, address);
}

int
space_fault(struct thread *thread, uint64_t address, enum space_access access)
{
    uint64_t words[SYS_WORDS] = { 0 };
    struct memory *memory;
    int error = space_touch(thread->process->space, address, access, &memory,
                            &words[0]);

    if (error != ERR_AGAIN)
        return error;
    words[1] = access == SPACE_WRITE;
    error = ipc_report(thread, memory->pager, SYS_GOT_PAGE, words);
    return error == ERR_DEAD ? ERR_ADDRESS : 0;
}

/* --- copies -------------------------------------------------------------- */

/* Where the kernel sees the byte at address; *made: it had to be. */
static int
reach(struct space *space, uint64_t address, enum space_access access,
      uint8_t **at, bool *made)
{
    struct memory *memory;
    uint64_t size, offset;
    unsigned flags;
    paddr_t paddr;
    int error;

    if (!arch_space_find(&space->arch, address, &paddr, &size, &flags) ||
        !is_enough(flags, access)) {
        error = space_touch(space, address, access, &memory, &offset);
        if (error != 0)
            return error == ERR_AGAIN ? ERR_ADDRESS : error;
        arch_space_find(&space->arch, address, &paddr, &size, &flags);
        *made = true;
    }
    if ((flags & (ARCH_PAGE_DEVICE | ARCH_PAGE_COMBINE)) != 0)
        return ERR_ADDRESS; /* not in the direct map */
    *at = phys_to_virt(paddr);
    return 0;
}

static int
check_copy(uint64_t address, uint64_t size)
{
    if (size > SPACE_COPY_MAX)
        return ERR_ARGUMENT;
    return is_user_range(address, size) ? 0 : ERR_ADDRESS;
}

static uint64_t
to_page_end(uint64_t address, uint64_t size)
{
    uint64_t rest = PAGE_SIZE - address % PAGE_SIZE;

    return rest < size ? rest : size;
}

/* Between a buffer of the kernel's and the space, page by page. */
static int
copy(struct space *space, uint64_t address, uint8_t *buffer, uint64_t size,
     enum space_access access)
{
    int error = check_copy(address, size);
    uint8_t *page;
    bool made;

    while (error == 0 && size > 0) {
        uint64_t count = to_page_end(address, size);

        error = reach(space, address, access, &page, &made);
        if (error != 0)
            break;
        if (access == SPACE_WRITE)
            memcpy(page, buffer, count);
        else
            memcpy(buffer, page, count);
        buffer += count;
        address += count;
        size -= count;
    }
    return error;
}

int
space_read(struct space *space, uint64_t address, void *buffer, uint64_t size)
{
    return copy(space, address, buffer, size, SPACE_READ);
}

/* The buffer is not written to. */
int
space_write(struct space *space, uint64_t address, const void *buffer,
            uint64_t size)
{
    return copy(space, address, (uint8_t *)(uintptr_t)buffer, size,
                SPACE_WRITE);
}

/*
 * The source is reached last: to reach the target may have given its page
 * another frame, if both are one space. Where ranges overlap, the copy is
 * anything: whoever leases a range onto itself hurts only itself.
 */
int
space_copy(struct space *to, uint64_t to_address, struct space *from,
           uint64_t from_address, uint64_t size, uint64_t *done)
{
    int error = check_copy(to_address, size);
    uint8_t *target, *source;
    bool made = false;

    *done = 0;
    if (error == 0)
        error = check_copy(from_address, size);
    while (error == 0 && *done < size && !made) {
        uint64_t count = to_page_end(from_address,
                                     to_page_end(to_address, size - *done));

        error = reach(to, to_address, SPACE_WRITE, &target, &made);
        if (error == 0)
            error = reach(from, from_address, SPACE_READ, &source, &made);
        if (error != 0)
            break;
        memcpy(target, source, count);
        to_address += count;
        from_address += count;
        *done += count;
    }
    return error;
}

/* --- cloning ------------------------------------------------------------- */

/* One page that is from's own becomes to's, too, for reading. */
static int
share_page(struct space *to, struct space *from, uint64_t address,
           paddr_t frame, unsigned flags)
{
    if (frame_share(frame) != 0)
        return ERR_MEMORY;
    flags &= ~ARCH_PAGE_WRITE;
    arch_space_protect(&from->arch, address, flags);
    if (arch_space_map(&to->arch, to->account, address, frame, PAGE_SIZE,
                       flags) == 0)
        return 0;
    release_own(frame);
    return ERR_MEMORY;
}

/* Some of [start, end): *reached says how far it came. */
static int
share_pages(struct space *to, struct space *from, uint64_t start,
            uint64_t end, uint64_t *reached)
{
    uint64_t at = start, size;
    unsigned flags;
    paddr_t paddr;
    bool changed = false;
    int error = 0;

    for (unsigned i = 0; i < CLONE_STEP && at < end && error == 0; i++) {
        if (!arch_space_find(&from->arch, at, &paddr, &size, &flags)) {
            at = behind_hole(from, at, end);
            continue;
        }
        if ((flags & ARCH_PAGE_OWN) != 0) {
            error = share_page(to, from, at, paddr, flags);
            changed = true;
        }
        at = behind(at, size, end);
    }
    if (changed)
        tlb_flush(&from->arch, start, at - start);
    *reached = at;
    return error;
}

/*
 * The region of to grows as its pages come, so it never depends on what
 * happens to from between two steps.
 */
int
space_clone(struct space *to, struct space *from, uint64_t *address)
{
    const struct region *region = region_above(from->regions, *address);
    uint64_t start, reached;
    int error;

    if (region == NULL) {
        *address = SYS_USER_END;
        return 0;
    }
    start = region->start > *address ? region->start : *address;
    error = share_pages(to, from, start, region->end, &reached);
    if (error == 0)
        error = append_region(to, region, start, reached);
    if (error == 0)
        *address = reached;
    else
        while (start < reached)
            start = unmap_pages(to, region, start, reached);
    return error;
}
