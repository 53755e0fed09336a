/*
 * Processes: numbers, families and deaths are proc's (user/proto/proc.h); the
 * new address space of exec is built here, with the caller's own rights, and
 * swapped in by the kernel at the end, so a failure leaves everything as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/libc/kindling/kindling.h"
#include "user/proto/name.h"
#include "user/proto/proc.h"
#include "user/rt/spawn.h"

#define SCRIPTS_MAX 4
#define STACK_SIZE (128 * SYS_PAGE)
#define FRAMES_SPARE 128 /* zeroed memory, page tables, handles, arguments */

__NORETURN void
__sys_exit(int status)
{
    sys_exit((uint64_t)(unsigned)status & 0xFF);
}

void
__process_started(const char *name)
{
    const char *slash = strrchr(name, '/');
    struct sys_message m = { .tag = PROC_EXEC };

    if (slash != NULL)
        name = slash + 1;
    strncpy((char *)m.words, name, sizeof m.words - 1);
    if (__ask(__system.proc, &m) == 0)
        __system.number = (int32_t)m.words[0];
}

pid_t
__sys_fork(void)
{
    struct sys_message m;
    int error;

    /* Not __ask(): the child must not look at its parent's page. */
    do {
        m = (struct sys_message){ .tag = PROC_FORK };
        error = __ask_once(__system.proc, &m);
    } while (error == -EINTR && __signals_run());
    if (error != 0)
        return error;
    if (m.words[0] == 0) {
        __system.number = (int32_t)m.words[1];
        __signals_forked();
    } else {
        __signals_look();
    }
    return (pid_t)m.words[0];
}

/* --- exec: what the new program is given ---------------------------------- */

struct block {
    char *at;         /* where we fill it in */
    uint64_t address; /* where the new program has it */
    size_t used, size;
};

static size_t
align8(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

static void *
reserve(struct block *block, size_t size)
{
    void *place = block->at + block->used;

    block->used += align8(size);
    return place;
}

static void *
there(const struct block *block, const void *place)
{
    return (void *)(block->address +
                    (uint64_t)((const char *)place - block->at));
}

static size_t
strings_size(char *const *strings, size_t *count)
{
    size_t size = 0;

    for (*count = 0; strings[*count] != NULL; ++*count)
        size += align8(strlen(strings[*count]) + 1);
    return size + (*count + 1) * sizeof *strings;
}

static char *
put_string(struct block *block, const char *text)
{
    size_t size = strlen(text) + 1;

    return there(block, memcpy(reserve(block, size), text, size));
}

static char **
put_strings(struct block *block, char *const *strings, size_t count)
{
    char **array = reserve(block, (count + 1) * sizeof *array);

    for (size_t i = 0; i < count; i++)
        array[i] = put_string(block, strings[i]);
    array[count] = NULL;
    return there(block, array);
}

static bool
stays_open(const struct file *file)
{
    return file->handle != 0 && !file->close_on_exec;
}

/* Handles that only this program knows of are closed by the next one. */
#define CLOSES_MAX (FILES_MAX + NAME_MOUNTS + 1)

static void
put_files(struct block *block, struct start *start, handle_t memory)
{
    struct start_file *files = reserve(block, FILES_MAX * sizeof *files);
    uint32_t *closes = reserve(block, CLOSES_MAX * sizeof *closes);

    for (int fd = 0; fd < FILES_MAX; fd++) {
        const struct file *file = &__system.files[fd];

        if (stays_open(file))
            files[start->file_count++] = (struct start_file){
                .fd = fd, .handle = file->handle, .mode = file->mode,
            };
        else if (file->handle != 0)
            closes[start->close_count++] = file->handle;
    }
    start->close_count += __names_roots(closes + start->close_count);
    closes[start->close_count++] = memory;
    start->files = there(block, files);
    start->closes = there(block, closes);
}

struct program {
    const char *path;
    char *const *argv, *const *envp;
    size_t argc, envc;
    handle_t memory;   /* the file */
    void *file;        /* where it is mapped */
    size_t size;
    uint64_t offset;   /* of the file in memory */
    handle_t process;  /* what it becomes */
    struct image image;
    uint64_t argument; /* where its struct start is */
};

static int
fill_block(struct block *block, const struct program *program)
{
    struct start *start = reserve(block, sizeof *start);

    *start = (struct start){
        .version = START_VERSION, .argc = (int32_t)program->argc,
        .umask = __system.umask, .proc = __system.proc,
        .name = __system.name, .table = __system.table,
        .number = __system.number, .old = program->process,
    };
    __sys_getrandom(start->random, sizeof start->random, 0);
    start->argv = put_strings(block, program->argv, program->argc);
    start->envp = put_strings(block, program->envp, program->envc);
    start->directory = put_string(block, __system.directory);
    put_files(block, start, program->memory);
    return __signals_hold(start);
}

/* A page is left out between it and the stack. */
static int
give_block(struct program *program)
{
    size_t size = sizeof(struct start) + PATH_SIZE + 64 +
                  FILES_MAX * sizeof(struct start_file) +
                  CLOSES_MAX * sizeof(uint32_t) +
                  strings_size(program->argv, &program->argc) +
                  strings_size(program->envp, &program->envc);
    struct block block = { .size = (size + SYS_PAGE - 1) / SYS_PAGE *
                                   SYS_PAGE };
    int64_t memory, at;
    int error = 0;

    if (size > ARG_MAX)
        return -E2BIG;
    memory = sys_memory_create(SYS_MEMORY_ANONYMOUS, block.size, 0, 0);
    if (memory < 0)
        return __error_of(memory);
    block.address = program->image.stack + SYS_PAGE;
    at = sys_map(SYS_SELF, (handle_t)memory, 0, block.size, 0,
                 SYS_MAP_READ | SYS_MAP_WRITE);
    if (at >= 0) {
        block.at = (char *)at;
        error = fill_block(&block, program);
        sys_unmap(SYS_SELF, (uint64_t)at, block.size);
        at = sys_map(program->process, (handle_t)memory, block.address,
                     block.size, 0, SYS_MAP_READ | SYS_MAP_WRITE |
                                        SYS_MAP_PRIVATE | SYS_MAP_FIXED);
    }
    sys_close((handle_t)memory);
    program->argument = block.address;
    return at < 0 ? __error_of(at) : error;
}

/* --- exec: the file ------------------------------------------------------- */

/* The file's memory if its server has some, else a copy of it. */
static int
open_memory(struct program *program, int fd)
{
    struct sys_message m = {
        .tag = IO_MAP,
        .words = { 0, program->size, SYS_MAP_READ | SYS_MAP_EXECUTE },
    };
    int error = __ask(__system.files[fd].handle, &m);
    size_t size = (program->size + SYS_PAGE - 1) / SYS_PAGE * SYS_PAGE;
    int64_t at;

    if (error == 0) {
        program->memory = sys_handle(&m, 0);
        program->offset = m.words[0];
        at = sys_map(SYS_SELF, program->memory, 0, size, program->offset,
                     SYS_MAP_READ);
        program->file = (void *)at;
        return at < 0 ? __error_of(at) : 0;
    }
    at = sys_memory_create(SYS_MEMORY_ANONYMOUS, size, 0, 0);
    if (at < 0)
        return __error_of(at);
    program->memory = (handle_t)at;
    at = sys_map(SYS_SELF, program->memory, 0, size, 0,
                 SYS_MAP_READ | SYS_MAP_WRITE);
    program->file = (void *)at;
    if (at < 0)
        return __error_of(at);
    for (size_t done = 0; done < program->size;) {
        ssize_t n = __sys_pread(fd, (char *)at + done, program->size - done,
                                (off_t)done);

        if (n <= 0)
            return n < 0 ? (int)n : -EIO;
        done += (size_t)n;
    }
    return 0;
}

static int
make_process(struct program *program)
{
    struct sys_message m = {
        .tag = PROC_CREATE,
        .words = { program->size / SYS_PAGE + STACK_SIZE / SYS_PAGE +
                   FRAMES_SPARE },
    };
    int error = __ask(__system.proc, &m);

    if (error == 0)
        program->process = sys_handle(&m, 0);
    return error;
}

static int
load(struct program *program, int fd)
{
    struct spawn how = { 0 };
    int error = open_memory(program, fd);
    int64_t result;

    if (error == 0)
        error = make_process(program);
    if (error != 0)
        return error;
    how.memory = program->memory;
    how.file = program->file;
    how.size = program->size;
    how.offset = program->offset;
    how.stack = STACK_SIZE;
    result = spawn_load(&how, program->process, &program->image);
    if (how.problem != NULL)
        return -ENOEXEC;
    return result < 0 ? __error_of(result) : give_block(program);
}

static void
drop(struct program *program)
{
    size_t size = (program->size + SYS_PAGE - 1) / SYS_PAGE * SYS_PAGE;

    if (program->file != NULL && (int64_t)program->file > 0)
        sys_unmap(SYS_SELF, (uint64_t)program->file, size);
    if (program->memory != 0)
        sys_close(program->memory);
    if (program->process != 0) {
        sys_process_control(program->process, SYS_PROCESS_KILL, 0);
        sys_close(program->process);
    }
}

static int execute(struct program *program, int depth);

/* "#!interpreter argument": at most one, with blanks in it. */
static int
execute_script(struct program *program, char *line, int depth)
{
    size_t count = 0, n = 0;
    char *name, *argument, **argv;
    struct program inner = *program;
    int error;

    line[strcspn(line, "\n")] = '\0';
    name = line + strspn(line, " \t");
    argument = name + strcspn(name, " \t");
    if (*name == '\0' || depth >= SCRIPTS_MAX)
        return -ENOEXEC;
    if (*argument != '\0') {
        *argument++ = '\0';
        argument += strspn(argument, " \t");
    }
    while (program->argv[count] != NULL)
        count++;
    argv = malloc((count + 4) * sizeof *argv);
    if (argv == NULL)
        return -ENOMEM;
    argv[n++] = name;
    if (*argument != '\0')
        argv[n++] = argument;
    argv[n++] = (char *)(uintptr_t)program->path;
    for (size_t i = 1; i < count; i++)
        argv[n++] = program->argv[i];
    argv[n] = NULL;
    inner.path = name;
    inner.argv = argv;
    error = execute(&inner, depth + 1);
    free(argv);
    return error;
}

static int
open_program(const char *path, size_t *size)
{
    int fd = __sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    struct stat stat;
    int error;

    if (fd < 0)
        return fd;
    error = __sys_fstat(fd, &stat);
    if (error == 0 && (!S_ISREG(stat.st_mode) || (stat.st_mode & 0111) == 0))
        error = -EACCES;
    *size = (size_t)stat.st_size;
    if (error != 0)
        __sys_close(fd);
    return error != 0 ? error : fd;
}

static int
execute(struct program *program, int depth)
{
    char line[256] = "";
    int fd = open_program(program->path, &program->size), error;
    ssize_t n;

    if (fd < 0)
        return fd;
    n = __sys_pread(fd, line, sizeof line - 1, 0);
    if (n >= 2 && line[0] == '#' && line[1] == '!') {
        __sys_close(fd);
        return execute_script(program, line + 2, depth);
    }
    error = n < 0 ? (int)n : n < 64 ? -ENOEXEC : load(program, fd);
    __sys_close(fd);
    if (error == 0)
        error = __error_of(sys_process_swap(SYS_SELF, program->process,
                                            program->image.entry,
                                            program->image.stack,
                                            program->argument));
    drop(program);
    __signals_go_on();
    return error;
}

int
__sys_execve(const char *path, char *const argv[], char *const envp[])
{
    static char *const nothing[] = { NULL };
    struct program program = {
        .path = path, .argv = argv != NULL ? argv : nothing,
        .envp = envp != NULL ? envp : nothing,
    };

    return execute(&program, 0);
}

/* --- families ------------------------------------------------------------- */

pid_t
__sys_wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    struct sys_message m = {
        .tag = PROC_WAIT,
        .words = { (uint64_t)(int64_t)pid, (uint64_t)options },
    };
    int error = __ask_slowly(__system.proc, &m);

    if (error != 0)
        return error;
    if (status != NULL && m.words[0] != 0)
        *status = (int)m.words[1];
    if (usage != NULL)
        *usage = (struct rusage){ 0 }; /* nobody counts it */
    return (pid_t)m.words[0];
}

int
__sys_kill(pid_t pid, int number)
{
    struct sys_message m = {
        .tag = PROC_KILL,
        .words = { (uint64_t)(int64_t)pid, (uint64_t)(int64_t)number },
    };
    int error = __ask(__system.proc, &m);

    __signals_run(); /* one to oneself comes before kill() returns */
    return error;
}

pid_t
__sys_getpid(void)
{
    return __system.number;
}

/* One of its number, parent, group, session. */
static pid_t
ask_ids(pid_t pid, unsigned which)
{
    struct sys_message m = { .tag = PROC_IDS,
                             .words = { (uint64_t)(int64_t)pid } };
    int error = __ask(__system.proc, &m);

    return error != 0 ? error : (pid_t)m.words[which];
}

pid_t
__sys_getppid(void)
{
    return ask_ids(0, 1);
}

pid_t
__sys_getpgid(pid_t pid)
{
    return ask_ids(pid, 2);
}

pid_t
__sys_getsid(pid_t pid)
{
    return ask_ids(pid, 3);
}

int
__sys_setpgid(pid_t pid, pid_t group)
{
    struct sys_message m = {
        .tag = PROC_SETPGID,
        .words = { (uint64_t)(int64_t)pid, (uint64_t)(int64_t)group },
    };

    return __ask(__system.proc, &m);
}

pid_t
__sys_setsid(void)
{
    struct sys_message m = { .tag = PROC_SETSID };
    int error = __ask(__system.proc, &m);

    return error != 0 ? error : (pid_t)m.words[0];
}

/* --- one user ------------------------------------------------------------- */

uid_t
__sys_getuid(int effective)
{
    (void)effective;
    return 0;
}

gid_t
__sys_getgid(int effective)
{
    (void)effective;
    return 0;
}

int
__sys_setuid(uid_t user)
{
    return user == 0 ? 0 : -EPERM;
}

int
__sys_setgid(gid_t group)
{
    return group == 0 ? 0 : -EPERM;
}

void
__sys_yield(void)
{
    sys_thread_control(SYS_SELF, SYS_THREAD_YIELD, 0, 0);
}
