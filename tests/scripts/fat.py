"""A small FAT32 reader, written for the tests alone.

It shares no code with mtools or fs/fat32, so that it can judge both.
"""
import struct


class Volume:
    def __init__(self, image, lba):
        self.file = open(image, "rb")
        self.base = lba * 512
        boot = self.read(0, 512)
        self.boot = boot
        (self.sector, self.per_cluster, self.reserved,
         self.fats) = struct.unpack_from("<HBHB", boot, 11)
        self.media = boot[21]
        self.track, self.heads, self.hidden, self.total = \
            struct.unpack_from("<HHII", boot, 24)
        self.fat_sectors = struct.unpack_from("<I", boot, 36)[0]
        self.root = struct.unpack_from("<I", boot, 44)[0]
        self.drive, self.serial = boot[64], \
            struct.unpack_from("<I", boot, 67)[0]
        self.label = boot[71:82].decode().rstrip()
        self.data = self.reserved + self.fats * self.fat_sectors
        self.clusters = (self.total - self.data) // self.per_cluster
        table = self.read(self.reserved * 512, (self.clusters + 2) * 4)
        self.fat = struct.unpack(f"<{self.clusters + 2}I", table)

    def read(self, offset, size):
        self.file.seek(self.base + offset)
        return self.file.read(size)

    def chain(self, cluster):
        found = []
        while cluster < 0x0FFFFFF8:
            assert 2 <= cluster < self.clusters + 2 and cluster not in found
            found.append(cluster)
            cluster = self.fat[cluster] & 0x0FFFFFFF
        return found

    def content(self, cluster):
        size = self.per_cluster * 512
        return b"".join(self.read((self.data + (number - 2)
                                   * self.per_cluster) * 512, size)
                        for number in self.chain(cluster))

    def entries(self, cluster):
        """Yield (long or short name, raw 32 bytes) of a folder."""
        long_name = ""
        raw = self.content(cluster)
        for offset in range(0, len(raw), 32):
            entry = raw[offset:offset + 32]
            if entry[0] == 0:
                return
            if entry[0] == 0xE5:
                continue
            if entry[11] == 0x0F:
                part = (entry[1:11] + entry[14:26] + entry[28:32]).decode(
                    "utf-16-le")
                long_name = part.split("\0")[0].rstrip("\uffff") + long_name
                continue
            base = entry[:8].decode("cp850").rstrip()
            suffix = entry[8:11].decode("cp850").rstrip()
            if entry[12] & 8:
                base = base.lower()
            if entry[12] & 16:
                suffix = suffix.lower()
            name = long_name or (base + "." + suffix if suffix else base)
            long_name = ""
            if not entry[11] & 8 and name not in (".", ".."):
                yield name, entry

    def walk(self, cluster=None, prefix=""):
        """Return {path: (first cluster, bytes)}; None for folders."""
        found = {}
        for name, entry in self.entries(cluster or self.root):
            first = struct.unpack_from("<H", entry, 20)[0] << 16 | \
                struct.unpack_from("<H", entry, 26)[0]
            size = struct.unpack_from("<I", entry, 28)[0]
            if entry[11] & 0x10:
                found[prefix + name] = (first, None)
                found.update(self.walk(first, prefix + name + "/"))
            else:
                data = self.content(first)[:size] if first else b""
                found[prefix + name] = (first, data)
        return found
