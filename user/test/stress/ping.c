/*
 * Messages between every pair of CPUs: words, handles and leases arrive as
 * they were sent, whoever sleeps meanwhile.
 */
#include "user/test/stress/stress.h"

#include "kernel/lib/mem.h"

#define BADGE 0xBAD6E00DULL
enum { TAG_WORDS = 1, TAG_HANDLE, TAG_LEASES, TAG_END };
#define LEASE_SIZE 9001u /* two pages and a bit, not aligned */

static handle_t endpoint;
static volatile uint64_t done, wrong;

/* --- the server ----------------------------------------------------------- */

static void
serve_leases(struct sys_message *m)
{
    static char buffer[LEASE_SIZE];
    int64_t length = sys_lease_read(0, 0, 1, buffer, sizeof buffer);

    for (int64_t i = 0; i < length; i++)
        buffer[i]++;
    m->words[0] = (uint64_t)length;
    m->words[1] = (uint64_t)sys_lease_write(0, 1, 0, buffer,
                                            (uint64_t)length);
}

static int
serve(handle_t from)
{
    struct sys_message m = { 0 };
    int64_t got = sys_receive(from, 0, &m);

    while (got == SYS_GOT_CALL && (uint32_t)m.tag != TAG_END) {
        if (m.badge != BADGE)
            return 1;
        for (unsigned i = 0; i < SYS_WORDS; i++)
            m.words[i] = ~m.words[i];
        if ((uint32_t)m.tag == TAG_LEASES)
            serve_leases(&m);
        m.tag &= 0xF | SYS_TAG_HANDLES(3);
        if ((m.tag & SYS_TAG_HANDLES(3)) != 0)
            m.tag |= SYS_TAG_MOVE(0);
        got = sys_reply_receive(from, 0, &m);
    }
    m.tag = 0;
    return got == SYS_GOT_CALL && sys_reply(0, &m) == 0 ? 0 : 1;
}

int
ping_child(struct board *board)
{
    stress_settle((unsigned)board->word);
    return serve(board->handles[0]);
}

static void
serve_thread(uint64_t cpu)
{
    stress_settle((unsigned)cpu);
    wrong += (uint64_t)serve(endpoint);
    done++;
}

/* --- the client ----------------------------------------------------------- */

static bool
send_words(handle_t session, uint64_t *seed)
{
    struct sys_message m = { .tag = TAG_WORDS };
    uint64_t words[SYS_WORDS];

    for (unsigned i = 0; i < SYS_WORDS; i++)
        words[i] = m.words[i] = test_random(seed);
    EXPECT(sys_call(session, &m), 0);
    for (unsigned i = 0; i < SYS_WORDS; i++)
        CHECK(m.words[i] == ~words[i]);
    CHECK(m.tag == TAG_WORDS && m.handles == 0);
    return true;
}

/* There and back: it is another number, and the same notification. */
static bool
send_handle(handle_t session, uint64_t *seed)
{
    uint64_t bits, secret = test_random(seed) | 1;
    handle_t bell = (handle_t)sys_notification_create();
    struct sys_message m = {
        .tag = TAG_HANDLE | SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0),
        .handles = bell,
    };

    EXPECT(sys_notify(bell, secret), 0);
    EXPECT(sys_call(session, &m), 0);
    EXPECT(sys_notify(bell, 1), ERR_HANDLE);
    EXPECT(sys_wait((handle_t)m.handles, ~0ULL, SYS_NOWAIT, &bits), 0);
    CHECK(bits == secret);
    EXPECT(sys_close((handle_t)m.handles), 0);
    return true;
}

static bool
send_leases(handle_t session, uint64_t *seed)
{
    static char out[LEASE_SIZE], in[LEASE_SIZE];
    struct sys_lease leases[2] = {
        { (uint64_t)out, sizeof out }, { (uint64_t)in, sizeof in },
    };
    struct sys_message m = {
        .tag = TAG_LEASES | SYS_TAG_LEASES(2) | SYS_TAG_READ(0) |
               SYS_TAG_WRITE(1),
        .leases = leases,
    };
    char base = (char)test_random(seed);

    for (unsigned i = 0; i < sizeof out; i++)
        out[i] = (char)(base + (char)(i * 7));
    memset(in, 0, sizeof in);
    EXPECT(sys_call(session, &m), 0);
    CHECK(m.words[0] == LEASE_SIZE - 1 && m.words[1] == LEASE_SIZE - 1);
    for (unsigned i = 0; i + 1 < sizeof in; i++)
        CHECK(in[i] == (char)(out[i + 1] + 1));
    return true;
}

static bool
talk(unsigned cpu, uint64_t *seed)
{
    int64_t session = sys_session_create(endpoint, BADGE);
    struct sys_message m = { .tag = TAG_END };

    CHECK(session > 0);
    stress_settle(cpu);
    for (uint64_t i = 0; i <= stress_rounds / 10; i++) {
        for (unsigned j = 0; j < 4; j++)
            CHECK(send_words((handle_t)session, seed));
        CHECK(send_handle((handle_t)session, seed));
    }
    CHECK(send_leases((handle_t)session, seed));
    CHECK(send_leases((handle_t)session, seed));
    EXPECT(sys_call((handle_t)session, &m), 0);
    EXPECT(sys_close((handle_t)session), 0);
    return true;
}

/* --- the tests ------------------------------------------------------------ */

static bool
pair_of_threads(unsigned client, unsigned server, uint64_t *seed)
{
    struct thread thread;

    endpoint = (handle_t)sys_endpoint_create(0);
    done = wrong = 0;
    EXPECT(thread_run(&thread, serve_thread, server, PRIORITY), 0);
    CHECK(talk(client, seed));
    CHECK(test_await(&done, 1) && wrong == 0);
    thread_free(&thread);
    EXPECT(sys_close(endpoint), 0);
    return true;
}

static bool
pair_of_processes(unsigned client, unsigned server, uint64_t *seed)
{
    handle_t deaths = (handle_t)sys_endpoint_create(0);
    struct child child;

    endpoint = (handle_t)sys_endpoint_create(0);
    CHECK(child_make(&child, deaths, 1, 256));
    CHECK(child_give(&child, 0, endpoint, SYS_RIGHT_RECEIVE));
    CHECK(child_run(&child, ROLE_PONG, server, PRIORITY));
    CHECK(talk(client, seed));
    CHECK(child_await_death(&child, deaths) && child_close(&child));
    EXPECT(sys_close(endpoint), 0);
    EXPECT(sys_close(deaths), 0);
    return true;
}

static bool
each_pair(bool (*test)(unsigned, unsigned, uint64_t *))
{
    uint64_t seed = stress_seed;

    for (unsigned client = 0; client < stress_cpus; client++)
        for (unsigned server = 0; server < stress_cpus; server++)
            if (!test(client, server, &seed)) {
                print("# from CPU %u to CPU %u\n", client, server);
                return false;
            }
    sys_thread_control(SYS_SELF, SYS_THREAD_AFFINITY, ~0ULL, 0);
    return true;
}

static bool
threads(void)
{
    return each_pair(pair_of_threads);
}

static bool
processes(void)
{
    return each_pair(pair_of_processes);
}

const struct test ping_tests[] = {
    { "ping-threads", threads },
    { "ping-processes", processes },
};
const unsigned ping_test_count = COUNT_OF(ping_tests);
