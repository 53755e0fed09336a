#include "stage2/video.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/bytes.h"
#include "kernel/lib/framebuffer.h"
#include "kernel/lib/mem.h"
#include "stage2/bios.h"
#include "stage2/console.h"
#include "stage2/loader.h"

/*
 * VESA BIOS Extension Core Functions Standard 3.0: 4.3 function 00h, 4.4
 * function 01h, 4.5 function 02h. Offsets of the two information blocks.
 */
#define VBE_OK          0x004F
#define INFO_SIGNATURE  0
#define INFO_VERSION    4
#define INFO_MODES      14  /* far pointer, perhaps into the block itself */
#define INFO_SIZE       512
#define MODE_ATTRIBUTES 0
#define MODE_PITCH      16
#define MODE_WIDTH      18
#define MODE_HEIGHT     20
#define MODE_BPP        25
#define MODE_MODEL      27
#define MODE_COLORS     31  /* size and position of red, green, blue */
#define MODE_LFB        40
#define MODE_LFB_PITCH  50  /* VBE 3.0 only */
#define MODE_LFB_COLORS 54
#define MODE_SIZE       256

#define ATTRIBUTES_NEEDED 0x99 /* supported, color, graphics, linear */
#define MODEL_DIRECT      6
#define MODEL_PACKED      4    /* some direct color modes say this */
#define USE_LFB           0x4000
#define MODE_NUMBER       0x3FFF
#define MODE_END          0xFFFF
#define MAX_MODES         256

#define TEXT_MEMORY 0xB8000
#define MONO_MEMORY 0xB0000
#define BDA         0x400  /* the BIOS data area */
#define BDA_MODE    0x49
#define MODE_TEXT   3      /* 2 is the same in gray */
#define MODE_MONO   7
#define BDA_COLUMNS 0x4A
#define BDA_CURSOR  0x50
#define BDA_ROWS    0x84

/* VBE buffers lie in the bounce buffer; nothing is read from disk meanwhile. */
static uint8_t *const info = (uint8_t *)BOUNCE_BASE;
static uint8_t *const mode_info = (uint8_t *)BOUNCE_BASE + INFO_SIZE;

static const uint8_t *const bda = (const uint8_t *)BDA;

static uint16_t modes[MAX_MODES];

static bool
vbe(uint16_t function, uint16_t bx, uint16_t cx, const uint8_t *buffer)
{
    struct bios_regs regs = {
        .eax = function, .ebx = bx, .ecx = cx,
        .edi = (uint16_t)(uintptr_t)buffer, .es = BOUNCE_BASE >> 4,
    };

    bios_call(0x10, &regs);
    return (regs.eax & 0xFFFF) == VBE_OK;
}

/* Copy the list of modes: the next call may overwrite it. */
static uint32_t
list_modes(void)
{
    const uint8_t *list;
    uint32_t count = 0;

    memset(info, 0, INFO_SIZE);
    memcpy(info, "VBE2", 4);
    if (!vbe(0x4F00, 0, 0, info) || memcmp(info, "VESA", 4) != 0)
        return 0;
    list = (const uint8_t *)(uintptr_t)(le16(info + INFO_MODES + 2) * 16u +
                                        le16(info + INFO_MODES));
    while (count < MAX_MODES && le16(list) != MODE_END) {
        modes[count++] = le16(list);
        list += 2;
    }
    return count;
}

/* Video memory that the memory map calls free is not video memory. */
static bool
inside_ram(const struct boot_video *video)
{
    uint64_t size = (uint64_t)video->pitch * video->height;

    for (uint32_t i = 0; i < loader.map.count; i++) {
        const struct boot_range *range = &loader.map.ranges[i];

        if (range->type != BOOT_MEM_RESERVED &&
            video->paddr < range->base + range->length &&
            range->base < video->paddr + size)
            return true;
    }
    return false;
}

/* Is this mode usable, and what is it? Fields of mode_info are not trusted. */
static bool
describe(uint16_t mode, struct boot_video *video)
{
    const uint8_t *m = mode_info, *colors = m + MODE_COLORS;
    uint32_t pitch;

    memset(mode_info, 0, MODE_SIZE);
    if (!vbe(0x4F01, 0, mode, mode_info))
        return false;
    if ((le16(m + MODE_ATTRIBUTES) & ATTRIBUTES_NEEDED) != ATTRIBUTES_NEEDED)
        return false;
    if (m[MODE_MODEL] != MODEL_DIRECT && m[MODE_MODEL] != MODEL_PACKED)
        return false;
    if (m[MODE_BPP] != 16 && m[MODE_BPP] != 24 && m[MODE_BPP] != 32)
        return false;
    pitch = le16(m + MODE_PITCH);
    if (le16(info + INFO_VERSION) >= 0x300) {
        if (le16(m + MODE_LFB_PITCH) != 0)
            pitch = le16(m + MODE_LFB_PITCH);
        if (m[MODE_LFB_COLORS] != 0)
            colors = m + MODE_LFB_COLORS;
    }
    *video = (struct boot_video){
        .kind = BOOT_VIDEO_FRAMEBUFFER, .vbe_mode = mode,
        .width = le16(m + MODE_WIDTH), .height = le16(m + MODE_HEIGHT),
        .pitch = pitch, .bits_per_pixel = m[MODE_BPP],
        .red = { colors[1], colors[0] },
        .green = { colors[3], colors[2] },
        .blue = { colors[5], colors[4] },
        .paddr = le32(m + MODE_LFB),
    };
    return framebuffer_problem(video) == NULL && !inside_ram(video);
}

static bool
find_mode(const struct config_video *wanted, struct boot_video *best)
{
    uint32_t count = list_modes();
    bool found = false;

    for (uint32_t i = 0; i < count; i++) {
        struct boot_video video;

        if (!describe(modes[i], &video) || video.width != wanted->width ||
            video.height != wanted->height)
            continue;
        if (wanted->depth != 0 && video.bits_per_pixel != wanted->depth)
            continue;
        if (!found || video.bits_per_pixel > best->bits_per_pixel)
            *best = video;
        found = true;
    }
    return found;
}

/* What the BIOS data area says of text mode; its usual answer if nothing. */
static void
describe_text(struct boot_video *video)
{
    *video = (struct boot_video){
        .kind = BOOT_VIDEO_TEXT,
        .paddr = bda[BDA_MODE] == MODE_MONO ? MONO_MEMORY : TEXT_MEMORY,
        .width = le16(bda + BDA_COLUMNS), .height = bda[BDA_ROWS] + 1u,
        .cursor_column = bda[BDA_CURSOR], .cursor_row = bda[BDA_CURSOR + 1],
        .bits_per_pixel = 16,
    };
    if (video->width < 40 || video->width > 132)
        video->width = 80;
    if (video->height < 25 || video->height > 60)
        video->height = 25;
    if (video->cursor_column >= video->width)
        video->cursor_column = 0;
    if (video->cursor_row >= video->height)
        video->cursor_row = video->height - 1;
    video->pitch = video->width * 2;
}

/* Some BIOSes fail half-way, or report success and set another mode. */
static bool
set_mode(uint16_t mode)
{
    struct bios_regs regs = { .eax = 0x4F03 }; /* which mode is set? */

    if (!vbe(0x4F02, mode | USE_LFB, 0, info))
        return false;
    bios_call(0x10, &regs);
    return (regs.eax & 0xFFFF) != VBE_OK || (regs.ebx & MODE_NUMBER) == mode;
}

void
video_set_text(void)
{
    struct bios_regs regs = { .eax = 0x0003 }; /* INT 10h AH=00h: 80x25 */

    bios_call(0x10, &regs);
}

void
video_cursor_up(uint32_t lines)
{
    struct bios_regs regs = { .eax = 0x0200 }; /* INT 10h AH=02h: cursor */
    uint32_t row;

    console_flush();
    row = bda[BDA_CURSOR + 1];
    regs.edx = (row > lines ? row - lines : 0) << 8;
    bios_call(0x10, &regs);
}

void
video_expect_text(void)
{
    uint8_t mode = bda[BDA_MODE];

    if (mode != MODE_TEXT && mode != MODE_TEXT - 1 && mode != MODE_MONO)
        video_set_text();
}

void
video_set(const struct config_video *wanted, struct boot_video *video)
{
    if (wanted->width != 0) {
        if (find_mode(wanted, video)) {
            console_flush();
            if (set_mode(video->vbe_mode)) {
                console_screen_on(false);
                return;
            }
            video_set_text();
        }
        quirk(QUIRK_VBE_FALLBACK);
        print("Video mode %ux%u is not to be had; text it is.\n",
              wanted->width, wanted->height);
    }
    console_flush();
    describe_text(video);
}
