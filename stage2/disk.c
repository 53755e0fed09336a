#include "stage2/disk.h"

#include <stdbool.h>

#include "kernel/lib/bytes.h"
#include "kernel/lib/mem.h"
#include "stage2/bios.h"
#include "stage2/loader.h"

#define TRIES        3    /* with one length, a reset after each failure */
#define SHORT_TRIES  2    /* with each shorter length */
#define PACKET_SIZE  16
#define CYLINDERS    1024 /* ten bits in CX */
#define FIRST_DISK   0x80

/* How sectors are read. */
struct way {
    bool lba;         /* by LBA; else by geometry */
    uint32_t longest; /* sectors that one transfer may have */
};

static struct {
    uint8_t drive;
    struct way way;
    uint32_t detours;  /* requests in a row that needed another way */
    uint32_t heads;
    uint32_t sectors;  /* per track; 0 until asked for */
    uint64_t chs_end;  /* first sector that the geometry does not have */
    uint8_t status;    /* of the last failure */
    uint64_t failed_lba;
} disk;

static bool
int13(struct bios_regs *regs)
{
    loader.ledger.int13_calls++;
    regs->edx = (regs->edx & 0xFF00) | disk.drive;
    bios_call(0x13, regs);
    if (bios_failed(regs))
        disk.status = (uint8_t)(regs->eax >> 8);
    return !bios_failed(regs);
}

static void
reset(void)
{
    struct bios_regs regs = { .eax = 0 };
    uint8_t status = disk.status;

    loader.ledger.retries++;
    int13(&regs);
    disk.status = status; /* why the read failed, not the reset */
}

/*
 * Where sector number `at` of the bounce buffer lies, as a real-mode segment.
 * Pieces of one request are put one behind the other.
 */
static uint16_t
segment_of(uint32_t at)
{
    return (uint16_t)((BOUNCE_BASE + at * SECTOR_SIZE) >> 4);
}

/* INT 13h AH=42h. Returns sectors read, 0 after a failure. */
//#[disk-lba]
static uint32_t
read_lba(uint64_t lba, uint32_t count, uint32_t at)
{
    struct bios_regs regs = {
        .eax = 0x4200, .esi = real_offset(disk_packet),
    };
    uint32_t done;

    put_le16(disk_packet, PACKET_SIZE);
    put_le16(disk_packet + 2, (uint16_t)count);
    put_le16(disk_packet + 4, 0);
    put_le16(disk_packet + 6, segment_of(at));
    put_le64(disk_packet + 8, lba);
    if (!int13(&regs))
        return 0;
    /* Some report success for a part, and say so only here. */
    done = le16(disk_packet + 2);
    if (done >= count)
        return count;
    quirk(QUIRK_SHORT_READ);
    return done;
}
//#[end]

/* INT 13h AH=08h, asked for once. */
static bool
know_geometry(void)
{
    struct bios_regs regs = { .eax = 0x0800 };

    if (disk.sectors != 0)
        return true;
    if (!int13(&regs) || (regs.ecx & 0x3F) == 0)
        return false;
    disk.sectors = regs.ecx & 0x3F;
    disk.heads = (regs.edx >> 8 & 0xFF) + 1;
    disk.chs_end = (uint64_t)disk.heads * disk.sectors *
                   ((regs.ecx >> 8 & 0xFF) + (regs.ecx << 2 & 0x300) + 1);
    return true;
}

/* INT 13h AH=02h, never past the end of a track. Returns sectors read. */
//#[disk-chs]
static uint32_t
read_chs(uint64_t lba, uint32_t count, uint32_t at)
{
    struct bios_regs regs = { .es = segment_of(at) };
    uint32_t track, sector, cylinder, head;

    if (!know_geometry() || lba >= CYLINDERS * disk.heads * disk.sectors)
        return 0;
    track = (uint32_t)lba / disk.sectors;
    sector = (uint32_t)lba % disk.sectors;
    cylinder = track / disk.heads;
    head = track % disk.heads;
    if (count > disk.sectors - sector)
        count = disk.sectors - sector;
    regs.eax = 0x0200 | count;
    regs.ecx = (cylinder & 0xFF) << 8 | (cylinder >> 8) << 6 | (sector + 1);
    regs.edx = head << 8;
    return int13(&regs) ? count : 0;
}
//#[end]

typedef uint32_t read_fn(uint64_t lba, uint32_t count, uint32_t at);

/* The same length a few times, a reset in between. */
static uint32_t
read_patiently(read_fn *read, uint64_t lba, uint32_t count, uint32_t at,
               int tries)
{
    for (int i = 0; i < tries; i++) {
        uint32_t done = read(lba, count, at);

        if (done > 0) {
            if (i > 0)
                quirk(QUIRK_READ_RETRY);
            return done;
        }
        reset();
    }
    return 0;
}

/* Limits that are known of BIOSes: 127 and 64 sectors, a page or two, one. */
static uint32_t
shorter(uint32_t length)
{
    return length > 64 ? 64 : length > 16 ? 16 : length > 1 ? 1 : 0;
}

/*
 * One transfer: patiently, then shorter and shorter, then by geometry. What
 * works goes into way, for the rest of the request. A dead disk is given up
 * after a dozen attempts: each may take seconds.
 */
static uint32_t
read_piece(struct way *way, uint64_t lba, uint32_t count, uint32_t at)
{
    read_fn *read = way->lba ? read_lba : read_chs;
    uint32_t length = count < way->longest ? count : way->longest;
    uint32_t done = read_patiently(read, lba, length, at, TRIES);

    for (length = shorter(length); done == 0 && length > 0;
         length = shorter(length)) {
        done = read_patiently(read, lba, length, at, SHORT_TRIES);
        if (done > 0) {
            way->longest = length;
            quirk(QUIRK_SMALLER_READS);
        }
    }
    if (done > 0 || !way->lba)
        return done;
    done = read_patiently(read_chs, lba, count, at, TRIES);
    if (done > 0) {
        way->lba = false;
        quirk(QUIRK_LBA_FAILED);
    }
    return done;
}

/*
 * One request may have met a bad moment or a bad sector. What two in a row
 * needed is the BIOS's nature: from then on it is not asked in vain again.
 */
static void
learn(const struct way *way)
{
    if (way->longest == disk.way.longest && way->lba == disk.way.lba)
        disk.detours = 0;
    else if (++disk.detours >= 2)
        disk.way = *way;
}

uint32_t
disk_read(uint64_t lba, uint32_t count)
{
    struct way way = disk.way;
    uint32_t have = 0;

    while (have < count) {
        uint32_t done = read_piece(&way, lba + have, count - have, have);

        if (done == 0) {
            disk.failed_lba = lba + have;
            break;
        }
        loader.ledger.sectors += done;
        have += done;
    }
    learn(&way);
    return have;
}

_Noreturn void
disk_fail(void)
{
    /* Reading there was tried: some count a cylinder less than there are. */
    if (!disk.way.lba && disk.sectors != 0 && disk.failed_lba >= disk.chs_end)
        loader_fail(E_DISK_RANGE, disk.failed_lba);
    loader_fail(E_DISK_READ, disk.status, disk.failed_lba);
}

uint8_t *
disk_data(void)
{
    return (uint8_t *)(uintptr_t)BOUNCE_BASE;
}

uint8_t
disk_drive(void)
{
    return disk.drive;
}

/* INT 13h AH=41h: does the BIOS announce what does not work? */
static bool
extensions_announced(void)
{
    struct bios_regs regs = { .eax = 0x4100, .ebx = 0x55AA };

    return int13(&regs) && (regs.ebx & 0xFFFF) == 0xAA55 && (regs.ecx & 1);
}

/*
 * What stage 1 found out. HEADS tells that it had to try the geometry; that
 * may have been because of another drive, a bad moment, or a limit that stage
 * 2 in one piece was too long for. One sector by LBA tells.
 */
static bool
lba_works(const uint8_t *record)
{
    if (le16(record + HANDOFF_HEADS) == 0)
        return true;
    if (disk.drive < FIRST_DISK || !extensions_announced()) {
        quirk(QUIRK_NO_EDD);
        return false;
    }
    if (read_lba(0, 1, 0) == 1)
        return true;
    quirk(QUIRK_LBA_FAILED);
    return false;
}

/*
 * Stage 2 came from another drive than LBA 0: the partition table has to be
 * that of the drive that is read from now on.
 */
static void
reload_lba_0(void)
{
    if (disk_read(0, 1) == 1)
        memcpy((void *)(uintptr_t)STAGE1_BASE, disk_data(), SECTOR_SIZE);
}

void
disk_init(void)
{
    const uint8_t *record = (const uint8_t *)(uintptr_t)HANDOFF_BASE;
    uint8_t bios_dl = record[HANDOFF_BIOS_DL];
    uint32_t failed = (uint8_t)(record[HANDOFF_ATTEMPTS] + STAGE1_ATTEMPTS);

    disk.drive = record[HANDOFF_DRIVE];
    disk.way.longest = BOUNCE_SECTORS;
    loader.ledger.int13_calls = le16(record + HANDOFF_CALLS);
    loader.ledger.sectors = le16((const uint8_t *)(uintptr_t)STAGE2_BASE +
                                 STAGE2_HDR_SECTORS); /* by stage 1 */
    if (bios_dl != disk.drive) {
        quirk(QUIRK_DL_FIXED);
        if (bios_dl < 0x90)
            failed += STAGE1_ATTEMPTS; /* all of them on the wrong drive */
    }
    loader.ledger.retries = failed;
    if (failed > 0)
        quirk(QUIRK_READ_RETRY);
    disk.way.lba = lba_works(record);
    if (bios_dl != disk.drive)
        reload_lba_0();
}
