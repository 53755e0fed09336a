/* Port input and output, one instruction each. */
#ifndef STAGE2_IO_H
#define STAGE2_IO_H

#include <stdint.h>

static inline void
out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t
in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

#endif
