/* Handles: copies, rights that only shrink, stale and forged numbers. */
#include "user/test/ktest/ktest.h"

static bool
copies_and_rights(void)
{
    handle_t bell = (handle_t)sys_notification_create(), copy;
    struct sys_inspection view;
    uint64_t bits;
    int64_t result = sys_duplicate(bell, SYS_RIGHT_INSPECT | SYS_RIGHT_WAIT);

    CHECK(result > 0 && (handle_t)result != bell);
    copy = (handle_t)result;
    EXPECT(sys_inspect(copy, &view), SYS_OBJECT_NOTIFICATION);
    CHECK(view.type == SYS_OBJECT_NOTIFICATION);
    CHECK(view.rights == (SYS_RIGHT_INSPECT | SYS_RIGHT_WAIT));
    EXPECT(sys_notify(copy, 1), ERR_RIGHTS);
    EXPECT(sys_duplicate(copy, SYS_RIGHT_WAIT), ERR_RIGHTS);
    EXPECT(sys_duplicate(bell, SYS_RIGHTS_ALL), ERR_RIGHTS);
    EXPECT(sys_duplicate(bell, SYS_RIGHT_SEND), ERR_RIGHTS);
    EXPECT(sys_notify(bell, 2), 0);
    EXPECT(sys_close(bell), 0); /* the object lives by its other handle */
    EXPECT(sys_wait(copy, 2, 0, &bits), 0);
    EXPECT(sys_close(copy), 0);
    return true;
}

static bool
stale_handles(void)
{
    handle_t old = (handle_t)sys_notification_create(), new;
    struct sys_inspection view;

    EXPECT(sys_close(old), 0);
    EXPECT(sys_close(old), ERR_HANDLE);
    new = (handle_t)sys_notification_create();
    CHECK(new != old);
    EXPECT(sys_notify(old, 1), ERR_HANDLE);
    EXPECT(sys_inspect(old, &view), ERR_HANDLE);
    EXPECT(sys_duplicate(old, 0), ERR_HANDLE);
    EXPECT(sys_close(new), 0);
    return true;
}

static bool
forged_handles(void)
{
    handle_t bell = (handle_t)sys_notification_create();
    handle_t forged[] = {
        0, 1, 0xFFFF, 0x10000, 0xFFFFFFFF, 0x80000000, bell + 0x10000,
        bell - 0x10000, bell + 1, bell ^ 0x8000, bell ^ 0xFF00,
    };

    for (size_t i = 0; i < COUNT_OF(forged); i++) {
        EXPECT(sys_notify(forged[i], 1), ERR_HANDLE);
        EXPECT(sys_close(forged[i]), ERR_HANDLE);
    }
    EXPECT(sys_raw2(SYS_NOTIFY, bell | 1ULL << 32, 1), ERR_HANDLE);
    EXPECT(sys_close(bell), 0);
    return true;
}

static bool
wrong_types(void)
{
    handle_t bell = (handle_t)sys_notification_create();
    handle_t endpoint = (handle_t)sys_endpoint_create(1);
    struct sys_message m = { 0 };
    uint64_t bits;

    EXPECT(sys_notify(endpoint, 1), ERR_TYPE);
    EXPECT(sys_wait(endpoint, 1, SYS_NOWAIT, &bits), ERR_TYPE);
    EXPECT(sys_call(endpoint, &m), ERR_TYPE);
    EXPECT(sys_receive(bell, SYS_NOWAIT, &m), ERR_TYPE);
    EXPECT(sys_receive(bell, 2, &m), ERR_TYPE); /* before the flags */
    EXPECT(sys_session_create(bell, 1), ERR_TYPE);
    EXPECT(sys_ports_enable(bell), ERR_TYPE);
    EXPECT(sys_interrupt_done(bell), ERR_TYPE);
    EXPECT(sys_memory_physical(bell, 0), ERR_TYPE);
    EXPECT(sys_process_control(bell, SYS_PROCESS_KILL, 0), ERR_TYPE);
    EXPECT(sys_thread_control(bell, SYS_THREAD_KILL, 0, 0), ERR_TYPE);
    EXPECT(sys_map(bell, 0, 0, SYS_PAGE, 0, SYS_MAP_READ | SYS_MAP_PRIVATE),
           ERR_TYPE);
    EXPECT(sys_system(bell, SYS_SYSTEM_INFO, NULL, 0), ERR_TYPE);
    EXPECT(sys_close(endpoint), 0);
    EXPECT(sys_close(bell), 0);
    return true;
}

static bool
many_handles(void)
{
    enum { COUNT = 2000 };
    static handle_t handles[COUNT];
    handle_t bell = (handle_t)sys_notification_create();

    for (int i = 0; i < COUNT; i++) {
        int64_t result = sys_duplicate(bell, SYS_RIGHT_NOTIFY);

        CHECK(result > 0);
        handles[i] = (handle_t)result;
    }
    for (int i = 0; i < COUNT; i += 2)
        EXPECT(sys_close(handles[i]), 0);
    for (int i = 0; i < COUNT; i++)
        EXPECT(sys_notify(handles[i], 1), i % 2 == 0 ? ERR_HANDLE : 0);
    for (int i = 1; i < COUNT; i += 2)
        EXPECT(sys_close(handles[i]), 0);
    EXPECT(sys_close(bell), 0);
    return true;
}

static bool
inspect_shows_what_is(void)
{
    handle_t endpoint = (handle_t)sys_endpoint_create(1);
    handle_t session = (handle_t)sys_session_create(endpoint, 0x1234567890);
    struct sys_inspection view = { 0 };

    EXPECT(sys_inspect(session, &view), SYS_OBJECT_SESSION);
    CHECK(view.id == 0x1234567890);
    EXPECT(sys_inspect(SYS_SELF, &view), SYS_OBJECT_PROCESS);
    CHECK(view.id == 1 && view.used > 0 && view.used <= view.limit);
    EXPECT(sys_inspect(test_system, &view), SYS_OBJECT_SYSTEM);
    EXPECT(sys_inspect(session, (void *)SYS_USER_END), ERR_ADDRESS);
    EXPECT(sys_inspect(session, (void *)-8), ERR_ADDRESS);
    EXPECT(sys_inspect(session, (void *)0xFFFF800000000000), ERR_ADDRESS);
    EXPECT(sys_inspect(session, NULL), ERR_ADDRESS);
    EXPECT(sys_close(session), 0);
    EXPECT(sys_close(endpoint), 0);
    return true;
}

const struct test handle_tests[] = {
    { "handle-copies-and-rights", copies_and_rights },
    { "handle-stale", stale_handles },
    { "handle-forged", forged_handles },
    { "handle-wrong-types", wrong_types },
    { "handle-many", many_handles },
    { "handle-inspect", inspect_shows_what_is },
};
const unsigned handle_test_count = COUNT_OF(handle_tests);
