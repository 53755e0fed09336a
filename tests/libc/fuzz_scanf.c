/* Random formats on random text. */
#include "compare.h"

static char text[64], format[64];

static void
random_text(const char *set)
{
    unsigned length = random_below(24);

    for (unsigned i = 0; i < length; i++)
        text[i] = set[random_below((uint32_t)strlen(set))];
    text[length] = '\0';
}

static void
integers(void)
{
    static const char conversions[] = "diuoxX";
    long a = -7, b = -7;
    int n = -1, count;
    char *at = format;

    for (int i = 0; i < 2; i++) {
        *at++ = '%';
        if (random_below(3) == 0)
            at += sprintf(at, "%u", random_below(6) + 1);
        *at++ = 'l';
        *at++ = conversions[random_below(6)];
        if (random_below(3) == 0)
            *at++ = " a1%"[random_below(3)];
    }
    strcpy(at, "%n");
    count = sscanf(text, format, &a, &b, &n);
    printf("%s|%s: %d %ld %ld %d\n", text, format, count, a, b, n);
}

static void
floats(void)
{
    double a = -7;
    float b = -7;
    char rest[64] = "";
    int count;

    sprintf(format, random_below(2) ? "%%%ulf%%f%%s" : "%%lf%%%uf%%s",
            random_below(8) + 1);
    count = sscanf(text, format, &a, &b, rest);
    printf("%s|%s: %d %a %a %s\n", text, format, count, a, (double)b, rest);
}

static void
words(void)
{
    static const char *const formats[] = {"%[0-9]%s", "%[^a]%c", "%3c%[a-c]",
        "%*d%s", "%5s%5s", "%[]x]%s", "%[^]x]%s", "%c%c", "%*[ ]%s%c",
        "a%sb%s", "%2[0-9x]%2s", " %c %c", "%%%s%s"};
    const char *f = formats[random_below(COUNT(formats))];
    char a[64] = "", b[64] = "";
    int count = sscanf(text, f, a, b);

    printf("%s|%s: %d <%s> <%s>\n", text, f, count, a, b);
}

int
main(int argc, char **argv)
{
    random_seed(argc, argv);
    for (int i = 0; i < 8000; i++) {
        random_text("0123456789abcxX+-.eE  \tinfn%");
        words();
        /* Where a number breaks off ("0x", "1e+"), glibc takes what C says
         * does not match. */
        random_text("0123456789abcdef+-.E  \tn%");
        integers();
        random_text("0123456789.+- ");
        floats();
    }
    return 0;
}
