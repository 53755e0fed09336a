"""Every sentence of kernel/abi/errors.def, provoked, read and answered.

Each case breaks one thing, boots, and expects the exact sentence on COM1 and
on the screen, from a machine that is still there and waits for a key. The
last tests see that no number is left out, that a key leads on to the next
boot device, and that damage drawn at random never ends in silence.
"""
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
from dataclasses import dataclass, field

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import broken  # noqa: E402
import kindling  # noqa: E402
from broken import L, SECTOR, STAGE2, TABLE, Elf, sentence  # noqa: E402

SOAK = os.environ.get("KINDLING_SOAK") == "1"
ANY_ERROR = r"(?m)^E\d+ .*?\r?\n"
PATIENCE = 80  # boots; a BIOS that refuses every read is asked many times
PRESS = "Press a key for the next boot device."

# Two more serial cards: QEMU's only way to make the ports of A20 silent.
SERIAL_CARDS = ("-chardev", "null,id=c1", "-device", "pci-serial,chardev=c1",
                "-chardev", "null,id=c2", "-device", "pci-serial,chardev=c2")


@dataclass
class Case:
    """One way to an error: what is broken, and the values in the sentence."""
    name: str
    number: int
    damage: object = None     # function(disk)
    values: tuple = ()        # or a function(disk) that gives them
    liar: str = ""            # behaviors of tests/hostile/mkliar
    options: dict = field(default_factory=dict)  # of the virtual PC
    image: dict = field(default_factory=dict)    # of mkimage

    def sentence(self, disk):
        values = self.values(disk) if callable(self.values) else self.values
        return sentence(self.number, *values)


CASES = []


def unlisted(path, damage):
    """Damage that the manifest knows nothing of, or it would be E60 or E61."""
    def both(disk):
        damage(disk)
        disk.unlist(path)
    return both


def case(name, number, damage=None, *values, **more):
    CASES.append(Case(name, number, damage, more.pop("values", values),
                      **more))


# --- stage 1 -----------------------------------------------------------------

def flip_everywhere(disk):
    """One bit in the middle of each sector of stage 2 but the first."""
    for at in range(STAGE2 + SECTOR, STAGE2 + len(disk.loader()), SECTOR):
        disk.flip(at + 200, 3)


def swap_sectors(disk):
    first, second = (disk.read(STAGE2 + n * SECTOR, SECTOR) for n in (3, 4))
    disk.patch(STAGE2 + 3 * SECTOR, second + first)


def cut_tail(disk):
    at = STAGE2 + len(disk.loader()) - 4 * SECTOR
    disk.patch(at, bytes(4 * SECTOR))


def put_noise(disk):
    size = len(disk.loader()) - L["STAGE2_HDR_SIZE"]
    disk.patch(STAGE2 + L["STAGE2_HDR_SIZE"], random.Random(3).randbytes(size))


def old_magic(disk):
    disk.patch(STAGE2, b"\0")


case("read", 1, liar="fail-always-from=1")
case("read-lba-and-chs", 1, liar="fail-always-from=1 status=0x80")
case("missing", 2, lambda d: d.patch(STAGE2, bytes(len(d.loader()))))
case("magic", 2, old_magic)
case("flipped-bit", 3, lambda d: d.flip(STAGE2 + 1000))
case("high-bit-of-even-word", 3,
     lambda d: d.flip(STAGE2 + len(d.loader()) - 3, 7))
case("last-byte", 3, lambda d: d.flip(STAGE2 + len(d.loader()) - 1, 7))
case("many-bits", 3, flip_everywhere)
case("swapped-sectors", 3, swap_sectors)
case("truncated", 3, cut_tail)
case("noise", 3, put_noise)
case("header-size", 3, lambda d: d.flip(STAGE2 + L["STAGE2_HDR_SECTORS"]))

# --- the machine -------------------------------------------------------------

CPUS = {"qemu32": 10, "qemu64,-lm": 10, "pentium": 10, "486": 10,
        "qemu64,-nx": 11, "qemu64,-sse2": 12, "qemu64,-fxsr": 13}
for model, wrong in CPUS.items():
    case(f"cpu-{model}", wrong, options={"cpu": model, "machine": "pc"})
for kib in (200, 223):
    case(f"low-memory-{kib}", 14, None, kib, liar=f"low-conv={kib}")
case("ebda-is-low", 14, None, 192, liar="ebda=0x3000")
case("ebda-is-very-low", 14, None, 96, liar="ebda=0x1800")
case("a20", 20, liar="a20-2401-lies port92-dead kbc-dead",
     options={"machine": "pc", "extra": SERIAL_CARDS})
case("no-memory-map", 21, liar="int15-none")


def large_module(disk):
    disk.set_size("/boot/one.bin", 200 << 20)


def large_kernel(disk):
    """More memory than the machine has, yet not more than a kernel may."""
    at = Elf(disk.contents("/boot/kernel.elf")).headers(Elf.LOAD)[-1]
    elf_put(at + 40, "Q", 192 << 20)(disk)


def elf_put(offset, form, *values):
    def damage(disk):
        disk.patch_file("/boot/kernel.elf", offset,
                        struct.pack("<" + form, *values))
    return damage


case("large-module", 22, unlisted("/boot/one.bin", large_module),
     "/boot/one.bin")
case("large-kernel", 22, unlisted("/boot/kernel.elf", large_kernel),
     "the kernel")

# --- the disk ----------------------------------------------------------------

START = L["PARTITION_LBA"]
case("read-error", 30, None, 0x20, START, liar=f"fail-lba={START}")
case("read-status", 30, None, 0x80, START,
     liar=f"fail-lba={START} status=0x80")
case("read-error-in-kernel", 30,
     lambda d: None, values=lambda d: (0x04, kernel_sector(d)),
     liar="status=4 fail-lba={kernel}")
case("beyond-geometry", 31, None, START,
     liar="edd-absent heads=1 spt=2 cylinders=1024")
case("beyond-floppy", 31, None, 8192, options={"disk": "floppy"},
     image={"partition_start": 8192})


def kernel_sector(disk):
    """A sector of the kernel that no window of the loader holds."""
    return disk.offset_in("/boot/kernel.elf", 66000) // SECTOR


def module_sector(disk):
    return disk.sector_of(disk.find("/boot/one.bin").cluster + 9)


def table_byte(slot, at, value):
    return lambda d: d.patch(TABLE + 16 * (slot - 1) + at, bytes([value]))


def table_words(lba, sectors):
    return lambda d: d.put(TABLE + 8, "II", lba, sectors)


case("status-01", 32, table_byte(1, 0, 0x01))
case("status-81", 32, table_byte(1, 0, 0x81))
case("status-in-last-entry", 32, table_byte(4, 0, 0x55))
case("table-of-text", 32,
     lambda d: d.patch(TABLE, b"Missing operating system".ljust(64)))
case("none-active", 33, table_byte(1, 0, 0))
case("none-active-df-set", 33, table_byte(1, 0, 0), liar="df-set=7")
case("empty-table", 33, lambda d: d.patch(TABLE, bytes(64)))
case("two-active", 34, table_byte(3, 0, 0x80))
case("all-active", 34,
     lambda d: d.patch(TABLE, d.read(TABLE, 16) * 4))
case("linux-partition", 35, table_byte(1, 4, 0x83), 0x83)
case("fat16-partition", 35, table_byte(1, 4, 0x0E), 0x0E)
case("no-type", 35, table_byte(1, 4, 0), 0)
case("starts-in-loader", 36, table_words(20, 100000))
case("starts-at-last-sector-of-loader", 36,
     lambda d: table_words(len(d.loader()) // SECTOR, 100000)(d))
case("starts-at-0", 36, table_words(0, 100000))
case("no-sectors", 36, table_words(2048, 0))
case("ends-past-2-tib", 36, table_words(0xFFFFFFFF, 2))

# --- the file system ---------------------------------------------------------

BPB_FIELDS = [
    ("signature", 510, "H", 0x55AA, "signature 55AAh is missing"),
    ("sector-1024", 11, "H", 1024, "bytes per sector"),
    ("sector-0", 11, "H", 0, "bytes per sector"),
    ("cluster-0", 13, "B", 0, "sectors per cluster"),
    ("cluster-3", 13, "B", 3, "sectors per cluster"),
    ("cluster-255", 13, "B", 255, "sectors per cluster"),
    ("reserved-0", 14, "H", 0, "reserved sectors"),
    ("fats-0", 16, "B", 0, "number of FATs"),
    ("root-entries", 17, "H", 512, "it is FAT12 or FAT16"),
    ("fat-size-16", 22, "H", 200, "it is FAT12 or FAT16"),
    ("total-twice", 19, "H", 7, "total sectors"),
    ("total-0", 32, "I", 0, "total sectors"),
    ("total-past-partition", 32, "I", 0x7FFFFFFF, "total sectors"),
    ("fat-size-0", 36, "I", 0, "sectors per FAT"),
    ("fat-size-huge", 36, "I", 0xFFFFFFFF, "sectors per FAT"),
    ("fat-size-all", 36, "I", 35000, "sectors per FAT"),
    ("fat-size-1", 36, "I", 1, "the FAT is too small"),
    ("active-fat", 40, "H", 0x82, "active FAT"),
    ("version", 42, "H", 1, "version"),
    ("root-0", 44, "I", 0, "root cluster"),
    ("root-1", 44, "I", 1, "root cluster"),
    ("root-past-end", 44, "I", 0x0FFFFFF0, "root cluster"),
]


def bpb_put(offset, form, value):
    return lambda d: d.put(d.bpb + offset, form, value)


for label, at, form, value, reason in BPB_FIELDS:
    case(f"bpb-{label}", 40, bpb_put(at, form, value), reason)


def no_clusters(disk):
    disk.put(disk.bpb + 13, "B", 64)
    disk.put(disk.bpb + 32, "I", (disk.data - disk.bpb) // SECTOR + 63)


case("bpb-no-clusters", 40, no_clusters, "number of clusters")
case("bpb-zeros", 40, lambda d: d.patch(d.bpb, bytes(SECTOR)),
     "signature 55AAh is missing")
case("partition-cut", 40,
     lambda d: d.put(d.slot + 12, "I", d.sectors - 1), "total sectors")

KERNEL = "/boot/kernel.elf"


def first_cluster(path):
    return lambda d: (d.find(path).cluster,)


def link_of(path, index, value):
    """Let one link of a file's chain point elsewhere."""
    def damage(disk):
        chain = disk.chain(disk.find(path).cluster)
        target = chain[value] if value in (0, -1) else value
        disk.set_link(chain[index], target)
    return damage


def cluster_at(path, index):
    return lambda d: (d.chain(d.find(path).cluster)[index],)


for label, target in (("free", broken.FREE), ("bad", broken.BAD),
                      ("1", 1), ("past-end", 0x0ABCDEF0)):
    case(f"chain-to-{label}", 41,
         lambda d, target=target: link_of(
             KERNEL, 40, target or 0x10000000)(d),
         values=cluster_at(KERNEL, 40))
case("chain-ends-early", 41, link_of(KERNEL, 50, broken.END),
     values=cluster_at(KERNEL, 50))


def loop_to_itself(disk):
    cluster = disk.chain(disk.find(KERNEL).cluster)[60]
    disk.set_link(cluster, cluster)


def set_first_cluster(path, cluster):
    def damage(disk):
        entry = disk.find(path).entry
        disk.put(entry + 20, "H", cluster >> 16)
        disk.put(entry + 26, "H", cluster & 0xFFFF)
    return damage


case("chain-loops-on-itself", 41, loop_to_itself,
     values=cluster_at(KERNEL, 60))
case("file-starts-at-0", 41, set_first_cluster(KERNEL, 0), 0)
case("file-starts-past-end", 41, set_first_cluster(KERNEL, 0xFFFFFFF),
     0xFFFFFFF)
case("root-directory-loops", 41,
     lambda d: (fill_directory(d, d.root), d.set_link(d.root, d.root)),
     values=lambda d: (d.root,))
case("boot-directory-is-cut", 41,
     lambda d: (fill_directory(d, d.find("/boot").cluster),
                d.set_link(d.find("/boot").cluster, 1)),
     values=lambda d: (d.find("/boot").cluster,))


def fill_directory(disk, cluster):
    """Only deleted entries: the search must go on to the next cluster."""
    disk.patch(disk.place(cluster), b"\xE5" * disk.cluster_bytes)


def config(text):
    return lambda d: d.set_contents("/boot/boot.cfg", text.encode("latin-1"))


def entry(lines):
    return config(f"[One]\n{lines}\n")


def rename(path, name):
    return lambda d: d.patch(d.find(path).entry, name)


case("no-kernel-file", 42, entry("kernel = /boot/other.elf"),
     "/boot/other.elf")
case("no-folder", 42, entry("kernel = /other/kernel.elf"),
     "/other/kernel.elf")
case("no-boot-folder", 42, rename("/boot", b"BOOS"), "/boot/boot.cfg")
case("no-config", 42, rename("/boot/boot.cfg", b"BOOS"), "/boot/boot.cfg")
case("kernel-deleted", 42, rename(KERNEL, b"\xE5"), KERNEL)
case("folder-as-kernel", 43, entry("kernel = /boot"), "/boot")
case("file-as-folder", 43, entry("kernel = /boot/kernel.elf/x"),
     "/boot/kernel.elf/x")
case("config-is-folder", 43,
     lambda d: d.patch(d.find("/boot/boot.cfg").entry + 11, b"\x10"),
     "/boot/boot.cfg")
case("manifest-is-folder", 43,
     lambda d: d.patch(d.find("/boot/manifest").entry + 11, b"\x10"),
     "/boot/manifest")

# --- configuration and manifest ----------------------------------------------

CONFIG_LINES = [
    ("unknown-key", "[A]\nkernal = /x\n", 2, "unknown key"),
    ("garbage", "\xFE\xED\xFA\xCE\n", 1, "unknown key"),
    ("no-equals", "[A]\n\n# c\nkernel /x\n", 4, "expected = after the key"),
    ("global-key-below", "[A]\nkernel = /x\ntimeout = 1\n", 3,
     "this key belongs above the first section"),
    ("section-key-above", "kernel = /x\n", 1,
     "this key belongs into a section"),
    ("twice", "[A]\nkernel = /x\nkernel = /y\n", 3,
     "this key stands here twice"),
    ("bracket", "[A\n", 1, "expected ] at the end"),
    ("no-name", "[ ]\n", 1, "the entry has no name"),
    ("long-name", f"[{'n' * 64}]\n", 1, "the name is too long"),
    ("entries", "".join(f"[E{i}]\n" for i in range(11)), 11,
     "too many entries"),
    ("modules", "[A]\n" + "module = /m\n" * 9, 10, "too many modules"),
    ("relative", "[A]\nkernel = boot/x\n", 2, "a path begins with /"),
    ("long-path", f"[A]\nkernel = /{'p' * 127}\n", 2, "the path is too long"),
    ("long-line", f"[A]\ncmdline = {'c' * 1024}\n", 2,
     "the line is too long"),
    ("video", "[A]\nvideo = 1024\n", 2,
     "expected text or WIDTHxHEIGHTxDEPTH"),
    ("depth", "[A]\nvideo = 800x600x17\n", 2,
     "the depth is 16, 24 or 32"),
    ("timeout", "timeout = soon\n[A]\n", 1,
     "the number is missing or out of range"),
    ("timeout-large", "timeout = 3601\n[A]\n", 1,
     "the number is missing or out of range"),
    ("default", "default = 2\n[A]\nkernel = /x\n", 1,
     "there is no such entry"),
    ("control", "[A]\nkernel = /x\x1B[2J\n", 2, "control character"),
    ("zeros", "\0" * 40, 1, "control character"),
]
for label, text, line, reason in CONFIG_LINES:
    case(f"config-{label}", 50, config(text), line, reason)
case("config-of-comments", 51, config("# nothing else\n"))
case("config-of-0-bytes", 51, config(""))
case("entry-without-kernel", 51, config("[One]\ncmdline = x\n"))
case("default-without-kernel", 51,
     config("default = 2\n[One]\nkernel = /boot/kernel.elf\n[Two]\n"))
case("config-too-large", 52,
     lambda d: d.set_size("/boot/boot.cfg", 4097), "/boot/boot.cfg", 4096)
case("config-of-4-gib", 52,
     lambda d: d.set_size("/boot/boot.cfg", 0xFFFFFFFF), "/boot/boot.cfg",
     4096)


def manifest(text):
    return lambda d: d.set_contents("/boot/manifest", text.encode())


for label, text, line in (
        ("checksum", "0123456 5 /x\n", 1), ("size", "01234567 x /x\n", 1),
        ("path", "# c\n\n01234567 5 \n", 3),
        ("size-past-64-bits", f"01234567 {1 << 64} /x\n", 1),
        ("line", "01234567 5 /x\n01234567 5 /y\ngarbage\n", 3)):
    case(f"manifest-{label}", 53, manifest(text), line)
case("manifest-too-large", 52,
     lambda d: d.set_size("/boot/manifest", 65537), "/boot/manifest", 65536)


def flip_in(path, offset):
    def damage(disk):
        disk.flip(disk.offset_in(path, offset), 4)
    return damage


case("kernel-flipped", 60, flip_in(KERNEL, 5000), KERNEL)
case("kernel-last-byte", 60,
     lambda d: flip_in(KERNEL, d.find(KERNEL).size - 1)(d), KERNEL)
case("kernel-header-flipped", 60, flip_in(KERNEL, 1), KERNEL)
case("module-flipped", 60, flip_in("/boot/one.bin", 0), "/boot/one.bin")
case("optional-flipped", 60, flip_in("/boot/two.bin", 4999), "/boot/two.bin")


def grow(path, more):
    return lambda d: d.set_size(path, d.find(path).size + more)


def sizes(path, more):
    def values(disk):
        size = len(broken.module_bytes("one.bin")) if path != KERNEL \
            else kernel_size()
        return path, size + more, size
    return values


def kernel_size():
    return (kindling.BUILD / "kernel.elf").stat().st_size


case("module-longer", 61, grow("/boot/one.bin", 1),
     values=sizes("/boot/one.bin", 1))
case("module-shorter", 61, grow("/boot/one.bin", -1),
     values=sizes("/boot/one.bin", -1))
case("kernel-shorter", 61, grow(KERNEL, -1), values=sizes(KERNEL, -1))

# --- the kernel file ---------------------------------------------------------

ELF_HEADER = [
    ("magic", 1, "B", 0, "no ELF file"), ("class", 4, "B", 1, "not 64 bits"),
    ("endian", 5, "B", 2, "not little-endian"),
    ("ident-version", 6, "B", 0, "header version"),
    ("os", 7, "B", 9, "operating system"),
    ("abi-version", 8, "B", 1, "operating system"),
    ("type", 16, "H", 2, "not a static PIE"),
    ("machine", 18, "H", 3, "not for x86-64"),
    ("version", 20, "I", 2, "file version"),
    ("flags", 48, "I", 1, "processor flags"),
    ("header-size", 52, "H", 52, "header size"),
    ("entry-size", 54, "H", 32, "program header size"),
    ("table-far", 32, "Q", 4096, "program headers"),
    ("table-wraps", 32, "Q", (1 << 64) - 8, "program headers"),
    ("table-long", 56, "H", 0xFFFF, "program headers"),
    ("entry-outside", 24, "Q", 1 << 63, "entry point"),
]
for label, at, form, value, reason in ELF_HEADER:
    case(f"elf-{label}", 70, unlisted(KERNEL, elf_put(at, form, value)),
         reason)


def entry_in_data(disk):
    """At the first byte of the last segment, which is the writable one."""
    data = disk.contents(KERNEL)
    at = Elf(data).headers(Elf.LOAD)[-1]
    elf_put(24, "Q", struct.unpack_from("<Q", data, at + 16)[0])(disk)


case("elf-entry-in-data", 70, unlisted(KERNEL, entry_in_data), "entry point")
case("elf-is-text", 70,
     unlisted(KERNEL, lambda d: d.patch_file(KERNEL, 0,
                                             b"#!/bin/sh\n".ljust(64))),
     "no ELF file")
case("elf-of-0-bytes", 70,
     unlisted(KERNEL, lambda d: d.set_size(KERNEL, 0)), "it is empty")
case("elf-of-63-bytes", 70,
     unlisted(KERNEL, lambda d: d.set_size(KERNEL, 63)), "too short")


def segment_put(index, offset, form, *values):
    """Change a field of the index-th segment that is loaded."""
    def damage(disk):
        at = Elf(disk.contents(KERNEL)).headers(Elf.LOAD)[index]
        elf_put(at + offset, form, *values)(disk)
    return damage


SEGMENTS = [
    ("writable-code", 0, 4, "I", 7, "writable and executable"),
    ("unreadable", 1, 4, "I", 0, "access rights"),
    ("strange-rights", 1, 4, "I", 12, "access rights"),
    ("outside-file", 1, 8, "Q", 1 << 40, "outside the file"),
    ("longer-than-file", 1, 32, "Q", 1 << 62, "outside the file"),
    ("no-memory", 1, 40, "Q", 0, "size in memory"),
    ("less-memory", 1, 40, "Q", 1, "size in memory"),
    ("too-large", 2, 40, "Q", 1 << 30, "too large"),
    ("wraps", 2, 16, "Q", (1 << 64) - 0x1000, "too large"),
    ("align-0", 1, 48, "Q", 0, "alignment"),
    ("align-3-pages", 1, 48, "Q", 0x3000, "alignment"),
    ("crooked", 1, 16, "Q", 0x9008, "alignment"),
    ("not-at-0", 0, 16, "Q", 0x1000, "the lowest address is not 0"),
    ("on-one-page", 1, 16, "Q", 0, "order, or two on one page"),
    ("thread-local", 2, 0, "I", 7, "thread-local storage"),
    ("interpreter", 2, 0, "I", 3, "it asks for an interpreter"),
]
for label, index, at, form, value, reason in SEGMENTS:
    case(f"segment-{label}", 71,
         unlisted(KERNEL, segment_put(index, at, form, value)), reason)


def no_segments(disk):
    for at in Elf(disk.contents(KERNEL)).headers(Elf.LOAD):
        elf_put(at, "I", 4)(disk)


def dynamic_outside(disk):
    at = Elf(disk.contents(KERNEL)).headers(Elf.DYNAMIC)[0]
    elf_put(at + 16, "Q", 1 << 50)(disk)


def executable_stack(disk):
    at = Elf(disk.contents(KERNEL)).headers(0x6474E551)[0]
    elf_put(at + 4, "I", 7)(disk)


case("segment-none", 71, unlisted(KERNEL, no_segments),
     "there is none to load")
case("segment-dynamic", 71, unlisted(KERNEL, dynamic_outside),
     "dynamic section")
case("segment-stack", 71, unlisted(KERNEL, executable_stack),
     "executable stack")


def relocation_put(offset, form, value):
    """Break the last relocation; the manifest agrees with the file."""
    def damage(disk):
        at, count = Elf(disk.contents(KERNEL)).relocations()
        elf_put(at + 24 * (count - 1) + offset, form, value)(disk)
        disk.list_anew(KERNEL)
    return damage


def tag_put(tag, value, new_tag=None):
    """Change an entry of the dynamic section; the manifest agrees."""
    def damage(disk):
        at = Elf(disk.contents(KERNEL)).dynamic()[tag]
        elf_put(at, "Q", value)(disk)
        if new_tag is not None:
            elf_put(at - 8, "Q", new_tag)(disk)
        disk.list_anew(KERNEL)
    return damage


case("relocation-type", 72, relocation_put(8, "Q", 1), "type")
# The sentence is on the screen although pixels were asked for.
case("relocation-with-video", 72, lambda d: (
    config("[A]\nkernel = /boot/kernel.elf\nvideo = 1024x768\n")(d),
    relocation_put(8, "Q", 1)(d)), "type")
case("relocation-symbol", 72, relocation_put(8, "Q", 8 | 1 << 32), "type")
case("relocation-place", 72, relocation_put(0, "Q", 1 << 30), "place")
case("relocation-place-wraps", 72, relocation_put(0, "Q", (1 << 64) - 4),
     "place")
case("relocation-value", 72, relocation_put(16, "Q", 1 << 40), "value")
case("relocation-entry-size", 72, tag_put(9, 16), "table")
case("relocation-table-size", 72, tag_put(8, 25), "table")
case("relocation-table-far", 72, tag_put(7, 1 << 60), "table")
case("relocation-rel", 72, tag_put(9, 0, 17), "unknown kind of table")
case("relocation-library", 72, tag_put(9, 0, 1), "it needs a library")

# --- modules and what should never happen ------------------------------------

ONE = "/boot/one.bin"
case("module-missing", 80, rename(ONE, b"XXX"), ONE)
case("module-is-folder", 80,
     lambda d: d.patch(d.find(ONE).entry + 11, b"\x10"), ONE)
case("module-chain", 41, link_of(ONE, 20, 1), values=cluster_at(ONE, 20))
case("module-unreadable", 30, None, values=lambda d: (0x20, module_sector(d)),
     liar="fail-lba={one}")


def loader_symbol(name):
    """Address of a symbol of stage 2."""
    output = subprocess.run(
        ["nm", str(kindling.BUILD / "stage2.elf")], capture_output=True,
        text=True, check=True, timeout=20).stdout
    return int(re.search(rf"^(\w+) \w {name}$", output, re.M)[1], 16)


def code_put(symbol, data, old=None):
    """Change code of stage 2 (with the right checksum)."""
    def damage(disk):
        loader = disk.loader()
        at = loader_symbol(symbol) - L["STAGE2_BASE"]
        if old is not None:
            at = loader.index(old, at)
        loader[at:at + len(data)] = data
        disk.seal_loader(loader)
    return damage


UD2 = b"\x0F\x0B"
LOAD_FAR = bytes.fromhex("48b8 1122334405000000 8b00")  # past 4 GiB
case("invalid-opcode", 90, code_put("disk_init", UD2),
     values=lambda d: (6, loader_symbol("disk_init"), 0))
case("page-fault", 90, code_put("disk_init", LOAD_FAR),
     values=lambda d: (14, loader_symbol("disk_init") + 10, 0x544332211))

# Two instructions that clear registers make room for one that breaks the
# record on its last way: RDI points to it.
CLEAR_R8_R9 = bytes.fromhex("4531c0 4531c9")
for label, code, reason in (
        ("magic", "ff0790909090", "magic number"),
        ("version", "ff4708909090", "version"),
        ("size", "ff470c909090", "size of the record"),
        ("checksum", "ff4710909090", "checksum"),
        ("ranges", "ff4714909090", "checksum")):
    case(f"record-{label}", 100,
         code_put("jump_to_kernel", bytes.fromhex(code), CLEAR_R8_R9), reason)


# --- running a case ----------------------------------------------------------

@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    """Disks by the options of their image, made when first asked for."""
    made = {}

    def get(options):
        key = tuple(sorted(options.items()))
        if key not in made:
            folder = tmp_path_factory.mktemp("disk")
            made[key] = broken.make_disk(folder, **options)
        return made[key]
    yield get
    for disk in made.values():
        disk.close()


def lie(disk, behaviors, target):
    """Put the liar on a copy of the disk."""
    return broken.lie(disk.path, behaviors.format(
        kernel=kernel_sector(disk),
        one=disk.sector_of(disk.find(ONE).cluster + 9)), target)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_error(case, disks, tmp_path):
    """The exact sentence, on COM1 and on the screen, and then it waits."""
    disk = disks(case.image)
    expected = case.sentence(disk)
    try:
        if case.damage:
            case.damage(disk)
        image = lie(disk, case.liar, tmp_path / "liar.img") if case.liar \
            else disk.path
        with kindling.Qemu(image, **case.options) as pc:
            found = pc.expect(ANY_ERROR, PATIENCE)[0].rstrip()
            assert found == expected
            pc.on_screen(re.escape(expected))
            if 20 <= case.number < 100:
                pc.expect(re.escape(PRESS))
                pc.on_screen(re.escape(PRESS))
            pc.still_runs()
    finally:
        disk.restore()


def test_every_number_is_provoked():
    assert {case.number for case in CASES} == set(broken.ERRORS)


# --- a key leads on ----------------------------------------------------------

# A boot sector that says on COM1 that it was started: mov dx, 3F8h; mov si,
# text; next: lodsb; out dx, al; test al, al; jnz next; hlt; jmp to the hlt.
NEXT_DEVICE = bytes.fromhex("31c08ed8fc baf803 be147c ac ee 84c0 75fa f4 ebfd"
                            ) + b"NEXT DEVICE\n\0"


@pytest.fixture(scope="module")
def second_disk(tmp_path_factory):
    path = tmp_path_factory.mktemp("second") / "disk.img"
    path.write_bytes((NEXT_DEVICE.ljust(510, b"\0") + b"\x55\xAA")
                     .ljust(1440 << 10, b"\0"))
    return path


def second_drive(path):
    """A floppy: SeaBIOS takes all hard disks for one device."""
    return ("-drive", f"file={path},format=raw,if=floppy,snapshot=on")


LEADS_ON = {
    "stage1": ("missing", "keyboard"), "stage1-damaged": ("last-byte",
                                                          "keyboard"),
    "start": ("cpu-qemu64,-nx", "keyboard"),
    "start-serial": ("cpu-qemu64,-nx", "serial"),
    "loader": ("none-active", "keyboard"),
    "loader-serial": ("none-active", "serial"),
    "crash-serial": ("invalid-opcode", "serial"),
}


@pytest.mark.parametrize("how", LEADS_ON)
def test_a_key_leads_to_the_next_device(how, disks, second_disk):
    name, by = LEADS_ON[how]
    case = next(case for case in CASES if case.name == name)
    disk = disks(case.image)
    options = {**case.options, "disk": "ahci",
               "extra": second_drive(second_disk)}
    try:
        if case.damage:
            case.damage(disk)
        with kindling.Qemu(disk.path, **options) as pc:
            pc.expect(re.escape(sentence(case.number, *(
                case.values(disk) if callable(case.values) else ()))))
            pc.on_screen(re.escape(PRESS) if case.number >= 10 else "E")
            pc.still_runs()
            assert "NEXT" not in pc.text
            if by == "keyboard":
                pc.press("spc")
            else:
                pc.send(" ")
            pc.expect("NEXT DEVICE\n")
    finally:
        disk.restore()


def test_keys_when_there_is_no_next_device(disks):
    """INT 18h comes back, or says so: it must end in no silence either."""
    disk = disks({})
    try:
        old_magic(disk)
        with kindling.Qemu(disk.path) as pc:
            pc.expect(re.escape(sentence(2)))
            pc.press("spc")
            pc.on_screen("Boot failed|No bootable device")
            pc.still_runs()
    finally:
        disk.restore()


# --- damage drawn at random --------------------------------------------------

BOOTS = 400 if SOAK else 40
SEED = int(os.environ.get("KINDLING_SEED", "20260101"), 0)


def structures(disk):
    """What a boot reads, as name: ranges (offset, size) in the image."""
    def clusters(path):
        return [(disk.place(number), disk.cluster_bytes)
                for number in disk.chain(disk.find(path).cluster)]

    def links(path):
        return [(disk.fat + 4 * number, 4)
                for number in disk.chain(disk.find(path).cluster)]
    return {
        "stage 2": [(STAGE2, len(disk.loader()))],
        "partition table": [(TABLE, 64)],
        "parameter block": [(disk.bpb + 11, 80), (disk.bpb + 510, 2)],
        "FAT": [(disk.fat + 8, 4)] + links("/boot") + links(KERNEL)
               + links(ONE) + links("/boot/boot.cfg"),
        "directories": [(disk.place(disk.root), 96)] + [
            (at, min(size, 224)) for at, size in clusters("/boot")],
        "boot.cfg": clusters("/boot/boot.cfg")[:1],
        "manifest": [(clusters("/boot/manifest")[0][0],
                      disk.find("/boot/manifest").size)],
        "kernel": clusters(KERNEL),
        "ELF header": [(clusters(KERNEL)[0][0], 64 + 5 * 56)],
        "module": clusters(ONE),
    }


def damage_bits(disk, rng, at, size):
    for _ in range(rng.choice((1, 1, 2, 8))):
        disk.flip(at + rng.randrange(size), rng.randrange(8))


def damage_bytes(disk, rng, at, size):
    for _ in range(rng.choice((1, 2, 4))):
        value = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        disk.patch(at + rng.randrange(size), bytes([value]))


def damage_run(disk, rng, at, size):
    start = rng.randrange(size)
    length = rng.randint(1, min(size - start, 512))
    disk.patch(at + start, rng.choice((
        bytes(length), b"\xFF" * length, b"\xF6" * length,
        rng.randbytes(length))))


def damage_move(disk, rng, at, size):
    """Bytes from elsewhere in the same place."""
    length = rng.randint(1, min(size, 64))
    data = disk.read(at + rng.randrange(size - length + 1), length)
    disk.patch(at + rng.randrange(size - length + 1), data)


def do_damage(disk, rng):
    """Break something; return in words what."""
    name, ranges = rng.choice(list(structures(disk).items()))
    at, size = rng.choice(ranges)
    how = rng.choice((damage_bits, damage_bytes, damage_run, damage_move))
    how(disk, rng, at, size)
    return f"{name} at {at:#x}: {how.__name__}"


GOOD, FAILED, ASKED = range(3)


def boot_ends(pc):
    """Follow a boot to its end. Returns GOOD or FAILED; a menu gets Enter."""
    for _ in range(20):
        found, _ = pc.expect_any(kindling.UP, ANY_ERROR, "Digit: boot",
                                 boots=PATIENCE)
        if found != ASKED:
            return found
        pc.send("\r")
    return None


def check_random_boot(disk, seed):
    rng = random.Random(seed)
    try:
        what = do_damage(disk, rng)
        with kindling.Qemu(disk.path) as pc:
            end = boot_ends(pc)
            if end == FAILED:
                line = re.search(ANY_ERROR, pc.text)[0].rstrip()
                number = int(re.match(r"E(\d+)", line)[1])
                assert number in broken.ERRORS and number not in (90, 100)
                pc.on_screen(re.escape(line.encode("latin-1")
                                       .decode("cp437")))
            pc.still_runs()
            assert end in (GOOD, FAILED), "the menu again and again"
            return what, end
    except AssertionError as error:
        raise AssertionError(f"KINDLING_SEED={seed}: {what}\n{error}") \
            from None
    finally:
        disk.restore()


PIECES = 4  # so that several processes share the work


@pytest.mark.parametrize("piece", range(PIECES))
@pytest.mark.timeout(3600 if SOAK else 300)
def test_random_damage(piece, disks):
    """A good boot or a numbered sentence: no hang, no reset, no crash."""
    ends = {GOOD: 0, FAILED: 0}
    for index in range(piece, BOOTS, PIECES):
        what, end = check_random_boot(disks({}), SEED + index)
        print(f"seed {SEED + index}: {what}: "
              f"{'boots' if end == GOOD else 'error'}")
        ends[end] += 1
    # Damage that is never noticed would mean that this test breaks nothing.
    assert ends[FAILED] > 0
