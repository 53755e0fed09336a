/*
 * The fuzzer's head: makes children that fuzz, serves their calls as a server
 * at war would, kills one now and then, puts another in its place. What the
 * kernel asserts, and what has to be there at the end, decide.
 */
#include "user/test/stress/fuzz.h"

#include "kernel/lib/mem.h"

#define CHILD_FRAMES 500u
#define KEPT         8u
#define GIFTS        6u
#define TICK         (2 * MS)
#define PATIENCE     200u /* ticks without any call */
#define IDS          4096u
#define STEPS_MAX    (1UL << 32) /* of one thread */

static struct {
    handle_t endpoint, bell;
    struct child children[FUZZ_CHILDREN];
    bool alive[FUZZ_CHILDREN];
    uint64_t seed, steps, digest, strange;
    uint64_t known[FUZZ_KNOWN]; /* ids */
    handle_t kept[KEPT], clones[FUZZ_CLONES], gifts[GIFTS];
    uint64_t deaths, bad_deaths;
    uint64_t dead[IDS]; /* ids whose death was told */
} head;

static uint64_t
random(void)
{
    return test_random(&head.seed);
}

/* What children get from the start, and in answers. */
static void
fill_gifts(void)
{
    head.gifts[0] = (handle_t)sys_endpoint_create(0);
    head.gifts[1] = (handle_t)sys_session_create(head.gifts[0], 7);
    head.gifts[2] = (handle_t)sys_notification_create();
    head.gifts[3] = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                64 * SYS_PAGE, 0, 0);
    head.gifts[4] = (handle_t)sys_endpoint_create(5);
    head.gifts[5] = (handle_t)sys_session_create(head.endpoint, 1000);
}

/* A process that ends with the test: all children may use it. */
static void
make_known(unsigned slot, handle_t process)
{
    struct sys_inspection view = { 0 };

    sys_inspect(process, &view);
    head.known[slot] = view.id;
    for (unsigned i = 0; i < FUZZ_CHILDREN; i++)
        for (unsigned j = 0; j < FUZZ_KNOWN && head.alive[i]; j++)
            head.children[i].board->slots[SLOT_KNOWN + j] = head.known[j];
}

/* With all its rights; a gift of a gift may be past being given. */
static void
give(struct child *child, unsigned index, handle_t gift)
{
    struct sys_inspection view = { 0 };
    int64_t there = ERR_RIGHTS;

    if (sys_inspect(gift, &view) >= 0)
        there = sys_grant(child->process, gift, view.rights);
    child->board->handles[index] = there < 0 ? 0 : (handle_t)there;
}

static bool
start_child(unsigned i)
{
    struct child *child = &head.children[i];
    unsigned other = (i + 1) % FUZZ_CHILDREN;

    CHECK(child_make(child, head.endpoint, i, CHILD_FRAMES));
    child->board->seed = random();
    for (unsigned gift = 0; gift < GIFTS; gift++)
        give(child, gift, head.gifts[gift]);
    child_give(child, 6, test_system, 0x8007);
    if (head.alive[other])
        child_give(child, 7, head.children[other].process,
                   random() % 2 ? 0x6007 : 0x4007);
    head.alive[i] = true;
    make_known(i, child->process);
    CHECK(child_run(child, ROLE_FUZZ, 0, PRIORITY - 6));
    return true;
}

/* Threads whose registers were written anew may scribble on the board. */
static uint64_t
steps_of(const struct child *child)
{
    uint64_t steps = 0;

    for (unsigned i = 0; i < FUZZ_THREADS; i++)
        if (child->board->slots[SLOT_STEPS + i] < STEPS_MAX)
            steps += child->board->slots[SLOT_STEPS + i];
    return steps;
}

static bool
bury(unsigned i)
{
    struct board *board = head.children[i].board;

    head.steps += steps_of(&head.children[i]);
    for (unsigned j = 0; j < FUZZ_THREADS; j++)
        head.digest = (head.digest ^ board->slots[SLOT_DIGEST + j]) *
                      0x100000001B3ULL;
    if (board->slots[SLOT_STRANGE + 1] == ~board->slots[SLOT_STRANGE]) {
        print("# call %lX: strange result\n", board->slots[SLOT_STRANGE]);
        head.strange++;
    }
    head.alive[i] = false;
    return child_close(&head.children[i]);
}

/* --- its service ---------------------------------------------------------- */

static handle_t
copy_of_gift(void)
{
    int64_t copy = sys_duplicate(head.gifts[random() % GIFTS], 0x7FFF);

    if (copy < 0)
        copy = sys_duplicate(head.gifts[random() % GIFTS], 7);
    return copy < 0 ? 0 : (handle_t)copy;
}

static void
answer(handle_t reply)
{
    struct sys_message m = { .tag = random() % 4, .words = { random() } };

    if (random() % 2) {
        m.handles = sys_handles(copy_of_gift(), 0);
        m.tag |= SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0);
    }
    if (sys_reply(reply, &m) != 0 && (m.tag & SYS_TAG_HANDLES(1)) != 0)
        sys_close(sys_handle(&m, 0));
}

static void
keep_call(void)
{
    unsigned at = (unsigned)(random() % KEPT);

    if (head.kept[at] != 0 && random() % 2)
        answer(head.kept[at]);
    else if (head.kept[at] != 0)
        sys_close(head.kept[at]);
    head.kept[at] = (handle_t)sys_reply_keep();
}

static void
clone_caller(unsigned i)
{
    unsigned at = (unsigned)(random() % FUZZ_CLONES);
    handle_t reply;
    int64_t clone;

    if (head.clones[at] != 0) {
        sys_process_control(head.clones[at], SYS_PROCESS_KILL, 1);
        sys_close(head.clones[at]);
        head.clones[at] = 0;
    }
    clone = sys_process_clone(head.children[i].process, 0, CHILD_FRAMES,
                              &reply);
    if (clone > 0) {
        head.clones[at] = (handle_t)clone;
        make_known(FUZZ_CHILDREN + at, head.clones[at]);
        answer(reply);
    }
    answer(0);
}

static void
use_lease(void)
{
    static char buffer[40000];
    uint64_t offset = random() % 20000, length = random() % sizeof buffer;

    if (random() % 2)
        sys_lease_read(0, random() % 3 == 0, offset, buffer, length);
    else
        sys_lease_write(0, random() % 3 == 0, offset, buffer, length);
    answer(0);
}

/* What came along is a gift from now on, or given up. */
static void
take_handles(const struct sys_message *m)
{
    for (unsigned i = 0; i < SYS_HANDLES; i++) {
        unsigned at = (unsigned)(random() % GIFTS);
        handle_t handle = sys_handle(m, i);

        if (handle == 0)
            continue;
        if (random() % 4 == 0 && at != 5) {
            sys_close(head.gifts[at]);
            head.gifts[at] = handle;
        } else {
            sys_close(handle);
        }
    }
}

static void
serve(const struct sys_message *m)
{
    uint64_t badge = m->badge;

    take_handles(m);
    switch (random() % 8) {
    case 0: keep_call(); break;
    case 1:
        if (badge < FUZZ_CHILDREN && head.alive[badge])
            clone_caller((unsigned)badge);
        break;
    case 2: case 3: use_lease(); break;
    case 4: break; /* dropped */
    default: answer(0); break;
    }
}

/* Once for each process; the children that are known are made anew. */
static bool
note_death(uint64_t id)
{
    head.deaths++;
    if (head.dead[id % IDS] == id)
        head.bad_deaths++;
    head.dead[id % IDS] = id;
    for (unsigned i = 0; i < FUZZ_CHILDREN; i++)
        if (head.alive[i] && head.children[i].id == id)
            return bury(i) && start_child(i);
    return true;
}

/* --- the loop ------------------------------------------------------------- */

static uint64_t
all_steps(void)
{
    uint64_t steps = head.steps;

    for (unsigned i = 0; i < FUZZ_CHILDREN; i++)
        if (head.alive[i])
            steps += steps_of(&head.children[i]);
    return steps;
}

/* One that makes no more calls ends, and any one by chance. */
static void
tick(uint64_t seen[FUZZ_CHILDREN], unsigned quiet[FUZZ_CHILDREN])
{
    for (unsigned i = 0; i < FUZZ_CHILDREN; i++) {
        uint64_t steps = steps_of(&head.children[i]);

        quiet[i] = steps == seen[i] ? quiet[i] + 1 : 0;
        seen[i] = steps;
        if (quiet[i] > 20 || random() % 64 == 0) {
            sys_process_control(head.children[i].process, SYS_PROCESS_KILL,
                                3);
            quiet[i] = 0;
        }
    }
    sys_timer_set(head.bell, 1, (uint64_t)sys_clock() + TICK);
}

static bool
loop(uint64_t steps)
{
    uint64_t seen[FUZZ_CHILDREN] = { 0 }, before = 0;
    unsigned quiet[FUZZ_CHILDREN] = { 0 }, stuck = 0;
    struct sys_message m = { 0 };

    sys_timer_set(head.bell, 1, (uint64_t)sys_clock() + TICK);
    while (all_steps() < steps) {
        int64_t got = sys_receive(head.endpoint, 0, &m);

        CHECK(got >= 0);
        if (got == SYS_GOT_CALL)
            serve(&m);
        else if (got == SYS_GOT_DEATH)
            CHECK(note_death(m.process));
        else if (got == SYS_GOT_BITS)
            tick(seen, quiet);
        else if (got == SYS_GOT_PAGE || got == SYS_GOT_FAULT)
            sys_reply(0, &(struct sys_message){ .tag = random() % 4 == 0 });
        if (got != SYS_GOT_BITS)
            continue;
        stuck = all_steps() == before ? stuck + 1 : 0;
        before = all_steps();
        CHECK(stuck < PATIENCE);
    }
    return true;
}

/* The deaths of those that are known come, whatever else does. */
static bool
end_children(void)
{
    struct sys_message m = { 0 };
    unsigned left = FUZZ_CHILDREN;

    for (unsigned i = 0; i < FUZZ_CHILDREN; i++)
        sys_process_control(head.children[i].process, SYS_PROCESS_KILL, 4);
    while (left > 0) {
        int64_t got = sys_receive(head.endpoint, 0, &m);

        CHECK(got >= 0);
        for (unsigned i = 0; i < FUZZ_CHILDREN && got == SYS_GOT_DEATH; i++)
            if (head.alive[i] && head.children[i].id == m.process) {
                CHECK(bury(i));
                left--;
            }
    }
    return true;
}

static void
close_all(handle_t *handles, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (handles[i] != 0)
            sys_close(handles[i]);
        handles[i] = 0;
    }
}

static bool
fuzz(void)
{
    memset(&head, 0, sizeof head);
    head.seed = stress_seed;
    head.endpoint = (handle_t)sys_endpoint_create(0);
    head.bell = (handle_t)sys_notification_create();
    EXPECT(sys_endpoint_bind(head.endpoint, head.bell), 0);
    fill_gifts();
    for (unsigned i = 0; i < FUZZ_CHILDREN; i++)
        CHECK(start_child(i));
    CHECK(loop(stress_steps));
    CHECK(end_children());
    for (unsigned i = 0; i < FUZZ_CLONES; i++)
        if (head.clones[i] != 0)
            sys_process_control(head.clones[i], SYS_PROCESS_KILL, 5);
    close_all(head.clones, FUZZ_CLONES);
    close_all(head.kept, KEPT);
    close_all(head.gifts, GIFTS);
    EXPECT(sys_close(head.endpoint), 0);
    EXPECT(sys_close(head.bell), 0);
    print("# fuzz: seed=%lu %lu calls, %lu deaths, digest %lX\n",
        stress_seed, head.steps, head.deaths, head.digest);
    CHECK(head.bad_deaths == 0 && head.strange == 0);
    return true;
}

const struct test fuzz_tests[] = {
    { "fuzz", fuzz },
};
const unsigned fuzz_test_count = COUNT_OF(fuzz_tests);
