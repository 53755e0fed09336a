/*
 * The two 8259 interrupt controllers: moved away from the exceptions and
 * masked; used only where there is no I/O APIC. Source: 8259A data sheet.
 */
#ifndef KERNEL_X86_PIC_H
#define KERNEL_X86_PIC_H

#include <stdbool.h>
#include <stdint.h>

#define PIC_PORT1 0x20u
#define PIC_PORT2 0xA0u
#define PIC_PORTS 2u /* each */

/* Interrupt n arrives at vector first_vector + n; all are masked. */
void pic_init(uint8_t first_vector);

void pic_mask(unsigned irq, bool masked);

/*
 * Whether the interrupt is in service. When it is not it was spurious, only
 * 7 and 15 can be, and has been dealt with: no pic_end() for it.
 */
bool pic_begin(unsigned irq);
void pic_end(unsigned irq);

#endif
