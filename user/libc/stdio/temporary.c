#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/libc/internal/system.h"
#include "user/libc/stdio/internal.h"

void
__random_name(char *name, size_t size)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char bytes[32] = {0};
    size_t at = sizeof bytes;

    for (size_t i = 0; i < size; i++, at++) {
        if (at == sizeof bytes) {
            (void)!__sys_getrandom(bytes, sizeof bytes, 0);
            at = 0;
        }
        name[i] = set[bytes[at] % (sizeof set - 1)];
    }
}

#define TRIES 100

/* The six X before the suffix are replaced until make() succeeds, or fails
 * for another reason than that the name exists. */
static int
with_name(char *template, int suffix, int (*make)(const char *, int),
          int argument)
{
    size_t length = strlen(template);
    char *name;

    if (suffix < 0 || length < 6 + (size_t)suffix ||
        memcmp(template + length - 6 - suffix, "XXXXXX", 6) != 0)
        return __fail(EINVAL);
    name = template + length - 6 - suffix;
    for (int i = 0; i < TRIES; i++) {
        int result;

        __random_name(name, 6);
        result = make(template, argument);
        if (result >= 0 || errno != EEXIST)
            return result;
    }
    return __fail(EEXIST);
}

static int
make_file(const char *path, int flags)
{
    return (int)__result(__sys_openat(
        AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | flags, 0600));
}

static int
make_folder(const char *path, int unused)
{
    (void)unused;
    return (int)__result(__sys_mkdirat(AT_FDCWD, path, 0700));
}

static int
is_free(const char *path, int unused)
{
    struct stat stat;
    int result = __sys_fstatat(AT_FDCWD, path, &stat, AT_SYMLINK_NOFOLLOW);

    (void)unused;
    return result == -ENOENT ? 0 : __fail(result == 0 ? EEXIST : -result);
}

int
mkostemps(char *template, int suffix, int flags)
{
    return with_name(template, suffix, make_file, flags & ~O_ACCMODE);
}

int
mkstemps(char *template, int suffix)
{
    return mkostemps(template, suffix, 0);
}

int
mkostemp(char *template, int flags)
{
    return mkostemps(template, 0, flags);
}

int
mkstemp(char *template)
{
    return mkostemps(template, 0, 0);
}

char *
mkdtemp(char *template)
{
    return with_name(template, 0, make_folder, 0) < 0 ? NULL : template;
}

FILE *
tmpfile(void)
{
    char path[] = _PATH_TMP "tmpfXXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    FILE *file;

    if (fd < 0)
        return NULL;
    __sys_unlinkat(AT_FDCWD, path, 0);
    file = fdopen(fd, "w+");
    if (!file)
        __sys_close(fd);
    return file;
}

char *
tmpnam(char *name)
{
    static char own[L_tmpnam];

    name = name ? name : own;
    strcpy(name, _PATH_TMP "tmpnXXXXXX");
    return with_name(name, 0, is_free, 0) < 0 ? NULL : name;
}

char *
tempnam(const char *folder, const char *prefix)
{
    const char *set = getenv("TMPDIR");
    char path[PATH_MAX];

    folder = set ? set : folder ? folder : P_tmpdir;
    if (snprintf(path, sizeof path, "%s/%.5sXXXXXX", folder,
                 prefix ? prefix : "temp") >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return with_name(path, 0, is_free, 0) < 0 ? NULL : strdup(path);
}
