/*
 * The fuzzer's hands: threads that make random system calls in a process of
 * their own. Each call has a shape, a letter for each argument; a value is
 * right most of the time, else one bit away from right, else anything.
 *
 * One more thread, the waker, is left alone: it ends waits that nobody else
 * would end, and makes a thread anew that is dead or hangs.
 */
#include "user/test/stress/fuzz.h"

#include "kernel/lib/mem.h"

#define POOL    48u
#define HANGS   40u /* ticks without a call */
#define TICK    (500 * US)
#define ARENA   0x100000000ULL /* where fixed mappings go */
#define ARENA_PAGES 4096u


static struct {
    handle_t handle;
    char type;
} pool[POOL];

static struct thread threads[FUZZ_THREADS];
static uint64_t seeds[FUZZ_THREADS];
static struct board *own;
static char scratch[16 * SYS_PAGE] __attribute__((aligned(4096)));

struct request {
    uint64_t number;
    uint64_t argument[6];
    uint64_t word4, word5, handles, leases; /* of messages */
};

/*
 * p process, t thread, e endpoint, s session, r reply, n notification,
 * m memory, i interrupt, o ports, y system, x any; P: process and memory, E:
 * endpoint and reply; a address, l length, f offset, b bits, d deadline, T
 * tag, c small number, R rights, F frames, M flags of a mapping. Behind > what
 * the result is.
 */
static const char *const shapes[SYS_COUNT] = {
    [SYS_NULL] = "",
    [SYS_CALL] = "sTbbbb",
    [SYS_RECEIVE] = "ec",
    [SYS_REPLY_RECEIVE] = "ETbbbb",
    [SYS_REPLY] = "rTbbbb",
    [SYS_REPLY_KEEP] = ">r",
    [SYS_LEASE_READ] = "rcfal",
    [SYS_LEASE_WRITE] = "rcfal",
    [SYS_ENDPOINT_CREATE] = "c>e",
    [SYS_SESSION_CREATE] = "eb>s",
    [SYS_ENDPOINT_BIND] = "en",
    [SYS_NOTIFICATION_CREATE] = ">n",
    [SYS_NOTIFY] = "nb",
    [SYS_WAIT] = "nbc",
    [SYS_TIMER_SET] = "nbd",
    [SYS_CLOCK] = "",
    [SYS_DUPLICATE] = "xR>x",
    [SYS_CLOSE] = "x",
    [SYS_GRANT] = "pxR",
    [SYS_INSPECT] = "xal",
    [SYS_MEMORY_CREATE] = "clxa>m",
    [SYS_MEMORY_SUPPLY] = "mflmf",
    [SYS_MEMORY_PHYSICAL] = "mf",
    [SYS_MAP] = "PalfM",
    [SYS_UNMAP] = "pal",
    [SYS_PROTECT] = "palM",
    [SYS_PROCESS_CREATE] = "Fsc>p",
    [SYS_PROCESS_CLONE] = "prF>p",
    [SYS_PROCESS_SWAP] = "ppaab",
    [SYS_PROCESS_CONTROL] = "pcF",
    [SYS_THREAD_CREATE] = "paabc>t",
    [SYS_THREAD_CONTROL] = "tcal",
    [SYS_DEVICE_CREATE] = "yccc>x",
    [SYS_INTERRUPT_BIND] = "inb",
    [SYS_INTERRUPT_DONE] = "i",
    [SYS_PORTS_ENABLE] = "o",
    [SYS_SYSTEM] = "ycal",
};

static const char types[SYS_OBJECT_COUNT] = {
    [SYS_OBJECT_PROCESS] = 'p', [SYS_OBJECT_THREAD] = 't',
    [SYS_OBJECT_ENDPOINT] = 'e', [SYS_OBJECT_SESSION] = 's',
    [SYS_OBJECT_REPLY] = 'r', [SYS_OBJECT_NOTIFICATION] = 'n',
    [SYS_OBJECT_MEMORY] = 'm', [SYS_OBJECT_INTERRUPT] = 'i',
    [SYS_OBJECT_PORTS] = 'o', [SYS_OBJECT_SYSTEM] = 'y',
};

/* --- values --------------------------------------------------------------- */

static handle_t
pick_handle(uint64_t *seed, char type)
{
    unsigned first = (unsigned)(test_random(seed) % POOL);

    for (unsigned i = 0; i < POOL && type != 'x'; i++)
        if (pool[(first + i) % POOL].type == type)
            return pool[(first + i) % POOL].handle;
    return pool[first].handle;
}

static handle_t
pick_self_or(uint64_t *seed, char type)
{
    return test_random(seed) % 3 == 0 ? SYS_SELF : pick_handle(seed, type);
}

static uint64_t
pick_address(uint64_t *seed)
{
    uint64_t random = test_random(seed);

    switch (random % 16) {
    case 0: return random >> 16;                       /* anywhere */
    case 1: return SYS_USER_END - (random >> 32) % 4 * SYS_PAGE;
    case 2: return 0xFFFF800000000000 | random >> 20;  /* the kernel's */
    case 3: case 4: case 5: case 6: case 7:
        return (uint64_t)scratch + (random >> 32) % sizeof scratch;
    default: break;
    }
    return ARENA + (random >> 32) % ARENA_PAGES * SYS_PAGE;
}

static uint64_t
pick_length(uint64_t *seed)
{
    uint64_t random = test_random(seed);

    switch (random % 8) {
    case 0: return random >> (8 + (random >> 8) % 56);
    case 1: return (random >> 32) % 512;
    case 2: return sizeof(struct sys_registers);
    case 3: return (random >> 32) % ARENA_PAGES * SYS_PAGE;
    default: return (random >> 32) % 24 * SYS_PAGE;
    }
}

static uint64_t
pick_tag(uint64_t *seed)
{
    uint64_t random = test_random(seed);

    return (random & 7) | SYS_TAG_HANDLES(random >> 8 & 1) |
           SYS_TAG_LEASES(random >> 9 & 1) | (random & 0x3F000000000) |
           (random % 8 == 0 ? random & 0xFC00000000 : 0);
}

static uint64_t
pick_right(uint64_t *seed, char letter)
{
    uint64_t random = test_random(seed);

    switch (letter) {
    case 'p': case 't': return pick_self_or(seed, letter);
    case 'r': return random % 2 ? 0 : pick_handle(seed, 'r');
    case 'P': return sys_handles(pick_self_or(seed, 'p'),
                                 random % 3 ? pick_handle(seed, 'm') : 0);
    case 'E': return sys_handles(pick_handle(seed, 'e'),
                                 random % 3 ? 0 : pick_handle(seed, 'r'));
    case 'a': return pick_address(seed);
    case 'l': return pick_length(seed);
    case 'f': return random % 4 ? random % 16 * SYS_PAGE : random % SYS_PAGE;
    case 'b': return random % 4 ? 1ULL << random % 64 : random;
    case 'd': return random % 4 ? (uint64_t)sys_clock() + random % MS
                                : random % 16 ? 0 : random;
    case 'T': return pick_tag(seed);
    case 'c': return random % 12;
    case 'R': return random % 2 ? SYS_RIGHT_DUPLICATE | SYS_RIGHT_TRANSFER
                                : random >> 40;
    case 'F': return random % 4 ? 8 + random % 64 : random % 4096;
    case 'M': return random % 8 | (random >> 8 & 0x10) |
                     ((random >> 16) % 2 ? SYS_MAP_FIXED : 0);
    default: return pick_handle(seed, letter);
    }
}

static uint64_t
pick(uint64_t *seed, char letter)
{
    uint64_t how = test_random(seed) % 32, value;

    if (how == 0)
        return test_random(seed) >> test_random(seed) % 64;
    value = pick_right(seed, letter);
    if (how == 1)
        value ^= 1ULL << test_random(seed) % 64;
    else if (how == 2)
        value += test_random(seed) % 3 - 1;
    return value;
}

/* --- one call ------------------------------------------------------------- */

static int64_t
perform(struct request *q)
{
    register uint64_t r10 __asm__("r10") = q->argument[3];
    register uint64_t r8 __asm__("r8") = q->argument[4];
    register uint64_t r9 __asm__("r9") = q->argument[5];
    register uint64_t r12 __asm__("r12") = q->word4;
    register uint64_t r13 __asm__("r13") = q->word5;
    register uint64_t r14 __asm__("r14") = q->handles;
    register uint64_t r15 __asm__("r15") = q->leases;
    uint64_t rdi = q->argument[0], rsi = q->argument[1];
    uint64_t rdx = q->argument[2], badge;
    int64_t result = (int64_t)q->number;

    __asm__ volatile("syscall"
                     : "+a"(result), "+D"(rdi), "+S"(rsi), "+d"(rdx),
                       "+r"(r10), "+r"(r8), "+r"(r9), "+r"(r12), "+r"(r13),
                       "+r"(r14), "+r"(r15), "=b"(badge)
                     : : SYS_CLOBBERS);
    q->argument[2] = rdx;
    q->handles = r14;
    return result;
}

static void
pool_add(uint64_t *seed, handle_t handle, char type)
{
    unsigned at = (unsigned)(test_random(seed) % POOL);
    uint64_t unused;

    if (handle == 0)
        return;
    if (type == 'x') {
        int64_t kind = sys_raw3(SYS_INSPECT, handle, 0, 0, &unused);

        type = kind > 0 && kind < SYS_OBJECT_COUNT ? types[kind] : 'x';
    }
    if (pool[at].handle != 0)
        sys_close(pool[at].handle);
    pool[at].handle = handle;
    pool[at].type = type;
}

/*
 * Whether the head knows the process, and will end it. Others must get neither
 * threads nor handles: nobody would end them, and those that hold themselves,
 * or one another, would be there for ever.
 */
static bool
is_known(handle_t process)
{
    struct sys_inspection view;

    if (process == SYS_SELF)
        return true;
    if (sys_inspect(process, &view) != SYS_OBJECT_PROCESS)
        return false;
    for (unsigned i = 0; i < FUZZ_KNOWN; i++)
        if (own->slots[SLOT_KNOWN + i] == view.id)
            return true;
    return false;
}

/* The machine goes on, its console is the report's; who ends does it rarely. */
static bool
is_left_out(uint64_t *seed, const struct request *q)
{
    uint32_t who = (uint32_t)q->argument[0], what = (uint32_t)q->argument[1];

    if (q->number == SYS_SYSTEM)
        return what <= SYS_SYSTEM_POWER_OFF || what == SYS_SYSTEM_REBOOT;
    if (q->number == SYS_GRANT || q->number == SYS_THREAD_CREATE)
        return !is_known(who);
    if (who != SYS_SELF || test_random(seed) % 16 == 0)
        return false;
    return (q->number == SYS_PROCESS_CONTROL && what == SYS_PROCESS_KILL) ||
           (q->number == SYS_THREAD_CONTROL &&
            (what == SYS_THREAD_KILL || what == SYS_THREAD_STOP)) ||
           q->number == SYS_PROCESS_SWAP;
}

static void
make_request(uint64_t *seed, struct request *q)
{
    static const struct sys_lease lease[2] = {
        { (uint64_t)1 << 32, 5 * SYS_PAGE }, { ARENA + 100, 70000 },
    };
    const char *shape;

    for (unsigned i = 0; i < 6; i++)
        q->argument[i] = test_random(seed);
    q->number = test_random(seed) % 256 == 0 ? test_random(seed)
                                               : test_random(seed) %
                                                     SYS_COUNT;
    if (q->number >= SYS_COUNT)
        return;
    shape = shapes[q->number];
    for (unsigned i = 0; shape[i] != '\0' && shape[i] != '>'; i++)
        q->argument[i] = pick(seed, shape[i]);
    q->word4 = q->word5 = q->argument[5];
    q->handles = sys_handles(pick_handle(seed, 'x'), pick_handle(seed, 'x'));
    q->leases = test_random(seed) % 8 == 0 ? pick_address(seed)
                                             : (uint64_t)lease;
}

static void
keep_result(uint64_t *seed, const struct request *q, uint64_t number,
            int64_t result)
{
    const char *made = number < SYS_COUNT ? shapes[number] : "";

    while (*made != '\0' && *made != '>')
        made++;
    if (*made == '>' && result > 0)
        pool_add(seed, (handle_t)result, made[1]);
    if (number == SYS_PROCESS_CLONE && result > 0)
        pool_add(seed, (handle_t)q->argument[2], 'r');
    if (number == SYS_RECEIVE || number == SYS_REPLY_RECEIVE ||
        number == SYS_CALL)
        if (result == 0)
            for (unsigned i = 0; i < SYS_HANDLES; i++)
                pool_add(seed, (handle_t)(q->handles >> 32 * i), 'x');
}

/* A page that may be anywhere, or nowhere. */
static void
touch(uint64_t *seed)
{
    uint64_t random = test_random(seed);
    volatile char *at = (char *)ARENA + random % ARENA_PAGES * SYS_PAGE;

    if (random >> 32 & 1)
        (void)*at;
    else
        *at = 1;
}

static void
step(unsigned self)
{
    uint64_t *seed = &seeds[self], number;
    struct request q = { 0 };
    int64_t result;

    if (test_random(seed) % 256 == 0)
        touch(seed);
    make_request(seed, &q);
    number = q.number;
    if (is_left_out(seed, &q))
        return;
    result = perform(&q);
    if (result < ERR_LAST) {
        own->slots[SLOT_STRANGE] = number << 32 | (uint32_t)result;
        own->slots[SLOT_STRANGE + 1] = ~own->slots[SLOT_STRANGE];
    }
    /* Addresses and times are those of this boot. */
    own->slots[SLOT_DIGEST + self] =
        (own->slots[SLOT_DIGEST + self] ^ number << 8 ^
         (uint64_t)(result < 0 ? -result : 0)) * 0x100000001B3ULL;
    own->slots[SLOT_STEPS + self]++;
    keep_result(seed, &q, number, result);
}

/* A clone, too, finds itself here; it has another id, and ends. */
static void
fuzz(uint64_t self)
{
    struct sys_inspection view;

    while (sys_inspect(SYS_SELF, &view) == SYS_OBJECT_PROCESS &&
           view.id == own->id)
        step((unsigned)self);
    sys_exit(0);
}

/* --- the waker ------------------------------------------------------------ */

static void
start_thread(unsigned i)
{
    if (thread_run(&threads[i], fuzz, i, PRIORITY - 7) == 0)
        pool_add(&seeds[i], (handle_t)sys_duplicate(threads[i].handle,
                                                    0x2007), 't');
    else
        sys_exit(1); /* its account is full of what it made */
}

static void
look_after(unsigned i, uint64_t *seen, unsigned *hangs)
{
    uint64_t steps = own->slots[SLOT_STEPS + i];
    int64_t result = sys_thread_control(threads[i].handle, SYS_THREAD_START,
                                        0, 0);

    *hangs = steps == *seen ? *hangs + 1 : 0;
    *seen = steps;
    if (result == ERR_DEAD || *hangs > HANGS) {
        thread_free(&threads[i]);
        start_thread(i);
        *hangs = 0;
    } else if (*hangs > 0) {
        sys_thread_control(threads[i].handle, SYS_THREAD_INTERRUPT, 0, 0);
    }
}

int
fuzz_child(struct board *board)
{
    uint64_t seen[FUZZ_THREADS] = { 0 }, bits, seed = board->seed;
    unsigned hangs[FUZZ_THREADS] = { 0 };
    handle_t bell = (handle_t)sys_notification_create();

    own = board;
    for (unsigned i = 0; i < 8; i++)
        pool_add(&seed, board->handles[i], 'x');
    memset(scratch, 0x55, sizeof scratch);
    for (unsigned i = 0; i < FUZZ_THREADS; i++) {
        seeds[i] = test_random(&seed);
        start_thread(i);
    }
    for (;;) {
        sys_timer_set(bell, 1, (uint64_t)sys_clock() + TICK);
        if (sys_wait(bell, 1, 0, &bits) == ERR_HANDLE)
            return 2;
        for (unsigned i = 0; i < FUZZ_THREADS; i++)
            look_after(i, &seen[i], &hangs[i]);
    }
}
