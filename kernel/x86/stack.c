#include "kernel/x86/stack.h"

#include "kernel/arch.h"
#include "kernel/image.h"
#include "kernel/x86/trap.h"

struct stack stacks[CPUS_MAX][STACK_COUNT];

static const struct stack *
find(uintptr_t address, bool guard)
{
    for (uint32_t i = 0; i < CPUS_MAX * STACK_COUNT; i++) {
        const struct stack *stack = &stacks[i / STACK_COUNT][i % STACK_COUNT];

        if (address >= (uintptr_t)stack->guard &&
            address < (uintptr_t)stack->top &&
            (address - (uintptr_t)stack->guard < PAGE_SIZE) == guard)
            return stack;
    }
    return NULL;
}

bool
stack_contains(uintptr_t address, size_t size)
{
    const struct stack *stack = find(address, false);

    return stack != NULL && size <= (uintptr_t)stack->top - address;
}

const struct stack *
stack_guarded(uintptr_t address)
{
    return find(address, true);
}

/*
 * Each function keeps its caller's RBP at RBP and the return address above.
 * A frame must lie in a stack and above the one before: a chain that a bug
 * has overwritten ends the trace and nothing else.
 */
size_t
arch_backtrace(const struct trap_frame *frame, uintptr_t *addresses,
               size_t max)
{
    uintptr_t at = frame->rbp, last = 0;
    size_t count = 0;

    if (count < max)
        addresses[count++] = frame->rip;
    /* A wild call faults where it went: who called stands on the stack. */
    if (count < max && image_offset((void *)frame->rip) >=
                           image_offset(text_end) &&
        stack_contains(frame->rsp, 8))
        addresses[count++] = *(const uintptr_t *)frame->rsp;
    while (count < max && at % 8 == 0 && at > last && stack_contains(at, 16)) {
        const uintptr_t *pair = (const uintptr_t *)at;

        if (pair[1] == 0)
            break;
        addresses[count++] = pair[1];
        last = at;
        at = pair[0];
    }
    return count;
}
