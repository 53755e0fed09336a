"""Where the partition may lie, what the volume may look like, how scattered
its files may be, and who may have made it.
"""
import re
import shutil
import struct
import subprocess
import sys

import pytest

import kindling

sys.path.insert(0, str(kindling.ROOT / "tests" / "boot"))

from crc32c import crc32c  # noqa: E402
from scatter import Scatter  # noqa: E402

GIB_SECTORS = (1 << 30) // 512
KERNEL = "boot/kernel.elf"
MODULES = ("boot/one.mod", "boot/two.mod")


def check_disk(text, slot, start):
    assert f"disk: partition {slot} at sector {start}," in text


# --- the partition -----------------------------------------------------------

@pytest.mark.parametrize("start", [65, 127, 2049, 12345, 1000003])
def test_partition_at_odd_place(start):
    image = kindling.make_image(partition_start=start)
    text, ledger = kindling.boot(image)
    assert ledger["quirks"] == set()
    check_disk(text, 1, start)


def test_partition_at_the_old_place():
    """LBA 63, where DOS put it. Only a smaller stage 2 fits before it."""
    with open(kindling.BUILD / "stage2.bin", "rb") as stage2:
        sectors = len(stage2.read()) // 512
    if sectors > 62:
        pytest.fail(f"stage 2 has {sectors} sectors, 62 fit before LBA 63")
    text, _ = kindling.boot(kindling.make_image(partition_start=63))
    check_disk(text, 1, 63)


@pytest.mark.parametrize("slot", [2, 3, 4])
def test_partition_in_another_slot(slot):
    image = kindling.make_image(partition_slot=slot)
    text, _ = kindling.boot(image)
    check_disk(text, slot, 2048)


@pytest.mark.parametrize("gib", [9, 130])
@pytest.mark.parametrize("disk", ["default", "nvme", "xhci"])
def test_partition_far_out(gib, disk):
    """Past 8 GiB no geometry reaches, past 128 GiB no 28-bit address."""
    start = gib * GIB_SECTORS + 2048
    image = kindling.make_image(partition_start=start)
    text, ledger = kindling.boot(image, disk=disk)
    assert ledger["quirks"] == set()
    check_disk(text, 1, start)


# --- the volume --------------------------------------------------------------

@pytest.mark.parametrize("size,cluster", [
    ("34M", 512), ("260M", 512), ("260M", 1024), ("260M", 2048),
    ("300M", 4096), ("600M", 8192), ("1100M", 16384), ("2100M", 32768),
    ("8G", 32768)])
def test_cluster_size(size, cluster):
    image = kindling.make_image(volume_size=size, cluster_size=cluster)
    _, ledger = kindling.boot(image)
    assert ledger["quirks"] == set()


def test_smallest_legal_volume():
    """65,525 clusters of one sector: with one fewer it would be FAT16."""
    image = own_volume(["-s", "1", "-f", "1", "-R", "33", "-a"],
                       kib=(33 + 512 + 65525) // 2)
    with Scatter(image, 2048) as volume:
        assert volume.total - volume.data == 65525
    _, ledger = kindling.boot(image)
    assert ledger["quirks"] == set()


# --- volumes that mkimage had no hand in -------------------------------------

def own_volume(options, kib=266240, manifest=True, start=2048):
    """The standard files, on a volume by mkfs.fat and mtools alone."""
    def make(path):
        if start == 2048:
            kindling.copy_sparse(kindling.BUILD / "kindling.img", path)
        else:
            kindling.copy_sparse(
                kindling.make_image(partition_start=start), path)
        with open(path, "r+b") as disk:
            size = max(disk.seek(0, 2), (start + kib * 2) * 512)
            disk.truncate(start * 512)
            disk.truncate(size)
            disk.seek(0x1BE + 12)
            disk.write(struct.pack("<I", kib * 2))
        mkfs = shutil.which("mkfs.fat") or "/sbin/mkfs.fat"
        run = lambda *words: subprocess.run(  # noqa: E731
            words, check=True, stdout=subprocess.DEVNULL, timeout=60)
        run(mkfs, "-F", "32", *options, f"--offset={start}", str(path),
            str(kib))
        where = f"{path}@@{start * 512}"
        run("mmd", "-i", where, "::/boot")
        for name in files:
            run("mcopy", "-i", where, str(kindling.BUILD / "tree" / name),
                "::/boot/")
        if manifest:
            data = path.with_suffix(".manifest")
            data.write_text("".join(
                f"{crc32c(text):08x} {len(text)} /{name}\n"
                for name, text in files.items()))
            run("mcopy", "-i", where, str(data), "::/boot/manifest")
            data.unlink()
    files = kindling.standard_tree()
    stages = [(kindling.BUILD / name).read_bytes()
              for name in ("stage1.bin", "stage2.bin")]
    return kindling.cached("own", kindling.digest(
        sorted(files.items()), stages, options, kib, manifest, start), make)


@pytest.mark.parametrize("options", [
    [], ["-f", "1"], ["-f", "4"], ["-R", "3", "-b", "2"], ["-R", "9999", "-s", "4"],
    ["-a", "-s", "8"], ["-s", "2"], ["-s", "1"], ["-s", "4", "-a"],
    ["-M", "0xF0"], ["-g", "16/63"], ["-n", "A STICK", "-i", "DEADBEEF"],
    ["-h", "0"], ["-r", "1024"]], ids=lambda options: " ".join(options))
def test_volume_by_mkfs(options):
    text, ledger = kindling.boot(own_volume(options))
    assert ledger["quirks"] == set()
    if "DEADBEEF" in options:
        assert "volume DEAD-BEEF" in text


@pytest.mark.parametrize("per_cluster,mib", [(64, 2100), (128, 4200)])
def test_large_clusters_by_mkfs(per_cluster, mib):
    image = own_volume(["-s", str(per_cluster)], kib=mib << 10)
    _, ledger = kindling.boot(image)
    assert ledger["quirks"] == set()


def test_volume_without_manifest():
    """It boots, and says so."""
    text, ledger = kindling.boot(own_volume([], manifest=False))
    assert ledger["quirks"] == {"unlisted"}
    assert f"Warning: the manifest does not list /{KERNEL}" in text
    assert "(not in the manifest)" in text


# --- files in pieces ---------------------------------------------------------

CONFIG = "timeout = 0\n[Scattered]\nkernel = /boot/kernel.elf\n" + \
    "".join(f"module = /{name}\n" for name in MODULES)


def module_bytes(name, size):
    """Bytes that are different everywhere, and in each file."""
    return b"".join(struct.pack("<I", zlib_like(name, i))
                    for i in range((size + 3) // 4))[:size]


def zlib_like(name, i):
    return (i * 2654435761 ^ len(name) * 97 ^ ord(name[5])) & 0xFFFFFFFF


def scattered(pieces, shuffled, cluster=512):
    """Kernel and modules, each in so many pieces."""
    size = 640 * cluster
    files = {KERNEL: kindling.kernel_of(size), "boot/boot.cfg": CONFIG}
    files.update({name: module_bytes(name, size) for name in MODULES})
    plain = kindling.make_image(files, cluster_size=cluster,
                                volume_size="64M")

    def make(path):
        kindling.copy_sparse(plain, path)
        with Scatter(path, 2048) as volume:
            for name in (KERNEL, *MODULES):
                volume.scatter(name, pieces, shuffled)
                assert volume.fragments(name) == pieces
    return kindling.cached("scattered", kindling.digest(
        plain.name, pieces, shuffled), make)


def check_scattered(pieces, shuffled):
    image = scattered(pieces, shuffled)
    text, ledger = kindling.boot(image, boots=200)
    assert ledger["quirks"] == set()
    for name in MODULES:
        data = module_bytes(name, 640 * 512)
        assert re.search(rf"module: /{name}, {len(data)} bytes at [0-9A-F]+, "
                         rf"crc32c {crc32c(data):08X}\r?$", text, re.M)
    return ledger


@pytest.mark.parametrize("pieces", [1, 64, 600])
def test_fragments_in_order(pieces):
    """A call for each piece of each file, the FAT and folders besides."""
    ledger = check_scattered(pieces, None)
    transfers = max(pieces, -(-640 // 127))
    assert ledger["int13"] <= 3 * transfers + 12


@pytest.mark.parametrize("pieces", [64, 600])
def test_fragments_in_disorder(pieces):
    """Pieces that lie backwards, and far from each other."""
    check_scattered(pieces, 1)


def test_scattered_volume_is_sound():
    """What the tool makes is a volume that fsck.fat has no word against."""
    image = scattered(64, 1)
    folder = kindling.SHARED / "fsck"
    folder.mkdir(exist_ok=True)
    part = folder / image.name
    try:
        with open(image, "rb") as disk, open(part, "wb") as volume:
            disk.seek(2048 * 512)
            shutil.copyfileobj(disk, volume)
        fsck = shutil.which("fsck.fat") or "/sbin/fsck.fat"
        done = subprocess.run([fsck, "-n", str(part)], capture_output=True,
                              text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        part.unlink(missing_ok=True)
