/*
 * login: starts a shell on the terminal, and another one when it ends; under
 * autorun= one that runs that command, and then it powers off. The manifest
 * gives it sessions: "init" (to power off), "proc", "name", "tty" and "root".
 *
 * It does by hand what libc's exec does, for it is no process of proc's.
 */
#include "user/login/login.h"

#include "kernel/lib/mem.h"
#include "user/proto/error.h"
#include "user/proto/io.h"
#include "user/proto/name.h"
#include "user/proto/proc.h"
#include "user/proto/start.h"
#include "user/proto/tty.h"
#include "user/rt/service.h"
#include "user/rt/spawn.h"

#define SHELL "bin/sh"
#define GREETING "etc/motd"
#define GREETING_SIZE 1024u
#define PRIORITY_SHELL 8u
#define LINE_SIZE 1024u
#define BLOCK_SIZE (2 * SYS_PAGE)
#define STRINGS_MAX 8u
#define STACK_SIZE (128 * SYS_PAGE)
#define FRAMES_SPARE 128u

#define SESSION_RIGHTS (SYS_RIGHT_SEND | SYS_RIGHT_DUPLICATE | \
                        SYS_RIGHT_TRANSFER | SYS_RIGHT_INSPECT)
#define TABLE_RIGHTS   (SYS_RIGHT_READ | SYS_RIGHT_DUPLICATE | \
                        SYS_RIGHT_TRANSFER | SYS_RIGHT_INSPECT)

static handle_t to_init, proc, name, tty, root;

uint32_t
login_ask(handle_t session, struct sys_message *m)
{
    return sys_call(session, m) < 0 ? E_IO : (uint32_t)m->tag;
}

static uint32_t
open(handle_t server, const char *path, uint64_t flags, handle_t *file)
{
    struct sys_lease lease = { (uint64_t)path, strlen(path) };
    struct sys_message m = {
        .tag = IO_OPEN | SYS_TAG_LEASES(1) | SYS_TAG_READ(0),
        .words = { flags }, .leases = &lease,
    };
    uint32_t error = login_ask(server, &m);

    *file = sys_handle(&m, 0);
    return error;
}

/* --- the program ---------------------------------------------------------- */

struct shell {
    struct spawn how;
    handle_t process;
    handle_t proc; /* its session to proc */
    struct image image;
    handle_t terminal;
    const char *command; /* to run, or NULL for a shell to live in */
    bool dumb; /* the terminal does not answer */
};

static uint32_t
open_program(struct shell *shell)
{
    struct sys_message m = {
        .tag = IO_MAP, .words = { 0, 0, SYS_MAP_READ | SYS_MAP_EXECUTE },
    };
    struct sys_message ask_size = { .tag = IO_FSTAT | SYS_TAG_LEASES(1) |
                                           SYS_TAG_WRITE(0) };
    struct io_stat stat = { 0 };
    struct sys_lease lease = { (uint64_t)&stat, sizeof stat };
    handle_t file;
    uint32_t error = open(root, SHELL, 0, &file);
    int64_t at;

    if (error != 0)
        return error;
    ask_size.leases = &lease;
    error = login_ask(file, &ask_size);
    if (error == 0)
        error = login_ask(file, &m);
    sys_close(file);
    if (error != 0)
        return error;
    shell->how.memory = sys_handle(&m, 0);
    shell->how.size = stat.size;
    shell->how.offset = m.words[0];
    at = sys_map(SYS_SELF, shell->how.memory, 0,
                 (stat.size + SYS_PAGE - 1) / SYS_PAGE * SYS_PAGE,
                 m.words[0], SYS_MAP_READ);
    if (at < 0)
        return E_NOMEM;
    shell->how.file = (const void *)at;
    return 0;
}

static uint32_t
make_process(struct shell *shell)
{
    struct sys_message m = {
        .tag = PROC_CREATE,
        .words = { shell->how.size / SYS_PAGE + STACK_SIZE / SYS_PAGE +
                   FRAMES_SPARE },
    };
    uint32_t error = login_ask(proc, &m);

    if (error != 0)
        return error;
    shell->process = sys_handle(&m, 0);
    shell->how.stack = STACK_SIZE;
    return spawn_load(&shell->how, shell->process, &shell->image) < 0
               ? E_NOMEM : 0;
}

/* --- what it is given ----------------------------------------------------- */

struct block {
    char *at;
    uint64_t address;
    size_t used;
};

static void *
put(struct block *block, const void *bytes, size_t size)
{
    void *there = (void *)(block->address + block->used);

    memcpy(block->at + block->used, bytes, size);
    block->used += (size + 7) & ~(size_t)7;
    return there;
}

static char **
put_strings(struct block *block, const char *const *strings)
{
    char *there[STRINGS_MAX + 1] = { NULL };
    size_t count = 0;

    for (; count < STRINGS_MAX && strings[count] != NULL; count++)
        there[count] = put(block, strings[count],
                           strlen(strings[count]) + 1);
    return put(block, there, (count + 1) * sizeof *there);
}

static uint32_t
grant(const struct shell *shell, handle_t handle, uint32_t rights)
{
    int64_t there = sys_grant(shell->process, handle, rights);

    return there < 0 ? 0 : (uint32_t)there;
}

static uint32_t
grant_table(const struct shell *shell)
{
    struct sys_message m = { .tag = NAME_TABLE };
    uint32_t there;

    if (login_ask(name, &m) != 0)
        return 0;
    there = grant(shell, sys_handle(&m, 0), TABLE_RIGHTS);
    sys_close(sys_handle(&m, 0));
    return there;
}

static void
fill(const struct shell *shell, struct block *block, int32_t number)
{
    const char *const environment[] = {
        "PATH=/bin:/sbin", "HOME=/",
        shell->dumb ? "TERM=dumb" : "TERM=vt100", "USER=root",
        "SHELL=/bin/sh", NULL,
    };
    const char *const alone[] = { "-sh", NULL };
    const char *const runs[] = { "sh", "-c", shell->command, NULL };
    struct start_file files[3];
    struct start start = {
        .version = START_VERSION, .umask = 022, .number = number,
        .proc = grant(shell, shell->proc, SESSION_RIGHTS),
        .name = grant(shell, name, SESSION_RIGHTS),
        .table = grant_table(shell),
        .file_count = 3,
    };

    block->used = (sizeof start + 7) & ~(size_t)7;
    for (int i = 0; i < 3; i++)
        files[i] = (struct start_file){
            .fd = i, .handle = grant(shell, shell->terminal, SESSION_RIGHTS),
            .mode = 0020000,
        };
    start.files = put(block, files, sizeof files);
    start.argc = shell->command != NULL ? 3 : 1;
    start.argv = put_strings(block, shell->command != NULL ? runs : alone);
    start.envp = put_strings(block, environment);
    start.directory = put(block, "/", 2);
    for (unsigned i = 0; i < sizeof start.random; i += 8) {
        uint64_t bits = random_bits();

        memcpy(start.random + i, &bits, sizeof bits);
    }
    memcpy(block->at, &start, sizeof start);
}

static uint32_t
give_block(struct shell *shell, int32_t number, uint64_t *argument)
{
    int64_t memory = sys_memory_create(SYS_MEMORY_ANONYMOUS, BLOCK_SIZE, 0,
                                       0), at;
    struct block block = { .address = shell->image.stack + SYS_PAGE };

    if (memory < 0)
        return E_NOMEM;
    at = sys_map(SYS_SELF, (handle_t)memory, 0, BLOCK_SIZE, 0,
                 SYS_MAP_READ | SYS_MAP_WRITE);
    if (at >= 0) {
        block.at = (char *)at;
        fill(shell, &block, number);
        sys_unmap(SYS_SELF, (uint64_t)at, BLOCK_SIZE);
        at = sys_map(shell->process, (handle_t)memory, block.address,
                     BLOCK_SIZE, 0, SYS_MAP_READ | SYS_MAP_WRITE |
                                        SYS_MAP_PRIVATE | SYS_MAP_FIXED);
    }
    sys_close((handle_t)memory);
    *argument = block.address;
    return at < 0 ? E_NOMEM : 0;
}

/* --- running it ----------------------------------------------------------- */

static uint32_t
adopt(struct shell *shell, int32_t *number)
{
    int64_t copy = sys_duplicate(shell->process,
                                 SYS_RIGHT_MANAGE | SYS_RIGHT_GRANT |
                                     SYS_RIGHT_TRANSFER | SYS_RIGHT_INSPECT);
    struct sys_message m = {
        .tag = PROC_ADOPT | SYS_TAG_HANDLES(1) | SYS_TAG_MOVE(0),
        .words = { 0, 1 },
    };
    uint32_t error;

    if (copy < 0)
        return E_NOMEM;
    m.handles = sys_handles((handle_t)copy, 0);
    error = login_ask(proc, &m);
    if (error != 0)
        return error;
    *number = (int32_t)m.words[0];
    shell->proc = sys_handle(&m, 0);
    return 0;
}

/* The shell is in front, in a session of its own. */
static uint32_t
give_terminal(const struct shell *shell, int32_t number)
{
    struct sys_message m = {
        .tag = IO_CONTROL,
        .words = { TTY_GIVE, (uint64_t)number, (uint64_t)number },
    };

    return login_ask(shell->terminal, &m);
}

static uint32_t
start(struct shell *shell, int32_t *number)
{
    uint64_t argument;
    int64_t thread;
    uint32_t error = adopt(shell, number);

    if (error == 0)
        error = give_terminal(shell, *number);
    if (error == 0)
        error = give_block(shell, *number, &argument);
    if (error != 0)
        return error;
    thread = sys_thread_create(shell->process, shell->image.entry,
                               shell->image.stack, argument, PRIORITY_SHELL);
    if (thread < 0)
        return E_NOMEM;
    sys_thread_control((handle_t)thread, SYS_THREAD_START, 0, 0);
    sys_close((handle_t)thread);
    return 0;
}

/* Once; how to leave is what people need first. */
static void
greet(handle_t terminal)
{
    static bool done;
    char text[GREETING_SIZE];
    struct sys_lease lease = { (uint64_t)text, sizeof text };
    struct sys_message m = {
        .tag = IO_READ | SYS_TAG_LEASES(1) | SYS_TAG_WRITE(0),
        .leases = &lease,
    };
    handle_t file;
    uint32_t error;

    if (done || open(root, GREETING, 0, &file) != 0)
        return;
    done = true;
    error = login_ask(file, &m);
    sys_close(file);
    lease.length = m.words[0];
    m = (struct sys_message){
        .tag = IO_WRITE | SYS_TAG_LEASES(1) | SYS_TAG_READ(0),
        .words = { IO_HERE }, .leases = &lease,
    };
    if (error == 0 && lease.length <= sizeof text)
        login_ask(terminal, &m);
}

/* Under autorun= nobody sits there. */
static void
meet(struct shell *shell)
{
    shell->dumb = shell->command != NULL ||
                  !terminal_answers(shell->terminal);
    if (shell->command == NULL)
        greet(shell->terminal);
}

static void
drop(const struct shell *shell, bool failed)
{
    const handle_t handles[] = { shell->process, shell->terminal, shell->proc,
                                 shell->how.memory };

    if (failed && shell->process != 0) /* proc may have a handle of it, too */
        sys_process_control(shell->process, SYS_PROCESS_KILL, 0);
    for (unsigned i = 0; i < sizeof handles / sizeof *handles; i++)
        if (handles[i] != 0)
            sys_close(handles[i]);
    if (shell->how.file != NULL)
        sys_unmap(SYS_SELF, (uint64_t)shell->how.file,
                  (shell->how.size + SYS_PAGE - 1) / SYS_PAGE * SYS_PAGE);
}

/* Its status as wait() tells it, -1 if it could not be started. */
static int
run(const char *command)
{
    struct shell shell = { .command = command };
    struct sys_message m = { .tag = PROC_WAIT };
    int32_t number = 0;
    uint32_t error = open(tty, "", 2, &shell.terminal);

    if (error == 0) {
        meet(&shell);
        error = open_program(&shell);
    }
    if (error == 0)
        error = make_process(&shell);
    if (error == 0)
        error = start(&shell, &number);
    if (error != 0)
        print("cannot start the shell: error %u%s%s.\n", error,
              shell.how.problem != NULL ? ": " : "",
              shell.how.problem != NULL ? shell.how.problem : "");
    drop(&shell, error != 0);
    if (error != 0)
        return -1;
    m.words[0] = (uint64_t)(int64_t)number;
    return login_ask(proc, &m) == 0 ? (int)m.words[1] : -1;
}

/* What the command printed is out when the power goes. */
static void
drain(void)
{
    struct sys_message m = { .tag = IO_CONTROL, .words = { TTY_DRAIN } };
    handle_t terminal = 0;

    if (open(tty, "", 2, &terminal) != 0)
        return;
    login_ask(terminal, &m);
    sys_close(terminal);
}

static _Noreturn void
power_off(bool good)
{
    struct sys_message m = { .tag = SERVICE_POWER_OFF,
                             .words = { good ? 0 : 1 } };

    drain();
    sys_call(to_init, &m);
    sys_exit(1);
}

int
main(uint64_t argument)
{
    static char line[LINE_SIZE];
    const char *command;
    size_t length;

    service_begin(argument);
    to_init = service_need("init");
    proc = service_need("proc");
    name = service_need("name");
    tty = service_need("tty");
    root = service_need("root");
    service_ready(0);
    service_text(SERVICE_TEXT_COMMAND_LINE, line, sizeof line);
    command = option_value(line, "autorun", &length);
    if (command != NULL)
        power_off(run(command) == 0);
    while (run(NULL) >= 0)
        ;
    return 1;
}
