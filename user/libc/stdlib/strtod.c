#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "user/libc/internal/libc.h"

/*
 * Decimal to binary, correctly rounded (nearest, ties to even), by whole
 * numbers: the digits as one big number N, N * 10^E as a quotient of two, and
 * as many bits of it as the type has, two more, and whether anything is left.
 */
struct type {
    int bits;              /* of the mantissa */
    int least, most;       /* 2^least is the smallest value; 2^most too big */
    unsigned digits;       /* of those behind, only whether all are 0 counts */
};

static const struct type float_type = {24, -149, 128, 120};
static const struct type double_type = {53, -1074, 1024, 800};
static const struct type long_type = {64, -16445, 16384, 11600};

/* A number as it was read: mantissa * 2^exponent. */
struct result {
    uint64_t mantissa;
    int exponent;
    bool negative, infinite, nan;
};

/* --- big numbers ---------------------------------------------------------- */

#define LIMBS 930

struct big {
    unsigned count; /* the highest limb is not 0 */
    uint64_t limbs[LIMBS];
};

static void
multiply_add(struct big *n, uint64_t factor, uint64_t carry)
{
    for (unsigned i = 0; i < n->count; i++) {
        unsigned __int128 product =
            (unsigned __int128)n->limbs[i] * factor + carry;

        n->limbs[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    if (carry)
        n->limbs[n->count++] = carry;
}

#define FIVE_27 7450580596923828125u

static void
multiply_power_of_five(struct big *n, unsigned power)
{
    uint64_t rest = 1;

    for (; power >= 27; power -= 27)
        multiply_add(n, FIVE_27, 0);
    while (power-- > 0)
        rest *= 5;
    multiply_add(n, rest, 0);
}

static int
bit_length(const struct big *n)
{
    return (int)n->count * 64 - __builtin_clzl(n->limbs[n->count - 1]);
}

static void
shift_left(struct big *n, unsigned bits)
{
    unsigned words = bits / 64;
    uint64_t carry = 0;

    bits %= 64;
    for (unsigned i = 0; bits && i < n->count; i++) {
        uint64_t limb = n->limbs[i];

        n->limbs[i] = limb << bits | carry;
        carry = limb >> (64 - bits);
    }
    if (carry)
        n->limbs[n->count++] = carry;
    if (words) {
        memmove(n->limbs + words, n->limbs, n->count * sizeof *n->limbs);
        memset(n->limbs, 0, words * sizeof *n->limbs);
        n->count += words;
    }
}

static bool
at_least(const struct big *a, const struct big *b)
{
    if (a->count != b->count)
        return a->count > b->count;
    for (unsigned i = a->count; i-- > 0;)
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] > b->limbs[i];
    return true;
}

static void
subtract(struct big *a, const struct big *b)
{
    uint64_t borrow = 0;

    for (unsigned i = 0; i < a->count; i++) {
        uint64_t other = i < b->count ? b->limbs[i] : 0;
        unsigned __int128 left =
            (unsigned __int128)a->limbs[i] - other - borrow;

        a->limbs[i] = (uint64_t)left;
        borrow = (uint64_t)(left >> 64) & 1;
    }
    while (a->count > 0 && a->limbs[a->count - 1] == 0)
        a->count--;
}

/* --- rounding ------------------------------------------------------------- */

/* The value with its lowest bits cut off, to nearest, ties to even. Whether
 * there is anything below the value itself is its last bit. */
static unsigned __int128
cut(unsigned __int128 value, int bits)
{
    unsigned __int128 half, below;

    if (bits <= 0)
        return value << -bits;
    if (bits > 126) /* less than half of the smallest */
        return 0;
    half = (unsigned __int128)1 << (bits - 1);
    below = value & (2 * half - 1);
    value >>= bits;
    return value + (below > half || (below == half && (value & 1)));
}

/* value * 2^exponent, value not 0; rest: its last bit is only a hint that it
 * is not exact. */
static void
round_result(struct result *result, const struct type *type,
             unsigned __int128 value, int exponent, bool rest)
{
    int length = 0, normal, target;
    unsigned __int128 rounded;

    while (length < 128 && value >> length)
        length++;
    normal = exponent + length - type->bits;
    target = normal > type->least ? normal : type->least;
    rounded = cut(value, target - exponent);
    rest = rest || (target > exponent &&
                    (target - exponent > 126 ||
                     rounded << (target - exponent) != value));
    /* Too small is what would be so with all bits, too (IEEE 754, 7.5). */
    if (rest && normal < type->least &&
        (normal < type->least - 1 ||
         !(cut(value, normal - exponent) >> type->bits)))
        errno = ERANGE;
    if (rounded >> type->bits) {
        rounded >>= 1;
        target++;
    }
    result->mantissa = (uint64_t)rounded;
    result->exponent = target;
    if (result->mantissa &&
        target + 64 - __builtin_clzl(result->mantissa) > type->most) {
        result->infinite = true;
        errno = ERANGE;
    }
}

/* n * 10^ten, rounded; rest: the digits went on. n is not 0. */
static void
scale(struct result *result, const struct type *type, struct big *n, int ten,
      bool rest)
{
    struct big d;
    unsigned __int128 quotient = 0;
    int exponent, difference;

    d.count = 1;
    d.limbs[0] = 1;
    if (ten >= 0)
        multiply_power_of_five(n, (unsigned)ten);
    else
        multiply_power_of_five(&d, (unsigned)-ten);
    difference = bit_length(n) - bit_length(&d);
    if (difference > 0)
        shift_left(&d, (unsigned)difference);
    else
        shift_left(n, (unsigned)-difference);
    exponent = difference + ten;
    if (!at_least(n, &d)) {
        shift_left(n, 1);
        exponent--;
    }
    for (int i = 0; i < type->bits + 2; i++) {
        quotient <<= 1;
        if (at_least(n, &d)) {
            subtract(n, &d);
            quotient |= 1;
        }
        if (n->count)
            shift_left(n, 1);
    }
    /* What is left makes the last bit, below the one that decides ties. */
    rest = rest || n->count > 0;
    round_result(result, type, quotient << 1 | rest,
                 exponent - type->bits - 2, rest);
}

/* --- reading -------------------------------------------------------------- */

/* "e+12" after a number, or nothing. */
static const char *
read_exponent(const char *s, char letter, int *exponent)
{
    const char *at = s + 1;
    bool negative = false;
    long value = 0;

    *exponent = 0;
    if ((*s | 32) != letter)
        return s;
    if (*at == '+' || *at == '-')
        negative = *at++ == '-';
    if (!isdigit((unsigned char)*at))
        return s;
    for (; isdigit((unsigned char)*at); at++)
        if (value < 100000000)
            value = value * 10 + (*at - '0');
    *exponent = (int)(negative ? -value : value);
    return at;
}

struct digits {
    struct big *n;
    unsigned used;  /* digits that are in n */
    long ten;       /* n has to be multiplied by 10^ten */
    bool any, rest;
};

static void
take_digit(struct digits *digits, const struct type *type, unsigned value,
           bool behind_point)
{
    digits->any = true;
    digits->ten -= behind_point;
    if (digits->used >= type->digits) {
        digits->rest |= value != 0;
        digits->ten++;
        return;
    }
    if (digits->used > 0 || value) {
        multiply_add(digits->n, 10, value);
        digits->used++;
    }
}

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
    1e20, 1e21, 1e22};

/* Where both numbers are exact, one operation rounds correctly. */
static bool
is_easy(struct result *result, const struct type *type,
        const struct digits *digits, long ten)
{
    double value;
    uint64_t bits;

    if (type != &double_type || digits->used > 15 || ten > 22 || ten < -22)
        return false;
    value = (double)digits->n->limbs[0];
    value = ten < 0 ? value / tens[-ten] : value * tens[ten];
    memcpy(&bits, &value, sizeof bits);
    result->mantissa = (bits & ((1ull << 52) - 1)) | 1ull << 52;
    result->exponent = (int)(bits >> 52) - 1075;
    return true;
}

static const char *
read_decimal(const char *s, struct result *result, const struct type *type)
{
    struct big n;
    struct digits digits = {.n = &n};
    bool point = false;
    int exponent;
    long ten;

    n.count = 0;
    for (;; s++) {
        if (isdigit((unsigned char)*s))
            take_digit(&digits, type, (unsigned)(*s - '0'), point);
        else if (*s == '.' && !point)
            point = true;
        else
            break;
    }
    if (!digits.any)
        return NULL;
    s = read_exponent(s, 'e', &exponent);
    if (digits.used == 0)
        return s;
    ten = digits.ten + exponent;
    if (ten + (long)digits.used > 5000) {
        result->infinite = true;
        errno = ERANGE;
    } else if (ten + (long)digits.used < -5000) {
        errno = ERANGE;
    } else if (!is_easy(result, type, &digits, ten)) {
        scale(result, type, &n, (int)ten, digits.rest);
    }
    return s;
}

static int
hex_value(char c)
{
    if (isdigit((unsigned char)c))
        return c - '0';
    return isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1;
}

/* After 0x. */
static const char *
read_hex(const char *s, struct result *result, const struct type *type)
{
    unsigned __int128 value = 0;
    bool point = false, any = false, rest = false;
    long shift = 0;
    int exponent;

    for (;; s++) {
        int digit = hex_value(*s);

        if (digit >= 0) {
            any = true;
            if (value >> 120) {
                rest |= digit != 0;
                shift += 4;
            } else {
                value = value << 4 | (unsigned)digit;
            }
            shift -= point ? 4 : 0;
        } else if (*s == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    if (!any)
        return NULL;
    s = read_exponent(s, 'p', &exponent);
    shift += exponent;
    shift = shift > 100000 ? 100000 : shift < -100000 ? -100000 : shift;
    if (value)
        round_result(result, type, value << 1 | rest, (int)shift - 1, rest);
    return s;
}

/* "nan", "nan(chars)", "inf", "infinity". */
static const char *
read_word(const char *s, struct result *result)
{
    if (strncasecmp(s, "nan", 3) == 0) {
        const char *end = s + 3;

        result->nan = true;
        if (*end != '(')
            return end;
        for (end++; isalnum((unsigned char)*end) || *end == '_';)
            end++;
        return *end == ')' ? end + 1 : s + 3;
    }
    if (strncasecmp(s, "inf", 3) != 0)
        return NULL;
    result->infinite = true;
    return s + (strncasecmp(s, "infinity", 8) == 0 ? 8 : 3);
}

static struct result
read_number(const char *start, char **end, const struct type *type)
{
    struct result result = {0};
    const char *s = start, *after;

    while (isspace((unsigned char)*s))
        s++;
    if (*s == '+' || *s == '-')
        result.negative = *s++ == '-';
    if (isalpha((unsigned char)*s)) {
        after = read_word(s, &result);
    } else if (s[0] == '0' && (s[1] | 32) == 'x') {
        after = read_hex(s + 2, &result, type);
        if (!after)
            after = s + 1; /* only the 0 */
    } else {
        after = read_decimal(s, &result, type);
    }
    if (!after)
        result.negative = false;
    if (end)
        *end = (char *)(after ? after : start);
    return result;
}

/* --- the three types ------------------------------------------------------ */

long double
strtold(const char *restrict s, char **restrict end)
{
    struct result result = read_number(s, end, &long_type);
    struct {
        uint64_t mantissa;
        uint16_t sign_exponent;
    } parts = {result.mantissa, 0};
    long double value = 0;

    if (result.nan)
        return result.negative ? -__builtin_nanl("") : __builtin_nanl("");
    if (result.infinite)
        return result.negative ? -HUGE_VALL : HUGE_VALL;
    if (parts.mantissa) {
        int shift = __builtin_clzl(parts.mantissa);
        int exponent = result.exponent - shift + 63;

        if (exponent >= -16382) {
            parts.mantissa <<= shift;
            parts.sign_exponent = (uint16_t)(exponent + 16383);
        } else {
            parts.mantissa <<= result.exponent + 16445;
        }
    }
    parts.sign_exponent |= (uint16_t)(result.negative << 15);
    memcpy(&value, &parts, 10);
    return value;
}

/* Mantissa and exponent into the fields of a format. */
static uint64_t
assemble(const struct result *result, const struct type *type)
{
    int fraction = type->bits - 1;
    uint64_t exponent, top = (uint64_t)type->most * 2 - 1;
    uint64_t mantissa = result->mantissa;
    int shift;

    if (result->nan)
        return top << fraction | 1ull << (fraction - 1);
    if (result->infinite)
        return top << fraction;
    if (!mantissa)
        return 0;
    shift = __builtin_clzl(mantissa) - (63 - fraction);
    if (result->exponent - shift < type->least)
        return mantissa << (result->exponent - type->least);
    exponent = (uint64_t)(result->exponent - shift - type->least + 1);
    mantissa <<= shift;
    return (mantissa & ((1ull << fraction) - 1)) | exponent << fraction;
}

double
strtod(const char *restrict s, char **restrict end)
{
    struct result result = read_number(s, end, &double_type);
    uint64_t bits = assemble(&result, &double_type) |
                    (uint64_t)result.negative << 63;
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

float
strtof(const char *restrict s, char **restrict end)
{
    struct result result = read_number(s, end, &float_type);
    uint32_t bits = (uint32_t)assemble(&result, &float_type) |
                    (uint32_t)result.negative << 31;
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

double
atof(const char *s)
{
    return strtod(s, NULL);
}
