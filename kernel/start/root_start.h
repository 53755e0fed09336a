/*
 * Making the root task: the first boot module becomes process 1, with all of
 * memory and the handle of the machine (docs/spec/syscalls.md, SC-17).
 */
#ifndef KERNEL_START_ROOT_START_H
#define KERNEL_START_ROOT_START_H

#include <stdbool.h>

#include "kernel/abi/boot.h"

/*
 * Make it and let it run, under the kernel lock, on the CPU that booted, with
 * everything else set up: it begins when this CPU looks for what to do. False
 * when there is no module, which is said. A module that is no program, or
 * memory that does not suffice, ends the boot with a sentence.
 */
bool root_start(const struct boot_info *info);

#endif
