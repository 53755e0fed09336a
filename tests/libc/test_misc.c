/* getopt, fnmatch, glob, paths, wide characters, folders, signals. */
#include "compare.h"

#include <dirent.h>
#include <fnmatch.h>
#include <getopt.h>
#include <glob.h>
#include <libgen.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

static void
options(void)
{
    static const struct option names[] = {{"alpha", 0, NULL, 'a'},
        {"beta", 1, NULL, 'B'}, {"gamma", 2, NULL, 'G'},
        {"all", 0, NULL, 'A'}, {NULL, 0, NULL, 0}};
    static const char *const words[] = {"-a", "-b", "-bx", "x", "-ab", "--",
        "-c", "--alpha", "--beta", "--beta=1", "--gamma", "--gamma=2",
        "--al", "--alph", "--alpha=3", "--nothing", "-", "-z", "-ac", "y"};

    for (int i = 0; i < 3000; i++) {
        char *arguments[9] = {(char *)"p"};
        int count = 1 + (int)random_below(7), c;
        int kind = (int)random_below(4);
        const char *letters[] = {"ab:c", ":ab:c::", "+ab:c", "-ab:c"};

        for (int k = 1; k < count; k++)
            arguments[k] = (char *)words[random_below(COUNT(words))];
        optind = 0;
        opterr = 0;
        for (int turn = 0; turn < 20; turn++) {
            c = kind < 2 && i % 2 ? getopt(count, arguments,
                                             kind ? "+:ab:c::" : "+ab:c")
                                  : getopt_long(count, arguments,
                                                letters[kind], names, NULL);
            if (c == -1)
                break;
            printf("%d %s,", c, optarg ? optarg : "-");
        }
        for (int k = optind; k < count; k++)
            printf(" %s", arguments[k]);
        printf("\n");
    }
}

static void
patterns(void)
{
    static const int flags[] = {0, FNM_PATHNAME, FNM_PERIOD,
        FNM_PATHNAME | FNM_PERIOD, FNM_NOESCAPE, FNM_CASEFOLD,
        FNM_LEADING_DIR, FNM_PATHNAME | FNM_LEADING_DIR};
    static const char *const fixed[][2] = {{"[!a]", "b"}, {"[]]", "]"},
        {"[a-]", "-"}, {"[[:upper:]]x", "Ax"}, {"[a", "[a"}, {"*.c", ".c"},
        {"a*/b", "a/b"}, {"\\*", "*"}, {"a[/]b", "a/b"}, {"?", "\xc3\xa4"},
        {"[\xc3\xa4]", "\xc3\xa4"}, {"", ""}, {"*", ""}, {"**", "a/b"}};

    for (size_t i = 0; i < COUNT(fixed); i++)
        for (size_t k = 0; k < COUNT(flags); k++)
            printf("%d", fnmatch(fixed[i][0], fixed[i][1], flags[k]));
    printf("\n");
    for (int i = 0; i < 20000; i++) {
        char pattern[16], text[16];
        unsigned a = random_below(9), b = random_below(9);

        for (unsigned k = 0; k < a; k++)
            pattern[k] = "ab**?./A\\"[random_below(9)];
        for (unsigned k = 0; k < b; k++)
            text[k] = "aab./A"[random_below(6)];
        pattern[a] = text[b] = '\0';
        if ((a && pattern[a - 1] == '\\') || strstr(pattern, "\\/"))
            continue; /* not defined; and glibc does not know it */
        b = random_below(8);
        printf("%s %s %d: %d\n", pattern, text, flags[b],
               fnmatch(pattern, text, flags[b]));
    }
    printf("\n");
}

static void
folders(void)
{
    static const char *const files[] = {"a.c", "b.c", ".hidden", "d/x.c",
        "d/y.h", "[z]", "d/e/f.c"};
    static const char *const globs[] = {"*", "*.c", "*/*.c", "d/*", ".*n",
        "\\[z\\]", "[[]z]", "nothing*", "d/*/", "*/", "d/e/f.c", "?.[ch]",
        "d//x.c", "/"};
    char name[] = "/tmp/libc-misc-XXXXXX";
    struct dirent **list;
    glob_t found;
    int count;

    printf("%d", mkdtemp(name) != NULL);
    printf(" %d", chdir(name));
    printf(" %d", mkdir("d", 0777));
    printf(" %d\n", mkdir("d/e", 0777));
    for (size_t i = 0; i < COUNT(files); i++)
        fclose(fopen(files[i], "w"));
    for (size_t i = 0; i < COUNT(globs); i++) {
        /* glibc marks what has a slash already. */
        int mark = globs[i][strlen(globs[i]) - 1] == '/' ? 0 : GLOB_MARK;

        for (int flags = 0; flags < 2; flags++) {
            printf("%s: %d", globs[i],
                   glob(globs[i], flags ? mark | GLOB_NOCHECK : 0, NULL,
                        &found));
            for (size_t k = 0; k < found.gl_pathc; k++)
                printf(" %s", found.gl_pathv[k]);
            printf("\n");
            globfree(&found);
        }
    }
    count = scandir(".", &list, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        printf("%s %d ", list[i]->d_name, list[i]->d_type);
        free(list[i]);
    }
    free(list);
    printf("%d", opendir("a.c") == NULL);
    printf(" %s\n", strerror(errno));
    for (size_t i = COUNT(files); i-- > 0;)
        printf("%d", unlink(files[i]));
    printf("%d", rmdir("d/e"));
    printf("%d", rmdir("d"));
    printf("%d\n", rmdir(name));
    printf("%d\n", chdir("/"));
}

/* More names than one call of the system gives. */
static void
many_files(void)
{
    char name[] = "/tmp/libc-many-XXXXXX", path[300];
    struct dirent *entry;
    long place = 0;
    int count = 0;
    DIR *folder;

    printf("%d", mkdtemp(name) != NULL);
    for (int i = 0; i < 100; i++) {
        sprintf(path, "%s/%0*d", name, i % 3 ? 1 + i % 5 : 1 + i * 2, i);
        fclose(fopen(path, "w"));
    }
    folder = opendir(name);
    while ((entry = readdir(folder))) {
        if (++count == 50)
            place = telldir(folder);
    }
    printf(" %d", count);
    seekdir(folder, place);
    while (readdir(folder))
        count++;
    printf(" %d", count);
    rewinddir(folder);
    while ((entry = readdir(folder))) {
        sprintf(path, "%s/%s", name, entry->d_name);
        unlink(path);
    }
    printf(" %d", closedir(folder));
    printf(" %d\n", rmdir(name));
}

static void
paths(void)
{
    static const char *const all[] = {"", "/", "a", "a/", "/a", "/a/",
        "a/b", "a//b//", "/a/b/c", ".", "..", "./", "///a"};
    char one[32], two[32];

    for (size_t i = 0; i < COUNT(all); i++) {
        strcpy(one, all[i]);
        strcpy(two, all[i]);
        printf("%s: %s %s\n", all[i], basename(one), dirname(two));
    }
}

static void
wide(void)
{
    static const char *const texts[] = {"abc", "\xc3\xa4\xe2\x82\xac",
        "\xf0\x9f\x98\x80", "\xc0\x80", "\xe2\x82", "a\x80", "\xff"};
    wchar_t made[16];
    char back[32];

    for (size_t i = 0; i < COUNT(texts); i++) {
        mbstate_t state = {0};
        size_t n = mbstowcs(made, texts[i], 16);

        printf("%zd", (ssize_t)n);
        for (size_t k = 0; n != (size_t)-1 && k < n; k++)
            printf(" %x", (unsigned)made[k]);
        if (n != (size_t)-1)
            printf(" %zu %d", wcstombs(back, made, 32), strcmp(back,
                                                               texts[i]));
        for (const char *s = texts[i]; *s; s++)
            printf(" %zd", (ssize_t)mbrtowc(made, s, 1, &state));
        printf("\n");
    }
    for (unsigned c = 0; c < 0x180; c++) {
        if (c == 0xad || (c > 127 && c < 0xc0) || c == 0xd7 || c == 0xf7 ||
            c == 0x130 || c == 0x131 || c == 0x17f)
            continue;
        printf("%d%d%d%d%d %d %x %x\n", iswalpha(c) != 0, iswpunct(c) != 0,
               iswupper(c) != 0, iswprint(c) != 0, iswspace(c) != 0,
               wcwidth((wchar_t)c), towlower(c), towupper(c));
    }
    printf("%d %d %d %ld\n", wcwidth(0x4e2d), wcwidth(0x301), wcwidth(0xac00),
           wcstol(L" -12x", NULL, 10));
}

static volatile sig_atomic_t caught;

static void
handler(int number)
{
    caught = number;
}

static void
processes(void)
{
    struct sigaction action = {.sa_handler = handler};
    struct pollfd poll_fd;
    struct timeval none = {0, 0};
    sigset_t set, old;
    fd_set fds;
    int status, ends[2];
    pid_t child;

    sigaction(SIGUSR1, &action, NULL);
    printf("%d", raise(SIGUSR1));
    printf(" %d", caught);
    caught = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR1);
    printf(" %d", caught);
    sigprocmask(SIG_SETMASK, &old, NULL);
    printf(" %d %d", caught, sigismember(&set, SIGUSR1));
    printf(" %d", pipe(ends));
    fflush(stdout);
    child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        execlp("sh", "sh", "-c", "echo $0 $1; exit 5", "zero", "one",
               (char *)NULL);
        _exit(1);
    }
    printf(" %d", waitpid(child, &status, 0) == child);
    printf(" %d %d", WIFEXITED(status), WEXITSTATUS(status));
    poll_fd = (struct pollfd){ends[0], POLLIN, 0};
    printf(" %d %d", poll(&poll_fd, 1, 0), poll_fd.revents);
    FD_ZERO(&fds);
    FD_SET(ends[0], &fds);
    printf(" %d %d\n", select(ends[0] + 1, &fds, NULL, NULL, &none),
           FD_ISSET(ends[0], &fds) != 0);
    child = fork();
    if (child == 0)
        abort();
    waitpid(child, &status, 0);
    printf("%d %d\n", WIFSIGNALED(status), WTERMSIG(status));
    printf("%s %s %s\n", strsignal(SIGSEGV), strerror(ENOENT), strerror(9999));
}

int
main(int argc, char **argv)
{
    random_seed(argc, argv);
    setlocale(LC_ALL, "");
    options();
    patterns();
    folders();
    many_files();
    paths();
    wide();
    processes();
    return 0;
}
