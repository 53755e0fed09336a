#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/libc/internal/libc.h"

/*
 * The array is the program's own until the first change; then it is a copy,
 * `made`. Entries that setenv() made are kept in `owned`, to be freed when
 * they are replaced: those of putenv() are the caller's.
 */
static char **made;
static size_t made_size;
static char **owned;
static size_t owned_count, owned_size;

static size_t
name_length(const char *name)
{
    return strcspn(name, "=");
}

static char **
find(const char *name, size_t length)
{
    if (!environ)
        return NULL;
    for (char **entry = environ; *entry; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return entry;
    return NULL;
}

char *
getenv(const char *name)
{
    size_t length = name_length(name);
    char **entry = NULL;

    if (length > 0 && !name[length])
        entry = find(name, length);
    return entry ? *entry + length + 1 : NULL;
}

char *
secure_getenv(const char *name)
{
    return getenv(name);
}

/* Free an entry that was taken out, if it is ours. */
static void
disown(char *entry)
{
    for (size_t i = 0; i < owned_count; i++) {
        if (owned[i] == entry) {
            owned[i] = owned[--owned_count];
            free(entry);
            return;
        }
    }
}

static bool
own(char *entry)
{
    if (owned_count == owned_size) {
        size_t size = owned_size ? 2 * owned_size : 16;
        char **grown = reallocarray(owned, size, sizeof *owned);

        if (!grown)
            return false;
        owned = grown;
        owned_size = size;
    }
    owned[owned_count++] = entry;
    return true;
}

static int
append(char *entry)
{
    size_t count = 0;

    while (environ && environ[count])
        count++;
    if (environ != made || count + 2 > made_size) {
        size_t size = 2 * count + 8;
        char **grown = malloc(size * sizeof *grown);

        if (!grown)
            return -1;
        if (count > 0)
            memcpy(grown, environ, count * sizeof *grown);
        free(made);
        environ = made = grown;
        made_size = size;
    }
    environ[count] = entry;
    environ[count + 1] = NULL;
    return 0;
}

static int
put(char *entry, size_t length)
{
    char **old = find(entry, length);

    if (!old)
        return append(entry);
    if (*old != entry) {
        char *gone = *old;

        *old = entry;
        disown(gone);
    }
    return 0;
}

int
putenv(char *entry)
{
    size_t length = name_length(entry);

    if (!entry[length])
        return unsetenv(entry);
    return put(entry, length);
}

int
setenv(const char *name, const char *value, int replace)
{
    size_t length = name_length(name), value_length;
    char *entry;

    if (length == 0 || name[length])
        return __fail(EINVAL);
    if (!replace && find(name, length))
        return 0;
    value_length = strlen(value);
    entry = malloc(length + value_length + 2);
    if (!entry)
        return -1;
    memcpy(entry, name, length);
    entry[length] = '=';
    memcpy(entry + length + 1, value, value_length + 1);
    if (!own(entry)) {
        free(entry);
        return -1;
    }
    if (put(entry, length) != 0) {
        disown(entry);
        return -1;
    }
    return 0;
}

int
unsetenv(const char *name)
{
    size_t length = name_length(name);
    char **entry;

    if (length == 0 || name[length])
        return __fail(EINVAL);
    while ((entry = find(name, length))) {
        char *gone = *entry;

        for (; *entry; entry++)
            entry[0] = entry[1];
        disown(gone);
    }
    return 0;
}

int
clearenv(void)
{
    while (environ && *environ) {
        char *gone = *environ;

        for (char **entry = environ; *entry; entry++)
            entry[0] = entry[1];
        disown(gone);
    }
    return 0;
}
