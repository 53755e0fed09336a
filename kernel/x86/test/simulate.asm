; Exceptions that ring 0 cannot cause: probe.h.

        bits    64
        default rel

        section .text exec align=16

; Enter a stub as the CPU would. Only for vectors that bring an error code.
; In: RDI the stub, RSI error code. Returns when the handler does.
        global  trap_simulate:function hidden
trap_simulate:
        mov     rax, rsp
        mov     ecx, ss
        and     rsp, -16
%ifdef KPTI
        lea     rdx, [rsp - 256]        ; as in struct kpti_stack: another
        push    rdx
        push    rdx
%endif
        push    rcx
        push    rax
        pushfq
        mov     ecx, cs
        push    rcx
        lea     rcx, [.back]
        push    rcx
        push    rsi
        jmp     rdi
.back:
        ret
