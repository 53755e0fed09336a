/*
 * The kernel's own checks, run by autorun=selftest, reported as TAP.
 */
#ifndef KERNEL_TEST_SELFTEST_H
#define KERNEL_TEST_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>

struct selftest {
    const char *name;
    bool (*run)(void);
};

/* Run all and print the plan and a line each. Returns whether all passed. */
bool selftest_run(void);

/* What a test returns that has nothing to look at here: true, and why. */
bool selftest_skip(const char *why);

/* The frame allocator's: kernel/test/frames_test.c. */
extern const struct selftest frames_selftests[];
extern const size_t frames_selftest_count;

/* Before any of them: faults that they provoke are expected. */
void arch_selftest_init(void);

/* The checks that name a register: kernel/x86/test/selftest.c. */
extern const struct selftest arch_selftests[];
extern const size_t arch_selftest_count;

/* Interrupts and time: kernel/x86/test/selftest_time.c. */
extern const struct selftest time_selftests[];
extern const size_t time_selftest_count;

/* In and out of ring 3: kernel/x86/test/selftest_user.c. */
extern const struct selftest user_selftests[];
extern const size_t user_selftest_count;

/* Several CPUs: kernel/x86/test/selftest_smp.c. */
extern const struct selftest smp_selftests[];
extern const size_t smp_selftest_count;

/* Built with KPTI=1: kernel/x86/test/selftest_kpti.c. */
extern const struct selftest kpti_selftests[];
extern const size_t kpti_selftest_count;

#endif
