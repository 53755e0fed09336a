#!/usr/bin/env python3
"""Write the seeds of fuzz_fat32: one file for each kind of damage.

Usage: seeds_fat32.py FOLDER

Offsets count as place() in fuzz_fat32.c does, on base volume 0 unless a name
says otherwise.
"""
import pathlib
import struct
import sys

FAT = 512                     # FAT 0, then FAT 1, of 122 entries each
FAT_BYTES = 122 * 4
ROOT = FAT + 2 * FAT_BYTES
BOOT_2 = ROOT + 1024          # second cluster of /boot
SUB_1 = 512 + 62 * 4 + 3 * 512  # /boot/sub of base volume 1


def patch(offset, data):
    return struct.pack("<HB", offset, len(data)) + data


def entry(cluster, value):
    return patch(FAT + cluster * 4, struct.pack("<I", value))


SEEDS = {
    "plain-0": b"\0",
    "plain-1": b"\1",
    "plain-2": b"\2",
    "plain-3": b"\3",
    "sector-size": b"\0" + patch(11, b"\0\4"),
    "cluster-size": b"\0" + patch(13, b"\2"),
    "reserved": b"\0" + patch(14, b"\1\0"),
    "one-fat": b"\0" + patch(16, b"\1"),
    "total-16": b"\0" + patch(19, b"\x7c\0") + patch(32, bytes(4)),
    "fat-size": b"\0" + patch(36, b"\xff\xff\xff\x7f"),
    "active-1": b"\0" + patch(40, b"\x81\0"),
    "root-cluster": b"\0" + patch(44, b"\x05\0\0\0"),
    "loop-file": b"\0" + entry(12, 10),
    "loop-root": b"\0" + entry(2, 2),
    "loop-directory": b"\0" + entry(4, 3),
    "free": b"\0" + entry(11, 0),
    "bad": b"\0" + entry(12, 0x0FFFFFF7),
    "outside": b"\0" + entry(13, 122),
    "short": b"\0" + entry(8, 0x0FFFFFFF),
    "huge-file": b"\0" + patch(ROOT + 4 * 32 + 28, b"\xff\xff\xff\xff"),
    "first-cluster": b"\0" + patch(ROOT + 4 * 32 + 20, b"\xff\xff"),
    "long-ordinal": b"\0" + patch(ROOT + 32, b"\x54"),
    "long-checksum": b"\0" + patch(ROOT + 32 + 13, b"\0"),
    "surrogate": b"\0" + patch(ROOT + 6 * 32 + 1, b"\x3d\xd8\x3d\xd8"),
    "controls": b"\0" + patch(ROOT + 6 * 32 + 1, b"\x1b\0/\0"),
    "short-bytes": b"\0" + patch(BOOT_2, b"\x05\x82/ A"),
    "long-256-1": b"\1" + patch(SUB_1 + 20, b"NN"),
    "long-260-1": b"\1" + patch(SUB_1 + 20, b"NNNNNN") +
                  patch(SUB_1 + 28, b"NNNN"),
    "parent": b"\0" + patch(BOOT_2 + 32 + 26, b"\2\0"),
}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in SEEDS.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
