/*
 * Tests of the kernel from user space. A child asks the test what to do.
 */
#ifndef USER_TEST_KTEST_KTEST_H
#define USER_TEST_KTEST_KTEST_H

#include "user/test/lib/test.h"

TESTS(basic);
TESTS(handle);
TESTS(memory);
TESTS(pager);
TESTS(thread);
TESTS(message);
TESTS(process);
TESTS(device);
TESTS(pci);
TESTS(review);

#define COMMON_RIGHTS \
    (SYS_RIGHT_DUPLICATE | SYS_RIGHT_TRANSFER | SYS_RIGHT_INSPECT)

/* --- children ------------------------------------------------------------- */

/* What a child does; the word is the test's, session its way to the test. */
enum role {
    ROLE_EXIT,     /* ends with the word as status */
    ROLE_ECHO,     /* calls: the word on all places, until the answer is 0 */
    ROLE_HANDLE,   /* notifies by the handle that it was given */
    ROLE_LEASE,    /* calls with a lease to read and one to write */
    ROLE_TRAP,     /* INT3, then ends with the word */
    ROLE_TOUCH,    /* reads the address, ends with what was there */
    ROLE_PORT,     /* reads the port */
    ROLE_HUNGRY,   /* maps pages until the quota says no */
    ROLE_WAIT,     /* for ever */
    ROLE_FORK,     /* calls, is cloned, both tell what they see */
    ROLE_SWAP,     /* makes threads, as many as the word says, and becomes a
                      new program, which asks for a role anew */
    ROLE_SERVE,    /* answers calls to an endpoint that it was given */
    ROLE_RAISE_LIMIT, /* review.c */
    ROLE_ORPHANS,  /* review.c */
    ROLE_COUNT,
};

enum { ASK = 1, ANSWER, TELL, FORK }; /* tags */

/* Badges of a child's sessions. */
enum { BADGE_CHILD = 100, BADGE_SUPERVISOR };

#define CHILD_FRAMES 256u

struct child {
    handle_t endpoint; /* the test receives here */
    struct spawned spawned;
    bool dead;
    uint64_t death[4];
    uint64_t id;
};

/* It has been told its role and goes on. A handle of 0 sends none. */
bool child_start(struct child *child, enum role role, uint64_t word,
                 handle_t handle);

/* The next message of that kind; a death is noted on the way. */
bool child_expect(struct child *child, int64_t kind, struct sys_message *m);
bool child_expect_death(struct child *child, enum sys_death how,
                        uint64_t status);

/* Its next is that exception, which nobody mends: it dies of it. */
bool child_expect_fault(struct child *child, unsigned vector);

/* Kill it if it lives, wait for its death, close what it had. */
bool child_end(struct child *child);

/* In the child. */
int review_raise_limit(uint64_t limit);
int review_orphans(uint64_t waits);

#endif
