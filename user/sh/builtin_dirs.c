/* cd, pwd, umask. */
#include "user/sh/builtins.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/sh.h"
#include "user/sh/vars.h"

/* --- cd and pwd ---------------------------------------------------------- */

/* Is $PWD a name of this folder, with no dots in it? */
static const char *
logical_pwd(void)
{
    const char *pwd = var_get("PWD");
    struct stat there, here;

    if (pwd == NULL || pwd[0] != '/' || strstr(pwd, "/./") ||
        strstr(pwd, "/../") || stat(pwd, &there) < 0 || stat(".", &here) < 0)
        return NULL;
    return there.st_dev == here.st_dev && there.st_ino == here.st_ino ?
        pwd : NULL;
}

static const char *
physical_pwd(void)
{
    size_t size = 256;

    for (;;) {
        char *buffer = arena_alloc(&sh.scratch, size);

        if (getcwd(buffer, size) != NULL)
            return buffer;
        if (errno != ERANGE || size > (1 << 20))
            return NULL;
        size *= 2;
    }
}

static const char *
present(bool physical)
{
    const char *pwd = physical ? NULL : logical_pwd();

    return pwd != NULL ? pwd : physical_pwd();
}

void
builtin_start_pwd(void)
{
    const char *pwd = present(false);

    if (pwd != NULL)
        (void)var_set("PWD", pwd);
}

int
builtin_pwd(char **argv)
{
    bool given[128] = { false };
    const char *pwd;

    if (builtin_options(argv, "LP", given) < 0)
        return 2;
    pwd = present(given['P']);
    if (pwd == NULL) {
        sh_error("pwd: %s", strerror(errno));
        return 1;
    }
    sh_print("%s\n", pwd);
    return 0;
}

/* The path without . and .., which go by name: a/.. is nothing. */
static const char *
logical_path(const char *base, const char *path)
{
    struct text text = { &sh.scratch, NULL, 0, 0 };

    if (path[0] != '/')
        text_string(&text, base);
    while (*path != '\0') {
        size_t length = strcspn(path, "/");

        if (length == 2 && strncmp(path, "..", 2) == 0) {
            while (text.length > 0 && text.bytes[text.length - 1] != '/')
                text.length--;
            if (text.length > 0)
                text.length--;
        } else if (length > 0 && !(length == 1 && path[0] == '.')) {
            if (text.length == 0 || text.bytes[text.length - 1] != '/')
                text_byte(&text, '/');
            text_add(&text, path, length);
        }
        path += length + (path[length] == '/');
    }
    if (text.length == 0)
        text_byte(&text, '/');
    return text_end(&text);
}

static bool
change_to(const char *path, bool physical)
{
    const char *old = present(false), *new = path;

    if (!physical && (old != NULL || path[0] == '/'))
        new = logical_path(old != NULL ? old : "", path);
    if (chdir(new) < 0)
        return false;
    if (old != NULL && !var_set("OLDPWD", old))
        return true;
    if (physical || new[0] != '/')
        new = physical_pwd();
    if (new != NULL)
        (void)var_set("PWD", new);
    return true;
}

/* Each folder of CDPATH, if the path does not start at / or . or .. */
static bool
change_by_cdpath(const char *path, bool physical)
{
    const char *list = var_get("CDPATH");

    if (path[0] == '/' || strcmp(path, ".") == 0 ||
        strcmp(path, "..") == 0 || strncmp(path, "./", 2) == 0 ||
        strncmp(path, "../", 3) == 0)
        return false;
    while (list != NULL) {
        size_t length = strcspn(list, ":");
        struct text text = { &sh.scratch, NULL, 0, 0 };

        text_add(&text, list, length);
        if (length > 0 && list[length - 1] != '/')
            text_byte(&text, '/');
        text_string(&text, path);
        if (length > 0 && change_to(text_end(&text), physical)) {
            sh_print("%s\n", var_get("PWD"));
            return true;
        }
        list = list[length] == ':' ? list + length + 1 : NULL;
    }
    return false;
}

int
builtin_cd(char **argv)
{
    bool given[128] = { false }, show = false;
    int i = builtin_options(argv, "LP", given);
    const char *path;

    if (i < 0)
        return 2;
    path = argv[i] != NULL ? argv[i] : var_get("HOME");
    if (argv[i] != NULL && strcmp(argv[i], "-") == 0) {
        path = var_get("OLDPWD");
        show = true;
    }
    if (path == NULL) {
        sh_error("cd: %s not set", show ? "OLDPWD" : "HOME");
        return 2;
    }
    path = arena_string(&sh.scratch, path);     /* OLDPWD will change */
    if (*path == '\0' || change_by_cdpath(path, given['P']))
        return 0;
    if (!change_to(path, given['P'])) {
        sh_error("cd: %s: %s", path, strerror(errno));
        return 2;
    }
    if (show)
        sh_print("%s\n", var_get("PWD"));
    return 0;
}

/* --- umask --------------------------------------------------------------- */

static void
print_symbolic(mode_t mask)
{
    static const char who[] = "ugo";

    for (int i = 0; i < 3; i++) {
        unsigned allowed = ~(unsigned)mask >> (6 - 3 * i);

        sh_print("%c=%s%s%s%c", who[i], allowed & 4 ? "r" : "",
                 allowed & 2 ? "w" : "", allowed & 1 ? "x" : "",
                 i < 2 ? ',' : '\n');
    }
}

static unsigned
read_who(const char **at)
{
    unsigned who = 0;

    for (; **at != '\0' && strchr("ugoa", **at) != NULL; (*at)++)
        who |= **at == 'u' ? 0700 : **at == 'g' ? 0070 :
            **at == 'o' ? 0007 : 0777;
    return who != 0 ? who : 0777;
}

/* u=rwx,g-w, ...: what is allowed, not what is masked. */
static bool
read_symbolic(const char *at, unsigned *allowed)
{
    do {
        unsigned who = read_who(&at), bits = 0;
        char op = *at;

        if (op != '+' && op != '-' && op != '=')
            return false;
        for (at++; *at != '\0' && strchr("rwxX", *at) != NULL; at++)
            bits |= *at == 'r' ? 0444 : *at == 'w' ? 0222 : 0111;
        bits &= who;
        *allowed = op == '+' ? *allowed | bits : op == '-' ?
            *allowed & ~bits : (*allowed & ~who) | bits;
    } while (*at++ == ',');
    return at[-1] == '\0';
}

static bool
read_mask(const char *word, unsigned *mask)
{
    unsigned allowed;

    if (word[0] < '0' || word[0] > '7') {
        allowed = ~*mask & 0777;
        if (!read_symbolic(word, &allowed))
            return false;
        *mask = ~allowed & 0777;
        return true;
    }
    for (*mask = 0; *word >= '0' && *word <= '7' && *mask < 01000; word++)
        *mask = *mask * 8 + (unsigned)(*word - '0');
    return *word == '\0' && *mask <= 0777;
}

int
builtin_umask(char **argv)
{
    bool given[128] = { false };
    /* A mask may start with -, as -w. */
    bool symbolic = argv[1] != NULL && argv[1][0] == '-' &&
        strcmp(argv[1], "-S") != 0 && strcmp(argv[1], "--") != 0;
    int i = symbolic ? 1 : builtin_options(argv, "S", given);
    mode_t mask = umask(0);
    unsigned new = (unsigned)mask;

    (void)umask(mask);
    if (i < 0)
        return 2;
    if (argv[i] == NULL) {
        if (given['S'])
            print_symbolic(mask);
        else
            sh_print("%04o\n", (unsigned)mask);
        return 0;
    }
    if (!read_mask(argv[i], &new)) {
        sh_error("umask: %s: not a mask", argv[i]);
        return 2;
    }
    (void)umask((mode_t)new);
    return 0;
}
