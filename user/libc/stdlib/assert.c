#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "user/libc/internal/libc.h"

void
__assert_fail(const char *truth, const char *file, int line,
              const char *function)
{
    fprintf(stderr, "%s: %s:%d: %s: Assertion `%s' failed.\n", __program_name,
            file, line, function, truth);
    fflush(stderr);
    abort();
}
