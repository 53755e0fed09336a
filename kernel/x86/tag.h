/*
 * PCIDs: translations that a CPU keeps of spaces that it had loaded, so that
 * it need not forget them when it switches. Source: Intel SDM 3A, 4.10.
 *
 * A space has a version, which no space ever had before, and a new one
 * whenever translations were taken away. A CPU remembers of each PCID for
 * which version all that it may have cached is right. So who changes a space
 * has to reach only the CPUs that have it loaded (kernel/x86/tlb.c): all
 * others see another version when they load it, and begin anew. For the same
 * reason tables may be freed that only CPUs know that have another space
 * loaded: a PCID is not used again before it was emptied.
 *
 * PCID 0 is the kernel's own tables'. Without PCIDs nothing of this happens
 * but that versions are counted. All of it under the kernel lock.
 */
#ifndef KERNEL_X86_TAG_H
#define KERNEL_X86_TAG_H

#include <stdint.h>

#define TAGS     8u
#define TAG_KEEP (1ULL << 63) /* in CR3: do not forget what the PCID has */

struct arch_space;

struct tags {
    uint64_t versions[TAGS]; /* of PCID n + 1; 0: of no space */
    uint32_t loaded;         /* n of the one that was loaded last */
    uint32_t next;           /* to be given to another space */
};

/* What to load into CR3 for that space. */
uint64_t tag_load(struct tags *tags, struct arch_space *space);

/* Translations of it were taken away. Returns the version so far. */
uint64_t tag_change(struct arch_space *space);

/* This CPU, which has it loaded, has forgotten what changed since then. */
void tag_follow(struct tags *tags, const struct arch_space *space,
                uint64_t since);

#endif
