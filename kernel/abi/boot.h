/*
 * The boot protocol: what the loader hands to the kernel.
 *
 * At the kernel's first instruction (docs/spec/boot-protocol.md):
 *   - 64-bit mode, interrupts off, direction flag clear, CR0.WP and EFER.NXE
 *     on; the loader's GDT is loaded, no IDT may be relied on;
 *   - RDI holds the physical address of a struct boot_info, RSP a stack of
 *     BOOT_STACK_SIZE bytes;
 *   - the kernel's segments are mapped at info->kernel_vaddr with the rights
 *     of their program headers, never writable and executable at once;
 *   - the first 4 GiB of physical memory are mapped one to one, writable and
 *     not executable, so that the kernel can read what it was given. Only the
 *     page of the loader's last instructions is executable there.
 *
 * All addresses are physical unless a name says vaddr. Record, kernel,
 * modules, page tables and stack lie below 4 GiB, in ranges of Kindling's own
 * types, which belong to the kernel from then on.
 */
#ifndef KERNEL_ABI_BOOT_H
#define KERNEL_ABI_BOOT_H

#include <stdint.h>

typedef uint64_t paddr_t;
typedef uint64_t vaddr_t;

#define BOOT_INFO_MAGIC   0x4F464E49544F4F42ULL /* "BOOTINFO" */
#define BOOT_INFO_VERSION 1

/*
 * Memory map: sorted by base, no overlap, whole 4 KiB pages, no empty range,
 * neighbors of one type joined. Types 1 to 5 are those of ACPI 6.5 section
 * 15, the rest are Kindling's. Nothing below 1 MiB is ever usable; no usable
 * range reaches past 2^52.
 */
enum boot_memory_type {
    BOOT_MEM_USABLE = 1,
    BOOT_MEM_RESERVED = 2,
    BOOT_MEM_ACPI_TABLES = 3, /* usable once the tables were read */
    BOOT_MEM_ACPI_NVS = 4,
    BOOT_MEM_BAD = 5,
    BOOT_MEM_KERNEL = 0x1000, /* the kernel's own segments */
    BOOT_MEM_MODULE = 0x1001, /* modules */
    BOOT_MEM_LOADER = 0x1002, /* boot_info, its parts, page tables, stack */
};

struct boot_range {
    paddr_t base;
    uint64_t length;
    uint32_t type; /* enum boot_memory_type */
    uint32_t reserved;
};

#define BOOT_MODULE_NAME_SIZE 128

struct boot_module {
    paddr_t paddr;   /* page-aligned; the rest of the last page is zero */
    uint64_t size;   /* bytes */
    uint32_t crc32c; /* of its bytes, computed while it was read */
    uint32_t listed; /* 1 when the manifest lists it (and so agrees) */
    char path[BOOT_MODULE_NAME_SIZE]; /* as in boot.cfg, NUL-terminated */
};

enum boot_video_kind {
    BOOT_VIDEO_TEXT = 0,        /* VGA text, character cells at paddr */
    BOOT_VIDEO_FRAMEBUFFER = 1, /* linear, direct color */
};

/* The smallest framebuffer: 80 by 25 characters of 8 by 16 pixels. */
#define BOOT_VIDEO_MIN_WIDTH  640
#define BOOT_VIDEO_MIN_HEIGHT 400

struct boot_color_field {
    uint8_t position; /* lowest bit */
    uint8_t size;     /* bits */
};

struct boot_video {
    uint32_t kind; /* enum boot_video_kind */
    uint32_t width, height; /* cells (text) or pixels */
    uint32_t pitch;         /* bytes from one line to the next */
    uint32_t bits_per_pixel; /* framebuffer: 16, 24 or 32 */
    uint32_t cursor_column, cursor_row; /* text: where the loader stopped */
    struct boot_color_field red, green, blue;
    uint16_t vbe_mode; /* 0 in text mode */
    paddr_t paddr;
};

/* Who the boot disk is, so that a driver can find it again. */
struct boot_disk {
    uint8_t bios_drive;
    uint8_t partition;      /* 1 to 4 */
    uint16_t reserved;
    uint32_t mbr_signature; /* LBA 0, bytes 1B8h to 1BBh */
    uint32_t mbr_crc32c;    /* of bytes 5Ah to 1FFh of LBA 0: firmware may */
                            /* change what stands before, in memory only */
    uint32_t volume_serial; /* FAT32 BPB, offset 43h */
    uint64_t partition_lba; /* first sector */
    uint64_t partition_sectors;
};

enum boot_a20 {
    BOOT_A20_ALREADY, BOOT_A20_BIOS, BOOT_A20_PORT92, BOOT_A20_KBC,
};

enum boot_map_source {
    BOOT_MAP_E820, BOOT_MAP_E801, BOOT_MAP_88,
};

/* Moments of the boot; boot_ledger.tsc has the time stamp counter at each. */
enum boot_step {
    BOOT_STEP_STAGE2,  /* after the CPU check, the first RDTSC possible */
    BOOT_STEP_LONG,    /* first C function, 64-bit mode */
    BOOT_STEP_MEMORY,  /* A20 open, memory map known */
    BOOT_STEP_VOLUME,  /* FAT32 volume found */
    BOOT_STEP_CONFIG,  /* boot.cfg and manifest read, entry chosen */
    BOOT_STEP_KERNEL,  /* kernel in memory and verified */
    BOOT_STEP_MODULES, /* modules in memory and verified */
    BOOT_STEP_JUMP,    /* just before the kernel's first instruction */
    BOOT_STEP_COUNT,
};

struct boot_ledger {
    uint32_t int13_calls;
    uint32_t sectors;
    uint32_t retries;
    uint32_t a20;          /* enum boot_a20 */
    uint32_t map_source;   /* enum boot_map_source */
    uint32_t stage2_bytes; /* without padding to a sector */
    uint32_t quirks;       /* QUIRK_* of quirks.def */
    uint32_t bios_calls;   /* trips through the BIOS call gate */
    uint32_t real_stack_used, real_stack_size; /* high-water marks, bytes */
    uint32_t long_stack_used, long_stack_size;
    uint64_t tsc[BOOT_STEP_COUNT];
};

#define BOOT_MAX_RANGES  320
#define BOOT_MAX_MODULES 8
#define BOOT_CMDLINE_SIZE 1024
#define BOOT_LOG_SIZE 4096

struct boot_info {
    uint64_t magic;
    uint32_t version;
    uint32_t size;   /* sizeof(struct boot_info) */
    uint32_t crc32c; /* of the record with this field zero */

    uint32_t range_count;
    uint32_t module_count;
    uint32_t slot;         /* number of the virtual slot */
    uint32_t slot_choices; /* among how many it was drawn */
    uint32_t kaslr;        /* 0 with kaslr=off */

    paddr_t kernel_paddr;
    vaddr_t kernel_vaddr;
    uint64_t kernel_size;    /* bytes in memory, whole pages */
    uint64_t kernel_file_size;
    uint32_t kernel_crc32c;  /* of the file */
    uint32_t kernel_listed;  /* 1 when the manifest lists it */

    paddr_t rsdp;            /* 0 when none was found */
    paddr_t low_base;        /* conventional memory that is free once the */
    uint64_t low_length;     /* kernel has its own GDT and page tables: for */
                             /* real-mode start-up code of other CPUs */
    uint8_t random_seed[32];
    uint32_t random_sources; /* bit 0 RDRAND, 1 RDSEED, 2 TSC and PIT jitter, */
                             /* 3 CMOS clock, 4 seed=N (not random at all) */
    uint32_t log_length;

    struct boot_disk disk;
    struct boot_video video;
    struct boot_ledger ledger;
    struct boot_range ranges[BOOT_MAX_RANGES];
    struct boot_module modules[BOOT_MAX_MODULES];
    char command_line[BOOT_CMDLINE_SIZE]; /* NUL-terminated */
    char log[BOOT_LOG_SIZE];              /* what the loader printed */
};

#endif
