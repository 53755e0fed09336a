#!/usr/bin/python3
"""Count lines of code in each room, without blank lines and comments.

The kernel's lines are told apart once more: what loader and programs share
with it, what runs once before the first process, what prints and panics. All
else is the microkernel, headers included, whatever a build leaves out. The
checks that it carries for autorun=selftest count apart.
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sources import ROOT, repository_files  # noqa: E402

KINDS = {".c": "C", ".h": "C", ".asm": "NASM", ".inc": "NASM",
         ".py": "Python", "": "scripts"}


def code_lines(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix in (".c", ".h"):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
    else:
        mark = ";" if path.suffix in (".asm", ".inc") else "#"
        text = re.sub(rf"^\s*{mark}.*$", "", text, flags=re.M)
    return sum(1 for line in text.splitlines() if line.strip())


SHARED = ("kernel/abi/", "kernel/lib/")
START = ("kernel/start/", "kernel/x86/start/")
PANIC = tuple("kernel/" + name for name in (
    "console.", "font.", "panic.", "screen.", "symbols.", "x86/ports.",
    "x86/trap_text."))


def kernel_part(name):
    """Which part of the kernel a file belongs to."""
    return ("shared with others" if name.startswith(SHARED) else
            "start-up" if name.startswith(START) else
            "console and panic" if name.startswith(PANIC) else "microkernel")


def kernel_parts():
    """{part: lines of C and NASM}, without the self-tests."""
    parts = {}
    for name in repository_files("kernel"):
        if KINDS.get(pathlib.Path(name).suffix) in ("C", "NASM") and \
                "/test/" not in name:
            part = kernel_part(name)
            parts[part] = parts.get(part, 0) + code_lines(ROOT / name)
    return parts


def main():
    totals = {}
    for name in repository_files():
        path = ROOT / name
        room = name.partition("/")[0]
        if room == "kernel" and "/test/" in name:
            room = "kernel/test"
        if path.suffix not in KINDS or "/" not in name or \
                "corpus/" in name or room[0] == ".":
            continue
        key = (room, KINDS[path.suffix])
        totals[key] = totals.get(key, 0) + code_lines(path)
    for (room, kind), lines in sorted(totals.items()):
        print(f"{room:<12} {kind:<8} {lines:>7}")
    for part, lines in sorted(kernel_parts().items()):
        print(f"kernel: {part:<20} {lines:>7}")


if __name__ == "__main__":
    sys.exit(main())
