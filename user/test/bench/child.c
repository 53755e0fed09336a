#include "user/test/bench/bench.h"

#include "kernel/lib/mem.h"

#define CHILD_FRAMES 128u

/* It asks for its role, and gets the endpoint that it is to serve. */
void
bench_start_child(struct bench_child *child, enum bench_role role)
{
    struct spawn how = {
        .frames = CHILD_FRAMES, .level = 8, .priority = PRIORITY,
        .first_rights = SYS_RIGHT_SEND | SYS_RIGHT_INSPECT,
    };
    handle_t endpoint = (handle_t)NEED(sys_endpoint_create(0));
    handle_t served = (handle_t)NEED(sys_endpoint_create(0));
    struct sys_message m = { 0 };

    how.first = (handle_t)NEED(sys_session_create(endpoint, 1));
    NEED(program_open(&how));
    NEED(spawn(&how, &child->spawned));
    NEED(sys_close(how.first));
    NEED(program_close(&how));
    child->session = (handle_t)NEED(sys_session_create(served, 2));
    NEED(sys_receive(endpoint, 0, &m));
    m = (struct sys_message){
        .tag = SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0), .words = { role },
        .handles = served,
    };
    NEED(sys_reply(0, &m));
    NEED(sys_close(endpoint));
}

void
bench_end_child(struct bench_child *child)
{
    NEED(sys_process_control(child->spawned.process, SYS_PROCESS_KILL, 0));
    NEED(sys_close(child->spawned.thread));
    NEED(sys_close(child->spawned.process));
    NEED(sys_close(child->session));
}

/* --- the child's side: loops of as few instructions as can be ------------- */

static void
serve_echo(handle_t endpoint)
{
    struct sys_message m = { 0 };
    int64_t got = sys_receive(endpoint, 0, &m);

    while (got == SYS_GOT_CALL) {
        m.tag = 0;
        got = sys_reply_receive(endpoint, 0, &m);
    }
}

static void
serve_stamp(handle_t endpoint)
{
    struct sys_message m = { 0 };
    int64_t got = sys_receive(endpoint, 0, &m);

    while (got == SYS_GOT_CALL) {
        m.words[0] = bench_now();
        m.tag = 0;
        got = sys_reply_receive(endpoint, 0, &m);
    }
}

static void
serve_lease(handle_t endpoint)
{
    static char buffer[4096] __attribute__((aligned(4096)));
    struct sys_message m = { 0 };
    int64_t got = sys_receive(endpoint, 0, &m);

    while (got == SYS_GOT_CALL) {
        m.words[0] = (uint64_t)sys_lease_read(0, 0, 0, buffer,
                                              sizeof buffer);
        m.tag = 0;
        m.handles = 0;
        got = sys_reply_receive(endpoint, 0, &m);
    }
}

int
test_child(handle_t session)
{
    struct sys_message m = { 0 };
    handle_t endpoint;

    if (sys_call(session, &m) != 0)
        return 1;
    endpoint = sys_handle(&m, 0);
    switch (m.words[0]) {
    case BENCH_ECHO:
        serve_echo(endpoint);
        break;
    case BENCH_STAMP:
        serve_stamp(endpoint);
        break;
    case BENCH_LEASE:
        serve_lease(endpoint);
        break;
    case BENCH_YIELD:
        for (;;)
            sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
    }
    return 0;
}
