/*
 * The kernel's stacks: for each CPU the one it works on, and those to which
 * it switches for faults that must not trust the current one (IST). Those of
 * the CPU that booted are part of the image (start/entry.asm), the others lie in an
 * area of their own (paging.h), where the guards are just holes.
 */
#ifndef KERNEL_X86_STACK_H
#define KERNEL_X86_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/cpu_local.h"

struct stack {
    const char *name;
    char *guard; /* the page below, never mapped */
    char *top;
};

enum { STACK_KERNEL, STACK_DF, STACK_NMI, STACK_MC, STACK_DB,
       STACK_COUNT };

/* By the CPU's number; a CPU that was never started has none. */
extern struct stack stacks[CPUS_MAX][STACK_COUNT];

/* The first CPU's take their places. */
void stack_init_boot(void);

/*
 * Make the stacks of another CPU, and room for size bytes behind them: its
 * address, or NULL when there is not memory enough. Asked again, it returns
 * the same.
 */
void *stack_create(uint32_t number, size_t size);

/* Whether [address, address + size) lies in one of them. */
bool stack_contains(uintptr_t address, size_t size);

/* The stack in whose guard page address lies, or NULL. */
const struct stack *stack_guarded(uintptr_t address);

#endif
