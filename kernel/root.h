/*
 * The root task: process 1, made from the first boot module when the kernel
 * has started (kernel/start/root_start.h). Whoever else runs was started by
 * it.
 */
#ifndef KERNEL_ROOT_H
#define KERNEL_ROOT_H

#include <stdint.h>

#define ROOT_PROCESS 1u /* its id */

/*
 * Process 1 is gone and nobody is above it: say why and stop; under autorun=
 * power off with failure. words as in process_end().
 */
_Noreturn void root_ended(const uint64_t words[4]);

#endif
