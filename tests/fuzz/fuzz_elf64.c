/*
 * stage2/elf64: any file, loaded in pieces into memory of exactly the size
 * that was asked for, and relocated.
 *
 * Input: the size of a piece in one byte, the size of the first piece in one
 * byte (both in units of 16), then the file.
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "stage2/elf64.h"

#define MAX_FILE   16384
#define MAX_MEMORY (1u << 20)
#define BASE       0xFFFFFFFF80200000ULL

static void
check(bool condition)
{
    if (!condition)
        abort();
}

static void
check_image(const struct elf64_image *image, uint64_t file_size)
{
    uint64_t end = 0;
    bool entry = false;

    check(image->segment_count >= 1);
    check(image->segment_count <= ELF64_MAX_SEGMENTS);
    check(image->memory_size % 4096 == 0);
    check(image->memory_size <= ELF64_MAX_MEMORY);
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf64_segment *s = &image->segments[i];

        check(s->vaddr / 4096 * 4096 >= end);
        check(i > 0 || s->vaddr == 0);
        check(s->memory_size > 0 && s->file_size <= s->memory_size);
        check(s->file_offset + s->file_size <= file_size);
        check((s->flags & (ELF64_W | ELF64_X)) != (ELF64_W | ELF64_X));
        end = (s->vaddr + s->memory_size + 4095) / 4096 * 4096;
        if ((s->flags & ELF64_X) != 0)
            entry |= image->entry >= s->vaddr &&
                     image->entry < s->vaddr + s->file_size;
    }
    check(entry && end == image->memory_size);
    check(image->dynamic + image->dynamic_size <= image->memory_size);
}

static void
load(const struct elf64_image *image, uint8_t *memory, const uint8_t *file,
     size_t size, size_t piece)
{
    memset(memory, 0xAA, image->memory_size);
    for (size_t at = 0; at < size; at += piece)
        elf64_place(image, memory, at, file + at,
                    size - at < piece ? size - at : piece);
    elf64_clear(image, memory);
}

/*
 * Every byte is the file's or zero. Relocation may change what lies in a
 * segment and nothing else.
 */
static void
check_memory(const struct elf64_image *image, const uint8_t *memory,
             const uint8_t *file, bool relocated)
{
    uint64_t at = 0;

    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf64_segment *s = &image->segments[i];

        for (; at < s->vaddr; at++)
            check(memory[at] == 0);
        if (!relocated && s->file_size > 0)
            check(memcmp(memory + at, file + s->file_offset,
                         s->file_size) == 0);
        if (!relocated)
            for (uint64_t j = s->file_size; j < s->memory_size; j++)
                check(memory[at + j] == 0);
        at += s->memory_size;
    }
    for (; at < image->memory_size; at++)
        check(memory[at] == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct elf64_image image;
    size_t piece, head_size;
    uint8_t *file, *memory;
    int result;

    if (size < 3 || size > MAX_FILE)
        return 0;
    piece = 1 + 16u * data[0];
    head_size = 16u * data[1];
    data += 2;
    size -= 2;
    head_size = head_size < size ? head_size : size;

    file = malloc(head_size > 0 ? head_size : 1);
    memcpy(file, data, head_size);
    result = elf64_parse(&image, file, head_size, size);
    free(file);
    check(result == 0 || result == E_ELF_HEADER || result == E_ELF_SEGMENT);
    check((result == 0) == (image.reason == NULL));
    if (result != 0)
        return 0;
    check_image(&image, size);
    if (image.memory_size > MAX_MEMORY)
        return 0;
    memory = malloc(image.memory_size);
    load(&image, memory, data, size, piece);
    check_memory(&image, memory, data, false);
    result = elf64_relocate(&image, memory, BASE);
    check(result == 0 || result == E_ELF_RELOCATION);
    check((result == 0) == (image.reason == NULL));
    check_memory(&image, memory, data, true);
    free(memory);
    return 0;
}
