#include "stage2/bios.h"

#include <stddef.h>

#include "kernel/lib/mem.h"
#include "stage2/loader.h"

_Static_assert(offsetof(struct bios_regs, ebp) == BIOS_REGS_EBP, "layout.def");
_Static_assert(offsetof(struct bios_regs, eflags) == BIOS_REGS_EFLAGS, "");
_Static_assert(offsetof(struct bios_regs, es) == BIOS_REGS_ES, "layout.def");
_Static_assert(sizeof(struct bios_regs) == BIOS_REGS_SIZE, "layout.def");

/* A pattern in a register that no call uses: does its upper half survive? */
#define SENTINEL 0x5AA50000u

#define KEYS_TO_DROP 32 /* the BIOS's own buffer holds fifteen */

extern struct bios_regs bios_regs;
extern uint8_t bios_vector;
extern uint16_t wait_ticks;
extern char real_text[128];
extern uint8_t keyboard_off;

void real_call(void (*routine)(void));
void real_int(void);
void real_print(void);
void real_wait(void);
void real_reboot(void);

static void
enter_real(void (*routine)(void))
{
    loader.ledger.bios_calls++;
    real_call(routine);
}

void
bios_call(uint8_t vector, struct bios_regs *regs)
{
    bios_regs = *regs;
    bios_regs.ebp = SENTINEL;
    bios_vector = vector;
    enter_real(real_int);
    *regs = bios_regs;
    if (!(regs->eflags & FLAG_INTERRUPT))
        quirk(QUIRK_IF_CLEAR);
    if (regs->eflags & FLAG_DIRECTION)
        quirk(QUIRK_DF_SET);
    if ((regs->ebp & 0xFFFF0000u) != SENTINEL)
        quirk(QUIRK_HIGH_HALVES);
}

void
bios_print(const char *text)
{
    size_t length = strlen(text);

    if (length > sizeof real_text - 1)
        length = sizeof real_text - 1;
    memcpy(real_text, text, length);
    real_text[length] = '\0';
    enter_real(real_print);
}

uint16_t
bios_wait_key(uint16_t ticks)
{
    wait_ticks = ticks;
    enter_real(real_wait);
    return (uint16_t)bios_regs.eax;
}

uint32_t
bios_drop_keys(void)
{
    uint32_t count = 0;

    while (bios_wait_key(0) != 0) {
        if (++count > KEYS_TO_DROP) {
            keyboard_off = 1;
            quirk(QUIRK_STUCK_KEY);
            return 0;
        }
    }
    return count;
}

_Noreturn void
bios_next_device(void)
{
    for (;;)
        real_call(real_reboot);
}
