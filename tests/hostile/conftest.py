"""Images for the hostile tests: the one that was built, and odd ones."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import liar  # noqa: E402
import sparse  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD") or ROOT / "build").resolve()
VOLUME = 2048 * 512


def _plain(_):
    return BUILD / "kindling.img"


def _made(*options, config=None):
    """The built tree in another image."""
    def make(folder):
        tree = folder / "tree"
        shutil.copytree(BUILD / "tree", tree)
        if config:
            (tree / "boot" / "boot.cfg").write_text(config)
        subprocess.run(
            [str(ROOT / "scripts" / "mkimage"),
             "--stage1", str(BUILD / "stage1.bin"),
             "--stage2", str(BUILD / "stage2.bin"), "--tree", str(tree),
             "--output", str(folder / "disk.img"), *options], check=True,
            stdout=subprocess.DEVNULL, timeout=120)
        return folder / "disk.img"
    return make


def _edited(edit):
    """The built image with a few bytes changed."""
    def make(folder):
        sparse.copy(BUILD / "kindling.img", folder / "disk.img")
        with (folder / "disk.img").open("r+b") as disk:
            edit(disk)
        return folder / "disk.img"
    return make


def _write(disk, offset, data):
    disk.seek(offset)
    disk.write(data)


def _stamp(disk):
    """What Windows does to a disk: bytes DAh to DFh and a new signature."""
    _write(disk, 0xDA, b"\0\0\x80\x12\x34\x56")
    _write(disk, 0x1B8, b"\xDE\xAD\xBE\xEF\0\0")


def _replace_kernel(folder):
    image = _edited(lambda disk: None)(folder)
    kernel = folder / "kernel.elf"
    kernel.write_bytes((BUILD / "kernel.elf").read_bytes() + bytes(100))
    subprocess.run(["mcopy", "-o", "-i", f"{image}@@{VOLUME}", str(kernel),
                    "::/boot/kernel.elf"], check=True, timeout=60)
    return image


def _last_sector_of_stage2(disk):
    disk.seek(512)
    return liar.stage2_sectors(disk.read(512)) * 512


FRAMEBUFFER = """\
timeout = 0
default = 1
[Framebuffer]
kernel = /boot/kernel.elf
video = 1024x768x32
"""

VARIANTS = {
    "plain": _plain,
    "floppy-bpb": _made("--bpb", "floppy"),
    "framebuffer": _made(config=FRAMEBUFFER),
    "cylinder": _made("--align", "cylinder"),
    "stamped": _edited(_stamp),
    "gap-overwritten": _edited(lambda disk: _write(
        disk, _last_sector_of_stage2(disk) + 16, b"another boot manager")),
    "gap-erased": _edited(lambda disk: _write(disk, 512, bytes(20 * 512))),
    "kernel-replaced": _replace_kernel,
    "volume-bpb-zero": _edited(lambda disk: _write(disk, VOLUME + 0x0D,
                                                   b"\0")),
}


@pytest.fixture(scope="session")
def image_of(tmp_path_factory):
    """The image of that name, made at first use."""
    made = {}

    def image(name):
        if not (BUILD / "kindling.img").exists():
            pytest.fail(f"{BUILD}/kindling.img is missing: run make first")
        if name not in made:
            made[name] = VARIANTS[name](tmp_path_factory.mktemp(name))
        return made[name]
    return image


@pytest.fixture
def lied_to(image_of, tmp_path):
    """An image of that name with the liar on it."""
    def make(name, behaviors):
        path = tmp_path / "liar.img"
        sparse.copy(image_of(name), path)
        with path.open("r+b") as image:
            liar.install(image, behaviors.split())
        return path
    return make
