#include "user/bin/lib/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define TEXT_SIZE 80

bool
init_tell(const char *order, const char *service)
{
    char text[TEXT_SIZE];
    int length = snprintf(text, sizeof text, "%s%s%s\n", order,
                          service != NULL ? " " : "",
                          service != NULL ? service : "");
    int file, error;
    ssize_t done;

    if (length < 0 || length >= TEXT_SIZE) {
        errno = ENOENT; /* no service has such a name */
        return false;
    }
    file = open(INIT_PATH, O_WRONLY);
    if (file < 0)
        return false;
    done = write(file, text, (size_t)length); /* an order is one piece */
    error = done < 0 ? errno : EIO;
    close(file);
    errno = error;
    return done == length;
}
