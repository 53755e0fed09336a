#include "kernel/x86/test/probe.h"

#include <stdbool.h>

#include "kernel/test/selftest.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/stack.h"

struct fixup {
    int32_t fault, next, resume; /* each relative to its own place */
};

extern const struct fixup fixup_start[], fixup_end[];

static uint64_t
target(const int32_t *field)
{
    return (uintptr_t)field + (uint64_t)(int64_t)*field;
}

static bool
resume_at(struct trap_frame *frame, uint64_t where)
{
    for (const struct fixup *fixup = fixup_start; fixup < fixup_end; fixup++) {
        if (where != target(&fixup->fault) && where != target(&fixup->next))
            continue;
        frame->rip = target(&fixup->resume);
        frame->rax = TRAP_RESULT(frame->vector, frame->error);
        return true;
    }
    return false;
}

static bool
is_expected(struct trap_frame *frame)
{
    uint64_t rsp = frame->rsp;

    if (resume_at(frame, frame->rip))
        return true;
    /* A call to a page without the right faults there, not at the call. */
    if (frame->vector != TRAP_PF || frame->rip != read_cr2() ||
        !stack_contains(rsp, 8) || !resume_at(frame, *(uint64_t *)rsp))
        return false;
    frame->rsp += 8;
    return true;
}

void
arch_selftest_init(void)
{
    trap_probe = is_expected;
}
