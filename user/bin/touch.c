/* touch: sets the times of files, and makes those that are not there. */
#include "user/bin/lib/tool.h"
#include "user/bin/lib/when.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPTIONS "acd:mr:t:"

static bool no_create;

static int
two_digits(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

/* [[CC]YY]MMDDhhmm[.SS] */
static bool
parse_stamp(const char *text, struct timespec *when)
{
    struct tm broken = { .tm_isdst = -1 };
    size_t length = strspn(text, "0123456789");
    const char *rest = text + length;
    time_t now = time(NULL);

    if ((length != 8 && length != 10 && length != 12) ||
        (*rest != '\0' && (*rest != '.' || strlen(rest) != 3 ||
                           strspn(rest + 1, "0123456789") != 2)))
        return false;
    broken.tm_year = localtime(&now)->tm_year;
    if (length == 12)
        broken.tm_year = two_digits(text) * 100 + two_digits(text + 2) - 1900;
    else if (length == 10) /* 69 to 99 are of the last century */
        broken.tm_year = two_digits(text) + (two_digits(text) < 69) * 100;
    text = rest - 8;
    broken.tm_mon = two_digits(text) - 1;
    broken.tm_mday = two_digits(text + 2);
    broken.tm_hour = two_digits(text + 4);
    broken.tm_min = two_digits(text + 6);
    broken.tm_sec = *rest == '.' ? two_digits(rest + 1) : 0;
    if (broken.tm_mon < 0 || broken.tm_mon > 11 || broken.tm_mday < 1 ||
        broken.tm_mday > 31 || broken.tm_hour > 23 || broken.tm_min > 59 ||
        broken.tm_sec > 60)
        return false;
    *when = (struct timespec){ .tv_sec = mktime(&broken) };
    return true;
}

static void
touch(const char *path, const struct timespec times[2])
{
    int file;

    if (utimensat(AT_FDCWD, path, times, 0) == 0)
        return;
    if (errno != ENOENT) {
        tool_warn(path);
        return;
    }
    if (no_create)
        return;
    file = open(path, O_WRONLY | O_CREAT, 0666);
    if (file < 0 || futimens(file, times) != 0)
        tool_warn(path);
    if (file >= 0)
        close(file);
}

static void
read_times(int letter, struct timespec times[2])
{
    struct stat info;

    if (letter == 'r') {
        if (stat(optarg, &info) != 0)
            tool_die(optarg);
        times[0] = info.st_atim;
        times[1] = info.st_mtim;
        return;
    }
    if (letter == 'd' ? !when_parse(optarg, &times[0])
                      : !parse_stamp(optarg, &times[0]))
        tool_usage("%s: a time is expected", optarg);
    times[1] = times[0];
}

int
main(int argc, char **argv)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_NOW },
                                 { .tv_nsec = UTIME_NOW } };
    bool access_time = false, change_time = false;
    int letter;

    tool_start(1);
    while ((letter = tool_getopt(argc, argv, OPTIONS)) != -1) {
        access_time |= letter == 'a';
        change_time |= letter == 'm';
        no_create |= letter == 'c';
        if (strchr("drt", letter) != NULL)
            read_times(letter, times);
    }
    if (access_time && !change_time)
        times[1].tv_nsec = UTIME_OMIT;
    if (change_time && !access_time)
        times[0].tv_nsec = UTIME_OMIT;
    tool_operands(argc, 1, -1);
    for (int i = optind; i < argc; i++)
        touch(argv[i], times);
    return tool_finish();
}
