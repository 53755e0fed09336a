#include "user/init/report.h"

#include "kernel/lib/format.h"

/* Intel SDM volume 3, table 6-1; those that user code can cause. */
static const char *
exception_name(uint64_t vector)
{
    static const char *const names[] = {
        [0] = "divide error", [1] = "debug exception", [3] = "breakpoint",
        [4] = "overflow", [5] = "bound exceeded", [6] = "invalid instruction",
        [7] = "no FPU", [11] = "segment not present", [12] = "stack fault",
        [13] = "general protection", [14] = "page fault",
        [16] = "x87 error", [17] = "misaligned access", [19] = "SIMD error",
    };

    if (vector < sizeof names / sizeof *names && names[vector] != NULL)
        return names[vector];
    return "exception";
}

static const char *
access_name(uint64_t error)
{
    if ((error & 16) != 0)
        return " executing";
    return (error & 2) != 0 ? " writing" : " reading";
}

/*
 * The offset in the image finds the line: it is the address in NAME.debug.elf.
 */
void
report_fault(const struct service *service, const struct sys_message *m)
{
    uint64_t vector = m->words[SYS_FAULT_VECTOR];
    uint64_t error = m->words[SYS_FAULT_ERROR];
    char what[48] = "";

    if (vector == 14)
        format(what, sizeof what, "%s %lX", access_name(error),
               m->words[SYS_FAULT_ADDRESS]);
    else if (error != 0)
        format(what, sizeof what, " (error %lX)", error);
    print("init: %s: %s%s at %lX, which is %lX of %s; stack %lX.\n",
          service->plan->name, exception_name(vector), what,
          m->words[SYS_FAULT_RIP], m->words[SYS_FAULT_RIP] - service->base,
          service->plan->program, m->words[SYS_FAULT_RSP]);
}

static void
how_it_ended(char *text, size_t size, const uint64_t *death)
{
    switch (death[0]) {
    case SYS_DEATH_EXIT:
        format(text, size, "ended with status %lu", death[1]);
        break;
    case SYS_DEATH_KILLED:
        format(text, size, "was killed");
        break;
    default:
        format(text, size, "died of exception %lu", death[1]);
    }
}

void
report_death(const struct service *service, uint64_t delay)
{
    const struct service_plan *plan = service->plan;
    char how[48];

    how_it_ended(how, sizeof how, service->death);
    if (plan->critical)
        print("init: %s %s.\n", plan->name, how);
    else if (delay == POLICY_GIVE_UP && plan->deaths <= 1)
        print("init: %s %s and is not started again.\n", plan->name, how);
    else if (delay == POLICY_GIVE_UP)
        print("init: %s %s; given up after %u deaths in %u s.\n", plan->name,
              how, plan->deaths, plan->seconds);
    else if (delay == 0)
        print("init: %s %s; starts again.\n", plan->name, how);
    else
        print("init: %s %s; starts again in %lu ms.\n", plan->name, how,
              delay / 1000000);
}
