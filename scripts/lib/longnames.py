"""Names beyond ASCII on a FAT volume, exactly as they are.

mtools stores a name like "é.txt" as a short name in an old code page, which
readers have to guess, and drops what lies beyond the first 65,536 characters
of Unicode. So such characters are copied as stand-ins that no code page has:
mtools then makes a long name, which is UTF-16. Afterwards the stand-ins in the
long names are replaced by what they stand for. Short names and checksums stay.
"""
import struct

FIRST_STAND_IN, LAST_STAND_IN = 0xE000, 0xF8FF  # the private use area
UNIT_OFFSETS = (*range(1, 11, 2), *range(14, 26, 2), *range(28, 32, 2))
LONG_NAME, FOLDER, DELETED, END = 0x0F, 0x10, 0xE5, 0x00
CHAIN_END = 0x0FFFFFF8


class Names:
    """Which stand-in stands for which UTF-16 unit."""

    def __init__(self):
        self.stand_ins = {}

    def encode(self, path):
        """Return path with a stand-in for every unit beyond ASCII."""
        data = path.encode("utf-16-le")
        units = struct.unpack(f"<{len(data) // 2}H", data)
        return "".join(chr(unit) if unit < 0x80 else self._stand_in(unit)
                       for unit in units)

    def _stand_in(self, unit):
        value = self.stand_ins.setdefault(
            unit, FIRST_STAND_IN + len(self.stand_ins))
        if value > LAST_STAND_IN:
            raise ValueError("more than 6,400 different characters in names")
        return chr(value)

    def restore(self, disk, start):
        """Put the real characters into the volume at sector start."""
        if self.stand_ins:
            meant = {value: unit for unit, value in self.stand_ins.items()}
            _Volume(disk, start * 512).restore(meant)


class _Volume:
    """As much of FAT32 as it takes to visit every folder."""

    def __init__(self, disk, base):
        self.disk, self.base = disk, base
        boot = self._read(0, 512)
        self.cluster_bytes = boot[13] * 512
        reserved, = struct.unpack_from("<H", boot, 14)
        fat_sectors, = struct.unpack_from("<I", boot, 36)
        self.root, = struct.unpack_from("<I", boot, 44)
        self.fat = reserved * 512
        self.data = (reserved + boot[16] * fat_sectors) * 512

    def _read(self, offset, size):
        self.disk.seek(self.base + offset)
        return self.disk.read(size)

    def restore(self, meant):
        folders = [self.root]
        while folders:
            cluster = folders.pop()
            while cluster < CHAIN_END:
                folders += self._restore_cluster(cluster, meant)
                entry = self._read(self.fat + cluster * 4, 4)
                cluster = struct.unpack("<I", entry)[0] & 0x0FFFFFFF

    def _restore_cluster(self, cluster, meant):
        """Mend one cluster of a folder; return the folders it names."""
        place = self.data + (cluster - 2) * self.cluster_bytes
        raw = bytearray(self._read(place, self.cluster_bytes))
        before, found = bytes(raw), []
        for at in range(0, len(raw), 32):
            if raw[at] == END:
                break
            if raw[at] == DELETED:
                continue
            if raw[at + 11] == LONG_NAME:
                for offset in UNIT_OFFSETS:
                    unit, = struct.unpack_from("<H", raw, at + offset)
                    struct.pack_into("<H", raw, at + offset,
                                     meant.get(unit, unit))
            elif raw[at + 11] & FOLDER and raw[at] != ord("."):
                high, = struct.unpack_from("<H", raw, at + 20)
                low, = struct.unpack_from("<H", raw, at + 26)
                found.append(high << 16 | low)
        if raw != before:
            self.disk.seek(self.base + place)
            self.disk.write(raw)
        return found
