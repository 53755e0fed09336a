/*
 * Two clients, a server and one endpoint: all states that any sequence of
 * operations leads to, each operation tried in each of them, and everything
 * compared with a model that knows nothing of the kernel's lists.
 *
 * The model is also the key by which a state is known again; so what it says
 * must be all that counts, and it is compared in full after each step.
 */
#include "tests/host/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/ipc_world.h"

#define STATES_MAX 200000u
#define HASH_SIZE  (1u << 19)
#define PATH_MAX_  64u

/* --- the model ----------------------------------------------------------- */

enum client_state { IDLE, SENDING, CURRENT, KEPT, DEAD };
enum { NO_EVENT, CLOSED, CANCEL_0, CANCEL_1 };
enum server_state { RUNS, RECEIVES, SERVER_DEAD };

#define NOBODY 9
#define STALE  4 /* added to a client that died while its call was kept */

/* All bytes, so that states are compared as memory. */
struct model {
    uint8_t state[2], fault[2], cancel[2];
    uint8_t queue[3];  /* senders, then NOBODY */
    uint8_t events[4]; /* in order, then NO_EVENT */
    uint8_t kept[3];   /* in order: client, with STALE or not, or NOBODY */
    uint8_t server, caller;
    uint8_t bits, alive, bound;
    uint8_t open;      /* client 0's session has a handle */
    uint8_t told;      /* that it has none any more */
    uint8_t ended;     /* the clients' process */
};

/* What each thread must have been given by the last operation. */
struct expected {
    bool any;
    int64_t result;
    uint64_t badge, word;
};

static struct model m;
static struct expected want[3];

#define SERVER 2
#define BADGE(client) (m.fault[client] ? 200u : 100u + (client))

static void
give(unsigned who, int64_t result, uint64_t badge, uint64_t word)
{
    want[who] = (struct expected){ true, result, badge, word };
}

static void
shift_out(uint8_t *list, unsigned length, unsigned at, uint8_t last)
{
    for (; at + 1 < length; at++)
        list[at] = list[at + 1];
    list[length - 1] = last;
}

static void
drop_value(uint8_t *list, unsigned length, uint8_t value, uint8_t last)
{
    for (unsigned i = 0; i < length; i++)
        if (list[i] == value)
            shift_out(list, length, i, last);
}

static void
add_value(uint8_t *list, uint8_t value, uint8_t none)
{
    while (*list != none)
        list++;
    *list = value;
}

/* Words of a message: the step, so that none is taken for another. */
static uint64_t step_number;
static uint64_t sent[2];

static unsigned reply_number(unsigned client);

/* An event, or the bits, for the server that receives; false: none. */
static bool
m_take(void)
{
    uint8_t event = m.events[0];

    if (event != NO_EVENT) {
        shift_out(m.events, 4, 0, NO_EVENT);
        if (event == CLOSED)
            give(SERVER, SYS_GOT_CLOSED, 100, 0);
        else
            give(SERVER, SYS_GOT_CANCEL, BADGE(event - CANCEL_0),
                 reply_number(event - CANCEL_0));
        return true;
    }
    if (m.bound && m.bits) {
        m.bits = 0;
        give(SERVER, SYS_GOT_BITS, 0, 1);
        return true;
    }
    return false;
}

static void
m_wake(void)
{
    if (m.server == RECEIVES && m_take())
        m.server = RUNS;
}

static void
m_post(uint8_t event)
{
    if (!m.alive)
        return;
    drop_value(m.events, 4, event, NO_EVENT);
    add_value(m.events, event, NO_EVENT);
    m_wake();
}

/* The session ends with its handle and its calls. */
static void
m_session(void)
{
    bool used = m.open || (!m.fault[0] && m.state[0] >= SENDING &&
                           m.state[0] <= KEPT);

    if (!used && !m.told) {
        m.told = 1;
        m_post(CLOSED);
    }
}

/* The client's wait is over, its reply handle with it. */
static void
m_end(unsigned client, uint8_t now)
{
    drop_value(m.queue, 3, (uint8_t)client, NOBODY);
    drop_value(m.kept, 3, (uint8_t)client, NOBODY);
    drop_value(m.events, 4, (uint8_t)(CANCEL_0 + client), NO_EVENT);
    if (m.caller == client)
        m.caller = NOBODY;
    m.state[client] = now;
    m.cancel[client] = 0;
    m_session();
    m.fault[client] = 0;
}

static void
m_fail(unsigned client, int error)
{
    if (!m.fault[client])
        give(client, error, 0, 0);
    m_end(client, IDLE);
}

static void
m_kill(unsigned client)
{
    if (m.state[client] == DEAD)
        return;
    for (unsigned i = 0; i < 3; i++)
        if (m.kept[i] == client)
            m.kept[i] += STALE;
    m_end(client, DEAD);
}

/* The server has the client's message, in its registers. */
static void
m_meet(unsigned client)
{
    m.state[client] = CURRENT;
    m.caller = (uint8_t)client;
    give(SERVER, m.fault[client] ? SYS_GOT_FAULT : SYS_GOT_CALL,
         BADGE(client), sent[client]);
}

static void
m_begin(unsigned client, bool fault)
{
    m.fault[client] = fault;
    if (m.server == RECEIVES) {
        m.server = RUNS;
        m_meet(client);
    } else {
        m.state[client] = SENDING;
        add_value(m.queue, (uint8_t)client, NOBODY);
    }
}

static void
m_answer(unsigned client, bool resume)
{
    bool fault = m.fault[client];

    if (!fault)
        give(client, 0, UINT64_MAX, step_number);
    m_end(client, IDLE);
    if (fault && !resume) {
        m.ended = 1;
        m_kill(0);
        m_kill(1);
    }
}

static void
m_receive(bool nowait)
{
    if (!m.alive) {
        give(SERVER, ERR_HANDLE, 0, 0);
        return;
    }
    if (m.caller != NOBODY)
        m_fail(m.caller, ERR_DROPPED);
    if (m_take())
        return;
    if (m.queue[0] != NOBODY) {
        unsigned client = m.queue[0];

        shift_out(m.queue, 3, 0, NOBODY);
        m_meet(client);
    } else if (nowait) {
        give(SERVER, ERR_AGAIN, 0, 0);
    } else {
        m.server = RECEIVES;
    }
}

static void
m_interrupt(unsigned client)
{
    switch (m.fault[client] ? IDLE : (enum client_state)m.state[client]) {
    case SENDING:
        m_fail(client, ERR_INTERRUPTED);
        break;
    case CURRENT:
        m.cancel[client] = 1;
        break;
    case KEPT:
        m_post((uint8_t)(CANCEL_0 + client));
        break;
    default:
        break;
    }
}

static void
m_close_endpoint(void)
{
    m.alive = m.bound = 0;
    memset(m.events, NO_EVENT, sizeof m.events);
    while (m.queue[0] != NOBODY)
        m_fail(m.queue[0], ERR_DEAD);
    if (m.server == RECEIVES) {
        m.server = RUNS;
        give(SERVER, ERR_DEAD, 0, 0);
    }
}

/* --- the world beside it ------------------------------------------------- */

struct outside {
    struct endpoint *endpoint;
    struct session *session[2], *supervisor;
    struct notification *bell;
    handle_t endpoint_handle, session_handle[2];
    handle_t kept[2]; /* each client's */
};

static struct outside out;

static handle_t
kept_handle(unsigned i)
{
    return out.kept[m.kept[i] & ~STALE];
}

static unsigned
reply_number(unsigned client)
{
    return world.threads[client].kept_handle;
}

static struct thread *const clients[2] = {
    &world.threads[0], &world.threads[1],
};
static struct thread *const server = &world.threads[2];

static void
set_up(void)
{
    handle_t bell;

    world_start();
    out.endpoint_handle =
        world_endpoint(server->process, 0, &out.endpoint);
    for (unsigned i = 0; i < 2; i++) {
        out.session_handle[i] = world_session(clients[i]->process,
                                              out.endpoint, 100 + i,
                                              &out.session[i]);
        clients[i]->priority = clients[i]->base_priority =
            (uint8_t)(10 + 2 * i);
    }
    assert_int_equal(session_create(NULL, out.endpoint, 200,
                                    &out.supervisor), 0);
    object_open(&out.supervisor->object);
    object_unref(&out.supervisor->object);
    bell = world_notification(server->process, &out.bell);
    (void)bell;
    assert_int_equal(endpoint_bind(out.endpoint, out.bell), 0);
    m = (struct model){
        .queue = { NOBODY, NOBODY, NOBODY },
        .kept = { NOBODY, NOBODY, NOBODY },
        .caller = NOBODY, .alive = 1, .bound = 1, .open = 1,
    };
    step_number = 1000;
}

/* --- operations ---------------------------------------------------------- */

enum operation {
    CALL_0, CALL_1, FAULT_0, FAULT_1, RECEIVE, RECEIVE_NOWAIT, REPLY,
    REPLY_END, KEEP, REPLY_KEPT_0, REPLY_KEPT_1, REPLY_RECEIVE,
    REPLY_RECEIVE_KEPT, CLOSE_KEPT_0, CLOSE_KEPT_1, INTERRUPT_0, INTERRUPT_1,
    INTERRUPT_SERVER, KILL_0, KILL_1, KILL_SERVER, CLOSE_ENDPOINT,
    CLOSE_SESSION, NOTIFY, OPERATIONS,
};

/* As the system call's end does it. */
static void
finish(struct thread *thread, int result)
{
    if (result != IPC_LATER)
        arch_thread_result(thread, result);
}

static void
load_message(struct thread *thread, uint64_t tag, uint64_t word)
{
    for (unsigned i = RDI; i <= RBX; i++)
        thread->frame[i] = UINT64_MAX;
    thread->frame[RSI] = tag;
    thread->frame[RDX] = word;
}

static bool
do_call(unsigned i)
{
    struct thread *client = clients[i];

    if (m.state[i] != IDLE)
        return false;
    sent[i] = step_number;
    load_message(client, 7, step_number);
    client->frame[RDI] = out.session_handle[i];
    finish(client, ipc_call(client));
    if (i == 0 && !m.open)
        give(i, ERR_HANDLE, 0, 0);
    else if (!m.alive)
        give(i, ERR_DEAD, 0, 0);
    else
        m_begin(i, false);
    return true;
}

static bool
do_fault(unsigned i)
{
    const uint64_t words[SYS_WORDS] = { step_number, 2, 3, 4, 5, 6 };
    int error;

    if (m.state[i] != IDLE)
        return false;
    sent[i] = step_number;
    error = ipc_report(clients[i], out.supervisor, SYS_GOT_FAULT, words);
    assert_int_equal(error, m.alive ? 0 : ERR_DEAD);
    if (m.alive)
        m_begin(i, true);
    return true;
}

static bool
do_receive(unsigned flags)
{
    if (m.server != RUNS)
        return false;
    finish(server, ipc_receive(server, out.endpoint_handle, flags));
    m_receive(flags != 0);
    return true;
}

/* kept: -1 for the current caller. */
static bool
do_reply(int kept, uint64_t tag, bool receives)
{
    uint8_t client = kept < 0 ? m.caller : m.kept[kept];
    handle_t handle;

    if (m.server != RUNS || (kept >= 0 && client == NOBODY))
        return false;
    handle = kept < 0 ? 0 : kept_handle((unsigned)kept);
    load_message(server, tag, step_number);
    if (receives)
        finish(server, ipc_reply_receive(server, out.endpoint_handle,
                                         handle));
    else
        finish(server, ipc_reply(server, handle));
    if (receives && !m.alive) {
        give(SERVER, ERR_HANDLE, 0, 0);
        return true;
    }
    if (handle != 0) /* it is used up, whatever became of it */
        assert_null(handle_find(&server->process->handles, handle));
    if (client >= STALE && client != NOBODY) {
        shift_out(m.kept, 3, (unsigned)kept, NOBODY);
        give(SERVER, ERR_DEAD, 0, 0);
        return true;
    }
    if (client != NOBODY)
        m_answer(client, tag == SYS_FAULT_RESUME);
    if (receives)
        m_receive(false);
    else
        give(SERVER, client != NOBODY ? 0 : ERR_STATE, 0, 0);
    return true;
}

static bool
do_keep(void)
{
    handle_t handle = 0;
    uint8_t client = m.caller;
    int error;

    if (m.server != RUNS)
        return false;
    error = ipc_keep(server, &handle);
    assert_int_equal(error, client == NOBODY ? ERR_STATE : 0);
    if (client == NOBODY)
        return true;
    m.caller = NOBODY;
    m.state[client] = KEPT;
    add_value(m.kept, client, NOBODY);
    out.kept[client] = handle;
    if (m.cancel[client])
        m_post((uint8_t)(CANCEL_0 + client));
    m.cancel[client] = 0;
    return true;
}

static bool
do_close_kept(unsigned kept)
{
    uint8_t client = m.kept[kept];

    if (client == NOBODY)
        return false;
    assert_int_equal(handle_close(&server->process->handles,
                                  kept_handle(kept)), 0);
    if (client >= STALE)
        shift_out(m.kept, 3, kept, NOBODY);
    else
        m_fail(client, ERR_DROPPED);
    return true;
}

static bool
do_interrupt(unsigned i)
{
    int wanted = m.fault[i] || m.state[i] == IDLE ? ERR_STATE : 0;

    if (m.state[i] == DEAD)
        return false;
    assert_int_equal(ipc_interrupt(clients[i]), wanted);
    m_interrupt(i);
    return true;
}

static bool
do_interrupt_server(void)
{
    if (m.server == SERVER_DEAD)
        return false;
    assert_int_equal(ipc_interrupt(server),
                     m.server == RECEIVES ? 0 : ERR_STATE);
    if (m.server == RECEIVES)
        give(SERVER, ERR_INTERRUPTED, 0, 0);
    m.server = RUNS;
    return true;
}

static bool
do_kill_server(void)
{
    if (m.server == SERVER_DEAD)
        return false;
    world_kill(server);
    m.server = SERVER_DEAD;
    if (m.caller != NOBODY)
        m_fail(m.caller, ERR_DROPPED);
    return true;
}

static bool
do_close(enum operation operation)
{
    if (operation == CLOSE_ENDPOINT) {
        if (!m.alive)
            return false;
        assert_int_equal(handle_close(&server->process->handles,
                                      out.endpoint_handle), 0);
        world_work();
        m_close_endpoint();
        return true;
    }
    if (!m.open)
        return false;
    assert_int_equal(handle_close(&clients[0]->process->handles,
                                  out.session_handle[0]), 0);
    m.open = 0;
    m_session();
    return true;
}

/* False when it cannot happen in this state. */
static bool
operate(enum operation operation)
{
    step_number++;
    memset(want, 0, sizeof want);
    for (unsigned i = 0; i < 3; i++)
        world.threads[i].frame[RESULTS] = 0;
    switch (operation) {
    case CALL_0: case CALL_1: return do_call(operation - CALL_0);
    case FAULT_0: case FAULT_1: return do_fault(operation - FAULT_0);
    case RECEIVE: return do_receive(0);
    case RECEIVE_NOWAIT: return do_receive(SYS_NOWAIT);
    case REPLY: return do_reply(-1, SYS_FAULT_RESUME, false);
    case REPLY_END: return do_reply(-1, 0, false);
    case KEEP: return do_keep();
    case REPLY_KEPT_0: return do_reply(0, SYS_FAULT_RESUME, false);
    case REPLY_KEPT_1: return do_reply(1, 0, false);
    case REPLY_RECEIVE: return do_reply(-1, SYS_FAULT_RESUME, true);
    case REPLY_RECEIVE_KEPT: return do_reply(0, 0, true);
    case CLOSE_KEPT_0: return do_close_kept(0);
    case CLOSE_KEPT_1: return do_close_kept(1);
    case INTERRUPT_0: return do_interrupt(0);
    case INTERRUPT_1: return do_interrupt(1);
    case INTERRUPT_SERVER: return do_interrupt_server();
    case KILL_0: case KILL_1:
        if (m.state[operation - KILL_0] == DEAD)
            return false;
        world_kill(clients[operation - KILL_0]);
        m_kill(operation - KILL_0);
        return true;
    case KILL_SERVER: return do_kill_server();
    case CLOSE_ENDPOINT: case CLOSE_SESSION: return do_close(operation);
    case NOTIFY:
        notification_signal(out.bell, 1);
        m.bits = 1;
        m_wake();
        return true;
    default: return false;
    }
}

/* --- the comparison ------------------------------------------------------ */

static void
compare_result(unsigned who)
{
    const struct thread *thread = &world.threads[who];
    const struct expected *e = &want[who];

    assert_int_equal(thread->frame[RESULTS], e->any);
    if (!e->any)
        return;
    assert_int_equal((int64_t)thread->frame[RAX], e->result);
    if (e->result < 0 || (who == SERVER && e->badge == 0 && e->word == 0))
        return;
    assert_int_equal(thread->frame[RDX], e->word);
    assert_int_equal(thread->frame[RBX], e->badge);
}

static void
compare_client(unsigned i)
{
    static const uint8_t states[] = {
        SYS_THREAD_READY, SYS_THREAD_SENDING, SYS_THREAD_CALLING,
        SYS_THREAD_CALLING, SYS_THREAD_DEAD,
    };
    const struct thread *t = clients[i];
    bool kept = m.state[i] == KEPT;

    assert_int_equal(t->state, states[m.state[i]]);
    assert_ptr_equal(t->server, m.state[i] == CURRENT ? server : NULL);
    assert_ptr_equal(t->kept_in, kept ? server->process : NULL);
    if (m.state[i] >= SENDING && m.state[i] <= KEPT) {
        assert_int_equal(t->session->badge, BADGE(i));
        assert_int_equal(t->cancel, m.cancel[i]);
    } else {
        assert_null(t->session);
    }
}

/* Nobody who waits is forgotten: each is where somebody can find it. */
static void
compare_lists(void)
{
    const struct list *link = out.endpoint->senders.next;
    struct object *object;

    if (m.alive) {
        for (unsigned i = 0; m.queue[i] != NOBODY; i++) {
            assert_ptr_equal(link, &clients[m.queue[i]]->queue);
            link = link->next;
        }
        assert_ptr_equal(link, &out.endpoint->senders);
        link = out.endpoint->events.next;
        for (unsigned i = 0; m.events[i] != NO_EVENT; i++) {
            assert_ptr_equal(link, m.events[i] == CLOSED
                ? &out.session[0]->closed.link
                : &clients[m.events[i] - CANCEL_0]->cancel_event.link);
            link = link->next;
        }
        assert_ptr_equal(link, &out.endpoint->events);
        ipc_check(out.endpoint);
    }
    for (unsigned i = 0; m.kept[i] != NOBODY; i++) {
        assert_int_equal(handle_get(&server->process->handles,
                                    kept_handle(i), SYS_OBJECT_REPLY, 0,
                                    &object), 0);
        if ((m.kept[i] & STALE) == 0)
            assert_ptr_equal(object, &clients[m.kept[i]]->reply);
        else /* the client's can go */
            assert_ptr_not_equal(object, &clients[m.kept[i] & ~STALE]->reply);
    }
}

static void
compare(void)
{
    static const uint8_t states[] = {
        SYS_THREAD_READY, SYS_THREAD_RECEIVING, SYS_THREAD_DEAD,
    };

    for (unsigned i = 0; i < 3; i++)
        compare_result(i);
    for (unsigned i = 0; i < 2; i++)
        compare_client(i);
    assert_int_equal(server->state, states[m.server]);
    assert_ptr_equal(server->caller,
                     m.caller == NOBODY ? NULL : clients[m.caller]);
    assert_int_equal(server->priority,
                     m.caller == NOBODY ? 5 : 10 + 2 * m.caller);
    assert_int_equal(out.bell->bits, m.bits);
    assert_int_equal(out.bell->bound != NULL, m.bound);
    assert_int_equal(world.ended[0], m.ended);
    compare_lists();
}

/* --- all states ---------------------------------------------------------- */

struct node {
    struct model model;
    uint32_t parent;
    uint8_t operation, depth;
};

static struct node nodes[STATES_MAX];
static uint32_t node_count;
static uint32_t table[HASH_SIZE]; /* node + 1, 0: empty */

static bool
is_new(uint32_t parent, unsigned operation)
{
    const uint8_t *bytes = (const uint8_t *)&m;
    uint64_t hash = 14695981039346656037ULL;
    uint32_t place;

    for (size_t i = 0; i < sizeof m; i++)
        hash = (hash ^ bytes[i]) * 1099511628211ULL;
    place = (uint32_t)(hash >> 20) % HASH_SIZE;
    while (table[place] != 0) {
        if (memcmp(&nodes[table[place] - 1].model, &m, sizeof m) == 0)
            return false;
        place = (place + 1) % HASH_SIZE;
    }
    assert_true(node_count < STATES_MAX);
    nodes[node_count] = (struct node){
        .model = m, .parent = parent, .operation = (uint8_t)operation,
        .depth = (uint8_t)(node_count == 0 ? 0 : nodes[parent].depth + 1),
    };
    table[place] = ++node_count;
    return true;
}

/* Do again what led to that state. */
static void
go_to(uint32_t node)
{
    uint8_t path[PATH_MAX_];
    unsigned length = 0;

    for (; node != 0; node = nodes[node].parent) {
        assert_true(length < PATH_MAX_);
        path[length++] = nodes[node].operation;
    }
    set_up();
    while (length-- > 0)
        assert_true(operate((enum operation)path[length]));
}

/* Everything is closed: nothing is left. */
static void
take_down(void)
{
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        world_kill(&world.threads[i]);
    object_close(&out.supervisor->object);
    world_end();
}

struct saved {
    struct world world;
    struct model model;
    struct outside out;
    uint64_t sent[2], step_number;
};

static void
save(struct saved *saved)
{
    *saved = (struct saved){ world, m, out, { sent[0], sent[1] },
                             step_number };
}

static void
restore(const struct saved *saved)
{
    world = saved->world;
    m = saved->model;
    out = saved->out;
    sent[0] = saved->sent[0];
    sent[1] = saved->sent[1];
    step_number = saved->step_number;
}

/* Kept for whoever looks at a failure. */
static char path_text[512];

static void
report_path(uint32_t node, unsigned operation)
{
    int length = snprintf(path_text, sizeof path_text, "%u", operation);

    for (; node != 0; node = nodes[node].parent)
        length += snprintf(path_text + length,
                           sizeof path_text - (size_t)length, " < %u",
                           nodes[node].operation);
}

static int
show_path(void **state)
{
    (void)state;
    if (path_text[0] != '\0')
        print_error("operations, the last first: %s\n", path_text);
    return 0;
}

static void
test_all_states(void **state)
{
    static struct saved saved;
    uint64_t steps = 0;

    (void)state;
    set_up();
    assert_true(is_new(0, 0));
    for (uint32_t node = 0; node < node_count; node++) {
        go_to(node);
        save(&saved);
        for (unsigned operation = 0; operation < OPERATIONS; operation++) {
            restore(&saved);
            if (!operate((enum operation)operation))
                continue;
            steps++;
            report_path(node, operation);
            compare();
            path_text[0] = '\0';
            if (is_new(node, operation))
                take_down();
        }
    }
    print_message("%u states, %u steps deep, %llu transitions\n", node_count,
                  nodes[node_count - 1].depth, (unsigned long long)steps);
    assert_true(node_count > 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_all_states, show_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
