/*
 * Stress: many things at once, in random order, for long, and the worst that
 * one call may ask for. The program is the root task; as a child of itself it
 * plays a role that stands on its board, a page that both see.
 *
 * Options: test=NAME runs one test, seed=N fixes the randomness, steps=N is
 * how many calls the fuzzer makes, rounds=N how often the others repeat;
 * hold=N is how long the kernel lock may be held at most, in time stamps.
 */
#ifndef USER_TEST_STRESS_STRESS_H
#define USER_TEST_STRESS_STRESS_H

#include "user/rt/rt.h"
#include "user/rt/spawn.h"

struct stress {
    const char *name;
    bool (*run)(void);
};

#define STRESSES(area)                                               \
    extern const struct stress area##_tests[];                       \
    extern const unsigned area##_test_count

STRESSES(fuzz);
STRESSES(ping);
STRESSES(storm);
STRESSES(shoot);
STRESSES(many);
STRESSES(clock);
STRESSES(latency);

#define STRESS_COUNT(tests) (sizeof(tests) / sizeof *(tests))

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

#define US 1000UL /* nanoseconds */
#define MS 1000000UL
#define PRIORITY 16u /* of the root task */
#define CPUS_MAX 64u

extern handle_t stress_system;
extern uint64_t stress_seed, stress_steps, stress_rounds;
extern unsigned stress_cpus;

/* SplitMix64: the next number of a sequence. */
uint64_t stress_random(uint64_t *state);
void stress_sleep(uint64_t nanoseconds); /* main thread only */
void stress_info(struct sys_system_info *info);
void stress_forget(void); /* how long the lock was held since the last one */

/* Print in a test: the console may hold the lock for longer than others. */
#define SAY(...)                                                     \
    do {                                                             \
        struct sys_system_info info_;                                \
        stress_info(&info_);                                         \
        print(__VA_ARGS__);                                          \
        stress_forget();                                             \
    } while (0)

/* Until *counter is value, or half a minute has passed. */
bool stress_await(const volatile uint64_t *counter, uint64_t value);
bool stress_await_state(handle_t thread, enum sys_thread_state state);

/* This thread runs on that CPU only, and does when it returns. */
void stress_settle(unsigned cpu);

/* Plain memory to write, zeros; 0 or ERR_*. */
int64_t stress_map(uint64_t size);

/* --- children ------------------------------------------------------------- */

enum role {
    ROLE_FUZZ = 1,
    ROLE_PONG,    /* answers calls to handles[0], on CPU word */
    ROLE_SERVE,   /* takes calls from handles[0] and keeps or drops them */
    ROLE_VICTIM,  /* threads in all states */
    ROLE_WRITERS, /* threads that write what the parent takes away */
    ROLE_FORK,    /* is cloned while it writes */
    ROLE_LARGE,   /* maps word bytes, touches them, is cloned or killed */
    ROLE_CROWD,   /* word threads, handles and regions, then waits */
};

#define BOARD 0x200000000ULL /* its address in a child */
#define BOARD_SLOTS 128u

struct board {
    uint64_t role, word, seed, id;
    handle_t handles[8];
    volatile uint64_t slots[BOARD_SLOTS];
};

#define SUPERVISOR (1ULL << 63) /* in the badge of faults and deaths */

struct child {
    handle_t process, thread;
    uint64_t id;
    struct board *board;
};

/* Made, not running; faults, deaths and its calls go to the endpoint. */
bool child_make(struct child *child, handle_t endpoint, uint64_t badge,
                uint64_t frames);
/* Its handle number index. */
bool child_give(struct child *child, unsigned index, handle_t handle,
                uint32_t rights);
bool child_run(struct child *child, enum role role, uint64_t word,
               unsigned priority);
/* Give up what the parent has of it. */
bool child_close(struct child *child);
/* Until the endpoint tells its death; other calls are dropped. */
bool child_await_death(const struct child *child, handle_t endpoint);
/* Kill, wait, close. */
bool child_end(struct child *child, handle_t endpoint);

int child_main(void);
int fuzz_child(struct board *board);
int ping_child(struct board *board);
int storm_serve(struct board *board);
int storm_victim(struct board *board);
int shoot_writers(struct board *board);
int shoot_fork(struct board *board);
int latency_large(struct board *board);
int latency_crowd(struct board *board);

#endif
