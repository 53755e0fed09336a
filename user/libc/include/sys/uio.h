#ifndef _SYS_UIO_H
#define _SYS_UIO_H

#include <sys/types.h>

struct iovec {
    void *iov_base;
    size_t iov_len;
};

__C_BEGIN

ssize_t readv(int, const struct iovec *, int);
ssize_t writev(int, const struct iovec *, int);

__C_END

#endif
