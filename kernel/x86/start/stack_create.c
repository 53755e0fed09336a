/*
 * Where the stacks lie: kernel/x86/stack.h has the contracts.
 */
#include <stdbool.h>
#include <stddef.h>

#include "kernel/frames.h"
#include "kernel/image.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/stack.h"

extern char boot_stack_guard[], boot_stack_top[];
extern char double_fault_stack_guard[], double_fault_stack_top[];
extern char nmi_stack_guard[], nmi_stack_top[];
extern char machine_check_stack_guard[], machine_check_stack_top[];
extern char debug_stack_guard[], debug_stack_top[];

/* Tables for the pages of a CPU, the pages, and some to spare. */
#define FRAMES_ENOUGH 64u

void
stack_init_boot(void)
{
    struct stack *own = stacks[0];

    own[STACK_KERNEL] = (struct stack){ "boot", boot_stack_guard,
                                        boot_stack_top };
    own[STACK_DF] = (struct stack){ "#DF", double_fault_stack_guard,
                                    double_fault_stack_top };
    own[STACK_NMI] = (struct stack){ "NMI", nmi_stack_guard, nmi_stack_top };
    own[STACK_MC] = (struct stack){ "#MC", machine_check_stack_guard,
                                    machine_check_stack_top };
    own[STACK_DB] = (struct stack){ "#DB", debug_stack_guard,
                                    debug_stack_top };
}

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
