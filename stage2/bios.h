/*
 * The BIOS, as 64-bit code sees it.
 *
 * Each call goes through the gate of gate.asm: 64-bit mode, real mode, INT,
 * and back. What the BIOS leaves in registers is checked here, so that a
 * caller sees results and the ledger sees the lies.
 */
#ifndef STAGE2_BIOS_H
#define STAGE2_BIOS_H

#include <stdbool.h>
#include <stdint.h>

#define FLAG_CARRY     (1u << 0)
#define FLAG_INTERRUPT (1u << 9)
#define FLAG_DIRECTION (1u << 10)

/* Laid out as BIOS_REGS_* of layout.def say; gate.asm reads it. */
struct bios_regs {
    uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
    uint32_t eflags; /* result only: the carry flag is set for each call */
    uint16_t ds, es;
};

/* Run interrupt vector with these registers; they are replaced by results. */
void bios_call(uint8_t vector, struct bios_regs *regs);

static inline bool
bios_failed(const struct bios_regs *regs)
{
    return (regs->eflags & FLAG_CARRY) != 0;
}

/* Print text on the screen by INT 10h; at most 127 bytes are taken. */
void bios_print(const char *text);

#define BIOS_WAIT_FOREVER 0xFFFFu

/*
 * Wait for a key or a byte on COM1, at most so many BIOS ticks (18.2 a
 * second). Returns scan code << 8 | character, or 0 when the time is over.
 */
uint16_t bios_wait_key(uint16_t ticks);

/*
 * Throw away keys that wait. A keyboard service that always has one more is
 * broken: from then on only COM1 is listened to. Returns how many there were,
 * 0 if the keyboard was found broken.
 */
uint32_t bios_drop_keys(void);

/* Give the machine back: the next boot device (INT 18h). */
_Noreturn void bios_next_device(void);

/* Buffers below 64 KiB, where 16-bit code reaches them with DS = 0. */
extern uint8_t disk_packet[16];
extern uint8_t e820_buffer[24];
extern uint16_t low_memory_kib;
extern uint8_t low_memory_odd;
extern uint64_t tsc_at_start;

/* An address below 1 MiB as a real-mode pointer's parts. */
static inline uint16_t
real_offset(const void *p)
{
    return (uint16_t)(uintptr_t)p;
}

#endif
