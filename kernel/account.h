/*
 * Who pays for memory: an account counts the frames that its owner holds and
 * refuses more than its limit. Whoever owns the account keeps it alive, and
 * at its address, until used is 0 again.
 */
#ifndef KERNEL_ACCOUNT_H
#define KERNEL_ACCOUNT_H

#include <stdint.h>

struct account {
    uint64_t limit; /* frames; below used: what is held stays, no more comes */
    uint64_t used;  /* frames; only the frame allocator writes it */
};

#define ACCOUNT_UNLIMITED UINT64_MAX

#endif
