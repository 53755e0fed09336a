#!/usr/bin/python3
"""Link a kernel that is exactly as large as wanted.

Usage: grow_kernel.py --size BYTES --output FILE -- LD FLAGS AND OBJECTS...

Data that does not compress goes into .rodata, so every byte is one that the
loader has to read, check and place, and the kernel maps. The file is stripped
like the one on the disk; what is missing to the size at the end (less than a
page) is zero.
"""
import argparse
import pathlib
import random
import subprocess
import sys
import tempfile


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--objcopy", default="objcopy")
    parser.add_argument("link", nargs="+", help="the linker's command")
    return parser.parse_args()


def link(args, folder, pad):
    """Link with so many bytes more; return the stripped file's size."""
    data = folder / "pad.bin"
    data.write_bytes(random.Random(1).randbytes(pad))
    run = lambda *words: subprocess.run(words, check=True)  # noqa: E731
    run(args.objcopy, "-I", "binary", "-O", "elf64-x86-64", "--rename-section",
        ".data=.rodata,alloc,load,readonly,data,contents", str(data),
        str(folder / "pad.o"))
    run(*args.link, "-o", str(folder / "kernel"), str(folder / "pad.o"))
    run(args.objcopy, "--strip-all", str(folder / "kernel"),
        str(folder / "stripped"))
    return (folder / "stripped").stat().st_size


def main():
    args = parse_arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pad = args.size - link(args, folder, 1)
        if pad < 1:
            sys.exit(f"grow_kernel: the kernel is larger than {args.size}")
        # Padding between sections comes and goes with the addresses.
        while (size := link(args, folder, pad)) > args.size:
            pad -= size - args.size
        data = (folder / "stripped").read_bytes()
        if args.size - len(data) > 4096:
            sys.exit(f"grow_kernel: {len(data)} of {args.size} bytes only")
        args.output.write_bytes(data.ljust(args.size, b"\0"))


if __name__ == "__main__":
    main()
