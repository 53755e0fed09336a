#include "user/test/attack/attack.h"

#include "kernel/lib/mem.h"

#define FRAMES_DEFAULT 512u
#define PATIENCE       20000u /* starts of a process */

extern const char image_start[] __attribute__((visibility("hidden")));

static handle_t session; /* in a child: to the root task */
static uint64_t patience; /* nanoseconds for one attack */

/* --- the root task's side ------------------------------------------------- */

static void
alarm_after(const struct attacker *self, uint64_t nanoseconds)
{
    uint64_t now = (uint64_t)sys_clock();

    sys_timer_set(self->bell, 1, nanoseconds == 0 ? 0 : now + nanoseconds);
}

bool
attacker_start(struct attacker *self)
{
    self->endpoint = (handle_t)sys_endpoint_create(0);
    self->bell = (handle_t)sys_notification_create();
    EXPECT(sys_endpoint_bind(self->endpoint, self->bell), 0);
    if (patience != 0)
        alarm_after(self, patience);
    self->alive = 1;
    return program_start(self->endpoint, 1,
                         self->frames != 0 ? self->frames : FRAMES_DEFAULT,
                         &self->spawned, &self->id);
}

/* The exception becomes attempt()'s result: R15 is where that goes on. */
static bool
recover(const struct attacker *self, const struct sys_message *m)
{
    struct sys_registers r;

    if (!self->recover || m->process != self->id ||
        sys_thread_control(self->spawned.thread, SYS_THREAD_READ,
                           (uint64_t)&r, sizeof r) != 0)
        return false;
    r.rax = ATTEMPT_FAULT | (m->words[SYS_FAULT_ERROR] & 0xFFFF) << 8 |
            m->words[SYS_FAULT_VECTOR];
    r.rbx = m->words[SYS_FAULT_ADDRESS];
    r.rip = r.r15;
    r.rsp = r.r14;
    r.rflags = 0x202;
    return sys_thread_control(self->spawned.thread, SYS_THREAD_WRITE,
                              (uint64_t)&r, sizeof r) == 0;
}

static void
answer_call(struct attacker *self, const struct sys_message *m)
{
    struct sys_message answer = { 0 };
    unsigned tag = (uint32_t)m->tag;

    if (tag == ASK) {
        answer.words[0] = (uint64_t)self->code - (uint64_t)image_start;
        answer.words[1] = self->word;
        answer.words[2] = attack_random();
        answer.handles = self->handle;
        answer.tag = self->handle != 0 ? SYS_TAG_HANDLES(1) : 0;
    } else if (tag == PRINT_WORDS || tag == PRINT_LEASE) {
        print_served(m);
    } else if (self->stage != NULL) {
        answer.words[0] = self->stage(self, m);
    }
    sys_reply(0, &answer);
}

static void
answer_fault(struct attacker *self, const struct sys_message *m)
{
    struct sys_message answer = { 0 };

    if (recover(self, m))
        answer.tag = SYS_FAULT_RESUME;
    sys_reply(0, &answer);
}

bool
attacker_accept(struct attacker *self)
{
    struct sys_message m = { 0 };

    EXPECT(sys_receive(self->endpoint, 0, &m), SYS_GOT_CALL);
    CHECK((uint32_t)m.tag == ASK);
    answer_call(self, &m);
    return true;
}

/* Only the last process's death counts, and the first bad one. */
static void
note_death(struct attacker *self, const struct sys_message *m)
{
    self->alive--;
    if (!self->failed)
        memcpy(self->death, m->words, sizeof self->death);
    self->failed |= m->words[0] != SYS_DEATH_EXIT || m->words[1] != 0;
}

static bool
close_all(struct attacker *self)
{
    alarm_after(self, 0);
    EXPECT(sys_close(self->spawned.thread), 0);
    EXPECT(sys_close(self->spawned.process), 0);
    EXPECT(sys_close(self->bell), 0);
    EXPECT(sys_close(self->endpoint), 0);
    return true;
}

bool
attacker_await(struct attacker *self)
{
    struct sys_message m = { 0 };

    while (self->alive > 0) {
        int64_t got = sys_receive(self->endpoint, 0, &m);

        CHECK(got >= 0);
        if (got == SYS_GOT_CALL) {
            answer_call(self, &m);
        } else if (got == SYS_GOT_FAULT) {
            answer_fault(self, &m);
        } else if (got == SYS_GOT_DEATH) {
            note_death(self, &m);
        } else if (got == SYS_GOT_BITS) {
            print("# the attacker took too long\n");
            sys_process_control(self->spawned.process, SYS_PROCESS_KILL, 1);
        }
    }
    return close_all(self);
}

bool
attacker_kill(struct attacker *self)
{
    EXPECT(sys_process_control(self->spawned.process, SYS_PROCESS_KILL, 0),
           0);
    return attacker_await(self);
}

static bool
ended_well(const struct attacker *self)
{
    if (self->failed)
        print("# the attacker's end: %lu %lu %lX %lX\n", self->death[0],
              self->death[1], self->death[2], self->death[3]);
    return !self->failed;
}

bool
attack(attack_code *code, uint64_t word, handle_t handle)
{
    struct attacker self = { .code = code, .word = word, .handle = handle };

    return attacker_start(&self) && attacker_await(&self) &&
           ended_well(&self);
}

bool
attack_recovering(attack_code *code, uint64_t word, handle_t handle)
{
    struct attacker self = { .code = code, .word = word, .handle = handle,
                             .recover = true };

    return attacker_start(&self) && attacker_await(&self) &&
           ended_well(&self);
}

bool
attack_dies(attack_code *code, uint64_t word, unsigned vector)
{
    struct attacker self = { .code = code, .word = word };

    CHECK(attacker_start(&self) && attacker_await(&self));
    if (self.death[0] != SYS_DEATH_FAULT || self.death[1] != vector)
        ended_well(&self);
    CHECK(self.death[0] == SYS_DEATH_FAULT && self.death[1] == vector);
    return true;
}

/* --- the bystander -------------------------------------------------------- */

#define HOARD 64u /* pages that it watches */

static handle_t bystander;

static uint64_t
hoarded(uint64_t page, uint64_t word)
{
    return (page << 32 | word) * 0x9E3779B97F4A7C15ULL;
}

static bool
is_as_it_was(const uint64_t *pages)
{
    for (uint64_t i = 0; i < HOARD; i++)
        for (uint64_t j = 0; j < SYS_PAGE / 8; j += 17)
            if (pages[i * SYS_PAGE / 8 + j] != hoarded(i, j))
                return false;
    return true;
}

/* Answers each number with twice it and one more. */
static bool
stand_by(uint64_t word, handle_t endpoint)
{
    uint64_t *pages = (uint64_t *)attack_pages(HOARD);
    struct sys_message m = { 0 };
    int64_t got;

    (void)word;
    CHECK(pages != NULL);
    for (uint64_t i = 0; i < HOARD; i++)
        for (uint64_t j = 0; j < SYS_PAGE / 8; j++)
            pages[i * SYS_PAGE / 8 + j] = hoarded(i, j);
    got = sys_receive(endpoint, 0, &m);
    while (got == SYS_GOT_CALL) {
        m.words[0] = m.words[0] * 2 + 1;
        m.words[1] = is_as_it_was(pages);
        got = sys_reply_receive(endpoint, 0, &m);
    }
    return false;
}

/* It stays for good, and how long its start takes is the measure of time. */
static bool
start_bystander(void)
{
    static struct attacker self = { .code = stand_by };
    uint64_t start = (uint64_t)sys_clock();
    struct sys_message m = { 0 };

    self.handle = (handle_t)sys_endpoint_create(0);
    bystander = (handle_t)sys_session_create(self.handle, 1);
    CHECK(attacker_start(&self) && attacker_accept(&self));
    EXPECT(sys_close(self.handle), 0);
    EXPECT(sys_call(bystander, &m), 0);
    patience = ((uint64_t)sys_clock() - start) * PATIENCE;
    return true;
}

bool
bystander_is_well(void)
{
    struct sys_message m = { .words = { attack_random() } };
    uint64_t expected = m.words[0] * 2 + 1;

    if (bystander == 0 && !start_bystander())
        return false;
    EXPECT(sys_call(bystander, &m), 0);
    CHECK(m.words[0] == expected);
    CHECK(m.words[1] == true);
    return true;
}

/* --- the child's side ----------------------------------------------------- */

uint64_t
attack_tell(unsigned tag, uint64_t word)
{
    struct sys_message m = { .tag = tag, .words = { word } };

    return sys_call(session, &m) == 0 ? m.words[0] : 0;
}

int
test_child(handle_t to_root)
{
    struct sys_message m = { .tag = ASK };
    attack_code *code;

    session = to_root;
    print_to_session(session);
    if (sys_call(session, &m) != 0)
        return 98;
    attack_seed(m.words[2]);
    code = (attack_code *)((uint64_t)image_start + m.words[0]);
    return code(m.words[1], sys_handle(&m, 0)) ? 0 : 1;
}
