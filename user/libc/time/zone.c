#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/libc/time/internal.h"

/*
 * The time zone as POSIX writes it in TZ: "CET-1CEST,M3.5.0,M10.5.0/3". No
 * zone files: a TZ of another form is UTC.
 */
enum kind { JULIAN, DAY_OF_YEAR, MONTH_WEEK };

struct rule {
    enum kind kind;
    int month, week, day; /* as in Mm.w.d; day alone for the others */
    long time;            /* of the change, in seconds of local time */
};

struct zone {
    char names[2][16];
    long offsets[2]; /* seconds east: standard time, summer time */
    bool has_summer;
    struct rule rules[2]; /* when summer time starts, and ends */
};

static struct zone zone = {.names = {"UTC", "UTC"}};
static char known[128]; /* the TZ that zone is made of */
static bool set;

char *tzname[2] = {zone.names[0], zone.names[1]};
long timezone;
int daylight;

static const char *
parse_name(const char *s, char *name)
{
    size_t size = 0;
    bool quoted = *s == '<';

    s += quoted;
    while (quoted ? *s && *s != '>' : isalpha((unsigned char)*s)) {
        if (size < 15)
            name[size++] = *s;
        s++;
    }
    name[size] = '\0';
    if (size < 3 || (quoted && *s != '>'))
        return NULL;
    return s + quoted;
}

static const char *
parse_number(const char *s, int most, int *value)
{
    if (!isdigit((unsigned char)*s))
        return NULL;
    for (*value = 0; isdigit((unsigned char)*s) && *value <= most; s++)
        *value = *value * 10 + (*s - '0');
    return *value <= most ? s : NULL;
}

/* [+-]hh[:mm[:ss]] */
static const char *
parse_time(const char *s, long *time)
{
    bool negative = *s == '-';
    long unit = 3600;
    int value;

    s += *s == '-' || *s == '+';
    s = parse_number(s, 167, &value);
    *time = value * unit;
    while (s && *s == ':' && unit > 1) {
        unit /= 60;
        s = parse_number(s + 1, 59, &value);
        *time += s ? value * unit : 0;
    }
    *time = negative ? -*time : *time;
    return s;
}

/* ,date[/time] */
static const char *
parse_rule(const char *s, struct rule *rule)
{
    if (*s++ != ',')
        return NULL;
    rule->time = 7200;
    if (*s == 'M') {
        rule->kind = MONTH_WEEK;
        s = parse_number(s + 1, 12, &rule->month);
        s = s && *s == '.' ? parse_number(s + 1, 5, &rule->week) : NULL;
        s = s && *s == '.' ? parse_number(s + 1, 6, &rule->day) : NULL;
        if (s && (rule->month == 0 || rule->week == 0))
            return NULL;
    } else {
        rule->kind = *s == 'J' ? JULIAN : DAY_OF_YEAR;
        s = parse_number(s + (*s == 'J'), 365, &rule->day);
    }
    return s && *s == '/' ? parse_time(s + 1, &rule->time) : s;
}

static bool
parse(const char *s, struct zone *to)
{
    s = parse_name(s, to->names[0]);
    s = s ? parse_time(s, &to->offsets[0]) : NULL;
    if (!s)
        return false;
    to->offsets[0] = to->offsets[1] = -to->offsets[0];
    strcpy(to->names[1], to->names[0]);
    if (!*s)
        return true;
    s = parse_name(s, to->names[1]);
    to->has_summer = true;
    to->offsets[1] += 3600;
    if (s && *s && *s != ',') {
        s = parse_time(s, &to->offsets[1]);
        to->offsets[1] = -to->offsets[1];
    }
    if (s && !*s)
        s = ",M3.2.0,M11.1.0";
    s = s ? parse_rule(s, &to->rules[0]) : NULL;
    s = s ? parse_rule(s, &to->rules[1]) : NULL;
    return s && !*s;
}

void
tzset(void)
{
    static const struct zone utc = {.names = {"UTC", "UTC"}};
    const char *text = getenv("TZ");
    struct zone made = utc;

    text = text ? text : "";
    if (set && strcmp(text, known) == 0)
        return;
    set = true;
    strlcpy(known, text, sizeof known);
    zone = *text && parse(text + (*text == ':'), &made) ? made : utc;
    timezone = -zone.offsets[0];
    daylight = zone.has_summer;
}

static bool
is_leap(long year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The change of a year, in seconds as if there were no zones. */
static long
change(const struct rule *rule, long year)
{
    long day;

    if (rule->kind == MONTH_WEEK) {
        long next = __days_of(year, rule->month, 1);

        day = __days_of(year, rule->month - 1, 1);
        day += ((rule->day - (day + 4)) % 7 + 7) % 7 + 7 * (rule->week - 1);
        while (day >= next)
            day -= 7;
    } else {
        day = __days_of(year, 0, 1) + rule->day;
        if (rule->kind == JULIAN)
            day -= !(is_leap(year) && rule->day >= 60);
    }
    return day * 86400 + rule->time;
}

long
__zone_offset(long time, bool *summer)
{
    struct tm tm;
    long start, end;

    *summer = false;
    if (!zone.has_summer || !__break_down(time + zone.offsets[0], &tm))
        return zone.offsets[0];
    start = change(&zone.rules[0], 1900L + tm.tm_year) - zone.offsets[0];
    end = change(&zone.rules[1], 1900L + tm.tm_year) - zone.offsets[1];
    *summer = start < end ? time >= start && time < end
                          : time < end || time >= start;
    return zone.offsets[*summer];
}

const char *
__zone_name(bool summer)
{
    return zone.names[summer];
}
