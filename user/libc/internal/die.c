#include <stdlib.h>
#include <string.h>

#include "user/libc/internal/libc.h"
#include "user/libc/internal/system.h"

/* Neither stdio nor the heap: either may be what is broken. */
void
__die(const char *text, const void *place)
{
    char line[160] = "", *at = line;
    uintptr_t value = (uintptr_t)place;

    at = stpcpy(at, "libc: ");
    at = stpncpy(at, text, 100);
    at = stpcpy(at, " 0x");
    for (int shift = 60; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[value >> shift & 15];
    *at++ = '\n';
    (void)!__sys_write(2, line, (size_t)(at - line));
    abort();
}
