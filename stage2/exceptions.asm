; One stub for each exception: it pushes its number and goes to the C handler
; with a frame of the same shape for all.

        extern exception_handler
        global exception_stubs

        section .text align=1
        bits 64
; Vectors 8, 10 to 14, 17, 21, 29 and 30 push an error code (Intel SDM
; volume 3, table 6-1, and AMD APM volume 2, 8.2).
WITH_CODE       equ 60227D00h

exception_stubs:                ; seven bytes each, see exceptions.c
%assign vector 0
%rep 32
        push byte vector
        jmp near with_frame
        times 7 - ($ - exception_stubs) + vector * 7 db 90h
%assign vector vector + 1
%endrep

; With an error code the stack holds number, code, RIP; without it number, RIP.
with_frame:
        pop rdi                 ; number
        mov eax, WITH_CODE
        bt eax, edi
        jnc .no_code
        pop rdx
.no_code:
        mov rsi, [rsp]          ; RIP
        mov rdx, cr2
        and rsp, -16
        call exception_handler
