"""One image, many PCs: controllers, chipsets, memory sizes, CPUs.

Everywhere the ledger must be there and the kernel's own checks of what it was
given must pass. SeaBIOS is the firmware in all of them; what other BIOSes do
is the business of tests/hostile and test_bochs.py.
"""
import os
import re

import pytest

import kindling

# SeaBIOS drives all of these by itself; ISA has the IDE disk and the floppy.
PCI_DISKS = ["ide", "ahci", "nvme", "virtio-blk", "virtio-scsi", "lsi",
             "megaraid", "megaraid-gen2", "pvscsi", "xhci", "ehci", "ohci",
             "sd"]
PLACES = [(machine, disk) for machine in ("pc", "q35")
          for disk in ["default", *PCI_DISKS]]
PLACES += [("isapc", "default")]
UHCI_SECONDS, UHCI_TRIES = 120, 3
# In the order in which they were sold; none of the first has NX turned off.
CPUS = ["Opteron_G1", "qemu64", "kvm64", "core2duo", "Conroe", "Opteron_G2",
        "phenom", "Penryn", "Nehalem", "Opteron_G3", "Westmere",
        "SandyBridge", "Opteron_G4", "IvyBridge", "Opteron_G5", "Haswell",
        "Broadwell", "KnightsMill", "Denverton", "Skylake-Client",
        "Skylake-Server", "EPYC", "Dhyana", "Cascadelake-Server",
        "EPYC-Rome", "Snowridge", "Cooperlake", "Icelake-Server",
        "EPYC-Milan", "max"]


def sd_card(image):
    """A copy whose size is a power of two, as QEMU wants of an SD card."""
    def make(path):
        kindling.copy_sparse(image, path)
        size = path.stat().st_size
        os.truncate(path, 1 << (size - 1).bit_length())
    return kindling.cached("sd", kindling.digest(image), make)


def check_plain(text, ledger):
    """A boot without any trouble: nothing to work around, few calls."""
    assert ledger["quirks"] == set()
    assert ledger["retries"] == 0
    assert ledger["int13"] <= kindling.most_calls()
    assert ledger["map"] == "e820"
    assert "disk: BIOS drive 80," in text
    assert "good" in re.search(r"memory check: .*", text)[0]


@pytest.mark.parametrize("machine,disk", PLACES)
def test_disk(image, machine, disk):
    if disk == "sd":
        image = sd_card(image)
    check_plain(*kindling.boot(image, machine=machine, disk=disk))


@pytest.mark.parametrize("machine", ["pc", "q35"])
@pytest.mark.timeout(UHCI_TRIES * UHCI_SECONDS + 60)
def test_disk_uhci(image, machine):
    """A slow bus: a frame a millisecond, and SeaBIOS loses one at times."""
    boots = UHCI_SECONDS / kindling.boot_seconds
    for attempt in range(UHCI_TRIES):
        try:
            text, ledger = kindling.boot(image, boots, machine=machine,
                                         disk="uhci")
            break
        except kindling.BootFailure:
            if attempt + 1 == UHCI_TRIES:
                raise
    assert ledger["quirks"] <= {"retry", "small-reads"}
    assert "disk: BIOS drive 80," in text


@pytest.mark.parametrize("machine", ["pc", "q35", "isapc"])
def test_floppy_drive(image, machine):
    """Drive 0, no extensions: everything is read by geometry."""
    text, ledger = kindling.boot(image, machine=machine, disk="floppy")
    assert ledger["quirks"] == {"chs"}
    assert "disk: BIOS drive 00," in text


@pytest.mark.parametrize("machine", ["pc", "q35", "isapc"])
def test_selftest(machine):
    kindling.selftest(machine=machine)


def check_frames(text, least_mib):
    """The frame allocator has all of it, and few tables for what is used."""
    total, free, used, tables, blocks = map(int, re.search(
        r"^frames: (\d+) in all, (\d+) free, (\d+) in use, (\d+) for "
        r"tables, (\d+) blocks touched", text, re.M).groups())
    assert total == free + used + tables
    assert total >= least_mib * 256
    assert 4 <= used <= 600  # page tables: one for 1 GiB, or for 2 MiB each
    assert 1 <= tables <= 8
    assert 1 <= blocks <= 4


@pytest.mark.parametrize("memory,least_mib", [
    ("16M", 13), ("64M", 61), ("3G", 3069), ("5G", 5117), ("64G", 65533)])
@pytest.mark.parametrize("machine", ["pc", "q35"])
def test_memory(machine, memory, least_mib):
    text, ledger = kindling.selftest(machine=machine, memory=memory)
    assert ledger["quirks"] == set()
    usable = [(int(first, 16), int(last, 16)) for first, last in re.findall(
        r"^  ([0-9A-F]{12})-([0-9A-F]{12}) .* usable", text, re.M)]
    assert sum(last + 1 - first for first, last in usable) >= least_mib << 20
    check_frames(text, least_mib)
    above = any(first >= 1 << 32 for first, _ in usable)
    # q35 keeps 2 GiB below the hole for PCI, pc keeps 3.5.
    assert above == (memory in ("5G", "64G") or
                     (machine, memory) == ("q35", "3G"))


def test_every_byte_of_memory():
    image = kindling.image_for("check=memory autorun=selftest")
    text, _ = kindling.selftest(image=image, memory="64M", boots=200)
    checked, total = map(int, re.search(
        r"memory check: (\d+) of (\d+) free pages, good", text).groups())
    assert checked == total > 60 * 256


@pytest.mark.parametrize("cpus", range(1, 9))
def test_cpus(image, cpus):
    check_plain(*kindling.boot(image, cpus=cpus))


@pytest.mark.parametrize("cpu", CPUS)
def test_cpu_model(cpu):
    """The kernel's checks of checksums, page rights and traps, on each. What
    it skips is what the CPU has not, and the newest has all of it.
    """
    text, ledger = kindling.selftest(cpu=cpu)
    assert ledger["quirks"] == set()
    skipped = re.findall(r"(?m)^ok .+ # SKIP the CPU has no (\w+)\r?$", text)
    features = re.search(r"(?m)^cpu: .*", text)[0].split()
    assert skipped == [name for name in ("SMAP", "SMEP")
                       if name.lower() not in features]
    assert text.count("# SKIP") == len(skipped)
    assert cpu != "max" or skipped == []
