"""What boot.cfg and the command line may ask for: slots, modules, autorun."""
import re
import sys

import pytest

import kindling

sys.path.insert(0, str(kindling.ROOT / "tests" / "boot"))

from crc32c import crc32c  # noqa: E402
from layout import read_layout  # noqa: E402

L = read_layout()
DRAWS = 20
FEWEST = 15  # of twenty among a thousand; fewer is a chance of one in 10^8


def slot_of(text):
    """(address, slot, choices, "kaslr=off" or None)"""
    match = re.search(r"^kernel: runs at ([0-9A-F]{16}), slot (\d+) of (\d+)"
                      r"(?: \((.+)\))?\r?$", text, re.M)
    address, slot, choices = int(match[1], 16), int(match[2]), int(match[3])
    assert address == L["KERNEL_SLOT_FIRST"] + slot * L["KERNEL_SLOT_SIZE"]
    assert slot < choices
    return address, slot, choices, match[4]


def slots(count, image, **options):
    return [slot_of(kindling.boot(image, **options)[0])[1]
            for _ in range(count)]


# --- where the kernel runs ---------------------------------------------------

@pytest.mark.parametrize("cpu", ["max", "qemu64"])
def test_slots_differ(image, cpu):
    """With RDRAND, and from jitter and clock alone."""
    assert len(set(slots(DRAWS, image, cpu=cpu))) >= FEWEST


def test_enough_choices(image):
    """At least 500, whatever the memory."""
    for memory in ("16M", "3G"):
        text, _ = kindling.boot(image, memory=memory)
        assert slot_of(text)[2] >= 500


def test_seed_gives_one_slot():
    found = []
    for seed in range(1, 7):
        image = kindling.image_for(f"seed={seed}")
        pair = slots(2, image) + slots(1, image, cpu="qemu64")
        assert len(set(pair)) == 1, f"seed={seed} gave slots {pair}"
        found.append(pair[0])
    assert len(set(found)) > 1


def test_slot_off():
    text, _ = kindling.boot(kindling.image_for("kaslr=off"))
    address, slot, _, word = slot_of(text)
    assert (address, slot, word) == (L["KERNEL_SLOT_FIRST"], 0, "kaslr=off")


# --- modules -----------------------------------------------------------------

def entry(*lines):
    return "timeout = 0\n[Modules]\nkernel = /boot/kernel.elf\n" + \
        "".join(f"{line}\n" for line in lines)


def check_module(text, path, data, listed=True):
    match = re.search(rf"^module: /{path}, {len(data)} bytes at "
                      rf"[0-9A-F]+000, crc32c {crc32c(data):08X}(.*?)\r?$",
                      text, re.M)
    assert match, f"{path} is not among the modules:\n{text}"
    assert (match[1] == "") == listed


def test_eight_modules():
    """From nothing at all to one that needs many transfers."""
    files = {f"boot/m{i}.bin": bytes((i * 37 + j * j) & 0xFF
                                     for j in range(size))
             for i, size in enumerate(
                 [0, 1, 511, 512, 4095, 4096, 65024, 300001])}
    config = entry(*(f"module = /{name}" for name in files),
                   "cmdline = autorun=selftest")
    image = kindling.make_image({**files, "boot/boot.cfg": config})
    text, ledger = kindling.selftest(image=image)
    assert ledger["quirks"] == set()
    for name, data in files.items():
        check_module(text, name, data)


def test_long_names_and_folders():
    path = "boot/Module Folder/A rather long name, with blanks.module"
    data = b"long names" * 100
    image = kindling.make_image({
        path: data, "boot/boot.cfg": entry(f"module = /{path}")})
    text, ledger = kindling.boot(image)
    assert ledger["quirks"] == set()
    assert f"module: /{path}"[:56] in text


def test_optional_module_is_missing():
    """A warning, a word in the ledger, and the others are there."""
    files = {"boot/one.bin": b"1" * 5000, "boot/two.bin": b"2" * 100}
    image = kindling.make_image({**files, "boot/boot.cfg": entry(
        "module = /boot/one.bin", "optional = /boot/none.bin",
        "optional = /boot/two.bin")})
    text, ledger = kindling.boot(image)
    assert ledger["quirks"] == {"module-skipped"}
    assert "Warning: module /boot/none.bin is left out" in text
    for name, data in files.items():
        check_module(text, name, data)


def test_module_not_in_the_manifest():
    data = b"late" * 1000
    image = kindling.make_image(
        {"boot/late.bin": data, "boot/boot.cfg": entry(
            "module = /boot/late.bin"),
         "boot/manifest": manifest_without("boot/late.bin")}, manifest="no")
    text, ledger = kindling.boot(image)
    assert ledger["quirks"] == {"unlisted"}
    check_module(text, "boot/late.bin", data, listed=False)


def manifest_without(*names):
    tree = kindling.standard_tree()
    return "".join(
        f"{crc32c(data):08x} {len(data)} /{name}\n"
        for name, data in tree.items()
        if name.startswith("boot/") and name not in
        ("boot/boot.cfg", "boot/manifest", *names))


# --- the end of the command line ---------------------------------------------

@pytest.mark.parametrize("word,status", [
    ("selftest", kindling.EXIT_GOOD), ("x", kindling.EXIT_BAD),
    ("echo anything else", kindling.EXIT_GOOD)])
def test_autorun(word, status):
    image = kindling.image_for(f"autorun={word}")
    with kindling.Qemu(image) as pc:
        pc.ledger()
        assert pc.wait_exit() == status
        assert ("# 0 failed" in pc.text) == (word == "selftest")


def test_crash_is_a_failure():
    """A kernel that panics with autorun= ends with the bad status."""
    image = kindling.image_for("crash=ud autorun=x")
    with kindling.Qemu(image) as pc:
        assert pc.wait_exit() == kindling.EXIT_BAD


def test_halts_without_autorun(image):
    with kindling.Qemu(image) as pc:
        pc.expect(kindling.UP)
        pc.on_screen("Kindling is up")
        pc.still_runs()
