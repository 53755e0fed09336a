/*
 * user/rt/archive: any bytes. What was opened keeps every promise of the
 * header, and each member is found by its name.
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "user/rt/archive.h"

static void
check(bool condition)
{
    if (!condition)
        abort();
}

static void
check_member(const struct archive *archive,
             const struct archive_member *member, uint64_t before)
{
    const char *bytes = (const char *)archive->bytes;
    struct archive_member first;

    check(member->name > bytes && member->name < bytes + archive->size);
    check(strlen(member->name) == member->name_length);
    check(member->name[0] != '/');
    check(member->offset % 4 == 0 && member->next % 4 == 0);
    check(member->offset >= before + 110 && member->next >= member->offset);
    check(member->size <= member->next - member->offset);
    check(member->next <= archive->size);
    check(archive_find(archive, member->name, &first));
    check(first.next <= member->next);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct archive_member member = { 0 };
    struct archive archive;
    uint64_t at, before = 0;
    const char *problem = archive_open(&archive, data, size, &at);

    check(at <= size + 3);
    if (problem != NULL)
        return 0;
    check(archive.size == at && archive.size <= size);
    while (archive_next(&archive, &member)) {
        check_member(&archive, &member, before);
        before = member.next;
    }
    check(before == archive.size);
    return 0;
}
