#include "kernel/x86/stack.h"

#include "kernel/arch.h"
#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/trap.h"

extern char boot_stack_guard[], boot_stack_top[];
extern char double_fault_stack_guard[], double_fault_stack_top[];
extern char nmi_stack_guard[], nmi_stack_top[];
extern char machine_check_stack_guard[], machine_check_stack_top[];
extern char debug_stack_guard[], debug_stack_top[];

/* Tables for the pages of a CPU, the pages, and some to spare. */
#define FRAMES_ENOUGH 64u

struct stack stacks[CPUS_MAX][STACK_COUNT] = {
    {
        { "boot", boot_stack_guard, boot_stack_top },
        { "#DF", double_fault_stack_guard, double_fault_stack_top },
        { "NMI", nmi_stack_guard, nmi_stack_top },
        { "#MC", machine_check_stack_guard, machine_check_stack_top },
        { "#DB", debug_stack_guard, debug_stack_top },
    },
};

void *
stack_create(uint32_t number, size_t size)
{
    static const char *const names[] = { "kernel", "#DF", "NMI", "#MC",
                                         "#DB" };
    vaddr_t at = STACK_AREA + number * STACK_AREA_EACH;
    bool is_new = stacks[number][STACK_KERNEL].top == NULL;

    if (is_new && frames_count().free < FRAMES_ENOUGH)
        return NULL;
    for (int i = 0; i < STACK_COUNT; i++) {
        uint64_t bytes = i == STACK_KERNEL ? KERNEL_STACK_SIZE
                                           : IST_STACK_SIZE;
        vaddr_t top = at + PAGE_SIZE + bytes;

        if (is_new && !paging_add(at + PAGE_SIZE, bytes))
            return NULL;
        stacks[number][i] = (struct stack){ names[i], (char *)at,
                                            (char *)top };
        at = top;
    }
    at += PAGE_SIZE;
    if (is_new && !paging_add(at, page_up(size)))
        return NULL;
    return (void *)at;
}

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
