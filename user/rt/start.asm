; The first instructions of a program and of each of its further threads.
; docs/spec/syscalls.md, SC-14 and SC-15, says what the kernel set up.

bits 64
default rel

extern image_start
extern rt_start
extern rt_thread_end

section .text.start progbits alloc exec nowrite align=16

; In: RDI argument from whoever started the process; RSP at a multiple of 16.
global start:function hidden
start:
        xor     ebp, ebp                ; the last frame of a back trace
        lea     rsi, [image_start]      ; where this program lies
        call    rt_start                ; (argument, base); never returns
        ud2

; In: RDI argument; [RSP] the function to call, RSP at a multiple of 16.
global rt_thread_entry:function hidden
rt_thread_entry:
        xor     ebp, ebp
        call    [rsp]
        call    rt_thread_end           ; never returns
        ud2

section .note.GNU-stack noalloc noexec nowrite progbits
