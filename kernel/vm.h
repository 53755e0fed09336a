/*
 * Virtual memory: memory objects, and address spaces that map them.
 *
 * A memory object is an array of pages that are made when they are touched
 * first, or come from a pager, or are a device's. A region of a space maps a
 * part of one. A private region keeps copies of pages that were written; one
 * without an object is plain anonymous memory.
 *
 *     page of a region:  its own, else the object's, else zeros
 *
 * A region's own pages are known by the page tables alone: entries that say
 * ARCH_PAGE_OWN. Cloning a space shares their frames, each with a count
 * (frame_share(), kernel/frames.h); whoever writes first gets a copy.
 *
 * What may be written is charged in full when it is mapped, or its object is
 * made, so within the quota a page is never refused for its frame: frames of
 * pages are user_frames', without a limit. Page tables and regions are
 * charged as they come. Page tables stay until the space is gone.
 *
 * The kernel never uses a user address: it looks up the frame and goes through
 * the direct map. So no user pointer can fault in the kernel, SMAP is never
 * suspended, and what was checked is what is used.
 */
#ifndef KERNEL_VM_H
#define KERNEL_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/boot.h"
#include "kernel/lib/list.h"
#include "kernel/object.h"
#include "kernel/sched.h"

struct process;
struct session;
struct thread;

/* --- memory objects ------------------------------------------------------ */

struct memory {
    struct object object;
    uint8_t kind;      /* enum sys_memory */
    uint8_t order;     /* DMA: of its run of frames */
    uint8_t levels;    /* of the tree of pages */
    uint64_t size;     /* bytes */
    paddr_t base;      /* DMA, device, module: where it lies */
    struct session *pager; /* open, as by a handle */
    uint64_t pages;    /* tree of frames: kernel/memory_object.c */
    uint64_t cursor;   /* DMA: pages before it are zeroed; else freeing */
    struct work freeing;
};

#define MEMORY_SIZE_MAX (1ULL << 40)

/*
 * DMA, device, module: what lies at base. Device memory never overlaps RAM;
 * whether the caller may have it is the caller's business, as are base and
 * size of a module. A pager gets to know by SYS_GOT_CLOSED that its memory is
 * gone, if this was the last that named the session.
 */
int memory_create(struct account *payer, enum sys_memory kind, uint64_t size,
                  paddr_t base, struct session *pager,
                  struct memory **memory);

/*
 * Copy pages of from (anonymous) to to (paged), one step: *done says how many
 * bytes. Pages that are there already stay. A copy is never mapped elsewhere:
 * the pager keeps its buffer, and nothing has to be revoked.
 */
int memory_supply(struct memory *to, uint64_t to_offset, uint64_t length,
                  struct memory *from, uint64_t from_offset, uint64_t *done);

/*
 * DMA and device memory. ERR_AGAIN: a step was done to zero all of it before
 * a device may write there; call again.
 */
int memory_physical(struct memory *memory, uint64_t offset, paddr_t *paddr);

/*
 * The frame of a page: 0, ERR_MEMORY, or ERR_AGAIN when its pager has to bring
 * it. What is absent and zero is made, or *frame is 0.
 */
int memory_page(struct memory *memory, uint64_t offset, bool make,
                paddr_t *frame);

/* Mappings outlive the last handle, and their pages still come. */
void memory_free(struct memory *memory);

/* --- address spaces ------------------------------------------------------ */

struct space;

int space_create(struct account *account, struct space **space);

/* For who loads its page tables. */
static inline struct arch_space *
space_arch(struct space *space)
{
    return (struct arch_space *)(void *)space; /* begins with it */
}

/*
 * Release some of it; true when there is more. At false it is gone. Its page
 * tables stay as long as a CPU has them loaded: there is more until then.
 */
bool space_destroy_step(struct space *space);

/*
 * Map [offset, offset + size) of memory (NULL: anonymous, needs _PRIVATE).
 * flags are SYS_MAP_*; whatever may be written or executed may be read, too.
 * *address is where, or with SYS_MAP_FIXED must be: free, else ERR_EXISTS;
 * otherwise the lowest free place from there on, if 0 from SPACE_FIRST on.
 * rights are those of the handle: a mapping can never get more, by
 * space_protect() either; but private copies may be written.
 *
 * ERR_ARGUMENT: size, offset, flags. ERR_RIGHTS. ERR_ADDRESS: not in user
 * space. ERR_MEMORY: quota, memory or addresses are at their end.
 */
#define SPACE_FIRST 0x100000000ULL

int space_map(struct space *space, struct memory *memory, uint32_t rights,
              uint64_t *address, uint64_t size, uint64_t offset,
              unsigned flags);

/*
 * One step; *done is how many bytes from address on, with an error, too. Holes
 * are no error. space_protect(): flags are SYS_MAP_READ, _WRITE, _EXECUTE.
 */
int space_unmap(struct space *space, uint64_t address, uint64_t size,
                uint64_t *done);
int space_protect(struct space *space, uint64_t address, uint64_t size,
                  unsigned flags, uint64_t *done);

/*
 * Copy the regions of from, from *address on, into the empty space to, one
 * step; *address is SYS_USER_END when all is done. Private memory is shared
 * until it is written, on both sides.
 */
int space_clone(struct space *to, struct space *from, uint64_t *address);

enum space_access { SPACE_READ, SPACE_WRITE, SPACE_EXECUTE };

/*
 * The page at that address for that access: makes it present. 0, ERR_ADDRESS
 * (nothing there, or not with that right), ERR_MEMORY, or ERR_AGAIN when a
 * pager has to bring it: *memory and *offset say what.
 */
int space_touch(struct space *space, uint64_t address,
                enum space_access access, struct memory **memory,
                uint64_t *offset);

/*
 * A page fault of user code: 0 when it may go on or now waits for a pager,
 * ERR_ADDRESS or ERR_MEMORY when it is the thread's own fault.
 */
int space_fault(struct thread *thread, uint64_t address,
                enum space_access access);

#define SPACE_COPY_MAX 0x10000u

/*
 * Copies, at most SPACE_COPY_MAX bytes, else ERR_ARGUMENT. ERR_ADDRESS or
 * ERR_MEMORY: nothing, or a part, was copied. Never waits for a pager. Costs
 * an instruction for 8 bytes, and 1,200 for a page that has to be made.
 */
int space_read(struct space *space, uint64_t address, void *buffer,
               uint64_t size);
int space_write(struct space *space, uint64_t address, const void *buffer,
                uint64_t size);

/*
 * The same, and an end behind what lies in one page of either when one had to
 * be made: with all that leads to it, twice, that is enough for a step. *done
 * is never 0 at success, unless size is.
 */
int space_copy(struct space *to, uint64_t to_address, struct space *from,
               uint64_t from_address, uint64_t size, uint64_t *done);

/*
 * All mappings of a space for checks: paging_walk() sees the tables, this the
 * regions.
 */
struct region_view {
    uint64_t address, size;
    unsigned flags;
};
bool space_region_at(const struct space *space, uint64_t address,
                     struct region_view *view); /* or the next one above */

/* --- what kernel/x86 does for it ----------------------------------------- */

struct arch_space {
    paddr_t root;   /* page tables */
    uint64_t cpus;  /* bit n: loaded on CPU n */
    uint64_t version; /* of its translations: kernel/x86/tag.h */
    uint64_t *leaf; /* the table of small pages used last, or NULL; */
    uint64_t leaf_number; /* for addresses / SYS_PAGE_LARGE. It stays. */
};

#define ARCH_PAGE_WRITE   1u
#define ARCH_PAGE_EXECUTE 2u
#define ARCH_PAGE_DEVICE  4u /* not cached */
#define ARCH_PAGE_COMBINE 8u /* write-combining */
#define ARCH_PAGE_READ    16u /* without it the frame is only kept there */
#define ARCH_PAGE_OWN     32u /* the region's own: just noted */

/* Physical addresses from here on do not exist. */
paddr_t arch_physical_end(void);

int arch_space_init(struct arch_space *space, struct account *payer);

/*
 * size is SYS_PAGE, and a page there is replaced; or SYS_PAGE_LARGE, where
 * arch_space_find() saw a hole as large. ERR_MEMORY.
 */
int arch_space_map(struct arch_space *space, struct account *payer,
                   uint64_t address, paddr_t paddr, uint64_t size,
                   unsigned flags);

/*
 * What is mapped at address, and where: false when nothing is. *size counts
 * from address to the end of the page, or of where a page could be.
 */
bool arch_space_find(struct arch_space *space, uint64_t address,
                     paddr_t *paddr, uint64_t *size, unsigned *flags);

/* Where nothing is mapped: how much more is not, as far as one looks. */
uint64_t arch_space_hole(struct arch_space *space, uint64_t address);

/*
 * Take away the page in which address lies, however large, or give a page of
 * SYS_PAGE these flags; the caller flushes: kernel/tlb.h.
 */
void arch_space_unmap(struct arch_space *space, uint64_t address);
void arch_space_protect(struct arch_space *space, uint64_t address,
                        unsigned flags);

/*
 * Debug kernels: panics if a page is writable and executable, or global, or
 * the kernel's half is not the kernel's. Walks all tables.
 */
void arch_space_check(const struct arch_space *space);

/* Release tables, one step: no page is in use any more. True: more to do. */
bool arch_space_free(struct arch_space *space, struct account *payer);

#endif
