/*
 * What portable code may ask of the machine. kernel/x86 answers; on the host
 * the tests do.
 */
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/boot.h"

/* The state in which an exception or a panic found the CPU. */
struct trap_frame;

/* What the kernel's first instructions saw. */
struct arch_entry {
    paddr_t info;        /* the boot record */
    uint64_t stack;      /* top of the loader's stack */
    uint64_t tsc;        /* time stamp of the first instruction */
    const char *problem; /* a promise about the CPU's state that is broken */
};

/* In a loop that waits for another CPU. */
static inline void
arch_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/*
 * The index if it is below count, else 0, without a branch: where a check of a
 * user's index is predicted wrong, what is read lies in the table all the same
 * (Spectre variant 1). tests/checks/test_build.py looks for the mask.
 */
static inline uint32_t
arch_index(uint32_t index, uint32_t count)
{
#if defined(__x86_64__)
    uint32_t mask;

    __asm__("cmpl %2, %1\n\tsbbl %0, %0" /* all ones if index < count */
            : "=r"(mask)
            : "r"(index), "rm"(count)
            : "cc");
    return index & mask;
#else
    return index < count ? index : 0;
#endif
}

/* Stop for good, interrupts off. */
_Noreturn void arch_halt(void);

/* Nothing left to do: sleep from interrupt to interrupt. */
_Noreturn void arch_idle(void);

/* Returns whether they were on, for arch_interrupts_restore(). */
bool arch_interrupts_off(void);
void arch_interrupts_restore(bool on);

/* Catch all registers as they are and go to the panic page. */
_Noreturn void arch_trap_panic(void);

void arch_print_registers(const struct trap_frame *frame);

/*
 * The addresses at which the frame's function and its callers stand, the
 * innermost first. Reads stacks of the kernel only, however broken they are.
 */
size_t arch_backtrace(const struct trap_frame *frame, uintptr_t *addresses,
                      size_t max);

/* Output of one character; returns at once where there is no such device. */
void arch_serial_put(char c);
void arch_debug_put(char c);

/*
 * A driver has these ports, or has them no more: as long as COM1 is among them
 * arch_serial_put() does nothing. A panic page takes COM1 back.
 */
void arch_ports_lend(uint32_t first, uint32_t count, bool lent);
void arch_serial_take_back(void);

/* Place the blinking cursor of VGA text mode. */
void arch_text_cursor(uint32_t cell);

/*
 * What the loader mapped: NULL, or a promise of kernel/abi/boot.h that is
 * broken. Only before arch_memory_init().
 */
const char *arch_check_mappings(const struct boot_info *info);

/* Build and load the kernel's own page tables; the identity map is gone. */
void arch_memory_init(const struct boot_info *info);

/* Name of the CPU, and the features that the kernel uses. */
void arch_describe_cpu(char *text, size_t size);

uint64_t arch_timestamp(void);

/*
 * Find the interrupt controllers, a clock and a one-shot timer, and start
 * time (kernel/time.h). After arch_memory_init(); interrupts stay off.
 */
void arch_interrupts_init(const struct boot_info *info);

/*
 * Start the other CPUs, as many as cpus= allows; each ends up in cpu_main()
 * of kernel/entry.h. Prints a line for each that does not come, and how many
 * did. After arch_interrupts_init(), before there is any address space.
 */
void arch_start_cpus(const struct boot_info *info);

/*
 * For a panic: this CPU's number, however broken its state is; stop all
 * others for good, which takes a moment.
 */
uint32_t arch_cpu_number(void);
void arch_stop_others(void);

/* Clock, one-shot timer, interrupt controllers and CPUs in one line. */
void arch_describe_timers(char *text, size_t size);

/*
 * The vector at which an ISA interrupt arrives, 0 where it cannot; whether it
 * may; whether one that comes while it is masked would be lost.
 */
unsigned arch_irq_vector(unsigned irq);
void arch_irq_mask(unsigned irq, bool masked);
bool arch_irq_loses(unsigned irq);

/*
 * More interrupts than the ISA's, with numbers of their own: a line of an I/O
 * APIC, masked, level-triggered and active low, or the ISA interrupt that
 * arrives there, as it is; or a message (MSI), which has no mask. 0 or
 * ERR_ARGUMENT: there is none or it is an NMI; ERR_EXISTS; ERR_MEMORY: no
 * vector is left. Closing an ISA interrupt is no more than that.
 */
int arch_irq_open_gsi(uint32_t gsi, unsigned *irq);
int arch_irq_open_message(unsigned *irq);
void arch_irq_close(unsigned irq);

/* What a device has to write where, 32 bits, for that message to arrive. */
void arch_irq_message(unsigned irq, uint64_t *address, uint32_t *data);

/* The Nth range of ports that the kernel goes on using; count 0: no more. */
struct port_range {
    uint32_t first, count;
};
struct port_range arch_own_ports(unsigned n);

/*
 * Let the one-shot timer call sched_timer_fired() in that time, or earlier
 * where it cannot count so far. Stopped, it may still call once.
 */
void arch_timer_start(uint64_t ns);
void arch_timer_stop(void);

/*
 * Provoke a fault by the name that crash= takes. Returns false when there is
 * none of that name, true when the machine survived.
 */
bool arch_crash(const char *name, size_t length);

/* The names that arch_crash() knows; NULL behind the last. */
const char *arch_crash_name(size_t index);

#endif
