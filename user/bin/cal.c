/* cal: a calendar. */
#include "user/bin/lib/stream.h"
#include "user/bin/lib/tool.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define OPTIONS "my"
#define WIDTH 20 /* of a month: seven days of two, and six blanks */
#define ROWS 6
#define ACROSS 3 /* months beside each other in a year */

static bool from_monday;

static const char *const months[] = {
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
};

/* England and its colonies took the Gregorian calendar in September 1752. */
static bool
is_gregorian(int year, int month)
{
    return year > 1752 || (year == 1752 && month > 9);
}

static int
days_in(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30,
                                31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year <= 1752 || year % 100 != 0 ||
                                  year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

/* 0 is Sunday; Zeller's congruence, for either calendar. */
static int
weekday(int year, int month, int day)
{
    bool gregorian = is_gregorian(year, month) ||
                     (year == 1752 && month == 9 && day > 2);

    if (month < 3) {
        month += 12;
        year--;
    }
    day += 13 * (month + 1) / 5 + year + year / 4;
    day += gregorian ? year / 400 - year / 100 : 5;
    return (day + 6) % 7;
}

/* Put one week of a month into text, WIDTH columns; row counts from 0. */
static void
format_week(int year, int month, int row, char text[WIDTH + 1])
{
    int first = (weekday(year, month, 1) + 7 - from_monday) % 7;
    int place = 0;

    memset(text, ' ', WIDTH);
    text[WIDTH] = '\0';
    for (int day = 1; day <= days_in(year, month); day++, place++) {
        int column = (first + place) % 7 * 3;

        if (year == 1752 && month == 9 && day == 3)
            day = 14; /* eleven days were left out */
        if ((first + place) / 7 != row)
            continue;
        if (day >= 10)
            text[column] = (char)('0' + day / 10);
        text[column + 1] = (char)('0' + day % 10);
    }
}

static void
put_centered(const char *title, int width)
{
    int length = (int)strlen(title), left = (width - length) / 2;

    printf("%*s%s%*s", left, "", title, width - left - length, "");
}

static void
put_weekdays(void)
{
    fputs(from_monday ? "Mo Tu We Th Fr Sa Su" : "Su Mo Tu We Th Fr Sa",
          stdout);
}

static void
put_month(int year, int month)
{
    char text[WIDTH + 1], title[32];

    snprintf(title, sizeof(title), "%s %d", months[month - 1], year);
    put_centered(title, WIDTH);
    putchar('\n');
    put_weekdays();
    putchar('\n');
    for (int row = 0; row < ROWS; row++) {
        format_week(year, month, row, text);
        puts(text);
    }
}

static void
put_year(int year)
{
    char text[WIDTH + 1];

    snprintf(text, sizeof(text), "%d", year);
    put_centered(text, ACROSS * WIDTH + 4);
    fputs("\n\n", stdout);
    for (int first = 1; first <= 12; first += ACROSS) {
        for (int row = -2; row < ROWS; row++) {
            for (int month = first; month < first + ACROSS; month++) {
                if (month > first)
                    fputs("  ", stdout);
                if (row == -2) {
                    put_centered(months[month - 1], WIDTH);
                } else if (row == -1) {
                    put_weekdays();
                } else {
                    format_week(year, month, row, text);
                    fputs(text, stdout);
                }
            }
            putchar('\n');
        }
    }
}

int
main(int argc, char **argv)
{
    time_t now = time(NULL);
    const struct tm *broken = localtime(&now);
    int year = broken->tm_year + 1900, month = broken->tm_mon + 1, letter;
    bool whole_year = false;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        from_monday |= letter == 'm';
        whole_year |= letter == 'y';
    }
    tool_operands(argc, 0, 2);
    if (argc - optind == 2)
        month = (int)number_read(argv[optind++], 1, 12, "a month");
    else if (argc - optind == 1)
        whole_year = true;
    if (optind < argc)
        year = (int)number_read(argv[optind], 1, 9999, "a year");
    if (whole_year)
        put_year(year);
    else
        put_month(year, month);
    return tool_finish();
}
