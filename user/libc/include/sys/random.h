#ifndef _SYS_RANDOM_H
#define _SYS_RANDOM_H

#include <sys/types.h>

#define GRND_NONBLOCK 1
#define GRND_RANDOM   2

__C_BEGIN

ssize_t getrandom(void *, size_t, unsigned);
int getentropy(void *, size_t);

__C_END

#endif
