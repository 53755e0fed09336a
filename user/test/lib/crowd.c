#include "user/test/lib/crowd.h"

_Static_assert(SYS_CALL == 1 && SYS_RECEIVE == 2 && SYS_REPLY_RECEIVE == 3 &&
               SYS_WAIT == 13 && SYS_THREAD_CONTROL == 31 &&
               SYS_THREAD_KILL == 2, "the numbers below");

__asm__(".text\n"
        ".globl crowd_echo, crowd_call, crowd_wait\n"
        ".hidden crowd_echo, crowd_call, crowd_wait\n"
        "crowd_echo:\n"
        "    movl %edi, %ebp\n"
        "    movl $2, %eax\n"
        "    xorl %esi, %esi\n"
        "1:  syscall\n"
        "    testq %rax, %rax\n"
        "    jnz crowd_end\n"
        "    movl %ebp, %edi\n"
        "    incq %rdx\n"
        "    movl $3, %eax\n"
        "    jmp 1b\n"
        "crowd_call:\n"
        "    movl $1, %eax\n"
        "    xorl %esi, %esi\n"
        "    syscall\n"
        "    jmp crowd_end\n"
        "crowd_wait:\n"
        "    movl $13, %eax\n"
        "    movl $1, %esi\n"
        "    xorl %edx, %edx\n"
        "    syscall\n"
        "crowd_end:\n"
        "    movl $31, %eax\n"
        "    xorl %edi, %edi\n"
        "    movl $2, %esi\n"
        "    syscall\n"
        "    jmp crowd_end\n");

int64_t
crowd_add(void (*entry)(void), handle_t handle, unsigned priority)
{
    int64_t thread = sys_thread_create(SYS_SELF, (uint64_t)entry,
                                       SYS_USER_BASE, handle, priority);

    if (thread > 0)
        sys_thread_control((handle_t)thread, SYS_THREAD_START, 0, 0);
    return thread;
}
