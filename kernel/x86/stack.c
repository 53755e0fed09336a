#include "kernel/x86/stack.h"

#include "kernel/arch.h"
#include "kernel/image.h"
#include "kernel/x86/trap.h"

extern char boot_stack_guard[], boot_stack_top[];
extern char double_fault_stack_guard[], double_fault_stack_top[];
extern char nmi_stack_guard[], nmi_stack_top[];
extern char machine_check_stack_guard[], machine_check_stack_top[];

const struct stack stacks[STACK_COUNT] = {
    { "boot", boot_stack_guard, boot_stack_top },
    { "#DF", double_fault_stack_guard, double_fault_stack_top },
    { "NMI", nmi_stack_guard, nmi_stack_top },
    { "#MC", machine_check_stack_guard, machine_check_stack_top },
};

bool
stack_contains(uintptr_t address, size_t size)
{
    for (int i = 0; i < STACK_COUNT; i++) {
        uintptr_t bottom = (uintptr_t)stacks[i].guard + PAGE_SIZE;
        uintptr_t top = (uintptr_t)stacks[i].top;

        if (address >= bottom && address < top && size <= top - address)
            return true;
    }
    return false;
}

const struct stack *
stack_guarded(uintptr_t address)
{
    for (int i = 0; i < STACK_COUNT; i++)
        if (address - (uintptr_t)stacks[i].guard < PAGE_SIZE)
            return &stacks[i];
    return NULL;
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
