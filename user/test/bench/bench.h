/*
 * What the kernel's services cost, by RDTSC, which counts instructions under
 * QEMU's -icount shift=0. The program is the root task, and the other side as
 * a child of itself.
 */
#ifndef USER_TEST_BENCH_BENCH_H
#define USER_TEST_BENCH_BENCH_H

#include "user/test/lib/test.h"

#define RUNS 1000u
#define PRIORITY_BELOW (PRIORITY - 1) /* ours, where that matters */

/* Ends the program when a result is an error: no figure is better than a
 * wrong one. */
int64_t bench_need(int64_t result, const char *what);
#define NEED(call) bench_need((call), #call)

static inline __attribute__((always_inline)) uint64_t
bench_now(void)
{
    return __builtin_ia32_rdtsc();
}

/* Sorts the samples and prints the median as that name. */
void bench_report(const char *name, uint64_t samples[RUNS]);
void bench_report_value(const char *name, uint64_t value);

/* --- children ------------------------------------------------------------- */

enum bench_role {
    BENCH_ECHO,  /* answers with the same words */
    BENCH_STAMP, /* answers with the time at which it had the message */
    BENCH_LEASE, /* reads 4 KiB of the first lease, then answers */
    BENCH_YIELD, /* gives the CPU away, again and again */
};

struct bench_child {
    struct spawned spawned;
    handle_t session; /* to what it serves */
};

void bench_start_child(struct bench_child *child, enum bench_role role);
void bench_end_child(struct bench_child *child);

/* --- what is measured ----------------------------------------------------- */

void bench_at_rest(void);
void bench_calls(void);
void bench_messages(void);
void bench_memory(void);
void bench_processes(void);
void bench_interrupts(void);
void bench_bytes(void);

#endif
