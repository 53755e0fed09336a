#include "user/rt/archive.h"

#include "kernel/lib/mem.h"

#define HEADER_SIZE 110u
#define MAGIC_SIZE  6u
#define DIGITS      8u

/* Numbers of a header, in their order. */
enum field {
    FIELD_INODE, FIELD_MODE, FIELD_UID, FIELD_GID, FIELD_LINKS, FIELD_TIME,
    FIELD_SIZE, FIELD_MAJOR, FIELD_MINOR, FIELD_SPECIAL_MAJOR,
    FIELD_SPECIAL_MINOR, FIELD_NAME_SIZE, FIELD_CHECK, FIELD_COUNT,
};

static const char trailer[] = "TRAILER!!!";

static uint64_t
align4(uint64_t value)
{
    return (value + 3) & ~3ULL;
}

static int
digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_number(const uint8_t *text, uint32_t *number)
{
    *number = 0;
    for (unsigned i = 0; i < DIGITS; i++) {
        int digit = digit_of(text[i]);

        if (digit < 0)
            return false;
        *number = *number << 4 | (uint32_t)digit;
    }
    return true;
}

static bool
read_header(const uint8_t *header, uint32_t numbers[FIELD_COUNT])
{
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        if (!read_number(header + MAGIC_SIZE + i * DIGITS, &numbers[i]))
            return false;
    return true;
}

/* Without "/" and "./" in front, and "." as a whole, which is the root. */
static const char *
plain(const char *name)
{
    for (;;) {
        if (name[0] == '/')
            name++;
        else if (name[0] == '.' && (name[1] == '/' || name[1] == '\0'))
            name++;
        else
            return name;
    }
}

/* Does a part of the path lead out of the archive? */
static bool
leaves(const char *name)
{
    for (const char *p = name; *p != '\0'; p++)
        if ((p == name || p[-1] == '/') && p[0] == '.' && p[1] == '.' &&
            (p[2] == '/' || p[2] == '\0'))
            return true;
    return false;
}

/*
 * The member whose header is at that offset: NULL, or what is wrong. The
 * offset is a multiple of four, and no sum here can overflow: an archive lies
 * in memory, and each number has 32 bits.
 */
static const char *
read_member(const uint8_t *bytes, uint64_t size, uint64_t at,
            struct archive_member *member)
{
    uint32_t numbers[FIELD_COUNT];
    uint64_t name_end;
    const char *name;

    if (at > size || size - at < HEADER_SIZE)
        return "it ends without a trailer";
    if (memcmp(bytes + at, "070701", MAGIC_SIZE) != 0)
        return "no header of a cpio archive (newc)";
    if (!read_header(bytes + at, numbers))
        return "a header with something else than digits";
    name_end = at + HEADER_SIZE + numbers[FIELD_NAME_SIZE];
    if (name_end > size)
        return "a name reaches beyond the end";
    name = (const char *)bytes + at + HEADER_SIZE;
    if (numbers[FIELD_NAME_SIZE] == 0 || bytes[name_end - 1] != '\0')
        return "a name without a NUL";
    if (leaves(name))
        return "a name that leaves the archive";
    member->name = plain(name);
    member->name_length = strlen(member->name);
    member->inode = numbers[FIELD_INODE];
    member->mode = numbers[FIELD_MODE];
    member->links = numbers[FIELD_LINKS];
    member->time = numbers[FIELD_TIME];
    member->offset = align4(name_end);
    member->size = numbers[FIELD_SIZE];
    if (member->offset > size || size - member->offset < member->size)
        return "a file reaches beyond the end";
    member->next = align4(member->offset + member->size);
    return NULL;
}

const char *
archive_open(struct archive *archive, const void *bytes, uint64_t size,
             uint64_t *at)
{
    struct archive_member member;
    const char *problem;

    *at = 0;
    for (;;) {
        problem = read_member(bytes, size, *at, &member);
        if (problem != NULL)
            return problem;
        if (strcmp(member.name, trailer) == 0)
            break;
        *at = member.next;
    }
    *archive = (struct archive){ bytes, *at };
    return NULL;
}

bool
archive_next(const struct archive *archive, struct archive_member *member)
{
    if (member->next == archive->size)
        return false;
    return read_member(archive->bytes, archive->size, member->next,
                       member) == NULL;
}

bool
archive_find(const struct archive *archive, const char *name,
             struct archive_member *member)
{
    *member = (struct archive_member){ 0 };
    name = plain(name);
    while (archive_next(archive, member))
        if (strcmp(member->name, name) == 0)
            return true;
    return false;
}
