"""Programs for ring 3: run a guest program of user/test as root task and read
its TAP report, or make the smallest of programs from a few instructions.
"""
import functools
import pathlib
import re
import struct
import subprocess
import tempfile

import kindling

PATIENCE = 600  # boots; a boot alone is a fifth of a second on a good PC
READ, WRITE, EXECUTE = 4, 2, 1
CODE_AT = 0x1000
LOAD, NOTE, INTERPRETER, STACK = 1, 4, 3, 0x6474E551


def tap(text):
    """{name: passed} of a report; the plan must be kept."""
    plans = re.findall(r"(?m)^1\.\.(\d+)\r?$", text)
    found = re.findall(r"(?m)^(not )?ok (\d+) - (.+?)\r?$", text)
    assert len(plans) == 1 and int(plans[0]) > 0, f"no plan\n{text[-4000:]}"
    assert [int(number) for _, number, _ in found] == \
        list(range(1, int(plans[0]) + 1)), f"plan broken\n{text[-4000:]}"
    return {name: not bad for bad, _, name in found}


def excerpt(text):
    """What a failure is about: notes and failed tests, then the end."""
    text = re.sub(r"[ \t]{3,}", "  ", text)
    notes = [line for line in text.splitlines()
             if line.startswith(("#", "not ok", "KERNEL PANIC"))]
    return "\n".join(notes)[-4000:] + "\n--- the end:\n" + text[-3000:]


def check(text, but=()):
    """A report without a failed test, from a kernel that is still there.

    but are tests that the machine has no part for.
    """
    assert "KERNEL PANIC" not in text, excerpt(text)
    results = tap(text)
    failed = [name for name, passed in results.items()
              if not passed and name not in but]
    assert not failed, f"failed: {failed}\n{excerpt(text)}"
    return results


def run(program, cmdline="", kernel=None, patience=PATIENCE, **options):
    """Boot it; return (its results, what it printed)."""
    image = kindling.guest_image(program, cmdline, kernel)
    with kindling.Qemu(image, **options) as pc:
        status = pc.wait_exit(patience)
        text = pc.text
    results = check(text)
    assert status == kindling.EXIT_GOOD, f"exit {status}\n{excerpt(text)}"
    return results, text


# --- programs of a few instructions ------------------------------------------

@functools.cache
def assemble(source):
    """NASM's flat output of a few lines; NAME is the number of SYS_NAME."""
    header = (kindling.ROOT / "kernel/abi/syscall.h").read_text()
    body = re.search(r"enum sys_call \{(.*?)\};", header, re.S)[1]
    calls = re.findall(r"\bSYS_\w+(?=,)", re.sub(r"/\*.*?\*/", "", body))
    text = "".join(f"%define {name} {number}\n"
                   for number, name in enumerate(calls))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "code.asm")
        path.write_text(f"{text}bits 64\n{source}\n")
        subprocess.run(["nasm", "-f", "bin", "-w+all", "-Werror", "-o",
                        f"{folder}/code", str(path)], check=True, timeout=60)
        return pathlib.Path(folder, "code").read_bytes()


def segment(kind, flags, offset, address, file_size, memory_size):
    return struct.pack("<IIQQQQQQ", kind, flags, offset, address, address,
                       file_size, memory_size, 4096)


def elf(source, *more, rights=READ | EXECUTE, entry=CODE_AT, kind=3,
        machine=62):
    """An ELF file: its header and a page of code, and more segments."""
    code = assemble(source)
    segments = (segment(LOAD, READ, 0, 0, CODE_AT, CODE_AT),
                segment(LOAD, rights, CODE_AT, CODE_AT, len(code),
                        len(code)), *more)
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", kind, machine, 1, entry, 64, 0, 0, 64, 56,
        len(segments), 0, 0, 0)
    return (header + b"".join(segments)).ljust(CODE_AT, b"\0") + code
