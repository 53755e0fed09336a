/*
 * stage2/manifest: any text. Of what is well-formed each line is read a
 * second time with the host's library, and its path must be found.
 */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stage2/manifest.h"

#define MAX_SIZE 4096

static void
check(bool condition)
{
    if (!condition)
        abort();
}

/*
 * line is what stands before LF or CRLF. Of several lines with one path the
 * first counts, so only the very first line is sure to be what is found.
 */
static void
check_line(const char *text, size_t size, char *line, bool first)
{
    struct manifest_record record;
    char *end, *path;
    unsigned long long bytes;
    unsigned long crc;

    check(strlen(line) >= 12 && line[8] == ' ' && isdigit(line[9]));
    line[8] = '\0';
    crc = strtoul(line, &end, 16);
    check(end == line + 8);
    bytes = strtoull(line + 9, &end, 10);
    check(*end == ' ' && end[1] != '\0');
    path = end + 1;
    check(manifest_find(text, size, path, &record) == 1);
    if (first)
        check(record.crc32c == crc && record.size == bytes);
    for (char *p = path; *p != '\0'; p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
    check(manifest_find(text, size, path, &record) == 1);
    if (first)
        check(record.crc32c == crc && record.size == bytes);
}

static void
check_all_lines(const char *text, size_t size)
{
    char *copy = malloc(size + 1), *line = copy, *next;
    bool first = true;

    memcpy(copy, text, size);
    copy[size] = '\0';
    for (; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (line[0] != '\0' && line[strlen(line) - 1] == '\r')
            line[strlen(line) - 1] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        check_line(text, size, line, first);
        first = false;
    }
    free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct manifest_record record;
    uint32_t line, lines = 1;
    char *text;

    if (size > MAX_SIZE)
        return 0;
    text = malloc(size > 0 ? size : 1);
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    if (size > 0)
        memcpy(text, data, size);
    line = manifest_check(text, size);
    check(line <= lines);
    /* A NUL in a path is an odd byte, yet the host's strings end there. */
    if (line == 0 && (size == 0 || memchr(text, '\0', size) == NULL))
        check_all_lines(text, size);
    manifest_find(text, size, "/boot/kernel.elf", &record);
    free(text);
    return 0;
}
