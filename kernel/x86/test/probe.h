/*
 * Faults of the kernel's own that are expected, and some that only ring 3 can
 * cause.
 */
#ifndef KERNEL_X86_TEST_PROBE_H
#define KERNEL_X86_TEST_PROBE_H

#include <stdint.h>

#include "kernel/x86/trap.h"

/*
 * Instructions that may fault. TRAP_PROBE(code) in inline assembly with an
 * operand "+a"(result): a fault or trap in code leaves vector and error code
 * in RAX as TRAP_RESULT() and goes on behind it. The table has the address
 * of the instruction, of the next one (traps), and where to go on, each
 * relative to its own place so that nothing needs relocating.
 */
#define TRAP_NONE                   UINT64_MAX
#define TRAP_RESULT(vector, error)  ((uint64_t)(error) << 32 | (vector))

#define TRAP_PROBE(code)                                   \
    "771: " code "\n"                                      \
    "772:\n"                                               \
    ".pushsection .fixup_table, \"a\"\n"                   \
    ".balign 4\n"                                          \
    ".long 771b - ., 772b - ., 772b - .\n"                 \
    ".popsection\n"

/*
 * Enter a stub of trap_stubs as the CPU would. Only for vectors that bring an
 * error code.
 */
void trap_simulate(const char *stub, uint64_t error);

#endif
