/*
 * The kernel's stacks (entry.asm): the one it boots on, and those to which
 * the CPU switches for faults that must not trust the current one (IST).
 */
#ifndef KERNEL_X86_STACK_H
#define KERNEL_X86_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stack {
    const char *name;
    char *guard; /* the page below, never mapped */
    char *top;
};

enum { STACK_BOOT, STACK_DF, STACK_NMI, STACK_MC, STACK_COUNT };

extern const struct stack stacks[STACK_COUNT];

/* Whether [address, address + size) lies in one of them. */
bool stack_contains(uintptr_t address, size_t size);

/* The stack in whose guard page address lies, or NULL. */
const struct stack *stack_guarded(uintptr_t address);

#endif
