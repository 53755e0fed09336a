/*
 * Rules 3, 10, 12: every argument of every system call, with values that
 * nobody should pass; and handles that are not what is wanted.
 */
#include "user/test/attack/call.h"

#include "kernel/lib/mem.h"

static const uint64_t hostile[] = {
    0, 1, 2, 7, 8, 4095, 4096, 4097, 0xFFFF, 0x10000, 0x7FFFFFFF,
    0x80000000, 0xFFFFFFFF, 0x100000000, 0x10000000000, 0x7FFFFFFFEFFF,
    SYS_USER_END - 8, SYS_USER_END - 1, SYS_USER_END, SYS_USER_END + 1,
    0x7FFFFFFFFFFF, 0x800000000000, 0x8000000000001000, 0xFFFF7FFFFFFFFFFF,
    KERNEL_HALF, 0xFFFF800000100000, 0xFFFF8000FEE00000, 0xFFFFFFFF80000000,
    0xFFFFFFFF80200000, 0xFFFFFFFFFFFFF000, 0xFFFFFFFFFFFFFFF0, UINT64_MAX,
    1ULL << 63, (1ULL << 63) - 1, 1ULL << 62,
};

static bool
is_handle(const struct parameter *parameter)
{
    return parameter->kind == HANDLE || parameter->kind == OPTIONAL ||
           parameter->kind == ANY;
}

/* Where nothing can be: what is there cannot be read nor written. */
static bool
is_nowhere(uint64_t value)
{
    return value < SYS_USER_BASE || value >= SYS_USER_END - 8;
}

static bool
is_expected(const struct parameter *parameter, uint64_t value,
            int64_t result)
{
    uint64_t seen = parameter->shift != 0 ? value & UINT32_MAX : value;

    if (is_handle(parameter) && (seen != 0 || parameter->kind != OPTIONAL))
        return result == ERR_HANDLE;
    if (parameter->kind == POINTER && is_nowhere(value))
        return result == ERR_ADDRESS;
    return true;
}

/* In the lower half of a register with two handles, the upper half matters. */
static bool
is_half(const struct shape *shape, const struct parameter *parameter)
{
    return parameter->reg == DI && parameter->shift == 0 &&
           (shape->call == SYS_MAP || shape->call == SYS_REPLY_RECEIVE);
}

static bool
try_value(struct world *world, const struct shape *shape,
          const struct parameter *parameter, uint64_t value)
{
    struct registers in;
    int64_t result;
    bool good;

    if (is_half(shape, parameter))
        value &= UINT32_MAX;
    shape_fill(world, shape, &in);
    shape_put(&in, parameter, value);
    good = shape_call(world, shape, &in, &result);
    if (good && !is_expected(parameter, value, result)) {
        print("# %s: result %ld\n", shape->name, result);
        good = false;
    }
    if (!good)
        print("#   parameter %u is %lX\n",
              (unsigned)(parameter - shape->parameters), value);
    return good;
}

/* What would end the attacker, or the machine, by its own wish. */
static bool
is_suicide(const struct shape *shape, const struct parameter *parameter)
{
    return shape->call == SYS_CLOSE || parameter->kind == NO_PARAMETER;
}

static unsigned
try_parameter(struct world *world, const struct shape *shape,
              const struct parameter *parameter)
{
    unsigned wrong = 0;

    if (is_suicide(shape, parameter))
        return 0;
    if (!world_mend(world))
        return 1;
    for (size_t i = 0; i < COUNT_OF(hostile); i++)
        wrong += !try_value(world, shape, parameter, hostile[i]);
    /* A good handle with something in the upper half. */
    if (is_handle(parameter) && parameter->thing != THINGS &&
        parameter->reg != R14 && !is_half(shape, parameter) &&
        parameter->shift == 0)
        wrong += !try_value(world, shape, parameter,
                            world->things[parameter->thing] | 1ULL << 32);
    if (parameter->kind != POINTER)
        return wrong;
    /* Crosses into a page without rights; text, which is only read. */
    wrong += !try_value(world, shape, parameter,
                        world->buffer + BUFFER_SIZE - 1);
    wrong += !try_value(world, shape, parameter, (uint64_t)try_read);
    return wrong;
}

/* All calls, all arguments, all values. */
static bool
try_values(uint64_t word, handle_t system)
{
    struct world world;
    unsigned wrong = 0;

    (void)word;
    CHECK(world_make(&world, system) && world_watch());
    for (unsigned i = 0; i < shape_count; i++)
        for (unsigned j = 0; j < PARAMETERS; j++)
            wrong += try_parameter(&world, &shapes[i],
                                   &shapes[i].parameters[j]);
    for (size_t i = 0; i < COUNT_OF(hostile); i++)
        wrong += hostile[i] != 0 &&
                 sys_raw2(SYS_CLOSE, hostile[i], 0) != ERR_HANDLE;
    print("\n# %u wrong results\n", wrong);
    world_end(&world);
    return wrong == 0;
}

/* The attacker wants a handle of its own thread. */
static uint64_t
give_thread(struct attacker *self, const struct sys_message *m)
{
    int64_t result = sys_grant(self->spawned.process, self->spawned.thread,
                               SYS_RIGHT_MANAGE);

    (void)m;
    return result < 0 ? 0 : (uint64_t)result;
}

static bool
run_with_machine(attack_code *code)
{
    struct attacker self = {
        .code = code, .handle = test_system, .frames = 2048,
        .stage = give_thread,
    };

    CHECK(attacker_start(&self) && attacker_await(&self));
    CHECK(!self.failed);
    return true;
}

static bool
values(void)
{
    return run_with_machine(try_values);
}

/* Unknown numbers, with all that could be taken for a sign or an index. */
static bool
try_numbers(uint64_t word, handle_t handle)
{
    (void)word;
    (void)handle;
    for (uint64_t i = SYS_COUNT; i < 4096; i++)
        CHECK(sys_raw((enum sys_call)i, 0, 0, 0, 0, 0, 0) == ERR_CALL);
    for (unsigned i = 6; i < 64; i++) {
        struct registers in = { .rax = 1ULL << i }, out;

        call_with(&in, &out);
        CHECK((int64_t)out.rax == ERR_CALL);
        in.rax = UINT64_MAX << i;
        call_with(&in, &out);
        CHECK((int64_t)out.rax == ERR_CALL);
        in.rax = (1ULL << i) | SYS_CLOCK;
        call_with(&in, &out);
        CHECK((int64_t)out.rax == ERR_CALL);
    }
    return true;
}

static bool
numbers(void)
{
    return attack(try_numbers, 0, 0);
}

/* --- handles of other types, and with fewer rights ------------------------ */

static unsigned
real_type(unsigned thing)
{
    return thing == PAGED || thing == DMA_MEMORY ? (unsigned)SYS_OBJECT_MEMORY
           : thing == OTHER_PROCESS ? (unsigned)SYS_OBJECT_PROCESS
                                    : thing;
}

static bool
expect(struct world *world, const struct shape *shape,
       const struct parameter *parameter, handle_t handle, int64_t expected)
{
    struct registers in;
    int64_t result;

    shape_fill(world, shape, &in);
    shape_put(&in, parameter, handle);
    if (shape_call(world, shape, &in, &result) && result == expected)
        return true;
    print("# %s, parameter %u: %ld, not %ld\n", shape->name,
          (unsigned)(parameter - shape->parameters), result, expected);
    return false;
}

static unsigned
try_types(struct world *world, const struct shape *shape,
          const struct parameter *parameter)
{
    unsigned wrong = 0;

    if (parameter->kind == ANY || parameter->thing == THINGS)
        return 0;
    for (unsigned thing = 1; thing < SYS_OBJECT_COUNT; thing++)
        if (thing != real_type(parameter->thing))
            wrong += !expect(world, shape, parameter, world->things[thing],
                             ERR_TYPE);
    return wrong;
}

/* All rights but the one that is needed. */
static unsigned
try_rights(struct world *world, const struct shape *shape,
           const struct parameter *parameter)
{
    handle_t whole = parameter->thing == THINGS
                         ? world->things[SYS_OBJECT_NOTIFICATION]
                         : world->things[parameter->thing];
    struct sys_inspection view;
    handle_t weak;
    unsigned wrong;

    if (parameter->right == 0)
        return 0;
    if (sys_inspect(whole, &view) < 0)
        return 1;
    weak = (handle_t)sys_duplicate(whole, view.rights & ~parameter->right);
    wrong = !expect(world, shape, parameter, weak, ERR_RIGHTS);
    sys_close(weak);
    return wrong;
}

static bool
try_wrong_handles(uint64_t word, handle_t system)
{
    struct world world;
    unsigned wrong = 0;

    (void)word;
    CHECK(world_make(&world, system) && world_watch());
    for (unsigned i = 0; i < shape_count; i++)
        for (unsigned j = 0; j < PARAMETERS; j++) {
            const struct parameter *parameter = &shapes[i].parameters[j];

            if (!is_handle(parameter))
                continue;
            wrong += try_types(&world, &shapes[i], parameter);
            wrong += try_rights(&world, &shapes[i], parameter);
        }
    world_end(&world);
    return wrong == 0;
}

static bool
wrong_handles(void)
{
    return run_with_machine(try_wrong_handles);
}

/* --- forged handles ------------------------------------------------------- */

/* All indices, with generations around the right ones: none but its own. */
static bool
try_forged(uint64_t word, handle_t handle)
{
    static const uint32_t generations[] = { 0, 1, 2, 3, 0x7FFF, 0xFFFF };
    handle_t own[300];
    unsigned expected = 0, found = 0;
    uint64_t unused;

    (void)word;
    (void)handle;
    for (size_t i = 0; i < COUNT_OF(own); i++)
        own[i] = (handle_t)sys_notification_create();
    for (size_t i = 0; i < COUNT_OF(own); i += 3) { /* stale ones */
        EXPECT(sys_close(own[i]), 0);
        EXPECT(sys_close(own[i]), ERR_HANDLE);
    }
    for (size_t i = 0; i < COUNT_OF(generations); i++)
        for (uint32_t j = 0; j < 65536; j++) {
            uint32_t number = generations[i] << 16 | j;
            int64_t result = sys_raw3(SYS_NOTIFY, number, 0, 0, &unused);

            CHECK(result == 0 || result == ERR_HANDLE || result == ERR_TYPE ||
                  result == ERR_RIGHTS);
            found += result == 0;
        }
    for (size_t i = 0; i < COUNT_OF(own); i++)
        expected += i % 3 != 0;
    CHECK(found == expected);
    return true;
}

static bool
forged(void)
{
    return attack(try_forged, 0, 0);
}

/* A number that was used once names nothing else, however often. */
static bool
try_stale(uint64_t word, handle_t handle)
{
    handle_t first = (handle_t)sys_notification_create(), next;
    handle_t kept = (handle_t)sys_notification_create();

    (void)word;
    (void)handle;
    EXPECT(sys_close(first), 0);
    for (unsigned i = 0; i < 70000; i++) { /* more than generations */
        next = (handle_t)sys_duplicate(kept, SYS_RIGHT_NOTIFY);
        CHECK((int32_t)next != 0 && next != first && next != kept);
        EXPECT(sys_notify(first, 1), ERR_HANDLE);
        EXPECT(sys_close(next), 0);
    }
    return true;
}

static bool
stale(void)
{
    return attack(try_stale, 0, 0);
}

/* Copies with more rights than there were, of every type. */
static bool
try_more_rights(uint64_t word, handle_t system)
{
    struct world world;

    (void)word;
    CHECK(world_make(&world, system));
    for (unsigned thing = 1; thing < THINGS; thing++) {
        handle_t whole = world.things[thing];
        struct sys_inspection view;

        if (thing == SYS_OBJECT_REPLY)
            continue; /* has no copies at all */
        CHECK(sys_inspect(whole, &view) >= 0);
        for (unsigned bit = 0; bit < 64; bit++) {
            uint64_t right = 1ULL << bit, all = view.rights;
            int64_t copy;

            if ((all & right) == 0) {
                EXPECT(sys_raw2(SYS_DUPLICATE, whole, all | right),
                       ERR_RIGHTS);
                EXPECT(sys_raw2(SYS_DUPLICATE, whole, right), ERR_RIGHTS);
                continue;
            }
            copy = sys_raw2(SYS_DUPLICATE, whole,
                            (all & ~right) | SYS_RIGHT_DUPLICATE);
            CHECK(copy > 0);
            if (right != SYS_RIGHT_DUPLICATE)
                EXPECT(sys_raw2(SYS_DUPLICATE, (uint64_t)copy, all),
                       ERR_RIGHTS);
            EXPECT(sys_close((handle_t)copy), 0);
        }
    }
    world_end(&world);
    return true;
}

static bool
more_rights(void)
{
    return run_with_machine(try_more_rights);
}

const struct test call_tests[] = {
    { "call-values", values },
    { "call-numbers", numbers },
};
const unsigned call_test_count = COUNT_OF(call_tests);

const struct test handle_tests[] = {
    { "handle-types-and-rights", wrong_handles },
    { "handle-forged", forged },
    { "handle-stale", stale },
    { "handle-more-rights", more_rights },
};
const unsigned handle_test_count = COUNT_OF(handle_tests);
