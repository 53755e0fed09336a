#include <errno.h>

#include "user/libc/internal/libc.h"

int *
__errno_location(void)
{
    return &thread_self()->error;
}

int
__fail(int error)
{
    errno = error;
    return -1;
}

long
__result(long result)
{
    return result < 0 && result > -4096 ? __fail((int)-result) : result;
}
