/* stdlib: numbers, sorting, the environment, the end. */
#include "compare.h"

#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <unistd.h>

static void
numbers(void)
{
    static const char *const texts[] = {"", "0", "-1", "  42x", "0x1F", "0x",
        "0xg", "077", "08", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "18446744073709551616", "zz", "+-3", "1e3",
        "- 1", "\n\t 7", "-0x10", "99999999999999999999999"};
    static const int bases[] = {0, 8, 10, 16, 36, 2, 1, 37};

    for (size_t i = 0; i < COUNT(texts); i++) {
        for (size_t k = 0; k < COUNT(bases); k++) {
            char *end = NULL, *other = NULL;
            long value;
            unsigned long more;
            int error;

            errno = 0;
            value = strtol(texts[i], &end, bases[k]);
            error = errno;
            errno = 0;
            more = strtoul(texts[i], &other, bases[k]);
            printf("%s %d: %ld %d %lu %d", texts[i], bases[k], value, error,
                   more, errno);
            if (bases[k] != 1 && bases[k] != 37)
                printf(" %td %td", end - texts[i], other - texts[i]);
            printf("\n");
        }
        printf("%d %ld\n", atoi(texts[i]), atol(texts[i]));
    }
    printf("%d %ld %d\n", div(-7, 2).quot, ldiv(-7, 2).rem, abs(INT_MIN + 1));
}

static int
by_value(const void *a, const void *b)
{
    const int *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void
sorting(void)
{
    static int values[5000];

    for (int kind = 0; kind < 6; kind++) {
        size_t count = kind == 5 ? 13 : COUNT(values);
        int key, *found;

        for (size_t i = 0; i < count; i++)
            values[i] = kind == 0   ? (int)random_bits()
                        : kind == 1 ? (int)i
                        : kind == 2 ? -(int)i
                        : kind == 3 ? (int)random_below(3)
                        : kind == 4 ? (int)(i ^ 0x155) : (int)random_below(9);
        qsort(values, count, sizeof *values, by_value);
        for (size_t i = 1; i < count; i++)
            if (values[i - 1] > values[i])
                printf("not sorted\n");
        key = values[count / 3];
        found = bsearch(&key, values, count, sizeof *values, by_value);
        printf("%d %d %d\n", values[0], values[count - 1],
               found && *found == key);
        key = 1000000007;
        printf("%d\n", bsearch(&key, values, 9, sizeof *values, by_value) !=
                           NULL);
    }
}

static void
environment(void)
{
    static char put[] = "PUT=1";
    char name[32];

    printf("%d", setenv("A", "first", 1));
    printf(" %d %s", setenv("A", "second", 0), getenv("A"));
    printf(" %d %s", setenv("A", "third", 1), getenv("A"));
    printf(" %d", putenv(put));
    put[4] = '2';
    printf(" %s", getenv("PUT"));
    printf(" %d", setenv("PUT", "not put", 1)); /* neither is ours to free */
    printf(" %d %s", setenv("LC_ALL", "C", 1), getenv("PUT"));
    printf(" %d %d", unsetenv("A"), getenv("A") == NULL);
    printf(" %d", setenv("", "x", 1) == -1 && errno == EINVAL);
    printf(" %d\n", setenv("a=b", "x", 1) == -1 && errno == EINVAL);
    for (int i = 0; i < 500; i++) {
        sprintf(name, "N%d", i % 100);
        setenv(name, name + i % 2, 1);
        if (i % 7 == 0)
            unsetenv(name);
    }
    for (int i = 0; i < 100; i++) {
        sprintf(name, "N%d", i);
        printf("%s ", getenv(name) ? getenv(name) : "-");
    }
    printf("\n");
}

static jmp_buf place;

static int
jumps(void)
{
    volatile int count = 0;
    int value = setjmp(place);

    count++;
    if (count < 5)
        longjmp(place, count == 3 ? 0 : count);
    return value * 100 + count;
}

static void
generators(void)
{
    unsigned short x[3] = {1, 2, 3};

    srand48(42);
    for (int i = 0; i < 5; i++)
        printf("%a %ld %ld %a %ld\n", drand48(), lrand48(), mrand48(),
               erand48(x), jrand48(x));
}

static void
first(void)
{
    printf("first\n");
}

static void
second(void)
{
    printf("second\n");
    atexit(first);
}

static void
paths(void)
{
    char name[] = "/tmp/libc-test-XXXXXX", other[64], *real;

    printf("%d", mkdtemp(name) != NULL);
    printf(" %d", chdir(name));
    sprintf(other, "%s/a", name);
    printf(" %d %d", symlink("b/../c", "a"), symlink(".", "b"));
    fclose(fopen("c", "w"));
    real = realpath("a", NULL);
    printf(" %s", real ? real + strlen(name) : strerror(errno));
    free(real);
    real = realpath("./b/b/./b/../x", NULL);
    printf(" %s", real ? real : strerror(errno));
    printf(" %d", symlink("loop", "loop"));
    printf(" %s", realpath("loop", NULL) ? "?" : strerror(errno));
    printf(" %s\n", realpath("c/", NULL) ? "?" : strerror(errno));
    unlink("a");
    unlink("b");
    unlink("c");
    unlink("loop");
    rmdir(name);
}

int
main(int argc, char **argv)
{
    random_seed(argc, argv);
    numbers();
    sorting();
    environment();
    printf("%d\n", jumps());
    generators();
    paths();
    atexit(first);
    atexit(second);
    exit(7);
}
