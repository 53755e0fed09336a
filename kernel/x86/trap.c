#include "kernel/x86/trap.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/entry.h"
#include "kernel/interrupt.h"
#include "kernel/panic.h"
#include "kernel/times.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/ipi.h"
#include "kernel/x86/irq.h"

bool trap_smap;
trap_probe_fn *trap_probe;
static uint32_t nmis; /* from the hardware, so far */

/*
 * The kernel itself is interrupted while it sleeps, and, as long as it boots
 * and tests itself, anywhere: then it may have the lock already.
 */
static void
take_interrupt(unsigned vector)
{
    bool mine = kernel_lock_is_mine();

    if (!mine)
        kernel_enter(arch_cpu());
    irq_take(vector);
    if (!mine)
        kernel_unlock();
}

/*
 * User code can delay a #DB by MOV SS or POP SS into the first instruction of
 * the kernel's entries (CVE-2018-8897). Nobody misses it.
 */
static bool
is_delayed_debug(struct trap_frame *frame)
{
    uint64_t into = frame->rip - (uintptr_t)trap_stubs;

    if (frame->vector != TRAP_DB ||
        (into >= TRAP_VECTORS * TRAP_STUB_SIZE &&
         frame->rip != (uintptr_t)syscall_entry))
        return false;
    frame->rflags &= ~FLAGS_TF;
    write_dr6(DR6_NONE);
    return true;
}

/*
 * A button, a watchdog, a memory controller: nothing says which, and whatever
 * it was, what was interrupted is sound. It may have been anything, also who
 * prints just now, so that others have to tell of it.
 */
static void
take_nmi(void)
{
    __atomic_fetch_add(&nmis, 1, __ATOMIC_RELAXED);
}

void
trap_tell_nmis(void)
{
    static bool told;
    uint32_t count = __atomic_load_n(&nmis, __ATOMIC_RELAXED);

    if (count == 0 || told)
        return;
    told = true;
    kprintf("NMI: %u so far, from the hardware, which does not say why. "
            "More are not told.\n", count);
}

void
arch_before_sleep(void)
{
    trap_tell_nmis();
}

static void
dispatch(struct trap_frame *frame)
{
    char detail[128];

    if (ipi_take(frame->vector))
        return;
    if (frame->vector == TRAP_NMI) {
        take_nmi();
        return;
    }
    if (frame->vector == TRAP_PANIC)
        panic_page(panic_message(), NULL, frame);
    if (frame->vector >= INTERRUPT_FIRST) {
        take_interrupt((unsigned)frame->vector);
        return;
    }
    if (is_delayed_debug(frame) ||
        (trap_probe != NULL && trap_probe(frame)))
        return;
    trap_describe(frame, detail, sizeof detail);
    panic_page(trap_name(frame->vector), detail, frame);
}

void trap_dispatch(struct trap_frame *frame);

/* Asleep, the kernel has interrupts on; some come in user space as well. */
void
trap_dispatch(struct trap_frame *frame)
{
    bool were_on = (frame->rflags & FLAGS_IF) != 0;

    if (were_on)
        times_off();
    dispatch(frame);
    if (were_on)
        times_on();
}

void
arch_trap_panic(void)
{
    __asm__ volatile("int %0" : : "i"(TRAP_PANIC));
    arch_halt();
}
