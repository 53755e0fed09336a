#include <math.h>
#include <stdint.h>
#include <string.h>

/* Functions with an exact result, by the bits of the format (IEEE 754). */

static uint64_t
bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double
from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static int
exponent_of(double x)
{
    return (int)(bits_of(x) >> 52 & 0x7ff) - 1023;
}

double
fabs(double x)
{
    return from_bits(bits_of(x) & ~(1ull << 63));
}

double
copysign(double x, double y)
{
    return from_bits((bits_of(x) & ~(1ull << 63)) |
                     (bits_of(y) & 1ull << 63));
}

double
trunc(double x)
{
    int exponent = exponent_of(x);

    if (exponent >= 52)
        return x;
    if (exponent < 0)
        return copysign(0, x);
    return from_bits(bits_of(x) & ~((1ull << (52 - exponent)) - 1));
}

double
floor(double x)
{
    double whole = trunc(x);

    return whole > x ? whole - 1 : whole;
}

double
ceil(double x)
{
    double whole = trunc(x);

    return whole < x ? copysign(whole + 1, x) : whole;
}

double
round(double x)
{
    double whole = trunc(x);

    return fabs(x - whole) >= 0.5 ? whole + copysign(1, x) : whole;
}

/* Ties to even: adding 2^52 leaves no place for a fraction. */
double
rint(double x)
{
    volatile double large = copysign(4503599627370496.0, x), sum;

    if (!(fabs(x) < 4503599627370496.0))
        return x;
    sum = x + large;
    return copysign(sum - large, x);
}

double
nearbyint(double x)
{
    return rint(x);
}

long
lrint(double x)
{
    return (long)rint(x);
}

long
lround(double x)
{
    return (long)round(x);
}

double
modf(double x, double *whole)
{
    *whole = trunc(x);
    return copysign(isinf(x) ? 0 : x - *whole, x);
}

double
frexp(double x, int *exponent)
{
    *exponent = 0;
    if (x == 0 || !isfinite(x))
        return x;
    if (fabs(x) < 0x1p-1022) { /* denormal */
        x *= 0x1p54;
        *exponent = -54;
    }
    *exponent += exponent_of(x) + 1;
    return from_bits((bits_of(x) & ~(0x7ffull << 52)) | 1022ull << 52);
}

/* In steps that are exact, so that only the last one rounds. */
double
scalbn(double x, int n)
{
    while (n > 1023) {
        x *= 0x1p1023;
        n -= 1023;
        if (!isfinite(x))
            return x;
    }
    while (n < -1022) {
        int step = n < -1022 - 53 ? -1022 + 53 : n + 53;

        if (x == 0)
            return x;
        if (n >= -1022 - 53)
            step = n + 1022 > -53 ? n + 1022 : -53;
        x *= from_bits((uint64_t)(step + 1023) << 52);
        n -= step;
    }
    return x * from_bits((uint64_t)(n + 1023) << 52);
}

double
ldexp(double x, int n)
{
    return scalbn(x, n);
}

double
sqrt(double x)
{
    double root;

    __asm__("sqrtsd %1, %0" : "=x"(root) : "x"(x));
    return root;
}

float
sqrtf(float x)
{
    float root;

    __asm__("sqrtss %1, %0" : "=x"(root) : "x"(x));
    return root;
}

float
fabsf(float x)
{
    return (float)fabs(x);
}

float
floorf(float x)
{
    return (float)floor(x);
}

float
ceilf(float x)
{
    return (float)ceil(x);
}

double
fmax(double x, double y)
{
    if (isnan(x))
        return y;
    return x < y || (x == y && signbit(x)) ? y : x;
}

double
fmin(double x, double y)
{
    if (isnan(x))
        return y;
    return x > y || (x == y && signbit(y)) ? y : x;
}

double
fdim(double x, double y)
{
    return isnan(x) || isnan(y) ? x + y : x > y ? x - y : 0;
}

/* Both as whole numbers of y's unit; then x's are taken bit by bit. */
double
fmod(double x, double y)
{
    double a = fabs(x), b = fabs(y);
    int from, to;

    if (!(a < INFINITY) || !(b > 0))
        return (x * y) / (x * y);
    if (b == INFINITY || a < b)
        return x;
    frexp(a, &from);
    frexp(b, &to);
    for (int i = from - to; i >= 0; i--) {
        double shifted = scalbn(b, i);

        if (shifted <= a)
            a -= shifted;
    }
    return copysign(a, x);
}
