"""For the tests of scripts/: stand-ins for what make builds."""
import os
import pathlib
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / "scripts"
sys.path.insert(0, str(SCRIPTS / "lib"))

import layout  # noqa: E402

L = layout.read_layout()


def run_script(name, *arguments, **options):
    """Run scripts/NAME; the result has returncode, stdout and stderr."""
    environment = dict(os.environ, **options.pop("env", {}))
    return subprocess.run([str(SCRIPTS / name), *map(str, arguments)],
                          capture_output=True, text=True, timeout=60,
                          env=environment, check=False, **options)


def make_stage2(path, sectors=3, fill=0x5A):
    """A sealed stage 2 that is never run."""
    raw = bytearray([fill]) * (sectors * 512 - 100)
    struct.pack_into("<I", raw, L["STAGE2_HDR_MAGIC"], L["STAGE2_MAGIC"])
    path.with_suffix(".raw").write_bytes(raw)
    done = run_script("mkstage2", path.with_suffix(".raw"), path)
    assert done.returncode == 0, done.stderr


class Parts:
    """A folder with stage 1, stage 2 and a tree."""

    def __init__(self, folder):
        self.folder = folder
        self.stage1 = folder / "stage1.bin"
        self.stage2 = folder / "stage2.bin"
        self.tree = folder / "tree"
        self.image = folder / "out.img"
        sector = bytearray(512)
        sector[:3] = b"\xEB\x58\x90"
        sector[510:] = b"\x55\xAA"
        self.stage1.write_bytes(sector)
        make_stage2(self.stage2)
        self.add("boot/kernel.elf", b"\x7fELF" + bytes(range(256)) * 100)

    def add(self, path, data=b"some bytes\n"):
        file = self.tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def mkimage(self, *arguments, **options):
        return run_script("mkimage", "--stage1", self.stage1, "--stage2",
                          self.stage2, "--tree", self.tree, "--output",
                          self.image, *arguments, **options)

    def made(self, *arguments, **options):
        """Make the image, which must work; return its path."""
        done = self.mkimage(*arguments, **options)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return self.image
