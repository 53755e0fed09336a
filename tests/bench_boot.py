"""Count what a boot costs, from 0x7C00 to the kernel's first instruction.

The time stamp counter counts instructions under QEMU's -icount shift=0. It is
read at 0x7C00 through the GDB stub; the kernel reads it with its very first
instruction and prints the steps. Firmware's work between the two is included.
Two kernels, of 256 KiB and of 8 MiB, menu time-out 0, on q35, AHCI and
-cpu max: the minimum of five boots is what the tests gate (boot_256k,
boot_8m). Other controllers and CPUs are printed only: tests/bench.py.
"""
import pathlib
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kindling  # noqa: E402
from gdbstub import Gdb  # noqa: E402

BOOT_SECTOR = 0x7C00
ICOUNT = ("-icount", "shift=0,sleep=off")
SIZES = {"boot_256k": 256 << 10, "boot_8m": 8 << 20}
RUNS = 5
PATIENCE = 120  # boots; counting makes QEMU several times slower
OTHERS = (
    {"disk": "nvme"}, {"disk": "virtio-blk"}, {"disk": "virtio-scsi"},
    {"disk": "lsi"}, {"disk": "xhci"}, {"machine": "pc"},
    {"cpu": "qemu64"}, {"cpu": "Nehalem"},
)


CONFIG = "timeout = 0\n[Kindling]\nkernel = /boot/kernel.elf\n"


def image_of(size):
    """An image with a kernel of that size and no module."""
    return kindling.make_image({"boot/kernel.elf": kindling.kernel_of(size),
                                "boot/boot.cfg": CONFIG})


def steps_of(text):
    """The kernel's cycles: line as {step: instructions since the last one}.
    """
    line = re.search(r"^cycles: (.+?)\r?$", text, re.M)[1]
    return {name: int(value)
            for name, value in re.findall(r"(\w+)=\+?(\d+)", line)}


def measure(image, **options):
    """One boot: (instructions, ledger, {step: instructions})."""
    with Gdb(kindling.BOOTS * kindling.boot_seconds) as gdb, \
            kindling.Qemu(image, extra=(*ICOUNT, *gdb.arguments),
                          inherit=gdb.inherit, **options) as pc:
        gdb.run_to(BOOT_SECTOR)
        start = gdb.timestamp()
        gdb.go()
        ledger = pc.ledger(PATIENCE)
        pc.expect(r"(?m)^cycles: .+\n", PATIENCE)
        steps = steps_of(pc.text)
        # The instruction that read the counter was not the boot's own.
        total = sum(steps.values()) - start - 1
        steps["stage2"] -= start + 1
        return total, ledger, steps


def best(image, runs=RUNS, **options):
    """The boot with the fewest instructions of several."""
    return min((measure(image, **options) for _ in range(runs)),
               key=lambda result: result[0])


def line_of(name, result):
    total, ledger, steps = result
    parts = " ".join(f"{step}={count}" for step, count in steps.items())
    return (f"{name:<28} {total:>10} instructions, "
            f"{ledger['int13']:>4} calls: {parts}")


def calibrate():
    kindling.boot_seconds = 5
    started = time.monotonic()
    kindling.boot(kindling.BUILD / "kindling.img")
    kindling.boot_seconds = max(time.monotonic() - started, 0.5)


def gated():
    """The figures that the tests gate, as build/bench.json wants them."""
    found = {}
    for name, size in SIZES.items():
        result = best(image_of(size))
        print(line_of(name, result), flush=True)
        found[name] = {"value": result[0], "unit": "instructions"}
        found[f"{name}_calls"] = {"value": result[1]["int13"],
                                  "unit": "INT 13h calls"}
    return found


def print_others():
    """Other controllers and CPUs, for the reader."""
    for options in OTHERS:
        label = " ".join(options.values())
        for name, size in SIZES.items():
            print(line_of(f"{name} {label}",
                          best(image_of(size), 2, **options)), flush=True)
