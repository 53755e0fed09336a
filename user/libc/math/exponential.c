#include <math.h>
#include <string.h>

/*
 * Computed in the 64 bits of a long double and rounded once: with 11 bits to
 * spare, sums of series that end below 2^-66 are good to 0.51 units in the
 * last place of a double.
 */
#define LN2  0xb.17217f7d1cf79acp-4L
/* The same in two parts; the first, 44 bits, times an exponent is exact. */
#define LN2_HIGH 0x0.b17217f7d1cp0L
#define LN2_LOW  0x0.f79abc9e3b39803f2f6p-44L
#define LN10 2.302585092994045684017991454684364208L

static long double
power_of_two(int n)
{
    struct {
        unsigned long mantissa;
        unsigned short exponent;
    } parts = {1ul << 63, (unsigned short)(n + 16383)};
    long double value = 0;

    memcpy(&value, &parts, 10);
    return value;
}

/* e^x for |x| below 11,000. */
static long double
exp_long(long double x)
{
    int n = (int)(x / LN2 + (x < 0 ? -0.5L : 0.5L));
    long double r = x - n * LN2_HIGH - n * LN2_LOW, sum = 1;

    /* r is within 0.35; r^20 / 20! is below 2^-91. */
    for (int i = 20; i > 0; i--)
        sum = 1 + sum * r / i;
    return sum * power_of_two(n);
}

/* ln x for a normal x above 0: 2 atanh((m - 1) / (m + 1)) and the exponent. */
static long double
log_long(long double x, int *exponent)
{
    struct {
        unsigned long mantissa;
        unsigned short exponent;
    } parts = {0, 0};
    long double t, square, sum = 0;

    memcpy(&parts, &x, 10);
    *exponent = parts.exponent - 16383;
    parts.exponent = 16383;
    memcpy(&x, &parts, 10);
    if (x > 1.4142135623730950488L) {
        x /= 2;
        ++*exponent;
    }
    t = (x - 1) / (x + 1); /* within 0.172 */
    square = t * t;
    for (int i = 27; i > 0; i -= 2)
        sum = sum * square + 1.0L / i;
    return 2 * t * sum;
}

double
exp(double x)
{
    if (isnan(x))
        return x;
    if (x > 710)
        return HUGE_VAL;
    if (x < -746)
        return 0;
    return (double)exp_long(x);
}

/* What all logarithms do with what has none. */
static int
has_no_log(double x, double *result)
{
    if (x > 0 && x < HUGE_VAL)
        return 0;
    *result = x == 0 ? -HUGE_VAL : x < 0 ? (x - x) / 0.0 * 0 : x;
    if (x < 0)
        *result = NAN;
    return 1;
}

double
log(double x)
{
    double result;
    int n;

    if (has_no_log(x, &result))
        return result;
    long double fraction = log_long(x, &n);

    return (double)(n * LN2 + fraction);
}

double
log2(double x)
{
    double result;
    int n;

    if (has_no_log(x, &result))
        return result;
    long double fraction = log_long(x, &n);

    return (double)(n + fraction / LN2);
}

double
log10(double x)
{
    double result;
    int n;

    if (has_no_log(x, &result))
        return result;
    long double fraction = log_long(x, &n);

    return (double)((n * LN2 + fraction) / LN10);
}

/* x to a whole power, exact as long as the products are. */
static long double
whole_power(long double x, unsigned n)
{
    long double result = 1;

    for (; n; n >>= 1, x *= x)
        if (n & 1)
            result *= x;
    return result;
}

static double
positive_power(double x, double y)
{
    long double logarithm, product;
    int n;

    if (y == rint(y) && fabs(y) <= 16) {
        long double power = whole_power(x, (unsigned)fabs(y));

        return (double)(y < 0 ? 1 / power : power);
    }
    logarithm = log_long(x, &n);
    logarithm = n * LN2_HIGH + (n * LN2_LOW + logarithm);
    product = y * logarithm;
    if (product > 710)
        return HUGE_VAL;
    if (product < -746)
        return 0;
    return (double)exp_long(product);
}

double
pow(double x, double y)
{
    int whole = y == rint(y), odd = whole && fmod(y, 2) != 0;

    if (y == 0 || x == 1)
        return 1;
    if (isnan(x) || isnan(y))
        return x + y;
    if (isinf(y)) {
        if (fabs(x) == 1)
            return 1;
        return (fabs(x) > 1) == (y > 0) ? HUGE_VAL : 0;
    }
    if (x == 0 || isinf(x)) {
        double result = (x == 0) == (y < 0) ? HUGE_VAL : 0;

        return odd ? copysign(result, x) : result;
    }
    if (x < 0 && !whole)
        return NAN;
    return x < 0 && odd ? -positive_power(-x, y) : positive_power(fabs(x), y);
}

double
hypot(double x, double y)
{
    long double a = x, b = y, square = a * a + b * b, root;

    if (isinf(x) || isinf(y))
        return HUGE_VAL;
    if (square == 0 || square != square)
        return (double)square;
    /* From a double's root, two steps of Newton's give 64 bits. */
    int n;
    long double scale;

    log_long(square, &n);
    n = n / 2 * 2;
    scale = power_of_two(-n);
    square *= scale;
    root = sqrt((double)square);
    root = (root + square / root) / 2;
    return (double)(root * power_of_two(n / 2));
}
