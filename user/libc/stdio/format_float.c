#include <string.h>

#include "user/libc/stdio/internal.h"

/*
 * Floating point in decimal, exactly. Every binary fraction has a finite
 * decimal expansion: all its digits are made, in words of nine, and then cut
 * and rounded to even. An x87 long double has the values of all three types.
 */
#define WORD 1000000000u

/* 2^16383 has 4,932 digits before the point; 2^-16445, 16,445 behind it. */
#define WORDS_LONG  1900
#define DIGITS_LONG (9 * WORDS_LONG)
#define WORDS       180 /* the same for a double: 309 and 1,074 + 63 bits */
#define DIGITS      (9 * WORDS)

struct decimal {
    uint32_t *words;
    int count;    /* room for words */
    char *digits; /* without zeros at either end */
    int length;
    int point;    /* the value is 0.DIGITS * 10^point */
};

struct binary { /* mantissa * 2^exponent */
    uint64_t mantissa;
    int exponent;
    bool negative;
};

static struct binary
binary_of(long double value)
{
    struct {
        uint64_t mantissa;
        uint16_t sign_exponent;
    } parts;
    struct binary binary;

    memcpy(&parts, &value, 10);
    binary.mantissa = parts.mantissa;
    binary.exponent = parts.sign_exponent & 0x7fff;
    binary.exponent = (binary.exponent ? binary.exponent : 1) - 16383 - 63;
    binary.negative = parts.sign_exponent >> 15;
    return binary;
}

/* Words from first to end, where `point` is the first behind the point. */
static void
words_to_digits(struct decimal *d, int first, int end, int point)
{
    char *out = d->digits;
    int zeros = 0;

    for (int i = first; i < end; i++, out += 9) {
        uint32_t word = d->words[i];

        for (int k = 8; k >= 0; k--) {
            out[k] = (char)('0' + word % 10);
            word /= 10;
        }
    }
    d->length = (int)(out - d->digits);
    while (zeros < d->length && d->digits[zeros] == '0')
        zeros++;
    d->length -= zeros;
    d->point = (point - first) * 9 - zeros;
    memmove(d->digits, d->digits + zeros, (size_t)d->length);
    while (d->length > 0 && d->digits[d->length - 1] == '0')
        d->length--;
}

static void
put_mantissa(uint32_t *words, uint64_t mantissa)
{
    words[0] = (uint32_t)(mantissa / WORD / WORD);
    words[1] = (uint32_t)(mantissa / WORD % WORD);
    words[2] = (uint32_t)(mantissa % WORD);
}

/* exponent >= 0: multiply, growing to the left. */
static void
make_whole(struct decimal *d, const struct binary *b)
{
    int first = d->count - 3, left = b->exponent;

    put_mantissa(d->words + first, b->mantissa);
    while (left > 0) {
        int bits = left < 29 ? left : 29;
        uint64_t carry = 0;

        for (int i = d->count - 1; i >= first; i--) {
            carry += (uint64_t)d->words[i] << bits;
            d->words[i] = (uint32_t)(carry % WORD);
            carry /= WORD;
        }
        if (carry)
            d->words[--first] = (uint32_t)carry;
        left -= bits;
    }
    words_to_digits(d, first, d->count, d->count);
}

/* exponent < 0: halve nine times at once, growing to the right; 10^9 can be
 * divided by 2^9, so nothing is lost. */
static void
make_fraction(struct decimal *d, const struct binary *b)
{
    int first = 0, end = 3, left = -b->exponent;

    put_mantissa(d->words, b->mantissa);
    while (left > 0) {
        int bits = left < 9 ? left : 9;
        uint32_t carry = 0;

        while (first < end && d->words[first] == 0)
            first++;
        for (int i = first; i < end; i++) {
            uint32_t word = d->words[i];

            d->words[i] = (word >> bits) + carry;
            carry = (word & ((1u << bits) - 1)) * (WORD >> bits);
        }
        if (carry)
            d->words[end++] = carry;
        left -= bits;
    }
    words_to_digits(d, first, end, 3);
}

/* Keep so many digits, the rest rounded, ties to even. */
static void
round_to(struct decimal *d, long keep)
{
    bool up;

    if (keep >= d->length)
        return;
    if (keep < 0) {
        d->length = 0;
        return;
    }
    up = d->digits[keep] > '5' ||
         (d->digits[keep] == '5' &&
          (keep + 1 < d->length ||
           (keep > 0 && (d->digits[keep - 1] & 1))));
    d->length = (int)keep;
    if (!up)
        return;
    while (d->length > 0 && d->digits[d->length - 1] == '9')
        d->length--;
    if (d->length > 0) {
        d->digits[d->length - 1]++;
    } else {
        d->digits[d->length++] = '1';
        d->point++;
    }
}

/* --- putting it out ------------------------------------------------------- */

static const char *
sign_of(const struct spec *spec, bool negative)
{
    return negative ? "-" : spec->plus ? "+" : spec->space ? " " : "";
}

/* Digits from `from` to `to`; zeros where there are none. */
static bool
put_digits(struct sink *sink, const struct decimal *d, long from, long to)
{
    const struct spec plain = {0};
    long zeros;

    zeros = from < 0 ? (to < 0 ? to - from : -from) : 0;
    if (!__format_repeat(sink, '0', (size_t)zeros))
        return false;
    from += zeros;
    if (from < to && from < d->length) {
        long end = to < d->length ? to : d->length;

        if (!__format_field(sink, &plain, "", d->digits + from,
                            (size_t)(end - from), 0))
            return false;
        from = end;
    }
    return from >= to || __format_repeat(sink, '0', (size_t)(to - from));
}

/* Sign, digits before the point, point and places behind it, then the tail:
 * with what pads them. */
static bool
put_parts(struct sink *sink, const struct spec *spec, const char *sign,
          const struct decimal *d, long whole, long places, const char *tail)
{
    struct spec plain = {0};
    bool point = places > 0 || spec->alternate;
    long length = (long)strlen(sign) + (whole > 0 ? whole : 1) + point +
                  places + (long)strlen(tail);
    size_t padding = spec->width > length ? (size_t)(spec->width - length)
                                          : 0;

    if (!spec->left && !spec->zero && !__format_repeat(sink, ' ', padding))
        return false;
    if (!__format_field(sink, &plain, sign, "", 0,
                        spec->zero && !spec->left ? padding : 0))
        return false;
    if (whole > 0 ? !put_digits(sink, d, 0, whole)
                  : !__format_repeat(sink, '0', 1))
        return false;
    if (point && !__format_field(sink, &plain, "", ".", 1, 0))
        return false;
    if (!put_digits(sink, d, whole, whole + places) ||
        !__format_field(sink, &plain, "", tail, strlen(tail), 0))
        return false;
    return !spec->left || __format_repeat(sink, ' ', padding);
}

static void
exponent_text(char *text, char letter, int exponent, int least)
{
    char digits[8];
    int count = 0;

    *text++ = letter;
    *text++ = exponent < 0 ? '-' : '+';
    exponent = exponent < 0 ? -exponent : exponent;
    for (; exponent > 0 || count < least; exponent /= 10)
        digits[count++] = (char)('0' + exponent % 10);
    while (count > 0)
        *text++ = digits[--count];
    *text = '\0';
}

static bool
put_scientific(struct sink *sink, const struct spec *spec, const char *sign,
               struct decimal *d, long places)
{
    char tail[16];
    int exponent = d->length > 0 ? d->point - 1 : 0;

    exponent_text(tail, (char)('E' | (spec->conversion & 32)), exponent, 2);
    return put_parts(sink, spec, sign, d, 1, places, tail);
}

static bool
put_general(struct sink *sink, const struct spec *spec, const char *sign,
            struct decimal *d)
{
    long precision = spec->precision < 0 ? 6
                     : spec->precision   ? spec->precision : 1;
    long exponent, places;
    bool fixed;

    round_to(d, precision);
    exponent = d->length > 0 ? d->point - 1 : 0;
    fixed = exponent < precision && exponent >= -4;
    places = fixed ? precision - 1 - exponent : precision - 1;
    if (!spec->alternate) {
        long last = d->length;

        while (last > 0 && d->digits[last - 1] == '0')
            last--;
        last = fixed ? last - (d->length > 0 ? d->point : 1) : last - 1;
        places = places < last ? places : last;
        places = places < 0 ? 0 : places;
    }
    if (fixed)
        return put_parts(sink, spec, sign, d, d->length > 0 ? d->point : 1,
                         places, "");
    return put_scientific(sink, spec, sign, d, places);
}

static bool
put_decimal(struct sink *sink, const struct spec *spec,
            const struct binary *b, struct decimal *d)
{
    const char *sign = sign_of(spec, b->negative);
    long places = spec->precision < 0 ? 6 : spec->precision;

    d->length = 0;
    d->point = 1;
    if (b->mantissa && b->exponent >= 0)
        make_whole(d, b);
    else if (b->mantissa)
        make_fraction(d, b);
    switch (spec->conversion | 32) {
    case 'f':
        round_to(d, d->point + places);
        return put_parts(sink, spec, sign, d, d->length > 0 ? d->point : 1,
                         places, "");
    case 'e':
        round_to(d, places + 1);
        return put_scientific(sink, spec, sign, d, places);
    }
    return put_general(sink, spec, sign, d);
}

__attribute__((noinline)) static bool
put_long(struct sink *sink, const struct spec *spec, const struct binary *b)
{
    uint32_t words[WORDS_LONG];
    char digits[DIGITS_LONG];
    struct decimal decimal = {words, WORDS_LONG, digits, 0, 0};

    return put_decimal(sink, spec, b, &decimal);
}

__attribute__((noinline)) static bool
put_short(struct sink *sink, const struct spec *spec, const struct binary *b)
{
    uint32_t words[WORDS];
    char digits[DIGITS];
    struct decimal decimal = {words, WORDS, digits, 0, 0};

    return put_decimal(sink, spec, b, &decimal);
}

/* --- %a ------------------------------------------------------------------- */

/* Round to so many hexadecimal digits behind the first one. */
static uint64_t
round_hex(uint64_t mantissa, int places, bool *carry)
{
    int bits = 60 - 4 * places;
    uint64_t unit = 1ull << bits, rest = mantissa & (unit - 1);

    mantissa -= rest;
    *carry = false;
    if (rest > unit / 2 || (rest == unit / 2 && (mantissa & unit)))
        *carry = __builtin_add_overflow(mantissa, unit, &mantissa);
    return mantissa;
}

/* Prefix, digits, zeros, exponent, and what pads them. */
static bool
put_hex_parts(struct sink *sink, const struct spec *spec, const char *prefix,
              const char *body, size_t size, size_t zeros, const char *tail)
{
    struct spec plain = {0};
    size_t length = strlen(prefix) + size + zeros + strlen(tail);
    size_t padding = (size_t)spec->width > length
                         ? (size_t)spec->width - length : 0;

    if (!spec->left && !spec->zero && !__format_repeat(sink, ' ', padding))
        return false;
    return __format_field(sink, &plain, prefix, "", 0,
                          spec->zero && !spec->left ? padding : 0) &&
           __format_field(sink, &plain, "", body, size, 0) &&
           __format_repeat(sink, '0', zeros) &&
           __format_field(sink, &plain, "", tail, strlen(tail), 0) &&
           (!spec->left || __format_repeat(sink, ' ', padding));
}

/* The first digit is 1, or 0 for a denormal double, or the upper four bits of
 * a long double. */
static bool
put_hex(struct sink *sink, const struct spec *spec, struct binary b)
{
    const char *set = spec->conversion == 'A' ? "0123456789ABCDEF"
                                              : "0123456789abcdef";
    char prefix[4], body[32], tail[16];
    int exponent = b.exponent + 60, places = 15, size = 0;
    bool carry = false, zero = b.mantissa == 0;
    size_t zeros;

    if (spec->size != 'L') {
        int shift = 3 + (exponent + 3 < -1022 ? -1022 - exponent - 3 : 0);

        b.mantissa = b.mantissa >> shift;
        exponent += shift;
    }
    while (places > 0 && !(b.mantissa >> (60 - 4 * places) & 15))
        places--;
    if (spec->precision >= 0 && spec->precision < places) {
        places = spec->precision;
        b.mantissa = round_hex(b.mantissa, places, &carry);
    }
    if (carry) {
        b.mantissa = 1ull << 60;
        exponent += 4;
    }
    body[size++] = set[b.mantissa >> 60];
    if (places > 0 || spec->precision > 0 || spec->alternate)
        body[size++] = '.';
    for (int i = 1; i <= places; i++)
        body[size++] = set[b.mantissa >> (60 - 4 * i) & 15];
    zeros = spec->precision > places ? (size_t)(spec->precision - places) : 0;
    exponent_text(tail, (char)('P' | (spec->conversion & 32)),
                  zero ? 0 : exponent, 1);
    strcpy(prefix, sign_of(spec, b.negative));
    strcat(prefix, spec->conversion == 'A' ? "0X" : "0x");
    return put_hex_parts(sink, spec, prefix, body, (size_t)size, zeros, tail);
}

bool
__format_float(struct sink *sink, const struct spec *spec, long double value)
{
    struct binary b = binary_of(value);

    if (value != value || b.exponent > 16383 - 63) {
        struct spec words = *spec;
        bool nan = value != value, upper = !(spec->conversion & 32);

        words.zero = false;
        return __format_field(sink, &words, sign_of(spec, b.negative),
                              nan ? upper ? "NAN" : "nan"
                                  : upper ? "INF" : "inf", 3, 0);
    }
    if ((spec->conversion | 32) == 'a')
        return put_hex(sink, spec, b);
    if (b.exponent > 1024 - 64 || b.exponent < -1074 - 63)
        return put_long(sink, spec, &b);
    return put_short(sink, spec, &b);
}
