"""A disk image that can be broken in one place and mended again.

The tests of boot errors change a few bytes, boot, and put the old bytes back:
one image serves hundreds of boots. The image has files in several clusters
each, so that there are chains to break.
"""
import re
import struct
import subprocess
import sys

import kindling
import stage2
from crc32c import crc32c
from layout import load_script, read_layout

L = read_layout()
SECTOR = L["SECTOR_SIZE"]
TABLE = L["MBR_TABLE_OFFSET"]
STAGE2 = L["STAGE2_LBA"] * SECTOR
FREE, BAD, END = 0, 0x0FFFFFF7, 0x0FFFFFFF
ENTRY_ATTRIBUTES, ENTRY_SIZE = 11, 28

# Comments make it longer than any configuration that a test puts there.
CONFIG = """\
timeout = 0

[Kindling]
kernel = /boot/kernel.elf
module = /boot/init.elf
module = /boot/one.bin
optional = /boot/two.bin
"""
CONFIG += "# room for other lines\n" * 120
MODULES = {"one.bin": 20000, "two.bin": 5000}


def read_errors():
    """errors.def as {number: sentence}."""
    rows = load_script("gendefs").read_columns("errors.def", 5)
    return {int(row[0]): row[2] for row in rows}


ERRORS = read_errors()


def sentence(number, *values):
    """What the loader prints for an error: 'E30 Disk read error ...'."""
    text = re.sub("%l?x", "%X", ERRORS[number].replace("%lu", "%u"))
    return f"E{number} " + text % values


def module_bytes(name):
    """Bytes that differ from place to place, and from name to name."""
    return bytes((i * 7 + (i >> 8) + ord(name[0])) & 0xFF
                 for i in range(MODULES[name]))


def make_image(**options):
    """An image with modules and small clusters. Returns its path."""
    files = {"boot/boot.cfg": CONFIG}
    for name in MODULES:
        files[f"boot/{name}"] = module_bytes(name)
    options = {"volume_size": "34M", "cluster_size": "512", **options}
    return kindling.make_image(files, **options)


def make_disk(folder, **options):
    """The same as a Disk of one's own, to be broken."""
    path = folder / "disk.img"
    return Disk(kindling.copy_sparse(make_image(**options), path))


def lie(image, behaviors, target):
    """Put the liar on a copy of an image. Returns target."""
    mkliar = kindling.ROOT / "tests" / "hostile" / "mkliar"
    subprocess.run([sys.executable, str(mkliar), str(image), str(target),
                    *behaviors.split()], check=True, timeout=60)
    return target


class File:
    """A file or folder of the volume."""

    def __init__(self, entry, data):
        self.entry = entry  # where its directory entry lies in the image
        self.attributes = data[ENTRY_ATTRIBUTES]
        high, low = struct.unpack_from("<H4xH", data, 20)
        self.cluster = high << 16 | low
        self.size = struct.unpack_from("<I", data, ENTRY_SIZE)[0]


class Disk:
    """An image and what lies where in it. All offsets are in bytes."""

    def __init__(self, path):
        self.path = path
        self._file = path.open("r+b", buffering=0)
        self._undo = []
        self._read_geometry()

    def close(self):
        self.restore()
        self._file.close()

    def read(self, offset, size):
        self._file.seek(offset)
        return self._file.read(size)

    def patch(self, offset, data):
        """Change bytes; restore() brings the old ones back."""
        old = self.read(offset, len(data))
        assert len(old) == len(data), "outside the image"
        self._undo.append((offset, old))
        self._write(offset, data)

    def _write(self, offset, data):
        self._file.seek(offset)
        assert self._file.write(data) == len(data)

    def restore(self):
        while self._undo:
            self._write(*self._undo.pop())

    def put(self, offset, form, *values):
        self.patch(offset, struct.pack("<" + form, *values))

    def get(self, offset, form):
        form = "<" + form
        return struct.unpack(form,
                             self.read(offset, struct.calcsize(form)))

    def flip(self, offset, bit=0):
        self.patch(offset, bytes([self.read(offset, 1)[0] ^ 1 << bit]))

    # --- stage 2 -------------------------------------------------------------

    def loader(self):
        sectors = self.get(STAGE2 + L["STAGE2_HDR_SECTORS"], "H")[0]
        return bytearray(self.read(STAGE2, sectors * SECTOR))

    def seal_loader(self, data):
        """Put a changed stage 2 there, with the right checksum."""
        sealed = stage2.seal(bytes(data))
        assert len(sealed) == len(self.loader())
        self.patch(STAGE2, sealed)

    # --- the volume ----------------------------------------------------------

    def _read_geometry(self):
        slots = [TABLE + 16 * i for i in range(4)]
        self.slot = next(s for s in slots if self.read(s, 1) == b"\x80")
        self.lba, self.sectors = self.get(self.slot + 8, "II")
        self.bpb = self.lba * SECTOR
        (self.per_cluster, reserved, fats,
         self.fat_sectors, root) = self.get(self.bpb + 13, "BHB19xI4xI")
        self.fat = self.bpb + reserved * SECTOR
        self.fats = [self.fat + i * self.fat_sectors * SECTOR
                     for i in range(fats)]
        self.data = self.fats[-1] + self.fat_sectors * SECTOR
        self.root = root
        self.reserved = reserved
        self.clusters = (self.sectors - (self.data - self.bpb) // SECTOR
                         ) // self.per_cluster
        self.cluster_bytes = self.per_cluster * SECTOR

    def place(self, cluster):
        return self.data + (cluster - 2) * self.cluster_bytes

    def sector_of(self, cluster):
        return self.place(cluster) // SECTOR

    def link(self, cluster):
        return self.get(self.fat + 4 * cluster, "I")[0] & 0x0FFFFFFF

    def set_link(self, cluster, value):
        """Only in the first FAT: no other is read."""
        self.put(self.fat + 4 * cluster, "I", value)

    def chain(self, cluster):
        """The clusters of a chain."""
        found = [cluster]
        while (cluster := self.link(cluster)) < 0x0FFFFFF8:
            assert len(found) <= self.clusters, "a loop"
            found.append(cluster)
        return found

    def _entries(self, cluster):
        for number in self.chain(cluster):
            for at in range(self.place(number),
                            self.place(number) + self.cluster_bytes, 32):
                yield at, self.read(at, 32)

    def find(self, path):
        """A File by its short name, for example /BOOT/KERNEL.ELF."""
        cluster, found = self.root, None
        for part in path.upper().strip("/").split("/"):
            base, _, extension = part.partition(".")
            name = f"{base:<8}{extension:<3}".encode()
            found = next(File(at, data)
                         for at, data in self._entries(cluster)
                         if data[:11] == name
                         and data[ENTRY_ATTRIBUTES] & 0x0F != 0x0F)
            cluster = found.cluster
        return found

    def contents(self, path):
        file = self.find(path)
        data = b"".join(self.read(self.place(number), self.cluster_bytes)
                        for number in self.chain(file.cluster))
        return data[:file.size]

    def offset_in(self, path, offset):
        """Where a byte of a file lies in the image."""
        chain = self.chain(self.find(path).cluster)
        return (self.place(chain[offset // self.cluster_bytes])
                + offset % self.cluster_bytes)

    def set_size(self, path, size):
        self.put(self.find(path).entry + ENTRY_SIZE, "I", size)

    def set_contents(self, path, data):
        """Other contents, in the clusters that the file has."""
        chain = self.chain(self.find(path).cluster)
        assert len(data) <= len(chain) * self.cluster_bytes
        self.set_size(path, len(data))
        for number, at in zip(chain, range(0, len(data), self.cluster_bytes)):
            self.patch(self.place(number), data[at:at + self.cluster_bytes])

    def patch_file(self, path, offset, data):
        """Change bytes of a file that lie in one cluster."""
        assert offset % self.cluster_bytes + len(data) <= self.cluster_bytes
        self.patch(self.offset_in(path, offset), data)

    def list_anew(self, path):
        """Let the manifest say what the file now is."""
        data, lines = self.contents(path), []
        for line in self.contents("/boot/manifest").decode().splitlines():
            if line.split()[2].upper() == path.upper():
                line = f"{crc32c(data):08x} {len(data)} {path}"
            lines.append(line + "\n")
        self.set_contents("/boot/manifest", "".join(lines).encode())

    def unlist(self, path):
        """Let the manifest say nothing of a file."""
        lines = self.contents("/boot/manifest").decode().splitlines(True)
        self.set_contents("/boot/manifest", "".join(
            line for line in lines
            if line.split()[2].upper() != path.upper()).encode())


class Elf:
    """Where the fields of an ELF file are, for the tests that break one."""

    HEADER, PROGRAM_HEADER = 64, 56
    LOAD, DYNAMIC, NULL = 1, 2, 0

    def __init__(self, data):
        self.data = data
        self.table, = struct.unpack_from("<Q", data, 32)
        self.count, = struct.unpack_from("<H", data, 56)

    def headers(self, kind):
        """Offsets of the program headers of one type."""
        offsets = [self.table + i * self.PROGRAM_HEADER
                   for i in range(self.count)]
        return [at for at in offsets
                if struct.unpack_from("<I", self.data, at)[0] == kind]

    def offset_of(self, vaddr):
        """Where an address of the image is in the file."""
        for at in self.headers(self.LOAD):
            offset, start, _, size = struct.unpack_from("<4Q", self.data,
                                                        at + 8)
            if start <= vaddr < start + size:
                return offset + vaddr - start
        raise LookupError(hex(vaddr))

    def dynamic(self):
        """{tag: offset of its value in the file}"""
        at = self.headers(self.DYNAMIC)[0]
        offset, _, _, size = struct.unpack_from("<4Q", self.data, at + 8)
        found = {}
        for place in range(offset, offset + size, 16):
            found.setdefault(struct.unpack_from("<Q", self.data, place)[0],
                             place + 8)
        return found

    def relocations(self):
        """Offset in the file and number of the relative relocations."""
        tags = self.dynamic()
        vaddr, = struct.unpack_from("<Q", self.data, tags[7])
        size, = struct.unpack_from("<Q", self.data, tags[8])
        return self.offset_of(vaddr), size // 24
