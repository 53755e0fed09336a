/* Messages, one rule after the other. */
#include "tests/host/unit.h"

#include <stdlib.h>
#include <string.h>

#include "tests/host/ipc_world.h"

#include "kernel/sched.h"

/* A client's process and thread, two servers' ones; handles that they have. */
static struct process *const home = &world.processes[0];
static struct process *const shop = &world.processes[1];
static struct process *const other = &world.processes[2];
static struct thread *const client = &world.threads[0];
static struct thread *const client2 = &world.threads[1];
static struct thread *const server = &world.threads[2];
static struct thread *const server2 = &world.threads[3];
static struct thread *const stranger = &world.threads[4];

static struct endpoint *door, *side_door;
static struct session *line, *side_line;
static handle_t door_handle, line_handle, side_handle, side_line_handle;

static int
start(void **state)
{
    (void)state;
    world_start();
    memset(world_memory, 0, sizeof world_memory);
    door_handle = world_endpoint(shop, 0, &door);
    line_handle = world_session(home, door, 100, &line);
    side_handle = world_endpoint(other, 0, &side_door);
    side_line_handle = world_session(shop, side_door, 300, &side_line);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    world_end();
    return 0;
}

static void
load(struct thread *thread, uint64_t first, uint64_t tag, uint64_t handles)
{
    for (unsigned i = RDI; i <= RBX; i++)
        thread->frame[i] = 0x1000 + i;
    thread->frame[RDI] = first;
    thread->frame[RSI] = tag;
    thread->frame[R14] = handles;
    thread->frame[R15] = SYS_USER_BASE;
}

static int
call(struct thread *thread, handle_t session, uint64_t tag, uint64_t handles)
{
    load(thread, session, tag, handles);
    return ipc_call(thread);
}

static int
reply(struct thread *thread, handle_t to, uint64_t tag, uint64_t handles)
{
    load(thread, to, tag, handles);
    return ipc_reply(thread, to);
}

static void
receive(void)
{
    assert_int_equal(ipc_receive(server, door_handle, 0), IPC_LATER);
}

/* The client's call is the server's current one. */
static void
meet(uint64_t tag, uint64_t handles)
{
    assert_int_equal(call(client, line_handle, tag, handles), IPC_LATER);
    receive();
    assert_ptr_equal(server->caller, client);
}

static struct handle_slot *
slot(const struct process *process, uint64_t handle)
{
    return handle_find(&process->handles, (handle_t)handle);
}

/* --- words and tags ------------------------------------------------------ */

static void
test_registers(void **state)
{
    uint64_t tag = 0xABCD1234 | SYS_TAG_MOVE(0) | SYS_TAG_MOVE(1) |
                   SYS_TAG_READ(1) | SYS_TAG_WRITE(0);

    (void)state;
    meet(tag, 0);
    assert_int_equal(client->state, SYS_THREAD_CALLING);
    assert_int_equal(server->frame[RAX], SYS_GOT_CALL);
    assert_int_equal(server->frame[RDI], home->id);
    assert_int_equal(server->frame[RSI],
                     tag & ~(SYS_TAG_MOVE(0) | SYS_TAG_MOVE(1)));
    for (unsigned i = RDX; i <= R13; i++)
        assert_int_equal(server->frame[i], 0x1000 + i);
    assert_int_equal(server->frame[R14], 0);
    assert_int_equal(server->frame[R15], 0);
    assert_int_equal(server->frame[RBX], 100);

    client->frame[RBX] = 1;
    client->frame[R15] = 2;
    load(server, 0, 55, 0);
    server->frame[RDX] = 77;
    assert_int_equal(ipc_reply(server, 0), 0);
    assert_int_equal(client->state, SYS_THREAD_READY);
    assert_int_equal(client->frame[RAX], 0);
    assert_int_equal(client->frame[RDI], 0);
    assert_int_equal(client->frame[RSI], 55);
    assert_int_equal(client->frame[RDX], 77);
    assert_int_equal(client->frame[R13], 0x1000 + R13);
    assert_int_equal(client->frame[RBX], 1);
    assert_int_equal(client->frame[R15], 2);
    assert_int_equal(client->frame[RESULTS], 1);
}

static void
test_refusals(void **state)
{
    struct session *own;
    handle_t own_line = world_session(shop, door, 1, &own);

    (void)state;
    assert_int_equal(call(client, 0, 0, 0), ERR_HANDLE);
    assert_int_equal(call(server, door_handle, 0, 0), ERR_TYPE);
    slot(home, line_handle)->rights = SYS_RIGHT_TRANSFER;
    assert_int_equal(call(client, line_handle, 0, 0), ERR_RIGHTS);
    slot(home, line_handle)->rights = SYS_RIGHT_SEND;
    assert_int_equal(call(client, line_handle, 1ULL << 42, 0), ERR_ARGUMENT);
    assert_int_equal(call(client, line_handle, SYS_TAG_HANDLES(3), 0),
                     ERR_ARGUMENT);
    assert_int_equal(call(client, line_handle, SYS_TAG_LEASES(3), 0),
                     ERR_ARGUMENT);
    assert_int_equal(ipc_receive(server, 77, 0), ERR_HANDLE);
    assert_int_equal(ipc_receive(server, own_line, 0), ERR_TYPE);
    assert_int_equal(ipc_receive(server, door_handle, 2), ERR_ARGUMENT);
    assert_int_equal(ipc_receive(server, door_handle, SYS_NOWAIT), ERR_AGAIN);
    assert_int_equal(reply(server, 0, 0, 0), ERR_STATE);
    assert_int_equal(reply(server, own_line, 0, 0), ERR_TYPE);
    meet(0, 0);
    assert_int_equal(reply(server, 0, SYS_TAG_LEASES(1), 0), ERR_ARGUMENT);
    assert_int_equal(reply(server, 0, 1ULL << 50, 0), ERR_ARGUMENT);
    slot(shop, door_handle)->rights = SYS_RIGHT_MINT;
    assert_int_equal(ipc_receive(server, door_handle, 0), ERR_RIGHTS);
    assert_int_equal(ipc_reply_receive(server, door_handle, 0), ERR_RIGHTS);
    assert_ptr_equal(server->caller, client);
}

/* Debug kernels: uphill only, but for faults. */
static void
test_levels(void **state)
{
    const uint64_t words[SYS_WORDS] = { 14 };

    (void)state;
    door->level = home->level;
    assert_int_equal(call(client, line_handle, 0, 0), ERR_LEVEL);
    assert_int_equal(ipc_report(client, line, SYS_GOT_FAULT, words), 0);
    door->level--;
    assert_int_equal(call(client2, line_handle, 0, 0), IPC_LATER);
}

/* --- handles ------------------------------------------------------------- */

static void
test_copy_and_move(void **state)
{
    struct notification *bell;
    handle_t handle = world_notification(home, &bell);
    uint64_t both = handle | (uint64_t)handle << 32;

    (void)state;
    slot(home, handle)->rights = SYS_RIGHT_TRANSFER | SYS_RIGHT_NOTIFY;
    meet(SYS_TAG_HANDLES(1), handle);
    assert_ptr_equal(slot(shop, server->frame[R14])->object, &bell->object);
    assert_int_equal(slot(shop, server->frame[R14])->rights,
                     SYS_RIGHT_TRANSFER | SYS_RIGHT_NOTIFY);
    assert_int_equal(server->frame[R14] >> 32, 0);
    assert_non_null(slot(home, handle));
    assert_int_equal(bell->object.handles, 2);

    /* Back with the answer: moved, so that the server has none. */
    handle_t theirs = (handle_t)server->frame[R14];
    assert_int_equal(reply(server, 0, SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0),
                           theirs), 0);
    assert_null(slot(shop, theirs));
    assert_ptr_equal(slot(home, client->frame[R14])->object, &bell->object);
    (void)handle_close(&home->handles, (handle_t)client->frame[R14]);
    assert_int_equal(bell->object.handles, 1);

    /* The same one twice: the first moves it, the second finds nothing. */
    meet(SYS_TAG_HANDLES(2) | SYS_TAG_MOVE(0), both);
    assert_int_equal(server->frame[R14] >> 32, 0);
    assert_ptr_equal(slot(shop, server->frame[R14])->object, &bell->object);
    assert_null(slot(home, handle));
    assert_int_equal(bell->object.handles, 1);
}

static void
test_handles_refused(void **state)
{
    struct notification *bell;
    handle_t handle = world_notification(home, &bell), theirs;

    (void)state;
    slot(home, handle)->rights = SYS_RIGHT_DUPLICATE;
    assert_int_equal(call(client, line_handle, SYS_TAG_HANDLES(1), handle),
                     ERR_RIGHTS);
    assert_int_equal(call(client, line_handle, SYS_TAG_HANDLES(2),
                          line_handle), ERR_HANDLE);
    assert_int_equal(client->state, SYS_THREAD_READY);
    assert_null(client->session);

    /* An answer that may not go keeps the caller waiting. */
    meet(0, 0);
    assert_int_equal(reply(server, 0, SYS_TAG_HANDLES(1), 12345), ERR_HANDLE);
    assert_ptr_equal(server->caller, client);
    assert_int_equal(ipc_keep(server, &theirs), 0);
    assert_int_equal(reply(server, theirs, SYS_TAG_HANDLES(1), 12345),
                     ERR_HANDLE);
    assert_non_null(slot(shop, theirs));
    assert_ptr_equal(client->kept_in, shop);
}

/* While it queues a thread may lose what it wanted to send. */
static void
test_gone_meanwhile(void **state)
{
    struct notification *bell;
    handle_t handle = world_notification(home, &bell);

    (void)state;
    assert_int_equal(call(client, line_handle, SYS_TAG_HANDLES(1), handle),
                     IPC_LATER);
    assert_int_equal(call(client2, line_handle, SYS_TAG_HANDLES(1), handle),
                     IPC_LATER);
    slot(home, handle)->rights = 0;
    receive();
    assert_ptr_equal(server->caller, client);
    assert_int_equal(server->frame[R14], 0);
    (void)handle_close(&home->handles, handle);
    receive();
    assert_ptr_equal(server->caller, client2);
    assert_int_equal(server->frame[R14], 0);
}

/* What finds no room stays where it is. */
static void
test_no_room(void **state)
{
    struct notification *bell;
    handle_t handle = world_notification(home, &bell), own[HANDLES_IN_PAGE];

    (void)state;
    for (unsigned i = 0; i < HANDLES_IN_PAGE; i++) {
        world.memory_fails = shop->handles.free == 0 ? 1 : 0;
        if (handle_add(&shop->handles, &door->object, 0, &own[i]) != 0)
            break;
    }
    world.memory_fails = 1;
    meet(SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0), handle);
    assert_int_equal(server->frame[RAX], SYS_GOT_CALL);
    assert_int_equal(server->frame[R14], 0);
    assert_non_null(slot(home, handle));

    /* Nor can the call be kept: it stays the current one. */
    world.memory_fails = 1;
    assert_int_equal(ipc_keep(server, &own[0]), ERR_MEMORY);
    assert_ptr_equal(server->caller, client);
    assert_int_equal(client->reply.handles, 0);
}

/* --- replies as handles -------------------------------------------------- */

/*
 * One event that is for nobody is enough for a step: there may be thousands.
 * The call that is made again answers no reply once more.
 */
static int
receive_again(void)
{
    uint64_t restarts = server2->frame[RESTARTS];

    server2->frame[RDI] = 0x70000ULL << 32 | door_handle;
    assert_int_equal(ipc_receive(server2, door_handle, SYS_NOWAIT),
                     IPC_LATER);
    assert_int_equal(server2->frame[RESTARTS], restarts + 1);
    assert_int_equal(server2->frame[RDI], door_handle);
    assert_int_equal(server2->state, SYS_THREAD_READY);
    return ipc_receive(server2, door_handle, SYS_NOWAIT);
}

static void
test_reply_moves(void **state)
{
    handle_t handle, moved;
    uint64_t tag = SYS_TAG_HANDLES(1);

    (void)state;
    meet(0, 0);
    assert_int_equal(ipc_keep(server, &handle), 0);
    assert_int_equal(slot(shop, handle)->rights & SYS_RIGHT_DUPLICATE, 0);
    assert_int_equal(call(server, side_line_handle, tag, handle), ERR_RIGHTS);
    assert_int_equal(call(server, side_line_handle, tag | SYS_TAG_MOVE(0),
                          handle), IPC_LATER);
    assert_int_equal(ipc_receive(stranger, side_handle, 0), IPC_LATER);
    moved = (handle_t)stranger->frame[R14];
    assert_null(slot(shop, handle));
    assert_ptr_equal(client->kept_in, other);
    assert_int_equal(client->kept_handle, moved);

    /* Nobody of that process receives at the door: no cancel is told. */
    assert_int_equal(ipc_interrupt(client), 0);
    assert_int_equal(receive_again(), ERR_AGAIN);
    assert_int_equal(client->state, SYS_THREAD_CALLING);
    assert_int_equal(reply(stranger, moved, 9, 0), 0);
    assert_int_equal(client->frame[RSI], 9);
    assert_null(slot(other, moved));
    assert_int_equal(reply(stranger, moved, 9, 0), ERR_HANDLE);
}

/* A reply may go into its own answer: by then it is used up. */
static void
test_reply_in_itself(void **state)
{
    handle_t handle;

    (void)state;
    meet(0, 0);
    assert_int_equal(ipc_keep(server, &handle), 0);
    assert_int_equal(reply(server, handle, SYS_TAG_HANDLES(1) |
                           SYS_TAG_MOVE(0), handle), 0);
    assert_int_equal(client->state, SYS_THREAD_READY);
    assert_int_equal(client->frame[R14], 0);
}

static void
test_cancel_is_told(void **state)
{
    handle_t handle;

    (void)state;
    meet(0, 0);
    assert_int_equal(ipc_keep(server, &handle), 0);
    receive();
    assert_int_equal(ipc_interrupt(client), 0);
    assert_int_equal(server->state, SYS_THREAD_READY);
    assert_int_equal(server->frame[RAX], SYS_GOT_CANCEL);
    assert_int_equal(server->frame[RDX], handle);
    assert_int_equal(server->frame[RBX], 100);
    assert_int_equal(server->frame[RDI], home->id);
    assert_int_equal(client->state, SYS_THREAD_CALLING);
}

/* A thread that goes on elsewhere: nobody can answer its old call any more. */
static void
test_abandon_alive(void **state)
{
    handle_t handle;

    (void)state;
    meet(0, 0);
    assert_int_equal(ipc_keep(server, &handle), 0);
    ipc_abandon(client);
    assert_int_equal(client->state, SYS_THREAD_STOPPED);
    assert_int_equal(reply(server, handle, 0, 0), ERR_HANDLE);
    sched_ready(client);
    meet(0, 0);
    ipc_abandon(client);
    assert_null(server->caller);
    sched_ready(client);
    meet(0, 0);
    assert_int_equal(reply(server, 0, 0, 0), 0);
}

static void
test_adopt(void **state)
{
    struct thread *child = stranger;
    handle_t handle, second = 0;

    (void)state;
    client->lease[0] = (struct lease){ SYS_USER_BASE, 5, SYS_RIGHT_READ };
    meet(0, 0);
    client->leases = 1;
    child->state = SYS_THREAD_STOPPED;
    for (unsigned i = 0; i < HANDLES_IN_PAGE; i++) {
        world.memory_fails = shop->handles.free == 0 ? 1 : 0;
        if (handle_add(&shop->handles, &door->object, 0, &handle) != 0)
            break;
    }
    world.memory_fails = 1;
    assert_int_equal(ipc_adopt(child, client, shop, &second), ERR_MEMORY);
    assert_null(child->session);
    assert_int_equal(child->state, SYS_THREAD_STOPPED);
    assert_int_equal(line->object.handles, 2);
    world.memory_fails = 0;

    (void)handle_close(&shop->handles, (handle_t)(1 << 16 | 200));
    assert_int_equal(ipc_adopt(child, client, shop, &second), 0);
    assert_int_equal(child->state, SYS_THREAD_CALLING);
    assert_int_equal(line->object.handles, 3);
    assert_int_equal(child->lease[0].length, 5);
    assert_int_equal(child->leases, 1);
    assert_int_equal(reply(server, second, 3, 0), 0);
    assert_int_equal(child->frame[RSI], 3);
    assert_int_equal(child->state, SYS_THREAD_READY);
    assert_int_equal(client->state, SYS_THREAD_CALLING);
    assert_int_equal(reply(server, 0, 4, 0), 0);
    assert_int_equal(client->frame[RSI], 4);
}

/* --- leases -------------------------------------------------------------- */

static struct sys_lease *
lease(unsigned i)
{
    return (struct sys_lease *)(void *)world_memory[0] + i;
}

static int
copy(bool write, handle_t to, uint64_t index, uint64_t offset,
     uint64_t buffer, uint64_t length)
{
    const uint64_t arguments[] = { to, index, offset, buffer, length };
    int result;

    for (unsigned i = 0; i < 5; i++)
        server->frame[RDI + i] = arguments[i];
    do {
        server->frame[RESTARTS] = 0;
        result = ipc_lease(server, write);
    } while (server->frame[RESTARTS] != 0);
    return result;
}

static void
test_lease_checks(void **state)
{
    static const struct {
        uint64_t address, length;
        int error;
    } cases[] = {
        { SYS_USER_BASE, SYS_LEASE_MAX, ERR_ARGUMENT },
        { SYS_USER_BASE, UINT64_MAX, ERR_ARGUMENT },
        { SYS_USER_BASE - 1, 1, ERR_ADDRESS },
        { SYS_USER_END, 1, ERR_ADDRESS },
        { SYS_USER_END - 1, 2, ERR_ADDRESS },
        { UINT64_MAX, 2, ERR_ADDRESS },
        { 0xFFFF800000000000, 8, ERR_ADDRESS },
        { 0, 0, 0 },
        { SYS_USER_END - 1, 1, 0 },
        { SYS_USER_BASE, SYS_LEASE_MAX - 1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        *lease(0) = (struct sys_lease){ SYS_USER_BASE, 1 };
        *lease(1) = (struct sys_lease){ cases[i].address, cases[i].length };
        load(client, line_handle, SYS_TAG_LEASES(2), 0);
        assert_int_equal(ipc_call(client),
                         cases[i].error != 0 ? cases[i].error : IPC_LATER);
        if (cases[i].error == 0)
            assert_int_equal(ipc_interrupt(client), 0);
    }
    load(client, line_handle, SYS_TAG_LEASES(1), 0);
    client->frame[R15] = SYS_USER_BASE + WORLD_MEMORY - 8;
    assert_int_equal(ipc_call(client), ERR_ADDRESS);
    assert_int_equal(client->state, SYS_THREAD_READY);
}

static void
grant(void)
{
    *lease(0) = (struct sys_lease){ SYS_USER_BASE + 0x100, 0x28000 };
    *lease(1) = (struct sys_lease){ SYS_USER_BASE + 0x28100, 100 };
    meet(SYS_TAG_LEASES(2) | SYS_TAG_READ(0) | SYS_TAG_WRITE(1), 0);
    assert_int_equal(server->frame[R15], 0x28000 | 100ULL << 32);
}

static void
test_lease_copies(void **state)
{
    uint64_t big = 0x28000, at = SYS_USER_BASE + 0x400;

    (void)state;
    for (unsigned i = 0; i < WORLD_MEMORY; i++)
        world_memory[0][i] = (uint8_t)(i * 7 + i / 256);
    grant();
    assert_int_equal(copy(false, 0, 0, 3, at, big), (int)big - 3);
    assert_memory_equal(&world_memory[1][0x400], &world_memory[0][0x103],
                        big - 3);
    assert_int_equal(world_memory[1][0x400 + big - 3], 0);
    assert_int_equal(copy(true, 0, 1, 10, at, 20), 20);
    assert_memory_equal(&world_memory[0][0x2810A], &world_memory[1][0x400],
                        20);
    assert_int_equal(copy(true, 0, 1, 100, at, 20), 0);
    assert_int_equal(copy(true, 0, 1, 0, at, 0), 0);

    /* What an earlier step has done is not done again. */
    memset(world_memory[1], 0, WORLD_MEMORY);
    assert_int_equal(copy(false, 0, 0 | 16ULL << 32, 0, at, 24), 24);
    assert_int_equal(world_memory[1][0x400 + 15], 0);
    assert_memory_equal(&world_memory[1][0x410], &world_memory[0][0x110], 8);
}

static void
test_lease_refusals(void **state)
{
    uint64_t at = SYS_USER_BASE;
    handle_t handle;

    (void)state;
    assert_int_equal(copy(false, 0, 0, 0, at, 1), ERR_STATE);
    grant();
    assert_int_equal(copy(true, 0, 0, 0, at, 1), ERR_RIGHTS);
    assert_int_equal(copy(false, 0, 1, 0, at, 1), ERR_RIGHTS);
    assert_int_equal(copy(false, 0, 2, 0, at, 1), ERR_ARGUMENT);
    assert_int_equal(copy(false, 0, 0, 0x28001, at, 1), ERR_ARGUMENT);
    assert_int_equal(copy(false, 0, 0, UINT64_MAX, at, 1), ERR_ARGUMENT);
    assert_int_equal(copy(false, 0, 5ULL << 32, 0, at, 4), ERR_ARGUMENT);
    assert_int_equal(copy(false, 0, 0, 0, UINT64_MAX - 3, 16), ERR_ADDRESS);
    assert_int_equal(copy(false, 0, 0, 0, SYS_USER_END, 16), ERR_ADDRESS);
    assert_int_equal(copy(false, 0, 0, 0, at, UINT64_MAX), 0x28000);
    assert_int_equal(copy(false, 77, 0, 0, at, 1), ERR_HANDLE);
    /* An address that wraps to a good one is none. */
    assert_int_equal(copy(false, 0, (at + 16) << 32, 0, UINT64_MAX - 15,
                          at + 32), ERR_ADDRESS);
    assert_int_equal(ipc_keep(server, &handle), 0);
    assert_int_equal(copy(false, handle, 0, 0, at, 9), 9);
    world_kill(client);
    assert_int_equal(client->reply.handles, 0); /* it can go */
    assert_int_equal(client->reply.references, 0);
    assert_int_equal(copy(false, handle, 0, 0, at, 9), ERR_DEAD);
    assert_int_equal(reply(server, handle, 0, 0), ERR_DEAD);
}

/* --- faults, pages, deaths ----------------------------------------------- */

static const uint64_t fault_words[SYS_WORDS] = { 14, 6, 0x400, 0x800, 90, 1 };

static void
report(enum sys_received kind)
{
    load(client, 1, 2, 3);
    assert_int_equal(ipc_report(client, line, kind, fault_words), 0);
    assert_int_equal(ipc_interrupt(client), ERR_STATE);
    receive();
    assert_int_equal(ipc_interrupt(client), ERR_STATE);
    assert_int_equal(server->frame[RAX], kind);
    assert_int_equal(server->frame[RSI], 0);
    assert_int_equal(server->frame[RBX], 100);
    assert_memory_equal(&server->frame[RDX], fault_words, sizeof fault_words);
}

static void
test_resume(void **state)
{
    uint64_t before[22];

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        report(i % 2 == 0 ? SYS_GOT_FAULT : SYS_GOT_PAGE);
        memcpy(before, client->frame, sizeof before);
        if (i < 2)
            assert_int_equal(reply(server, 0, SYS_FAULT_RESUME, 0), 0);
        else /* dropped: it will fault anew */
            assert_int_equal(ipc_receive(server, door_handle, SYS_NOWAIT),
                             ERR_AGAIN);
        assert_int_equal(client->state, SYS_THREAD_READY);
        assert_memory_equal(before, client->frame, sizeof before);
    }
    report(SYS_GOT_PAGE);
    assert_int_equal(reply(server, 0, 0, 0), 0);
    assert_int_equal(client->state, SYS_THREAD_READY);
    assert_false(world.ended[0]);
}

static void
test_no_resume(void **state)
{
    (void)state;
    report(SYS_GOT_FAULT);
    assert_int_equal(reply(server, 0, SYS_FAULT_RESUME + 1, 0), 0);
    assert_true(world.ended[0]);
    assert_int_equal(world.death[0][0], SYS_DEATH_FAULT);
    assert_int_equal(world.death[0][1], 14);
    assert_int_equal(world.death[0][2], 0x800);
    assert_int_equal(world.death[0][3], 0x400);
    assert_int_equal(client->state, SYS_THREAD_DEAD);
    assert_null(server->caller);
}

/* A thread that answers for its own process ends with it, in no queue. */
static void
test_own_end(void **state)
{
    struct session *own;

    (void)state;
    (void)world_session(shop, door, 7, &own);
    assert_int_equal(ipc_report(server2, own, SYS_GOT_FAULT, fault_words), 0);
    receive();
    load(server, 0, 0, 0);
    assert_int_equal(ipc_reply_receive(server, door_handle, 0), IPC_LATER);
    assert_int_equal(server->state, SYS_THREAD_DEAD);
    assert_true(list_is_empty(&door->receivers));
}

static void
test_death(void **state)
{
    (void)state;
    other->supervisor = line;
    for (unsigned i = 0; i < 4; i++)
        other->death_words[i] = 40 + i;
    object_ref(&other->object);
    endpoint_post(door, &other->death);
    receive();
    assert_int_equal(server->frame[RAX], SYS_GOT_DEATH);
    assert_int_equal(server->frame[RDI], other->id);
    assert_int_equal(server->frame[RBX], 100);
    assert_memory_equal(&server->frame[RDX], other->death_words, 32);
    assert_int_equal(other->object.references, 1);

    object_ref(&other->object);
    endpoint_post(door, &other->death);
    event_withdraw(&other->death);
    assert_int_equal(other->object.references, 1);
    object_ref(&other->object);
    endpoint_post(door, &other->death);
    (void)handle_close(&shop->handles, door_handle);
    assert_int_equal(other->object.references, 1);
    object_ref(&other->object);
    endpoint_post(line->endpoint, &other->death);
    assert_int_equal(other->object.references, 1);
}

/* --- ends, priorities ---------------------------------------------------- */

static void
test_closing(void **state)
{
    static struct thread crowd[100];
    struct session *session;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        crowd[i] = *client;
        list_init(&crowd[i].queue);
        assert_int_equal(call(&crowd[i], line_handle, 0, 0), IPC_LATER);
    }
    (void)handle_close(&shop->handles, door_handle);
    assert_int_equal(crowd[10].state, SYS_THREAD_READY);
    assert_int_equal(crowd[40].state, SYS_THREAD_SENDING);
    assert_int_equal(call(client, line_handle, 0, 0), ERR_DEAD);
    assert_int_equal(ipc_report(client, line, SYS_GOT_FAULT, fault_words),
                     ERR_DEAD);
    assert_int_equal(session_create(NULL, door, 1, &session), ERR_DEAD);
    assert_int_equal(ipc_interrupt(&crowd[50]), 0);
    world_work();
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(crowd[i].state, SYS_THREAD_READY);
        assert_int_equal((int64_t)crowd[i].frame[RAX],
                         i == 50 ? ERR_INTERRUPTED : ERR_DEAD);
        assert_int_equal(crowd[i].frame[RESULTS], 1);
    }
}

static void
test_priorities(void **state)
{
    (void)state;
    client->priority = client->base_priority = 20;
    meet(0, 0);
    assert_int_equal(server->priority, 20);
    assert_int_equal(ipc_receive(stranger, side_handle, 0), IPC_LATER);
    assert_int_equal(call(server, side_line_handle, 0, 0), IPC_LATER);
    assert_int_equal(stranger->priority, 20);
    assert_int_equal(reply(stranger, 0, 0, 0), 0);
    assert_int_equal(stranger->priority, 5);
    assert_int_equal(server->priority, 20);
    assert_int_equal(call(server, side_line_handle, 0, 0), IPC_LATER);
    assert_int_equal(ipc_receive(stranger, side_handle, 0), IPC_LATER);
    assert_int_equal(stranger->priority, 20);
    world_kill(client); /* while its server waits for another one */
    assert_int_equal(server->priority, 5);
    assert_int_equal(stranger->priority, 20); /* as it was when they met */
    assert_int_equal(reply(stranger, 0, 0, 0), 0);
    assert_int_equal(stranger->priority, 5);
    client2->priority = client2->base_priority = 2;
    assert_int_equal(call(client2, line_handle, 0, 0), IPC_LATER);
    receive();
    assert_int_equal(server->priority, 5);
}

/* Stopped while it waits: it gets what it waits for, and does not run. */
static void
test_stopped(void **state)
{
    (void)state;
    receive();
    server->stopped = true;
    assert_int_equal(call(client, line_handle, 0, 0), IPC_LATER);
    assert_int_equal(server->state, SYS_THREAD_STOPPED);
    assert_int_equal(server->frame[RBX], 100);
    assert_ptr_equal(server->caller, client);
}

static void
test_receivers(void **state)
{
    (void)state;
    receive();
    assert_int_equal(ipc_receive(server2, door_handle, 0), IPC_LATER);
    assert_int_equal(call(client, line_handle, 0, 0), IPC_LATER);
    assert_ptr_equal(client->server, server2); /* the last that came */
    assert_int_equal(call(client2, line_handle, 0, 0), IPC_LATER);
    assert_ptr_equal(client2->server, server);
    ipc_check(door);
}

/* Events, then bits, then callers. */
static void
test_order(void **state)
{
    static const unsigned kinds[] = {
        SYS_GOT_CLOSED, SYS_GOT_BITS, SYS_GOT_CALL,
    };
    struct notification *bell;
    struct session *brief;
    handle_t handle = world_session(home, door, 500, &brief);

    (void)state;
    (void)world_notification(shop, &bell);
    assert_int_equal(endpoint_bind(door, bell), 0);
    assert_int_equal(call(client, line_handle, 0, 0), IPC_LATER);
    notification_signal(bell, 3);
    (void)handle_close(&home->handles, handle);
    for (unsigned i = 0; i < 3; i++) {
        receive();
        assert_int_equal(server->frame[RAX], kinds[i]);
    }
}

static void
test_out_of_memory(void **state)
{
    struct endpoint *endpoint;
    struct session *session;
    struct notification *notification;
    uint32_t references = door->object.references;

    (void)state;
    world.memory_fails = 1;
    assert_int_equal(endpoint_create(NULL, 0, &endpoint), ERR_MEMORY);
    assert_int_equal(endpoint_create(NULL, 256, &endpoint), ERR_ARGUMENT);
    world.memory_fails = 1;
    assert_int_equal(session_create(NULL, door, 0, &session), ERR_MEMORY);
    assert_int_equal(door->object.references, references);
    world.memory_fails = 1;
    assert_int_equal(notification_create(NULL, &notification), ERR_MEMORY);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_registers), CASE(test_refusals), CASE(test_levels),
        CASE(test_copy_and_move), CASE(test_handles_refused),
        CASE(test_gone_meanwhile), CASE(test_no_room),
        CASE(test_reply_moves), CASE(test_reply_in_itself),
        CASE(test_cancel_is_told), CASE(test_abandon_alive),
        CASE(test_adopt),
        CASE(test_lease_checks), CASE(test_lease_copies),
        CASE(test_lease_refusals), CASE(test_resume), CASE(test_no_resume),
        CASE(test_own_end), CASE(test_death), CASE(test_closing),
        CASE(test_priorities), CASE(test_stopped), CASE(test_receivers),
        CASE(test_order), CASE(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
