/*
 * The root task: the first boot module, started as process 1 with all of
 * memory and the handle of the machine (docs/spec/syscalls.md, SC-17). Whoever
 * else runs was started by it.
 */
#ifndef KERNEL_ROOT_H
#define KERNEL_ROOT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/boot.h"

#define ROOT_PROCESS    1u /* its id */
#define ROOT_PRIORITY   16u
#define ROOT_LEVEL      1u /* so that its threads can call each other, at 0 */
#define ROOT_STACK_SIZE 65536u

/*
 * Make it and let it run, under the kernel lock, on the CPU that booted, with
 * everything else set up: it begins when this CPU looks for what to do. False
 * when there is no module, which is said. A module that is no program, or
 * memory that does not suffice, ends the boot with a sentence.
 */
bool root_start(const struct boot_info *info);

/*
 * Process 1 is gone and nobody is above it: say why and stop; under autorun=
 * power off with failure. words as in process_end().
 */
_Noreturn void root_ended(const uint64_t words[4]);

#endif
