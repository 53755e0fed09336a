#include "user/test/ktest/ktest.h"

#include "kernel/lib/mem.h"

/* --- the test's side ------------------------------------------------------ */

/* Answer the child's question. */
static bool
tell(struct child *child, enum role role, uint64_t word, handle_t handle)
{
    struct sys_message m = { 0 };

    CHECK(child_expect(child, SYS_GOT_CALL, &m));
    CHECK(m.tag == ASK && m.badge == BADGE_CHILD && m.process == child->id);
    m = (struct sys_message){ .tag = ANSWER, .words = { role, word } };
    if (handle != 0)
        m.tag |= SYS_TAG_HANDLES(1);
    m.handles = handle;
    EXPECT(sys_reply(0, &m), 0);
    return true;
}

bool
child_start(struct child *child, enum role role, uint64_t word,
            handle_t handle)
{
    int64_t endpoint = sys_endpoint_create(0);

    memset(child, 0, sizeof *child);
    CHECK(endpoint > 0);
    child->endpoint = (handle_t)endpoint;
    return program_start(child->endpoint, BADGE_CHILD, CHILD_FRAMES,
                         &child->spawned, &child->id) &&
           tell(child, role, word, handle);
}

bool
child_expect(struct child *child, int64_t kind, struct sys_message *m)
{
    int64_t got = sys_receive(child->endpoint, 0, m);

    if (got == SYS_GOT_DEATH) {
        child->dead = true;
        memcpy(child->death, m->words, sizeof child->death);
    }
    if (got != kind)
        print("# received %ld, words %lX %lX %lX %lX\n", got, m->words[0],
              m->words[1], m->words[2], m->words[3]);
    return got == kind;
}

/* On the way its session closes. */
static bool
await_death(struct child *child)
{
    struct sys_message m = { 0 };
    int64_t got;

    while (!child->dead) {
        got = sys_receive(child->endpoint, 0, &m);
        CHECK(got == SYS_GOT_DEATH || got == SYS_GOT_CLOSED);
        if (got == SYS_GOT_CLOSED) {
            CHECK(m.badge == BADGE_CHILD || m.badge == BADGE_SUPERVISOR);
            continue;
        }
        CHECK(m.badge == BADGE_SUPERVISOR && m.process == child->id);
        child->dead = true;
        memcpy(child->death, m.words, sizeof child->death);
    }
    return true;
}

bool
child_expect_death(struct child *child, enum sys_death how, uint64_t status)
{
    CHECK(await_death(child));
    if (child->death[0] != (uint64_t)how || child->death[1] != status)
        print("# death %lu %lu\n", child->death[0], child->death[1]);
    CHECK(child->death[0] == (uint64_t)how && child->death[1] == status);
    return true;
}

bool
child_expect_fault(struct child *child, unsigned vector)
{
    struct sys_message m = { 0 };

    CHECK(child_expect(child, SYS_GOT_FAULT, &m));
    CHECK(m.words[SYS_FAULT_VECTOR] == vector);
    m = (struct sys_message){ 0 };
    EXPECT(sys_reply(0, &m), 0);
    return child_expect_death(child, SYS_DEATH_FAULT, vector);
}

bool
child_end(struct child *child)
{
    if (!child->dead) {
        EXPECT(sys_process_control(child->spawned.process, SYS_PROCESS_KILL,
                                   9), 0);
        CHECK(child_expect_death(child, SYS_DEATH_KILLED, 9));
    }
    EXPECT(sys_close(child->spawned.thread), 0);
    EXPECT(sys_close(child->spawned.process), 0);
    EXPECT(sys_close(child->endpoint), 0);
    return true;
}

/* --- the child's side ----------------------------------------------------- */

static int
role_echo(handle_t session, uint64_t word)
{
    struct sys_message m;

    do {
        m = (struct sys_message){
            .tag = TELL,
            .words = { word, word + 1, word + 2, word + 3, word + 4, word + 5 }
        };
        if (sys_call(session, &m) != 0)
            return 1;
        word = m.words[5];
    } while (word != 0);
    return (int)m.words[0];
}

static int
role_lease(handle_t session)
{
    static char in[70000], out[70000];
    struct sys_lease leases[2] = {
        { (uint64_t)out, sizeof out }, { (uint64_t)in, sizeof in },
    };
    struct sys_message m = {
        .tag = TELL | SYS_TAG_LEASES(2) | SYS_TAG_READ(0) | SYS_TAG_WRITE(1),
        .leases = leases,
    };

    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (char)(i * 7);
    memset(in, 1, sizeof in); /* copies do not make pages */
    if (sys_call(session, &m) != 0)
        return 1;
    for (size_t i = 0; i < sizeof in; i++)
        if (in[i] != (char)(out[i] + 1))
            return 2;
    return 0;
}

static int
role_hungry(void)
{
    int64_t result;
    unsigned count = 0;

    do {
        result = sys_map(SYS_SELF, 0, 0, 16 * SYS_PAGE, 0,
                         SYS_MAP_READ | SYS_MAP_WRITE | SYS_MAP_PRIVATE);
        /* What was promised is there. */
        for (unsigned i = 0; result > 0 && i < 16; i++)
            *(volatile char *)(result + i * SYS_PAGE) = 1;
    } while (result > 0 && ++count < CHILD_FRAMES);
    return result == ERR_MEMORY && count > 0 ? 0 : 1;
}

/* Both tell the word of their answer and a variable that only one changed. */
static int
role_fork(handle_t session)
{
    static volatile uint64_t variable = 5;
    struct sys_message m = { .tag = FORK };
    uint64_t who;

    if (sys_call(session, &m) != 0)
        return 1;
    who = m.words[0];
    variable += who;
    m = (struct sys_message){ .tag = TELL, .words = { who, variable } };
    if (sys_call(session, &m) != 0)
        return 2;
    return variable == 5 + who ? (int)who : 3;
}

/* The file's handle was given; the new program starts with the session. */
static int
role_swap(handle_t session, handle_t memory, uint64_t crowd)
{
    struct spawn how = { .memory = memory };
    struct sys_inspection view;
    struct image image;
    int64_t process = sys_process_create(96, 0, 8);

    if (process < 0 || sys_inspect(memory, &view) < 0)
        return 1;
    for (; crowd > 0; crowd--)
        if (sys_thread_create(SYS_SELF, 0x10000, 0x10000, 0, 0) < 0)
            return 4;
    how.size = view.id;
    how.file = (const void *)sys_map(SYS_SELF, memory, 0, how.size, 0,
                                     SYS_MAP_READ);
    if ((int64_t)how.file < 0 ||
        spawn_load(&how, (handle_t)process, &image) != 0)
        return 2;
    sys_process_swap(SYS_SELF, (handle_t)process, image.entry, image.stack,
                     session);
    return 3;
}

static int
role_serve(handle_t endpoint)
{
    struct sys_message m = { 0 };
    int64_t got = sys_receive(endpoint, 0, &m);

    while (got == SYS_GOT_CALL && m.words[0] != 0)
        got = sys_reply_receive(endpoint, 0, &m); /* the same words */
    return got == SYS_GOT_CALL ? 0 : 1;
}

static int
play(handle_t session, uint64_t role, uint64_t word, handle_t handle)
{
    uint64_t bits;
    uint8_t byte;

    switch (role) {
    case ROLE_EXIT:
        return (int)word;
    case ROLE_ECHO:
        return role_echo(session, word);
    case ROLE_HANDLE:
        return (int)sys_notify(handle, word);
    case ROLE_LEASE:
        return role_lease(session);
    case ROLE_TRAP:
        __asm__ volatile("int3");
        return (int)word;
    case ROLE_TOUCH:
        return *(volatile int *)word;
    case ROLE_PORT:
        __asm__ volatile("inb %1, %0" : "=a"(byte) : "Nd"((uint16_t)word));
        return byte;
    case ROLE_HUNGRY:
        return role_hungry();
    case ROLE_WAIT:
        return (int)sys_wait((handle_t)sys_notification_create(), 1, 0,
                             &bits);
    case ROLE_FORK:
        return role_fork(session);
    case ROLE_SWAP:
        return role_swap(session, handle, word);
    case ROLE_SERVE:
        return role_serve(handle);
    case ROLE_RAISE_LIMIT:
        return review_raise_limit(word);
    case ROLE_ORPHANS:
        return review_orphans(word);
    default:
        return 99;
    }
}

int
test_child(handle_t session)
{
    struct sys_message m = { .tag = ASK };

    if (sys_call(session, &m) != 0 || (uint32_t)m.tag != ANSWER)
        return 98;
    return play(session, m.words[0], m.words[1], sys_handle(&m, 0));
}
