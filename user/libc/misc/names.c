#include <langinfo.h>
#include <libgen.h>
#include <limits.h>
#include <locale.h>
#include <string.h>

/* --- parts of paths ------------------------------------------------------- */

char *
basename(char *path)
{
    static char dot[] = ".", slash[] = "/";
    char *end, *found;

    if (!path || !*path)
        return dot;
    for (end = path + strlen(path); end > path && end[-1] == '/';)
        *--end = '\0';
    if (end == path)
        return slash;
    found = strrchr(path, '/');
    return found ? found + 1 : path;
}

char *
dirname(char *path)
{
    static char dot[] = ".", slash[] = "/";
    char *end;

    if (!path || !*path)
        return dot;
    for (end = path + strlen(path); end > path && end[-1] == '/';)
        end--;
    if (end == path)
        return slash;
    while (end > path && end[-1] != '/')
        end--;
    if (end == path)
        return dot;
    while (end > path && end[-1] == '/')
        end--;
    if (end == path)
        return slash;
    *end = '\0';
    return path;
}

/* --- the only locale ------------------------------------------------------ */

char *
setlocale(int category, const char *name)
{
    static char c[] = "C";

    if (category < LC_CTYPE || category > LC_ALL)
        return NULL;
    if (name && *name && strcmp(name, "C") != 0 &&
        strcmp(name, "POSIX") != 0 && strcmp(name, "C.UTF-8") != 0)
        return NULL;
    return c;
}

struct lconv *
localeconv(void)
{
    static char empty[] = "", point[] = ".";
    static struct lconv conv = {
        point, empty, empty, empty, empty, empty, empty, empty, empty, empty,
        CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX,
        CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX,
        CHAR_MAX};

    return &conv;
}

char *
nl_langinfo(nl_item item)
{
    switch (item) {
    case CODESET:
        return (char *)"UTF-8";
    case RADIXCHAR:
        return (char *)".";
    case YESEXPR:
        return (char *)"^[yY]";
    case NOEXPR:
        return (char *)"^[nN]";
    case D_T_FMT:
        return (char *)"%a %b %e %H:%M:%S %Y";
    case D_FMT:
        return (char *)"%m/%d/%y";
    case T_FMT:
        return (char *)"%H:%M:%S";
    }
    return (char *)"";
}
