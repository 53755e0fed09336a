; One stub for each vector, sixteen bytes apart: it pushes what the CPU did
; not, so that every frame looks the same (struct trap_frame in trap.h).

%define VECTORS    256                  ; 0-31 exceptions, 64 panic
%define STUB_SIZE  16

%define FRAME_CS    24                  ; above vector, error code and RIP
%define STACK_TOP   16                  ; in struct x86_cpu: percpu.h
%define FRAME_TOP   24
%define MSR_GS_BASE 0xC0000101

%include "kernel/x86/frame.inc"
%include "kernel/x86/kpti.inc"

        bits    64
        default rel

        extern  arch_resume
        extern  trap_dispatch
        extern  trap_smap
        extern  trap_user_dispatch

        section ENTRY_SECTION

        global  trap_stubs:function hidden
        align   16
trap_stubs:
%assign vector 0
%rep VECTORS
        ; #DF #TS #NP #SS #GP #PF #AC #CP #VC #SX bring an error code.
%if vector = 8 || (vector >= 10 && vector <= 14) || vector = 17 \
        || vector = 21 || vector = 29 || vector = 30
%else
        push    0
%endif
        push    vector
%if vector = 1
        jmp     near trap_debug
%elif vector = 2 || vector = 8 || vector = 18
        jmp     near trap_any_gs
%else
        jmp     near trap_common
%endif
        align   STUB_SIZE
%assign vector vector + 1
%endrep
%if $ - trap_stubs != VECTORS * STUB_SIZE
%error "a stub is longer than STUB_SIZE"
%endif

; A gate leaves DF and AC as user code had them. CLAC where SMAP is.
%macro  kernel_flags 0
        cld
        cmp     byte [trap_smap], 0
        je      %%none
        clac
%%none:
%endmacro

; In: the CPU's frame, error code and vector on the stack: the kernel's, or
; the end of the current thread's frame. LFENCE on both ways: no access by GS
; is speculated with the other side's base.
trap_common:
        test    byte [rsp + FRAME_CS], 3
        jnz     trap_user
        lfence
%ifdef KPTI
        push    rax
        mov     rax, cr3
        test    eax, USER_ROOT
        pop     rax
        jnz     trap_stray
%endif
        push_registers
        kernel_flags
        mov     rdi, rsp                ; aligned: the CPU aligned it before
        call    trap_dispatch
trap_return:
        pop_registers
        pop     rax
        add     rsp, 16                 ; vector and error code
        iretq

%ifndef KPTI
trap_user:
        swapgs
%endif
trap_user_gs:
        lfence
        push_registers
        kernel_flags
        mov     rsp, [abs gs:STACK_TOP]
        mov     rdi, [abs gs:0]
        xor     ebp, ebp                ; ends every back trace
        call    trap_user_dispatch
        mov     rdi, rax
        jmp     arch_resume

; #DB has a stack of its own because it may hit the first instruction after
; SYSCALL (POP SS before it delays a #DB that is due). From user space the
; frame moves to where all others have theirs: with KPTI they all come from a
; stack that user space's tables have.
trap_debug:
        test    byte [rsp + FRAME_CS], 3
        jz      trap_any_gs
%ifdef KPTI
trap_user:
        push    rax
        mov     rax, cr3
        test    eax, USER_ROOT
        jz      .stray
        and     rax, ~USER_ROOT
        mov     cr3, rax
        swapgs
%else
        swapgs
        push    rax
%endif
        mov     rax, rsp
        mov     rsp, [abs gs:FRAME_TOP]
        move_words 7, 7 * 8             ; SS, ... down to the vector
%ifdef KPTI
        push    qword [rax]
        and     qword [rax], 0
        pop     rax
%else
        mov     rax, [rax]
%endif
        jmp     trap_user_gs
%ifdef KPTI
.stray:
        pop     rax
        jmp     trap_stray
%endif

; #DF, NMI, #MC and the kernel's own #DB may come at any instruction: whose GS
; base is loaded its sign tells, for user code has 0 and cannot set it. They
; never touch a thread's frame.
%macro  find_gs 0                       ; out: EBX 1 if it was the user's
        mov     ecx, MSR_GS_BASE
        rdmsr
        xor     ebx, ebx
        test    edx, edx
        js      %%kernel_gs
        swapgs
        inc     ebx
%%kernel_gs:
        lfence
%endmacro

%define MOVED_RAX  14 * 8               ; on the stack moved to (KPTI)
%define MOVED_RIP  17 * 8
%define MOVED_FROM 22 * 8               ; where the words below RIP were
%define MOVED_ROOT 23 * 8               ; CR3 as it was

trap_any_gs:
%ifdef KPTI
        jmp     trap_any_root
trap_any_gs_moved:
%endif
        push_registers
        kernel_flags
        find_gs
        mov     rdi, rsp
        call    trap_dispatch
        test    ebx, ebx
%ifdef KPTI
        jz      .root
        swapgs
.root:
        test    dword [rsp + MOVED_ROOT], USER_ROOT
        jz      trap_return
        jmp     trap_return_user_root
%else
        jz      trap_return
        swapgs
        jmp     trap_return
%endif

%ifdef KPTI
; The CPU has pushed to a stack that both roots have: struct kpti_stack in
; kpti.h. The one to work on only the kernel's has; its top stands above.
trap_any_root:
        push    rax
        push    rcx
        mov     rcx, cr3
        mov     rax, rcx
        and     rax, ~USER_ROOT
        mov     cr3, rax
        mov     rax, rsp
        mov     rsp, [rax + 9 * 8]
        push    rcx
        push    rax
        move_words 7, 8 * 8
        push    qword [rax + 8]
        mov     rcx, [rax]
        and     qword [rax], 0
        and     qword [rax + 8], 0
        pop     rax
        jmp     trap_any_gs_moved

; Back to where the CPU had pushed.
trap_return_user_root:
        mov     rax, [rsp + MOVED_FROM]
        mov     rcx, [rsp + MOVED_RAX]
        mov     [rax + 8], rcx
%assign at 0
%rep 5
        mov     rcx, [rsp + MOVED_RIP + at]
        mov     [rax + 4 * 8 + at], rcx
%assign at at + 8
%endrep
        pop_registers
        lea     rsp, [rax + 8]
        load_user_root rax
        pop     rax
        lea     rsp, [rsp + 2 * 8]      ; vector and error code
        iretq

; Ring 0 has faulted with the user's root loaded, or user code was run with the
; kernel's and could not be fetched: nothing but a bug. The kernel's stack is
; empty then, so that its report has a place.
trap_stray:
        push_registers
        load_kernel_root rax
        kernel_flags
        find_gs
        mov     rdi, rsp
        mov     rsp, [abs gs:STACK_TOP]
        call    trap_dispatch
        ud2
%endif
