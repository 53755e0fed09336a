#include "stage2/manifest.h"

#include <stdbool.h>

/* What is left of a line, or of the whole text. Never read past the end. */
struct span {
    const char *at;
    const char *end;
};

/* Cut the next line off text; a CR before its LF is not part of it. */
static bool
next_line(struct span *text, struct span *line)
{
    if (text->at == text->end)
        return false;
    line->at = text->at;
    while (text->at < text->end && *text->at != '\n')
        text->at++;
    line->end = text->at;
    if (text->at < text->end)
        text->at++;
    if (line->end > line->at && line->end[-1] == '\r')
        line->end--;
    return true;
}

static bool
is_ignored(const struct span *line)
{
    return line->at == line->end || *line->at == '#';
}

/* Take one digit of the base (10 or 16) from line, or return -1. */
static int
take_digit(struct span *line, unsigned base)
{
    unsigned digit;

    if (line->at == line->end)
        return -1;
    digit = (unsigned char)*line->at - '0';
    if (digit > 9) {
        digit = ((unsigned char)*line->at | 0x20) - 'a';
        digit = digit < 6 ? digit + 10 : base;
    }
    if (digit >= base)
        return -1;
    line->at++;
    return (int)digit;
}

static bool
take_blank(struct span *line)
{
    return line->at < line->end && *line->at++ == ' ';
}

/* Take "CRC SIZE " from line; what is left is the path, never empty. */
static bool
take_record(struct span *line, struct manifest_record *record)
{
    int digit;

    *record = (struct manifest_record){ 0 };
    for (int i = 0; i < 8; i++) {
        digit = take_digit(line, 16);
        if (digit < 0)
            return false;
        record->crc32c = record->crc32c << 4 | (unsigned)digit;
    }
    if (!take_blank(line))
        return false;
    digit = take_digit(line, 10);
    if (digit < 0)
        return false;
    for (; digit >= 0; digit = take_digit(line, 10)) {
        if (record->size > (UINT64_MAX - (unsigned)digit) / 10)
            return false;
        record->size = record->size * 10 + (unsigned)digit;
    }
    return take_blank(line) && line->at < line->end;
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool
same_path(const struct span *line, const char *path)
{
    for (const char *p = line->at; p < line->end; p++, path++)
        if (*path == '\0' || lower(*p) != lower(*path))
            return false;
    return *path == '\0';
}

uint32_t
manifest_check(const char *text, size_t size)
{
    struct span rest = { text, text + size }, line;
    struct manifest_record record;

    for (uint32_t number = 1; next_line(&rest, &line); number++)
        if (!is_ignored(&line) && !take_record(&line, &record))
            return number;
    return 0;
}

int
manifest_find(const char *text, size_t size, const char *path,
              struct manifest_record *record)
{
    struct span rest = { text, text + size }, line;

    while (next_line(&rest, &line))
        if (!is_ignored(&line) && take_record(&line, record) &&
            same_path(&line, path))
            return 1;
    return 0;
}
