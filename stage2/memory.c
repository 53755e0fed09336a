#include "stage2/memory.h"

#include <stdbool.h>

#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"
#include "stage2/bios.h"
#include "stage2/loader.h"

#define SMAP          0x534D4150u /* "SMAP" */
#define E820_ENTRY    20          /* attributes lie: they are not asked for */
#define MIB           0x100000u
#define E801_MAX_LOW  (15 * 1024) /* KiB between 1 and 16 MiB */

/* E820_MAX_CALLS bounds lists that never end. */
#define E820_MAX_CALLS 1024

static struct memmap_raw raw[MEMORY_MAX_RAW];

/*
 * INT 15h AX=E820h, one entry a call (ACPI 6.5, section 15.1). The buffer is
 * zeroed once only: some firmware writes just the fields that changed. Returns
 * the number of ranges, 0 when the list cannot be trusted.
 */
//#[e820]
static uint32_t
ask_e820(void)
{
    uint32_t count = 0, next = 0;

    memset(e820_buffer, 0, sizeof e820_buffer);
    for (int calls = 0; calls < E820_MAX_CALLS; calls++) {
        struct bios_regs regs = {
            .eax = 0xE820, .ebx = next, .ecx = E820_ENTRY, .edx = SMAP,
            .edi = real_offset(e820_buffer),
        };

        bios_call(0x15, &regs);
        if (bios_failed(&regs)) {
            if (count > 0)
                quirk(QUIRK_E820_CARRY_END); /* a legal end */
            return count;
        }
        if (regs.eax != SMAP) {
            quirk(QUIRK_E820_NO_SMAP);
            return 0;
        }
        if (regs.ecx > E820_ENTRY)
            quirk(QUIRK_E820_24);
        if (regs.ecx >= E820_ENTRY && le64(e820_buffer + 8) != 0) {
            if (count == MEMORY_MAX_RAW) {
                quirk(QUIRK_MAP_TRUNCATED);
                return count;
            }
            raw[count].base = le64(e820_buffer);
            raw[count].length = le64(e820_buffer + 8);
            raw[count++].type = le32(e820_buffer + 16);
        }
        next = regs.ebx;
        if (next == 0)
            return count;
    }
    quirk(QUIRK_MAP_TRUNCATED);
    return count;
}
//#[end]

/* INT 15h AX=E801h: KiB up to 16 MiB, 64 KiB blocks above. */
static uint32_t
ask_e801(void)
{
    struct bios_regs regs = { .eax = 0xE801 };
    uint32_t low, high;

    bios_call(0x15, &regs);
    low = regs.eax & 0xFFFF;
    high = regs.ebx & 0xFFFF;
    if (low == 0 && high == 0) { /* some answer in CX and DX only */
        low = regs.ecx & 0xFFFF;
        high = regs.edx & 0xFFFF;
    }
    if (bios_failed(&regs) || low == 0 || low > E801_MAX_LOW)
        return 0;
    raw[0] = (struct memmap_raw){ MIB, (uint64_t)low * 1024, 1 };
    raw[1] = (struct memmap_raw){ 16 * MIB, (uint64_t)high * 65536, 1 };
    /* What lies above a hole below 16 MiB is not contiguous, but usable. */
    return high == 0 ? 1 : 2;
}

/* INT 15h AH=88h: KiB above 1 MiB, at most 64 MiB. */
static uint32_t
ask_88(void)
{
    struct bios_regs regs = { .eax = 0x8800 };

    bios_call(0x15, &regs);
    if (bios_failed(&regs) || (regs.eax & 0xFFFF) == 0)
        return 0;
    raw[0].base = MIB;
    raw[0].length = (uint64_t)(regs.eax & 0xFFFF) * 1024;
    raw[0].type = 1;
    return 1;
}

int
memory_detect(struct memmap *map, uint32_t *source)
{
    static uint32_t (*const ask[])(void) = {
        [BOOT_MAP_E820] = ask_e820,
        [BOOT_MAP_E801] = ask_e801,
        [BOOT_MAP_88] = ask_88,
    };

    for (uint32_t i = 0; i < sizeof ask / sizeof ask[0]; i++) {
        uint32_t count = ask[i]();

        if (count > 0 && memmap_build(map, raw, count) == 0) {
            *source = i;
            quirk(map->quirks);
            return 0;
        }
    }
    return -1;
}
