/* The first instructions of a test program on Linux (System V ABI, x86-64
 * supplement, 3.4.1: what the stack holds then). */
#include "user/libc/internal/libc.h"

#define AT_RANDOM 25

__attribute__((noreturn, used)) HIDDEN void
linux_start(uintptr_t *stack, uintptr_t base, const void *dynamic);

void
linux_start(uintptr_t *stack, uintptr_t base, const void *dynamic)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
    uintptr_t *at = (uintptr_t *)envp;
    const void *random = NULL;

    if (dynamic)
        __relocate(base, dynamic);
    while (*at)
        at++;
    for (at++; at[0]; at += 2)
        if (at[0] == AT_RANDOM)
            random = (const void *)at[1];
    __libc_start(argc, argv, envp, random);
}

__asm__(".text\n"
        ".globl _start\n"
        ".weak _DYNAMIC\n"
        ".hidden _DYNAMIC\n"
        ".hidden __ehdr_start\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %rsp, %rdi\n"
        "    lea __ehdr_start(%rip), %rsi\n"
        "    lea _DYNAMIC(%rip), %rdx\n"
        "    and $-16, %rsp\n"
        "    call linux_start\n");
