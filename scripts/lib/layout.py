"""The numbers of kernel/abi/layout.def, and the constants of C headers.

Read through the parser of scripts/gendefs, so that Python, C and assembly
agree on every number by construction.
"""
import importlib.machinery
import importlib.util
import pathlib
import re
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def load_script(name):
    """Import scripts/NAME, which has no .py suffix, as a module."""
    path = str(ROOT / "scripts" / name)
    loader = importlib.machinery.SourceFileLoader("kindling_" + name, path)
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def read_layout():
    """Return {name: integer} of layout.def."""
    rows = load_script("gendefs").read_layout()
    return {name: int(value, 0) for _, name, value, _ in rows}


def header_number(header, name):
    """Return the plain number that a C header defines as name."""
    text = (ROOT / header).read_text(encoding="utf-8")
    match = re.search(rf"^#define {name}\s+(0x[0-9A-Fa-f]+|\d+)\b", text, re.M)
    if not match:
        raise LookupError(f"{header} does not define {name}")
    return int(match[1], 0)
