/* Streams: modes, buffering, seeking, pushing back, memory streams. */
#include "compare.h"

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

static char path[] = "/tmp/libc-stdio-XXXXXX";

static void
dump(const char *what)
{
    FILE *file = fopen(path, "r");
    int c;

    printf("%s: ", what);
    while (file && (c = getc(file)) != EOF)
        printf(c >= ' ' && c < 127 ? "%c" : "\\%o", c);
    printf("|\n");
    if (file)
        fclose(file);
}

static void
modes(void)
{
    static const char *const all[] = {"r", "r+", "w", "w+", "a", "a+", "wx",
                                      "rb+", "z", "a+e"};

    for (size_t i = 0; i < COUNT(all); i++) {
        FILE *file;
        char line[32] = "";

        file = fopen(path, "w");
        fputs("0123456789\nabc\n", file);
        fclose(file);
        file = fopen(path, all[i]);
        if (!file) {
            printf("%s: %s\n", all[i], strerror(errno));
            continue;
        }
        printf("%s: %d", all[i], fgets(line, 5, file) != NULL);
        printf(" %s %d", line, ferror(file) != 0);
        clearerr(file);
        fseek(file, 0, SEEK_CUR);
        printf(" %d", fputs("XY", file) >= 0);
        printf(" %ld", ftell(file));
        printf(" %d", fseek(file, 1, SEEK_SET));
        printf(" %d", fread(line, 1, 3, file) == 3);
        printf(" %ld %d\n", ftell(file), fclose(file));
        dump("after");
    }
}

static void
random_access(void)
{
    FILE *file = fopen(path, "w+");
    char buffer[300];

    for (int i = 0; i < 3000; i++) {
        size_t size = random_below(random_below(4) ? 20 : 300);

        switch (random_below(6)) {
        case 0:
            fseek(file, (long)random_below(9000), SEEK_SET);
            break;
        case 1:
            printf("%d ", fseek(file, (long)random_below(50) - 25, SEEK_CUR));
            break;
        case 2:
            fflush(file);
            for (size_t k = 0; k < size; k++)
                buffer[k] = (char)('a' + i % 26);
            printf("%zu ", fwrite(buffer, 1, size, file));
            fflush(file);
            break;
        case 3:
            fseek(file, 0, SEEK_CUR);
            size = fread(buffer, 1, size, file);
            printf("%zu %d ", size, size ? buffer[size - 1] : 0);
            if (size && random_below(2)) {
                ungetc('!', file);
                printf("%d ", getc(file));
            }
            fseek(file, 0, SEEK_CUR);
            break;
        default:
            printf("%ld\n", ftell(file));
        }
    }
    fclose(file);
    dump("random");
}

static void
lines(void)
{
    char *line = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "w");
    ssize_t got;

    for (int i = 0; i < 200; i++)
        fprintf(file, "%*d%c", (int)random_below(300) * (i % 20 == 0), i,
                i % 3 ? '\n' : ':');
    fclose(file);
    file = fopen(path, "r");
    while ((got = getdelim(&line, &size, random_below(2) ? ':' : '\n',
                           file)) > 0)
        printf("%zd %zu ", got, strlen(line));
    printf("%d %d\n", feof(file) != 0, ferror(file) != 0);
    fclose(file);
    free(line);
}

static void
memory(void)
{
    char text[20] = "hello world", *made = NULL;
    size_t size = 0;
    FILE *file = fmemopen(text, sizeof text, "r+");
    int n = 0;

    printf("%d", fscanf(file, "%*s%n", &n));
    printf(" %d %d", n, getc(file));
    fseek(file, 0, SEEK_SET);
    fputs("HE", file);
    fclose(file);
    printf(" %s", text);
    file = open_memstream(&made, &size);
    for (int i = 0; i < 100; i++)
        fprintf(file, "%d,", i);
    fflush(file);
    printf(" %zu %.10s", size, made);
    fseek(file, 2, SEEK_SET);
    fputs("zz", file);
    fclose(file);
    printf(" %zu %.4s\n", size, made);
    free(made);
    file = fmemopen(text, 6, "w");
    setbuf(file, NULL);
    printf("%d", fputs("abcdefgh", file));
    fclose(file);
    printf(" %.5s\n", text);
}

static void
positions(void)
{
    char text[200];
    int n = 0;

    sprintf(text, "%2$s %1$d %2$5s|%3$*1$d|%4$n", 4, "two", 3, &n);
    printf("%s %d\n", text, n);
    n = sprintf(text, "%3$.*2$f %1$s", "x", 2, 3.14159);
    printf("%s %d\n", text, n);
    n = snprintf(NULL, 0, "%s", "four");
    printf("%d\n", n);
    printf("%lc %ls %.3ls|\n", L'\u00e4', L"w\u00efde", L"\u00e4\u00f6");
    n = snprintf(text, sizeof text, "%d%%|%c|%p", 3, 'x', (void *)0x12ab);
    printf("%d %s\n", n, text);
}

static void
ends(void)
{
    FILE *file = freopen(path, "w", stderr);

    fprintf(stderr, "to the file %d\n", fileno(stderr));
    fflush(stderr);
    dump("freopen");
    printf("%d", file == stderr);
    printf(" %d", fclose(stderr));
    file = tmpfile();
    fputs("x", file);
    rewind(file);
    printf(" %c %d", getc(file), getc(file));
    printf(" %d\n", fclose(file));
    file = popen("echo from the shell; exit 3", "r");
    printf("%d", fscanf(file, "%*s %*s she%c", (char *)path));
    printf(" %d %d\n", path[0], pclose(file));
    path[0] = '/';
    fflush(stdout);
    file = popen("tr a-z A-Z", "w");
    fputs("shout\n", file);
    printf("%d\n", pclose(file));
    printf("%d\n", system("exit 4"));
    printf("%d %d\n", remove(path), remove(path));
}

int
main(int argc, char **argv)
{
    random_seed(argc, argv);
    setlocale(LC_ALL, "");
    close(mkstemp(path));
    modes();
    random_access();
    lines();
    memory();
    positions();
    ends();
    return 0;
}
