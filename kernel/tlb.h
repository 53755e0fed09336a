/*
 * Translations that other CPUs may still have cached. Under the kernel lock.
 *
 * A CPU in the kernel (cpu_local.in_kernel) uses no user translation: it gets
 * a note and forgets before it returns to user space. A CPU in user space gets
 * an interrupt. Frames that were unmapped are released only after tlb_flush().
 */
#ifndef KERNEL_TLB_H
#define KERNEL_TLB_H

#include <stdint.h>

struct arch_space;

/*
 * No CPU uses an old translation of [address, address + size) of that space
 * when this returns. Large ranges: everything of the space.
 */
void tlb_flush(struct arch_space *space, uint64_t address, uint64_t size);

/*
 * Do what notes to this CPU ask for: in kernel_leave(), the lock still held,
 * before in_kernel is cleared.
 */
void tlb_forget(void);

#endif
