"""One-line breakages of loader and fast path, and the tests that must notice.

Each has a name, a file, text that stands there exactly once, what replaces
it, and the tests meant to kill it, the fast ones first: "host:NAME" is a
program of tests/host, anything else a test of pytest. A mutant that changes
nothing that can be seen is no mutant; what was tried and dropped for that
reason stands at the end, with the reason.
"""
from dataclasses import dataclass

MBR, START, GATE = "stage1/mbr.asm", "stage2/start.asm", "stage2/gate.asm"
MODES = "stage2/modes.inc"
FAST = "kernel/x86/fastpath.c"


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    old: str
    new: str
    kills: tuple


def error(name):
    return f"tests/boot/test_errors.py::test_error[{name}]"


def leads(name):
    return ("tests/boot/test_errors.py::"
            f"test_a_key_leads_to_the_next_device[{name}]")


def hostile(row, name):
    return f"tests/hostile/test_hostile.py::test_qemu[row{row:02}-{name}]"


def stage1(name):
    return f"tests/boot/test_stage1.py::{name}"


def state(liar):
    return stage1(f"test_state_whatever_the_bios_does[{liar}]")


def traps(name):
    return f"tests/boot/test_traps.py::{name}"


def bochs(name):
    return f"tests/boot/test_bochs.py::{name}"


def host(name):
    return f"host:{name}"


NMI = traps("test_nmi_is_off_across_each_switch_of_modes")
JUNK = traps("test_memory_is_full_of_junk")
# Bytes up to the word that mkimage patches must keep their places.
TWO, THREE = "        times 2 nop\n", "        times 3 nop\n"
SELFTEST = "tests/boot/test_matrix.py::test_selftest"
MUTANTS = []


def mutant(name, file, old, new, *kills):
    MUTANTS.append(Mutant(name, file, old, new, kills))


# --- stage 1: in what state it starts ----------------------------------------

mutant("s1-sti", MBR, "        sti\n        cld\n        jmp 0:stage1_main",
       "        nop\n        cld\n        jmp 0:stage1_main",
       traps("test_interrupts_are_off_when_the_bios_starts_stage_1"))
mutant("s1-cld", MBR, "        sti\n        cld\n        jmp 0:stage1_main",
       "        sti\n        nop\n        jmp 0:stage1_main", state("df"))
mutant("s1-far-jump", MBR, "        jmp 0:stage1_main ",
       "        jmp strict near stage1_main\n        times 2 nop\n",
       state("far-entry"))
mutant("s1-ds", MBR, "        mov ds, ax\n", "", state("junk"))
mutant("s1-es", MBR, "        mov es, ax\n", "", state("junk"))
mutant("s1-ss", MBR, "        mov ss, ax              ;", "        ;",
       state("junk"))
mutant("s1-sp", MBR, "        mov sp, REAL_STACK_TOP\n", THREE, state("junk"))
mutant("s1-dl-limit", MBR, "        jb new_drive\n", "        jmp new_drive\n",
       stage1("test_wrong_drive"))
mutant("s1-drive-record", MBR, "        push dx                 ; BIOS_DL",
       "        push ax                 ; BIOS_DL", stage1("test_plain"))

# --- stage 1: reading --------------------------------------------------------

mutant("s1-41h-magic", MBR, "        jne stage1_chs\n", TWO,
       hostile(12, "edd-bad-magic"))
mutant("s1-41h-bit", MBR, "        jnc stage1_chs\n", TWO,
       hostile(12, "edd-lies"))
mutant("s1-chs-attempts", MBR, "        jge stage1_chs ", TWO + ";",
       stage1("test_attempts"))
mutant("s1-packet-size", MBR, "        push byte 16            ;",
       "        push byte 15            ;", hostile(12, "lba-broken-later"))
mutant("s1-reset", MBR, "        mov ah, 0               ; INT 13h AH=00h: "
       "reset\n        call disk\n", "",
       stage1("test_soft_errors_need_the_reset"))
mutant("s1-retry", MBR, "        jnz stage1_read\n", "",
       stage1("test_attempts"))
mutant("s1-count", MBR, "mov dh, -STAGE1_ATTEMPTS\n",
       "mov dh, -STAGE1_ATTEMPTS - 1\n",
       stage1("test_last_attempt_is_the_last"))
mutant("s1-first-disk", MBR, "        jne first_disk\n", "",
       stage1("test_wrong_drive"))
mutant("s1-dl-reload", MBR, "        mov dl, [record(DRIVE)] ;", "        ;",
       state("dx-lost-41"))
mutant("s1-calls", MBR, "        inc word [record(CALLS)]\n", "",
       stage1("test_plain"))
mutant("s1-es-restore", MBR, "        pop es\n        sti  ",
       "        pop ax\n        sti  ", state("trash-es"))
mutant("s1-sti-after-call", MBR, "        sti                     ; for those",
       "        ; for those", state("if-clear=7"))
mutant("s1-cld-after-call", MBR,
       "interrupts off\n        cld\n        ret",
       "interrupts off\n        ret", state("df-set=7"))
mutant("s1-es-di", MBR, "        xor di, di              ; ES:DI",
       "        ; ES:DI", hostile(15, "es-di"))
mutant("s1-chs-mask", MBR, "        and cx, 3Fh  ", "        and cx, 7Fh ",
       stage1("test_sizes"))
mutant("s1-heads", MBR, "        inc dx\n        mov [record(HEADS)], dx",
       "        mov [record(HEADS)], dx", stage1("test_sizes"))
mutant("s1-cylinder", MBR, "        mov ch, al\n", "", stage1("test_sizes"))
mutant("s1-head", MBR, "        mov dh, dl\n", "", stage1("test_sizes"))
mutant("s1-sector-from-1", MBR, "        inc cx                  ; CL",
       "        ; CL", stage1("test_sizes"))
mutant("s1-chs-carry", MBR, "        pop cx\n        jc .error\n",
       "        pop cx\n", stage1("test_attempts"))

# --- stage 1: checking and giving up -----------------------------------------

mutant("s1-magic", MBR, "        jne failed\n", "", error("magic"))
mutant("s1-sum-first", MBR, "        or bx, dx\n", "        test dx, dx\n",
       error("high-bit-of-even-word"))
mutant("s1-sum-second", MBR, "        or bx, dx\n", "        test bx, bx\n",
       error("swapped-sectors"))
mutant("s1-sum-length", MBR, "        mov ch, [stage2_sectors] ;",
       "        mov ch, 1 ;", error("last-byte"))
mutant("s1-screen", MBR, "        int 10h\n", "", error("missing"))
mutant("s1-key", MBR, "        int 16h                 ;", "        ;",
       "tests/hostile/test_hostile.py::"
       "test_row39_a_key_comes_between_the_sentence_and_int_18h")
mutant("s1-next-device", MBR, "        int 18h                 ;",
       "        hlt ;", leads("stage1"))

# --- stage 2: start-up -------------------------------------------------------

mutant("st-nx", START, "        bt edx, 20\n        jnc real_error\n",
       "        bt edx, 20\n", error("cpu-qemu64,-nx"))
mutant("st-lm", START, "        bt edx, 29              ; long mode\n"
       "        jnc real_error\n", "", error("cpu-qemu64,-lm"))
mutant("st-sse2", START, "        bt edx, 26\n        jnc real_error\n",
       "        bt edx, 26\n", error("cpu-qemu64,-sse2"))
mutant("st-fxsr", START, "        bt edx, 24\n        jnc real_error\n",
       "        bt edx, 24\n", error("cpu-qemu64,-fxsr"))
mutant("st-low-memory", START, "        cmp bx, LOADER_END / 1024\n",
       "        cmp bx, LOADER_END / 1024 - 1\n", error("low-memory-223"))
mutant("st-ebda", START, "        shr eax, 6\n        call .consider\n",
       "        shr eax, 6\n", error("ebda-is-low"))
mutant("st-bss", START, "        shr ecx, 2\n", "        shr ecx, 3\n", JUNK)
mutant("st-nmi", START, "        switch_nmi NMI_OFF\n",
       "        switch_nmi NMI_ON\n", NMI)
mutant("st-page-nx", START, "        mov edx, PAGE_NX_HIGH\n",
       "        xor edx, edx\n", bochs("test_loader_tables"))
mutant("modes-write-protect", MODES, "        or eax, CR0_PG + CR0_WP\n",
       "        or eax, CR0_PG\n", bochs("test_long_mode"))
mutant("modes-pae", MODES, "        or eax, CR4_PAE\n", "",
       SELFTEST)
mutant("modes-nxe", MODES, "        or eax, EFER_LME + EFER_NXE\n",
       "        or eax, EFER_LME\n", SELFTEST)
mutant("st-screen", START, "        int 10h\n", "", error("cpu-qemu64,-nx"))
mutant("st-serial-key", START, "        test al, 1\n        jnz .serial\n",
       "        test al, 1\n", leads("start-serial"))

# --- stage 2: the gate -------------------------------------------------------

mutant("gate-nmi-out", GATE, "        switch_nmi NMI_OFF\n        lidt",
       "        lidt", NMI)
mutant("gate-nmi-back", GATE, "        pop ds\n        switch_nmi NMI_OFF\n",
       "        pop ds\n        switch_nmi NMI_ON\n", NMI)
mutant("gate-lme", GATE, "        and ah, ~(EFER_LME >> 8)\n", "",
       bochs("test_real_mode"))
mutant("gate-cr4", GATE, "        mov eax, [real_cr4]\n        mov cr4, eax\n",
       "        mov eax, [real_cr4]\n", bochs("test_real_mode"))
mutant("gate-segments", GATE, "        mov ax, SEL_DATA16 ",
       "        mov ax, SEL_DATA ", bochs("test_real_mode"))
mutant("gate-sti", GATE, "        sti\n        call word [routine]\n",
       "        call word [routine]\n", hostile(1, "bpb"))
mutant("gate-idt", GATE, "        lidt [idt_register]\n", "",
       error("invalid-opcode"))
mutant("gate-cld", GATE, "        popad\n        cld\n", "        popad\n",
       error("none-active-df-set"))
mutant("gate-es", GATE, "        mov es, [bios_regs + BIOS_REGS_ES]\n", "",
       hostile(12, "edd-absent"))
mutant("exception-code", "stage2/exceptions.asm", "equ 60227D00h",
       "equ 60223D00h", error("page-fault"))

# --- stage 2: A20 and memory -------------------------------------------------

A20, MEMORY, MEMMAP = "stage2/a20.c", "stage2/memory.c", "stage2/memmap.c"
mutant("a20-bios-believed", A20, "    if (opens_within(SHORT_WAIT))\n        "
       "return BOOT_A20_BIOS;", "    return BOOT_A20_BIOS;",
       hostile(22, "a20-2401-lies"))
mutant("a20-port92", A20, "(value | PORT_A_A20)", "(value)",
       hostile(22, "a20-2401-lies"))
mutant("a20-kbc", A20, "out8(KBC_DATA, 0xDF)", "out8(KBC_DATA, 0xDD)",
       hostile(22, "a20-kbc"))
mutant("e820-smap", MEMORY, "if (regs.eax != SMAP) {",
       "if (regs.eax == 0) {", hostile(23, "smap-lost"))
mutant("e820-ebx", MEMORY, ".ebx = next,", ".ebx = 0,",
       hostile(24, "attribute-zero"))
mutant("e820-buffer", MEMORY, "        bios_call(0x15, &regs);\n"
       "        if (bios_failed(&regs)) {\n            if (count",
       "        memset(e820_buffer, 0, sizeof e820_buffer);\n"
       "        bios_call(0x15, &regs);\n"
       "        if (bios_failed(&regs)) {\n            if (count",
       hostile(25, "persist"))
mutant("e820-short", MEMORY, "regs.ecx >= E820_ENTRY", "regs.ecx >= 16",
       hostile(26, "short-entry"))
mutant("e820-24", MEMORY, ".ecx = E820_ENTRY,", ".ecx = 24,",
       hostile(24, "attribute-zero"))
mutant("e801-cx", MEMORY, "if (low == 0 && high == 0)",
       "if (low == 1 && high == 0)", hostile(28, "e801-cx-dx"))
mutant("e801-range", MEMORY, " || low > E801_MAX_LOW", "",
       hostile(28, "e801-bogus"))
mutant("map-rank", MEMMAP, "[BOOT_MEM_RESERVED] = 3", "[BOOT_MEM_RESERVED] = 0",
       host("test_memmap"))
mutant("map-wrap", MEMMAP, "            r.length = UINT64_MAX - r.base + 1;\n",
       "", host("test_memmap"))
mutant("map-round", MEMMAP,
       "page += (raw[i].base & (PAGE_SIZE - 1)) != 0;", "page += 0;",
       host("test_memmap"))

# --- stage 2: disk and volume ------------------------------------------------

DISK, VOLUME = "stage2/disk.c", "stage2/volume.c"
mutant("disk-drive", DISK, "(regs->edx & 0xFF00) | disk.drive",
       "(regs->edx & 0xFF00) | 0x80", hostile(7, "dl-81-right"))
mutant("disk-127", "kernel/abi/layout.def",
       "BOUNCE_SECTORS         127 ", "BOUNCE_SECTORS         128 ",
       hostile(13, "max-127"))
mutant("disk-short", DISK, "    if (done >= count)\n        return count;",
       "    if (done <= count)\n        return count;",
       hostile(13, "truncate-16"))
mutant("disk-reset", DISK, "    loader.ledger.retries++;\n    int13(&regs);",
       "    loader.ledger.retries++;\n    (void)regs;",
       hostile(16, "soft-error-3"))
mutant("disk-track", DISK, "        count = disk.sectors - sector;",
       "        count = disk.sectors;", hostile(15, "chs-track"))
mutant("disk-cylinder", DISK, "(cylinder >> 8) << 6", "(cylinder >> 8) << 5",
       traps("test_cylinders_past_255"))
mutant("disk-tries", DISK, "#define TRIES        3 ",
       "#define TRIES        1 ",
       "tests/hostile/test_hostile.py::test_row16_each_read_fails_once")
mutant("disk-give-up-lba", DISK, "    if (done > 0 || !way->lba)",
       "    if (done > 0 || way->lba)", hostile(12, "lba-broken-later"))
mutant("disk-packet-reload", DISK,
       "    put_le64(disk_packet + 8, lba);",
       "    if (le64(disk_packet + 8) == 0)\n"
       "        put_le64(disk_packet + 8, lba);",
       hostile(13, "dap-scribble"))
mutant("window-end", VOLUME, "sector - window->sector < window->count",
       "sector - window->sector <= window->count", error("kernel-flipped"))
mutant("partition-status", "stage2/partition.c",
       "(entry[0] & ~STATUS_ACTIVE) != 0", "(entry[0] & 0x40) != 0",
       error("status-01"))
mutant("partition-start", "stage2/partition.c", "found->lba < first_free",
       "found->lba < first_free - 1",
       error("starts-at-last-sector-of-loader"))
mutant("bpb-fats", "fs/fat32/mount.c", "if (bpb[BPB_FATS] == 0)",
       "if (bpb[BPB_FATS] == 99)", error("bpb-fats-0"))
mutant("chain-loop", "fs/fat32/chain.c", " || next == cursor->landmark",
       " || next == 1", host("test_fat32"), error("chain-loops-on-itself"))
mutant("chain-bound", "fs/fat32/chain.c", "if (!cluster_exists(volume, next)",
       "if (next == 0", error("chain-to-past-end"))

# --- stage 2: configuration, files, kernel -----------------------------------

LOAD, ELF, HANDOFF = "stage2/load.c", "stage2/elf64.c", "stage2/handoff.c"
mutant("config-default", "stage2/config.c",
       "        parser->config->chosen--;\n", "", host("test_config"))
mutant("config-limit", "stage2/config.c",
       "config->entry_count == CONFIG_MAX_ENTRIES",
       "config->entry_count > CONFIG_MAX_ENTRIES", host("test_config"))
mutant("menu-timeout", "stage2/menu.c", "    for (; seconds > 0; seconds--) {",
       "    for (; seconds > 1; seconds--) {",
       "tests/boot/test_menu.py::test_menu_times_out")
mutant("load-checksum", LOAD, "promise->record.crc32c != checksum",
       "promise->record.crc32c == ~checksum", error("module-flipped"))
mutant("load-size", LOAD, "promise.record.size != node->size",
       "promise.record.size > node->size", error("module-longer"))
mutant("load-skipped", LOAD, "quirk(QUIRK_MODULE_SKIPPED);",
       "quirk(QUIRK_NOT_IN_MANIFEST);",
       "tests/boot/test_options.py::test_optional_module_is_missing")
mutant("load-tail", LOAD, "    memset(memory + node.size, 0, pages - node.size)"
       ";\n", "", JUNK)
mutant("elf-clear", LOAD, "    elf64_clear(&kernel->image, kernel->memory);\n",
       "", JUNK)
mutant("elf-wx", ELF, "(s->flags & ELF64_W) != 0 && (s->flags & ELF64_X) != 0",
       "(s->flags & ELF64_W) != 0 && (s->flags & ELF64_X) > ELF64_X",
       host("test_elf64"))
mutant("elf-base", ELF, "base + addend);", "base + addend + 1);",
       host("test_elf64"))
mutant("elf-place", ELF, "place - s->vaddr <= s->memory_size - 8",
       "place - s->vaddr <= s->memory_size - 7", host("test_elf64"))
mutant("map-write", HANDOFF, "        if (segment->flags & ELF64_W)\n", "",
       SELFTEST)
mutant("map-nx", HANDOFF, "            flags |= PTE_NX;\n",
       "            flags |= 0;\n", SELFTEST)
mutant("identity-nx", HANDOFF, "PTE_LARGE | PTE_NX;", "PTE_LARGE;",
       bochs("test_hand_off"))
mutant("identity-code", HANDOFF, "page == code ? PTE_PRESENT :",
       "page == code ? PTE_TABLE :", bochs("test_hand_off"))
mutant("slot", HANDOFF, "(uint32_t)words[0] % info->slot_choices",
       "(uint32_t)words[0] % 2",
       "tests/boot/test_options.py::test_slots_differ")
mutant("slot-off", HANDOFF, "length == 3 &&", "length == 4 &&",
       "tests/boot/test_options.py::test_slot_off")
mutant("quirk-if", "stage2/bios.c", "        quirk(QUIRK_IF_CLEAR);",
       "        quirk(QUIRK_DF_SET);", hostile(11, "if-clear"))
mutant("vbe-attributes", "stage2/video.c",
       "& ATTRIBUTES_NEEDED) != ATTRIBUTES_NEEDED",
       "& ATTRIBUTES_NEEDED) == 0", hostile(32, "vbe-no-attribute"))
mutant("console-flush", "stage2/console.c", "    if (c == '\\n')\n"
       "        console_flush();", "    if (c == '\\0')\n"
       "        console_flush();", error("none-active"))

# --- the kernel's fast path --------------------------------------------------

FAST_TEST = host("test_fastpath")
mutant("fast-stopped", FAST, "!thread->stopped && ", "", FAST_TEST)
mutant("fast-slice", FAST, " && local->slice_end == 0", "", FAST_TEST)
mutant("fast-priority", FAST, "        priority = server->priority;\n",
       "        priority++;\n", FAST_TEST)
mutant("fast-last-handle", FAST, "if (session->handles == 1)",
       "if (session->handles == 0)", FAST_TEST)
mutant("fast-cancel", FAST, "    caller->cancel = false;\n", "", FAST_TEST)
mutant("fast-leases", FAST, "    to->r15 = 0;\n", "", FAST_TEST)
mutant("fast-level", FAST, "caller->process->level <= endpoint->level",
       "caller->process->level < endpoint->level",
       host("test_fastpath_debug"))
mutant("fast-lock", FAST, "    kernel_end(", "    kernel_exit(", FAST_TEST)

# --- what is no mutant -------------------------------------------------------

EQUIVALENT = {
    "start.asm: no test whether CPUID is there":
        "QEMU and Bochs run CPUID on every model, a 486 too",
    "gate.asm: DS not reloaded after the routine":
        "each routine reloads it after its own INT; this is the second lock",
    "A20: one value instead of two in is_open()":
        "each value is written to both places before it is read back, so "
        "with the gate shut the first one already tells; the second guards "
        "against buses that keep the last value, which no emulator has",
    "stage 1, gate.asm: no stc before INT":
        "every BIOS at hand, the liar's too, sets or clears CF itself",
    "stage 1: no jc after 42h":
        "what a failed read leaves at 8000h has no magic, so the check fails "
        "instead, and that is an attempt as well",
    "stage 1: no jc after 41h":
        "a BIOS without the call leaves BX = 55AAh, which the next check sees",
    "gate.asm: no cld before the call of the routine":
        "the ABI of 64-bit C has the direction flag clear already",
    "gate.asm: sp instead of esp":
        "nothing in stage 2 uses the upper half in real mode, and the "
        "way back reloads RSP in full",
    "memory.c: e820_buffer not zeroed before the first call":
        "it lies in the image, as zeros, and is asked for once",
}
