/*
 * kernel/lib/elf: any file. What was accepted keeps every promise that those
 * who map it rely on.
 *
 * Input: how much larger the file claims to be than what follows, in pages,
 * in one byte; then its beginning, which is all that is read.
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/elf.h"

static void
check(bool condition)
{
    if (!condition)
        abort();
}

static void
check_elf(const struct elf *elf, uint64_t size)
{
    bool code = false;
    uint64_t end = 0;

    check(elf->count >= 1 && elf->count <= ELF_MAX_SEGMENTS);
    for (uint32_t i = 0; i < elf->count; i++) {
        const struct elf_segment *s = &elf->segments[i];

        check(s->file_size <= s->memory_size && s->memory_size > 0);
        check(s->offset <= size && s->file_size <= size - s->offset);
        check(s->address % ELF_PAGE == s->offset % ELF_PAGE);
        check(elf_page_down(s->address) >= end);
        check((s->flags & ELF_READ) != 0);
        check((s->flags & (ELF_WRITE | ELF_EXECUTE)) !=
              (ELF_WRITE | ELF_EXECUTE));
        end = elf_page_up(s->address + s->memory_size);
        code |= (s->flags & ELF_EXECUTE) != 0 && elf->entry >= s->address &&
                elf->entry < s->address + s->file_size;
    }
    check(elf->segments[0].address < ELF_PAGE && code);
    check(end == elf->memory_size && end <= ELF_MAX_MEMORY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct elf elf;
    uint8_t *file;
    size_t claimed;

    if (size < 1)
        return 0;
    /* The rest of the file is there, for nobody may read past it either. */
    claimed = size - 1 + (data[0] & 7u) * ELF_PAGE;
    file = calloc(1, claimed > 0 ? claimed : 1);
    memcpy(file, data + 1, size - 1);
    if (elf_read(&elf, file, claimed) == NULL)
        check_elf(&elf, claimed);
    free(file);
    return 0;
}
