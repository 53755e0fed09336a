/*
 * The first instructions of a program: user/proto/start.h says what it is
 * given. Until __relocate() has run, pointers in data are not right; nothing
 * before it may use one.
 */
#include <stdlib.h>
#include <string.h>

#include "user/libc/kindling/kindling.h"

struct system_state __system;

static void
take_files(const struct start *start)
{
    for (uint32_t i = 0; i < start->file_count; i++) {
        const struct start_file *file = &start->files[i];

        if (file->fd >= 0 && file->fd < FILES_MAX)
            __system.files[file->fd] = (struct file){
                .handle = file->handle, .mode = file->mode,
            };
    }
}

static void
take_start(const struct start *start)
{
    size_t length = strlen(start->directory);

    __system.proc = start->proc;
    __system.name = start->name;
    __system.table = start->table;
    __system.number = start->number;
    __system.umask = (mode_t)start->umask;
    if (length < sizeof __system.directory)
        memcpy(__system.directory, start->directory, length + 1);
    else
        strcpy(__system.directory, "/");
    take_files(start);
    for (uint32_t i = 0; i < start->close_count; i++)
        sys_close(start->closes[i]);
    if (start->old != 0) {
        sys_process_control(start->old, SYS_PROCESS_KILL, 0);
        sys_close(start->old);
    }
    if (__system.proc == 0)
        return;
    __process_started(start->argc > 0 ? start->argv[0] : "");
    __signals_started(start);
}

__attribute__((noreturn)) HIDDEN void
__kindling_start(const struct start *start, uintptr_t base,
                 const void *dynamic);

__attribute__((used)) void
__kindling_start(const struct start *start, uintptr_t base,
                 const void *dynamic)
{
    __relocate(base, dynamic);
    if (start->version != START_VERSION)
        sys_exit(127);
    take_start(start);
    __libc_start(start->argc, start->argv, start->envp, start->random);
}

__asm__(".text\n"
        ".globl _start\n"
        ".hidden _DYNAMIC\n"
        ".hidden __ehdr_start\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    lea __ehdr_start(%rip), %rsi\n"
        "    lea _DYNAMIC(%rip), %rdx\n"
        "    and $-16, %rsp\n"
        "    call __kindling_start\n");
