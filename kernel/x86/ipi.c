#include "kernel/x86/ipi.h"

#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/entry.h"
#include "kernel/interrupt.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "kernel/tlb.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/trap.h"

#define STOP_WAIT (100 * NS_PER_MS)

void (*volatile ipi_call)(void);

static uint32_t stopper;  /* the number + 1 of the CPU whose panic it is */
static uint64_t standing; /* bit n: CPU n has stopped */

static _Noreturn void
stop(void)
{
    __atomic_fetch_or(&standing, 1ULL << arch_cpu_number(), __ATOMIC_SEQ_CST);
    arch_halt();
}

/* One from outside may reach the CPU that prints the page, too. */
static bool
is_to_stop(void)
{
    uint32_t by = __atomic_load_n(&stopper, __ATOMIC_SEQ_CST);

    return by != 0 && by != arch_cpu_number() + 1;
}

bool
ipi_take(uint64_t vector)
{
    if (vector == TRAP_NMI && is_to_stop())
        stop();
    if (vector != APIC_FLUSH && (vector != APIC_CALL || ipi_call == NULL))
        return false;
    apic_end();
    if (vector == APIC_FLUSH)
        tlb_forget();
    else
        ipi_call();
    return true;
}

/* To have entered the kernel is all that a kick is for. */
static void
take_kick(void *context)
{
    (void)context;
}

bool
ipi_init(void)
{
    return interrupt_attach(APIC_KICK, take_kick, NULL);
}

void
arch_cpu_kick(uint32_t number)
{
    struct x86_cpu *other = percpu_at(number);

    if (other != NULL && other != percpu())
        apic_send(other->apic_id, APIC_KICK);
}

/*
 * The other CPU sets in_kernel, then takes the lock: it cannot come out of the
 * kernel again as long as this one holds it.
 */
void
arch_thread_hold(struct thread *thread)
{
    struct cpu_local *other;

    if (thread->on_cpu < 0 || (uint32_t)thread->on_cpu == arch_cpu()->number)
        return;
    other = arch_cpu_at((uint32_t)thread->on_cpu);
    if (__atomic_load_n(&other->in_kernel, __ATOMIC_SEQ_CST) != 0)
        return;
    arch_cpu_kick(other->number);
    while (__atomic_load_n(&other->in_kernel, __ATOMIC_ACQUIRE) == 0)
        arch_pause();
}

/*
 * By NMI: others may have interrupts off, or wait for a lock that is never
 * given up. One that does not answer must not keep the page from the screen.
 */
void
arch_stop_others(void)
{
    uint32_t self = arch_cpu_number(), count = arch_cpu_count();
    uint64_t all = 0, start = time_now_ns();

    __atomic_store_n(&stopper, self + 1, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < count; i++)
        if (i != self) {
            all |= 1ULL << i;
            apic_send_nmi(percpu_at(i)->apic_id);
        }
    while ((__atomic_load_n(&standing, __ATOMIC_SEQ_CST) & all) != all &&
           time_now_ns() - start < STOP_WAIT)
        arch_pause();
}
