/* Messages between two threads: words, handles, leases, replies, events. */
#include "user/test/ktest/ktest.h"

#include "kernel/lib/mem.h"

#define BADGE 0xBAD6E00000000001ULL

static struct {
    handle_t endpoint, session;
    volatile int64_t result;  /* of the client's call */
    struct sys_message m;     /* the client's: what it sends, what came back */
    struct thread client;
} test;

/* The client: one call with what test.m has. */
static void
call_once(uint64_t unused)
{
    struct sys_message m = test.m;
    int64_t result = sys_call(test.session, &m);

    (void)unused;
    test.m = m;
    test.result = result;
}

static bool
open_endpoint(void)
{
    int64_t result = sys_endpoint_create(0);

    memset(&test, 0, sizeof test);
    CHECK(result > 0);
    test.endpoint = (handle_t)result;
    result = sys_session_create(test.endpoint, BADGE);
    CHECK(result > 0);
    test.session = (handle_t)result;
    test.result = 1;
    return true;
}

static bool
close_endpoint(void)
{
    EXPECT(sys_close(test.session), 0);
    EXPECT(sys_close(test.endpoint), 0);
    return true;
}

static bool
start_client(void)
{
    test.result = 1;
    EXPECT(thread_run(&test.client, call_once, 0, PRIORITY), 0);
    return true;
}

static bool
client_got(int64_t result)
{
    CHECK(test_await_state(test.client.handle, SYS_THREAD_DEAD));
    EXPECT(test.result, result);
    thread_free(&test.client);
    return true;
}

static bool
six_words(void)
{
    struct sys_message m = { 0 };
    struct sys_inspection self;

    CHECK(open_endpoint());
    test.m = (struct sys_message){ .tag = 0x12345678,
                                   .words = { 1, 2, 3, 4, 5, ~0ULL } };
    CHECK(start_client());
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_CALL);
    EXPECT(sys_inspect(SYS_SELF, &self), SYS_OBJECT_PROCESS);
    CHECK(m.tag == 0x12345678 && m.badge == BADGE && m.process == self.id);
    for (unsigned i = 0; i < 5; i++)
        CHECK(m.words[i] == i + 1);
    CHECK(m.words[5] == ~0ULL && m.handles == 0 && m.lengths == 0);
    for (unsigned i = 0; i < SYS_WORDS; i++)
        m.words[i] = ~m.words[i];
    m.tag = 7;
    EXPECT(sys_reply(0, &m), 0);
    CHECK(client_got(0));
    CHECK(test.m.tag == 7 && test.m.words[5] == 0);
    for (unsigned i = 0; i < 5; i++)
        CHECK(test.m.words[i] == ~(uint64_t)(i + 1));
    EXPECT(sys_reply(0, &m), ERR_STATE); /* once is enough */
    return close_endpoint();
}

static bool
reply_and_receive(void)
{
    struct sys_message m = { 0 };

    CHECK(open_endpoint());
    EXPECT(sys_receive(test.endpoint, SYS_NOWAIT, &m), ERR_AGAIN);
    EXPECT(sys_receive(test.endpoint, 2, &m), ERR_ARGUMENT);
    test.m.tag = 3;
    CHECK(start_client());
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_CALL);
    EXPECT(sys_close(test.session), 0); /* the call still has it */
    m = (struct sys_message){ .tag = 9 };
    EXPECT(sys_reply_receive(test.endpoint, 0, &m), SYS_GOT_CLOSED);
    CHECK(m.badge == BADGE);
    CHECK(client_got(0));
    CHECK(test.m.tag == 9);
    EXPECT(sys_close(test.endpoint), 0);
    return true;
}

static bool
handles_travel(void)
{
    handle_t bell = (handle_t)sys_notification_create();
    handle_t spare = (handle_t)sys_notification_create(), got;
    handle_t local = (handle_t)sys_duplicate(bell, SYS_RIGHT_NOTIFY);
    struct sys_message m = { 0 };
    struct sys_inspection view;
    uint64_t bits;

    CHECK(open_endpoint());
    test.m.tag = SYS_TAG_HANDLES(2) | SYS_TAG_MOVE(1);
    test.m.handles = sys_handles(bell, spare);
    CHECK(start_client());
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_CALL);
    CHECK(sys_handle(&m, 0) != 0 && sys_handle(&m, 1) != 0);
    CHECK(sys_handle(&m, 0) != bell);
    EXPECT(sys_notify(sys_handle(&m, 0), 8), 0); /* the same object */
    EXPECT(sys_wait(bell, 8, SYS_NOWAIT, &bits), 0);
    EXPECT(sys_inspect(spare, &view), ERR_HANDLE); /* it has moved */
    EXPECT(sys_inspect(sys_handle(&m, 1), &view), SYS_OBJECT_NOTIFICATION);
    EXPECT(sys_close(sys_handle(&m, 0)), 0);
    got = sys_handle(&m, 1);
    m = (struct sys_message){ .tag = SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0),
                              .handles = got };
    EXPECT(sys_reply(0, &m), 0); /* and back */
    CHECK(client_got(0));
    EXPECT(sys_close(sys_handle(&test.m, 0)), 0);
    m = (struct sys_message){ .tag = SYS_TAG_HANDLES(1), .handles = local };
    EXPECT(sys_call(test.session, &m), ERR_RIGHTS); /* no TRANSFER */
    m = (struct sys_message){ .tag = SYS_TAG_HANDLES(1), .handles = spare };
    EXPECT(sys_call(test.session, &m), ERR_HANDLE);
    EXPECT(sys_close(local), 0);
    EXPECT(sys_close(bell), 0);
    return close_endpoint();
}

static bool
bad_tags(void)
{
    static const uint64_t tags[] = {
        SYS_TAG_HANDLES(3), SYS_TAG_LEASES(3), 1ULL << 42, 1ULL << 63,
    };
    struct sys_message m = { 0 };

    CHECK(open_endpoint());
    for (size_t i = 0; i < COUNT_OF(tags); i++) {
        m.tag = tags[i];
        EXPECT(sys_call(test.session, &m), ERR_ARGUMENT);
    }
    m = (struct sys_message){ .tag = SYS_TAG_LEASES(1),
                              .leases = (const struct sys_lease *)8 };
    EXPECT(sys_call(test.session, &m), ERR_ADDRESS);
    return close_endpoint();
}

static bool
leases(void)
{
    static char out[9000], in[9000], copy[9000];
    struct sys_lease both[2] = {
        { (uint64_t)out, sizeof out }, { (uint64_t)in, sizeof in },
    };
    struct sys_message m = { 0 };

    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (char)(i * 13);
    memset(in, 0, sizeof in);
    memset(copy, 0, sizeof copy);
    CHECK(open_endpoint());
    test.m.tag = SYS_TAG_LEASES(2) | SYS_TAG_READ(0) | SYS_TAG_WRITE(1);
    test.m.leases = both;
    CHECK(start_client());
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_CALL);
    CHECK(sys_length(&m, 0) == sizeof out && sys_length(&m, 1) == sizeof in);
    EXPECT(sys_lease_read(0, 0, 0, copy, sizeof copy), sizeof copy);
    CHECK(memcmp(copy, out, sizeof out) == 0);
    EXPECT(sys_lease_read(0, 0, 8999, copy, 10), 1);
    EXPECT(sys_lease_write(0, 1, 5000, out, 100), 100);
    EXPECT(sys_lease_write(0, 0, 0, out, 1), ERR_RIGHTS);
    EXPECT(sys_lease_read(0, 1, 0, copy, 1), ERR_RIGHTS);
    EXPECT(sys_lease_read(0, 2, 0, copy, 1), ERR_ARGUMENT);
    EXPECT(sys_lease_read(0, 0, 9001, copy, 1), ERR_ARGUMENT);
    EXPECT(sys_lease_read(0, 0, ~0ULL, copy, 2), ERR_ARGUMENT);
    EXPECT(sys_lease_read(0, 0, 0, (void *)8, 1), ERR_ADDRESS);
    EXPECT(sys_lease_read(0, 0, 0, (void *)0xFFFF800000000000, 1),
           ERR_ADDRESS);
    m = (struct sys_message){ 0 };
    EXPECT(sys_reply(0, &m), 0);
    EXPECT(sys_lease_read(0, 0, 0, copy, 1), ERR_STATE);
    CHECK(client_got(0));
    CHECK(memcmp(in + 5000, out, 100) == 0 && in[4999] == 0 && in[5100] == 0);
    return close_endpoint();
}

/* A kept reply is answered after a later call was. */
static bool
kept_reply(void)
{
    struct sys_message m = { 0 };
    handle_t reply;

    CHECK(open_endpoint());
    EXPECT(sys_reply_keep(), ERR_STATE);
    test.m.tag = 1;
    CHECK(start_client());
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_CALL);
    reply = (handle_t)sys_reply_keep();
    CHECK((int32_t)reply > 0);
    EXPECT(sys_reply(0, &m), ERR_STATE);
    EXPECT(sys_duplicate(reply, 0), ERR_TYPE);
    EXPECT(sys_receive(test.endpoint, SYS_NOWAIT, &m), ERR_AGAIN);
    CHECK(test_await_state(test.client.handle, SYS_THREAD_CALLING));
    m = (struct sys_message){ .tag = 5 };
    EXPECT(sys_reply(reply, &m), 0);
    EXPECT(sys_reply(reply, &m), ERR_HANDLE);
    CHECK(client_got(0));
    CHECK(test.m.tag == 5);
    return close_endpoint();
}

static bool
dropped_calls(void)
{
    struct sys_message m = { 0 };

    CHECK(open_endpoint());
    CHECK(start_client()); /* received, and never answered */
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_CALL);
    EXPECT(sys_receive(test.endpoint, SYS_NOWAIT, &m), ERR_AGAIN);
    CHECK(client_got(ERR_DROPPED));
    CHECK(start_client()); /* its reply is closed */
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_CALL);
    EXPECT(sys_close((handle_t)sys_reply_keep()), 0);
    CHECK(client_got(ERR_DROPPED));
    CHECK(start_client()); /* nobody will ever receive it */
    CHECK(test_await_state(test.client.handle, SYS_THREAD_SENDING));
    EXPECT(sys_close(test.endpoint), 0);
    CHECK(client_got(ERR_DEAD));
    EXPECT(sys_call(test.session, &m), ERR_DEAD);
    EXPECT(sys_close(test.session), 0);
    return true;
}

static bool
cancel(void)
{
    struct sys_message m = { 0 };
    handle_t reply;

    CHECK(open_endpoint());
    CHECK(start_client()); /* not received yet: it comes back at once */
    CHECK(test_await_state(test.client.handle, SYS_THREAD_SENDING));
    EXPECT(sys_thread_control(test.client.handle, SYS_THREAD_INTERRUPT, 0, 0),
           0);
    CHECK(client_got(ERR_INTERRUPTED));
    CHECK(start_client()); /* received: the server is asked */
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_CALL);
    reply = (handle_t)sys_reply_keep();
    EXPECT(sys_thread_control(test.client.handle, SYS_THREAD_INTERRUPT, 0, 0),
           0);
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_CANCEL);
    CHECK(m.words[0] == reply && m.badge == BADGE);
    CHECK(test.result == 1); /* it still waits */
    m = (struct sys_message){ .tag = 44 };
    EXPECT(sys_reply(reply, &m), 0);
    CHECK(client_got(0));
    CHECK(test.m.tag == 44);
    return close_endpoint();
}

static bool
closed_sessions(void)
{
    handle_t second, copy;
    struct sys_message m = { 0 };

    CHECK(open_endpoint());
    second = (handle_t)sys_session_create(test.endpoint, 77);
    copy = (handle_t)sys_duplicate(second, SYS_RIGHT_SEND);
    EXPECT(sys_close(second), 0);
    EXPECT(sys_receive(test.endpoint, SYS_NOWAIT, &m), ERR_AGAIN);
    EXPECT(sys_close(copy), 0); /* the last one */
    EXPECT(sys_receive(test.endpoint, SYS_NOWAIT, &m), SYS_GOT_CLOSED);
    CHECK(m.badge == 77);
    EXPECT(sys_receive(test.endpoint, SYS_NOWAIT, &m), ERR_AGAIN);
    return close_endpoint();
}

static bool
bound_notification(void)
{
    handle_t bell = (handle_t)sys_notification_create();
    handle_t other = (handle_t)sys_notification_create();
    struct sys_message m = { 0 };

    CHECK(open_endpoint());
    EXPECT(sys_endpoint_bind(test.endpoint, bell), 0);
    EXPECT(sys_endpoint_bind(test.endpoint, other), ERR_STATE);
    EXPECT(sys_notify(bell, 6), 0);
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_BITS);
    CHECK(m.words[0] == 6);
    EXPECT(sys_timer_set(bell, 1, (uint64_t)sys_clock() + MS), 0);
    EXPECT(sys_receive(test.endpoint, 0, &m), SYS_GOT_BITS);
    CHECK(m.words[0] == 1);
    EXPECT(sys_endpoint_bind(test.endpoint, 0), 0);
    EXPECT(sys_notify(bell, 2), 0);
    EXPECT(sys_receive(test.endpoint, SYS_NOWAIT, &m), ERR_AGAIN);
    EXPECT(sys_close(other), 0);
    EXPECT(sys_close(bell), 0);
    return close_endpoint();
}

const struct test message_tests[] = {
    { "message-six-words", six_words },
    { "message-reply-receive", reply_and_receive },
    { "message-handles", handles_travel },
    { "message-bad-tags", bad_tags },
    { "message-leases", leases },
    { "message-kept-reply", kept_reply },
    { "message-dropped", dropped_calls },
    { "message-cancel", cancel },
    { "message-closed", closed_sessions },
    { "message-bound-notification", bound_notification },
};
const unsigned message_test_count = COUNT_OF(message_tests);
