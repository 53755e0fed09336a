#include "kernel/x86/pic.h"

#include "kernel/x86/cpu.h"

#define ICW1     0x11 /* edge, cascade, ICW4 follows */
#define MODE_8086 0x01
#define READ_ISR 0x0B
#define EOI      0x20
#define CASCADE  2 /* the line of the first that the second hangs on */

static uint16_t mask = 0xFFFF;

static void
write_mask(void)
{
    outb(PIC_PORT1 + 1, (uint8_t)mask);
    outb(PIC_PORT2 + 1, (uint8_t)(mask >> 8));
}

void
pic_init(uint8_t first_vector)
{
    outb(PIC_PORT1, ICW1);
    outb(PIC_PORT2, ICW1);
    outb(PIC_PORT1 + 1, first_vector);
    outb(PIC_PORT2 + 1, (uint8_t)(first_vector + 8));
    outb(PIC_PORT1 + 1, 1 << CASCADE);
    outb(PIC_PORT2 + 1, CASCADE);
    outb(PIC_PORT1 + 1, MODE_8086);
    outb(PIC_PORT2 + 1, MODE_8086);
    write_mask();
}

/* The cascade is open while any line of the second controller is. */
void
pic_mask(unsigned irq, bool masked)
{
    uint16_t bit = (uint16_t)(1u << irq);

    mask = (uint16_t)(masked ? mask | bit : mask & ~bit);
    mask |= 1u << CASCADE;
    if (mask >> 8 != 0xFF)
        mask &= (uint16_t)~(1u << CASCADE);
    write_mask();
}

bool
pic_begin(unsigned irq)
{
    uint16_t port = irq < 8 ? PIC_PORT1 : PIC_PORT2;

    outb(port, READ_ISR);
    if ((inb(port) >> (irq & 7) & 1) != 0)
        return true;
    if (irq == 15)
        outb(PIC_PORT1, EOI); /* the first knows only that its cascade came */
    return false;
}

void
pic_end(unsigned irq)
{
    if (irq >= 8)
        outb(PIC_PORT2, EOI);
    outb(PIC_PORT1, EOI);
}
