/*
 * Stress: many things at once, in random order, for long, and the worst that
 * one call may ask for. The program is the root task; as a child of itself it
 * plays a role that stands on its board, a page that both see.
 *
 * Options: test=NAME runs one test, seed=N fixes the randomness, steps=N is
 * how many calls the fuzzer makes, rounds=N how often the others repeat.
 */
#ifndef USER_TEST_STRESS_STRESS_H
#define USER_TEST_STRESS_STRESS_H

#include "user/test/lib/test.h"

TESTS(fuzz);
TESTS(ping);
TESTS(storm);
TESTS(shoot);
TESTS(many);
TESTS(clock);
TESTS(latency);

#define CPUS_MAX 64u

extern uint64_t stress_seed, stress_steps, stress_rounds;
extern unsigned stress_cpus;

/* This thread runs on that CPU only, and does when it returns. */
void stress_settle(unsigned cpu);

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

int fuzz_child(struct board *board);
int ping_child(struct board *board);
int storm_serve(struct board *board);
int storm_victim(struct board *board);
int shoot_writers(struct board *board);
int shoot_fork(struct board *board);
int latency_large(struct board *board);
int latency_crowd(struct board *board);

#endif
