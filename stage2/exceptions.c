/*
 * Exceptions while the loader runs in 64-bit mode: always a defect, of the
 * loader or of the memory. The user gets a numbered sentence, not a reboot.
 */
#include <stdint.h>

#include "stage2/loader.h"

#define VECTORS       32
#define STUB_SIZE     7      /* exceptions.asm */
#define GATE_PRESENT  0x8E00 /* 64-bit interrupt gate, privilege 0 */

/* Intel SDM volume 3, figure 6-8. */
struct gate {
    uint16_t offset_low, selector, flags, offset_middle;
    uint32_t offset_high, reserved;
};

struct __attribute__((packed)) idt_register {
    uint16_t limit;
    uint64_t base;
};

extern const uint8_t exception_stubs[];
struct idt_register idt_register = { 1, 0 }; /* in the image: asm loads it */

static struct gate idt[VECTORS];

void exceptions_install(void);
_Noreturn void exception_handler(uint32_t vector, uint64_t rip, uint64_t cr2);

void
exceptions_install(void)
{
    for (uint32_t i = 0; i < VECTORS; i++) {
        uintptr_t stub = (uintptr_t)exception_stubs + i * STUB_SIZE;

        idt[i] = (struct gate){
            .offset_low = (uint16_t)stub,
            .offset_middle = (uint16_t)(stub >> 16),
            .selector = SEL_CODE64,
            .flags = GATE_PRESENT,
        };
    }
    idt_register = (struct idt_register){ sizeof idt - 1, (uintptr_t)idt };
    __asm__ volatile("lidt %0" : : "m"(idt_register));
}

_Noreturn void
exception_handler(uint32_t vector, uint64_t rip, uint64_t cr2)
{
    loader_fail(E_EXCEPTION, vector, rip, cr2);
}
