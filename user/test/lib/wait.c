#include "user/test/lib/test.h"

#define PATIENCE_MS 30000

void
test_sleep(uint64_t nanoseconds)
{
    static handle_t bell;
    uint64_t bits;

    if (bell == 0)
        bell = (handle_t)sys_notification_create();
    sys_timer_set(bell, 1, (uint64_t)sys_clock() + nanoseconds);
    sys_wait(bell, 1, 0, &bits);
}

bool
test_await(const volatile uint64_t *counter, uint64_t value)
{
    for (int i = 0; i < PATIENCE_MS; i++) {
        if (*counter == value)
            return true;
        test_sleep(MS);
    }
    print("# counter is %lu, not %lu\n", *counter, value);
    return false;
}

bool
test_await_state(handle_t thread, enum sys_thread_state state)
{
    struct sys_inspection view;

    for (int i = 0; i < PATIENCE_MS; i++) {
        if (sys_inspect(thread, &view) < 0)
            return false;
        if (view.state == state)
            return true;
        test_sleep(MS);
    }
    print("# thread is in state %u, not %u\n", view.state, state);
    return false;
}
