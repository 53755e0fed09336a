#include "user/libc/internal/libc.h"

enum { DT_NULL = 0, DT_RELA = 7, DT_RELASZ = 8 };
#define R_X86_64_RELATIVE 8

struct rela {
    uint64_t offset, info, addend;
};

/* No call and no global variable here: nothing is relocated yet. */
void
__relocate(uintptr_t base, const void *dynamic)
{
    const uint64_t *entry = dynamic;
    const struct rela *rela = NULL;
    uint64_t size = 0;

    for (; entry[0] != DT_NULL; entry += 2) {
        if (entry[0] == DT_RELA)
            rela = (const struct rela *)(base + entry[1]);
        if (entry[0] == DT_RELASZ)
            size = entry[1];
    }
    for (; size >= sizeof *rela; rela++, size -= sizeof *rela)
        if ((uint32_t)rela->info == R_X86_64_RELATIVE)
            *(uint64_t *)(base + rela->offset) = base + rela->addend;
}
