/* Strings at all alignments, of few letters, so that much matches. */
#include "compare.h"

#include <strings.h>

static char pool[1200], other[1200];

static int
sign(int n)
{
    return (n > 0) - (n < 0);
}

static long
offset(const void *p)
{
    return p ? (const char *)p - pool : -1;
}

static void
fill(char *s, size_t size, unsigned letters)
{
    for (size_t i = 0; i + 1 < size; i++)
        s[i] = (char)(random_below(60) ? 'a' + (int)random_below(letters)
                                       : 200);
    s[size - 1] = '\0';
}

static unsigned
sum(const char *s, size_t size)
{
    unsigned value = 0;

    for (size_t i = 0; i < size; i++)
        value = value * 31 + (unsigned char)s[i];
    return value;
}

static void
copies(void)
{
    size_t from = random_below(500), to = random_below(500);
    size_t size = random_below(random_below(2) ? 40 : 650);

    memmove(pool + to, pool + from, size);
    printf("%u", sum(pool, sizeof pool));
    memcpy(other + to, pool + from, size);
    memset(other + random_below(500), (int)random_below(256), size);
    printf(" %u\n", sum(other, sizeof other));
    pool[sizeof pool - 1] = other[sizeof other - 1] = '\0';
}

static void
searches(void)
{
    char needle[24];
    char *s = pool + random_below(100);
    size_t size = random_below(16) + 1, room = random_below(300);
    int c = 'a' + (int)random_below(4);

    fill(pool, random_below(1000) + 150, random_below(3) + 1);
    fill(needle, size, 2);
    printf("%ld %ld %ld %ld %zu", offset(strstr(s, needle)),
           offset(strchr(s, c)), offset(strrchr(s, c)),
           offset(memchr(s, c, room)), strlen(s));
    printf(" %zu %zu %zu %ld\n", strspn(s, needle), strcspn(s, needle),
           strnlen(s, room), offset(strpbrk(s, needle)));
}

static void
comparisons(void)
{
    char a[40], b[40];
    size_t size = random_below(12);

    fill(a, random_below(39) + 1, 2);
    strcpy(b, a);
    b[random_below((uint32_t)strlen(b) + 1)] = (char)random_below(256);
    b[39] = '\0';
    printf("%d %d %d %d %d\n", sign(strcmp(a, b)), sign(strncmp(a, b, size)),
           sign(memcmp(a, b, size)), sign(strcasecmp(a, b)),
           sign(strncasecmp(a, b, size)));
}

static void
tokens(void)
{
    char *state = NULL, *token;
    char buffer[64], copy[64];
    size_t room = random_below(20);

    fill(buffer, 60, 4);
    memset(copy, 'x', sizeof copy);
    strncpy(copy, buffer, room);
    strncat(copy + 40, buffer, 0);
    printf("%u", sum(copy, 40));
    for (token = strtok_r(buffer, "ab", &state); token;
         token = strtok_r(NULL, "ab", &state))
        printf(" %s", token);
    printf("\n");
}

int
main(int argc, char **argv)
{
    random_seed(argc, argv);
    fill(pool, sizeof pool, 4);
    fill(other, sizeof other, 4);
    for (int i = 0; i < 3000; i++) {
        copies();
        searches();
        comparisons();
        tokens();
    }
    return 0;
}
