"""Cut files of a FAT32 volume into pieces that lie apart.

mkimage and mtools write files in one piece; a stick that was in use for years
does not hold them so. This moves the clusters of a file to free places, with
a free cluster after each piece, and mends the chain in both FATs.
"""
import random
import struct

END = 0x0FFFFFFF
MASK = 0x0FFFFFFF
LONG_NAME = 0x0F


class Scatter:
    """The volume at sector lba of an image file, opened for changes."""

    def __init__(self, image, lba):
        self.file = open(image, "r+b")
        self.base = lba * 512
        boot = self.read(0, 512)
        self.cluster_sectors, self.reserved, self.fats = \
            struct.unpack_from("<BHB", boot, 13)
        self.total = struct.unpack_from("<I", boot, 32)[0]
        self.fat_sectors, = struct.unpack_from("<I", boot, 36)
        self.root, = struct.unpack_from("<I", boot, 44)
        self.data = self.reserved + self.fats * self.fat_sectors
        self.cluster_bytes = self.cluster_sectors * 512
        count = (self.total - self.data) // self.cluster_sectors + 2
        self.fat = list(struct.unpack(
            f"<{count}I", self.read(self.reserved * 512, count * 4)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        table = struct.pack(f"<{len(self.fat)}I", *self.fat)
        for copy in range(self.fats):
            self.write((self.reserved + copy * self.fat_sectors) * 512, table)
        self.file.close()

    def read(self, offset, size):
        self.file.seek(self.base + offset)
        return self.file.read(size)

    def write(self, offset, data):
        self.file.seek(self.base + offset)
        self.file.write(data)

    def place(self, cluster):
        """Offset of a cluster in the volume."""
        return (self.data + (cluster - 2) * self.cluster_sectors) * 512

    def chain(self, cluster):
        found = []
        while cluster < 0x0FFFFFF8:
            found.append(cluster)
            cluster = self.fat[cluster] & MASK
        return found

    def entry(self, path):
        """(offset of the entry, first cluster) by short names, any case."""
        cluster, offset = self.root, None
        for name in path.upper().split("/"):
            base, _, suffix = name.partition(".")
            wanted = f"{base:<8}{suffix:<3}".encode("ascii")
            offset = self._find(cluster, wanted)
            raw = self.read(offset, 32)
            high, low = struct.unpack_from("<H", raw, 20), \
                struct.unpack_from("<H", raw, 26)
            cluster = high[0] << 16 | low[0]
        return offset, cluster

    def _find(self, folder, wanted):
        for cluster in self.chain(folder):
            for at in range(0, self.cluster_bytes, 32):
                raw = self.read(self.place(cluster) + at, 32)
                if raw[:11] == wanted and raw[11] & 0x3F != LONG_NAME:
                    return self.place(cluster) + at
        raise LookupError(wanted)

    def fragments(self, path):
        """In how many pieces a file lies."""
        chain = self.chain(self.entry(path)[1])
        return 1 + sum(b != a + 1 for a, b in zip(chain, chain[1:]))

    def scatter(self, path, pieces, shuffled=None):
        """Move a file into so many pieces; shuffled is a seed for disorder.
        """
        offset, first = self.entry(path)
        old = self.chain(first)
        assert pieces <= len(old), f"{path} has only {len(old)} clusters"
        bounds = [len(old) * i // pieces for i in range(pieces + 1)]
        runs = list(zip(bounds, bounds[1:]))
        if shuffled is not None:
            random.Random(shuffled).shuffle(runs)
        start = max(i for i, value in enumerate(self.fat) if value) + 2
        new = [0] * len(old)
        for low, high in runs:
            new[low:high] = range(start, start + high - low)
            start += high - low + 1
        assert start <= len(self.fat), "the volume is too full"
        for source, target in zip(old, new):
            self.write(self.place(target),
                       self.read(self.place(source), self.cluster_bytes))
            self.fat[source] = 0
        for here, after in zip(new, [*new[1:], END]):
            self.fat[here] = after
        raw = bytearray(self.read(offset, 32))
        struct.pack_into("<H", raw, 20, new[0] >> 16)
        struct.pack_into("<H", raw, 26, new[0] & 0xFFFF)
        self.write(offset, raw)
