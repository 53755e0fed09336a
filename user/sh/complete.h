/* Completion of the word before the cursor: commands, or files. */
#ifndef USER_SH_COMPLETE_H
#define USER_SH_COMPLETE_H

#include "user/sh/expand.h"

struct completion {
    struct fields matches;      /* sorted, each once; folders end in / */
    const char *addition;       /* what all of them go on with, quoted */
};

/* In sh.scratch. */
void complete_word(const char *line, size_t cursor,
                   struct completion *completion);

#endif
