"""The root task: which files the kernel takes for one, and what happens when
it ends. test_init.py has what ours does.
"""
import re

import pytest

import kindling
from kindling import EXIT_BAD, EXIT_GOOD
from programs import (
    CODE_AT, EXECUTE, INTERPRETER, LOAD, READ, STACK, WRITE, elf, segment)

EXIT = """mov     eax, SYS_PROCESS_CONTROL
          xor     edi, edi
          xor     esi, esi
          mov     edx, 42
          syscall"""
LAST_THREAD = """mov     eax, SYS_THREAD_CONTROL
                 xor     edi, edi
                 mov     esi, 2 ; SYS_THREAD_KILL
                 syscall"""
IDLE = "jmp $"
INVALID = "ud2"
KERNEL_READ = "mov rax, 0xFFFFFFFF80000000\nmov rax, [rax]"
MIB = 1 << 20


def boot(modules, autorun="x", **options):
    """Run until it powers off: (exit status, text)."""
    image = kindling.modules_image(modules, f"autorun={autorun}")
    with kindling.Qemu(image, **options) as pc:
        status = pc.wait_exit()
        assert "KERNEL PANIC" not in pc.text, pc.text
        return status, pc.text


def halts(modules, sentence, **options):
    """Without autorun= the sentence is the last, and the PC stands still."""
    with kindling.Qemu(kindling.modules_image(modules), **options) as pc:
        pc.expect(f"{sentence}\r?\n")
        pc.wait_for(lambda: "HLT=1" in pc.monitor("info registers"),
                    "a halted CPU")
        pc.still_runs()
        pc.on_screen(sentence)
        return pc.text


# --- files that are none -----------------------------------------------------

def with_segment(*arguments):
    return elf(IDLE, segment(*arguments))


BAD = {
    "empty": (b"", "no ELF64 file"),
    "text": (b"This is no program.\n" * 300, "no ELF64 file"),
    "cut-in-the-header": (elf(IDLE)[:40], "no ELF64 file"),
    "cut-in-the-table": (elf(IDLE)[:100], "bad program headers"),
    "cut-in-the-code": (elf(IDLE)[:-1], "a segment is not in the file"),
    "fixed-address": (elf(IDLE, kind=2), "no static PIE for x86-64"),
    "other-machine": (elf(IDLE, machine=183), "no static PIE for x86-64"),
    "write-and-execute": (elf(IDLE, rights=READ | WRITE | EXECUTE),
                          "a segment has bad rights"),
    "on-one-page": (with_segment(LOAD, READ, 0, CODE_AT, 0, 64),
                    "segments out of order, or two on a page"),
    "huge": (with_segment(LOAD, READ | WRITE, 0, 2 * CODE_AT, 0, 1 << 60),
             "a segment is too large"),
    "interpreter": (with_segment(INTERPRETER, READ, 0, 0, 16, 16),
                    "it asks for an interpreter"),
    "executable-stack": (with_segment(STACK, 7, 0, 0, 0, 0),
                         "it asks for an executable stack"),
    "entry-outside": (elf(IDLE, entry=8 * CODE_AT), "no code at its entry"),
}
REFUSED = "The root task /boot/root cannot start: "


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused(name):
    """In words, and as a failure."""
    file, problem = BAD[name]
    status, text = boot({"root": file, "more.elf": elf(EXIT)})
    assert f"\n{REFUSED}{problem}.\r\n" in text
    assert status == EXIT_BAD and not re.search(kindling.UP, text)
    assert "ring 3" not in text


def test_a_bad_file_halts():
    text = halts({"root": b"no program"}, f"{REFUSED}no ELF64 file\\.")
    assert not re.search(kindling.UP, text)


@pytest.mark.parametrize("mib,good", [(4, True), (64, False)])
def test_memory_that_a_program_asks_for(mib, good):
    """All of it is charged at the start, and none of it touched."""
    file = elf(EXIT, segment(LOAD, READ | WRITE, 0, 2 * CODE_AT, 0, mib * MIB))
    status, text = boot({"root": file}, memory="32M")
    assert status == EXIT_BAD
    assert ("\nThe root task ended with status 42." in text) == good
    assert (f"\n{REFUSED}not enough memory." in text) == (not good)


# --- none --------------------------------------------------------------------

NO_ROOT = "There is no root task: the boot entry names no module."


def test_without_a_module_it_powers_off():
    status, text = boot({})
    assert status == EXIT_GOOD and f"\n{NO_ROOT}\r\n" in text


def test_without_a_module_it_halts():
    text = halts({}, r"Kindling is up\. There is no root task: halted\.",
                 cpus=2)
    assert f"\n{NO_ROOT}\r\n" in text


# --- one that ends -----------------------------------------------------------

ENDS = {
    "exit": (EXIT, r"The root task ended with status 42\."),
    "invalid": (INVALID, r"The root task died of exception 6 at "
                r"[0-9A-F]+, address 0\."),
    "kernel-memory": (KERNEL_READ, r"The root task died of exception 14 at "
                      r"[0-9A-F]+, address F{8}80000000\."),
    "last-thread": (LAST_THREAD, r"The root task ended with status 0\."),
}


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("name", ENDS)
def test_root_ends(name, cpus):
    source, sentence = ENDS[name]
    status, text = boot({"root": elf(source)}, cpus=cpus)
    assert status == EXIT_BAD
    assert re.search(rf"(?m)^{sentence}\r?$", text), text


@pytest.mark.parametrize("name", ENDS)
def test_root_ends_and_the_machine_halts(name):
    source, sentence = ENDS[name]
    text = halts({"root": elf(source)}, "Nobody is left to run anything: "
                 r"halted\.")
    assert re.search(rf"(?m)^{sentence}\r?$", text), text
    assert len(re.findall(kindling.UP, text)) == 1


def test_selftest_needs_no_root_task():
    status, text = boot({"root": b"no program"}, "selftest")
    assert status == EXIT_GOOD and "\n# 0 failed\r\n" in text
