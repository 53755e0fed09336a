#include "user/bin/lib/format.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

static char
kind_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return 'd';
    if (S_ISLNK(mode))
        return 'l';
    if (S_ISCHR(mode))
        return 'c';
    if (S_ISBLK(mode))
        return 'b';
    if (S_ISFIFO(mode))
        return 'p';
    return S_ISSOCK(mode) ? 's' : '-';
}

void
format_mode(mode_t mode, char text[11])
{
    static const char rights[] = "rwxrwxrwx";

    text[0] = kind_of(mode);
    for (unsigned i = 0; i < 9; i++)
        text[i + 1] = mode >> (8 - i) & 1 ? rights[i] : '-';
    if (mode & S_ISUID)
        text[3] = mode & S_IXUSR ? 's' : 'S';
    if (mode & S_ISGID)
        text[6] = mode & S_IXGRP ? 's' : 'S';
    if (mode & S_ISVTX)
        text[9] = mode & S_IXOTH ? 't' : 'T';
    text[10] = '\0';
}

void
format_human(uintmax_t bytes, char text[32])
{
    static const char units[] = "KMGTPE";
    uintmax_t unit = 1024;
    unsigned i = 0;

    if (bytes < unit) {
        snprintf(text, 32, "%ju", bytes);
        return;
    }
    /* 1023.1K is shown as 1.0M, since it is rounded up to 1024K. */
    while (units[i + 1] != '\0' && bytes > 1023 * unit) {
        unit *= 1024;
        i++;
    }
    uintmax_t whole = bytes / unit, part = bytes % unit;
    uintmax_t tenths = whole * 10 + part / (unit / 1024) * 10 / 1024;

    if (tenths < 100 && tenths * unit / 10 + 9 < bytes)
        tenths++;
    if (tenths < 100)
        snprintf(text, 32, "%ju.%ju%c", tenths / 10, tenths % 10, units[i]);
    else
        snprintf(text, 32, "%ju%c", whole + (part != 0), units[i]);
}

void
format_time(time_t when, time_t now, char text[32])
{
    const time_t half_a_year = 31556952 / 2; /* seconds */
    bool near = when <= now && when > now - half_a_year;
    struct tm broken;

    if (localtime_r(&when, &broken) == NULL ||
        strftime(text, 32, near ? "%b %e %H:%M" : "%b %e  %Y", &broken) == 0)
        snprintf(text, 32, "%12jd", (intmax_t)when);
}

const char *
format_user(uid_t id)
{
    static char text[32];
    const struct passwd *entry = getpwuid(id);

    if (entry != NULL)
        return entry->pw_name;
    snprintf(text, sizeof(text), "%ju", (uintmax_t)id);
    return text;
}

const char *
format_group(gid_t id)
{
    static char text[32];
    const struct group *entry = getgrgid(id);

    if (entry != NULL)
        return entry->gr_name;
    snprintf(text, sizeof(text), "%ju", (uintmax_t)id);
    return text;
}

static bool
octal(const char *text, mode_t *mode)
{
    mode_t value = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '7')
            return false;
        value = value * 8 + (mode_t)(*text - '0');
        if (value > MODE_BITS)
            return false;
    }
    *mode = value;
    return true;
}

/* The rights that a list such as "rwX" or "u" stands for, in all three. */
static const char *
read_rights(const char *p, mode_t now, bool directory, mode_t *bits)
{
    *bits = 0;
    for (; *p != '\0'; p++) {
        if (*p == 'r')
            *bits |= 0444;
        else if (*p == 'w')
            *bits |= 0222;
        else if (*p == 'x' || (*p == 'X' && (directory || now & 0111)))
            *bits |= 0111;
        else if (*p == 's')
            *bits |= S_ISUID | S_ISGID;
        else if (*p == 't')
            *bits |= S_ISVTX;
        else if (*p == 'u')
            *bits |= (now >> 6 & 7) * 0111;
        else if (*p == 'g')
            *bits |= (now >> 3 & 7) * 0111;
        else if (*p == 'o')
            *bits |= (now & 7) * 0111;
        else if (*p != 'X')
            break;
    }
    return p;
}

/* Whose rights: the bits that "ug" covers; 0 without any letter. */
static const char *
read_who(const char *p, mode_t *who)
{
    *who = 0;
    for (; *p != '\0'; p++) {
        if (*p == 'u')
            *who |= 0700 | S_ISUID;
        else if (*p == 'g')
            *who |= 0070 | S_ISGID;
        else if (*p == 'o')
            *who |= 0007 | S_ISVTX;
        else if (*p == 'a')
            *who |= MODE_BITS;
        else
            break;
    }
    return p;
}

/* One clause: who, then any number of operators with their rights. */
static const char *
apply_clause(const char *p, mode_t *mode, bool directory, mode_t masked)
{
    mode_t who, bits;

    p = read_who(p, &who);
    if (*p != '+' && *p != '-' && *p != '=')
        return NULL;
    while (*p == '+' || *p == '-' || *p == '=') {
        char operator = *p;
        mode_t reach = who != 0 ? who : MODE_BITS & ~masked;

        p = read_rights(p + 1, *mode, directory, &bits);
        bits &= reach;
        if (who != 0 && (who & S_ISVTX) == 0)
            bits &= ~(mode_t)S_ISVTX;
        if (operator == '=') {
            mode_t gone = who != 0 ? who : MODE_BITS;

            /* A directory keeps its set-id bits unless they are named. */
            if (directory)
                gone &= ~(mode_t)(S_ISUID | S_ISGID);
            *mode &= ~gone;
        }
        *mode = operator == '-' ? *mode & ~bits : *mode | bits;
    }
    return p;
}

bool
mode_apply(const char *text, mode_t old, bool directory, mode_t *mode)
{
    mode_t masked = umask(0), now = old & MODE_BITS;

    umask(masked);
    if (octal(text, mode)) {
        if (directory && strlen(text) < 5)
            *mode |= old & (S_ISUID | S_ISGID);
        return true;
    }
    for (;;) {
        text = apply_clause(text, &now, directory, masked);
        if (text == NULL || (*text != ',' && *text != '\0'))
            return false;
        if (*text++ == '\0')
            break;
    }
    *mode = now;
    return true;
}
