/* Removing trees, for rm and mv. */
#ifndef USER_BIN_LIB_REMOVE_H
#define USER_BIN_LIB_REMOVE_H

#include <stdbool.h>

struct remove_options {
    bool recursive;   /* directories with what is in them */
    bool directories; /* empty ones */
    bool force;       /* nothing is asked, and what is not there is no error */
    bool ask;         /* before each */
    bool verbose;     /* tell each */
};

/* Remove what is at path; what goes wrong is told. */
void remove_path(const char *path, const struct remove_options *options);

#endif
