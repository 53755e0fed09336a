/* kernel/sched.c, with what it keeps to itself. */
#include "kernel/sched.c"

#include "tests/host/fastpath_world.h"

void
world_sched_reset(void)
{
    world_sched_load(&(struct sched_state){
        .end = &sched_first_work, .worker = NO_CPU,
    });
}

void
world_sched_save(struct sched_state *state)
{
    *state = (struct sched_state){
        .idle_cpus = idle_cpus, .first = sched_first_work,
        .end = work_end, .worker = worker,
    };
}

void
world_sched_load(const struct sched_state *state)
{
    idle_cpus = state->idle_cpus;
    sched_first_work = state->first;
    work_end = state->end;
    worker = state->worker;
}
