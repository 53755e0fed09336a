#include "user/test/stress/stress.h"

#include "kernel/lib/mem.h"

#define BOARD_SIZE SYS_PAGE
_Static_assert(sizeof(struct board) <= BOARD_SIZE, "one page");

#define SESSION_RIGHTS \
    (SYS_RIGHT_SEND | SYS_RIGHT_INSPECT | SYS_RIGHT_DUPLICATE | \
     SYS_RIGHT_TRANSFER)

/* Children lie where the seed says, so that a run can be had again. */
static uint64_t places;
static struct spawn program = { .seed = &places };

/* The page that both see. */
static bool
make_board(struct child *child)
{
    int64_t memory = sys_memory_create(SYS_MEMORY_ANONYMOUS, BOARD_SIZE, 0,
                                       0);
    int64_t here;

    CHECK(memory > 0);
    here = sys_map(SYS_SELF, (handle_t)memory, 0, BOARD_SIZE, 0,
                   SYS_MAP_READ | SYS_MAP_WRITE);
    CHECK(here > 0);
    child->board = (struct board *)here;
    EXPECT(sys_map(child->process, (handle_t)memory, BOARD, BOARD_SIZE, 0,
                   SYS_MAP_READ | SYS_MAP_WRITE | SYS_MAP_FIXED),
           (int64_t)BOARD);
    EXPECT(sys_close((handle_t)memory), 0);
    return true;
}

static bool
load(struct child *child, handle_t first)
{
    struct image image;
    int64_t session, thread;

    EXPECT(spawn_load(&program, child->process, &image), 0);
    session = sys_grant(child->process, first, SESSION_RIGHTS);
    CHECK(session > 0);
    thread = sys_thread_create(child->process, image.entry, image.stack,
                               (uint64_t)session, PRIORITY);
    CHECK(thread > 0);
    child->thread = (handle_t)thread;
    return true;
}

bool
child_make(struct child *child, handle_t endpoint, uint64_t badge,
           uint64_t frames)
{
    struct sys_inspection view;
    int64_t first = sys_session_create(endpoint, badge);
    int64_t supervisor = sys_session_create(endpoint, badge | SUPERVISOR);
    int64_t process;

    if (program.file == NULL) {
        places = stress_seed;
        EXPECT(program_open(&program), 0);
    }
    CHECK(first > 0 && supervisor > 0);
    process = sys_process_create(frames, (handle_t)supervisor, 8);
    CHECK(process > 0);
    child->process = (handle_t)process;
    CHECK(make_board(child) && load(child, (handle_t)first));
    EXPECT(sys_inspect(child->process, &view), SYS_OBJECT_PROCESS);
    child->id = child->board->id = view.id;
    EXPECT(sys_close((handle_t)first), 0);
    EXPECT(sys_close((handle_t)supervisor), 0);
    return true;
}

bool
child_give(struct child *child, unsigned index, handle_t handle,
           uint32_t rights)
{
    int64_t there = sys_grant(child->process, handle, rights);

    if (there < 0)
        print("# grant: %ld\n", there);
    child->board->handles[index] = (handle_t)there;
    return there > 0;
}

bool
child_run(struct child *child, enum role role, uint64_t word,
          unsigned priority)
{
    child->board->role = (uint64_t)role;
    child->board->word = word;
    EXPECT(sys_thread_control(child->thread, SYS_THREAD_PRIORITY, priority,
                              0), 0);
    EXPECT(sys_thread_control(child->thread, SYS_THREAD_START, 0, 0), 0);
    return true;
}

bool
child_close(struct child *child)
{
    EXPECT(sys_close(child->thread), 0);
    EXPECT(sys_close(child->process), 0);
    EXPECT(sys_unmap(SYS_SELF, (uint64_t)child->board, BOARD_SIZE), 0);
    return true;
}

bool
child_await_death(const struct child *child, handle_t endpoint)
{
    struct sys_message m = { 0 };
    int64_t got;

    for (;;) {
        got = sys_receive(endpoint, 0, &m);
        CHECK(got >= 0);
        if (got != SYS_GOT_DEATH)
            continue;
        CHECK(m.process == child->id);
        return true;
    }
}

bool
child_end(struct child *child, handle_t endpoint)
{
    EXPECT(sys_process_control(child->process, SYS_PROCESS_KILL, 9), 0);
    return child_await_death(child, endpoint) && child_close(child);
}

int
test_child(handle_t session)
{
    struct board *board = (struct board *)BOARD;

    (void)session; /* the board says all */
    switch ((enum role)board->role) {
    case ROLE_FUZZ: return fuzz_child(board);
    case ROLE_PONG: return ping_child(board);
    case ROLE_SERVE: return storm_serve(board);
    case ROLE_VICTIM: return storm_victim(board);
    case ROLE_WRITERS: return shoot_writers(board);
    case ROLE_FORK: return shoot_fork(board);
    case ROLE_LARGE: return latency_large(board);
    case ROLE_CROWD: return latency_crowd(board);
    }
    return 99;
}
