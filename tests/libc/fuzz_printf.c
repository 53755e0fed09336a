/* Random formats of every conversion with random values. */
#include "compare.h"

static char format[64], text[70000];

/* Not 999999.5: %#g of it has no zeros with glibc. */
static double
random_double(void)
{
    static const double some[] = {0, 0.5, 1, 1.5, 2.5, 9.5, 10, 99.5, 0.05,
        9999995, 1e15, 123456789, 0.1, 1e22, 1e23, 0.0001,
        0.00001234565, 5e-324, 2.2250738585072014e-308,
        1.7976931348623157e308};
    uint64_t bits = random_long();
    double value;

    switch (random_below(4)) {
    case 0:
        value = some[random_below(COUNT(some))];
        return random_below(2) ? value : -value;
    case 1:
        return (double)(int)random_bits() / 1024;
    case 2:
        return (double)(random_below(2000000)) / 1000;
    }
    memcpy(&value, &bits, sizeof value);
    if (value != value) /* the sign of NaN means nothing */
        value = 1.0 / 3;
    return value;
}

static char *
random_spec(char *at)
{
    static const char flags[] = "-+ #0";

    *at++ = '%';
    while (random_below(3) == 0)
        *at++ = flags[random_below(5)];
    if (random_below(2))
        at += sprintf(at, "%u", random_below(30));
    if (random_below(2)) {
        *at++ = '.';
        if (random_below(8))
            at += sprintf(at, "%u", random_below(random_below(20) ? 25 : 400));
    }
    return at;
}

static void
show(const char *value, int length)
{
    printf("%s [%s] %d: <%s>\n", format, value, length, text);
}

static void
one_float(void)
{
    static const char conversions[] = "eEfFgGaA";
    char value[32], *at = random_spec(format);
    double number = random_double();

    *at++ = conversions[random_below(8)];
    *at = '\0';
    sprintf(value, "%a", number);
    show(value, snprintf(text, sizeof text, format, number));
}

static void
one_long_double(void)
{
    static const char conversions[] = "eEfFgGaA";
    char *at = random_spec(format);
    long double number = random_double();

    number *= random_double();
    if (number != number)
        number = 1;
    *at++ = 'L';
    *at++ = conversions[random_below(8)];
    *at = '\0';
    show("", snprintf(text, sizeof text, format, number));
}

static void
one_integer(void)
{
    static const char conversions[] = "diuoxX";
    static const char *const sizes[] = {"", "hh", "h", "l", "ll", "j", "z",
                                        "t"};
    char *at = random_spec(format);
    unsigned size = random_below(8);
    uint64_t number = random_long() >> random_below(64);

    at += sprintf(at, "%s", sizes[size]);
    *at++ = conversions[random_below(6)];
    *at = '\0';
    show("", size < 3 ? snprintf(text, sizeof text, format, (int)number)
                      : snprintf(text, sizeof text, format, (long)number));
}

static void
one_string(void)
{
    static const char *const words[] = {"", "a", "word", "more words"};
    char *at = format;
    size_t room = random_below(20);

    at += sprintf(at, "%%%s%u", random_below(2) ? "-" : "", random_below(12));
    if (random_below(2))
        at += sprintf(at, ".%u", random_below(6));
    strcpy(at, "s");
    show("", snprintf(text, room ? room : 1, format, words[random_below(4)]));
}

int
main(int argc, char **argv)
{
    random_seed(argc, argv);
    for (int i = 0; i < 6000; i++) {
        one_float();
        one_integer();
        one_string();
        if (i % 8 == 0)
            one_long_double();
    }
    return 0;
}
