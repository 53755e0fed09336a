/*
 * Ten thousand threads, each with an endpoint and a session, all alive, each
 * called; with little memory as many as there is room for.
 */
#include "user/test/stress/stress.h"

#include "user/test/lib/crowd.h"

#define COUNT  10000u
#define ENOUGH (96ULL << 20) /* bytes of memory that all fit into */

static struct {
    handle_t thread, endpoint, session;
} crowd[COUNT];

/* False when memory is at its end; nothing is left of it then. */
static bool
add(unsigned i)
{
    int64_t endpoint = sys_endpoint_create(0), session, thread = ERR_MEMORY;

    if (endpoint < 0)
        return false;
    session = sys_session_create((handle_t)endpoint, i);
    if (session > 0)
        thread = crowd_add(crowd_echo, (handle_t)endpoint, PRIORITY);
    if (thread > 0) {
        crowd[i].endpoint = (handle_t)endpoint;
        crowd[i].session = (handle_t)session;
        crowd[i].thread = (handle_t)thread;
        return true;
    }
    if (session > 0)
        sys_close((handle_t)session);
    sys_close((handle_t)endpoint);
    return false;
}

static bool
call_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct sys_message m = { .words = { i, i + 1, i + 2 } };

        EXPECT(sys_call(crowd[i].session, &m), 0);
        CHECK(m.words[0] == i + 1ULL && m.words[1] == i + 1ULL &&
              m.words[2] == i + 2ULL);
    }
    return true;
}

static bool
all_are_there(unsigned count)
{
    struct sys_inspection view;

    for (unsigned i = 0; i < count; i++) {
        EXPECT(sys_inspect(crowd[i].thread, &view), SYS_OBJECT_THREAD);
        CHECK(view.state == SYS_THREAD_RECEIVING);
    }
    return true;
}

static bool
remove_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        EXPECT(sys_thread_control(crowd[i].thread, SYS_THREAD_KILL, 0, 0), 0);
        EXPECT(sys_close(crowd[i].thread), 0);
        EXPECT(sys_close(crowd[i].session), 0);
        EXPECT(sys_close(crowd[i].endpoint), 0);
    }
    return true;
}

static bool
many_threads(void)
{
    struct sys_system_info info;
    unsigned count = 0;

    while (count < COUNT && add(count))
        count++;
    test_info(&info);
    print("# %u threads, endpoints, sessions\n", count);
    CHECK(count == COUNT || (count > COUNT / 10 &&
                             info.frames_total * SYS_PAGE < ENOUGH));
    CHECK(call_all(count) && all_are_there(count) && call_all(count));
    return remove_all(count);
}

/* Each slot of a full table is used again, and no handle comes twice. */
static bool
many_handles(void)
{
    static handle_t handles[COUNT];
    handle_t bell = (handle_t)sys_notification_create();
    uint64_t seed = stress_seed;

    for (unsigned i = 0; i < COUNT; i++) {
        int64_t copy = sys_duplicate(bell, SYS_RIGHT_NOTIFY |
                                               SYS_RIGHT_DUPLICATE);

        CHECK(copy > 0);
        handles[i] = (handle_t)copy;
    }
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned at = (unsigned)(test_random(&seed) % COUNT);
        handle_t old = handles[at];

        EXPECT(sys_close(old), 0);
        handles[at] = (handle_t)sys_duplicate(bell, SYS_RIGHT_NOTIFY);
        CHECK(handles[at] != old);
        EXPECT(sys_notify(old, 1), ERR_HANDLE);
        EXPECT(sys_notify(handles[at], 1), 0);
    }
    for (unsigned i = 0; i < COUNT; i++)
        EXPECT(sys_close(handles[i]), 0);
    EXPECT(sys_close(bell), 0);
    return true;
}

const struct test many_tests[] = {
    { "many-threads", many_threads },
    { "many-handles", many_handles },
};
const unsigned many_test_count = COUNT_OF(many_tests);
