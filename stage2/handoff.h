/* The last step: boot_info, page tables, the jump. */
#ifndef STAGE2_HANDOFF_H
#define STAGE2_HANDOFF_H

#include "kernel/abi/boot.h"
#include "stage2/config.h"
#include "stage2/load.h"

/*
 * Choose the kernel's slot, relocate and map it, set the video mode, complete
 * info, and jump. What can fail comes before the video mode, so that a
 * sentence can be read. Everything but kernel_*, slot*, random_*, video,
 * ledger, ranges and log is filled in by the caller.
 */
_Noreturn void handoff(struct boot_info *info, struct loaded_kernel *kernel,
                       const struct config_video *video);

#endif
