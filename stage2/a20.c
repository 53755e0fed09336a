#include "stage2/a20.h"

#include <stdbool.h>
#include <stdint.h>

#include "stage2/bios.h"
#include "stage2/io.h"
#include "stage2/loader.h"

/* With A20 shut these two are one place. Both lie where nothing is kept. */
#define LOW_PLACE  0x0600u
#define HIGH_PLACE (LOW_PLACE + 0x100000u)

#define SHORT_WAIT  255     /* rounds of some microseconds: a gate may take */
#define LONG_WAIT   100000  /* a while to open, behind the 8042 longest */
#define KBC_POLLS   100000  /* some PCs have no keyboard controller */

#define PORT_A       0x92   /* system control port A, PS/2 */
#define PORT_A_A20   0x02
#define PORT_A_RESET 0x01
#define KBC_DATA     0x60
#define KBC_COMMAND  0x64
#define KBC_STATUS   0x64
#define KBC_ABSENT   0xFF
#define KBC_FULL_IN  0x02
#define KBC_FULL_OUT 0x01

static void
write_place(uint32_t place, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)place = value;
}

static uint32_t
read_place(uint32_t place)
{
    return *(volatile uint32_t *)(uintptr_t)place;
}

/* One value could be there by chance, so there are two. */
//#[a20-test]
static bool
places_differ(uint32_t value)
{
    write_place(LOW_PLACE, ~value);
    write_place(HIGH_PLACE, value);
    in8(0x80); /* both are out of the CPU before one is read back */
    return read_place(LOW_PLACE) == ~value;
}

static bool
is_open(void)
{
    uint32_t low = read_place(LOW_PLACE), high = read_place(HIGH_PLACE);
    bool open = places_differ(0x55AA1234u) && places_differ(0xAA55CDEFu);

    write_place(HIGH_PLACE, high);
    write_place(LOW_PLACE, low);
    return open;
}
//#[end]

static bool
opens_within(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        if (is_open())
            return true;
        in8(0x80); /* about a microsecond */
    }
    return false;
}

static void
by_bios(void)
{
    struct bios_regs regs = { .eax = 0x2401 }; /* INT 15h: enable A20 */

    bios_call(0x15, &regs);
}

static void
by_port_92(void)
{
    uint8_t value = in8(PORT_A);

    /* Bit 0 resets the machine; writing what is there may hang some. */
    if (value != 0xFF && !(value & PORT_A_A20))
        out8(PORT_A, (uint8_t)((value | PORT_A_A20) & ~PORT_A_RESET));
}

static bool
kbc_ready(void)
{
    for (int i = 0; i < KBC_POLLS; i++) {
        uint8_t status = in8(KBC_STATUS);

        if (status == KBC_ABSENT)
            return false;
        if (status & KBC_FULL_OUT)
            in8(KBC_DATA); /* a byte nobody waits for */
        else if (!(status & KBC_FULL_IN))
            return true;
    }
    return false;
}

static void
by_keyboard_controller(void)
{
    if (!kbc_ready())
        return;
    out8(KBC_COMMAND, 0xD1); /* next byte goes to the output port */
    if (!kbc_ready())
        return;
    out8(KBC_DATA, 0xDF); /* A20 on, reset line high */
    if (!kbc_ready())
        return;
    out8(KBC_COMMAND, 0xFF); /* null command: UHCI's emulation wants it */
    kbc_ready();
}

//#[a20-open]
int
a20_open(void)
{
    if (is_open())
        return BOOT_A20_ALREADY;
    by_bios();
    if (opens_within(SHORT_WAIT))
        return BOOT_A20_BIOS;
    by_port_92();
    if (opens_within(LONG_WAIT))
        return BOOT_A20_PORT92;
    by_keyboard_controller();
    if (opens_within(LONG_WAIT))
        return BOOT_A20_KBC;
    return -1;
}
//#[end]
