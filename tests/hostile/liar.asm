; The liar: a BIOS that misbehaves on command.
;
; boot.asm loads this to the top of conventional memory. It lowers BDA 413h,
; hooks INT 08h, 10h, 12h, 13h, 15h, 16h, 18h and 19h, and starts the
; real sector 0 the way its parameters say. From then on each BIOS call passes
; through here: the liar answers itself, or asks the BIOS below and then
; spoils the answer. Reading LBA 0 gives the real sector 0.
;
; Beside lying it watches. What a loader must never do (write, enumerate
; drives, cross 64 KiB, read the gap, call with interrupts off ...) makes it
; print a line that begins "LIAR: " on COM1 and port E9h.
;
; Conventions: CS = DS = the liar's segment, all code and data at its offsets;
; BP points to the caller's registers (struc frame) on the caller's stack;
; interrupts are off except inside the BIOS below. EAX to EDI may be used
; freely between ENTER and LEAVE.

bits 16
org 0

RESIDENT_KIB    equ 24              ; memory that the liar keeps
BSS_BASE        equ 0x3800          ; mkliar checks that body and payload end
                                    ; below
E820_ROOM       equ 340             ; entries its memory map may have

header:
    jmp near init
    db 0
    db "LIAR"
    dw RESIDENT_KIB                 ; 8
    dw params                       ; 10
    dw index                        ; 12
    dw payload                      ; 14
    dw BSS_BASE                     ; 16

[section .text2 follows=.text]
[section .params align=16 follows=.text2]
params:
[section .index follows=.params]
index:
[section .bss nobits vstart=BSS_BASE]
bss:
canary_low:     resw 1              ; first and last words of the variables
__?SECT?__
section .text

; The caller's registers as ENTER leaves them.
struc frame
.gs:    resw 1
.fs:    resw 1
.es:    resw 1
.ds:    resw 1
.edi:   resd 1
.esi:   resd 1
.ebp:   resd 1
.esp:   resd 1                      ; of PUSHAD, ignored by POPAD
.ebx:   resd 1
.edx:   resd 1
.ecx:   resd 1
.eax:   resd 1
.ip:    resw 1
.cs:    resw 1
.flags: resw 1
endstruc
%define FR(x) bp + frame. %+ x

FLAG_CF     equ 0x0001
FLAG_ZF     equ 0x0040
FLAG_IF     equ 0x0200
FLAG_DF     equ 0x0400
FLAGS_ANSWER equ 0x08D5             ; OF SF ZF AF PF CF: what a call returns

%macro ENTER_HOOK 0
    pushad
    push ds
    push es
    push fs
    push gs
    cld
    mov bp, sp
    push cs
    pop ds
%endmacro

%macro LEAVE_HOOK 0
    pop gs
    pop fs
    pop es
    pop ds
    popad
    iret
%endmacro

; Complain once or twice, not for ever: COMPLAIN "text"
%macro COMPLAIN 1
    push si
    mov si, %%text
    call complain
    pop si
[section .text2]
%%text: db 0, %1, 0
__?SECT?__
%endmacro

%include "params.inc"
%include "entry.inc"
%include "effects.inc"
%include "int13.inc"
%include "int10.inc"
%include "int15.inc"
%include "a20.inc"
%include "others.inc"
%include "util.inc"

section .index
    times 5 db 0                    ; no more parameters
