; SYSCALL into the kernel, and the way back to user space.
; Source: Intel SDM volume 2, SYSCALL, SYSRET, SWAPGS; volume 3A, 5.8.8.

; struct trap_frame; kernel/x86/context.h asserts these.
%define FRAME_R15     0
%define FRAME_R14     8
%define FRAME_R13     16
%define FRAME_R12     24
%define FRAME_R11     32
%define FRAME_R10     40
%define FRAME_R9      48
%define FRAME_R8      56
%define FRAME_RBP     64
%define FRAME_RDI     72
%define FRAME_RSI     80
%define FRAME_RDX     88
%define FRAME_RCX     96
%define FRAME_RBX     104
%define FRAME_RAX     112
%define FRAME_VECTOR  120
%define FRAME_RIP     136
%define FRAME_CS      144
%define FRAME_RFLAGS  152
%define FRAME_RSP     160
%define FRAME_SS      168
%define FRAME_SIZE    176
%define FRAME_SYSCALL 256               ; a vector that no exception has

; enum sys_call; kernel/x86/usermode.h asserts these.
%define SYS_CALL          1
%define SYS_REPLY_RECEIVE 3

; struct x86_cpu, by GS; kernel/x86/percpu.h asserts these.
%define USER_RSP      8
%define STACK_TOP     16
%define FRAME_TOP     24

%include "kernel/x86/frame.inc"
%include "kernel/x86/kpti.inc"

        bits    64
        default rel

        extern  syscall_dispatch
        extern  syscall_entered
        extern  fastpath_call
        extern  fastpath_reply_receive
        extern  kernel_lock_word        ; kernel/lock.h

        section ENTRY_SECTION

; From user space, interrupts off, all flags clear that FMASK names.
; In: RCX return address, R11 flags, RAX number; RSP is still the user's.
; The thread's frame is filled but for what it has already (CS, SS), and what
; SYSCALL has overwritten (RCX, R11). C keeps RBX, RBP, R12 to R15, but the
; thread may be another one on the way back. The user's RBP ends a back trace:
; it points into no stack of the kernel, or if it does, to harmless nonsense.
        global  syscall_entry:function hidden
        align   16
syscall_entry:
        swapgs
        syscall_to_kernel
        mov     rsp, [abs gs:FRAME_TOP]
%define AT(field) rsp - FRAME_SIZE + field
        mov     [AT(FRAME_RIP)], rcx
        mov     rcx, [abs gs:USER_RSP]
        mov     [AT(FRAME_RSP)], rcx
        mov     [AT(FRAME_RFLAGS)], r11
        mov     qword [AT(FRAME_VECTOR)], FRAME_SYSCALL
        mov     [AT(FRAME_RAX)], rax
        mov     [AT(FRAME_RBX)], rbx
        mov     [AT(FRAME_RDX)], rdx
        mov     [AT(FRAME_RSI)], rsi
        mov     [AT(FRAME_RDI)], rdi
        mov     [AT(FRAME_RBP)], rbp
        mov     [AT(FRAME_R8)], r8
        mov     [AT(FRAME_R9)], r9
        mov     [AT(FRAME_R10)], r10
        mov     [AT(FRAME_R12)], r12
        mov     [AT(FRAME_R13)], r13
        mov     [AT(FRAME_R14)], r14
        mov     [AT(FRAME_R15)], r15
        cmp     rax, SYS_CALL
        jb      .null
        mov     rsp, [abs gs:STACK_TOP]
        mov     rdi, [abs gs:0]
        je      .call
        cmp     rax, SYS_REPLY_RECEIVE
        je      .reply_receive
        xor     ebp, ebp                ; ends every back trace
        call    syscall_dispatch
        jmp     resume

; SYS_NULL: RAX is 0, and so become the other registers that are not kept.
.null:
        mov     rcx, [AT(FRAME_RIP)]
        mov     rsp, [AT(FRAME_RSP)]
        xor     edi, edi
        xor     esi, esi
        xor     edx, edx
        xor     r8d, r8d
        xor     r9d, r9d
        xor     r10d, r10d
        user_sysret

; RAX comes back as the thread to resume, RDX as the frame that has its
; message; RAX 0: not this way. No register is kept.
.call:
        call    fastpath_call
        test    rax, rax
        jnz     resume_message
.entered:
        mov     rdi, [abs gs:0]
        xor     ebp, ebp
        call    syscall_entered
        jmp     resume
.reply_receive:
        call    fastpath_reply_receive
        test    rax, rax
        jz      .entered

; In: RAX thread, which waited in a system call; RDX frame with tag and words,
; another thread's: it stands still while this CPU has the lock.
resume_message:
        mov     r13, [rdx + FRAME_R13]
        mov     r12, [rdx + FRAME_R12]
        mov     r10, [rdx + FRAME_R10]
        mov     r9, [rdx + FRAME_R9]
        mov     r8, [rdx + FRAME_R8]
        mov     rsi, [rdx + FRAME_RSI]
        mov     rdx, [rdx + FRAME_RDX]
        mov     byte [kernel_lock_word], 0      ; others may have that frame
        mov     r15, [rax + FRAME_R15]
        mov     r14, [rax + FRAME_R14]
        mov     rdi, [rax + FRAME_RDI]
        mov     rbp, [rax + FRAME_RBP]
        mov     rbx, [rax + FRAME_RBX]
        mov     rcx, [rax + FRAME_RIP]
        mov     r11, [rax + FRAME_RFLAGS]
        mov     rsp, [rax + FRAME_RSP]
        mov     rax, [rax + FRAME_RAX]
        user_sysret

; In: RAX thread. SYSRET is for frames of SYSCALL alone: their RIP stood
; behind an instruction in user space, so it is canonical (SYS_USER_END is a
; page below the hole), and RCX and R11 are lost anyway. Intel's faults in ring
; 0 where RIP is not, AMD's in ring 3. AMD's leaves the hidden part of SS as it
; is, unusable even, when the kernel was entered by an interrupt of another
; thread: 64-bit code, and there is no other, never looks at it; interrupts push
; the selector, and IRETQ loads all of it.
resume:
        cmp     dword [rax + FRAME_VECTOR], FRAME_SYSCALL
        jne     .by_iret
        mov     r15, [rax + FRAME_R15]
        mov     r14, [rax + FRAME_R14]
        mov     r13, [rax + FRAME_R13]
        mov     r12, [rax + FRAME_R12]
        mov     r10, [rax + FRAME_R10]
        mov     r9, [rax + FRAME_R9]
        mov     r8, [rax + FRAME_R8]
        mov     rbp, [rax + FRAME_RBP]
        mov     rdi, [rax + FRAME_RDI]
        mov     rsi, [rax + FRAME_RSI]
        mov     rdx, [rax + FRAME_RDX]
        mov     rbx, [rax + FRAME_RBX]
        mov     rcx, [rax + FRAME_RIP]
        mov     r11, [rax + FRAME_RFLAGS]
        mov     rsp, [rax + FRAME_RSP]
        mov     rax, [rax + FRAME_RAX]
        user_sysret

.by_iret:
%ifdef KPTI
        mov     rsp, [abs gs:0]
        add     rsp, ENTRY_TOP
        push    qword [rax + FRAME_SS]
        push    qword [rax + FRAME_RSP]
        push    qword [rax + FRAME_RFLAGS]
        push    qword [rax + FRAME_CS]
        push    qword [rax + FRAME_RIP]
        push    qword [rax + FRAME_RAX]
        mov     r15, [rax + FRAME_R15]
        mov     r14, [rax + FRAME_R14]
        mov     r13, [rax + FRAME_R13]
        mov     r12, [rax + FRAME_R12]
        mov     r11, [rax + FRAME_R11]
        mov     r10, [rax + FRAME_R10]
        mov     r9, [rax + FRAME_R9]
        mov     r8, [rax + FRAME_R8]
        mov     rbp, [rax + FRAME_RBP]
        mov     rdi, [rax + FRAME_RDI]
        mov     rsi, [rax + FRAME_RSI]
        mov     rdx, [rax + FRAME_RDX]
        mov     rcx, [rax + FRAME_RCX]
        mov     rbx, [rax + FRAME_RBX]
        load_user_root rax
        pop     rax
%else
        mov     rsp, rax
        pop_registers
        pop     rax
        add     rsp, 16                 ; vector and error code
%endif
        swapgs
        iretq

; In: RDI thread, whose state beyond the frame is loaded. Does not return.
        global  arch_resume:function hidden
arch_resume:
        mov     rax, rdi
        jmp     resume
