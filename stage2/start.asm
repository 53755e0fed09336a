; Stage 2, first part: from stage 1's jump to the first C function.
;
; Real mode: output, CPU check, room below 640 KiB. Then protected mode, page
; tables that map the first 4 GiB one to one, 64-bit mode, loader_main().
; Everything else is C and comes back to real mode through gate.asm.

%include "modes.inc"
%include "errors.inc"

PAGE_PRESENT    equ 1
PAGE_WRITE      equ 2
PAGE_LARGE      equ 80h
PAGE_NX_HIGH    equ 1 << 31     ; bit 63, in the upper half of an entry
STACK_PATTERN   equ 0CCCCCCCCh

        extern loader_main, loader_bss_start, loader_bss_end
        extern stage2_image_end, idt_register, exceptions_install
        global stage2_entry, stage2_start, enter_protected, enter_long
        global gdt_register, page_tables, long_stack, long_stack_end
        global tsc_at_start, real_putc, real_wait_key, low_memory_kib
        global real_cr4, real_error, press_key_text, low_memory_odd, keyboard_off

        section .header progbits alloc noexec align=1
stage2_start:
        dd STAGE2_MAGIC
        dw 0                    ; sectors, filled in by scripts/mkstage2
        dw 0                    ; two words that make the sums zero
        dw 0
        dw 0                    ; reserved
        dd 0
%if $ - stage2_start != STAGE2_HDR_SIZE
  %error "the header of stage 2 is not STAGE2_HDR_SIZE bytes"
%endif

        section .start progbits alloc exec align=1
        bits 16
; In: the hand-off record at HANDOFF_BASE; DS = ES = SS = CS = 0.
;#[stage2-entry]
stage2_entry:
        cli
        xor eax, eax
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov esp, HANDOFF_BASE
        sti
        cld
        mov edi, REAL_STACK_BOTTOM ; paint the stack: its high-water mark
        mov cx, (HANDOFF_BASE - REAL_STACK_BOTTOM - 64) / 4
        mov eax, STACK_PATTERN  ; shows when the kernel starts
        rep stosd
        call serial_init
        call check_cpu
        call check_low_memory
        rdtsc
        mov [tsc_at_start], eax
        mov [tsc_at_start + 4], edx
        mov eax, cr4
        mov [real_cr4], eax
        cli
        switch_nmi NMI_OFF
;#[end]

enter_protected:
        enter_protected_mode protected

        bits 32
protected:
        mov ax, SEL_DATA
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov edi, loader_bss_start
        mov ecx, loader_bss_end
        sub ecx, edi
        shr ecx, 2
        xor eax, eax
        rep stosd

; Page tables: one level-4 entry, four level-3 entries, 2,048 large pages of
; 2 MiB. Only the first of them holds code, the others are not executable.
;#[page-tables]
        mov edi, page_tables
        lea eax, [edi + 1000h + PAGE_PRESENT + PAGE_WRITE]
        mov [edi], eax
        add edi, 1000h
        mov ecx, 4
.level3:
        add eax, 1000h
        mov [edi], eax
        add edi, 8
        loop .level3
        mov edi, page_tables + 2000h
        mov eax, PAGE_PRESENT + PAGE_WRITE + PAGE_LARGE
        xor edx, edx
        mov ecx, 2048
.level2:
        mov [edi], eax
        mov [edi + 4], edx
        add edi, 8
        add eax, 200000h
        mov edx, PAGE_NX_HIGH
        loop .level2
;#[end]

enter_long:
        enter_long_mode long_start

        bits 64
long_start:
        mov eax, SEL_DATA
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov rdi, long_stack
        mov ecx, (long_stack_end - long_stack) / 4
        mov eax, STACK_PATTERN
        rep stosd
        mov rsp, long_stack_end
        call exceptions_install
        switch_nmi NMI_ON       ; there is a handler now
        xor ebp, ebp
        call loader_main
        ud2                     ; it does not return

        bits 16
; CPUID and the four features without which nothing here works. Needs nothing
; newer than an 80386, so that any machine gets its sentence.
;#[check-cpu]
check_cpu:
        pushfd                  ; CPUID is there if EFLAGS.ID can be changed
        pop eax
        mov ebx, eax
        xor eax, 1 << 21
        push eax
        popfd
        pushfd
        pop eax
        mov si, text_no_long_mode
        cmp eax, ebx
        je real_error
        mov eax, 80000000h
        cpuid
        cmp eax, 80000001h
        jb real_error
        mov eax, 80000001h
        cpuid
        bt edx, 29              ; long mode
        jnc real_error
        mov si, text_no_nx
        bt edx, 20
        jnc real_error
        mov eax, 1
        cpuid
        mov si, text_no_fxsr
        bt edx, 24
        jnc real_error
        mov si, text_no_sse2
        bt edx, 26
        jnc real_error
        ret
;#[end]

; How much conventional memory is free: INT 12h and the segment of the
; extended BIOS data area, whichever is less, where they make sense.
check_low_memory:
        int 12h                 ; AX = KiB
        sti
        cld
        movzx eax, ax
        mov ebx, LOW_MEMORY_CEILING / 1024
        call .consider
        movzx eax, word [40Eh]  ; segment of the EBDA, 0 for none
        test eax, eax
        jz .store
        shr eax, 6
        call .consider
.store:
        mov [low_memory_kib], bx
        cmp bx, LOADER_END / 1024
        jae .done
        mov ax, bx
        mov di, low_memory_digits + 3
        mov cx, 10
.digit:
        xor dx, dx
        div cx
        add dl, '0'
        dec di
        mov [di], dl
        test ax, ax
        jnz .digit
        mov si, text_low_memory
        call real_puts
        mov si, di
        call real_puts
        mov si, text_low_memory_end
        jmp real_error
.done:
        ret
; In: EAX = KiB that may be the limit, EBX = the limit so far
.consider:
        cmp eax, 64             ; less than any PC has: not an answer
        jb .nonsense
        cmp eax, 640            ; nor can there be more
        ja .nonsense
        cmp eax, ebx
        jae .considered
        mov ebx, eax
.considered:
        ret
.nonsense:
        mov byte [low_memory_odd], 1
        ret

; Print the text at SI (zero-terminated), wait for a key, hand on.
real_error:
        call real_puts
        mov si, press_key_text
        call real_puts
.key:
        call real_wait_key
        int 18h                 ; the next boot device, if there is one
        jmp .key

; Print the text at SI, which ends with a zero byte.
real_puts:
        lodsb
        test al, al
        jz .done
        call real_putc
        jmp real_puts
.done:
        ret

; Wait until a key is pressed or a byte arrives on COM1.
; Out: AX = key (AH scan code, AL character; AH = 0 from COM1)
real_wait_key:
        cmp byte [keyboard_off], 0
        jne .serial_line
        mov ah, 1               ; INT 16h AH=01h: is there a key?
        int 16h
        push cs                 ; CS is 0; the BIOS may have lost DS
        pop ds
        jnz .key
.serial_line:
        mov dx, PORT_COM1 + 5
        in al, dx
        cmp al, 0FFh            ; no port there
        je .idle
        test al, 1
        jnz .serial
.idle:
        sti                     ; INT 16h may have left interrupts off
        hlt                     ; until the next tick
        jmp real_wait_key
.key:
        mov ah, 0
        int 16h
        push cs
        pop ds
        ret
.serial:
        mov dx, PORT_COM1
        in al, dx
        mov ah, 0
        ret

; Print AL on COM1, on port E9h if that is there, and on the screen.
; Clobbers: nothing
real_putc:
        pushad
        push ax
        mov dx, PORT_COM1 + 5
        xor cx, cx
.wait:
        in al, dx
        test al, 20h
        loopz .wait
        pop bx
        mov al, bl
        mov dx, PORT_COM1
        out dx, al
        in al, PORT_DEBUG
        cmp al, PORT_DEBUG
        jne .screen
        mov al, bl
        out PORT_DEBUG, al
.screen:
        mov al, bl
        mov ah, 0Eh             ; INT 10h AH=0Eh: teletype
        mov bx, 7
        int 10h
        cld
        push cs
        pop ds
        popad
        ret

serial_init:
        mov si, serial_setup
        mov dx, PORT_COM1
        mov cx, serial_setup.end - serial_setup
.next:
        lodsb
        mov bl, al
        and bx, 7
        push dx
        add dx, bx
        lodsb
        out dx, al
        pop dx
        sub cx, 2
        ja .next
        ret

; Register and value: divisor 1 (115200), 8N1, FIFO on, DTR and RTS, no IRQs
serial_setup:
        db 1, 0, 3, 80h, 0, 1, 1, 0, 3, 3, 2, 7, 4, 3
.end:

press_key_text: db "Press a key for the next boot device.", 0
text_no_long_mode: db ERROR_TEXT_NO_LONG_MODE, 13, 10, 0
text_no_nx:     db ERROR_TEXT_NO_NX, 13, 10, 0
text_no_sse2:   db ERROR_TEXT_NO_SSE2, 13, 10, 0
text_no_fxsr:   db ERROR_TEXT_NO_FXSR, 13, 10, 0
text_low_memory: db "E14 Too little conventional memory: ", 0
low_memory_digits: db "000", 0
text_low_memory_end: db " KiB, 224 KiB needed.", 13, 10, 0
%if E_LOW_MEMORY != 14 || LOADER_END / 1024 != 224
  %error "text_low_memory does not agree with errors.def or layout.def"
%endif

        align 8
; Code, data and the two 16-bit segments on the way back to real mode. All
; have base 0; limits are 4 GiB, for 16-bit ones 64 KiB.
gdt:
        dq 0
        dq 00AF9B000000FFFFh    ; SEL_CODE64
        dq 00CF93000000FFFFh    ; SEL_DATA
        dq 00009B000000FFFFh    ; SEL_CODE16
        dq 000093000000FFFFh    ; SEL_DATA16
        dq 00CF9B000000FFFFh    ; SEL_CODE32
gdt_register:
        dw gdt_register - gdt - 1
        dd gdt
        dd 0

        align 4
tsc_at_start:   dq 0
real_cr4:       dd 0            ; CR4 as the BIOS had it
low_memory_kib: dw 0
low_memory_odd: db 0            ; INT 12h or the EBDA pointer made no sense
keyboard_off:   db 0            ; INT 16h is not to be asked any more

; The stack lies lowest: should it overflow, then into the end of the bounce
; buffer, and not into the page tables.
        section .bss.pages nobits alloc write align=4096
long_stack:     resb LONG_STACK_SIZE
long_stack_end:
page_tables:    resb PAGE_TABLES_SIZE
