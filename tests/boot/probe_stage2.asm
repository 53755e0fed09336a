; A stage 2 that tells on COM1 what stage 1 left: registers and the hand-off
; record. tests/boot/test_stage1.py fills it up to any size and seals it.
;
;   PROBE AX=.. ... (16-bit hexadecimal each) RECORD=<8 bytes> LAST=<byte>

%include "layout.inc"

        bits 16
        org STAGE2_BASE

        dd STAGE2_MAGIC
        dw 0, 0, 0              ; size and sums, set by scripts/mkstage2
        times STAGE2_HDR_SIZE - ($ - $$) db 0

        mov [cs:saved_sp], sp   ; CS should be 0, and the registers are kept
        pushf
        pop word [cs:saved_flags]
        mov [cs:saved_ds], ds
        mov [cs:saved_es], es
        mov [cs:saved_ss], ss
        mov [cs:saved_cs], cs
        call .here
.here:  pop word [cs:saved_ip]
        sub word [cs:saved_ip], .here - STAGE2_ENTRY
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7000
        cld
        mov si, text
.character:
        lodsb
        test al, al
        jz .done
        cmp al, 1               ; 1: a word at the address that follows
        je .word
        call put
        jmp .character
.word:
        lodsw
        mov di, ax
        mov al, [di + 1]
        call put_byte
        mov al, [di]
        call put_byte
        jmp .character
.done:
        sti                     ; the BIOS is still in order: time goes on
        hlt
        mov al, '.'
        call put
        mov al, 10
        call put
.stop:
        hlt
        jmp .stop

; AL as two digits. Clobbers AX.
put_byte:
        push ax
        shr al, 4
        call put_digit
        pop ax
        and al, 15
put_digit:
        add al, '0'
        cmp al, '9'
        jbe put
        add al, 'A' - '9' - 1
; AL on COM1. Clobbers DX.
put:
        push ax
        mov dx, PORT_COM1 + 5
.wait:
        in al, dx
        test al, 20h
        jz .wait
        pop ax
        mov dx, PORT_COM1
        out dx, al
        ret

%macro word_at 2
        db %1, "=", 1
        dw %2
%endmacro

text:
        db "PROBE"
        word_at " CS", saved_cs
        word_at " IP", saved_ip
        word_at " DS", saved_ds
        word_at " ES", saved_es
        word_at " SS", saved_ss
        word_at " SP", saved_sp
        word_at " FL", saved_flags
        word_at " DRIVE", HANDOFF_BASE + HANDOFF_DRIVE
        word_at " CALLS", HANDOFF_BASE + HANDOFF_CALLS
        word_at " DL", HANDOFF_BASE + HANDOFF_BIOS_DL
        word_at " HEADS", HANDOFF_BASE + HANDOFF_HEADS
        word_at " TABLE", STAGE1_BASE + 510
        db " ", 0

saved_cs:       dw 0
saved_ip:       dw 0
saved_ds:       dw 0
saved_es:       dw 0
saved_ss:       dw 0
saved_sp:       dw 0
saved_flags:    dw 0
