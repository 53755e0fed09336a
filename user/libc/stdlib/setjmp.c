#include <setjmp.h>
#include <signal.h>

#include "user/libc/internal/system.h"

/*
 * In: RDI a jmp_buf. Out: EAX 0, or what longjmp() is given. What a function
 * must preserve is kept, with RSP as it is after the return, and RIP. Nothing
 * is saved of the signal mask, as POSIX allows.
 */
__asm__(".text\n"
        ".globl setjmp, _setjmp\n"
        ".type setjmp, @function\n"
        ".type _setjmp, @function\n"
        "setjmp:\n"
        "_setjmp:\n"
        "    movq $0, 64(%rdi)\n"
        "save_registers:\n"
        "    mov %rbx, (%rdi)\n"
        "    mov %rbp, 8(%rdi)\n"
        "    mov %r12, 16(%rdi)\n"
        "    mov %r13, 24(%rdi)\n"
        "    mov %r14, 32(%rdi)\n"
        "    mov %r15, 40(%rdi)\n"
        "    lea 8(%rsp), %rdx\n"
        "    mov %rdx, 48(%rdi)\n"
        "    mov (%rsp), %rdx\n"
        "    mov %rdx, 56(%rdi)\n"
        "    xor %eax, %eax\n"
        "    ret\n"
        /* ESI: whether to save the mask, which C does. */
        ".globl sigsetjmp\n"
        ".type sigsetjmp, @function\n"
        "sigsetjmp:\n"
        "    push %rdi\n"
        "    call __save_mask\n"
        "    pop %rdi\n"
        "    jmp save_registers\n"
        /* RDI: jmp_buf, ESI: what setjmp() is to return. */
        "restore_registers:\n"
        "    mov %esi, %eax\n"
        "    mov (%rdi), %rbx\n"
        "    mov 8(%rdi), %rbp\n"
        "    mov 16(%rdi), %r12\n"
        "    mov 24(%rdi), %r13\n"
        "    mov 32(%rdi), %r14\n"
        "    mov 40(%rdi), %r15\n"
        "    mov 48(%rdi), %rsp\n"
        "    jmp *56(%rdi)\n");

__NORETURN void restore_registers(struct __jmp_buf *buffer, int value)
    __attribute__((visibility("hidden")));
void __save_mask(struct __jmp_buf *buffer, int save)
    __attribute__((visibility("hidden")));

void
__save_mask(struct __jmp_buf *buffer, int save)
{
    sigset_t mask = {0};

    buffer->__saved = save != 0;
    if (save)
        __sys_sigprocmask(SIG_BLOCK, NULL, &mask);
    buffer->__mask = mask.__bits;
}

void
longjmp(jmp_buf buffer, int value)
{
    if (buffer->__saved) {
        sigset_t mask = {buffer->__mask};

        __sys_sigprocmask(SIG_SETMASK, &mask, NULL);
    }
    restore_registers(buffer, value ? value : 1);
}

void
siglongjmp(sigjmp_buf buffer, int value)
{
    longjmp(buffer, value);
}

void
_longjmp(jmp_buf buffer, int value)
{
    longjmp(buffer, value);
}
