"""Stage 1 on its own: in what state it starts stage 2, whatever it met.

A probe takes the place of stage 2 and prints registers and the hand-off
record on COM1. The liar stands for firmware that misbehaves.
"""
import pathlib
import random
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import broken  # noqa: E402
import kindling  # noqa: E402
import stage2  # noqa: E402
from broken import L, SECTOR  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
FLAG_IF, FLAG_DF = 0x200, 0x400
ATTEMPTS, CHS_ATTEMPTS = L["STAGE1_ATTEMPTS"], L["STAGE1_CHS_ATTEMPTS"]


def probe(sectors):
    """The probe as a sealed stage 2 of that size, the rest noise."""
    def make(path):
        subprocess.run(
            ["nasm", "-f", "bin", "-w+all", "-Werror",
             f"-I{kindling.BUILD}/gen/", str(HERE / "probe_stage2.asm"),
             "-o", str(path)], check=True, timeout=60)
        code = path.read_bytes()
        rest = sectors * SECTOR - len(code)
        path.write_bytes(stage2.seal(
            code + random.Random(sectors).randbytes(rest)))
    source = (HERE / "probe_stage2.asm").read_bytes()
    return kindling.cached("probe", (source, sectors), make)


def probe_image(sectors=40, liar="", folder=None, **options):
    options = {"volume_size": "34M", **options}
    image = kindling.make_image(stage2=probe(sectors), **options)
    return broken.lie(image, liar, folder / "liar.img") if liar else image


def start(image, **options):
    """Boot to the probe; return what it printed as {name: number}."""
    with kindling.Qemu(image, **options) as pc:
        line = pc.expect(r"PROBE( [A-Z]+=[0-9A-F]{4})+ \.\n")[0]
        pc.still_runs()
        assert "LIAR: called" not in pc.text, pc.text
    return {name: int(value, 16)
            for name, value in re.findall(r"(\w+)=([0-9A-F]{4})", line)}


def check_state(seen):
    """What stage 2 relies on (stage2/start.asm, docs/spec/memory-map.md)."""
    for name in ("CS", "DS", "ES", "SS"):
        assert seen[name] == 0, name
    assert seen["IP"] == L["STAGE2_ENTRY"]
    # A packet for each attempt by LBA, on two drives, may lie there.
    packets = 2 * 16 * (ATTEMPTS - CHS_ATTEMPTS)
    assert L["HANDOFF_BASE"] - packets <= seen["SP"] <= L["HANDOFF_BASE"]
    assert seen["FL"] & FLAG_IF
    assert not seen["FL"] & FLAG_DF
    assert seen["TABLE"] == 0xAA55  # LBA 0 is still there


def attempts_used(seen):
    """How many attempts on this drive had failed."""
    return ATTEMPTS - (-(seen["DRIVE"] >> 8) & 0xFF)


def test_plain():
    seen = start(probe_image())
    check_state(seen)
    assert seen["DRIVE"] & 0xFF == seen["DL"] & 0xFF == 0x80
    assert attempts_used(seen) == 0
    assert (seen["CALLS"], seen["HEADS"]) == (2, 0)  # 41h and 42h


@pytest.mark.parametrize("liar", [
    "junk", "junk seed=3", "junk seed=9", "df", "far-entry", "junk far-entry",
    "bpb", "if-clear=7", "df-set=7", "trash", "trash-es", "high-halves=7",
    "dx-lost-41", "pm-trip=7", "int13-eats-stack=8000"])
def test_state_whatever_the_bios_does(liar, tmp_path):
    for geometry in ("", " edd-absent heads=3 spt=17"):
        image = probe_image(liar=liar + geometry, folder=tmp_path)
        seen = start(image)
        check_state(seen)
        assert seen["DRIVE"] & 0xFF == 0x80
        assert attempts_used(seen) == 0
        assert bool(seen["HEADS"]) == bool(geometry)


@pytest.mark.parametrize("sectors", [1, 17, 63, 64])
def test_sizes(sectors, tmp_path):
    """To the last sector, by LBA and by geometries that split it oddly."""
    check_state(start(probe_image(sectors)))
    for heads, spt in ((255, 63), (2, 18), (1, 1), (7, 11), (256, 63),
                       (16, 64 - 1)):
        liar = f"edd-absent chs-track es-di heads={heads} spt={spt}"
        seen = start(probe_image(sectors, liar, tmp_path))
        check_state(seen)
        assert seen["HEADS"] == heads
        assert seen["CALLS"] == 2 + sectors  # 41h, 08h, a read for each


@pytest.mark.parametrize("failures", range(1, ATTEMPTS))
def test_attempts(failures, tmp_path):
    """It goes on after so many failures, and does not lose count."""
    seen = start(probe_image(liar=f"fail-n={failures}", folder=tmp_path))
    check_state(seen)
    assert attempts_used(seen) == failures
    by_lba = failures < ATTEMPTS - CHS_ATTEMPTS
    assert bool(seen["HEADS"]) == (not by_lba)


def test_last_attempt_is_the_last(tmp_path):
    """After eight failures it says so: one more would find the probe."""
    image = probe_image(liar=f"fail-n={ATTEMPTS}", folder=tmp_path)
    with kindling.Qemu(image) as pc:
        pc.expect(re.escape(broken.sentence(1)))
        pc.on_screen(re.escape(broken.sentence(1)))
        assert "PROBE" not in pc.text
        pc.still_runs()


@pytest.mark.parametrize("drive, found", [
    (0, 0x80), (1, 0x80), (0x7F, 0x80), (0x81, 0x80), (0x8F, 0x80),
    (0x90, 0x80), (0xFF, 0x80)])
def test_wrong_drive(drive, found, tmp_path):
    """DL is wrong; from 90h on it is not even tried."""
    seen = start(probe_image(liar=f"dl={drive}", folder=tmp_path))
    check_state(seen)
    assert seen["DRIVE"] & 0xFF == found
    assert seen["DL"] & 0xFF == drive
    if drive < 0x90:
        assert seen["CALLS"] > ATTEMPTS
    else:
        assert seen["CALLS"] == 2
    assert attempts_used(seen) == 0


def test_soft_errors_need_the_reset(tmp_path):
    seen = start(probe_image(liar="soft-error=1", folder=tmp_path))
    check_state(seen)
    assert attempts_used(seen) == 1


def test_stage2_in_the_hole_stays_whole(tmp_path):
    """Bytes that Windows stamps into the hole change nothing."""
    path = kindling.copy_sparse(probe_image(), tmp_path / "disk.img")
    with path.open("r+b") as disk:
        disk.seek(L["MBR_HOLE_OFFSET"])
        disk.write(b"\xF4\xEB\xFE\xCC\x0F\x0B")
    check_state(start(path))
