#include "tests/host/frames_stand_in.h"

#include <stdlib.h>
#include <string.h>

#include "tests/host/unit.h"

#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/memory.h"
#include "kernel/panic.h"

#define RUNS_MAX 4096u

uint64_t frames_out;
unsigned frames_fail_at;
jmp_buf panic_exit;
bool panic_wanted;

static struct taken {
    struct account *owner;
    paddr_t paddr;
    unsigned order;
} runs[RUNS_MAX];

void
panic(const char *text, ...)
{
    if (panic_wanted)
        longjmp(panic_exit, 1);
    fail_msg("panic: %s", text);
    abort();
}

void *
phys_to_virt(paddr_t paddr)
{
    return (void *)paddr;
}

/* Like the real one: the account counts, and the caller may get rubbish. */
paddr_t
frame_take(struct account *owner, unsigned order, unsigned flags)
{
    size_t size = (size_t)PAGE_SIZE << order;
    unsigned i = 0;
    void *memory;

    if (frames_fail_at != 0 && --frames_fail_at == 0)
        return 0;
    if (!account_charge(owner, 1ULL << order))
        return 0;
    memory = aligned_alloc(size, size);
    assert_non_null(memory);
    memset(memory, (flags & FRAME_ZEROED) != 0 ? 0 : 0xA5, size);
    while (runs[i].owner != NULL)
        assert_true(++i < RUNS_MAX);
    runs[i] = (struct taken){ owner, (paddr_t)(uintptr_t)memory, order };
    frames_out += 1ULL << order;
    return runs[i].paddr;
}

int
frame_release(struct account *owner, paddr_t run, unsigned order)
{
    for (unsigned i = 0; i < RUNS_MAX; i++) {
        if (runs[i].owner == NULL || runs[i].paddr != run)
            continue;
        if (runs[i].owner != owner)
            return FRAME_E_FOREIGN;
        if (runs[i].order != order)
            return FRAME_E_ORDER;
        runs[i].owner = NULL;
        free((void *)(uintptr_t)run);
        frames_out -= 1ULL << order;
        account_release(owner, 1ULL << order);
        return 0;
    }
    return FRAME_E_NOT_TAKEN;
}

struct frames_count
frames_count(void)
{
    return (struct frames_count){ .total = 1 << 20, .free = 1 << 20 };
}
