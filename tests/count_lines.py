#!/usr/bin/python3
"""Count lines of code in each room, without blank lines and comments.

The checks that the kernel carries for autorun=selftest count apart.
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


if __name__ == "__main__":
    sys.exit(main())
