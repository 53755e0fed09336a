/* What user/sh/source.c needs of a terminal, which no fuzzer has. */
#include <stdlib.h>

#include "user/sh/line.h"
#include "user/sh/prompt.h"

enum line_result
line_read(struct text *line, const char *prompt)
{
    (void)line;
    (void)prompt;
    abort();
}

const char *
prompt_text(const char *name)
{
    (void)name;
    abort();
}
