; The kernel's first instructions, and its stacks.
;
; The loader arrives here with RDI = boot_info (physical) on a stack of its
; own; kernel/abi/boot.h has the rest of the promise. What is measured or
; checked of the CPU's state must be read before anything changes it.
;
; Like every file here it has only one section with code: for more, NASM's
; DWARF tells debuggers wrong lines.

%include "layout.inc"

%define STACK_SIZE     16384
%define IST_STACK_SIZE 8192
%define PAGE           4096

        bits    64
        default rel

        extern  kernel_start

        section .text.entry exec align=16

; In: RDI boot_info, RSP the loader's stack. Does not return.
        global  entry:function hidden
entry:
        rdtsc
        shl     rdx, 32
        or      rdx, rax
        pushfq
        pop     rcx
        mov     rsi, rsp
        lea     rsp, [boot_stack_top]
        push    2                       ; all flags clear but the fixed one
        popfq
        xor     ebp, ebp                ; ends every back trace
        mov     fs, bp
        mov     gs, bp
        lldt    bp
        mov     eax, 0x400              ; no break-points left behind
        mov     dr7, rax
        ; kernel_start(boot_info, loader's stack, tsc, flags)
        call    kernel_start
        ud2

; Each stack has a guard page below, which the page tables leave out. All
; sizes are whole pages, so everything stays aligned.
%macro guarded_stack 2
        global  %1_guard:data hidden
%1_guard:
        resb    PAGE
        resb    %2
        global  %1_top:data hidden
%1_top:
%endmacro

        section .bss nobits alloc write align=4096
        guarded_stack boot_stack, STACK_SIZE
        guarded_stack double_fault_stack, IST_STACK_SIZE
        guarded_stack nmi_stack, IST_STACK_SIZE
        guarded_stack machine_check_stack, IST_STACK_SIZE
        guarded_stack debug_stack, IST_STACK_SIZE
