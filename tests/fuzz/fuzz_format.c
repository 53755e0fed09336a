/*
 * kernel/lib/format: any format text with any arguments of the right kind.
 *
 * Input: one byte of buffer size, eight bytes that become the arguments, then
 * the format text. Conversions are checked for what format() would take from
 * the argument list, so that only the library's own mistakes can crash.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/bytes.h"
#include "kernel/lib/format.h"

#define MAX_TEXT 200
#define ARGUMENTS 9

static size_t
call_list(char *buffer, size_t size, const char *text, ...)
{
    va_list list;
    size_t length;

    va_start(list, text);
    length = format_list(buffer, size, text, list);
    va_end(list);
    return length;
}

/*
 * Numbers in the text have at most two digits (a wide field is slow, not
 * wrong), %s becomes %c unless it is the first conversion, and no more
 * arguments are asked for than there are.
 */
static void
tame(char *text)
{
    unsigned digits = 0, percents = 0;
    int first = 1;

    for (char *p = text; *p != '\0'; p++) {
        if (*p == '%' && ++percents > ARGUMENTS)
            *p = ' ';
        digits = *p >= '0' && *p <= '9' ? digits + 1 : 0;
        if (digits > 2)
            *p = ' ';
        if (*p == 's' && !first)
            *p = 'c';
        if (strchr("scuxXdp", *p) != NULL && memchr(text, '%', p - text))
            first = 0;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[MAX_TEXT + 1];
    char *buffer;
    size_t room, length, full;
    uint64_t value;

    if (size < 9 || size - 9 > MAX_TEXT)
        return 0;
    room = data[0];
    value = le64(data + 1);
    memcpy(text, data + 9, size - 9);
    text[size - 9] = '\0';
    tame(text);

    /* The exact size, so that one byte too many is an error. */
    buffer = malloc(room);
    length = call_list(buffer, room, text, "word", value, value >> 32, value,
                       value >> 7, value, value, value, value, value);
    full = call_list(NULL, 0, text, "word", value, value >> 32, value,
                     value >> 7, value, value, value, value, value);
    if (length != full)
        abort();
    if (room > 0 && strlen(buffer) != (length < room ? length : room - 1) &&
        memchr(buffer, '\0', length < room ? length : room - 1) == NULL)
        abort();
    free(buffer);
    return 0;
}
