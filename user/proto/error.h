/*
 * The errors of servers, in the tags of their answers (user/proto/io.h): the
 * names of POSIX.1-2017, System Interfaces 2.3, with the numbers that most
 * programs have seen; libc's <errno.h> has the same.
 */
#ifndef USER_PROTO_ERROR_H
#define USER_PROTO_ERROR_H

enum io_error {
    E_PERM = 1, E_NOENT = 2, E_SRCH = 3, E_INTR = 4, E_IO = 5, E_NXIO = 6,
    E_BADF = 9, E_CHILD = 10, E_AGAIN = 11, E_NOMEM = 12, E_ACCES = 13,
    E_FAULT = 14, E_BUSY = 16, E_EXIST = 17, E_XDEV = 18, E_NODEV = 19,
    E_NOTDIR = 20, E_ISDIR = 21, E_INVAL = 22, E_MFILE = 24, E_NOTTY = 25,
    E_FBIG = 27, E_NOSPC = 28, E_SPIPE = 29, E_ROFS = 30, E_MLINK = 31,
    E_PIPE = 32, E_RANGE = 34, E_NAMETOOLONG = 36, E_NOSYS = 38,
    E_NOTEMPTY = 39, E_LOOP = 40, E_OVERFLOW = 75, E_NOTSUP = 95,
    E_STALE = 116,
};

#endif
