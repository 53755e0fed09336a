#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

#include "user/libc/regex/internal.h"

/* Where a thread's groups are: places in the text, -1 for none. */
struct thread {
    unsigned at; /* the instruction */
    regoff_t *slots;
};

struct list {
    struct thread *threads;
    unsigned count;
    unsigned *index; /* by instruction: its thread in the list */
};

struct match {
    const struct program *program;
    const char *text, *end;
    int flags; /* of regexec() */
    unsigned slots; /* that a thread carries */
    struct list lists[2];
    regoff_t *pool;  /* slots of all threads of both lists */
    regoff_t *best, *current;
    bool found;
    unsigned long steps; /* of the other matcher */
};

static bool
is_word(const struct match *m, const char *s)
{
    unsigned char c;

    if (s < m->text || s >= m->end)
        return false;
    c = (unsigned char)*s;
    return c == '_' || c >= 0x80 || (c >= '0' && c <= '9') ||
           ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* Does an assertion hold at s? */
static bool
holds(const struct match *m, const struct instruction *code, const char *s)
{
    bool newline = m->program->flags & REG_NEWLINE;
    bool before = is_word(m, s - 1), after = is_word(m, s);

    switch (code->op) {
    case OP_BEGIN:
        return (s == m->text && !(m->flags & REG_NOTBOL)) ||
               (newline && !code->x && s > m->text && s[-1] == '\n');
    case OP_END:
        return (s == m->end && !(m->flags & REG_NOTEOL)) ||
               (newline && !code->x && s < m->end && *s == '\n');
    case OP_WORD_START:
        return !before && after;
    case OP_WORD_END:
        return before && !after;
    case OP_EDGE:
        return before != after;
    }
    return before == after;
}

static bool
takes(const struct program *program, const struct instruction *code,
      int32_t c)
{
    bool fold = program->flags & REG_ICASE;

    switch (code->op) {
    case OP_CHAR:
        return code->x == c || (fold && c < 0x110000 &&
                                code->x == (int32_t)towlower((wint_t)c));
    case OP_ANY:
        return !(c == '\n' && program->flags & REG_NEWLINE);
    case OP_SET:
        return __regex_in_set(&program->sets[code->x], c, fold);
    }
    return false;
}

/* Is a better than b? Slot 1, the end of it all, only counts at the end. */
static bool
better(const struct match *m, const regoff_t *a, const regoff_t *b)
{
    unsigned count = 2 * m->program->groups;

    if (count > m->slots)
        count = m->slots;
    if (a[0] != b[0])
        return a[0] < b[0];
    if (a[1] != b[1])
        return a[1] > b[1];
    for (unsigned i = 2; i < count; i += 2) {
        if (a[i] != b[i]) {
            if (a[i] < 0 || b[i] < 0)
                return b[i] < 0;
            return a[i] < b[i];
        }
        if (a[i + 1] != b[i + 1])
            return a[i + 1] < 0 || (b[i + 1] >= 0 && a[i + 1] > b[i + 1]);
    }
    return false;
}

/* Follow what takes no character; current holds the groups on the way. */
static void add(struct match *m, struct list *list, unsigned at,
                const char *s);

static void
add_with_slot(struct match *m, struct list *list, unsigned at, const char *s,
              unsigned slot, regoff_t value)
{
    regoff_t before;

    if (slot >= m->slots) {
        add(m, list, at, s);
        return;
    }
    before = m->current[slot];
    m->current[slot] = value;
    add(m, list, at, s);
    m->current[slot] = before;
}

static void
add_cleared(struct match *m, struct list *list, unsigned at, const char *s,
            int first, int end)
{
    if (first == end)
        add(m, list, at, s);
    else if (2 * (unsigned)first + 1 >= m->slots || m->current[2 * first] < 0)
        add_cleared(m, list, at, s, first + 1, end);
    else {
        regoff_t from = m->current[2 * first], to = m->current[2 * first + 1];

        m->current[2 * first] = m->current[2 * first + 1] = -1;
        add_cleared(m, list, at, s, first + 1, end);
        m->current[2 * first] = from;
        m->current[2 * first + 1] = to;
    }
}

/* Keep the state, unless a better thread is in it already. */
static bool
enter(struct match *m, struct list *list, unsigned at)
{
    unsigned i = list->index[at];
    struct thread *thread;

    if (i < list->count && list->threads[i].at == at) {
        thread = &list->threads[i];
        if (!better(m, m->current, thread->slots))
            return false;
    } else {
        list->index[at] = list->count;
        thread = &list->threads[list->count++];
        thread->at = at;
    }
    memcpy(thread->slots, m->current, m->slots * sizeof *thread->slots);
    return true;
}

static void
add(struct match *m, struct list *list, unsigned at, const char *s)
{
    const struct instruction *code = &m->program->code[at];
    regoff_t place = s - m->text;

    if (!enter(m, list, at))
        return;
    switch (code->op) {
    case OP_SPLIT:
        add(m, list, (unsigned)code->x, s);
        add(m, list, (unsigned)code->y, s);
        break;
    case OP_JUMP:
        add(m, list, (unsigned)code->x, s);
        break;
    case OP_SAVE:
        add_with_slot(m, list, at + 1, s, (unsigned)code->x, place);
        break;
    case OP_CLEAR:
        add_cleared(m, list, at + 1, s, code->x, code->y);
        break;
    case OP_CHECK:
        if ((unsigned)code->x >= m->slots || m->current[code->x] != place)
            add(m, list, at + 1, s);
        break;
    case OP_BEGIN: case OP_END: case OP_WORD_START: case OP_WORD_END:
    case OP_EDGE: case OP_INSIDE:
        if (holds(m, code, s))
            add(m, list, at + 1, s);
        break;
    }
}

static void
accept(struct match *m, const regoff_t *slots)
{
    if (m->found && !better(m, slots, m->best))
        return;
    memcpy(m->best, slots, m->slots * sizeof *slots);
    m->found = true;
}

/* One character further: threads of `from` go on in `to`. */
static void
step(struct match *m, struct list *from, struct list *to, const char *s)
{
    unsigned length = 1;
    int32_t c = s < m->end ? __regex_character(s, m->end, &length) : -1;

    to->count = 0;
    for (unsigned i = 0; i < from->count; i++) {
        struct thread *thread = &from->threads[i];
        const struct instruction *code = &m->program->code[thread->at];

        if (code->op == OP_MATCH) {
            accept(m, thread->slots);
        } else if (c >= 0 && takes(m->program, code, c)) {
            /* Who started later than what is found cannot win any more. */
            if (m->found && thread->slots[0] > m->best[0])
                continue;
            memcpy(m->current, thread->slots,
                   m->slots * sizeof *m->current);
            add(m, to, thread->at + 1, s + length);
        }
    }
}

static void
run(struct match *m)
{
    struct list *now = &m->lists[0], *next = &m->lists[1], *other;
    const char *s = m->text;

    now->count = 0;
    for (;;) {
        unsigned length = 1;

        if (!m->found && now->count == 0 && m->program->first >= 0) {
            s = memchr(s, m->program->first, (size_t)(m->end - s));
            if (!s)
                return;
        }
        if (!m->found) {
            for (unsigned i = 0; i < m->slots; i++)
                m->current[i] = -1;
            add(m, now, 0, s);
        }
        if (now->count == 0)
            return;
        step(m, now, next, s);
        if (s >= m->end)
            return;
        __regex_character(s, m->end, &length);
        s += length;
        other = now;
        now = next;
        next = other;
    }
}

/* --- with back-references: by trial --------------------------------------- */

#define MAX_STEPS 20000000ul
#define MAX_DEPTH 5000

static bool
same(const struct match *m, const char *a, const char *b, size_t size)
{
    if (!(m->program->flags & REG_ICASE))
        return memcmp(a, b, size) == 0;
    return strncasecmp(a, b, size) == 0;
}

/* All ways from an instruction on; current holds the groups. False: too many
 * steps, or too deep. */
static bool
try(struct match *m, unsigned at, const char *s, unsigned depth)
{
    for (;; at++) {
        const struct instruction *code = &m->program->code[at];
        regoff_t before[2], size;
        unsigned length;
        bool good;

        if (++m->steps > MAX_STEPS || depth > MAX_DEPTH)
            return false;
        switch (code->op) {
        case OP_MATCH:
            accept(m, m->current);
            return true;
        case OP_JUMP:
            at = (unsigned)code->x - 1;
            continue;
        case OP_SPLIT:
            if (!try(m, (unsigned)code->x, s, depth + 1))
                return false;
            at = (unsigned)code->y - 1;
            continue;
        case OP_SAVE:
            before[0] = m->current[code->x];
            m->current[code->x] = s - m->text;
            good = try(m, at + 1, s, depth + 1);
            m->current[code->x] = before[0];
            return good;
        case OP_CLEAR:
            continue;
        case OP_CHECK:
            if (m->current[code->x] == s - m->text)
                return true;
            continue;
        case OP_BACK:
            before[0] = m->current[2 * code->x];
            before[1] = m->current[2 * code->x + 1];
            size = before[1] - before[0];
            if (before[0] < 0 || before[1] < 0 || size > m->end - s ||
                !same(m, m->text + before[0], s, (size_t)size))
                return true;
            s += size;
            continue;
        case OP_CHAR: case OP_ANY: case OP_SET:
            if (s == m->end ||
                !takes(m->program, code,
                       __regex_character(s, m->end, &length)))
                return true;
            s += length;
            continue;
        default:
            if (!holds(m, code, s))
                return true;
        }
    }
}

static bool
run_trials(struct match *m)
{
    for (const char *s = m->text; s <= m->end && !m->found; s++) {
        for (unsigned i = 0; i < m->slots; i++)
            m->current[i] = -1;
        if (!try(m, 0, s, 0))
            return false;
    }
    return true;
}

/* --- regexec() ------------------------------------------------------------ */

/* All memory in one piece: slots, threads, indexes. */
static void *
prepare(struct match *m)
{
    size_t code = m->program->count, slots = m->slots;
    size_t places = (2 * code + 2) * slots;
    char *memory = malloc(places * sizeof(regoff_t) +
                          2 * code * (sizeof(struct thread) +
                                      sizeof(unsigned)));
    regoff_t *slot = (regoff_t *)(void *)memory;
    struct thread *thread = (struct thread *)(void *)(slot + places);
    unsigned *index = (unsigned *)(void *)(thread + 2 * code);

    if (!memory)
        return NULL;
    m->best = slot;
    m->current = slot + slots;
    slot += 2 * slots;
    memset(index, 0, 2 * code * sizeof *index);
    for (int i = 0; i < 2; i++) {
        m->lists[i] = (struct list){thread + i * code, 0, index + i * code};
        for (size_t k = 0; k < code; k++, slot += slots) {
            m->lists[i].threads[k].at = 0;
            m->lists[i].threads[k].slots = slot;
        }
    }
    return memory;
}

int
regexec(const regex_t *restrict regex, const char *restrict text,
        size_t count, regmatch_t found[], int flags)
{
    const struct program *program = regex->__program;
    struct match m = {.program = program, .text = text, .flags = flags};
    regoff_t base = 0;
    bool good = true;
    void *memory;

    if (flags & REG_STARTEND) {
        base = found[0].rm_so;
        m.text += base;
        m.end = text + found[0].rm_eo;
    } else {
        m.end = text + strlen(text);
    }
    if (program->flags & REG_NOSUB)
        count = 0;
    m.slots = program->slots;
    memory = prepare(&m);
    if (!memory)
        return REG_ESPACE;
    if (program->has_back)
        good = run_trials(&m);
    else
        run(&m);
    for (size_t i = 0; m.found && i < count; i++) {
        bool set = i < program->groups && m.best[2 * i] >= 0 &&
                   m.best[2 * i + 1] >= 0;

        found[i].rm_so = set ? base + m.best[2 * i] : -1;
        found[i].rm_eo = set ? base + m.best[2 * i + 1] : -1;
    }
    free(memory);
    return !good && !m.found ? REG_ESPACE : m.found ? 0 : REG_NOMATCH;
}
