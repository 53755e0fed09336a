/*
 * What the test programs share. Each is the root task, and as a child of
 * itself it plays the other side: its first handle is a session then. It
 * brings test_root() and test_child(); main() is here.
 *
 * Options of all: test=NAME,NAME runs those tests only; hold=N is how long the
 * kernel lock may be held, and interrupts may be off, in time stamps.
 */
#ifndef USER_TEST_LIB_TEST_H
#define USER_TEST_LIB_TEST_H

#include "user/rt/rt.h"
#include "user/rt/spawn.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

#define US 1000UL /* nanoseconds */
#define MS 1000000UL
#define PRIORITY 16u /* of the root task */
#define RW (SYS_MAP_READ | SYS_MAP_WRITE)

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

/* --- main.c --------------------------------------------------------------- */

extern handle_t test_system; /* in the root task */

/* The program's own: what the root task and what a child does. */
void test_root(void);
int test_child(handle_t session);

/* The value of an option, NULL without it; its number, or that number. */
const char *test_option(const char *name, size_t *length);
uint64_t test_number(const char *name, uint64_t otherwise);

/* Power off; whoever booted this gets to know which it was. */
_Noreturn void test_end(bool good);

/* The next number of a sequence. */
static inline uint64_t
test_random(uint64_t *state)
{
    return random_next(state);
}

/* Plain memory to write, zeros; 0 or ERR_*. */
int64_t test_map(uint64_t size);

/* The kernel forgets its longest times when it has told them: kept here. */
extern uint64_t test_longest_hold, test_longest_off;
void test_info(struct sys_system_info *info);

/* --- tap.c: run tests, report in TAP -------------------------------------- */

struct test {
    const char *name;
    bool (*run)(void);
};

struct test_area {
    const struct test *tests;
    const unsigned *count;
    bool alone; /* each runs once, and only when it is named */
};

#define TESTS(area)                                                  \
    extern const struct test area##_tests[];                         \
    extern const unsigned area##_test_count
#define TEST_AREA(area) \
    { .tests = area##_tests, .count = &area##_test_count }

struct test_plan {
    const struct test_area *areas;
    unsigned area_count;
    uint64_t settle;      /* nanoseconds without a change: all is back */
    bool (*after)(void);  /* part of each test's result; or NULL */
};

/*
 * Run them and end. Each runs twice: what the first run leaves for good (page
 * tables, pages of handles and of kernel objects) is there the second time,
 * and then every frame and every byte of the heap has to come back.
 */
_Noreturn void test_run(const struct test_plan *plan);

/* --- wait.c --------------------------------------------------------------- */

void test_sleep(uint64_t nanoseconds); /* main thread only */

/*
 * Once around a loop that waits for nothing. Where all CPUs take turns on one
 * of the host's, the next one's turn begins at a PAUSE, or after 100 ms.
 */
static inline void
test_spin(void)
{
    __builtin_ia32_pause();
}

/* Until it is so, or half a minute has passed. */
bool test_await(const volatile uint64_t *counter, uint64_t value);
bool test_await_state(handle_t thread, enum sys_thread_state state);

/* --- child.c: this program, as a child ------------------------------------ */

/* Its file, the first module: 0 with how's file, memory and size. */
int64_t program_open(struct spawn *how);
int64_t program_close(const struct spawn *how);

/* It runs. Its own messages to the endpoint have that badge, its faults and
 * its death have badge + 1. */
bool program_start(handle_t endpoint, uint64_t badge, uint64_t frames,
                   struct spawned *spawned, uint64_t *id);

#endif
