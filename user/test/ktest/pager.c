/* Memory whose pages come from a pager. */
#include "user/test/ktest/ktest.h"

#define PAGES 4u
#define RW (SYS_MAP_READ | SYS_MAP_WRITE)

static struct {
    handle_t endpoint, memory;
    volatile unsigned asked;
    volatile int64_t problem;
} pager;

/* A page with its number in the first word. */
static int64_t
supply(uint64_t offset)
{
    int64_t result = sys_memory_create(SYS_MEMORY_ANONYMOUS, SYS_PAGE, 0, 0);
    handle_t source = (handle_t)result;

    if (result < 0)
        return result;
    result = sys_map(SYS_SELF, source, 0, SYS_PAGE, 0, RW);
    if (result > 0) {
        *(uint64_t *)result = offset / SYS_PAGE + 100;
        sys_unmap(SYS_SELF, (uint64_t)result, SYS_PAGE);
        result = sys_memory_supply(pager.memory, offset, SYS_PAGE, source, 0);
    }
    sys_close(source);
    return result;
}

static void
serve(uint64_t unused)
{
    struct sys_message m = { 0 };
    int64_t got = sys_receive(pager.endpoint, 0, &m);

    (void)unused;
    while (got == SYS_GOT_PAGE) {
        int64_t result = supply(m.words[0]);

        if (result < 0)
            pager.problem = result;
        pager.asked++;
        m = (struct sys_message){ 0 };
        got = sys_reply_receive(pager.endpoint, 0, &m);
    }
}

static bool
pages_on_demand(void)
{
    handle_t session;
    struct thread thread;
    volatile uint64_t *place;

    pager.asked = 0;
    pager.problem = 0;
    pager.endpoint = (handle_t)sys_endpoint_create(0);
    session = (handle_t)sys_session_create(pager.endpoint, 3);
    pager.memory = (handle_t)sys_memory_create(
        SYS_MEMORY_PAGED, PAGES * SYS_PAGE, session, 0);
    EXPECT(sys_close(session), 0); /* the memory keeps it */
    EXPECT(thread_run(&thread, serve, 0, PRIORITY), 0);
    place = (volatile uint64_t *)sys_map(SYS_SELF, pager.memory, 0,
                                         PAGES * SYS_PAGE, 0, RW);
    CHECK((int64_t)place > 0);
    for (unsigned i = 0; i < PAGES; i++)
        CHECK(place[i * 512] == i + 100);
    CHECK(pager.asked == PAGES && pager.problem == 0);
    place[0] = 1;
    EXPECT(supply(0), 0); /* it is there already, and stays */
    CHECK(place[0] == 1 && pager.asked == PAGES);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)place, PAGES * SYS_PAGE), 0);
    EXPECT(sys_close(pager.memory), 0);
    CHECK(test_await_state(thread.handle, SYS_THREAD_DEAD)); /* CLOSED */
    thread_free(&thread);
    EXPECT(sys_close(pager.endpoint), 0);
    return true;
}

const struct test pager_tests[] = {
    { "pager-pages-on-demand", pages_on_demand },
};
const unsigned pager_test_count = COUNT_OF(pager_tests);
