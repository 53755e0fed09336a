"""What no sentence shows: NMI, dirty memory, cylinders past 255.

Each of these tests stands for a line of stage 1 or stage 2 that all other
tests would let go (tests/mutants).
"""
import pathlib
import random
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import broken  # noqa: E402
import gdbstub  # noqa: E402
import kindling  # noqa: E402
from broken import L  # noqa: E402

NMI_OFF, NMI_ON = "0x8d", "0xd"  # CMOS index 0Dh; bit 7 masks NMI
FLAG_IF, FLAG_DF = 0x200, 0x400


def test_nmi_is_off_across_each_switch_of_modes(image, tmp_path):
    """QEMU tells each write to port 70h: off, on, off, on, and so on."""
    trace = tmp_path / "trace"
    with kindling.Qemu(image, extra=(
            "-trace", "memory_region_ops_write", "-D", str(trace))) as pc:
        pc.expect(kindling.UP)
        trips = kindling.figures(pc.text)["bios-calls"]
    writes = re.findall(r"^memory_region_ops_write .* addr 0x70 value (\w+) ",
                        trace.read_text(), re.M)
    own = [value for value in writes if value in (NMI_OFF, NMI_ON)]
    # SeaBIOS uses the first index as well when it starts, but not the other.
    while own[1] == NMI_OFF:
        own.pop(0)
    assert trips > 10
    # Once on the way up, then there and back again on each trip.
    assert own == [NMI_OFF, NMI_ON] * (1 + 2 * trips)


# What the BIOS leaves alone: below stage 1, and the memory from 1 MiB on. The
# rest below 640 KiB SeaBIOS clears, so that is filled when it is done.
DIRTY_AT_POWER_ON = ((L["REAL_STACK_BOTTOM"], 0x5000), (0x100000, 16 << 20))
DIRTY_LATER = range(L["BOUNCE_BASE"], L["LOADER_END"], 1024)


def junk(size):
    return random.Random(size).randbytes(size)


def test_memory_is_full_of_junk(tmp_path):
    """Nothing relies on memory that happens to be zero at power-on."""
    image = broken.make_image(cmdline="autorun=selftest")
    with gdbstub.Gdb(kindling.boot_seconds * kindling.BOOTS) as gdb:
        extra = list(gdb.arguments)
        for base, size in DIRTY_AT_POWER_ON:
            path = tmp_path / f"junk-{size}"
            path.write_bytes(junk(size))
            extra += ["-device", f"loader,file={path},addr={base:#x},"
                                 "force-raw=on"]
        with kindling.Qemu(image, extra=extra, inherit=gdb.inherit) as pc:
            gdb.run_to(L["STAGE1_BASE"])
            for address in DIRTY_LATER:
                gdb.write(address, junk(1024))
            gdb.go()
            assert pc.wait_exit() == kindling.EXIT_GOOD, pc.text
            assert re.search(r"^# 0 failed\r?$", pc.text, re.M), pc.text


@pytest.mark.parametrize("geometry", ["heads=2 spt=2", "heads=1 spt=5"])
def test_cylinders_past_255(geometry, tmp_path):
    """Ten bits of cylinder: the upper two stand beside the sector.

    So small a disk has room for a kernel and no more.
    """
    image = kindling.modules_image({})
    with kindling.Qemu(broken.lie(image, f"edd-absent {geometry}",
                                  tmp_path / "disk.img")) as pc:
        assert "chs" in pc.ledger()["quirks"]
        pc.expect(kindling.UP)


def test_interrupts_are_off_when_the_bios_starts_stage_1(image, tmp_path):
    """As some firmware does it: they are on at the first call all the same.
    """
    disk = broken.lie(image, "int13-eats-stack=64", tmp_path / "disk.img")
    with gdbstub.Gdb(kindling.boot_seconds * kindling.BOOTS) as gdb, \
            kindling.Qemu(disk, extra=gdb.arguments,
                          inherit=gdb.inherit) as pc:
        gdb.run_to(L["STAGE1_BASE"])  # the liar
        gdb.step()
        gdb.run_to(L["STAGE1_BASE"])  # stage 1
        raw = bytearray.fromhex(gdb.command("g"))
        flags = int.from_bytes(raw[17 * 8:17 * 8 + 4], "little")
        assert flags & FLAG_IF
        flags = flags & ~FLAG_IF | FLAG_DF
        raw[17 * 8:17 * 8 + 4] = flags.to_bytes(4, "little")
        assert gdb.command("G" + raw.hex()) == "OK"
        gdb.go()
        pc.expect(kindling.UP)
        assert "LIAR: ready" in pc.text
        assert "LIAR: called" not in pc.text, pc.text
