#include "user/test/attack/call.h"

#include "kernel/lib/mem.h"

/* Out of the way of everything, so that nothing is unmapped by mistake. */
#define REGION 0x7FFFFF000000ULL

#define ARGUMENT    ERROR_BIT(ERR_ARGUMENT)
#define ADDRESS     ERROR_BIT(ERR_ADDRESS)
#define STATE       ERROR_BIT(ERR_STATE)
#define DEAD        ERROR_BIT(ERR_DEAD)
#define DROPPED     ERROR_BIT(ERR_DROPPED)
#define INTERRUPTED ERROR_BIT(ERR_INTERRUPTED)
#define AGAIN       ERROR_BIT(ERR_AGAIN)
#define EXISTS      ERROR_BIT(ERR_EXISTS)
#define LEVEL       ERROR_BIT(ERR_LEVEL)

#define PROCESS      SYS_OBJECT_PROCESS
#define THREAD       SYS_OBJECT_THREAD
#define ENDPOINT     SYS_OBJECT_ENDPOINT
#define SESSION      SYS_OBJECT_SESSION
#define REPLY        SYS_OBJECT_REPLY
#define NOTIFICATION SYS_OBJECT_NOTIFICATION
#define MEMORY       SYS_OBJECT_MEMORY
#define INTERRUPT    SYS_OBJECT_INTERRUPT
#define PORTS        SYS_OBJECT_PORTS
#define MACHINE      SYS_OBJECT_SYSTEM

#define N(reg, value)        { reg, NUMBER, 0, 0, 0, value }
#define P(reg)               { reg, POINTER, 0, 0, 0, 0 }
#define H(reg, thing, right) { reg, HANDLE, 0, thing, right, 0 }
#define O(reg, thing, right) { reg, OPTIONAL, 0, thing, right, 0 }
#define A(reg, thing, right) { reg, ANY, 0, thing, right, 0 }
/* In the upper half of its register; 0 at first or not. */
#define U(reg, thing, right) { reg, OPTIONAL, 32, thing, right, 0 }
#define Z(reg, thing, shift) { reg, OPTIONAL, shift, thing, 0, 1 }

#define REGISTERS_SIZE sizeof(struct sys_registers)
#define LEASE_TAG      (SYS_TAG_LEASES(1) | SYS_TAG_READ(0))

const struct shape shapes[] = {
    { "null", SYS_NULL, 0, { N(DI, 0), N(R15, 0) } },
    { "unknown", SYS_COUNT, ERROR_BIT(ERR_CALL), { N(DI, 0), N(SI, 0) } },
    { "unknown, far", (enum sys_call)0x7FFFFFFF, ERROR_BIT(ERR_CALL),
      { N(DI, 0), N(SI, 0) } },
    { "call", SYS_CALL,
      ARGUMENT | ADDRESS | DEAD | DROPPED | INTERRUPTED | LEVEL,
      { H(DI, SESSION, SYS_RIGHT_SEND), N(SI, LEASE_TAG), P(R15),
        N(DX, 1), N(R12, 1) } },
    { "call with a handle", SYS_CALL,
      ARGUMENT | ADDRESS | DEAD | DROPPED | INTERRUPTED | LEVEL,
      { H(DI, SESSION, SYS_RIGHT_SEND), N(SI, SYS_TAG_HANDLES(1)),
        A(R14, NOTIFICATION, SYS_RIGHT_TRANSFER) } },
    { "receive", SYS_RECEIVE, ARGUMENT | DEAD | INTERRUPTED | AGAIN,
      { H(DI, ENDPOINT, SYS_RIGHT_RECEIVE), N(SI, SYS_NOWAIT) } },
    { "reply-receive", SYS_REPLY_RECEIVE,
      ARGUMENT | DEAD | INTERRUPTED | AGAIN | STATE,
      { H(DI, ENDPOINT, SYS_RIGHT_RECEIVE), Z(DI, REPLY, 32), N(SI, 0),
        N(R14, 0) } },
    { "reply", SYS_REPLY, ARGUMENT | STATE | DEAD,
      { Z(DI, REPLY, 0), N(SI, 0), N(R14, 0) } },
    { "reply-keep", SYS_REPLY_KEEP, STATE, { N(DI, 0) } },
    { "lease-read", SYS_LEASE_READ,
      STATE | DEAD | ARGUMENT | ERROR_BIT(ERR_RIGHTS) | ADDRESS,
      { O(DI, REPLY, 0), N(SI, 0), N(DX, 0), P(R10), N(R8, 16) } },
    { "lease-write", SYS_LEASE_WRITE,
      STATE | DEAD | ARGUMENT | ERROR_BIT(ERR_RIGHTS) | ADDRESS,
      { O(DI, REPLY, 0), N(SI, 0), N(DX, 0), P(R10), N(R8, 16) } },
    { "endpoint-create", SYS_ENDPOINT_CREATE, ARGUMENT, { N(DI, 5) } },
    { "session-create", SYS_SESSION_CREATE, 0,
      { H(DI, ENDPOINT, SYS_RIGHT_MINT), N(SI, 1) } },
    { "endpoint-bind", SYS_ENDPOINT_BIND, STATE,
      { H(DI, ENDPOINT, SYS_RIGHT_RECEIVE),
        O(SI, NOTIFICATION, SYS_RIGHT_WAIT) } },
    { "notification-create", SYS_NOTIFICATION_CREATE, 0, { N(DI, 0) } },
    { "notify", SYS_NOTIFY, 0,
      { H(DI, NOTIFICATION, SYS_RIGHT_NOTIFY), N(SI, 1) } },
    { "wait", SYS_WAIT, ARGUMENT | AGAIN | STATE | DEAD | INTERRUPTED,
      { H(DI, NOTIFICATION, SYS_RIGHT_WAIT), N(SI, 1), N(DX, SYS_NOWAIT) } },
    { "timer-set", SYS_TIMER_SET, ARGUMENT,
      { H(DI, NOTIFICATION, SYS_RIGHT_NOTIFY), N(SI, 1), N(DX, 1) } },
    { "clock", SYS_CLOCK, 0, { N(DI, 0) } },
    { "duplicate", SYS_DUPLICATE, ERROR_BIT(ERR_RIGHTS),
      { A(DI, NOTIFICATION, SYS_RIGHT_DUPLICATE), N(SI, 0) } },
    { "grant", SYS_GRANT, ERROR_BIT(ERR_RIGHTS) | DEAD,
      { O(DI, PROCESS, SYS_RIGHT_GRANT),
        A(SI, NOTIFICATION, SYS_RIGHT_TRANSFER), N(DX, 0) } },
    { "inspect", SYS_INSPECT, ADDRESS | ARGUMENT,
      { { DI, OPTIONAL, 0, THINGS, SYS_RIGHT_INSPECT, 0 }, P(SI),
        N(DX, sizeof(struct sys_inspection)) } },
    { "memory-create", SYS_MEMORY_CREATE, ARGUMENT,
      { N(DI, SYS_MEMORY_ANONYMOUS), N(SI, SYS_PAGE), N(DX, 0),
        N(R10, 0) } },
    { "memory-create, paged", SYS_MEMORY_CREATE, ARGUMENT,
      { N(DI, SYS_MEMORY_PAGED), N(SI, SYS_PAGE),
        H(DX, SESSION, SYS_RIGHT_SEND) } },
    { "memory-create, DMA", SYS_MEMORY_CREATE, ARGUMENT,
      { N(DI, SYS_MEMORY_DMA), N(SI, SYS_PAGE),
        H(DX, MACHINE, SYS_RIGHT_USE) } },
    { "memory-create, device", SYS_MEMORY_CREATE, ARGUMENT,
      { N(DI, SYS_MEMORY_DEVICE), N(SI, SYS_PAGE),
        H(DX, MACHINE, SYS_RIGHT_USE), N(R10, 0xFE000000) } },
    { "memory-create, module", SYS_MEMORY_CREATE, ARGUMENT,
      { N(DI, SYS_MEMORY_MODULE), N(SI, 0), H(DX, MACHINE, SYS_RIGHT_USE),
        N(R10, 0) } },
    { "memory-supply", SYS_MEMORY_SUPPLY, ARGUMENT | STATE,
      { H(DI, PAGED, SYS_RIGHT_SUPPLY), N(SI, 0), N(DX, SYS_PAGE),
        H(R10, MEMORY, SYS_RIGHT_READ), N(R8, 0) } },
    { "memory-physical", SYS_MEMORY_PHYSICAL, ARGUMENT | STATE,
      { H(DI, DMA_MEMORY, SYS_RIGHT_DMA), N(SI, 0) } },
    { "map", SYS_MAP, ARGUMENT | EXISTS | DEAD | ADDRESS |
                          ERROR_BIT(ERR_RIGHTS),
      { O(DI, PROCESS, SYS_RIGHT_GRANT), U(DI, MEMORY, 0), N(SI, 0),
        N(DX, SYS_PAGE), N(R10, 0), N(R8, SYS_MAP_READ) } },
    { "map, fixed", SYS_MAP, ARGUMENT | EXISTS | DEAD | ADDRESS,
      { O(DI, PROCESS, SYS_RIGHT_GRANT), N(SI, REGION), N(DX, SYS_PAGE),
        N(R10, 0), N(R8, RW | SYS_MAP_PRIVATE | SYS_MAP_FIXED) } },
    { "unmap", SYS_UNMAP, ARGUMENT | ADDRESS | DEAD,
      { O(DI, PROCESS, SYS_RIGHT_GRANT), N(SI, REGION), N(DX, SYS_PAGE) } },
    { "protect", SYS_PROTECT,
      ARGUMENT | ADDRESS | DEAD | ERROR_BIT(ERR_RIGHTS),
      { O(DI, PROCESS, SYS_RIGHT_GRANT), N(SI, REGION), N(DX, SYS_PAGE),
        N(R10, RW) } },
    { "process-create", SYS_PROCESS_CREATE, ARGUMENT,
      { N(DI, 8), O(SI, SESSION, SYS_RIGHT_SEND), N(DX, 9) } },
    { "process-clone", SYS_PROCESS_CLONE, STATE | DEAD,
      { O(DI, PROCESS, SYS_RIGHT_MANAGE), Z(SI, REPLY, 0), N(DX, 8) } },
    { "process-swap", SYS_PROCESS_SWAP, STATE | ARGUMENT | ADDRESS | DEAD,
      { { DI, NUMBER, 0, 0, 0, SYS_SELF },
        O(SI, OTHER_PROCESS, SYS_RIGHT_MANAGE), N(DX, SYS_USER_BASE),
        N(R10, SYS_USER_BASE), N(R8, 0) } },
    { "process-control", SYS_PROCESS_CONTROL, ARGUMENT | DEAD |
                                               ERROR_BIT(ERR_RIGHTS),
      { O(DI, PROCESS, SYS_RIGHT_MANAGE), N(SI, SYS_PROCESS_LIMIT),
        N(DX, 32) } },
    { "thread-create", SYS_THREAD_CREATE, ARGUMENT | ADDRESS | DEAD,
      { O(DI, PROCESS, SYS_RIGHT_MANAGE), N(SI, SYS_USER_BASE),
        N(DX, SYS_USER_BASE), N(R10, 0), N(R8, 1) } },
    { "thread-control, read", SYS_THREAD_CONTROL,
      STATE | ADDRESS | ARGUMENT | DEAD,
      { O(DI, THREAD, SYS_RIGHT_MANAGE), N(SI, SYS_THREAD_READ), P(DX),
        N(R10, REGISTERS_SIZE) } },
    { "thread-control, write", SYS_THREAD_CONTROL,
      STATE | ADDRESS | ARGUMENT | DEAD,
      { O(DI, THREAD, SYS_RIGHT_MANAGE), N(SI, SYS_THREAD_WRITE), P(DX),
        N(R10, REGISTERS_SIZE) } },
    { "thread-control, priority", SYS_THREAD_CONTROL, ARGUMENT | DEAD,
      { O(DI, THREAD, SYS_RIGHT_MANAGE), N(SI, SYS_THREAD_PRIORITY),
        N(DX, 1) } },
    { "thread-control, affinity", SYS_THREAD_CONTROL, ARGUMENT | DEAD,
      { O(DI, THREAD, SYS_RIGHT_MANAGE), { SI, NO_PARAMETER, 0, 0, 0,
        SYS_THREAD_AFFINITY }, N(DX, 1) } },
    { "thread-control, TLS", SYS_THREAD_CONTROL, ARGUMENT | DEAD | STATE,
      { O(DI, THREAD, SYS_RIGHT_MANAGE), { SI, NO_PARAMETER, 0, 0, 0,
        SYS_THREAD_TLS }, N(DX, 0) } },
    { "device-create", SYS_DEVICE_CREATE, ARGUMENT | EXISTS,
      { H(DI, MACHINE, SYS_RIGHT_USE), N(SI, SYS_DEVICE_PORTS),
        N(DX, 0x300), N(R10, 8) } },
    { "interrupt-bind", SYS_INTERRUPT_BIND, ARGUMENT | STATE,
      { H(DI, INTERRUPT, SYS_RIGHT_USE),
        O(SI, NOTIFICATION, SYS_RIGHT_NOTIFY), N(DX, 1) } },
    { "interrupt-done", SYS_INTERRUPT_DONE, STATE,
      { H(DI, INTERRUPT, SYS_RIGHT_USE) } },
    { "ports-enable", SYS_PORTS_ENABLE, 0, { H(DI, PORTS, SYS_RIGHT_USE) } },
    { "system, info", SYS_SYSTEM, ARGUMENT | ADDRESS,
      { H(DI, MACHINE, SYS_RIGHT_USE), { SI, NO_PARAMETER, 0, 0, 0,
        SYS_SYSTEM_INFO }, P(DX), N(R10, sizeof(struct sys_system_info)) } },
    { "system, print", SYS_SYSTEM, ARGUMENT | ADDRESS,
      { H(DI, MACHINE, SYS_RIGHT_USE), { SI, NO_PARAMETER, 0, 0, 0,
        SYS_SYSTEM_PRINT }, P(DX), N(R10, 1) } },
    { "system, command line", SYS_SYSTEM, ARGUMENT | ADDRESS,
      { H(DI, MACHINE, SYS_RIGHT_USE), { SI, NO_PARAMETER, 0, 0, 0,
        SYS_SYSTEM_COMMAND_LINE }, P(DX), N(R10, 128) } },
    { "system, nothing", SYS_SYSTEM, ARGUMENT | ADDRESS,
      { H(DI, MACHINE, SYS_RIGHT_USE), { SI, NO_PARAMETER, 0, 0, 0, 99 },
        N(DX, 0), N(R10, 128) } },
};
const unsigned shape_count = COUNT_OF(shapes);

/* --- the world ------------------------------------------------------------ */

static handle_t reply_endpoint, reply_session;
static char leased[64];

/* Its call is what the kept reply would answer. */
static void
lease_to_main(uint64_t word)
{
    struct sys_lease lease = { (uint64_t)leased, sizeof leased };
    struct sys_message m = {
        .tag = SYS_TAG_LEASES(1) | SYS_TAG_READ(0) | SYS_TAG_WRITE(0),
        .leases = &lease,
    };

    (void)word;
    leased[0] = 1;
    sys_call(reply_session, &m);
}

static bool
keep_reply(handle_t *reply)
{
    struct sys_message m = { 0 };
    struct thread thread; /* for as long as the process lives */
    int64_t result;

    reply_endpoint = (handle_t)sys_endpoint_create(0);
    reply_session = (handle_t)sys_session_create(reply_endpoint, 1);
    EXPECT(thread_run(&thread, lease_to_main, 0, PRIORITY), 0);
    EXPECT(sys_receive(reply_endpoint, 0, &m), SYS_GOT_CALL);
    result = sys_reply_keep();
    CHECK(result > 0);
    *reply = (handle_t)result;
    return true;
}

static void
wait_for_ever(uint64_t word)
{
    handle_t bell = (handle_t)sys_notification_create();
    uint64_t bits;

    (void)word;
    for (;;)
        sys_wait(bell, 1, 0, &bits);
}

static bool
make_memory(struct world *world)
{
    handle_t *things = world->things;
    int64_t at = sys_map(SYS_SELF, 0, 0, 2 * SYS_PAGE, 0,
                         RW | SYS_MAP_PRIVATE);

    CHECK(at > 0);
    EXPECT(sys_protect(SYS_SELF, (uint64_t)at + SYS_PAGE, SYS_PAGE, 0), 0);
    world->buffer = (uint64_t)at + SYS_PAGE - BUFFER_SIZE;
    things[MEMORY] = (handle_t)sys_memory_create(SYS_MEMORY_ANONYMOUS,
                                                 4 * SYS_PAGE, 0, 0);
    things[PAGED] = (handle_t)sys_memory_create(SYS_MEMORY_PAGED,
                                                4 * SYS_PAGE,
                                                things[SESSION], 0);
    things[DMA_MEMORY] = (handle_t)sys_memory_create(SYS_MEMORY_DMA,
                                                     SYS_PAGE, world->system,
                                                     0);
    return true;
}

static bool
make_devices(struct world *world)
{
    world->things[INTERRUPT] =
        (handle_t)sys_device_create(world->system, SYS_DEVICE_ISA_INTERRUPT,
                                    3, 1);
    world->things[PORTS] =
        (handle_t)sys_device_create(world->system, SYS_DEVICE_PORTS, 0x2E8,
                                    8);
    world->things[MACHINE] = world->system;
    return true;
}

bool
world_make(struct world *world, handle_t system)
{
    handle_t *things = world->things;

    *world = (struct world){ .system = system };
    things[ENDPOINT] = (handle_t)sys_endpoint_create(0);
    things[SESSION] = (handle_t)sys_session_create(things[ENDPOINT], 1);
    things[NOTIFICATION] = (handle_t)sys_notification_create();
    things[OTHER_PROCESS] = (handle_t)sys_process_create(32, 0, 9);
    CHECK(sys_thread_create(things[OTHER_PROCESS], SYS_USER_BASE,
                            SYS_USER_BASE, 0, 1) > 0);
    CHECK(keep_reply(&things[REPLY]));
    CHECK(make_memory(world) && make_devices(world) && world_mend(world));
    for (unsigned i = 1; i < THINGS; i++)
        CHECK((int32_t)things[i] > 0);
    return true;
}

static bool
is_alive(handle_t handle, bool thread)
{
    return handle != 0 &&
           sys_thread_control(handle, SYS_THREAD_AFFINITY, ~0ULL, 0) == 0 &&
           thread;
}

/* The last ones give their frames back in steps, on whatever CPU. */
static handle_t
make_process(void)
{
    uint64_t end = (uint64_t)sys_clock() + 10000 * MS;
    int64_t result;

    while ((result = sys_process_create(32, 0, 9)) == ERR_MEMORY &&
           (uint64_t)sys_clock() < end)
        test_spin();
    return (handle_t)result;
}

bool
world_mend(struct world *world)
{
    handle_t *things = world->things;
    struct thread thread;

    if (!is_alive(things[THREAD], true)) {
        if (things[THREAD] != 0)
            sys_close(things[THREAD]);
        EXPECT(thread_run(&thread, wait_for_ever, 0, 1), 0);
        things[THREAD] = thread.handle;
    }
    EXPECT(sys_thread_control(things[THREAD], SYS_THREAD_STOP, 0, 0), 0);
    if (things[PROCESS] != 0) {
        sys_process_control(things[PROCESS], SYS_PROCESS_KILL, 0);
        sys_close(things[PROCESS]);
    }
    things[PROCESS] = make_process();
    CHECK((int32_t)things[PROCESS] > 0);
    return true;
}

/* A process that nobody has a handle of would stay. */
void
world_end(const struct world *world)
{
    sys_process_control(world->things[OTHER_PROCESS], SYS_PROCESS_KILL, 0);
}

/* --- one call ------------------------------------------------------------- */

static uint64_t *
place(struct registers *in, unsigned reg)
{
    uint64_t *const places[REGISTERS] = {
        &in->rdi, &in->rsi, &in->rdx, &in->r10, &in->r8, &in->r9, &in->r12,
        &in->r13, &in->r14, &in->r15,
    };

    return places[reg];
}

void
shape_put(struct registers *in, const struct parameter *parameter,
          uint64_t value)
{
    uint64_t *at = place(in, parameter->reg);
    bool half = parameter->reg == DI && in->rax <= SYS_MAP &&
                (in->rax == SYS_MAP || in->rax == SYS_REPLY_RECEIVE);

    if (parameter->shift != 0)
        *at = (*at & UINT32_MAX) | value << 32;
    else if (half)
        *at = (*at & ~(uint64_t)UINT32_MAX) | (value & UINT32_MAX);
    else
        *at = value;
}

static uint64_t
first_value(const struct world *world, const struct parameter *parameter)
{
    switch (parameter->kind) {
    case POINTER:
        return world->buffer;
    case HANDLE:
    case OPTIONAL:
    case ANY:
        if (parameter->value == 1)
            return 0;
        return world->things[parameter->thing == THINGS
                                 ? (unsigned)NOTIFICATION
                                 : parameter->thing];
    default:
        return parameter->value;
    }
}

#define KEPT(number) (0x0123456789ABC000ULL + (number))

void
shape_fill(const struct world *world, const struct shape *shape,
           struct registers *in)
{
    struct sys_lease *lease = (struct sys_lease *)world->buffer;

    *in = (struct registers){
        .rax = shape->call, .rbx = KEPT(1), .rbp = KEPT(2), .r12 = KEPT(3),
        .r13 = KEPT(4), .r14 = 0, .r15 = KEPT(6),
    };
    for (unsigned i = 0; i < PARAMETERS; i++) {
        const struct parameter *parameter = &shape->parameters[i];

        if (i == 0 || parameter->kind != NO_PARAMETER ||
            parameter->value != 0)
            shape_put(in, parameter, first_value(world, parameter));
    }
    memset((void *)world->buffer, shape->call == SYS_SYSTEM ? ' ' : 0,
           BUFFER_SIZE);
    if (shape->call != SYS_SYSTEM)
        *lease = (struct sys_lease){ (uint64_t)leased, 16 };
    else
        ((char *)world->buffer)[BUFFER_SIZE - 1] = '\n';
}

static bool
is_allowed(const struct shape *shape, int64_t result)
{
    uint32_t errors = shape->errors | ERROR_BIT(ERR_HANDLE) |
                      ERROR_BIT(ERR_TYPE) | ERROR_BIT(ERR_RIGHTS) |
                      ERROR_BIT(ERR_MEMORY);

    return result >= 0 ||
           (result >= ERR_LAST && (errors >> -result & 1) != 0);
}

/* Not what was put in: that is no secret. */
static bool
is_secret(const struct registers *in, uint64_t value)
{
    const uint64_t *words = (const uint64_t *)in;

    if (value < KERNEL_HALF)
        return false;
    for (size_t i = 0; i < sizeof *in / 8; i++)
        if (words[i] == value)
            return false;
    return value != UINT64_MAX;
}

static bool
has_secret(const struct world *world, const struct registers *in,
           const struct registers *out)
{
    const uint64_t *words = (const uint64_t *)out;
    const uint64_t *buffer = (const uint64_t *)world->buffer;

    for (size_t i = 1; i < sizeof *out / 8; i++)
        if (is_secret(in, words[i]))
            return true;
    for (size_t i = 0; i < BUFFER_SIZE / 8; i++)
        if (is_secret(in, buffer[i]))
            return true;
    return false;
}

static bool
has_kept(const struct shape *shape, const struct registers *in,
         const struct registers *out)
{
    bool received = (shape->call == SYS_CALL || shape->call == SYS_RECEIVE ||
                     shape->call == SYS_REPLY_RECEIVE) &&
                    (int64_t)out->rax >= 0;

    if (out->rbp != in->rbp)
        return false;
    return received || (out->rbx == in->rbx && out->r12 == in->r12 &&
                        out->r13 == in->r13 && out->r14 == in->r14 &&
                        out->r15 == in->r15);
}

/* The argument registers are zero unless they carry results. */
static bool
has_cleared(const struct shape *shape, const struct registers *out)
{
    bool second = shape->call == SYS_WAIT ||
                  shape->call == SYS_PROCESS_CLONE;

    if ((shape->call == SYS_CALL || shape->call == SYS_RECEIVE ||
         shape->call == SYS_REPLY_RECEIVE) && (int64_t)out->rax >= 0)
        return true;
    return (out->rdi | out->rsi | out->r10 | out->r8 | out->r9) == 0 &&
           (second || out->rdx == 0);
}

bool
shape_call(const struct world *world, const struct shape *shape,
           const struct registers *in, int64_t *result)
{
    struct registers out;

    call_with(in, &out);
    *result = (int64_t)out.rax;
    if (!is_allowed(shape, *result))
        print("# error %ld is not in the specification\n", *result);
    else if (has_secret(world, in, &out))
        print("# an address of the kernel comes back\n");
    else if (!has_kept(shape, in, &out))
        print("# a register has changed\n");
    else if (!has_cleared(shape, &out))
        print("# an argument register is not zero\n");
    else
        return true;
    print("# %s: result %ld\n", shape->name, *result);
    return false;
}

/* --- the end of waits ----------------------------------------------------- */

static handle_t watched;

static void
interrupt_it(uint64_t word)
{
    (void)word;
    for (;;) {
        test_sleep(MS);
        sys_thread_control(watched, SYS_THREAD_INTERRUPT, 0, 0);
    }
}

/* A child's first thread: by its id, for it has no handle of itself. */
bool
world_watch(void)
{
    struct thread thread;

    watched = (handle_t)attack_tell(STAGE, 0);
    CHECK(watched != 0);
    EXPECT(thread_run(&thread, interrupt_it, 0, PRIORITY), 0);
    return true;
}
