/* Calendar and time zones. */
#include "compare.h"

#include <time.h>

static const char *const zones[] = {"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3",
    "EST5EDT,M3.2.0,M11.1.0", "<+0545>-5:45", "NZST-12NZDT,M9.5.0,M4.1.0/3",
    "AAA3BBB2:30,J60/1,J300/4", "CCC-2:15DDD,59/3,299"};

static void
show(const struct tm *tm)
{
    char text[300];

    strftime(text, sizeof text,
             "%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %m %M %n%p %r "
             "%R %S %t%T %u %U %V %w %W %x %X %y %Y %z %Z %% %k %l %P %-d "
             "%_d %05d %^a %3j",
             tm);
    printf("%s %d %d\n", text, tm->tm_yday, tm->tm_isdst);
}

static void
both_ways(time_t time)
{
    struct tm tm, copy;

    if (!gmtime_r(&time, &tm)) {
        printf("%s\n", strerror(errno));
        return;
    }
    show(&tm);
    printf("%s", asctime(&tm));
    localtime_r(&time, &tm);
    show(&tm);
    copy = tm;
    printf("%d", mktime(&copy) == time);
    copy = tm;
    printf(" %d\n", timegm(&copy) == time + tm.tm_gmtoff);
}

static void
overflowing(void)
{
    struct tm tm = {.tm_year = 100 + (int)random_below(50),
                    .tm_mon = (int)random_below(60) - 30,
                    .tm_mday = (int)random_below(800) - 400,
                    .tm_hour = (int)random_below(100) - 50,
                    .tm_min = (int)random_below(2000) - 1000,
                    .tm_sec = (int)random_below(90000) - 45000};
    time_t time;

    time = timegm(&tm);
    printf("%ld ", (long)time);
    show(&tm);
}

static void
parsing(void)
{
    static const char *const texts[][2] = {
        {"2024-02-29 12:34:56", "%Y-%m-%d %H:%M:%S"},
        {"29 Feb 24", "%d %b %y"}, {"Thursday, 1 january 70",
        "%A, %d %B %y"}, {"11:30 pm", "%I:%M %p"}, {"12:05 AM", "%I:%M %p"},
        {"12/31/99", "%D"}, {"2023-13-01", "%F"}, {"x", "%Y"}, {"  7", "%d"},
        {"1999 365", "%Y %j"}, {"10%x", "%d%%x"}, {"23:59:60", "%T"}};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct tm tm = {.tm_mday = 1};
        char *end = strptime(texts[i][0], texts[i][1], &tm);

        printf("%s: ", texts[i][0]);
        if (!end) {
            printf("no\n");
            continue;
        }
        printf("<%s> %d %d %d %d %d %d %d\n", end, tm.tm_year, tm.tm_mon,
               tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_wday);
    }
}

int
main(int argc, char **argv)
{
    static const time_t some[] = {0, -1, 951782400, 951868799, 1709164800,
        4107542400, -2208988800, 253402300799, 67768036191676800,
        1711846800,
        1711850399, 1711850400, 1729990800};

    random_seed(argc, argv);
    for (size_t z = 0; z < COUNT(zones); z++) {
        setenv("TZ", zones[z], 1);
        tzset();
        printf("%s %s %s %ld %d\n", zones[z], tzname[0], tzname[1], timezone,
               daylight);
        for (size_t i = 0; i < COUNT(some); i++)
            both_ways(some[i]);
        for (int i = 0; i < 200; i++)
            both_ways((time_t)random_bits());
    }
    for (int i = 0; i < 500; i++)
        overflowing();
    parsing();
    return 0;
}
