#include "user/login/login.h"

#include "kernel/lib/mem.h"
#include "user/proto/io.h"
#include "user/proto/tty.h"

#define QUESTION "\033[6n"
/* The corner, or as far as the cursor gets there, and back. */
#define CORNER   "\0337\033[999;999H" QUESTION "\0338"

#define POLL_IN     1u /* of <poll.h> */
#define BIT_INPUT   (1ULL << 0)
#define BIT_TIME    (1ULL << 1)
#define NUMBER_MAX  1000u /* above, no more digits are taken */

/* An answer as it comes: ESC [ row ; column R. */
struct answer {
    enum { NOTHING, ESCAPE, ROW, COLUMN, COMPLETE } state;
    uint16_t row, column;
};

static handle_t bell;

static void
take_byte(struct answer *answer, uint8_t byte)
{
    uint16_t *number = answer->state == ROW ? &answer->row : &answer->column;

    if (byte == '\033') {
        *answer = (struct answer){ .state = ESCAPE };
    } else if (answer->state == ESCAPE && byte == '[') {
        answer->state = ROW;
    } else if (answer->state == ROW && byte == ';') {
        answer->state = COLUMN;
    } else if (answer->state == COLUMN && byte == 'R') {
        answer->state = COMPLETE;
    } else if ((answer->state == ROW || answer->state == COLUMN) &&
               byte >= '0' && byte <= '9' && *number < NUMBER_MAX) {
        *number = (uint16_t)(*number * 10 + byte - '0');
    } else {
        answer->state = NOTHING;
    }
}

/* --- the line ------------------------------------------------------------- */

static uint32_t
set_modes(handle_t terminal, struct tty_modes *modes)
{
    struct sys_lease lease = { (uint64_t)modes, sizeof *modes };
    struct sys_message m = {
        .tag = IO_CONTROL | SYS_TAG_LEASES(1) | SYS_TAG_READ(0),
        .words = { TTY_SET_MODES, TTY_NOW }, .leases = &lease,
    };

    return login_ask(terminal, &m);
}

/* Each byte as it comes, and none shown. */
static uint32_t
go_raw(handle_t terminal, struct tty_modes *old)
{
    struct sys_lease lease = { (uint64_t)old, sizeof *old };
    struct sys_message m = {
        .tag = IO_CONTROL | SYS_TAG_LEASES(1) | SYS_TAG_WRITE(0),
        .words = { TTY_GET_MODES }, .leases = &lease,
    };
    uint32_t error = login_ask(terminal, &m);
    struct tty_modes raw = *old;

    if (error != 0)
        return error;
    raw.input &= ~(TTY_ISTRIP | TTY_INLCR | TTY_IGNCR | TTY_ICRNL | TTY_IXON);
    raw.local &= ~(TTY_ISIG | TTY_ICANON | TTY_ECHO | TTY_ECHONL |
                   TTY_IEXTEN);
    raw.special[TTY_VMIN] = 1;
    raw.special[TTY_VTIME] = 0;
    return set_modes(terminal, &raw);
}

static bool
say(handle_t terminal, const char *text)
{
    struct sys_lease lease = { (uint64_t)text, strlen(text) };
    struct sys_message m = {
        .tag = IO_WRITE | SYS_TAG_LEASES(1) | SYS_TAG_READ(0),
        .words = { IO_HERE }, .leases = &lease,
    };

    return login_ask(terminal, &m) == 0;
}

/* Is there something to read? If not, the bell rings when there is. */
static bool
has_input(handle_t terminal)
{
    struct sys_message m = {
        .tag = IO_ARM | SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0),
        .words = { POLL_IN, BIT_INPUT },
    };
    int64_t copy = sys_duplicate(bell, SYS_RIGHT_NOTIFY | SYS_RIGHT_TRANSFER);

    if (copy < 0)
        return false;
    m.handles = sys_handles((handle_t)copy, 0);
    return login_ask(terminal, &m) == 0 && (m.words[0] & POLL_IN) != 0;
}

/* Nobody waits for the bell any more. */
static void
disarm(handle_t terminal)
{
    struct sys_message m = { .tag = IO_ARM };

    login_ask(terminal, &m);
}

static bool
wait_for_input(handle_t terminal, uint64_t deadline)
{
    uint64_t bits = 0;

    if (has_input(terminal))
        return true;
    sys_timer_set(bell, BIT_TIME, deadline);
    return sys_wait(bell, BIT_INPUT | BIT_TIME, 0, &bits) >= 0 &&
           (bits & BIT_INPUT) != 0;
}

/* --- the questions -------------------------------------------------------- */

static bool
get_answer(handle_t terminal, const char *question, struct answer *answer)
{
    uint64_t deadline = (uint64_t)sys_clock() + TERMINAL_WAIT;

    *answer = (struct answer){ .state = NOTHING };
    if (!say(terminal, question))
        return false;
    while (answer->state != COMPLETE) {
        struct sys_message m = { .tag = IO_SMALL_TAG(IO_READ_SMALL, 1),
                                 .words = { IO_HERE } };

        if ((uint64_t)sys_clock() >= deadline ||
            !wait_for_input(terminal, deadline) ||
            login_ask(terminal, &m) != 0)
            return false;
        if (m.words[0] == 1)
            take_byte(answer, (uint8_t)m.words[1]);
    }
    return true;
}

static void
set_size(handle_t terminal, const struct answer *corner)
{
    struct sys_message m = {
        .tag = IO_CONTROL,
        .words = { TTY_SET_SIZE, corner->column, corner->row },
    };

    if (corner->column > 0 && corner->row > 0)
        login_ask(terminal, &m);
}

bool
terminal_answers(handle_t terminal)
{
    struct tty_modes modes = { 0 };
    struct answer answer;
    bool answers = false;
    int64_t result = sys_notification_create();

    if (result < 0)
        return false;
    bell = (handle_t)result;
    if (go_raw(terminal, &modes) == 0) {
        answers = get_answer(terminal, QUESTION, &answer);
        if (answers && get_answer(terminal, CORNER, &answer))
            set_size(terminal, &answer);
        disarm(terminal);
        set_modes(terminal, &modes);
    }
    sys_timer_set(bell, BIT_TIME, 0);
    sys_close(bell);
    return answers;
}
