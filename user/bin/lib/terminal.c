#include "user/bin/lib/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

size_t
terminal_columns(void)
{
    const char *text = getenv("COLUMNS");
    long columns = text != NULL ? strtol(text, NULL, 10) : 0;
    struct winsize size;

    if (columns > 0)
        return (size_t)columns;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

bool
terminal_colors(void)
{
    const char *kind = getenv("TERM"), *none = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && (none == NULL || *none == '\0') &&
           (kind == NULL || strcmp(kind, "dumb") != 0);
}
