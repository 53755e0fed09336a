/*
 * Rule 17: who takes as much as it can gets an error at its quota; the others
 * go on meanwhile, and all comes back.
 */
#include "user/test/attack/attack.h"

#include "kernel/lib/mem.h"

#define QUOTA 400u
#define MANY  100000u /* more than any quota here allows */

/* The bystander answers, and there is memory for others, while it is full. */
static uint64_t
others_go_on(struct attacker *self, const struct sys_message *m)
{
    int64_t process = sys_process_create(64, 0, 9);
    struct sys_inspection view = { 0 };

    self->failed |= m->words[0] == 0 || !bystander_is_well() || process < 0;
    if (process > 0) {
        sys_process_control((handle_t)process, SYS_PROCESS_KILL, 0);
        sys_close((handle_t)process);
    }
    sys_inspect(self->spawned.process, &view);
    self->failed |= view.used > view.limit;
    if (self->failed)
        print("# %lu made, %lu of %lu frames\n", m->words[0], view.used,
              view.limit);
    return 0;
}

static bool
bomb(attack_code *code, uint64_t frames)
{
    struct attacker self = { .code = code, .frames = frames,
                             .stage = others_go_on, .recover = true };

    CHECK(attacker_start(&self) && attacker_await(&self));
    CHECK(!self.failed);
    return true;
}

/* As many as there may be; the last error has to be that of the quota. */
#define EXHAUST(make)                                                \
    do {                                                             \
        int64_t result_ = 0;                                         \
        uint64_t count_ = 0;                                         \
        while (count_ < MANY && (result_ = (make)) >= 0)             \
            count_++;                                                \
        if (result_ != ERR_MEMORY)                                   \
            print("# %lu made, then %ld\n", count_, result_);        \
        attack_tell(STAGE, count_);                                  \
        return result_ == ERR_MEMORY;                                \
    } while (0)

static bool
take_handles(uint64_t word, handle_t handle)
{
    handle_t bell = (handle_t)sys_notification_create();

    (void)word;
    (void)handle;
    EXHAUST(sys_duplicate(bell, SYS_RIGHT_NOTIFY));
}

static bool
take_threads(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    EXHAUST(sys_thread_create(SYS_SELF, (uint64_t)fresh_entry, SYS_USER_BASE,
                              0, 1));
}

static bool
take_endpoints(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    EXHAUST(sys_endpoint_create(0));
}

static bool
take_sessions(uint64_t word, handle_t handle)
{
    handle_t endpoint = (handle_t)sys_endpoint_create(0);

    (void)word;
    (void)handle;
    EXHAUST(sys_session_create(endpoint, 1));
}

static bool
take_notifications(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    EXHAUST(sys_notification_create());
}

static bool
take_processes(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    EXHAUST(sys_process_create(4, 0, 9));
}

static bool
take_objects(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    EXHAUST(sys_memory_create(SYS_MEMORY_ANONYMOUS, SYS_PAGE, 0, 0));
}

/* Writes what it got: what was promised is there. */
static int64_t
take_page(void)
{
    int64_t at = sys_map(SYS_SELF, 0, 0, SYS_PAGE, 0, RW | SYS_MAP_PRIVATE);

    if (at > 0)
        *(volatile uint64_t *)at = 1;
    return at;
}

static handle_t kept[20000];

#define KEEP_EACH 8u /* fewer than lie in a run, so that none goes back */

/* As many objects of a kind as there is room for, and most of them back. */
static uint64_t
thin_out(unsigned kind, handle_t endpoint)
{
    uint64_t made = 0;
    int64_t result = 0;

    while (made < COUNT_OF(kept)) {
        switch (kind) {
        case 0: result = sys_notification_create(); break;
        case 1: result = sys_session_create(endpoint, 1); break;
        case 2: result = sys_endpoint_create(0); break;
        case 3:
            result = sys_memory_create(SYS_MEMORY_ANONYMOUS, SYS_PAGE, 0, 0);
            break;
        default: result = ERR_ARGUMENT; break;
        }
        if (result < 0)
            break;
        kept[made++] = (handle_t)result;
    }
    for (uint64_t i = 0; i < made; i++)
        if (i % KEEP_EACH != 0)
            sys_close(kept[i]);
    return made;
}

/* Runs of kernel objects that are nearly empty: they are paid for. */
static bool
take_thin_runs(uint64_t word, handle_t handle)
{
    handle_t endpoint = (handle_t)sys_endpoint_create(0);
    uint64_t made = 0;

    (void)word;
    (void)handle;
    for (uint64_t i = 0; i < COUNT_OF(kept); i += 512)
        kept[i] = 0; /* memory for it, before there is none */
    for (unsigned kind = 0; kind < 4; kind++)
        made += thin_out(kind, endpoint);
    attack_tell(STAGE, made);
    return true;
}

static uint64_t heap_before;

static uint64_t
check_heap(struct attacker *self, const struct sys_message *m)
{
    struct sys_system_info info = { 0 };

    test_info(&info);
    print("# heap %lu, before %lu\n", info.heap_bytes, heap_before);
    self->failed |= info.heap_bytes > heap_before + QUOTA * SYS_PAGE;
    return others_go_on(self, m);
}

static bool
thin_runs(void)
{
    struct attacker self = { .code = take_thin_runs, .frames = QUOTA,
                             .stage = check_heap, .recover = true };
    struct sys_system_info info = { 0 };

    test_info(&info);
    heap_before = info.heap_bytes;
    CHECK(attacker_start(&self) && attacker_await(&self));
    CHECK(!self.failed);
    return true;
}

static bool
take_memory(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    EXHAUST(take_page());
}

/* The page tables for it may be what there is no room for. */
static int64_t
take_gigabyte(void)
{
    static uint64_t next = 0x100000000000ULL;

    next += 0x40000000;
    if (sys_map(SYS_SELF, 0, next, SYS_PAGE, 0,
                RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED) < 0)
        return ERR_MEMORY;
    return attempt(try_write, next) != 0 ? ERR_MEMORY : 0;
}

/* Page tables are charged, too: a page in each gigabyte. */
static bool
take_tables(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    EXHAUST(take_gigabyte());
}

/* One page, over and over: mappings themselves are charged. */
static bool
take_regions(uint64_t word, handle_t handle)
{
    handle_t memory = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                  SYS_PAGE, 0, 0);

    (void)word;
    (void)handle;
    EXHAUST(sys_map(SYS_SELF, memory, 0, SYS_PAGE, 0, SYS_MAP_READ));
}

static int64_t
take_timer(void)
{
    int64_t bell = sys_notification_create();

    if (bell > 0)
        sys_timer_set((handle_t)bell, 1, (uint64_t)sys_clock() + MS +
                      attack_random() % (50 * MS));
    return bell;
}

/* They expire while it is full, and while it dies. */
static bool
take_timers(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    EXHAUST(take_timer());
}

static handle_t flooded, into;

static void
call_for_ever(uint64_t word)
{
    struct sys_message m = { .words = { word } };

    sys_call(into, &m);
}

static int64_t
take_caller(void)
{
    struct thread thread;

    return thread_run(&thread, call_for_ever, 0, 1);
}

/* Each thread waits in a queue that nobody serves; then all are gone. */
static bool
flood_calls(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    flooded = (handle_t)sys_endpoint_create(0);
    into = (handle_t)sys_session_create(flooded, 1);
    EXHAUST(take_caller());
}

static int64_t
take_event(void)
{
    int64_t session = sys_session_create(flooded, 7);

    return session < 0 ? session : sys_close((handle_t)session);
}

/* Each closed session is an event that nobody takes: they are paid for. */
static bool
flood_events(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    flooded = (handle_t)sys_endpoint_create(0);
    EXHAUST(take_event());
}

/* --- threads that run ----------------------------------------------------- */

static void
run_for_ever(uint64_t word)
{
    (void)word;
    for (;;)
        sys_null();
}

#define RUNNERS 64 /* on as many CPUs as there may be */

/* As urgent as the bystander, and never done. */
static bool
take_cpus(uint64_t word, handle_t handle)
{
    struct thread threads[RUNNERS];

    (void)word;
    (void)handle;
    for (int i = 0; i < RUNNERS; i++)
        EXPECT(thread_run(&threads[i], run_for_ever, 0, PRIORITY), 0);
    attack_tell(STAGE, RUNNERS);
    return true;
}

/* --- clones --------------------------------------------------------------- */

#define CLONES 24u

static unsigned clones;
static bool full;

/* A server that clones its client: in the child the answer is 1. */
static uint64_t
clone_it(struct attacker *self, const struct sys_message *m)
{
    static handle_t processes[CLONES];
    struct sys_message answer = { .words = { 1 } };
    handle_t reply = 0;
    int64_t process;

    (void)m;
    if (full) {
        self->failed |= !bystander_is_well();
        return 2;
    }
    /* Whoever calls is a clone or the first; the first has a handle here. */
    process = m->process == self->id
                  ? sys_process_clone(self->spawned.process, 0, 128, &reply)
                  : 0;
    for (unsigned i = 0; process == 0 && i < clones; i++) {
        struct sys_inspection view;

        if (sys_inspect(processes[i], &view) > 0 && view.id == m->process)
            process = sys_process_clone(processes[i], 0, 128, &reply);
    }
    if (process > 0) {
        processes[clones++] = (handle_t)process;
        self->alive++;
        sys_reply(reply, &answer);
    }
    full = process <= 0 || clones == CLONES;
    self->failed |= process <= 0 && process != ERR_MEMORY;
    for (unsigned i = 0; full && i < clones; i++)
        sys_close(processes[i]);
    return process > 0 ? 0 : 2;
}

/* Parents and children, all of them, until the answer is 2. */
static bool
fork_for_ever(uint64_t word, handle_t handle)
{
    static volatile uint64_t generation;

    (void)word;
    (void)handle;
    for (;;) {
        uint64_t answer = attack_tell(FORK, generation);

        if (answer == 2)
            return true;
        generation += answer;
    }
}

static bool
fork_bomb(void)
{
    struct attacker self = { .code = fork_for_ever, .frames = QUOTA,
                             .stage = clone_it };

    clones = 0;
    full = false;
    CHECK(attacker_start(&self) && attacker_await(&self));
    CHECK(!self.failed && full && clones > 4);
    return true;
}

#define BOMB(what)                                                   \
    static bool                                                      \
    bomb_##what(void)                                                \
    {                                                                \
        return bomb(what, QUOTA);                                    \
    }

BOMB(take_handles)
BOMB(take_threads)
BOMB(take_memory)
BOMB(take_tables)
BOMB(take_regions)
BOMB(take_objects)
BOMB(take_endpoints)
BOMB(take_sessions)
BOMB(take_notifications)
BOMB(take_processes)
BOMB(take_timers)
BOMB(flood_calls)
BOMB(flood_events)

static bool
bomb_take_cpus(void)
{
    return bomb(take_cpus, 2048); /* for all the stacks */
}

const struct test bomb_tests[] = {
    { "bomb-handles", bomb_take_handles },
    { "bomb-threads", bomb_take_threads },
    { "bomb-memory", bomb_take_memory },
    { "bomb-page-tables", bomb_take_tables },
    { "bomb-regions", bomb_take_regions },
    { "bomb-memory-objects", bomb_take_objects },
    { "bomb-endpoints", bomb_take_endpoints },
    { "bomb-sessions", bomb_take_sessions },
    { "bomb-notifications", bomb_take_notifications },
    { "bomb-processes", bomb_take_processes },
    { "bomb-thin-runs", thin_runs },
    { "bomb-timers", bomb_take_timers },
    { "bomb-cpus", bomb_take_cpus },
    { "bomb-calls", bomb_flood_calls },
    { "bomb-events", bomb_flood_events },
    { "bomb-fork", fork_bomb },
};
const unsigned bomb_test_count = COUNT_OF(bomb_tests);
