; The switch to a GDT. In a file of its own because entry.asm has a section of
; its own.

        bits    64
        default rel

        section .text exec align=16

; Load a GDT and all segment registers.
; In: RDI -> limit and base, ESI code selector, EDX data selector.
; Clobbers RAX.
        global  gdt_load:function hidden
gdt_load:
        lgdt    [rdi]
        mov     ds, edx
        mov     es, edx
        mov     ss, edx
        lea     rax, [.reloaded]
        push    rsi
        push    rax
        retfq
.reloaded:
        ret
