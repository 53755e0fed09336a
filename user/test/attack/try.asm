; What C cannot say: instructions that user code must not get by with, and
; system calls with every register in view. attack.h describes each.

bits 64
default rel

SYS_THREAD_CONTROL equ 31               ; kernel/abi/syscall.h; attack.h asserts
SYS_THREAD_YIELD   equ 4
INSPECTION_SIZE    equ 56               ; struct sys_inspection

CODE_0  equ 0x08                        ; the kernel's selectors: gdt.h
DATA_0  equ 0x10
TSS     equ 0x30
BAD     equ 0x8000000000000000          ; not canonical

extern fresh_has_avx
extern fresh_state
extern watch_alien
extern watch_mine

section .note.GNU-stack noalloc noexec nowrite progbits
section .text

; In: RDI code, RSI its word. The root task makes R15 the next instruction and
; R14 the stack after a fault, RAX the exception, RBX the address.
global attempt:function hidden
attempt:
        push    rbp
        push    rbx
        push    r12
        push    r13
        push    r14
        push    r15
        mov     r14, rsp
        lea     r15, [.recovered]
        mov     rax, rdi
        mov     rdi, rsi
        call    rax
        xor     eax, eax
.recovered:
        mov     rsp, r14
        mov     [attempt_address], rbx
        cld
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbx
        pop     rbp
        ret

section .bss align=8
global attempt_address:data hidden
attempt_address: resq 1
section .text

%macro  try 1+
        global  %1:function hidden
%1:
%endmacro

try try_read
        mov     al, [rdi]
        ret
try try_write
        mov     [rdi], al
        ret
try try_execute
        jmp     rdi
try try_push
        mov     rsp, rdi
        push    rax
        ret
try try_return
        push    rdi
        ret
try try_iret
        mov     eax, ss
        push    rax
        push    rsp
        pushfq
        mov     eax, cs
        push    rax
        push    rdi
        iretq
try try_watch
        mov     ecx, 300000             ; until the page goes
.again:
        mov     rax, [rdi]
        test    rax, rax
        jz      .good
        cmp     rax, [watch_mine]
        je      .good
        mov     [watch_alien], rax
        ret
.good:
        dec     ecx
        jnz     .again
        ret
try try_in
        mov     edx, edi
        in      al, dx
        ret
try try_in2
        mov     edx, edi
        in      ax, dx
        ret
try try_in4
        mov     edx, edi
        in      eax, dx
        ret
try try_out
        mov     edx, edi
        xor     eax, eax
        out     dx, al
        ret

; --- the table ---------------------------------------------------------------

NONE    equ 1 << 63
UMIP    equ 1 << 62
E_DE    equ 1 << 0
E_DB    equ 1 << 1
E_BP    equ 1 << 3
E_UD    equ 1 << 6
E_SS    equ 1 << 12
E_GP    equ 1 << 13
E_PF    equ 1 << 14
E_AC    equ 1 << 17

; In: name, exceptions that are right. What follows is the code. Where QEMU 7.2
; differs from the manuals both are; with SMAP its IRETQ and RETF are #PF in
; user space, whatever is on the stack.
%macro  instruction 2
        section .rodata
%%name: db      %1, 0
        section .data.rel.ro progbits alloc noexec write align=8
        dq      %%name, %%code, %2
        section .text
%%code:
%endmacro

        section .data.rel.ro progbits alloc noexec write align=8
        global  instructions:data hidden
instructions:
        section .text

        instruction "hlt", E_GP
        hlt
        ret
        instruction "cli", E_GP
        cli
        ret
        instruction "sti", E_GP
        sti
        ret
        instruction "clts", E_GP
        clts
        ret
        instruction "lgdt", E_GP
        lgdt    [rsp]
        ret
        instruction "lidt", E_GP
        lidt    [rsp]
        ret
        instruction "lldt", E_GP
        xor     eax, eax
        lldt    ax
        ret
        instruction "ltr", E_GP
        mov     eax, TSS
        ltr     ax
        ret
        instruction "lmsw", E_GP
        xor     eax, eax
        lmsw    ax
        ret
        instruction "invlpg", E_GP
        invlpg  [rsp]
        ret
        instruction "invpcid", E_GP | E_UD
        xor     eax, eax
        invpcid rax, [rsp]
        ret
        instruction "invd", E_GP
        invd
        ret
        instruction "wbinvd", E_GP
        wbinvd
        ret
        instruction "rdmsr EFER", E_GP
        mov     ecx, 0xC0000080
        rdmsr
        ret
        instruction "rdmsr LSTAR", E_GP
        mov     ecx, 0xC0000082
        rdmsr
        ret
        instruction "wrmsr LSTAR", E_GP
        mov     ecx, 0xC0000082
        xor     eax, eax
        xor     edx, edx
        wrmsr
        ret
        instruction "wrmsr KERNEL_GS_BASE", E_GP
        mov     ecx, 0xC0000102
        xor     eax, eax
        xor     edx, edx
        wrmsr
        ret
        instruction "mov rax, cr0", E_GP
        mov     rax, cr0
        ret
        instruction "mov cr0, rax", E_GP
        mov     eax, 0x80000001
        mov     cr0, rax
        ret
        instruction "mov rax, cr2", E_GP
        mov     rax, cr2
        ret
        instruction "mov rax, cr3", E_GP
        mov     rax, cr3
        ret
        instruction "mov cr3, rax", E_GP
        xor     eax, eax
        mov     cr3, rax
        ret
        instruction "mov cr4, rax", E_GP
        xor     eax, eax
        mov     cr4, rax
        ret
        instruction "mov cr8, rax", E_GP
        xor     eax, eax
        mov     cr8, rax
        ret
        instruction "mov rax, dr7", E_GP
        mov     rax, dr7
        ret
        instruction "mov dr0, rax", E_GP
        xor     eax, eax
        mov     dr0, rax
        ret
        instruction "mov dr7, rax", E_GP
        mov     eax, 0x401
        mov     dr7, rax
        ret
        instruction "swapgs", E_GP
        swapgs
        ret
        instruction "sysret", E_GP
        lea     rcx, [rel try_read]
        o64 sysret
        ret
        instruction "sysenter", E_GP | E_UD
        sysenter
        ret
        instruction "sysexit", E_GP | E_UD
        sysexit
        ret
        instruction "rdpmc", E_GP
        xor     ecx, ecx
        rdpmc
        ret
        instruction "xsetbv", E_GP | E_UD
        xor     ecx, ecx
        mov     eax, 1
        xor     edx, edx
        xsetbv
        ret
        instruction "xgetbv 1", E_GP | E_UD | NONE
        mov     ecx, 1
        xgetbv
        ret
        instruction "stac", E_UD
        stac
        ret
        instruction "clac", E_UD
        clac
        ret
        instruction "monitor", E_UD | E_GP
        mov     rax, rsp
        xor     ecx, ecx
        xor     edx, edx
        monitor
        ret
        instruction "mwait", E_UD | E_GP
        xor     eax, eax
        xor     ecx, ecx
        mwait
        ret
        instruction "vmcall", E_UD
        vmcall
        ret
        instruction "vmmcall", E_UD | NONE
        vmmcall
        ret
        instruction "vmrun", E_UD | E_GP
        mov     rax, rsp
        vmrun
        ret
        instruction "rsm", E_UD
        rsm
        ret
        instruction "rdfsbase", E_UD
        rdfsbase rax
        ret
        instruction "rdgsbase", E_UD
        rdgsbase rax
        ret
        instruction "wrfsbase", E_UD
        xor     eax, eax
        wrfsbase rax
        ret
        instruction "wrgsbase, kernel half", E_UD
        mov     rax, 0xFFFF800000000000
        wrgsbase rax
        ret
        instruction "in al, dx", E_GP
        mov     edx, 0x64
        in      al, dx
        ret
        instruction "in eax, dx", E_GP
        mov     edx, 0xCF8
        in      eax, dx
        ret
        instruction "out 0x64, al", E_GP
        mov     al, 0xFE
        out     0x64, al
        ret
        instruction "out 0xFFFF", E_GP
        mov     edx, 0xFFFF
        out     dx, al
        ret
        instruction "out 0xFFFF, four bytes", E_GP
        mov     edx, 0xFFFF
        out     dx, eax
        ret
        instruction "insb", E_GP
        mov     edx, 0x60
        lea     rdi, [rsp - 256]
        insb
        ret
        instruction "rep outsb", E_GP
        mov     edx, 0x3F8
        mov     rsi, rsp
        mov     ecx, 4
        rep outsb
        ret
        instruction "sgdt", UMIP
        sub     rsp, 24
        sgdt    [rsp]
        add     rsp, 24
        ret
        instruction "sidt", UMIP
        sub     rsp, 24
        sidt    [rsp]
        add     rsp, 24
        ret
        instruction "sldt", UMIP
        sldt    eax
        ret
        instruction "str", UMIP
        str     eax
        ret
        instruction "smsw", UMIP
        smsw    eax
        ret
        instruction "iretq to ring 0", E_GP | E_PF
        mov     rax, rsp
        push    DATA_0
        push    rax
        pushfq
        push    CODE_0
        lea     rcx, [rel try_read]
        push    rcx
        iretq
        instruction "iretq to ring 0 code, own stack", E_GP | E_PF
        mov     rax, rsp
        mov     ecx, ss
        push    rcx
        push    rax
        pushfq
        push    CODE_0 | 3
        lea     rcx, [rel try_read]
        push    rcx
        iretq
        instruction "iretq with ring 0 stack", E_GP | E_PF
        mov     rax, rsp
        push    DATA_0
        push    rax
        pushfq
        mov     ecx, cs
        push    rcx
        lea     rcx, [rel try_read]
        push    rcx
        iretq
        instruction "iretq to 0", E_PF
        xor     edi, edi
        jmp     try_iret
        instruction "iretq, not canonical", E_GP | E_PF
        mov     rdi, BAD
        jmp     try_iret
        instruction "iretq to the hole", E_GP | E_PF
        mov     rdi, 0x800000000000
        jmp     try_iret
        instruction "iretq under NT", E_GP | E_PF
        pushfq
        or      dword [rsp], 1 << 14
        popfq
        xor     edi, edi
        jmp     try_iret
        instruction "retf to ring 0", E_GP | E_PF
        push    CODE_0
        lea     rcx, [rel try_read]
        push    rcx
        o64 retf
        instruction "far jump to ring 0", E_GP
        push    CODE_0
        lea     rcx, [rel try_read]
        push    rcx
        o64 jmp far [rsp]
        instruction "far call to the TSS", E_GP
        push    TSS
        push    0
        o64 call far [rsp]
        instruction "mov ss, 0", E_GP
        xor     eax, eax
        mov     ss, eax
        ret
        instruction "mov ss, ring 0", E_GP
        mov     eax, DATA_0
        mov     ss, eax
        ret
        instruction "mov ds, ring 0", NONE | E_GP
        mov     eax, DATA_0
        mov     ds, eax
        ret
        instruction "mov gs, TSS", E_GP
        mov     eax, TSS
        mov     gs, eax
        ret
        instruction "mov fs, beyond the GDT", E_GP
        mov     eax, 0xFFF8
        mov     fs, eax
        ret
        instruction "mov ds, LDT", E_GP
        mov     eax, 0xC
        mov     ds, eax
        ret
        instruction "mov fs and gs, own data", NONE
        mov     eax, ss
        mov     fs, eax
        mov     gs, eax
        mov     ds, eax
        mov     es, eax
        xor     eax, eax                ; SYS_NULL
        syscall
        xor     eax, eax
        mov     fs, eax
        mov     gs, eax
        ret
        instruction "gs:0 is not the kernel's", E_PF
        mov     rax, [abs gs:0]
        ret
        instruction "gs:kernel half", E_PF
        mov     rax, 0xFFFF800000000000
        mov     rax, [gs:rax]
        ret
        instruction "ud2", E_UD
        ud2
        instruction "int3", E_BP
        int3
        ret
        instruction "int1", E_DB | E_UD ; QEMU does not know it
        db      0xF1
        ret
        instruction "into", E_UD
        db      0xCE
        ret
        instruction "unaligned under AC", E_AC | NONE ; QEMU never checks
        pushfq
        or      dword [rsp], 1 << 18
        popfq
        mov     eax, [rsp + 1]
        ret
        instruction "single step", E_DB
        pushfq
        or      dword [rsp], 1 << 8
        popfq
        nop
        nop
        ret
        instruction "divide by zero", E_DE
        xor     eax, eax
        xor     edx, edx
        xor     ecx, ecx
        div     ecx
        ret
        instruction "push, not canonical", E_SS | E_GP ; QEMU: #GP
        mov     rdi, BAD
        jmp     try_push
        instruction "push to kernel", E_PF
        mov     rdi, 0xFFFFFFFF80200000
        jmp     try_push
        instruction "read, not canonical", E_GP
        mov     rdi, BAD
        jmp     try_read
        instruction "jump, not canonical", E_GP
        mov     rdi, BAD
        jmp     try_execute
        instruction "return, not canonical", E_GP
        mov     rdi, BAD
        jmp     try_return
        instruction "call, not canonical", E_GP
        mov     rdi, BAD
        call    rdi
        ret
        instruction "jump to the hole", E_GP | E_PF
        mov     rdi, 0x800000000000
        jmp     try_execute
        instruction "jump to SYS_USER_END", E_PF
        mov     rdi, 0x7FFFFFFFF000
        jmp     try_execute
        instruction "SYSCALL with a stack in the kernel", E_PF
        xor     eax, eax
        mov     rsp, 0xFFFFFFFF80200000
        syscall
        push    rax
        ret
        instruction "SYSCALL with a stack that is not canonical", E_SS | E_GP
        mov     eax, 15                 ; SYS_CLOCK
        mov     rsp, BAD
        syscall
        push    rax
        ret
        instruction "fault with a stack in the kernel", E_UD
        mov     rsp, 0xFFFFFFFF80200000
        ud2
        instruction "fault with a stack that is not canonical", E_UD
        mov     rsp, BAD
        ud2
        instruction "sixteen prefixes", E_GP
        times 16 db 0x66
        nop
        ret

        section .data.rel.ro progbits alloc noexec write align=8
instructions_end:
        section .rodata align=8
        global  instruction_count:data hidden
        align   8
instruction_count: dq (instructions_end - instructions) / 24
        section .text

        align   4
        global  try_int:data hidden
try_int:
%assign vector 0
%rep 256
        db      0xCD, vector, 0xC3, 0x90
%assign vector vector + 1
%endrep

; --- flags at SYSCALL --------------------------------------------------------

; In: RDI number, RSI flags to set, RDX second argument; the first is 0, the
; third INSPECTION_SIZE. Out: RAX flags that came back.
        global  call_with_flags:function hidden
call_with_flags:
        mov     rax, rdi
        xor     edi, edi
        pushfq
        or      [rsp], rsi
        mov     rsi, rdx
        mov     edx, INSPECTION_SIZE
        popfq
        syscall
        pushfq
        pop     rax
        push    0x202
        popfq
        ret

try try_traced_call
        mov     rax, rdi
        xor     edi, edi
        pushfq
        or      dword [rsp], 1 << 8
        popfq
        syscall
        nop
        nop
        ret

; CVE-2018-8897: MOV SS delays the trap into what comes behind.
%macro  shadowed 1+
        mov     rax, rdi
        mov     ecx, ss
        pushfq
        or      dword [rsp], 1 << 8
        popfq
        mov     ss, ecx
        %1
        nop
        nop
        ret
%endmacro

try try_shadowed_call
        shadowed syscall
try try_shadowed_int3
        shadowed int3
try try_shadowed_icebp
        shadowed db 0xF1

; --- every register ----------------------------------------------------------

; In: RDI struct registers to load, RSI one to fill.
        global  call_with:function hidden
call_with:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        push    rsi
        mov     rax, [rdi]
        mov     rbx, [rdi + 8]
        mov     rdx, [rdi + 24]
        mov     rsi, [rdi + 32]
        mov     rbp, [rdi + 48]
        mov     r8, [rdi + 64]
        mov     r9, [rdi + 72]
        mov     r10, [rdi + 80]
        mov     r12, [rdi + 96]
        mov     r13, [rdi + 104]
        mov     r14, [rdi + 112]
        mov     r15, [rdi + 120]
        mov     rdi, [rdi + 40]
        syscall
        xchg    rdi, [rsp]
        mov     [rdi], rax
        mov     [rdi + 8], rbx
        mov     [rdi + 16], rcx
        mov     [rdi + 24], rdx
        mov     [rdi + 32], rsi
        pop     rax
        mov     [rdi + 40], rax
        mov     [rdi + 48], rbp
        mov     [rdi + 56], rsp
        mov     [rdi + 64], r8
        mov     [rdi + 72], r9
        mov     [rdi + 80], r10
        mov     [rdi + 88], r11
        mov     [rdi + 96], r12
        mov     [rdi + 104], r13
        mov     [rdi + 112], r14
        mov     [rdi + 120], r15
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

; --- FPU ---------------------------------------------------------------------

%define STATE_X87     512
%define STATE_MXCSR   640
%define STATE_CONTROL 644
%define STATE_AVX     648

%macro  each_vector 4                   ; AVX: op, SSE: op, load?, base
%assign number 0
%rep 16
%if %3
        %1      %2 %+ number, [%4 + number * 32]
%else
        %1      [%4 + number * 32], %2 %+ number
%endif
%assign number number + 1
%endrep
%endmacro

; In: RDI state to load, RSI one to fill, RDX how often RCX (R8, R9) is called.
; The call may change any register of a message; what it keeps is RBP.
        global  fpu_round:function hidden
fpu_round:
        push    rbp
        push    rbx
        push    r12
        push    r13
        push    r14
        push    r15
        sub     rsp, 8
        mov     rbp, rsp
        push    rdi                     ; [rbp - 8]
        push    rsi                     ; [rbp - 16]
        push    rdx                     ; [rbp - 24]
        push    rcx                     ; [rbp - 32]
        push    r8                      ; [rbp - 40]
        push    r9                      ; [rbp - 48]
        stmxcsr [rbp]
        fninit
        fldcw   [rdi + STATE_CONTROL]
%assign at 7
%rep 8
        fld     tword [rdi + STATE_X87 + at * 16]
%assign at at - 1
%endrep
        ldmxcsr [rdi + STATE_MXCSR]
        cmp     dword [rdi + STATE_AVX], 0
        je      .load_sse
        each_vector vmovdqu, ymm, 1, rdi
        jmp     .call
.load_sse:
        each_vector movdqu, xmm, 1, rdi
.call:
        mov     rax, [rbp - 32]
        mov     rdi, [rbp - 40]
        mov     rsi, [rbp - 48]
        xor     edx, edx
        xor     r10d, r10d
        xor     r8d, r8d
        xor     r9d, r9d
        xor     r12d, r12d
        xor     r13d, r13d
        xor     r14d, r14d
        syscall
        dec     qword [rbp - 24]
        jnz     .call
        mov     rdi, [rbp - 8]
        mov     rsi, [rbp - 16]
        cmp     dword [rdi + STATE_AVX], 0
        je      .store_sse
        each_vector vmovdqu, ymm, 0, rsi
        vzeroupper
        jmp     .x87
.store_sse:
        each_vector movdqu, xmm, 0, rsi
.x87:
        stmxcsr [rsi + STATE_MXCSR]
        fnstcw  [rsi + STATE_CONTROL]
%assign at 0
%rep 8
        fstp    tword [rsi + STATE_X87 + at * 16]
%assign at at + 1
%endrep
        fninit
        ldmxcsr [rbp]
        lea     rsp, [rbp + 8]
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbx
        pop     rbp
        ret

; --- a fresh thread ----------------------------------------------------------

; In: whatever the kernel has left in the registers.
        global  fresh_entry:function hidden
fresh_entry:
        pushfq                          ; two words below become segments
        push    r15
        push    r14
        push    r13
        push    r12
        push    r11
        push    r10
        push    r9
        push    r8
        push    rsp
        push    rbp
        push    rdi
        push    rsi
        push    rdx
        push    rcx
        push    rbx
        push    rax
        mov     rbx, rsp                ; struct registers, then the flags
        sub     rsp, 1024
        and     rsp, -64
        fxsave64 [rsp]
        mov     r12, rsp
        sub     rsp, 1024
        cmp     dword [fresh_has_avx], 0
        je      .sse
        each_vector vmovdqu, ymm, 0, rsp
        vzeroupper
        jmp     .fpu
.sse:
        each_vector movdqu, xmm, 0, rsp
.fpu:
        mov     eax, [r12 + 24]
        mov     [rsp + STATE_MXCSR], eax
        movzx   eax, word [r12]
        mov     [rsp + STATE_CONTROL], eax
%assign at 0
%rep 16
        mov     rax, [r12 + 32 + at * 8]
        mov     [rsp + STATE_X87 + at * 8], rax
%assign at at + 1
%endrep
        mov     r12, rsp
        sub     rsp, 256                ; struct fresh
        mov     rsi, rbx
        mov     rdi, rsp
        mov     ecx, 17
        rep movsq
        mov     eax, ds
        mov     [rdi], rax
        mov     eax, es
        mov     [rdi + 8], rax
        mov     eax, fs
        mov     [rdi + 16], rax
        mov     eax, gs
        mov     [rdi + 24], rax
        mov     rdi, rsp
        mov     rsi, r12
        xor     ebp, ebp
        call    fresh_state
        ud2
