/*
 * Who must forget what, and when it has: of the CPUs that have the space
 * loaded. Others that kept translations of it see to that when they load it
 * again (kernel/x86/tag.h), and so does one that loads another space while a
 * note waits, for it forgets what belongs to that one then.
 *
 * The initiator holds the lock. For each other CPU that has the space loaded
 * it writes flush = 1, then reads in_kernel, with a full barrier between. The
 * other CPU, on its way in, writes in_kernel = 1 and then takes the lock by a
 * locked exchange, which is a full barrier as well. So at least one of the two
 * sees what the other wrote:
 *
 *   - The initiator reads in_kernel = 1. The other waits for the lock, or
 *     sleeps, and uses no user translation. It must have the lock once more
 *     before it leaves; having it, it sees flush = 1, forgets, clears
 *     in_kernel, and gives up the lock, in this order (kernel_leave()).
 *   - The initiator reads in_kernel = 0. The other is in user space, or on its
 *     way in or out with interrupts off for some instructions, and then takes
 *     the interrupt, forgets, and clears flush; or it sets in_kernel first.
 *     Either ends the wait, and neither needs the lock.
 *
 * in_kernel = 0 is only written under the lock, so it does not change from 1
 * to 0 while the initiator looks. There is one initiator at a time: a note
 * that is found can only be its own or an older one that asks for less. The
 * page tables were changed before flush was written and x86 keeps stores in
 * order, so whoever sees the note and then loads CR3 gets the new tables.
 *
 * What this does not allow: to free page tables themselves while the space is
 * loaded anywhere. A CPU in the kernel may still walk them speculatively.
 */
#include "kernel/tlb.h"

#include "kernel/arch.h"
#include "kernel/cpu_local.h"
#include "kernel/image.h"
#include "kernel/vm.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/tag.h"

#define PAGES_ONE_BY_ONE 32u

/* With PCIDs: of the one that is loaded. */
static void
forget_all(void)
{
    write_cr3(read_cr3());
}

void
tlb_forget(void)
{
    struct cpu_local *self = arch_cpu();

    if (self->flush == 0)
        return;
    forget_all();
    __atomic_store_n(&self->flush, 0, __ATOMIC_RELEASE);
}

static void
forget_range(uint64_t address, uint64_t size)
{
    if (size > PAGES_ONE_BY_ONE * PAGE_SIZE) {
        forget_all();
        return;
    }
    for (uint64_t done = 0; done < size; done += PAGE_SIZE)
        invlpg((const void *)(address + done));
}

void
tlb_flush(struct arch_space *space, uint64_t address, uint64_t size)
{
    uint32_t self = arch_cpu()->number;
    uint64_t others = space->cpus & ~(1ULL << self);
    uint64_t since = tag_change(space);

    for (uint64_t left = others; left != 0; left &= left - 1) {
        struct x86_cpu *other = percpu_at((uint32_t)__builtin_ctzll(left));

        __atomic_store_n(&other->local.flush, 1, __ATOMIC_SEQ_CST);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (other->local.in_kernel == 0)
            apic_send(other->apic_id, APIC_FLUSH);
    }
    if ((space->cpus >> self & 1) != 0) {
        forget_range(address, size);
        tag_follow(&percpu_at(self)->tags, space, since);
    }
    for (uint64_t left = others; left != 0; left &= left - 1) {
        struct cpu_local *other = arch_cpu_at((uint32_t)__builtin_ctzll(left));

        while (__atomic_load_n(&other->flush, __ATOMIC_ACQUIRE) != 0 &&
               __atomic_load_n(&other->in_kernel, __ATOMIC_ACQUIRE) == 0)
            arch_pause();
    }
}
