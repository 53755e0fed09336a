#!/usr/bin/env python3
"""Make FAT32 volumes with mkfs.fat and mtools for test_fat32_tools.

Usage: fat32_volumes.py FOLDER

Writes volumes FOLDER/NAME.img and the trees of files that lie in them:
fragmented.tree in fragmented.img, all.tree in all others. What the files hold
is the same in every run; their dates are not.
"""
import os
import pathlib
import random
import shutil
import subprocess
import sys

# name, bytes per sector, sectors per cluster, more options of mkfs.fat.
# test_fat32_tools.c has the same table. The images are sparse.
VOLUMES = [
    ("s512c1", 512, 1, []),
    ("s512c2", 512, 2, []),
    ("s512c4", 512, 4, ["-f", "1"]),
    ("s512c8", 512, 8, ["-R", "64"]),
    ("s512c16", 512, 16, ["-h", "2048", "-R", "33"]),
    ("s512c32", 512, 32, []),
    ("s512c64", 512, 64, []),
    ("s512c128", 512, 128, []),
    ("s1024c4", 1024, 4, []),
    ("s2048c1", 2048, 1, ["-f", "1"]),
    ("s4096c1", 4096, 1, []),
    ("s4096c16", 4096, 16, ["-a"]),
]

# mtools takes anything with fewer clusters for FAT16.
CLUSTERS = 65600

FSINFO_NEXT_FREE = 512 + 492

# Nothing beyond U+FFFF: mtools cuts it off. test_fat32.c has surrogates.
NAMES = [
    "KERNEL.ELF", "kernel.elf2", "Mixed.Case", "lower", "UPPER", "mixed.TXT",
    "UPPER.txt", "a b c", "dots.in.the.name.tar.gz", "12345678.123",
    "123456789.1234", "+,;=[].x", "x" * 13, "y" * 26, "z" * 255,
    "déjà vu", "Ünïcödé names are long", "漢字かな", "Ελληνικά",
    "русский.txt", "10 € note", "~tilde~1", "-x-", "_", "@#$%&'()`{}",
]


def run(*command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)


def write(path, numbers, size):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(numbers.randbytes(size))


def make_tree(tree, seed):
    """Names of all kinds, sizes around all borders, folders in folders."""
    numbers = random.Random(seed)
    for name in NAMES:
        write(tree / "names" / name, numbers, numbers.randrange(3000))
    for shift in range(9, 17):
        for more in (-1, 0, 1):
            size = (1 << shift) + more
            write(tree / "sizes" / f"{size}.bin", numbers, size)
    write(tree / "sizes" / "empty", numbers, 0)
    write(tree / "sizes" / "large.bin", numbers, 600_001)
    deep = tree
    for level in range(12):
        deep = deep / f"level {level:02} of a deep tree"
        write(deep / "leaf", numbers, 100 + level)
    for number in range(200):
        write(tree / "many" / f"file number {number}", numbers, number % 3)
    (tree / "hollow").mkdir()


def environment():
    # mtools takes its settings from nowhere but here.
    return dict(os.environ, MTOOLSRC="/dev/null", MTOOLS_SKIP_CHECK="1",
                LC_ALL="C.UTF-8")


def make_volume(image, sector, cluster, options):
    kib = CLUSTERS * sector * cluster // 1024 + 600
    run("mkfs.fat", "-C", "-F", "32", "-S", str(sector), "-s", str(cluster),
        "-n", "KINDLING", "--invariant", *options, str(image), str(kib),
        stderr=subprocess.DEVNULL)


def fill(image, tree):
    run("mcopy", "-s", "-Q", "-i", image, *sorted(tree.iterdir()), "::/",
        env=environment())


def make_fragmented(folder):
    """Delete every other small file, put a large one into the holes."""
    image, tree = folder / "fragmented.img", folder / "fragmented.tree"
    numbers = random.Random(2)
    files = [tree / "many" / f"F{number:04}" for number in range(1400)]
    for path in files:
        write(path, numbers, 512)
    make_volume(image, 512, 1, [])
    run("mmd", "-i", image, "::/many", env=environment())
    run("mcopy", "-Q", "-i", image, *files, "::/many", env=environment())
    holes = files[100::2]
    run("mdel", "-i", image, *(f"::/many/{path.name}" for path in holes),
        env=environment())
    for path in holes:
        path.unlink()
    with image.open("r+b") as volume:  # search from the start again
        volume.seek(FSINFO_NEXT_FREE)
        volume.write((2).to_bytes(4, "little"))
    write(tree / "large.bin", numbers, 640 * 512 - 7)
    run("mcopy", "-Q", "-i", image, tree / "large.bin", "::/",
        env=environment())


def main():
    folder = pathlib.Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make_tree(folder / "all.tree", 1)
    for name, sector, cluster, options in VOLUMES:
        image = folder / f"{name}.img"
        make_volume(image, sector, cluster, options)
        fill(image, folder / "all.tree")
    make_fragmented(folder)


if __name__ == "__main__":
    main()
