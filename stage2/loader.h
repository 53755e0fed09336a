/*
 * What the parts of the loader share: one context, output, errors.
 */
#ifndef STAGE2_LOADER_H
#define STAGE2_LOADER_H

#include <stdint.h>

#include "errors.h"
#include "layout.h"
#include "quirks.h"

#include "kernel/abi/boot.h"
#include "stage2/memmap.h"

/* One loader runs at a time, so its state is one object. */
struct loader {
    struct boot_ledger ledger;
    struct memmap map;
};

extern struct loader loader;

static inline void
quirk(uint32_t bit)
{
    loader.ledger.quirks |= bit;
}

static inline uint64_t
read_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline void
step(enum boot_step number)
{
    loader.ledger.tsc[number] = read_tsc();
}

/*
 * Print "E<number> <sentence>" with the sentence of errors.def, wait for a
 * key, and give the machine back to the BIOS.
 */
_Noreturn void loader_fail(enum boot_error error, ...);

/*
 * Take whole pages below 4 GiB, or fail with E22, which names what they were
 * for. What the kernel gets comes from below, the loader's own from above.
 */
void *loader_take(uint64_t size, uint32_t type, const char *what);
/* The same, but NULL instead of an error. */
void *loader_try_take(uint64_t size, uint32_t type);
void *loader_take_high(uint64_t size, const char *what);
void loader_release(void *memory, uint64_t size);

#endif
