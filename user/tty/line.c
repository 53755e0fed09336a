#include "user/tty/line.h"

/* One for each bit that a driver may have chosen; only one is ever set. */
static uint64_t
wake_word(handle_t bell, uint64_t bits)
{
    return bits == 0 ? 0
                     : bell | (uint64_t)__builtin_ctzll(bits) << 32;
}

/*
 * The old bell is closed only after nobody can find it any more; a notify that
 * had found it before reaches nobody, or an error, and the new driver looks at
 * the rings when it is attached.
 */
static void
set_wake(struct line *line, uint64_t wake)
{
    uint64_t old = __atomic_exchange_n(&line->wake, wake, __ATOMIC_SEQ_CST);

    if (old != 0)
        sys_close((handle_t)old);
}

static int64_t
open(struct line *line)
{
    struct sys_message m = { .tag = STREAM_OPEN };
    int64_t result = sys_call(line->driver, &m);

    if (result < 0)
        return result;
    if ((uint32_t)m.tag != 0)
        return (int32_t)(uint32_t)m.tag;
    set_wake(line, wake_word(sys_handle(&m, 0), m.words[0]));
    return 0;
}

static int64_t
attach(struct line *line)
{
    struct sys_message m = {
        .tag = STREAM_ATTACH | SYS_TAG_HANDLES(2),
        .handles = sys_handles(line->memory, line->bell),
        .words = { line->bell_input, line->bell_output, line->bell_break },
    };
    int64_t result = sys_call(line->driver, &m);

    return result < 0 ? result : (int32_t)(uint32_t)m.tag;
}

/* A dropped call is a dead driver: the next call waits for the next one. */
static void
keep_attached(uint64_t argument)
{
    struct line *line = (struct line *)argument;
    int64_t result;

    do {
        result = open(line);
        if (result == 0)
            result = attach(line);
    } while (result == ERR_DROPPED);
    print("the line to the driver is lost: error %ld.\n", result);
}

int64_t
line_start(struct line *line, unsigned priority)
{
    int64_t at = sys_map(SYS_SELF, line->memory, 0, STREAM_SIZE, 0,
                         SYS_MAP_READ | SYS_MAP_WRITE);

    if (at < 0)
        return at;
    line->stream = (struct stream *)at;
    return thread_run(&line->thread, keep_attached, (uint64_t)line,
                      priority);
}

void
line_wake(struct line *line)
{
    uint64_t wake = __atomic_load_n(&line->wake, __ATOMIC_SEQ_CST);

    if (wake != 0)
        sys_notify((handle_t)wake, 1ULL << (wake >> 32));
}
