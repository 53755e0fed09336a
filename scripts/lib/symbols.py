"""Symbols of the boot chain, and where the CPU changes its mode."""
import pathlib
import re
import shutil
import subprocess

import vm

# What a debugger stops at, in the order of the boot: label, what is there.
# A label that the build does not have is left out.
LANDMARKS = (
    ("stage1_start", "stage 1: real mode, as the BIOS left it"),
    ("stage2_entry", "stage 2: real mode"),
    ("protected", "protected mode: the first 32-bit instruction"),
    ("long_start", "long mode: the first 64-bit instruction"),
    ("loader_main", "the first C function"),
    ("gate_to_real", "gate to the BIOS: 16-bit code, still paged"),
    ("gate_real", "gate: real mode again"),
    ("gate_to_protected", "gate: the BIOS is done, on to protected mode"),
    ("gate_to_long", "gate: 32-bit code, on to long mode"),
    ("jump_to_kernel", "the loader's last instructions"),
)
KERNEL_ENTRY = "kernel_entry"
# Each call of the BIOS passes these; the loader counts the calls here.
GATE = "gate_"
GATE_COUNTER = "loader.ledger.bios_calls"


def nm_tool():
    for name in ("nm", "x86_64-linux-gnu-nm", "x86_64-elf-nm"):
        if shutil.which(name):
            return name
    raise vm.Failure("nm is not installed; 'scripts/setup build' installs it")


def read_symbols(path):
    """Return {name: address} of the code and data labels of an ELF file."""
    if not pathlib.Path(path).exists():
        return {}
    done = subprocess.run([nm_tool(), "-n", str(path)], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        raise vm.Failure(f"{path}: {done.stderr.strip()}")
    found = {}
    for line in done.stdout.splitlines():
        match = re.fullmatch(r"([0-9a-f]+) [bBdDrRtTwW] ([\w.]+)", line)
        if match and not match[2].startswith(("$", ".")):
            found[match[2]] = int(match[1], 16)
    return found


def entry_of(path):
    """Return the entry point of an ELF64 file."""
    head = pathlib.Path(path).read_bytes()[:32]
    if head[:5] != b"\x7fELF\x02":
        raise vm.Failure(f"{path} is not a 64-bit ELF file")
    return int.from_bytes(head[24:32], "little")


def landmarks(symbols):
    return [(name, text) for name, text in LANDMARKS if name in symbols]


def address_of(path, expression):
    """Return the address of a C object of an ELF file; None if it has none.

    Members of structures have no symbol: GDB knows them.
    """
    done = subprocess.run(
        [vm.tool("gdb", "debug"), "-nx", "-batch", "-ex",
         f"print/x (unsigned long)&{expression}", str(path)],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    match = re.search(r"^\$1 = (0x[0-9a-f]+)$", done.stdout, re.M)
    return int(match[1], 16) if match else None
