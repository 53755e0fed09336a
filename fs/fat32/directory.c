#include "fs/fat32/fat32.h"
#include "fs/fat32/internal.h"

#include "kernel/lib/bytes.h"

/* Offsets in a directory entry (sections "FAT Directory Structure", "FAT Long
 * Directory Entries"). */
enum {
    ENTRY_NAME = 0,
    ENTRY_ATTRIBUTES = 11,
    ENTRY_CASE = 12, /* reserved in the specification; Windows NT's */
    ENTRY_CLUSTER_HIGH = 20,
    ENTRY_CLUSTER_LOW = 26,
    ENTRY_FILE_SIZE = 28,
    ENTRY_SIZE = 32,
    LONG_ORDINAL = 0,
    LONG_CHECKSUM = 13,
};

#define ENTRY_END 0x00
#define ENTRY_DELETED 0xE5
#define CASE_LOWER_BASE 0x08
#define CASE_LOWER_EXTENSION 0x10
#define ATTR_LONG_NAME 0x0F
#define ATTR_LONG_NAME_MASK 0x3F
#define LONG_LAST 0x40
#define LONG_UNITS 13  /* UTF-16 units in a long entry */
#define LONG_ENTRIES 20
#define NAME_UNITS 255 /* UTF-16 units in a name */
#define SHORT_BASE 8
#define SHORT_NAME 11
#define DIRECTORY_BYTES (65536u * ENTRY_SIZE)
#define REPLACEMENT 0xFFFDu /* stands for what cannot be shown */

/*
 * Entries of a long name come before their short one, last part first, each
 * with the checksum of the short name. A part out of order, a deleted entry
 * or a wrong checksum makes orphans of them all.
 */
struct walk {
    fat32_entry_fn *entry;
    void *context;
    bool aliases;     /* call entry for the short name as well */
    uint8_t checksum; /* of the short name that must follow */
    uint8_t expected; /* ordinal of the next long entry */
    bool has_long;    /* a long name was begun */
    uint16_t units[LONG_ENTRIES * LONG_UNITS + 1]; /* ends with a 0 */
    char name[FAT32_NAME_SIZE];
};

/*
 * Append a character as UTF-8. Controls would reach a terminal and a slash
 * would make two components of one: a volume cannot smuggle them in.
 */
static char *
put_character(char *to, uint32_t c)
{
    unsigned shift = 0;

    if (c < 0x20 || c == '/' || c - 0x7F <= 0x9F - 0x7F ||
        (c & ~0x7FFu) == 0xD800)
        c = REPLACEMENT;
    if (c >= 0x80)
        shift = c < 0x800 ? 6 : c < 0x10000 ? 12 : 18;
    *to++ = (char)("\0\xC0\xE0\xF0"[shift / 6] | c >> shift);
    while (shift > 0) {
        shift -= 6;
        *to++ = (char)(0x80 | (c >> shift & 0x3F));
    }
    return to;
}

/* False when the name is empty or longer than a name may be. */
static bool
read_long_name(struct walk *walk)
{
    const uint16_t *unit = walk->units;
    char *to = walk->name;

    for (; *unit != 0; unit++) {
        uint32_t c = *unit;

        if (c >> 10 == 0xD800 >> 10 && unit[1] >> 10 == 0xDC00 >> 10)
            c = 0x10000 + ((c & 0x3FF) << 10) + (*++unit & 0x3FF);
        if (unit >= walk->units + NAME_UNITS)
            return false;
        to = put_character(to, c);
    }
    *to = '\0';
    return to != walk->name;
}

/*
 * One part of a short name. Bytes from 80h on belong to a code page that the
 * volume does not name, so they are not shown; neither is 05h, which stands
 * for E5h at the start of a name.
 */
static char *
put_part(char *to, const uint8_t *from, unsigned length, bool lower)
{
    while (length > 0 && from[length - 1] == ' ')
        length--;
    for (; length > 0; length--) {
        uint32_t c = *from++;

        if (c >= 0x80)
            c = REPLACEMENT;
        else if (lower && c - 'A' < 26)
            c |= 0x20;
        to = put_character(to, c);
    }
    return to;
}

static void
read_short_name(struct walk *walk, const uint8_t *entry)
{
    uint8_t flags = entry[ENTRY_CASE];
    char *dot, *end;

    dot = put_part(walk->name, entry, SHORT_BASE, flags & CASE_LOWER_BASE);
    *dot = '.';
    end = put_part(dot + 1, entry + SHORT_BASE, SHORT_NAME - SHORT_BASE,
                   flags & CASE_LOWER_EXTENSION);
    *(end == dot + 1 ? dot : end) = '\0';
}

static uint8_t
short_checksum(const uint8_t *name)
{
    uint8_t sum = 0;

    for (unsigned i = 0; i < SHORT_NAME; i++)
        sum = (uint8_t)((sum << 7 | sum >> 1) + name[i]);
    return sum;
}

static void
add_long_entry(struct walk *walk, const uint8_t *entry)
{
    unsigned ordinal = entry[LONG_ORDINAL];
    uint16_t *unit;

    if (ordinal & LONG_LAST) {
        ordinal &= ~LONG_LAST;
        walk->has_long = ordinal - 1 < LONG_ENTRIES;
        if (!walk->has_long)
            return;
        walk->units[ordinal * LONG_UNITS] = 0;
        walk->checksum = entry[LONG_CHECKSUM];
    } else if (ordinal == 0 || ordinal != walk->expected ||
               entry[LONG_CHECKSUM] != walk->checksum) {
        walk->has_long = false;
    }
    if (!walk->has_long)
        return;
    walk->expected = (uint8_t)(ordinal - 1);
    unit = walk->units + walk->expected * LONG_UNITS;
    /* The units stand at 1 to 10, 14 to 25 and 28 to 31. */
    for (unsigned at = 1; at < ENTRY_SIZE; at += 2) {
        if (at == 11)
            at = 14;
        if (at == 26)
            at = 28;
        *unit++ = le16(entry + at);
    }
}

/*
 * Hand a short entry, with the long name before it, to the caller. Aliases
 * are for match() alone, which leaves the device, and so the entry, in peace.
 */
static int
emit(struct walk *walk, const uint8_t *entry)
{
    struct fat32_node node = {
        .first_cluster = (uint32_t)le16(entry + ENTRY_CLUSTER_HIGH) << 16 |
                         le16(entry + ENTRY_CLUSTER_LOW),
        .size = le32(entry + ENTRY_FILE_SIZE),
        .attributes = entry[ENTRY_ATTRIBUTES],
    };
    int status;

    if (node.attributes & FAT32_ATTR_DIRECTORY)
        node.size = 0;
    if (walk->has_long && walk->expected == 0 &&
        walk->checksum == short_checksum(entry) && read_long_name(walk)) {
        status = walk->entry(walk->context, walk->name, &node);
        if (status != 0 || !walk->aliases)
            return status;
    }
    read_short_name(walk, entry);
    return walk->entry(walk->context, walk->name, &node);
}

/*
 * A name that begins with a dot or a space is no short name, except for the
 * entries "." and "..", which are not handed out: paths know them without.
 * The mark of a deleted entry is no legal ordinal, so long ones need no look.
 */
static int
take_entry(struct walk *walk, const uint8_t *entry)
{
    uint8_t first = entry[ENTRY_NAME], attributes = entry[ENTRY_ATTRIBUTES];
    int status = 0;

    if ((attributes & ATTR_LONG_NAME_MASK) == ATTR_LONG_NAME) {
        add_long_entry(walk, entry);
        return 0;
    }
    if (first != ENTRY_DELETED && first != '.' && first != ' ' &&
        !(attributes & FAT32_ATTR_VOLUME_ID))
        status = emit(walk, entry);
    walk->has_long = false;
    return status;
}

/*
 * Each entry is viewed anew: the callback may have used the device, and a
 * view of the sector that was viewed last costs next to nothing.
 */
static int
walk_directory(struct fat32_volume *volume, const struct fat32_node *directory,
               struct walk *walk)
{
    uint32_t bytes = volume->device.bytes_per_sector;
    struct fat32_cursor cursor;
    const uint8_t *view;
    int status;

    if (!(directory->attributes & FAT32_ATTR_DIRECTORY))
        return FAT32_E_NOT_DIR;
    status = fat32_start(volume, directory->first_cluster, DIRECTORY_BYTES,
                         &cursor);
    if (status != 0)
        return status;
    do {
        uint32_t sector = fat32_sector_of(volume, cursor.cluster);

        for (uint32_t at = 0; at < volume->bytes_per_cluster;
             at += ENTRY_SIZE) {
            view = fat32_view(volume, sector + at / bytes);
            if (view == NULL)
                return FAT32_E_IO;
            view += at % bytes;
            if (view[ENTRY_NAME] == ENTRY_END)
                return 0;
            status = take_entry(walk, view);
            if (status != 0)
                return status;
        }
        cursor.bytes_left -= volume->bytes_per_cluster;
        status = fat32_step(volume, &cursor);
    } while (status > 0 && cursor.bytes_left > 0);
    return status > 0 ? fat32_broken_at(volume, cursor.cluster) : status;
}

struct wanted {
    const char *name; /* one component of a path, without a NUL */
    size_t length;
    struct fat32_node *node;
};

static uint8_t
fold(char c)
{
    return (uint8_t)((uint8_t)(c - 'A') < 26 ? c | 0x20 : c);
}

static int
match(void *context, const char *name, const struct fat32_node *node)
{
    struct wanted *wanted = context;
    size_t i = 0;

    while (i < wanted->length && fold(name[i]) == fold(wanted->name[i]))
        i++;
    if (i < wanted->length || name[i] != '\0')
        return 0;
    *wanted->node = *node;
    return 1;
}

static int
find(struct fat32_volume *volume, struct wanted *wanted)
{
    struct walk walk = { match, wanted, .aliases = true };
    struct fat32_node directory = *wanted->node;
    int status = walk_directory(volume, &directory, &walk);

    if (status == 0)
        return FAT32_E_NOT_FOUND;
    return status > 0 ? FAT32_OK : status;
}

/*
 * Length in bytes of the component at the start of path, 0 when it is longer
 * than a name may be. Each character counts the UTF-16 units it needs.
 */
static size_t
component_length(const char *path)
{
    size_t length = 0;
    unsigned units = 0;

    for (; path[length] != '\0' && path[length] != '/'; length++) {
        uint8_t c = (uint8_t)path[length];

        units += (c >> 6 != 2) + (c >= 0xF0);
    }
    return units <= NAME_UNITS ? length : 0;
}

int
fat32_lookup(struct fat32_volume *volume, const char *path,
             struct fat32_node *node)
{
    *node = (struct fat32_node){
        .first_cluster = volume->root_cluster,
        .attributes = FAT32_ATTR_DIRECTORY,
    };
    if (*path == '\0')
        return FAT32_E_NAME;
    for (;;) {
        struct wanted wanted = { .node = node };
        int status;

        if (*path == '/' && !(node->attributes & FAT32_ATTR_DIRECTORY))
            return FAT32_E_NOT_DIR;
        while (*path == '/')
            path++;
        if (*path == '\0')
            return FAT32_OK;
        wanted.name = path;
        wanted.length = component_length(path);
        if (wanted.length == 0)
            return FAT32_E_NAME;
        status = find(volume, &wanted);
        if (status != FAT32_OK)
            return status;
        path += wanted.length;
    }
}

int
fat32_list(struct fat32_volume *volume, const struct fat32_node *directory,
           fat32_entry_fn *entry, void *context)
{
    struct walk walk = { entry, context, .aliases = false };

    return walk_directory(volume, directory, &walk);
}
