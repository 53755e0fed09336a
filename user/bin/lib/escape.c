#include "user/bin/lib/escape.h"

#include <string.h>

static int
octal(const char **p, int most)
{
    int value = 0;

    for (int i = 0; i < most && **p >= '0' && **p <= '7'; i++)
        value = value * 8 + (*(*p)++ - '0');
    return value & 0xFF;
}

static int
hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;

    return found != NULL ? (int)(found - digits) % 16 : -1;
}

static int
hex(const char **p)
{
    int value = 0;

    for (int i = 0; i < 2 && hex_digit(**p) >= 0; i++)
        value = value * 16 + hex_digit(*(*p)++);
    return value;
}

int
escape_read(const char **p, enum escape_style style)
{
    static const char letters[] = "abefnrtv\\";
    static const char values[] = "\a\b\033\f\n\r\t\v\\";
    const char *found = **p != '\0' ? strchr(letters, **p) : NULL;

    if (found != NULL) {
        ++*p;
        return (unsigned char)values[found - letters];
    }
    if (style == ESCAPE_ECHO && **p == 'c') {
        ++*p;
        return ESCAPE_STOP;
    }
    if (**p == 'x' && hex_digit((*p)[1]) >= 0) {
        ++*p;
        return hex(p);
    }
    if (style == ESCAPE_ECHO && **p == '0')
        return octal(p, 4);
    if (**p >= '0' && **p <= '7')
        return octal(p, 3);
    return ESCAPE_NONE;
}
