"""scripts/usb: what it writes to, and above all what it does not.

Files stand for devices, below a root of their own with its own /sys and
/proc, so no test can reach a real device.
"""
import importlib
import random
import resource
import subprocess

import pytest
from standins import SCRIPTS, layout, run_script

IMAGE_SIZE = 3 * 1024 * 1024 + 512  # a last piece that is not a whole one


class Root:
    """A test root with one stick, sdb on USB, and its image."""

    def __init__(self, folder):
        self.folder = folder / "root"
        self.image = folder / "image"
        data = bytearray(random.Random(5).randbytes(IMAGE_SIZE))
        data[510:512] = b"\x55\xAA"
        self.image.write_bytes(data)
        (self.folder / "proc/self").mkdir(parents=True)
        self.mountinfo("22 1 8:1 / / rw - ext4 /dev/sda1 rw")
        (self.folder / "proc/swaps").write_text("Filename Type\n")
        self.stick = self.disk("sdb", "8:16", 8 << 20,
                               "devices/pci0000:00/usb1/1-1/block/sdb")
        self.part = self.partition("sdb1", "8:17", self.stick)

    def mountinfo(self, text):
        (self.folder / "proc/self/mountinfo").write_text(text + "\n")

    def disk(self, name, number, size, where, removable="0"):
        folder = self.folder / "sys" / where
        (folder / "holders").mkdir(parents=True)
        (folder / "device").mkdir()
        (folder / "device/vendor").write_text("ACME    \n")
        (folder / "device/model").write_text("Stick 3000\n")
        (folder / "removable").write_text(removable + "\n")
        (folder / "ro").write_text("0\n")
        self.describe(folder, name, number, size)
        return folder

    def describe(self, folder, name, number, size):
        (folder / "size").write_text(f"{size // 512}\n")
        (folder / "dev").write_text(number + "\n")
        for link in (self.folder / "sys/dev/block" / number,
                     self.folder / "sys/block" / name):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(folder)
        (self.folder / "dev").mkdir(exist_ok=True)
        (self.folder / "numbers").mkdir(exist_ok=True)
        (self.folder / "numbers" / name).write_text(number + "\n")
        with open(self.folder / "dev" / name, "wb") as file:
            file.truncate(size)

    def partition(self, name, number, disk):
        folder = disk / name
        folder.mkdir()
        (folder / "partition").write_text("1\n")
        (folder / "holders").mkdir()
        self.describe(folder, name, number, 1 << 20)
        return folder

    def device(self, name="sdb"):
        return (self.folder / "dev" / name).read_bytes()

    def run(self, *arguments, answer="sdb\n", device="/dev/sdb", **options):
        return run_script("usb", device, "--image", self.image,
                          "--test-root", self.folder, *arguments,
                          input=answer, **options)


@pytest.fixture
def root(tmp_path):
    return Root(tmp_path)


def check_written(root, name="sdb"):
    """All of the image, but for the signature, which is another one."""
    expected = bytearray(root.image.read_bytes())
    found = bytearray(root.device(name)[:len(expected)])
    assert found[0x1B8:0x1BC] != expected[0x1B8:0x1BC]
    found[0x1B8:0x1BC] = expected[0x1B8:0x1BC]
    assert found == expected


def refused(root, words, **options):
    before = root.device()
    done = root.run(**options)
    assert done.returncode == 1, done.stdout
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert root.device() == before


def test_writes_and_compares(root):
    with open(root.folder / "dev/sdb", "r+b") as file:
        file.write(b"\xA5" * (8 << 20))
    done = root.run()
    assert done.returncode == 0, done.stderr
    check_written(root)
    assert root.device()[IMAGE_SIZE:] == b"\xA5" * ((8 << 20) - IMAGE_SIZE)
    for words in ("ACME Stick 3000", "8.4 MB", "sdb1", "Everything",
                  "Writing", "Comparing", "reads back right"):
        assert words in done.stdout


def test_every_copy_has_its_own_signature(root):
    seen = set()
    for _ in range(3):
        assert root.run().returncode == 0
        seen.add(root.device()[0x1B8:0x1BC])
    assert len(seen) == 3


def test_removable_without_usb(root):
    root.disk("sdc", "8:32", 8 << 20, "devices/pci0000:00/ata3/block/sdc",
              removable="1")
    done = root.run(device="/dev/sdc", answer="sdc\n")
    assert done.returncode == 0, done.stderr
    check_written(root, "sdc")


@pytest.mark.parametrize("answer", ["", "\n", "y\n", "yes\n", "sda\n",
                                    "/dev/sdb\n", "sdb1\n"])
def test_another_answer_writes_nothing(root, answer):
    refused(root, "nothing was written", answer=answer)


def test_fixed_disk(root):
    root.disk("sda", "8:0", 8 << 20, "devices/pci0000:00/ata1/block/sda")
    refused(root, "neither removable nor on USB", device="/dev/sda",
            answer="sda\n")
    assert not any(root.device("sda"))


def test_partition(root):
    refused(root, "it is a partition", device="/dev/sdb1", answer="sdb1\n")


@pytest.mark.parametrize("line", [
    "30 1 8:16 / /media/stick rw - vfat /dev/sdb rw",
    "30 1 8:17 / /media/a\\040b rw shared:1 - vfat /dev/sdb1 rw",
    "30 1 0:55 / /media/btrfs rw - btrfs /dev/sdb1 rw"])
def test_mounted(root, line):
    root.mountinfo(line)
    refused(root, "mounted on /media/")


def test_swap(root):
    (root.folder / "proc/swaps").write_text(
        "Filename Type Size\n/dev/sdb1 partition 1000 0 -2\n")
    refused(root, "swap")


@pytest.mark.parametrize("where", ["holders", "sdb1/holders"])
def test_holders(root, where):
    (root.stick / where / "dm-0").mkdir()
    refused(root, "used by dm-0")


def set_size(root, size):
    (root.stick / "size").write_text(f"{size // 512}\n")


def test_sizes(root):
    set_size(root, 256 * 10**9)
    refused(root, "256 GB")
    set_size(root, 256 * 10**9 - 512)
    refused(root, "the system says")  # passes the limit, is not that large
    set_size(root, IMAGE_SIZE - 512)
    refused(root, "the image needs")
    set_size(root, 0)
    refused(root, "no medium")


def test_exact_size(root):
    set_size(root, IMAGE_SIZE)
    with open(root.folder / "dev/sdb", "r+b") as file:
        file.truncate(IMAGE_SIZE)
    assert root.run().returncode == 0
    check_written(root)


def test_write_protected(root):
    (root.stick / "ro").write_text("1\n")
    refused(root, "write-protected")


def test_large_sectors(root):
    (root.stick / "queue").mkdir()
    (root.stick / "queue/logical_block_size").write_text("4096\n")
    refused(root, "4096")


def test_not_an_image(root):
    root.image.write_bytes(bytes(1024))
    refused(root, "not a disk image")
    root.image.write_bytes(bytes(510) + b"\x55\xAA" + bytes(100))
    refused(root, "not a disk image")
    root.image.unlink()
    refused(root, "does not exist")


def test_unknown_device(root):
    refused(root, "not a file in the test root", device="/dev/sdx")


def test_no_way_out_of_the_root(root, tmp_path):
    """Neither a link nor another root reaches a device outside."""
    victim = tmp_path / "victim"
    victim.write_bytes(bytes(8 << 20))
    device = root.folder / "dev/sdb"
    device.unlink()
    device.symlink_to(victim)
    done = root.run()
    assert done.returncode == 1 and not any(victim.read_bytes())
    done = run_script("usb", "sdb", "--test-root", "/", "--image", root.image)
    assert done.returncode == 1 and "--test-root" in done.stderr


def test_yes_is_for_tests(root):
    done = run_script("usb", "/dev/null", "--yes", "--image", root.image)
    assert done.returncode == 2 and "person" in done.stderr
    assert root.run("--yes", answer="").returncode == 0
    check_written(root)


def test_real_world_refuses_other_files(root, tmp_path):
    for name, words in ((tmp_path, "not a block device"),
                        ("/dev/null", "not a block device"),
                        ("/nonexistent", "does not exist")):
        done = run_script("usb", name, "--image", root.image)
        assert done.returncode == 1 and words in done.stderr


def test_lists_devices(root):
    root.disk("sda", "8:0", 8 << 20, "devices/pci0000:00/ata1/block/sda")
    done = run_script("usb", "--test-root", root.folder, "--image",
                      root.image)
    assert done.returncode == 2
    assert "sdb: ACME" in done.stderr and "sda" not in done.stderr
    assert "No removable" not in done.stderr


def test_lists_no_device(root, tmp_path):
    """An empty list is said to be one."""
    (tmp_path / "nothing" / "sys" / "block").mkdir(parents=True)
    done = run_script("usb", "--test-root", tmp_path / "nothing", "--image",
                      root.image)
    assert done.returncode == 2
    assert done.stderr.endswith(
        "No removable or USB disk of a fitting size was found.\n")


def test_device_full(root):
    """Writing fails in the middle: said, and no first sector is left, not
    even the one of what was on the stick before.
    """
    limit = 2 << 20
    with open(root.folder / "dev/sdb", "r+b") as file:
        file.write(b"\xEB" * 4096)

    def lower():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [str(SCRIPTS / "usb"), "sdb", "--image", str(root.image),
         "--test-root", str(root.folder), "--yes"], preexec_fn=lower,
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "does not boot" in done.stderr and "Traceback" not in done.stderr
    assert not any(root.device()[:512])


def faulty(root, monkeypatch, wrong_offset):
    """Run the writer on a medium whose read-back has one wrong byte."""
    usb = layout.load_script("usb")
    vm = importlib.import_module("vm")

    class Liar(usb.Medium):
        def read(self, offset, size):
            data = bytearray(super().read(offset, size))
            if offset <= wrong_offset < offset + size:
                data[wrong_offset - offset] ^= 0x10
            return bytes(data)

    monkeypatch.setattr(usb, "Medium", Liar)
    monkeypatch.setattr("sys.argv", [
        "usb", "sdb", "--image", str(root.image), "--test-root",
        str(root.folder), "--yes"])
    with pytest.raises(vm.Failure) as caught:
        usb.main()
    return str(caught.value)


@pytest.mark.parametrize("offset", [0, 0x1B8, 512, 2_000_000, IMAGE_SIZE - 1])
def test_reads_back_wrong(root, monkeypatch, offset):
    assert f"byte {offset} came back wrong" in faulty(root, monkeypatch,
                                                      offset)


def test_mounted_while_asking(root, monkeypatch):
    """A desktop mounts the stick between the question and the answer."""
    usb = layout.load_script("usb")
    vm = importlib.import_module("vm")

    def mount_and_agree(*_):
        root.mountinfo("30 1 8:17 / /media/x rw - vfat /dev/sdb1 rw")

    monkeypatch.setattr(usb, "confirm", mount_and_agree)
    monkeypatch.setattr("sys.argv", [
        "usb", "sdb", "--image", str(root.image), "--test-root",
        str(root.folder)])
    with pytest.raises(vm.Failure, match="mounted on /media/x"):
        usb.main()
    assert not any(root.device())


def test_short_writes_go_on(root, monkeypatch):
    """A system call may write less than asked; nothing may be lost."""
    usb = layout.load_script("usb")
    real = usb.os.pwrite
    monkeypatch.setattr(usb.os, "pwrite", lambda handle, data, offset:
                        real(handle, data[:max(512, len(data) // 2)], offset))
    monkeypatch.setattr("sys.argv", [
        "usb", "sdb", "--image", str(root.image), "--test-root",
        str(root.folder), "--yes"])
    assert usb.main() == 0
    check_written(root)
