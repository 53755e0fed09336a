/* Numbers as text: random ones, near ties, too long, too large, not at all. */
#include "compare.h"

static char text[2200];

static void
show(void)
{
    char *end;
    double d;
    float f;
    long double l;
    int error;

    errno = 0;
    d = strtod(text, &end);
    error = errno;
    printf("%s: %a %d %td", text, d, error, end - text);
    errno = 0;
    f = strtof(text, &end);
    error = errno;
    printf(" %a %d %td", (double)f, error, end - text);
    errno = 0;
    l = strtold(text, &end);
    error = errno;
    printf(" %La %d %td\n", l, error, end - text);
}

static void
random_digits(void)
{
    unsigned length = random_below(random_below(10) ? 25 : 900) + 1;
    char *at = text;

    if (random_below(4) == 0)
        *at++ = "+-"[random_below(2)];
    for (unsigned i = 0; i < length; i++) {
        *at++ = (char)('0' + random_below(10));
        if (random_below(20) == 0)
            *at++ = '.';
    }
    if (random_below(2))
        at += sprintf(at, "e%d", (int)random_below(700) - 350);
    if (random_below(30) == 0)
        at += sprintf(at, "e%d", (int)random_below(11000) - 5500);
    *at = '\0';
}

/* Half way between two doubles, exactly, and one digit more or less. */
static void
near_tie(void)
{
    uint64_t bits = random_long() & ~(1ull << 63);
    double value, next;
    long double middle;
    size_t length;

    if (random_below(3) == 0)
        bits >>= 12 + random_below(40); /* denormal */
    memcpy(&value, &bits, sizeof value);
    bits++;
    memcpy(&next, &bits, sizeof next);
    if (!(next < 1e300))
        return;
    middle = ((long double)value + next) / 2;
    snprintf(text, sizeof text, "%.1100Lf", middle);
    if (!strchr(text, '.'))
        return;
    for (length = strlen(text); text[length - 1] == '0'; length--)
        ;
    switch (random_below(3)) {
    case 0:
        text[length++] = '1';
        break;
    case 1:
        text[length - 1]--;
        text[length++] = '9';
    }
    text[length] = '\0';
}

static void
random_hex(void)
{
    char *at = text + sprintf(text, "0x");

    for (unsigned i = random_below(24); i > 0; i--) {
        *at++ = "0123456789abcdefABCDEF"[random_below(22)];
        if (random_below(12) == 0)
            *at++ = '.';
    }
    if (random_below(2))
        at += sprintf(at, "p%d", (int)random_below(2400) - 1200);
    *at = '\0';
}

static void
random_nonsense(void)
{
    static const char set[] = "0123456789..eE+-xXpPnaifNty() ";
    unsigned length = random_below(12);

    for (unsigned i = 0; i < length; i++)
        text[i] = set[random_below(sizeof set - 1)];
    text[length] = '\0';
}

int
main(int argc, char **argv)
{
    static const char *const some[] = {"", "inf", "-Infinity", "infinix",
        "nan", "NaN(123)", "nan(", " \t 12", "+-1", ".", ".e1", "1e", "1e+",
        "0x", "0x.", "0x.p1", "0x1p", "1.7976931348623159e308",
        "1.7976931348623158e308", "4.9406564584124654e-324", "2.4e-324",
        "2.4703282292062327208e-324", "2.4703282292062327209e-324", "-0",
        "2.2250738585072011e-308", "2.2250738585072012e-308", "1e400",
        "1e-400", "1e999999999999", "0e99999999", "9007199254740993",
        "0x1.fffffffffffff8p1023", "0x1.fffffffffffff7p1023"};

    random_seed(argc, argv);
    for (size_t i = 0; i < COUNT(some); i++) {
        strcpy(text, some[i]);
        show();
    }
    for (int i = 0; i < 4000; i++) {
        random_digits();
        show();
        random_hex();
        show();
        random_nonsense();
        show();
        if (i % 4 == 0) {
            near_tie();
            show();
        }
    }
    return 0;
}
