; The first instructions of another CPU, from real mode to the kernel.
;
; smp.c copies this to a page below 640 KiB, fills in the data at its end, maps
; the page at its own address, read-only, and sends the CPU there. It lies
; among the constants: at its place in the kernel nobody can execute it.
; Source: Intel SDM volume 3A, 9.4.4 (start-up), 9.8.5 (IA-32e mode).

%define MSR_EFER     0xC0000080
%define CR4_PAE      0x20
%define FEATURES     (1 << 29 | 1 << 20) ; CPUID 80000001h EDX: LM, NX
%define STACK_TOP    16                  ; struct x86_cpu: stack_top
%define CODE64       0x08
%define DATA         0x10
%define CODE32       0x18

%define AT(label)    (label - trampoline)

        section .rodata noexec align=16

        global  trampoline:data hidden
        global  trampoline_data:data hidden
        global  trampoline_end:data hidden

        bits    16
        align   16
trampoline:
        cli
        cld
        mov     ax, cs
        mov     ds, ax
        movzx   esi, ax
        shl     esi, 4                  ; where this page is, for good
        o32 lgdt [AT(gdt_pointer)]
        mov     eax, cr0
        or      al, 1                   ; PE
        mov     cr0, eax
        jmp     far dword [AT(far32)]

        bits    32
protected:
        mov     eax, DATA
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     eax, 0x80000000
        cpuid
        cmp     eax, 0x80000001
        jb      unfit
        mov     eax, 0x80000001
        cpuid
        and     edx, FEATURES
        cmp     edx, FEATURES
        jne     unfit
        mov     eax, CR4_PAE
        mov     cr4, eax
        mov     eax, [esi + AT(data_cr3)]
        mov     cr3, eax
        mov     ecx, MSR_EFER
        mov     eax, [esi + AT(data_efer)]
        xor     edx, edx
        wrmsr
        mov     eax, [esi + AT(data_cr0)]
        mov     cr0, eax                ; paging is on
        jmp     far dword [esi + AT(far64)]
unfit:
        hlt
        jmp     unfit

        ; The ticket says who this is. Too late, and it is gone: then this CPU
        ; has no stack to stand on.
        bits    64
long_mode:
        mov     esi, esi
        xor     eax, eax
        mov     rdx, [rsi + AT(data_ticket)]
        xchg    [rdx], rax
        test    rax, rax
        jz      late
        mov     rsp, [rax + STACK_TOP]
        xor     ebp, ebp                ; ends every back trace
        mov     rdi, rax
        push    0
        jmp     [rsi + AT(data_entry)]
late:
        hlt
        jmp     late

        align   8
gdt:
        dq      0
        dq      0x00AF9B000000FFFF      ; CODE64
        dq      0x00CF93000000FFFF      ; DATA
        dq      0x00CF9B000000FFFF      ; CODE32
gdt_end:

        ; struct trampoline_data in smp.c
        align   8
trampoline_data:
data_base:                              ; added to by smp.c: the address of
gdt_pointer:                            ; the page
        dw      gdt_end - gdt - 1
        dd      AT(gdt)
far32:
        dd      AT(protected)
        dw      CODE32
far64:
        dd      AT(long_mode)
        dw      CODE64
        align   4, db 0
data_cr3:
        dd      0
data_cr0:
        dd      0
data_efer:
        dd      0
        align   8, db 0
data_ticket:
        dq      0
data_entry:
        dq      0
trampoline_end:

%if trampoline_end - trampoline > 4096
%error "the trampoline is longer than its page"
%endif
