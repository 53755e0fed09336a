#include "user/sh/path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/sh/sh.h"
#include "user/sh/vars.h"

#define STANDARD_PATH "/bin:/usr/bin"

struct known {
    struct known *next;
    char *name, *path;
};

static struct known *known;
static unsigned changes;        /* of PATH, when `known` was right */

void
path_forget(void)
{
    while (known != NULL) {
        struct known *one = known;

        known = one->next;
        free(one->name);
        free(one->path);
        free(one);
    }
    changes = var_path_changes;
}

void
path_print(void)
{
    if (changes != var_path_changes)
        path_forget();
    for (struct known *one = known; one != NULL; one = one->next)
        sh_print("%s\n", one->path);
}

static void
remember(const char *name, const char *path)
{
    struct known *one = mem_keep(sizeof *one);

    *one = (struct known){ .next = known };
    known = one;                /* whole even if memory ends now */
    one->name = mem_keep_string(name);
    one->path = mem_keep_string(path);
}

static const char *
recall(const char *name)
{
    if (changes != var_path_changes)
        path_forget();
    for (struct known *one = known; one != NULL; one = one->next) {
        if (one->path != NULL && strcmp(one->name, name) == 0 &&
            access(one->path, X_OK) == 0)
            return one->path;
    }
    return NULL;
}

static int
status_of(const char *path, int mode)
{
    struct stat info;

    if (stat(path, &info) < 0)
        return 127;
    if (S_ISDIR(info.st_mode) || access(path, mode) < 0)
        return 126;
    return 0;
}

static const char *
search(const char *list, const char *name, int mode, int *status)
{
    *status = 127;
    while (list != NULL) {
        size_t length = strcspn(list, ":");
        struct text text = { &sh.scratch, NULL, 0, 0 };
        int found;

        text_add(&text, list, length);
        if (length > 0)
            text_byte(&text, '/');
        text_string(&text, name);
        found = status_of(text_end(&text), mode);
        if (found == 0)
            return text.bytes;
        if (found == 126)
            *status = 126;
        list = list[length] == ':' ? list + length + 1 : NULL;
    }
    return NULL;
}

const char *
path_find(const char *name, bool standard, int *status)
{
    const char *path = var_get("PATH");

    if (strchr(name, '/') != NULL) {
        *status = status_of(name, X_OK);
        return *status == 0 ? name : NULL;
    }
    if (*name == '\0') {
        *status = 127;
        return NULL;
    }
    if (standard)
        return search(STANDARD_PATH, name, X_OK, status);
    if (path == NULL)
        path = STANDARD_PATH;
    if (recall(name) != NULL)
        return arena_string(&sh.scratch, recall(name));
    path = search(path, name, X_OK, status);
    if (path != NULL && path[0] == '/')
        remember(name, path);
    return path;
}

const char *
path_find_script(const char *name)
{
    const char *found;
    int status;

    if (strchr(name, '/') != NULL)
        return name;
    found = search(var_get("PATH"), name, R_OK, &status);
    return found;
}
