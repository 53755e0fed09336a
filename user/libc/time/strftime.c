#include <stdio.h>
#include <string.h>
#include <time.h>

#include "user/libc/time/internal.h"

static const char *const days[] = {"Sunday", "Monday", "Tuesday", "Wednesday",
    "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January", "February", "March", "April",
    "May", "June", "July", "August", "September", "October", "November",
    "December"};

static bool
is_leap(long year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* ISO 8601: the week that has the year's first Thursday is week 1. */
static long
iso_week(const struct tm *tm, long *year)
{
    long week = (tm->tm_yday + 10 - (tm->tm_wday + 6) % 7 - 1) / 7;
    long thursday = tm->tm_yday + 3 - (tm->tm_wday + 6) % 7;

    *year = 1900L + tm->tm_year;
    if (thursday < 0) {
        --*year;
        thursday += 365 + is_leap(*year);
    } else if (thursday >= 365 + is_leap(*year)) {
        thursday -= 365 + is_leap(*year);
        ++*year;
    }
    week = thursday / 7 + 1;
    return week;
}

struct piece {
    const char *text;   /* or NULL: a number */
    long number;
    int width;
    char pad;
};

static struct piece
number(long value, int width)
{
    return (struct piece){NULL, value, width, '0'};
}

static struct piece
name(const char *const *names, int index, int count, bool brief)
{
    static char buffer[4];

    if (index < 0 || index >= count)
        return (struct piece){"?", 0, 0, 0};
    if (!brief)
        return (struct piece){names[index], 0, 0, 0};
    strlcpy(buffer, names[index], sizeof buffer);
    return (struct piece){buffer, 0, 0, 0};
}

/* Conversions that stand for other formats. */
static const char *
long_form(char c)
{
    switch (c) {
    case 'c':
        return "%a %b %e %H:%M:%S %Y";
    case 'D': case 'x':
        return "%m/%d/%y";
    case 'F':
        return "%Y-%m-%d";
    case 'R':
        return "%H:%M";
    case 'r':
        return "%I:%M:%S %p";
    case 'T': case 'X':
        return "%H:%M:%S";
    case 'h':
        return "%b";
    }
    return NULL;
}

static struct piece
date_piece(char c, const struct tm *tm)
{
    long year = 1900L + tm->tm_year, iso_year, week = iso_week(tm, &iso_year);

    switch (c) {
    case 'a': case 'A':
        return name(days, tm->tm_wday, 7, c == 'a');
    case 'b': case 'B':
        return name(months, tm->tm_mon, 12, c == 'b');
    case 'C':
        return number(year / 100 - (year % 100 < 0), 2);
    case 'd':
        return number(tm->tm_mday, 2);
    case 'e':
        return (struct piece){NULL, tm->tm_mday, 2, ' '};
    case 'g':
        return number((iso_year % 100 + 100) % 100, 2);
    case 'G':
        return number(iso_year, 1);
    case 'j':
        return number(tm->tm_yday + 1, 3);
    case 'm':
        return number(tm->tm_mon + 1, 2);
    case 'u':
        return number(tm->tm_wday ? tm->tm_wday : 7, 1);
    case 'U':
        return number((tm->tm_yday + 7 - tm->tm_wday) / 7, 2);
    case 'V':
        return number(week, 2);
    case 'w':
        return number(tm->tm_wday, 1);
    case 'W':
        return number((tm->tm_yday + 7 - (tm->tm_wday + 6) % 7) / 7, 2);
    case 'y':
        return number((year % 100 + 100) % 100, 2);
    }
    return number(year, 1);
}

static struct piece
zone_piece(const struct tm *tm)
{
    static char text[8];
    long offset = tm->tm_gmtoff, minutes;

    if (tm->tm_isdst < 0)
        return (struct piece){"", 0, 0, 0};
    minutes = (offset < 0 ? -offset : offset) / 60;
    snprintf(text, sizeof text, "%c%.2ld%.2ld", offset < 0 ? '-' : '+',
             minutes / 60 % 100, minutes % 60);
    return (struct piece){text, 0, 0, 0};
}

static bool
make_piece(char c, const struct tm *tm, struct piece *piece)
{
    int hour = (tm->tm_hour + 11) % 12 + 1;
    struct tm copy = *tm;

    switch (c) {
    case 'H':
        *piece = number(tm->tm_hour, 2);
        return true;
    case 'I':
        *piece = number(hour, 2);
        return true;
    case 'k': case 'l':
        *piece = (struct piece){NULL, c == 'k' ? tm->tm_hour : hour, 2, ' '};
        return true;
    case 'M':
        *piece = number(tm->tm_min, 2);
        return true;
    case 'S':
        *piece = number(tm->tm_sec, 2);
        return true;
    case 's':
        *piece = number(mktime(&copy), 1);
        return true;
    case 'p': case 'P':
        *piece = (struct piece){c == 'p' ? tm->tm_hour < 12 ? "AM" : "PM"
                                : tm->tm_hour < 12 ? "am" : "pm", 0, 0, 0};
        return true;
    case 'z':
        *piece = zone_piece(tm);
        return true;
    case 'Z':
        *piece = (struct piece){tm->tm_isdst >= 0 && tm->tm_zone
                                    ? tm->tm_zone : "", 0, 0, 0};
        return true;
    case 'n': case 't': case '%':
        *piece = (struct piece){c == 'n' ? "\n" : c == 't' ? "\t" : "%",
                                0, 0, 0};
        return true;
    }
    if (!c || !strchr("aAbBCdegGjmuUVwWyY", c))
        return false;
    *piece = date_piece(c, tm);
    return true;
}

/* flag: '-' no padding, '_' blanks, '0' zeros, '+' zeros and a sign for years
 * of more digits than that; 0 as it is. */
static int
print_piece(char *text, size_t room, const struct piece *piece, char flag,
            int width)
{
    char pad = flag == '_' ? ' ' : flag == '0' || flag == '+' ? '0'
                                                              : piece->pad;

    if (piece->text)
        return snprintf(text, room, "%*s", width, piece->text);
    if (flag == '-')
        return snprintf(text, room, "%ld", piece->number);
    width = width ? width : piece->width;
    if (pad == ' ')
        return snprintf(text, room, "%*ld", width, piece->number);
    return snprintf(text, room, "%0*ld", width + (piece->number < 0 &&
                                                  width == piece->width &&
                                                  width == 2),
                    piece->number);
}

/* One conversion, s at what follows '%'; NULL where it does not fit. */
static const char *
convert(char **at, char *end, const char *s, const struct tm *tm)
{
    struct piece piece;
    char flag = *s && strchr("-_0+^#", *s) ? *s++ : 0;
    int width = 0, length;

    for (; *s >= '0' && *s <= '9' && width < 10000; s++)
        width = width * 10 + (*s - '0');
    if (*s == 'E' || *s == 'O')
        s++;
    if (long_form(*s)) {
        char text[128];

        length = (int)strftime(text, sizeof text, long_form(*s), tm);
        if (!length)
            return NULL;
        length = snprintf(*at, (size_t)(end - *at), "%*s", width, text);
    } else if (make_piece(*s, tm, &piece)) {
        length = print_piece(*at, (size_t)(end - *at), &piece, flag, width);
    } else {
        length = snprintf(*at, (size_t)(end - *at), "%%%.1s", s);
    }
    for (int i = 0; flag == '^' && i < length && *at + i < end; i++)
        if ((*at)[i] >= 'a' && (*at)[i] <= 'z')
            (*at)[i] &= ~32;
    if (length >= end - *at)
        return NULL;
    *at += length;
    return *s ? s + 1 : s;
}

size_t
strftime(char *restrict text, size_t size, const char *restrict s,
         const struct tm *restrict tm)
{
    char *at = text, *end = text + size;

    while (*s) {
        if (*s != '%') {
            if (end - at < 2)
                return 0;
            *at++ = *s++;
            continue;
        }
        s = convert(&at, end, s + 1, tm);
        if (!s)
            return 0;
    }
    if (at >= end)
        return 0;
    *at = '\0';
    return (size_t)(at - text);
}
