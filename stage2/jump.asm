; The way out of the loader.

        global jump_to_kernel

; noreturn void jump_to_kernel(paddr_t info, uint64_t entry, uint64_t stack,
;                              paddr_t tables)
; The only code of the loader that runs under the kernel's first page tables,
; where one page of it is mapped: 64-byte alignment keeps it on one.
        section .text.jump progbits alloc exec align=64
        bits 64
;#[jump-to-kernel]
jump_to_kernel:
        mov cr3, rcx
        mov rsp, rdx
        mov rax, rsi
        xor ebx, ebx
        xor ecx, ecx
        xor edx, edx
        xor esi, esi
        xor ebp, ebp
        xor r8d, r8d
        xor r9d, r9d
        xor r10d, r10d
        xor r11d, r11d
        xor r12d, r12d
        xor r13d, r13d
        xor r14d, r14d
        xor r15d, r15d
        jmp rax
;#[end]
%if $ - jump_to_kernel > 64
  %error "jump_to_kernel may lie across two pages"
%endif
