#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

static unsigned
digit_value(char c)
{
    if (isdigit((unsigned char)c))
        return (unsigned)(c - '0');
    if (isalpha((unsigned char)c))
        return (unsigned)(c | 32) - 'a' + 10;
    return UINT_MAX;
}

struct number {
    unsigned long value;
    int negative, overflow;
};

/* Where the digits begin: after 0x or 0 where the base allows. */
static const char *
skip_prefix(const char *s, int *base)
{
    if ((*base == 0 || *base == 16) && s[0] == '0' && (s[1] | 32) == 'x' &&
        digit_value(s[2]) < 16) {
        *base = 16;
        return s + 2;
    }
    if (*base == 0)
        *base = *s == '0' ? 8 : 10;
    return s;
}

static struct number
parse(const char *start, char **end, int base)
{
    struct number number = {0, 0, 0};
    const char *s = start;

    if (end)
        *end = (char *)start;
    if (base < 0 || base == 1 || base > 36) {
        errno = EINVAL;
        return number;
    }
    while (isspace((unsigned char)*s))
        s++;
    if (*s == '+' || *s == '-')
        number.negative = *s++ == '-';
    s = skip_prefix(s, &base);
    for (; digit_value(*s) < (unsigned)base; s++) {
        number.overflow |= __builtin_mul_overflow(
            number.value, (unsigned long)base, &number.value);
        number.overflow |= __builtin_add_overflow(
            number.value, digit_value(*s), &number.value);
        if (end)
            *end = (char *)s + 1;
    }
    return number;
}

unsigned long
strtoul(const char *restrict s, char **restrict end, int base)
{
    struct number number = parse(s, end, base);

    if (number.overflow) {
        errno = ERANGE;
        return ULONG_MAX;
    }
    return number.negative ? -number.value : number.value;
}

long
strtol(const char *restrict s, char **restrict end, int base)
{
    struct number number = parse(s, end, base);
    unsigned long limit = (unsigned long)LONG_MAX + (number.negative != 0);

    if (number.overflow || number.value > limit) {
        errno = ERANGE;
        return number.negative ? LONG_MIN : LONG_MAX;
    }
    return (long)(number.negative ? -number.value : number.value);
}

long long
strtoll(const char *restrict s, char **restrict end, int base)
{
    return strtol(s, end, base);
}

unsigned long long
strtoull(const char *restrict s, char **restrict end, int base)
{
    return strtoul(s, end, base);
}

intmax_t
strtoimax(const char *restrict s, char **restrict end, int base)
{
    return strtol(s, end, base);
}

uintmax_t
strtoumax(const char *restrict s, char **restrict end, int base)
{
    return strtoul(s, end, base);
}

int
atoi(const char *s)
{
    return (int)strtol(s, NULL, 10);
}

long
atol(const char *s)
{
    return strtol(s, NULL, 10);
}

long long
atoll(const char *s)
{
    return strtol(s, NULL, 10);
}

/* --- arithmetic ----------------------------------------------------------- */

int
abs(int n)
{
    return n < 0 ? -n : n;
}

long
labs(long n)
{
    return n < 0 ? -n : n;
}

long long
llabs(long long n)
{
    return n < 0 ? -n : n;
}

intmax_t
imaxabs(intmax_t n)
{
    return n < 0 ? -n : n;
}

div_t
div(int a, int b)
{
    return (div_t){a / b, a % b};
}

ldiv_t
ldiv(long a, long b)
{
    return (ldiv_t){a / b, a % b};
}

lldiv_t
lldiv(long long a, long long b)
{
    return (lldiv_t){a / b, a % b};
}

imaxdiv_t
imaxdiv(intmax_t a, intmax_t b)
{
    return (imaxdiv_t){a / b, a % b};
}
