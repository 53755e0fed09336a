"""scripts/mkimage: every option, every refusal, and the contracts C-1, C-5."""
import os
import shutil
import struct
import subprocess
import time

import pytest
from standins import L, Parts, make_stage2
from fat import Volume

ENV = dict(os.environ, LC_ALL="C.UTF-8", MTOOLS_SKIP_CHECK="1",
           PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")


def output_of(*command):
    done = subprocess.run(command, capture_output=True, env=ENV, timeout=60,
                          check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def sector0(image):
    with open(image, "rb") as file:
        return file.read(512)


def entry_of(image, slot=1):
    """Status, first CHS, type, last CHS, first LBA, sectors."""
    return struct.unpack_from("<B3sB3sII", sector0(image),
                              446 + (slot - 1) * 16)


def crc32c(data):
    """One bit after the other: slow, and surely right."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def fsck(image, lba, folder):
    """fsck.fat on a copy of the volume alone; it must find nothing."""
    volume = folder / "volume"
    with open(image, "rb") as source, open(volume, "wb") as target:
        source.seek(lba * 512)
        shutil.copyfileobj(source, target, 1 << 20)
    report = output_of("fsck.fat", "-n", "-v", str(volume)).decode()
    assert "clusters" in report
    for word in ("differ", "Dirty", "wrong", "Free cluster", "Reclaimed"):
        assert word not in report, report


def no_leftovers(parts):
    return not [p for p in parts.folder.iterdir() if ".img" in p.name]


# --- the default image -------------------------------------------------------

def test_contract_c1(parts, tmp_path):
    parts.add("boot/module")
    began = time.monotonic()
    image = parts.made()
    assert time.monotonic() - began < 5
    assert entry_of(image) == (0x80, b"\x20\x21\x00", 0x0C, b"\x45\x24\x21",
                               2048, 260 * 2048)
    assert sector0(image)[462:] == bytes(48) + b"\x55\xAA"
    volume = Volume(image, 2048)
    assert volume.sector == 512 and volume.per_cluster == 8
    assert volume.reserved == 64 and volume.total == 260 * 2048
    assert (volume.track, volume.heads) == (63, 255)
    assert volume.hidden == 2048 and volume.drive == 0x80
    assert volume.media == 0xF8 and volume.label == "KINDLING"
    assert volume.clusters >= 65525
    assert image.stat().st_size == (2048 + 260 * 2048) * 512
    assert image.stat().st_blocks * 512 < 4 << 20  # sparse
    fsck(image, 2048, tmp_path)
    output_of("sfdisk", "--verify", str(image))


def test_sector0_is_stage1(parts):
    code = bytearray(parts.stage1.read_bytes())
    for i in range(0x5A, 0x1B8):
        code[i] = i & 0xFF
    parts.stage1.write_bytes(code)
    found = sector0(parts.made())
    count = L["MBR_COUNT_OFFSET"]
    expected = bytearray(code)
    expected[count:count + 2] = struct.pack("<H", 3)
    assert found[:0x0B] == expected[:0x0B]
    assert found[0x3E:0x1B8] == expected[0x3E:0x1B8]


def test_gap(parts):
    """Stage 2 from LBA 1 on, then nothing but zeros."""
    image = parts.made()
    with open(image, "rb") as file:
        gap = file.read(2048 * 512)
    loader = parts.stage2.read_bytes()
    assert gap[512:512 + len(loader)] == loader
    assert not any(gap[512 + len(loader):])


def test_files_come_back(parts, tmp_path):
    names = ["bin/sh", "etc/motd", "bin/[", "a b/c d.txt", "[x]/[y]/z",
             "usr/größe/файл 日本.txt", "-dash", "UPPER.TXT", "Mixed.Case",
             "é.txt", "emoji\U0001F525/\U0001F600.txt",
             "a.very.long.name.with.dots.and.more.than.eight.letters"]
    for number, name in enumerate(names):
        parts.add(name, bytes([number]) * (number * 3000))
    (parts.tree / "empty folder").mkdir()
    image = parts.made()
    found = Volume(image, 2048).walk()
    for number, name in enumerate(names):
        assert found[name][1] == bytes([number]) * (number * 3000), name
    assert found["empty folder"][1] is None
    # And the same through mtools, which users have.
    output_of("mcopy", "-s", "-n", "-i", f"{image}@@{2048 * 512}", "::/usr",
              str(tmp_path / "back"))
    assert (tmp_path / "back" / "größe" / "файл 日本.txt").read_bytes() == \
        bytes([5]) * 15000
    fsck(image, 2048, tmp_path)


def test_many_files_in_one_folder(parts, tmp_path):
    for number in range(450):
        parts.add(f"many/file-{number:04}.dat", str(number).encode())
    image = parts.made()
    found = Volume(image, 2048).walk()
    assert all(found[f"many/file-{n:04}.dat"][1] == str(n).encode()
               for n in range(450))
    fsck(image, 2048, tmp_path)


# --- /boot -------------------------------------------------------------------

CONFIG = """\
timeout = 7
default = 1

# kernel = /boot/not-this-one
[One]
kernel = /boot/k1
cmdline = first
module = /boot/z-first.mod
OPTIONAL = /boot/sub/second.mod

[Two]
kernel=/boot/KERNEL2.ELF
module = /BOOT//sub/second.mod
  cmdline =second
"""


def boot_parts(parts):
    parts.add("boot/boot.cfg", CONFIG.encode())
    parts.add("boot/k1", b"1" * 70001)
    parts.add("boot/kernel2.elf", b"2" * 5000)
    parts.add("boot/z-first.mod", b"m" * 9000)
    parts.add("boot/sub/second.mod", b"n" * 20000)
    parts.add("boot/a-rest", b"r" * 9000)
    parts.add("aaa/before-boot", b"x" * 9000)


def test_boot_is_first_and_contiguous(parts):
    boot_parts(parts)
    volume = Volume(parts.made(), 2048)
    found = volume.walk()
    order = ["boot/boot.cfg", "boot/manifest", "boot/k1", "boot/kernel2.elf",
             "boot/z-first.mod", "boot/sub/second.mod", "boot/a-rest",
             "boot/kernel.elf"]
    chain = [number for path in order
             for number in volume.chain(found[path][0])]
    assert chain == list(range(chain[0], chain[0] + len(chain)))
    assert found["aaa/before-boot"][0] > chain[-1]
    assert chain[0] <= 6  # root, boot, sub and nothing else before


def test_manifest(parts):
    boot_parts(parts)
    parts.add("boot/large", os.urandom(100_000) + bytes(30_001))
    found = Volume(parts.made(), 2048).walk()
    lines = found["boot/manifest"][1].decode().splitlines()
    records = {}
    for line in lines:
        crc, size, path = line.split(" ", 2)
        assert len(crc) == 8 and path.startswith("/boot/")
        records[path[1:]] = (int(crc, 16), int(size))
    expected = {path: (crc32c(data), len(data))
                for path, (_, data) in found.items()
                if data is not None and path.startswith("boot/")
                and path not in ("boot/boot.cfg", "boot/manifest")}
    assert records == expected


def test_manifest_of_the_tree(parts):
    parts.add("boot/manifest", b"mine\n")
    read = Volume(parts.made("--manifest", "no"), 2048).walk()
    assert read["boot/manifest"][1] == b"mine\n"
    read = Volume(parts.made("--manifest", "yes"), 2048).walk()
    assert b"/boot/kernel.elf\n" in read["boot/manifest"][1]
    (parts.tree / "boot/manifest").unlink()
    read = Volume(parts.made("--manifest", "no"), 2048).walk()
    assert "boot/manifest" not in read


def config_after(parts, *arguments):
    found = Volume(parts.made(*arguments), 2048).walk()
    return found["boot/boot.cfg"][1].decode()


def test_default_config(parts):
    text = config_after(parts)
    assert "kernel = /boot/kernel.elf" in text and "timeout = 0" in text


def test_config_untouched(parts):
    boot_parts(parts)
    assert config_after(parts) == CONFIG


def test_cmdline_replaces_every_entry(parts):
    boot_parts(parts)
    text = config_after(parts, "--cmdline", "kaslr=off autorun=echo a = b")
    assert text.count("cmdline = kaslr=off autorun=echo a = b\n") == 2
    assert "first\n" not in text and "second\n" not in text
    assert "timeout = 7" in text and "kernel=/boot/KERNEL2.ELF" in text
    for section in text.split("[")[1:]:
        assert section.count("cmdline") == 1


def test_timeout(parts):
    boot_parts(parts)
    text = config_after(parts, "--timeout", "12")
    lines = [line for line in text.splitlines() if "timeout" in line]
    assert lines == ["timeout = 12"]
    assert text.index("timeout = 12") < text.index("[One]")
    (parts.tree / "boot/boot.cfg").write_text("[X]\nkernel = /boot/k1\n")
    assert config_after(parts, "--timeout", "3").startswith("timeout = 3\n")


# --- options -----------------------------------------------------------------

@pytest.mark.parametrize("start, chs", [
    (63, b"\x01\x01\x00"), (4, b"\x00\x05\x00"), (2049, b"\x20\x22\x00"),
    (16777216, b"\xFE\xFF\xFF"), (300000000, b"\xFE\xFF\xFF")])
def test_partition_start(parts, start, chs):
    image = parts.made("--partition-start", str(start))
    entry = entry_of(image)
    assert (entry[0], entry[1], entry[4]) == (0x80, chs, start)
    volume = Volume(image, start)
    assert volume.hidden == start
    assert "boot/kernel.elf" in volume.walk()
    assert image.stat().st_blocks * 512 < 8 << 20


def test_partition_inside_stage2(parts):
    make_stage2(parts.stage2, sectors=64)
    parts.made("--partition-start", "65")
    parts.image.unlink()
    done = parts.mkimage("--partition-start", "64")
    assert done.returncode == 1 and "inside stage 2" in done.stderr
    assert no_leftovers(parts)


@pytest.mark.parametrize("slot", [1, 2, 3, 4])
def test_partition_slot(parts, slot):
    image = parts.made("--partition-slot", str(slot))
    for number in range(1, 5):
        entry = sector0(image)[430 + number * 16:446 + number * 16]
        assert (entry[0] == 0x80) == (number == slot)
        assert any(entry) == (number == slot)


@pytest.mark.parametrize("size, cluster, expected", [
    ("34M", None, 512), ("64M", None, 512), ("260M", None, 4096),
    ("2100M", "32768", 32768), ("4200M", "65536", 65536),
    ("1G", "8K", 8192), ("100G", None, 4096)])
def test_sizes(parts, size, cluster, expected):
    arguments = ["--cluster-size", cluster] if cluster else []
    image = parts.made("--volume-size", size, *arguments)
    volume = Volume(image, 2048)
    assert volume.per_cluster * 512 == expected
    assert volume.reserved == 64
    assert 65525 <= volume.clusters < 0x0FFFFFF5
    assert "boot/kernel.elf" in volume.walk()


def test_align_cylinder(parts, tmp_path):
    image = parts.made("--align", "cylinder")
    _, _, _, last, start, sectors = entry_of(image)
    assert (start + sectors) % (255 * 63) == 0
    assert last[0] == 254 and last[1] & 63 == 63
    assert sectors >= 260 * 2048
    fsck(image, 2048, tmp_path)


def test_bpb(parts):
    def fields(*arguments):
        sector = sector0(parts.made(*arguments))
        return sector[0x0B:0x3E], struct.unpack_from("<H", sector, 0x0B)[0], \
            struct.unpack_from("<HH", sector, 0x18), \
            struct.unpack_from("<I", sector, 0x20)[0]

    assert fields()[1:] == (512, (63, 255), 2048 + 260 * 2048)
    assert fields("--bpb", "geometry")[1:] == \
        (512, (63, 255), 2048 + 260 * 2048)
    assert fields("--bpb", "floppy")[1:] == (512, (18, 2), 0)
    assert not any(fields("--bpb", "none")[0])
    assert b"FAT" not in sector0(parts.made())


def test_bpb_of_stage1_stays(parts):
    sector = bytearray(parts.stage1.read_bytes())
    sector[0x0B:0x3E] = bytes(range(1, 52))
    parts.stage1.write_bytes(sector)
    assert sector0(parts.made())[0x0B:0x3E] == bytes(range(1, 52))
    parts.image.unlink()
    done = parts.mkimage("--bpb", "floppy")
    assert done.returncode == 1 and "--bpb" in done.stderr


def signature(image):
    return struct.unpack_from("<I", sector0(image), 0x1B8)[0]


def test_signature(parts):
    assert signature(parts.made("--signature", "DEADBEEF")) == 0xDEADBEEF
    one = signature(parts.made("--signature", "random"))
    two = signature(parts.made("--signature", "random"))
    assert one != two
    derived = signature(parts.made())
    serial = Volume(parts.image, 2048).serial
    assert derived not in (0, serial)
    parts.add("boot/other")
    assert signature(parts.made()) != derived
    assert Volume(parts.image, 2048).serial != serial


def test_label(parts):
    assert Volume(parts.made("--label", "MY DISK"), 2048).label == "MY DISK"


# --- reproducibility ---------------------------------------------------------

def test_same_bytes_anywhere(tmp_path):
    """Another folder, umask, time zone, locale, home and order of creation."""
    images = []
    variants = (("a", {"TZ": "UTC"}, 0o022),
                ("deeper/b", {"TZ": "Asia/Tokyo", "LC_ALL": "C",
                              "HOME": "/tmp", "TMPDIR": str(tmp_path)}, 0o077))
    for name, env, umask in variants:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        old = os.umask(umask)
        try:
            parts = Parts(folder)
            files = ["b/2", "b/1", "c", "größe", "boot/m1", "boot/m2"]
            for path in files if name == "a" else reversed(files):
                parts.add(path, path.encode() * 1000)
            (parts.tree / "c").chmod(0o444 if name == "a" else 0o755)
            os.utime(parts.tree / "c", (1, len(name) * 10**8))
            images.append(parts.made(env=env))
        finally:
            os.umask(old)
        time.sleep(2.1 if name == "a" else 0)  # FAT counts in 2 s
    assert subprocess.run(["cmp", *map(str, images)]).returncode == 0


# --- refusals ----------------------------------------------------------------

def refused(parts, words, *arguments, status=1):
    done = parts.mkimage(*arguments)
    assert done.returncode == status, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert no_leftovers(parts)


def test_refuses_bad_stage1(parts):
    for data in (bytes(512), bytes(511) + b"\xAA", b"\x55\xAA",
                 bytes(446) + b"\x80" + bytes(63) + b"\x55\xAA"):
        parts.stage1.write_bytes(data)
        refused(parts, "stage1.bin")


def test_refuses_bad_stage2(parts):
    good = parts.stage2.read_bytes()
    for position in (0, 20, len(good) - 1):
        bad = bytearray(good)
        bad[position ^ (1 if position == 20 else 0)] ^= 1
        parts.stage2.write_bytes(bad)
        refused(parts, "stage2.bin")
    parts.stage2.write_bytes(good + bytes(512))
    refused(parts, "sectors")
    parts.stage2.write_bytes(good[:100])
    refused(parts, "stage2.bin")


@pytest.mark.parametrize("arguments, words", [
    (["--volume-size", "20M"], "FAT32 has at least 65525"),
    (["--cluster-size", "8192"], "FAT32 has at least 65525"),
    (["--cluster-size", "3000"], "power of two"),
    (["--cluster-size", "131072"], "power of two"),
    (["--partition-start", "3"], "inside stage 2"),
    (["--partition-start", "0"], "inside stage 2"),
    (["--partition-start", "4294967000"], "2 TiB"),
    (["--stage1", "/nonexistent/x"], "No such file"),
    (["--output", "/nonexistent/x"], "No such file"),
    (["--tree", "/nonexistent/x"], "not a folder"),
])
def test_refuses(parts, arguments, words):
    refused(parts, words, *arguments)


@pytest.mark.parametrize("arguments", [
    ["--cmdline", "a\nb"], ["--cmdline", "x" * 1024],
    ["--cmdline", "\u00e9" * 512], ["--timeout", "-1"],
    ["--timeout", "3601"], ["--timeout", "soon"],
    ["--partition-slot", "5"], ["--signature", "xyz"],
    ["--signature", "123456789"], ["--volume-size", "big"],
    ["--label", "much too long a label"], ["--label", "lower"],
    ["--bpb", "zip"], ["--nonsense"]])
def test_bad_usage(parts, arguments):
    refused(parts, "usage:", *arguments, status=2)


def test_longest_of_all(parts):
    """The limits of docs/spec/boot-config.md themselves are allowed."""
    line = "x" * 1023
    text = config_after(parts, "--cmdline", line, "--timeout", "3600")
    assert f"cmdline = {line}\n" in text and "timeout = 3600\n" in text


def test_refuses_large_config(parts):
    boot_parts(parts)
    sections = "".join(f"[{n}]\nkernel = /boot/k1\n" for n in range(4))
    parts.add("boot/boot.cfg", sections.encode())
    refused(parts, "takes at most 4096", "--cmdline", "x" * 1023)


@pytest.mark.parametrize("line", [
    "kernel = /boot/none", "KERNEL=/boot/none", "module = /boot/none",
    "kernel = /boot", "kernel = /boot/k1/none"])
def test_refuses_what_is_not_there(parts, line):
    boot_parts(parts)
    parts.add("boot/boot.cfg", f"{CONFIG}\n[Three]\n{line}\n".encode())
    refused(parts, "not a file of the tree")


def test_refuses_a_tree_without_kernel(parts):
    (parts.tree / "boot/kernel.elf").unlink()
    refused(parts, "/boot/kernel.elf")


def test_optional_may_be_missing(parts):
    boot_parts(parts)
    parts.add("boot/boot.cfg", f"{CONFIG}optional = /boot/none\n".encode())
    done = parts.mkimage()
    assert done.returncode == 0 and parts.image.exists()
    assert "optional module /boot/none" in done.stderr


@pytest.mark.parametrize("name", [
    "a:b", "what?", "star*", "back\\slash", "quote\"", "end.", "blank ",
    "tab\there", "CON", "aux"])
def test_refuses_names(parts, name):
    parts.add("dir/" + name)
    refused(parts, "dir/")


def test_refuses_case_twins(parts):
    parts.add("dir/File")
    parts.add("dir/fILE")
    refused(parts, "differ only in case")


def test_refuses_links(parts):
    (parts.tree / "link").symlink_to("boot")
    refused(parts, "link is neither a file nor a folder")


def test_refuses_what_does_not_fit(parts):
    parts.add("large", bytes(40 << 20))
    refused(parts, "--volume-size", "--volume-size", "36M")


def test_full_in_the_middle(parts):
    """Folders take room too: what mcopy finds must not leave an image."""
    for number in range(60):
        (parts.tree / f"d{number}").mkdir()
    volume = Volume(parts.made("--volume-size", "34M"), 2048)
    free = volume.fat.count(0)
    parts.image.unlink()
    for folder in range(60):
        shutil.rmtree(parts.tree / f"d{folder}")
    parts.add("exact", bytes(free * 512))
    for number in range(200):
        (parts.tree / f"e{number}").mkdir()
    refused(parts, "", "--volume-size", "34M")


def test_keeps_the_old_image(parts):
    parts.image.write_bytes(b"old")
    done = parts.mkimage("--partition-start", "1")
    assert done.returncode == 1
    assert parts.image.read_bytes() == b"old"


def test_missing_tool(parts, tmp_path):
    """A tool that is not there is named, with the way to get it."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sfdisk", "mkfs.fat", "mmd", "mdir"):
        (tools / name).symlink_to(shutil.which(name, path=ENV["PATH"]))
    done = subprocess.run(
        ["/usr/bin/python3", "-c", f"""
import sys
sys.argv = ['mkimage', '--stage1', '{parts.stage1}', '--stage2',
            '{parts.stage2}', '--tree', '{parts.tree}', '--output',
            '{parts.image}']
sys.path.insert(0, '{os.path.dirname(__file__)}')
from standins import layout
module = layout.load_script('mkimage')
real = module.subprocess.run
def run(command, **options):
    if command[0] == 'mcopy':
        raise FileNotFoundError(command[0])
    return real(command, **options)
module.subprocess.run = run
module.main()
"""], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "mcopy is not installed" in done.stderr
    assert no_leftovers(parts)


def test_help(parts):
    done = parts.mkimage("--help")
    assert done.returncode == 0 and "examples:" in done.stdout
