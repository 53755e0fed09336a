/* What the fuzzer's head and hands share: slots of the board. */
#ifndef USER_TEST_STRESS_FUZZ_H
#define USER_TEST_STRESS_FUZZ_H

#include "user/test/stress/stress.h"

#define FUZZ_THREADS  3u
#define FUZZ_CHILDREN 3u
#define FUZZ_CLONES   4u
#define FUZZ_KNOWN    (FUZZ_CHILDREN + FUZZ_CLONES)

enum {
    SLOT_STEPS,        /* of each thread */
    SLOT_DIGEST = 8,   /* of its results */
    SLOT_STRANGE = 16, /* a call whose result means nothing */
    SLOT_KNOWN = 24,   /* ids of the processes that the head will end */
};

#endif
