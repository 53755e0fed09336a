/*
 * The common case of SYS_CALL and SYS_REPLY_RECEIVE: words only, the other
 * side waits, nothing more urgent is ready. It leaves exactly the state that
 * kernel/ipc.c would; when any guard fails it has changed nothing and the slow
 * path does the work.
 */
#ifndef KERNEL_X86_FASTPATH_H
#define KERNEL_X86_FASTPATH_H

struct thread;
struct trap_frame;
struct x86_cpu;

/*
 * next: whom to resume, its registers in its frame but for tag and words (RSI,
 * RDX, R10, R8, R9, R12, R13), which are still in the sender's: message. Its
 * own are dead until its next entry. NULL: the rest is to be done.
 */
struct fastpath_result { /* RAX, RDX */
    struct thread *next;
    struct trap_frame *message;
};

/*
 * Those system calls of the current thread; the kernel is entered, and left if
 * there is a next, but for the lock: once it is given up, others may write into
 * the sender's frame. Only for syscall.asm, which gives it up when it has the
 * words, and lets them lose all registers.
 */
struct fastpath_result fastpath_call(struct x86_cpu *self);
struct fastpath_result fastpath_reply_receive(struct x86_cpu *self);

#endif
