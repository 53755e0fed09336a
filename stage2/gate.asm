; The gate between 64-bit C and real mode.
;
; real_call() leaves 64-bit mode, calls one 16-bit routine below 64 KiB, and
; comes back. NMI is off while no interrupt table fits the mode; interrupts
; are on while the BIOS runs, whatever the last call left behind, and off in
; 64-bit mode, whose table holds exceptions only. No register survives the
; way but RSP, which is reloaded in full: some firmware destroys upper halves.

%include "modes.inc"

REAL_STACK      equ HANDOFF_BASE

        extern gdt_register, page_tables, real_cr4, idt_register
        extern real_wait_key, keyboard_off
        global real_call, gate_to_real, gate_real, gate_to_protected
        global gate_to_long
        global bios_regs, bios_vector, real_int, real_print, real_text
        global real_wait, wait_ticks, real_reboot
        global disk_packet, e820_buffer

        section .text16 progbits alloc exec align=1
        bits 64
; void real_call(uint32_t routine): call a 16-bit routine of this file.
;#[real-call]
real_call:
        push rbx
        push rbp
        push r12
        push r13
        push r14
        push r15
        mov [routine], di
        mov [saved_rsp], rsp
        switch_nmi NMI_OFF
        lidt [real_idt]
        push SEL_CODE16
        push gate_to_real
        retfq
;#[end]

        bits 16
;#[to-real-mode]
gate_to_real:                   ; compatibility mode: 16-bit code, paging on
        mov eax, cr0
        and eax, ~(CR0_PG + CR0_WP)
        mov cr0, eax            ; paging off: 64-bit mode ends here
        mov ecx, MSR_EFER
        rdmsr
        and ah, ~(EFER_LME >> 8)
        wrmsr
        mov eax, [real_cr4]
        mov cr4, eax
        mov ax, SEL_DATA16      ; limits and rights that real mode expects
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov eax, cr0
        and al, ~CR0_PE
        mov cr0, eax
        jmp 0:gate_real
gate_real:
        xor eax, eax
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov esp, REAL_STACK
        switch_nmi NMI_ON
        cld
        sti
        call word [routine]
        cli
        cld
        push cs                 ; CS is 0; the BIOS may have lost DS
        pop ds
        switch_nmi NMI_OFF
;#[end]

gate_to_protected:
        enter_protected_mode gate_to_long

        bits 32
gate_to_long:
        enter_long_mode gate_long

        bits 64
gate_long:
        mov eax, SEL_DATA
        mov ds, eax
        mov es, eax
        mov ss, eax
        lidt [idt_register]
        mov rsp, [saved_rsp]
        switch_nmi NMI_ON
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbp
        pop rbx
        ret

        bits 16
; INT bios_vector with all registers from bios_regs, and back into it.
; The flags are those of the call alone, the carry set.
;#[bios-int]
real_int:
        mov al, [bios_vector]
        mov [.vector], al
        mov eax, [bios_regs + BIOS_REGS_EAX]
        mov ebx, [bios_regs + BIOS_REGS_EBX]
        mov ecx, [bios_regs + BIOS_REGS_ECX]
        mov edx, [bios_regs + BIOS_REGS_EDX]
        mov esi, [bios_regs + BIOS_REGS_ESI]
        mov edi, [bios_regs + BIOS_REGS_EDI]
        mov ebp, [bios_regs + BIOS_REGS_EBP]
        mov es, [bios_regs + BIOS_REGS_ES]
        mov ds, [bios_regs + BIOS_REGS_DS]
        stc                     ; for those that do not answer at all
        db 0CDh                 ; INT
.vector:
        db 0
        pushfd
        cli
        cld
        push ds
        push cs                 ; CS is 0
        pop ds
        mov [bios_regs + BIOS_REGS_EAX], eax
        mov [bios_regs + BIOS_REGS_EBX], ebx
        mov [bios_regs + BIOS_REGS_ECX], ecx
        mov [bios_regs + BIOS_REGS_EDX], edx
        mov [bios_regs + BIOS_REGS_ESI], esi
        mov [bios_regs + BIOS_REGS_EDI], edi
        mov [bios_regs + BIOS_REGS_EBP], ebp
        mov [bios_regs + BIOS_REGS_ES], es
        pop word [bios_regs + BIOS_REGS_DS]
        pop dword [bios_regs + BIOS_REGS_EFLAGS]
        ret
;#[end]

; Print the zero-terminated real_text on the screen, one switch for a line.
real_print:
        mov si, real_text
.next:
        lodsb
        test al, al
        jz .done
        pushad
        mov ah, 0Eh             ; INT 10h AH=0Eh: teletype
        mov bx, 7
        int 10h
        popad
        cld
        push cs
        pop ds
        jmp .next
.done:
        ret

; Wait for a key, on the keyboard or COM1, for wait_ticks ticks of the BIOS
; clock (18.2 Hz); FFFFh waits for ever. Interrupts stay on, so that the BIOS
; goes on counting and USB keyboards go on working.
; Out: bios_regs.EAX = key as in real_wait_key, 0 when the time is over
real_wait:
        cmp word [wait_ticks], 0FFFFh
        je .forever
        mov bx, [46Ch]          ; BIOS data area: ticks since midnight
.next:
        push bx
        call key_or_zero
        pop bx
        test ax, ax
        jnz .done
        mov cx, [46Ch]
        sub cx, bx
        cmp cx, [wait_ticks]
        jae .done
        sti
        hlt
        jmp .next
.forever:
        call real_wait_key
        test ax, ax             ; a zero byte from COM1 is no key
        jz .forever
.done:
        mov [bios_regs + BIOS_REGS_EAX], ax
        ret

; Out: AX = key, or 0 when there is none
key_or_zero:
        cmp byte [keyboard_off], 0
        jne .serial
        mov ah, 1
        int 16h
        push cs
        pop ds
        jz .serial
        mov ah, 0
        int 16h
        push cs
        pop ds
        ret
.serial:
        mov dx, PORT_COM1 + 5
        in al, dx
        cmp al, 0FFh
        je .none
        test al, 1
        jz .none
        mov dx, PORT_COM1
        in al, dx
        mov ah, 0
        ret
.none:
        xor ax, ax
        ret

; Hand on to the next boot device; when there is none, wait and try again.
real_reboot:
        int 18h
        call real_wait_key
        jmp real_reboot

        align 8
saved_rsp:      dq 0
routine:        dw 0
bios_vector:    db 0
        align 4
bios_regs:      times BIOS_REGS_SIZE db 0
disk_packet:    times 16 db 0
e820_buffer:    times 24 db 0
wait_ticks:     dw 0
real_idt:       dw 3FFh         ; the interrupt vectors of real mode
                dq 0
real_text:      times 128 db 0
