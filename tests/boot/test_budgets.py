"""What the boot chain may cost: bytes, BIOS calls, stack, instructions.

The limits are the project's promise; a change that breaks one is refused here
before anybody gets used to it.
"""
import hashlib
import re
import sys

import pytest

import bench_boot
import kindling

sys.path.insert(0, str(kindling.ROOT / "scripts" / "lib"))

import symbols  # noqa: E402
from layout import read_layout  # noqa: E402

L = read_layout()
STAGE1_LIMIT, STAGE2_LIMIT = 440, 32 << 10
MIB_CALLS, MODULE_CALLS = 22, 25
# name: instructions, INT 13h calls
BOOT_LIMITS = {"boot_256k": (2_000_000, 12), "boot_8m": (5_000_000, 140)}
FRAME_LIMIT, BLOCK_LIMIT = 400, 4000  # instructions


def test_stage1_size():
    """Code and text end before the disk signature; what follows is empty."""
    sector = (kindling.BUILD / "stage1.bin").read_bytes()
    assert len(sector) == 512
    assert L["MBR_SIGNATURE_OFFSET"] == STAGE1_LIMIT
    # Everything from the signature on is mkimage's, but for 55 AA.
    assert sector[STAGE1_LIMIT:] == bytes(70) + b"\x55\xaa"
    hole = L["MBR_HOLE_OFFSET"]
    assert sector[hole:hole + L["MBR_HOLE_SIZE"]] == bytes(6)
    assert sector[11:L["MBR_BPB_END"]] == bytes(L["MBR_BPB_END"] - 11)


def test_image_leaves_stage1_as_it_is(image):
    """mkimage fills in the BPB, a count, a signature and the table only."""
    built = bytearray((kindling.BUILD / "stage1.bin").read_bytes())
    with open(image, "rb") as disk:
        sector = bytearray(disk.read(512))
    count = L["MBR_COUNT_OFFSET"]
    for data in (built, sector):
        data[11:L["MBR_BPB_END"]] = bytes(L["MBR_BPB_END"] - 11)
        data[count:count + 2] = b"\0\0"
        data[STAGE1_LIMIT:510] = bytes(510 - STAGE1_LIMIT)
    assert built == sector


def test_stage2_size(image):
    size = (kindling.BUILD / "stage2.bin").stat().st_size
    assert size <= STAGE2_LIMIT
    _, ledger = kindling.boot(image)
    assert size - 512 < ledger["stage2"] <= size


def test_calls_for_one_mib():
    image = bench_boot.image_of(1 << 20)
    _, ledger = kindling.boot(image)
    assert ledger["int13"] <= MIB_CALLS
    assert ledger["sectors"] >= 2048


def test_calls_for_one_mib_and_a_module():
    config = ("timeout = 0\n[Kindling]\nkernel = /boot/kernel.elf\n"
              "module = /boot/small.mod\n")
    image = kindling.make_image({
        "boot/kernel.elf": kindling.kernel_of(1 << 20),
        "boot/boot.cfg": config, "boot/small.mod": b"small" * 100})
    _, ledger = kindling.boot(image)
    assert ledger["int13"] <= MODULE_CALLS


@pytest.mark.parametrize("options", [
    {}, {"disk": "xhci"}, {"disk": "floppy"}, {"disk": "megaraid"},
    {"machine": "pc", "disk": "ohci"}], ids=str)
def test_stacks_have_room(image, options):
    """Never more than half of a stack is used, whatever the firmware does."""
    text, _ = kindling.boot(image, **options)
    used = kindling.figures(text)
    assert 0 < used["real-stack"] <= used["real-stack-of"] / 2
    assert 0 < used["long-stack"] <= used["long-stack-of"] / 2
    assert used["real-stack-of"] >= 4096


def test_nothing_is_written(tmp_path, image):
    """The image is the same after a boot from it, byte for byte."""
    copy = kindling.copy_sparse(image, tmp_path / "own.img")
    before = sha256(copy)
    for disk in ("default", "xhci", "floppy"):
        with kindling.Qemu(copy, writable=True, disk=disk) as pc:
            pc.ledger()
            pc.expect(kindling.UP)
            assert pc.quit() == 0
        assert sha256(copy) == before, f"{disk}: the boot changed its disk"


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("name", BOOT_LIMITS)
def test_boot(name, record_property):
    """From 0x7C00 to the kernel's first instruction, firmware included."""
    image = bench_boot.image_of(bench_boot.SIZES[name])
    result = bench_boot.best(image)
    print(bench_boot.line_of(name, result))
    instructions, ledger, steps = result
    record_property(name, instructions)
    most_instructions, most_calls = BOOT_LIMITS[name]
    assert instructions <= most_instructions
    assert ledger["int13"] <= most_calls
    # The file was really read: all of its sectors, and none twice.
    sectors = bench_boot.SIZES[name] // 512
    assert sectors <= ledger["sectors"] <= sectors + 400
    assert 0 < steps["kernel"] < instructions


def test_counter_counts(image):
    """The measure itself: a boot of another CPU without SSE4.2 costs more.
    """
    image = bench_boot.image_of(bench_boot.SIZES["boot_256k"])
    fast = bench_boot.measure(image)[0]
    slow = bench_boot.measure(image, cpu="qemu64")[0]
    # A table takes several instructions for each byte.
    assert slow - fast > 3 * bench_boot.SIZES["boot_256k"]


@pytest.mark.parametrize("memory", ["16M", "64G"])
def test_frames(memory):
    """A frame costs the same in small and large, empty and fragmented memory.

    Nothing may hold the kernel for more than 20,000 instructions.
    """
    text, _ = kindling.selftest(
        bench_boot.PATIENCE, memory=memory, extra=bench_boot.ICOUNT)
    costs = {name: int(value) for name, value in re.findall(
        r"([a-z-]+)=(\d+)", re.search(r"# costs: (.*)", text)[1])}
    print(memory, costs)
    # Slower would not be wrong, but should not happen unnoticed.
    for name in ("take", "release", "half-take", "half-release"):
        assert 20 < costs[name] <= FRAME_LIMIT
    assert 20 < costs["longest-release"] <= 2 * FRAME_LIMIT
    # It sets up a block: a page to clear, lists to fill.
    assert costs["longest-take"] <= BLOCK_LIMIT


def test_first_instruction_reads_the_clock():
    """The kernel's step "entry" ends at its very first instruction."""
    kernel = kindling.BUILD / "kernel.debug.elf"
    table = symbols.read_symbols(kernel)
    assert symbols.entry_of(kernel) == table["entry"]
    data = (kindling.BUILD / "kernel.elf").read_bytes()
    header = re.search(rb"\x0f\x31\x48\xc1\xe2\x20", data)
    assert header and header.start() == file_offset(data, table["entry"])


def file_offset(data, address):
    """Where a virtual address of an ELF64 file stands in it."""
    first = int.from_bytes(data[32:40], "little")
    for i in range(int.from_bytes(data[56:58], "little")):
        at = first + i * 56
        kind, offset, vaddr, size = (
            int.from_bytes(data[at + low:at + high], "little")
            for low, high in ((0, 4), (8, 16), (16, 24), (32, 40)))
        if kind == 1 and vaddr <= address < vaddr + size:
            return offset + address - vaddr
    raise LookupError(hex(address))
