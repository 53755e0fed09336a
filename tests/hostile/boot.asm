; The liar's boot sector.
;
; It stands at LBA 0 in place of the real sector 0, loads the liar's body to
; the top of conventional memory and jumps to it. The disk signature, the
; partition table and the parameter block (BPB) are those of the real sector:
; scripts that look at the disk, and firmware that looks at the BPB, see no
; difference. tests/hostile/mkliar puts in the numbers marked "patched".
;
; It must start from a real stick too, so it behaves as a good boot sector
; does: nothing below offset 5Ah and nothing in the hole at DAh..DFh but data
; that may change.

bits 16
org 0x7C00

    jmp short start
    nop
    times 0x5A - ($ - $$) db 0      ; BPB, copied from the real sector

body_lba:       dd 0                ; patched: first sector of the body
body_sectors:   dw 0                ; patched: its length
resident_kib:   dw 0                ; patched: memory it wants

start:
    cli
    cld
    xor ax, ax
    mov ss, ax
    mov sp, 0x7C00
    mov ds, ax
    sti
    jmp 0:normalized

normalized:
    mov [drive], dl
    int 0x12                        ; AX = KiB of conventional memory
    sub ax, [resident_kib]
    shl ax, 6                       ; KiB to paragraphs
    mov [body_segment], ax
    mov [target], ax

.next:
    call read_sector
    jc disk_error
    inc dword [body_lba]
    add word [target], 512 / 16
    dec word [body_sectors]
    jnz .next

    mov dl, [drive]
    jmp far [body_offset]

%if ($ - $$) > 0xDA
%error The code runs into the hole at DAh
%endif
    times 0xE0 - ($ - $$) db 0      ; Windows may stamp DAh..DFh on the disk

; Read one sector by LBA, else by CHS.
; In: [body_lba], [target]   Out: CF   Clobbers: all but segments
read_sector:
    mov dword [dap], 0x00010010     ; one sector
    mov word [dap + 4], 0
    mov ax, [target]
    mov [dap + 6], ax
    mov eax, [body_lba]
    mov [dap + 8], eax
    mov dword [dap + 12], 0
    mov si, dap
    mov dl, [drive]
    mov ah, 0x42
    int 0x13
    jnc .done

    push es
    xor di, di                      ; ES:DI = 0, some firmware wants it
    mov es, di
    mov dl, [drive]
    mov ah, 8
    int 0x13                        ; DH = last head, CL = sectors a track
    pop es
    jc .done
    and cx, 0x3F
    movzx si, dh
    inc si                          ; heads
    mov ax, [body_lba]
    mov dx, [body_lba + 2]
    div cx                          ; AX = track, DX = sector - 1
    inc dx
    mov cx, dx
    xor dx, dx
    div si                          ; AX = cylinder, DX = head
    mov dh, dl
    mov ch, al
    shl ah, 6
    or cl, ah
    mov dl, [drive]
    push es
    mov es, [target]
    xor bx, bx
    mov ax, 0x0201
    int 0x13
    pop es
.done:
    ret

disk_error:
    mov si, text
.next:
    lodsb
    test al, al
    jz .halt
    mov ah, 0x0E
    mov bx, 7
    int 0x10
    jmp .next
.halt:
    hlt
    jmp .halt

text:           db "The liar cannot read its body.", 0
drive:          db 0
target:         dw 0
body_offset:    dw 0
body_segment:   dw 0
dap:            times 16 db 0

%if ($ - $$) > 0x1B6
%error The boot sector runs into the partition table
%endif
    times 510 - ($ - $$) db 0       ; rest copied from the real sector
    dw 0xAA55
