; A boot sector that looks at the liar.
;
; It prints the registers it was started with, then works through a script
; that test_liar.py appends: BIOS calls, port accesses, looks at memory and at
; A20, each with its outcome as a line on COM1. It runs at 7C00h and is as
; long as it likes, because the liar puts it there whole.

bits 16
org 0x7C00

PORT_COM1   equ 0x3F8
STACK_TOP   equ 0x7000
STACK_LOW   equ 0x1000
FILL        equ 0xCC

    jmp short start
    nop
    times 0x5A - ($ - $$) db 0

; Everything goes on whatever stack there is, before anything is changed.
start:
    pushfd
    pushad
    push ds
    push es
    push fs
    push gs
    push ss
    push cs
    call .here
.here:
    mov bp, sp
    mov ax, ss
    jmp 0:take_over

; [SS:BP]: IP of .here, CS, SS, GS, FS, ES, DS, EDI .. EAX, EFLAGS
take_over:
    cld
    xor bx, bx
    mov ds, bx
    mov es, bx
    mov di, entry_words
    mov cx, ENTRY_WORDS
.next:
    mov dx, [bp]
    mov [di], dx
    add bp, 2
    add di, 2
    loop .next
    cli
    mov ss, bx
    mov sp, STACK_TOP
    sti
    mov si, text_entry
    call print
    mov si, entry_words
    mov cx, ENTRY_WORDS
.word:
    lodsw
    call print_hex16
    mov al, ' '
    call print_char
    loop .word
    call print_crlf
    mov bp, script

; --- the script --------------------------------------------------------------

struc record
.op:    resb 1
.number: resb 1
.flags: resw 1
.eax:   resd 1
.ebx:   resd 1
.ecx:   resd 1
.edx:   resd 1
.esi:   resd 1
.edi:   resd 1
.ebp:   resd 1
.ds:    resw 1
.es:    resw 1
endstruc
%if record_size != 36
%error test_liar.py packs records of 36 bytes
%endif

FLAG_LOOP   equ 1                   ; again with the EBX returned, until 0
FLAG_ENTRY  equ 2                   ; print 24 bytes at ES:DI after each
FLAG_CLI    equ 4
FLAG_STD    equ 8
FLAG_STACK  equ 16                  ; print the lowest byte of stack touched

next_record:
    mov al, [bp + record.op]
    test al, al
    jz finish
    mov si, operations
    cbw
    shl ax, 1
    add si, ax
    call [si]
    add bp, record_size
    jmp next_record
operations:
    dw finish, op_int, op_dump, op_out, op_in, op_a20, op_fill, op_out_in
    dw op_ticks, op_gdt

op_int:
    mov [current], bp
    mov ax, [bp + record.number]
    mov [.instruction + 1], al
    mov eax, [bp + record.ebx]
    mov [next_ebx], eax
.again:
    test word [bp + record.flags], FLAG_STACK
    jz .no_stack
    call fill_stack
.no_stack:
    mov bp, [current]
    push word [bp + record.flags]
    mov ecx, [bp + record.ecx]
    mov edx, [bp + record.edx]
    mov esi, [bp + record.esi]
    mov edi, [bp + record.edi]
    mov es, [bp + record.es]
    mov ax, 0x1111
    mov fs, ax
    mov ax, 0x2222
    mov gs, ax
    mov ebx, [next_ebx]
    mov ds, [bp + record.ds]
    pop ax
    movzx esp, sp
    sti
    test al, FLAG_CLI
    jz .flags
    cli
.flags:
    test al, FLAG_STD
    mov eax, [bp + record.eax]
    mov ebp, [bp + record.ebp]
    stc
    jz .instruction
    std
.instruction:
    int 0
    call save_registers
    mov bp, [current]
    call print_registers
    test word [bp + record.flags], FLAG_STACK
    jz .entry
    call print_stack
.entry:
    test word [bp + record.flags], FLAG_ENTRY
    jz .more
    mov es, [bp + record.es]
    mov si, [bp + record.edi]
    mov cx, 24
    call print_bytes
.more:
    test word [bp + record.flags], FLAG_LOOP
    jz .done
    test byte [saved_flags], 1
    jnz .done
    inc word [rounds]
    cmp word [rounds], 400
    jae .done
    mov eax, [saved_ebx]
    mov [next_ebx], eax
    test eax, eax
    jnz .again
.done:
    mov word [rounds], 0
    ret

; Without touching anything but memory. In: the BIOS's answer, CS = 0
save_registers:
    pushfd
    pop dword [cs:saved_flags]
    cli
    cld
    mov [cs:saved_eax], eax
    mov [cs:saved_ebx], ebx
    mov [cs:saved_ecx], ecx
    mov [cs:saved_edx], edx
    mov [cs:saved_esi], esi
    mov [cs:saved_edi], edi
    mov [cs:saved_ebp], ebp
    mov [cs:saved_esp], esp
    mov [cs:saved_ds], ds
    mov [cs:saved_es], es
    mov [cs:saved_fs], fs
    mov [cs:saved_gs], gs
    xor ax, ax
    mov ds, ax
    mov es, ax
    movzx esp, sp
    ret

; "R" and ten double words, four words
print_registers:
    mov al, 'R'
    call print_char
    mov si, saved_eax
    mov cx, 9
.dword:
    mov al, ' '
    call print_char
    lodsd
    call print_hex32
    loop .dword
    mov cx, 4
.word:
    mov al, ' '
    call print_char
    lodsw
    call print_hex16
    loop .word
    jmp print_crlf

fill_stack:
    mov di, STACK_LOW
    mov cx, STACK_TOP - STACK_LOW - 64
    mov al, FILL
    rep stosb
    ret

print_stack:
    mov di, STACK_LOW
    mov cx, STACK_TOP - STACK_LOW - 64
    mov al, FILL
    repe scasb
    mov ax, di
    dec ax
    mov si, text_stack
    call print
    call print_hex16
    jmp print_crlf

; DUMP: ECX bytes at DS:ESI
op_dump:
    mov es, [bp + record.ds]
    mov si, [bp + record.esi]
    mov cx, [bp + record.ecx]
print_bytes:
    mov al, 'M'
    call print_char
.next:
    mov al, ' '
    call print_char
    mov al, [es:si]
    inc si
    call print_hex8
    loop .next
    xor ax, ax
    mov es, ax
    jmp print_crlf

; FILL: ECX bytes of AL at DS:ESI
op_fill:
    mov es, [bp + record.ds]
    mov di, [bp + record.esi]
    mov cx, [bp + record.ecx]
    mov al, [bp + record.eax]
    rep stosb
    xor ax, ax
    mov es, ax
    ret

; OUT port EDX, AL; IN prints; OUT_IN both
op_out:
    mov dx, [bp + record.edx]
    mov al, [bp + record.eax]
    out dx, al
    ret

op_out_in:
    call op_out
op_in:
    mov dx, [bp + record.edx]
    in al, dx
    push ax
    mov si, text_in
    call print
    pop ax
    call print_hex8
    jmp print_crlf

; TICKS: wait for CX of them
op_ticks:
    sti
    mov cx, [bp + record.ecx]
.next:
    mov ax, [0x46C]
.wait:
    cmp ax, [0x46C]
    je .wait
    loop .next
    ret

; GDT: the six bytes of GDTR
op_gdt:
    sgdt [gdt_now]
    mov si, gdt_now
    mov cx, 6
    jmp print_bytes

; A20: 0 shut, 1 open
op_a20:
    mov ax, 0xFFFF
    mov fs, ax
    mov si, text_a20
    mov word [0x500], 0x1234
    mov word [fs:0x510], 0x5678
    wbinvd
    call print
    mov al, '1'
    cmp word [0x500], 0x5678
    jne .open
    mov al, '0'
.open:
    call print_char
    jmp print_crlf

finish:
    mov si, text_done
    call print
    mov al, 0x10
    mov dx, 0xF4                    ; QEMU: isa-debug-exit
    out dx, al
    mov si, text_shutdown           ; Bochs
    mov dx, 0x8900
.next:
    lodsb
    out dx, al
    test al, al
    jnz .next
    cli
    hlt

; --- printing ----------------------------------------------------------------

print_char:
    push dx
    push ax
    mov dx, PORT_COM1 + 5
.wait:
    in al, dx
    test al, 0x20
    jz .wait
    pop ax
    mov dx, PORT_COM1
    out dx, al
    pop dx
    ret

print:
    push ax
.next:
    lodsb
    test al, al
    jz .done
    call print_char
    jmp .next
.done:
    pop ax
    ret

print_crlf:
    mov al, 13
    call print_char
    mov al, 10
    jmp print_char

print_hex32:
    ror eax, 16
    call print_hex16
    ror eax, 16
print_hex16:
    xchg al, ah
    call print_hex8
    xchg al, ah
print_hex8:
    ror al, 4
    call .digit
    ror al, 4
.digit:
    push ax
    and al, 0x0F
    add al, '0'
    cmp al, '9'
    jbe .print
    add al, 'A' - '9' - 1
.print:
    call print_char
    pop ax
    ret

text_entry:     db 13, 10, "ENTRY ", 0
text_stack:     db "S ", 0
text_in:        db "I ", 0
text_a20:       db "A20 ", 0
text_done:      db "DONE", 13, 10, 0
text_shutdown:  db "Shutdown", 0

next_ebx:       dd 0
current:        dw 0
rounds:         dw 0
gdt_now:        times 6 db 0
saved_eax:      dd 0
saved_ebx:      dd 0
saved_ecx:      dd 0
saved_edx:      dd 0
saved_esi:      dd 0
saved_edi:      dd 0
saved_ebp:      dd 0
saved_esp:      dd 0
saved_flags:    dd 0
saved_ds:       dw 0
saved_es:       dw 0
saved_fs:       dw 0
saved_gs:       dw 0
ENTRY_WORDS     equ 7 + 16 + 2
entry_words:    times ENTRY_WORDS dw 0

    times 510 - ($ - $$) % 512 db 0 ; records follow in whole sectors
    dw 0xAA55
script:
