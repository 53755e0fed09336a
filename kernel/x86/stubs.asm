; One stub for each vector, sixteen bytes apart: it pushes what the CPU did
; not, so that every frame looks the same (struct trap_frame in trap.h).

%define VECTORS    256                  ; 0-31 exceptions, 64 panic
%define STUB_SIZE  16

        bits    64
        default rel

        extern  trap_dispatch

        section .text exec align=16

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
        jmp     near trap_common
        align   STUB_SIZE
%assign vector vector + 1
%endrep
%if $ - trap_stubs != VECTORS * STUB_SIZE
%error "a stub is longer than STUB_SIZE"
%endif

; In: the CPU's frame, error code and vector on the stack. trap_dispatch may
; change every register in the frame.
trap_common:
        push    rax
        push    rbx
        push    rcx
        push    rdx
        push    rsi
        push    rdi
        push    rbp
        push    r8
        push    r9
        push    r10
        push    r11
        push    r12
        push    r13
        push    r14
        push    r15
        cld
        mov     rdi, rsp                ; aligned: the CPU aligned it before
        call    trap_dispatch
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     r11
        pop     r10
        pop     r9
        pop     r8
        pop     rbp
        pop     rdi
        pop     rsi
        pop     rdx
        pop     rcx
        pop     rbx
        pop     rax
        add     rsp, 16                 ; vector and error code
        iretq

; Enter a stub as the CPU would, for faults that ring 0 cannot cause. Only for
; vectors that bring an error code.
; In: RDI vector, RSI error code. Returns when the handler does.
        global  trap_simulate:function hidden
trap_simulate:
        mov     rax, rsp
        mov     ecx, ss
        and     rsp, -16
        push    rcx
        push    rax
        pushfq
        mov     ecx, cs
        push    rcx
        lea     rcx, [.back]
        push    rcx
        push    rsi
        imul    edi, edi, STUB_SIZE
        lea     rcx, [trap_stubs]
        add     rdi, rcx
        jmp     rdi
.back:
        ret
