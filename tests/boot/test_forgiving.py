"""What goes wrong and must not matter: the boot takes another way."""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import broken  # noqa: E402
import kindling  # noqa: E402

CONFIG = "timeout = {timeout}\n[A]\nkernel = /boot/kernel.elf\n{more}"


def disk_with(tmp_path, more="", files=None, timeout=0):
    """A disk of one's own with 4 KiB clusters."""
    image = kindling.make_image({
        "boot/boot.cfg": CONFIG.format(timeout=timeout, more=more),
        **(files or {})})
    return broken.Disk(kindling.copy_sparse(image, tmp_path / "disk.img"))


def test_slack_of_a_file_is_not_read(tmp_path):
    """Behind the last byte of a file, in its last cluster, is nobody's."""
    disk = disk_with(tmp_path, "module = /boot/one.bin\n",
                     {"boot/one.bin": b"x" * (5 * broken.SECTOR)})
    slack = disk.offset_in("/boot/one.bin", 0) // broken.SECTOR + 5
    disk.close()
    liar = broken.lie(disk.path, f"fail-lba={slack}", tmp_path / "liar.img")
    _, ledger = kindling.boot(liar)
    assert ledger["retries"] == 0
    assert ledger["quirks"] == set()


def test_optional_module_that_no_memory_holds(tmp_path):
    disk = disk_with(tmp_path, "optional = /boot/one.bin\n",
                     {"boot/one.bin": b"x" * 100})
    disk.unlist("/boot/one.bin")
    disk.set_size("/boot/one.bin", 0xFFFFFFFF)
    # Given back by close(): the damage has to stay.
    path = kindling.copy_sparse(disk.path, tmp_path / "damaged.img")
    disk.close()
    text, ledger = kindling.boot(path)
    assert "module-skipped" in ledger["quirks"]
    assert "Warning: module /boot/one.bin is left out" in text


def test_zero_byte_on_serial_line_is_no_key(tmp_path):
    image = kindling.make_image({
        "boot/boot.cfg": "timeout = 3600\n" + "".join(
            f"[{n}]\nkernel = /boot/kernel.elf\ncmdline = entry={n}\n"
            for n in (1, 2, 3))})
    with kindling.Qemu(image) as pc:
        pc.expect("Enter: boot")
        pc.send("j")  # from now on the menu waits for ever
        pc.expect("Enter: boot")
        pc.send("\x00\x003")
        assert pc.expect(r"(?m)^command line: (.*?)\r?\n")[1] == "entry=3"


def test_table_is_that_of_the_drive_that_is_read(image, tmp_path):
    """A floppy with another partition table, whose stage 2 is damaged."""
    floppy = bytearray(image.read_bytes()[:1474560])
    floppy[broken.STAGE2] ^= 0xFF
    struct.pack_into("<I", floppy, broken.TABLE - 6, 0x0BADF00D)
    struct.pack_into("<I", floppy, broken.TABLE + 8, 77777)
    path = tmp_path / "floppy.img"
    path.write_bytes(floppy)
    text, ledger = kindling.boot(image, machine="pc", extra=[
        "-drive", f"if=floppy,index=0,format=raw,file={path},readonly=on",
        "-boot", "a"])
    assert "dl" in ledger["quirks"]
    assert "partition 1 at sector 2048," in text
    assert "0BADF00D" not in text
    # The extensions work on the hard disk, whatever the floppy could not do.
    assert not {"chs", "lba-failed"} & ledger["quirks"]
