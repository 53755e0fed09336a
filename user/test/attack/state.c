/*
 * Rules 9 and 10: registers of one thread never show what the kernel or
 * another process had in them.
 */
#include "user/test/attack/attack.h"

#include "kernel/lib/mem.h"

#define CALLS   30u
#define ROUNDS  10u
#define CLIENTS 6u

uint32_t fresh_has_avx;

/* --- FPU state ------------------------------------------------------------ */

/* Finite numbers, so that the x87 keeps their bits. */
static void
fill(struct fpu_state *state, uint64_t pattern)
{
    uint64_t *words = (uint64_t *)state;

    for (size_t i = 0; i < sizeof *state / 8; i++)
        words[i] = (pattern + i) * 0x9E3779B97F4A7C15ULL;
    for (unsigned i = 0; i < 8; i++) {
        memset(&state->x87[i][8], 0, 8);
        state->x87[i][7] |= 0x80; /* the integer bit */
        state->x87[i][8] = (uint8_t)(1 + pattern % 200);
        state->x87[i][9] = 0x3F;
    }
    state->avx = cpu_has_avx();
    state->mxcsr = 0x1F80 | (uint32_t)(pattern % 4) << 13; /* rounding */
    state->control = 0x037F | (uint32_t)(pattern % 4) << 10;
}

static bool
same(const struct fpu_state *a, const struct fpu_state *b)
{
    size_t width = a->avx ? 32 : 16;

    for (unsigned i = 0; i < 16; i++)
        if (memcmp(a->vectors[i], b->vectors[i], width) != 0) {
            print("# vector register %u is another\n", i);
            return false;
        }
    for (unsigned i = 0; i < 8; i++)
        if (memcmp(a->x87[i], b->x87[i], 10) != 0) {
            print("# x87 register %u is another\n", i);
            return false;
        }
    return (a->mxcsr & 0xFFC0) == (b->mxcsr & 0xFFC0) &&
           (a->control & 0xFFFF) == (b->control & 0xFFFF);
}

static bool
keeps(uint64_t pattern, uint64_t number, uint64_t first, uint64_t second)
{
    static struct fpu_state in, out;

    fill(&in, pattern);
    memset(&out, 0, sizeof out);
    fpu_round(&in, &out, CALLS, number, first, second);
    return same(&in, &out);
}

/* With a session: calls; without: others have the CPU in turn. */
static bool
keep_pattern(uint64_t word, handle_t session)
{
    for (uint64_t i = 0; i < ROUNDS; i++) {
        if (session != 0)
            CHECK(keeps(word * 1000 + i, SYS_CALL, session, 0));
        else
            CHECK(keeps(word * 1000 + i, SYS_THREAD_CONTROL, SYS_SELF,
                        SYS_THREAD_YIELD));
    }
    return true;
}

/* A server whose registers are its own, too; until it is killed. */
static bool
serve_pattern(uint64_t word, handle_t endpoint)
{
    for (uint64_t i = 0;; i++)
        CHECK(keeps(word * 1000 + i, SYS_REPLY_RECEIVE, endpoint, 0));
}

/* More processes than CPUs, each with its own pattern. */
static bool
run_clients(unsigned count, handle_t session)
{
    struct attacker clients[CLIENTS];
    bool good = true;

    for (unsigned i = 0; i < count; i++) {
        clients[i] = (struct attacker){ .code = keep_pattern, .word = i + 1,
                                        .handle = session, .frames = 256 };
        CHECK(attacker_start(&clients[i]));
    }
    for (unsigned i = 0; i < count; i++)
        CHECK(attacker_accept(&clients[i]));
    for (unsigned i = 0; i < count; i++)
        good &= attacker_await(&clients[i]) && !clients[i].failed;
    return good;
}

static bool
patterns(void)
{
    return run_clients(CLIENTS, 0);
}

/*
 * The same through calls, which have a way of their own to switch, if nobody
 * else is ready: one client, then many.
 */
static bool
patterns_in_calls(void)
{
    struct attacker server = { .code = serve_pattern, .word = 99 };
    handle_t session;
    bool good;

    server.handle = (handle_t)sys_endpoint_create(0);
    session = (handle_t)sys_session_create(server.handle, 1);
    CHECK(attacker_start(&server));
    CHECK(attacker_accept(&server));
    EXPECT(sys_close(server.handle), 0);
    good = run_clients(1, session) && run_clients(CLIENTS, session);
    CHECK(attacker_kill(&server));
    CHECK(server.death[0] == SYS_DEATH_KILLED);
    EXPECT(sys_close(session), 0);
    return good;
}

/* --- a fresh thread ------------------------------------------------------- */

#define FRESH_ARGUMENT 0x1122334455667788ULL

static volatile uint32_t fresh_seen, fresh_bad;

static bool
is_clean(const struct fresh *found)
{
    const struct registers *r = &found->registers;

    CHECK((r->rax | r->rbx | r->rcx | r->rdx | r->rsi | r->rbp) == 0);
    CHECK((r->r8 | r->r9 | r->r10 | r->r11 | r->r12 | r->r13 | r->r14 |
           r->r15) == 0);
    CHECK(r->rdi == FRESH_ARGUMENT);
    CHECK(found->flags == 0x202);
    CHECK((found->segments[2] | found->segments[3]) == 0);
    return true;
}

static bool
is_clean_fpu(const struct fpu_state *fpu)
{
    size_t width = fresh_has_avx ? 32 : 16;

    for (unsigned i = 0; i < 16; i++)
        for (size_t j = 0; j < width; j++)
            CHECK(fpu->vectors[i][j] == 0);
    for (unsigned i = 0; i < 8; i++)
        for (size_t j = 0; j < 10; j++)
            CHECK(fpu->x87[i][j] == 0);
    CHECK(fpu->mxcsr == 0x1F80 && fpu->control == 0x037F);
    return true;
}

void
fresh_state(const struct fresh *found, const struct fpu_state *fpu)
{
    if (!is_clean(found) || !is_clean_fpu(fpu))
        fresh_bad = 1;
    fresh_seen = 1;
    for (;;)
        sys_thread_control(SYS_SELF, SYS_THREAD_KILL, 0, 0);
}

/* Its stack is used up by what is checked: a page or two. */
static bool
try_fresh(uint64_t word, handle_t handle)
{
    static struct fpu_state in, out;
    uint64_t stack = attack_pages(8);

    (void)word;
    (void)handle;
    fresh_has_avx = cpu_has_avx();
    for (uint64_t i = 0; i < 20; i++) {
        int64_t thread;

        fill(&in, i); /* what the CPU and the heap's slots hold now */
        fpu_round(&in, &out, 3, SYS_NULL, 0, 0);
        thread = sys_thread_create(SYS_SELF, (uint64_t)fresh_entry,
                                   stack + 8 * SYS_PAGE, FRESH_ARGUMENT, 16);
        CHECK(thread > 0);
        fresh_seen = 0;
        EXPECT(sys_thread_control((handle_t)thread, SYS_THREAD_START, 0, 0),
               0);
        while (fresh_seen == 0)
            sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
        EXPECT(sys_close((handle_t)thread), 0);
        CHECK(fresh_bad == 0);
    }
    return true;
}

static bool
fresh(void)
{
    return attack(keep_pattern, 77, 0) && attack(try_fresh, 0, 0);
}

const struct test state_tests[] = {
    { "state-fpu-patterns", patterns },
    { "state-fpu-patterns-in-calls", patterns_in_calls },
    { "state-fresh-thread", fresh },
};
const unsigned state_test_count = COUNT_OF(state_tests);
