/*
 * Tests of the kernel from user space. The program is the root task; as a
 * child of itself it plays the other side: its first handle is a session to
 * the test, which tells it what to do.
 */
#ifndef USER_TEST_KTEST_KTEST_H
#define USER_TEST_KTEST_KTEST_H

#include "user/rt/rt.h"
#include "user/rt/spawn.h"

struct ktest {
    const char *name;
    bool (*run)(void);
};

#define KTESTS(area)                                                 \
    extern const struct ktest area##_tests[];                        \
    extern const unsigned area##_test_count

KTESTS(basic);
KTESTS(handle);
KTESTS(memory);
KTESTS(pager);
KTESTS(thread);
KTESTS(message);
KTESTS(process);
KTESTS(device);
KTESTS(review);

#define KTEST_COUNT(tests) (sizeof(tests) / sizeof *(tests))

/* In a test: say what did not hold, and fail. */
#define CHECK(condition)                                             \
    do {                                                             \
        if (!(condition)) {                                          \
            print("# %s:%u: %s\n", __FILE__, (unsigned)__LINE__,     \
                  #condition);                                       \
            return false;                                            \
        }                                                            \
    } while (0)

/* ... with the result that was not the expected one. */
#define EXPECT(call, expected)                                       \
    do {                                                             \
        int64_t result_ = (call);                                    \
        if (result_ != (expected)) {                                 \
            print("# %s:%u: %s is %ld\n", __FILE__,                  \
                  (unsigned)__LINE__, #call, result_);               \
            return false;                                            \
        }                                                            \
    } while (0)

#define MS 1000000ULL /* nanoseconds */
#define PRIORITY 16u  /* of the root task */
#define COMMON_RIGHTS \
    (SYS_RIGHT_DUPLICATE | SYS_RIGHT_TRANSFER | SYS_RIGHT_INSPECT)

extern handle_t ktest_system;

void ktest_sleep(uint64_t nanoseconds);
bool ktest_info(struct sys_system_info *info);

/* Until the thread is in that state, or a second has passed. */
bool ktest_await_state(handle_t thread, enum sys_thread_state state);

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
enum { BADGE_CHILD = 100, BADGE_SUPERVISOR = 200 };

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

/* Kill it if it lives, wait for its death, close what it had. */
bool child_end(struct child *child);

/* In the child. */
int child_main(handle_t session);
int review_raise_limit(uint64_t limit);
int review_orphans(uint64_t waits);

#endif
