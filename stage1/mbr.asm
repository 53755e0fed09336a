; Stage 1: the 512 bytes that the BIOS loads from LBA 0.
;
; Reads stage 2 (the sectors after this one) to STAGE2_BASE, checks it, and
; jumps to it. Firmware is not trusted: docs/spec/bios-quirks.md says what
; each precaution is for.
;
;   0000h  jmp short, nop        firmware looks for EB xx 90
;   0003h  parameter block       firmware may write here: no code below 005Ah
;   005Ah  code; in it, at 00A2h, the size of stage 2 that mkimage sets
;   00DAh  six bytes             Windows stamps a drive and a time here
;   00E0h  code, texts
;   01B8h  disk signature, partition table, 55AAh
;
; Memory (docs/spec/memory-map.md): stack below 7C00h with the hand-off record
; at its top, this sector at 7C00h, stage 2 at 8000h.
;
; BP points to the hand-off record all the time. Nothing is kept in the upper
; halves of registers, which some firmware destroys.

%include "layout.inc"
%include "errors.inc"

DRIVE_FIRST     equ 80h         ; the first hard disk
DRIVE_LIMIT     equ 90h         ; no BIOS has more; probing FFh hangs some

COM1_DATA       equ PORT_COM1
COM1_LINE_CTL   equ PORT_COM1 + 3
COM1_LINE_STAT  equ PORT_COM1 + 5

%define record(field) bp + HANDOFF_ %+ field

        bits 16
        section .text
        global stage1_start, stage1_read, stage1_chs
        global stage1_check, stage1_jump, stage1_fail, stage1_print
        global stage1_end, stage2_sectors

stage1_start:
        jmp short entry
        nop
        times MBR_BPB_END - ($ - $$) db 0

; In: DL = boot drive, if the BIOS tells the truth. Everything else may be
; anything: segments, stack, direction and interrupt flag.
;#[stage1-entry]
entry:
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax              ; no interrupt before the next instruction
        mov sp, REAL_STACK_TOP
        sti
        cld
        jmp 0:stage1_main       ; some firmware enters at 07C0:0000

stage1_main:
        push ax                 ; HEADS
        push dx                 ; BIOS_DL
        push ax                 ; CALLS
        push ax                 ; DRIVE, ATTEMPTS
        mov bp, sp
        cmp dl, DRIVE_LIMIT
        jb new_drive
first_disk:
        mov dl, DRIVE_FIRST
new_drive:
        mov dh, -STAGE1_ATTEMPTS
        mov [record(DRIVE)], dx
;#[end]

; One attempt: by LBA if the extensions are there in full, else by geometry.
;#[stage1-lba]
stage1_read:
        mov ah, 41h             ; INT 13h AH=41h: extensions present?
        mov bx, 55AAh
        call disk
        jc stage1_chs
        cmp bx, 0AA55h
        jne stage1_chs
        shr cl, 1               ; CX bit 0: AH=42h is supported
        jnc stage1_chs
        cmp byte [record(ATTEMPTS)], -STAGE1_CHS_ATTEMPTS
        jge stage1_chs          ; announced, but it does not work
        push es                 ; disk address packet, last field first
        push es
        push es
        push byte STAGE2_LBA    ; sector, 64 bits
        push es
        push word STAGE2_BASE   ; address, segment above offset
        db 68h                  ; push word: the number that mkimage sets
stage2_sectors:
        dw STAGE2_SECTORS
%if stage2_sectors - $$ != MBR_COUNT_OFFSET
  %error "scripts/mkimage looks for the size of stage 2 elsewhere"
%endif
        push byte 16            ; size of the packet
        mov si, sp
        mov ah, 42h             ; INT 13h AH=42h: read by LBA, packet at DS:SI
        call disk
        jnc stage1_check
;#[end]

; An attempt failed: reset the drive, try again, then the first hard disk in
; case DL was wrong, then tell the user. In: SI = text, for the last of them.
;#[stage1-fail]
stage1_fail:
        mov si, text_read
failed:
        push si
        mov ah, 0               ; INT 13h AH=00h: reset
        call disk
        pop si
        inc byte [record(ATTEMPTS)]
        jnz stage1_read
        cmp byte [record(DRIVE)], DRIVE_FIRST
        jne first_disk
        mov dx, COM1_LINE_CTL
        jmp stage1_print
;#[end]

; INT 13h on the boot drive. In: AH and what it needs. Out: CF and registers
; as the BIOS left them, but ES and BP kept, interrupts on, direction up.
disk:
        mov dl, [record(DRIVE)] ; some lose DX after AH=41h
        inc word [record(CALLS)]
        push es
        push bp
        stc                     ; for those that do not answer at all
        int 13h
        pop bp
        pop es
        sti                     ; for those that leave interrupts off
        cld
        ret

hole:
%if hole - $$ > MBR_HOLE_OFFSET
  %error "code runs into the bytes that Windows stamps"
%endif
        times MBR_HOLE_OFFSET - ($ - $$) + MBR_HOLE_SIZE db 0

; Fletcher's two sums over all words of stage 2 must both be zero: they see
; flipped, missing and exchanged sectors.
;#[stage1-check]
stage1_check:
        mov di, STAGE2_BASE
        mov si, text_missing
        cmp word [di], STAGE2_MAGIC & 0FFFFh
        jne failed
        mov si, text_damaged
        mov ch, [stage2_sectors] ; times 256 words
        mov cl, 0
        xor bx, bx
        xor dx, dx
.word:
        add bx, [di]
        add dx, bx
        scasw                   ; DI + 2
        loop .word
        or bx, dx
        jnz failed
stage1_jump:
        jmp STAGE2_ENTRY - STAGE1_BASE + stage1_start
;#[end]

; Read by cylinder, head and sector, one sector at a time: the way for BIOSes
; that know nothing better, that limit transfers, or that cannot cross the end
; of a track.
;#[stage1-chs]
stage1_chs:
        mov ah, 8               ; INT 13h AH=08h: geometry
        xor di, di              ; ES:DI = 0 guards against a BIOS bug (RBIL)
        call disk
.error:
        jc stage1_fail
        and cx, 3Fh             ; CX = sectors per track
        jz stage1_fail
        shr dx, 8               ; DH = highest head
        inc dx
        mov [record(HEADS)], dx
        mov di, [stage2_sectors] ; DI = sectors left
        mov si, STAGE2_LBA
.sector:
        push cx
        mov ax, si
        cwd
        div cx                  ; AX = track, DX = sector on it
        mov cl, dl
        inc cx                  ; CL = sector, counted from 1
        cwd                     ; DX = 0: a track number is small
        div word [record(HEADS)] ; AX = cylinder (below 256), DX = head
        mov ch, al
        mov dh, dl
        lea bx, [si + (STAGE2_BASE - STAGE2_LBA * SECTOR_SIZE) / SECTOR_SIZE]
        shl bx, 9               ; BX = where sector SI belongs
        mov ax, 0201h           ; INT 13h AH=02h: AL sectors to ES:BX
        pusha
        call disk
        popa
        pop cx
        jc .error
        inc si
        dec di
        jnz .sector
        jmp stage1_check
;#[end]

; Print the text at SI, which ends with a line feed, on COM1, on port E9h if
; that is there, and on the screen. Then the next boot device.
; In: DX = COM1_LINE_CTL
;#[stage1-print]
stage1_print:
        mov al, 80h             ; divisor latch
        out dx, al
        mov dl, COM1_DATA & 0FFh
        mov al, 1               ; 115200
        out dx, al
        inc dx
        dec ax
        out dx, al
        mov dl, COM1_LINE_CTL & 0FFh
        mov al, 3               ; 8N1
        out dx, al
.character:
        mov dl, COM1_LINE_STAT & 0FFh
.wait:
        in al, dx
        test al, 20h            ; an absent port reads FFh
        loopz .wait             ; bounded, whatever CX holds
        mov dl, COM1_DATA & 0FFh
        lodsb
        out dx, al
        xchg ax, bx
        in al, PORT_DEBUG
        cmp al, PORT_DEBUG
        xchg ax, bx
        jne .screen
        out PORT_DEBUG, al
.screen:
        pusha
        mov ah, 0Eh             ; INT 10h AH=0Eh: teletype, BH = page
        mov bh, 0
        int 10h
        popa
        cld
        cmp al, 10
        jne .character
.key:
        cbw                     ; AL is a character of the text: AH = 0
        int 16h                 ; INT 16h AH=00h: wait for a key
        int 18h                 ; the next boot device, if there is one
        jmp .key
;#[end]

text_read:      db ERROR_TEXT_READ, 10
text_missing:   db ERROR_TEXT_STAGE2_MISSING, 10
text_damaged:   db ERROR_TEXT_STAGE2_DAMAGED, 10

stage1_end:
%if stage1_end - $$ > MBR_SIGNATURE_OFFSET
  %error "stage 1 is larger than 440 bytes"
%endif
        times 510 - ($ - $$) db 0
        dw 0AA55h
