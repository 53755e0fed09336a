/* sleep: waits. */
#include "user/bin/lib/tool.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OPTIONS ""
#define LONGEST 1e9 /* seconds at a time; more is a matter of patience */

static double
seconds_of(const char *text)
{
    static const char units[] = "smhd";
    static const double factors[] = { 1, 60, 3600, 86400 };
    const char *unit;
    char *end;
    double number = strtod(text, &end);

    unit = *end != '\0' ? strchr(units, *end) : units;
    if (end == text || number < 0 || isnan(number) || unit == NULL ||
        (*end != '\0' && end[1] != '\0'))
        tool_usage("%s: a time is expected", text);
    return number * factors[unit - units];
}

int
main(int argc, char **argv)
{
    double seconds = 0;

    tool_start(1);
    while (tool_getopt(argc, argv, OPTIONS) != -1)
        continue;
    tool_operands(argc, 1, -1);
    for (int i = optind; i < argc; i++)
        seconds += seconds_of(argv[i]);
    while (seconds > 0) {
        double now = seconds < LONGEST ? seconds : LONGEST;
        struct timespec left = { .tv_sec = (time_t)now };

        left.tv_nsec = (long)((now - (double)left.tv_sec) * 1e9);
        while (nanosleep(&left, &left) != 0)
            if (errno != EINTR)
                tool_die("sleeping");
        seconds -= now;
    }
    return tool_finish();
}
