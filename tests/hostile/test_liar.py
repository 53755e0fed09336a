"""Does the liar lie as it says? Each behavior, seen through a probe."""
import struct
import subprocess
import sys

import pytest

import kindling
import liar
import probe
import runner

WHOLE = 0xFFFF0000  # an upper half
TOP = 615 << 10     # where the liar lives in QEMU: 639 KiB less its 24
SERIAL_CARDS = ("-chardev", "null,id=c1", "-device", "pci-serial,chardev=c1",
                "-chardev", "null,id=c2", "-device", "pci-serial,chardev=c2")
RESET = probe.call(0x13, eax=0, edx=0x80)
EXTENSIONS = probe.call(0x13, eax=0x4100, ebx=0x55AA, edx=0x80)
GEOMETRY = probe.call(0x13, eax=0x0800, edx=0x80)
TELETYPE = probe.call(0x10, eax=0x0E41, ebx=0x12340007, ecx=0x23452345,
                      edx=0x34563456, esi=0x45674567, edi=0x56785678)


@pytest.fixture
def run(tmp_path):
    def start(behaviors, *script, **options):
        patience = max(40, kindling.BOOTS * kindling.boot_seconds)
        report = probe.run(tmp_path / "disk.img", behaviors.split(), *script,
                           timeout=patience, **options)
        assert report.outcome.lines("LIAR: ready"), report.outcome
        return report
    return start


def finished(report):
    assert report.done, report.outcome
    return report


# --- the liar at its most honest ---------------------------------------------

BASICS = (probe.read_lba(0), probe.dump(0x20000, 0x60),
          probe.read_lba(2049, 2), probe.dump(0x20000, 4),
          probe.dump(0x20200, 4), RESET, EXTENSIONS, GEOMETRY, TELETYPE,
          probe.call(0x12), probe.call(0x15, eax=0xE801), probe.e820(),
          probe.a20())


def check_basics(report):
    finished(report)
    assert report.complaints == ["ready, drive 80"]
    # LBA 0 is the probe's own first sector, not the liar's.
    own = liar.assemble("probe")[:0x60]
    assert report.dumps[0] == own
    assert [struct.unpack("<I", d)[0] for d in report.dumps[1:3]] \
        == [2049, 2050]
    lba0, lba, reset, extensions, geometry, teletype, low = report.calls[:7]
    assert not any(r.carry for r in (lba0, lba, reset, extensions, geometry))
    assert (lba.ebx, lba.ecx, lba.edi, lba.ebp) == (
        0x1234, 0x2345, 0x5555DDDD, 0x77777777)
    assert extensions.ebx & 0xFFFF == 0xAA55 and extensions.ecx & 1
    assert teletype.ebx == 0x12340007 and teletype.edi == 0x56785678
    assert 500 < low.eax & 0xFFFF < 620  # the liar keeps 24 KiB
    assert report.a20 == [True]
    usable = [r for r in report.ranges() if r[2] == 1]
    assert max(r[0] + r[1] for r in usable) > 60 << 20


def test_honest_on_qemu(run):
    check_basics(run("", *BASICS))


@pytest.mark.parametrize("bios", ["rombios", "seabios"])
def test_honest_on_bochs(run, bios):
    check_basics(run("", *BASICS, on=runner.run_bochs, bios=bios))


@pytest.mark.parametrize("drive", [
    "if=none,id=d0 -device ahci,id=a0 -device ide-hd,drive=d0,bus=a0.0",
    "if=none,id=d0 -device qemu-xhci -device usb-storage,drive=d0",
    "if=none,id=d0 -device nvme,drive=d0,serial=1"],
    ids=["ahci", "usb", "nvme"])
def test_honest_on_other_controllers(run, drive):
    words = drive.split()
    check_basics(run("", *BASICS, drive=words[0], extra=words[1:],
                     machine="q35"))


def test_honest_on_a_floppy_controller(run):
    report = finished(run("drive=0x80", probe.read_lba(0),
                          probe.dump(0x20000, 0x60), drive="if=floppy"))
    assert not report.calls[0].carry
    assert report.dumps[0] == liar.assemble("probe")[:0x60]


def test_the_disk_keeps_its_table_and_parameter_block(tmp_path):
    old, new = tmp_path / "old.img", tmp_path / "new.img"
    probe.make_disk(old)
    with old.open("r+b") as disk:
        disk.seek(0x1B8)
        disk.write(b"SIGN")
    subprocess.run([sys.executable, str(liar.HERE / "mkliar"), str(old),
                    str(new), "junk", "fail-n=2"], check=True, timeout=60)
    was, now = old.read_bytes(), new.read_bytes()
    assert len(was) == len(now)
    assert was[3:0x5A] == now[3:0x5A]
    assert was[0x1B8:0x200] == now[0x1B8:0x200]
    body = 2048 * 512 - len(now[512:2048 * 512].lstrip(b"\0"))
    assert was[512:31 * 512] == now[512:31 * 512]  # stage 2
    assert was[2048 * 512:] == now[2048 * 512:]
    assert now.find(b"LIAR", 31 * 512) < 2048 * 512 and body > 0


@pytest.mark.parametrize("words", ["nonsense", "junk=1", "fail-n", "dl=x",
                                   "low-conv=70000"])
def test_mkliar_refuses(tmp_path, words):
    disk = tmp_path / "disk.img"
    probe.make_disk(disk)
    before = disk.read_bytes()
    result = subprocess.run(
        [sys.executable, str(liar.HERE / "mkliar"), str(disk),
         str(tmp_path / "out.img"), words], stderr=subprocess.PIPE,
        check=False, timeout=60)
    assert result.returncode == 1 and result.stderr.startswith(b"mkliar: ")
    assert [p.name for p in tmp_path.iterdir()] == ["disk.img"]
    assert disk.read_bytes() == before


def test_mkliar_lists_every_behavior():
    result = subprocess.run([sys.executable, str(liar.HERE / "mkliar"),
                             "--list"], stdout=subprocess.PIPE, check=True,
                            timeout=60)
    assert len(result.stdout.splitlines()) == len(liar.BEHAVIORS)


# --- how sector 0 is started -------------------------------------------------

def test_junk(run):
    entry = finished(run("junk")).entry
    assert all(entry[name] & WHOLE for name in
               "eax ebx ecx edx esi edi ebp".split())
    assert entry["ds"] and entry["es"] and entry["ss"] and entry["fs"]
    assert entry["efl"] & 0x44400 == 0x44400  # AC, NT, DF
    assert entry["edx"] & 0xFF == 0x80 and entry["cs"] == 0
    other = finished(run("junk seed=2")).entry
    assert other["ds"] != entry["ds"] and other["eax"] != entry["eax"]


def test_df(run):
    assert finished(run("df")).entry["efl"] & 0x400
    assert not finished(run("")).entry["efl"] & 0x400


def test_far_entry(run):
    entry = finished(run("far-entry")).entry
    assert entry["cs"] == 0x07C0 and entry["ip"] < 0x200


@pytest.mark.parametrize("dl", [0x00, 0x01, 0x81])
def test_wrong_dl(run, dl):
    report = finished(run(f"dl={dl}", probe.read_lba(2, drive=dl),
                          probe.read_lba(2), probe.dump(0x20000, 4)))
    assert report.entry["edx"] & 0xFF == dl
    assert report.calls[0].carry and not report.calls[1].carry
    assert f"drive {dl:02X}" in report.complaints
    assert report.dumps[0] == b"\2\0\0\0"


def test_probing_drive_ff_hangs(run):
    report = run("dl=0xFF", probe.read_lba(1, drive=0xFF))
    assert report.entry["edx"] & 0xFF == 0xFF
    assert report.complaints[-1] == "HANG" and not report.done


def test_ghost_drive(run):
    report = finished(run("dl-ghost=1", probe.read_lba(2, drive=1),
                          probe.dump(0x20000, 4),
                          probe.read_chs(0, 0, 3, drive=1),
                          probe.read_lba(2), probe.dump(0x20000, 4)))
    assert not any(r.carry for r in report.calls)
    assert report.dumps == [b"\xF6" * 4, b"\2\0\0\0"]


def test_bpb(run):
    report = finished(run("bpb", probe.dump(0x7C00, 0x5A)))
    plain = liar.assemble("probe")[:0x5A]
    assert report.dumps[0][:0x0B] == plain[:0x0B]
    assert sum(a != b for a, b in
               zip(report.dumps[0][0x0B:], plain[0x0B:])) > 60


# --- after each call ---------------------------------------------------------

def test_high_halves(run):
    script = (probe.read_lba(1), TELETYPE,
              probe.call(0x15, eax=0x8800, ebx=0x11110000))
    report = finished(run("high-halves", *script))
    for registers in report.calls:
        assert registers.ebp & WHOLE not in (0x77770000, 0)
        assert registers.ebp & 0xFFFF == 0x7777
    assert report.calls[0].edi & 0xFFFF == 0xDDDD
    assert report.calls[1].ebx & WHOLE != 0x12340000
    only_10 = finished(run("high-halves=1", *script))
    assert [r.ebp == 0x77777777 for r in only_10.calls] == [True, False, True]


def test_high_halves_spares_the_results_of_e820(run):
    honest = finished(run("", probe.e820()))
    report = finished(run("high-halves", probe.e820()))
    assert report.ranges() == honest.ranges()
    assert all(r.ebp & WHOLE != 0x77770000 for r in report.calls)


def test_high_esp(run):
    report = finished(run("high-esp", probe.read_lba(1)))
    assert report.calls[0].esp >> 16 == 0x5A5A


def test_if_clear_and_df_set(run):
    script = (probe.read_lba(1), TELETYPE)
    honest = finished(run("", *script))
    assert all(r.efl & 0x600 == 0x200 for r in honest.calls)
    report = finished(run("if-clear df-set", *script))
    assert [r.efl & 0x600 for r in report.calls] == [0x400, 0x200]


def test_pm_trip_changes_gdtr(run):
    report = finished(run("pm-trip=4", probe.gdt(), probe.read_lba(2),
                          probe.dump(0x20000, 4), probe.gdt(),
                          probe.call(0x15, eax=0x8800), probe.gdt()))
    before, data, disk, after = report.dumps
    assert not report.calls[0].carry and data == b"\2\0\0\0"
    limit, base = struct.unpack("<HI", after)
    assert limit == 15 and TOP <= base < TOP + (24 << 10)
    assert struct.unpack("<HI", disk)[1] not in range(TOP, TOP + (24 << 10))
    assert before != after


def test_trash(run):
    report = finished(run("trash", probe.read_lba(1), TELETYPE, RESET))
    read, teletype, reset = report.calls
    assert not read.carry
    assert read.ebx & 0xFFFF != 0x1234 and read.ecx & 0xFFFF != 0x2345
    assert read.edx & 0xFFFF != 0x80 and read.ebp & 0xFFFF != 0x7777
    assert read.esi & 0xFFFF != probe.DAP and read.fs != 0x1111
    assert teletype.ebp & 0xFFFF != 0x7777
    assert teletype.ebx & 0xFFFF != 7
    assert reset.edx & 0xFFFF != 0x80 and not reset.carry
    failed = finished(run("trash lba-broken", probe.read_lba(1))).calls[0]
    assert failed.carry and failed.ah == 1


@pytest.mark.parametrize(
    "behavior, script, register", ids=str.split("bp es ax si"), argvalues=[
    ("trash-bp", TELETYPE, "ebp"), ("trash-es", probe.read_lba(1), "es"),
    ("trash-ax", probe.read_lba(1), "eax"),
    ("trash-si", probe.read_lba(1), "esi")])
def test_trash_one(run, behavior, script, register):
    honest, lied = (finished(run(words, script)).calls[0].values
                    for words in ("", behavior))
    assert [name for name in honest if honest[name] != lied[name]] \
        == [register]


@pytest.mark.parametrize("vector, behavior, registers", [
    (0x13, "int13-eats-stack=8000", {"eax": 0x0100, "edx": 0x80}),
    (0x10, "int10-eats-stack=3000", {"eax": 0x0E41}),
    (0x15, "int15-eats-stack=2000", {"eax": 0x8800})])
def test_eats_stack(run, vector, behavior, registers):
    script = probe.call(vector, probe.FLAG_STACK, **registers)
    honest = finished(run("", script)).stack[0]
    lied = finished(run(behavior, script)).stack[0]
    size = int(behavior.split("=")[1])
    assert honest > 0x6800
    assert 0x7000 - size - 0x80 < lied <= 0x7000 - size


# --- INT 13h -----------------------------------------------------------------

def test_edd_absent(run):
    report = finished(run("edd-absent", EXTENSIONS, probe.read_lba(2),
                          probe.read_chs(0, 0, 3), probe.dump(0x20000, 4)))
    assert [r.carry for r in report.calls] == [1, 1, 0]
    assert report.dumps[0] == b"\2\0\0\0"


def test_edd_lies(run):
    report = finished(run("edd-lies", EXTENSIONS, probe.read_lba(1)))
    assert not report.calls[0].carry and not report.calls[0].ecx & 1
    assert report.calls[1].carry
    report = finished(run("edd-bad-magic", EXTENSIONS))
    assert not report.calls[0].carry
    assert report.calls[0].ebx & 0xFFFF != 0xAA55


def test_lba_broken(run):
    report = finished(run("lba-broken", EXTENSIONS, probe.read_lba(1),
                          probe.read_chs(0, 0, 2)))
    assert [r.carry for r in report.calls] == [0, 1, 0]
    later = finished(run("lba-broken after=1", probe.read_lba(1),
                         probe.read_lba(1)))
    assert [r.carry for r in later.calls] == [0, 1]


def test_dx_lost(run):
    report = finished(run("dx-lost-41", EXTENSIONS, RESET, probe.read_lba(1)))
    assert report.calls[0].edx & 0xFFFF != 0x80
    assert report.calls[1].edx & 0xFFFF != 0x80
    assert report.calls[2].edx & 0xFFFF == 0x80


READ = probe.read_lba(1)
CHS = probe.read_chs(0, 0, 2)


FAILURES = [
    ("fail-n=2", (READ, CHS, READ), [1, 1, 0]),
    ("fail-nth=2", (READ, READ, READ), [0, 1, 0]),
    ("fail-always-from=2", (READ, CHS, READ), [0, 1, 1]),
    ("fail-lba=2050", (READ, probe.read_lba(2049, 1), probe.read_lba(2049, 2),
                       probe.read_lba(2050), probe.read_lba(2051)),
     [0, 0, 1, 1, 0]),
    ("soft-error=2", (READ, READ, READ, RESET, READ), [0, 1, 1, 0, 0]),
    ("max-sectors=16", (probe.read_lba(2048, 17), probe.read_lba(2048, 16),
                        probe.read_chs(0, 0, 2, 17)), [1, 0, 1]),
    ("max-lba=1", (probe.read_lba(2048, 2), probe.read_lba(2048, 1),
                   probe.read_chs(0, 0, 2, 17)), [1, 0, 0]),
    ("max-sectors=1 after=1", (probe.read_lba(1, 2), probe.read_lba(1, 2)),
     [0, 1]),
    ("dma-64k", (probe.read_lba(2048, 1, 0x2000, 0xFE00),
                 probe.read_lba(2048, 2, 0x2000, 0xFE00),
                 probe.read_lba(2048, 127, 0x2000, 0)), [0, 1, 0]),
    ("chs-track spt=20", (probe.read_chs(0, 0, 2, 19),
                          probe.read_chs(0, 0, 2, 20)), [0, 1]),
    ("es-di", (GEOMETRY, probe.call(0x13, eax=0x800, edx=0x80, edi=1)),
     [0, 1]),
    ("lba-limit=3000", (probe.read_lba(2999), probe.read_lba(2999, 2)),
     [0, 1])]


@pytest.mark.parametrize("behaviors, script, failures", FAILURES,
                         ids=[words for words, _, _ in FAILURES])
def test_failures(run, behaviors, script, failures):
    report = finished(run(behaviors, *script))
    assert [r.carry for r in report.calls] == failures
    assert all(r.ah for r in report.calls if r.carry)


def test_status(run):
    report = finished(run("fail-n=1 status=0x80", READ))
    assert report.calls[0].ah == 0x80


def test_truncate(run):
    report = finished(run(
        "truncate=3", probe.fill(0x20000, bytes(2048)),
        probe.read_lba(2048, 4), probe.dump(probe.DAP, 16),
        probe.dump(0x20400, 4), probe.dump(0x20600, 4),
        probe.read_chs(0, 0, 2, 9)))
    assert not report.calls[0].carry
    assert report.dumps[0][2] == 3
    assert report.dumps[1:] == [b"\2\x08\0\0", bytes(4)]
    assert report.calls[1].eax & 0xFF == 3 and not report.calls[1].carry


def test_dap_count_and_scribble(run):
    script = (probe.read_lba(1), probe.dump(probe.DAP, 16))
    honest = finished(run("fail-n=1", *script))
    assert honest.dumps[0][2] == 1
    lied = finished(run("fail-n=1 dap-count", *script))
    assert lied.calls[0].carry and lied.dumps[0][2] == 0
    scribbled = finished(run("dap-scribble", *script))
    assert not scribbled.calls[0].carry
    assert scribbled.dumps[0][4:12] != honest.dumps[0][4:12]


def test_48_overrun(run):
    area = 0x30000
    script = (probe.fill(area, b"\x1A\0" + b"\xCC" * 0x50),
              probe.call(0x13, eax=0x4800, edx=0x80, ds=area >> 4),
              probe.dump(area, 0x50))
    honest = finished(run("", *script))
    assert set(honest.dumps[0][0x1E:]) == {0xCC}
    lied = finished(run("48-overrun", *script))
    assert lied.dumps[0][0x41] == 0x48 and lied.dumps[0][0x42] == 0xCC
    assert "AH=48h (AX=4800) from" in lied.complaints[1]


def test_odd_geometry(run):
    report = finished(run("edd-absent heads=3 spt=7", GEOMETRY,
                          probe.read_chs(100, 1, 5), probe.dump(0x20000, 4),
                          probe.read_chs(0, 3, 1), probe.read_chs(0, 0, 8)))
    assert report.calls[0].ecx & 0x3F == 7
    assert report.calls[0].edx >> 8 & 0xFF == 2
    lba = (100 * 3 + 1) * 7 + 4
    assert struct.unpack("<I", report.dumps[0])[0] == lba
    assert [r.carry for r in report.calls[1:]] == [0, 1, 1]


def test_usb_fdd(run):
    script = (probe.call(0x13, eax=0x4100, ebx=0x55AA, edx=0),
              probe.read_lba(1, drive=0), probe.call(0x13, eax=0x800, edx=0),
              probe.read_chs(120, 1, 3, drive=0), probe.dump(0x20000, 4),
              probe.read_lba(1))
    report = finished(run("usb-fdd", *script))
    assert report.entry["edx"] & 0xFF == 0
    assert [r.carry for r in report.calls] == [1, 1, 0, 0, 1]
    assert report.calls[2].ecx & 0x3F == 18  # as make_disk wrote it
    assert report.calls[2].edx >> 8 & 0xFF == 1
    assert report.calls[2].ebx & 0xFF == 4
    assert struct.unpack("<I", report.dumps[0])[0] == (120 * 2 + 1) * 18 + 2


# --- what it watches ---------------------------------------------------------

COMPLAINTS = [
    (probe.call(0x13, eax=0x0301, ecx=2, edx=0x80, es=0x2000),
     "WRITE ATTEMPT"),
    (probe.call(0x13, eax=0x4300, edx=0x80), "WRITE ATTEMPT"),
    (probe.call(0x13, eax=0x4800, edx=0x80), "AH=48h"),
    (probe.read_lba(100), "read of the gap or outside the partition"),
    (probe.read_lba(2047, 2), "read of the gap or outside the partition"),
    (probe.read_lba(probe.DISK_SECTORS - 1, 2),
     "read of the gap or outside the partition"),
    (probe.read_lba(2048, 128), "read of 0 or more than 127 sectors"),
    (probe.read_lba(2048, 0), "read of 0 or more than 127 sectors"),
    (probe.read_lba(2048, 2, 0x2000, 0xFE00), "read across 64 KiB"),
    (probe.read_lba(2048, 64, 0x9400), "read into memory above INT 12h"),
    (probe.call(0x13, probe.FLAG_CLI, eax=0x0100, edx=0x80),
     "called with interrupts off"),
    (probe.call(0x13, probe.FLAG_STD, eax=0x0100, edx=0x80),
     "called with the direction flag set"),
    (probe.outb(0x21, 0xFF) + probe.call(0x13, eax=0x0100, edx=0x80)
     + probe.outb(0x21, 0), "the PIC was masked"),
    (probe.read_chs(0, 0, 60, 10), "read across a track"),
    (probe.call(0x13, eax=0x800, edx=0x80, edi=1), "AH=08h with ES:DI not 0"),
    (probe.fill(TOP + 0x3800, b"\x55\x55") + RESET,
     "memory above INT 12h was overwritten")]


@pytest.mark.parametrize("script, words", COMPLAINTS,
                         ids=[words for _, words in COMPLAINTS])
def test_complaints(run, script, words):
    report = run("", script)
    assert any(c.startswith(words) for c in report.complaints), report


def test_writes_are_refused(run, tmp_path):
    report = finished(run("", probe.call(0x13, eax=0x0301, ecx=2, edx=0x80,
                                         es=0x2000)))
    assert report.calls[0].carry and report.calls[0].ah == 3


def test_bad_packet(run):
    report = finished(run("", probe.fill(probe.DAP, bytes(16)),
                          probe.call(0x13, eax=0x4200, edx=0x80,
                                     esi=probe.DAP)))
    assert report.complaints[1].startswith("bad disk address packet")


def test_trace_and_count(run):
    report = finished(run("trace", EXTENSIONS, probe.read_lba(2050, 3), RESET,
                          probe.call(0x13, eax=0xEE00, edx=0x80)))
    lines = [line[4:] for line in report.outcome.debug.splitlines()
             if line.startswith("T13 ")]
    assert lines == ["41 80 00000000 0000 00", "42 80 00000802 0003 00",
                     "00 80 00000000 0000 00", "EE 80 00000000 0000 00"]
    assert report.calls[3].eax & 0xFFFF == 3
    assert report.calls[3].ecx & 0xFFFF == 1


# --- memory ------------------------------------------------------------------

def test_conventional_memory(run):
    script = (probe.call(0x12), probe.dump(0x413, 2), probe.dump(0x40E, 2))
    report = finished(run("low-conv=300 ebda=0xFFFF", *script))
    assert report.calls[0].eax & 0xFFFF == 300
    assert report.dumps == [struct.pack("<H", 300), b"\xFF\xFF"]
    report = finished(run("int12-lies", *script))
    assert report.calls[0].eax & 0xFFFF == 640
    assert struct.unpack("<H", report.dumps[0])[0] < 620


def test_e820_own_list_is_the_truth(run):
    honest = finished(run("", probe.e820())).ranges()
    assert finished(run("e820-24", probe.e820())).ranges() == honest
    assert finished(run("e820-persist", probe.fill(0x600, bytes(24)),
                        probe.e820())).ranges() == honest
    assert finished(run("e820-unsorted", probe.e820())).ranges() \
        == sorted(honest, reverse=True)


@pytest.mark.parametrize("behavior, asked, size, attribute", [
    ("e820-24", 20, 20, None), ("e820-24", 24, 24, 0),
    ("e820-24-junk", 24, 24, 0xDEADBEEE), ("e820-24-always", 20, 24, 0)])
def test_e820_24(run, behavior, asked, size, attribute):
    report = finished(run(behavior, probe.fill(0x600, b"\x99" * 24),
                          probe.e820(asked)))
    assert {r.ecx for r in report.calls} == {size}
    seen = {struct.unpack_from("<I", d, 20)[0] for d in report.dumps}
    assert seen == {0x99999999 if attribute is None else attribute}


@pytest.mark.parametrize("behavior, count", [("e820-200", 200),
                                             ("e820-300", 330)])
def test_e820_many(run, behavior, count):
    ranges = finished(run(behavior, probe.e820())).ranges()
    honest = finished(run("", probe.e820())).ranges()
    assert len(ranges) == count and ranges == sorted(ranges)
    assert all(a[0] + a[1] <= b[0] for a, b in zip(ranges, ranges[1:]))
    assert sum(r[1] for r in ranges) == sum(r[1] for r in honest)


@pytest.mark.parametrize("behavior", ["e820-overlap", "e820-nested",
                                      "e820-zero", "e820-wrap",
                                      "e820-unknown"])
def test_e820_additions(run, behavior):
    honest = finished(run("", probe.e820())).ranges()
    ranges = finished(run(behavior, probe.e820())).ranges()
    assert ranges == honest + liar.BEHAVIORS[behavior].entries


def test_e820_signature_lost(run):
    report = finished(run("e820-no-smap=3", probe.e820()))
    assert [r.eax == 0x534D4150 for r in report.calls[:4]] \
        == [True, True, False, False]


def test_e820_ends_by_carry(run):
    report = finished(run("e820-carry", probe.e820()))
    assert [r.carry for r in report.calls] \
        == [0] * (len(report.calls) - 1) + [1]
    assert all(r.ebx for r in report.calls)


@pytest.mark.parametrize("behavior", ["e820-loop", "e820-stuck"])
def test_e820_never_ends(run, behavior):
    report = finished(run(behavior, probe.e820()))
    assert len(report.calls) == 400  # where the probe gives up
    distinct = len(set(report.ranges()))
    assert distinct > 4 if behavior == "e820-loop" else distinct < 3


def test_e820_clobber(run):
    report = finished(run("e820-clobber", probe.e820()))
    assert all(r.edx != 0x534D4150 and r.ebp != 0x77777777
               for r in report.calls)
    assert report.calls[0].ebx == 0xA5C30001
    assert report.calls[-1].ebx == 0


def test_e820_short(run):
    report = finished(run("e820-short=2", probe.e820()))
    assert [r.ecx for r in report.calls[:3]] == [20, 16, 20]


def test_no_e820_but_e801(run):
    script = (probe.e820(), probe.call(0x15, eax=0xE801),
              probe.call(0x15, eax=0x8800))
    e820, e801, old = finished(run("e820-none", *script)).calls
    assert e820.carry and not e801.carry and not old.carry
    both = e801.eax & 0xFFFF
    assert both == e801.ecx & 0xFFFF == 15 * 1024
    _, cx_only, _ = finished(run("e820-none e801-cx", *script)).calls
    assert cx_only.eax & 0xFFFF == cx_only.ebx & 0xFFFF == 0
    assert cx_only.ecx & 0xFFFF == both
    _, ax_only, _ = finished(run("e820-none e801-ax", *script)).calls
    assert ax_only.ecx & 0xFFFF == ax_only.edx & 0xFFFF == 0
    assert ax_only.eax & 0xFFFF == both
    _, bogus, _ = finished(run("e820-none e801-bogus", *script)).calls
    assert bogus.eax & 0xFFFF > 15 * 1024
    _, none, zero = finished(run("e801-none 88-zero", *script)).calls[-3:]
    assert none.carry and zero.eax & 0xFFFF == 0
    assert all(r.carry for r in finished(run("int15-none", *script)).calls)
    assert finished(run("88-none", *script)).calls[-1].carry


# --- A20 ---------------------------------------------------------------------

A20_SCRIPT = (probe.a20(), probe.call(0x15, eax=0x2401), probe.a20(),
              probe.out_in(0x92, 2), probe.a20(), probe.outb(0x64, 0xD1),
              probe.outb(0x60, 0xDF), probe.a20())


@pytest.mark.parametrize("behaviors, opened", [
    ("a20-shut", [0, 1, 1, 1]),
    ("a20-2401-lies", [0, 0, 1, 1]),
    ("a20-2401-missing", [0, 0, 1, 1]),
    ("a20-2401-lies port92-dead", [0, 0, 0, 1]),
    ("a20-2401-lies kbc-dead", [0, 0, 1, 1]),
    ("a20-2401-lies port92-dead kbc-dead", [0, 0, 0, 0])])
def test_a20(run, behaviors, opened):
    report = finished(run(behaviors, *A20_SCRIPT, extra=SERIAL_CARDS))
    assert report.a20 == [bool(x) for x in opened]
    assert report.calls[0].carry == ("missing" in behaviors)


@pytest.mark.parametrize("bios", ["rombios", "seabios"])
def test_a20_on_bochs(run, bios):
    report = finished(run("a20-2401-lies", *A20_SCRIPT, on=runner.run_bochs,
                          bios=bios))
    assert report.a20 == [False, False, True, True]


def test_kbc_alone_opens_a20(run):
    script = (probe.a20(), probe.outb(0x64, 0xD1), probe.outb(0x60, 0xDF),
              probe.a20())
    assert finished(run("a20-shut", *script)).a20 == [False, True]
    report = finished(run("a20-shut kbc-dead", *script, extra=SERIAL_CARDS))
    assert report.a20 == [False, False]


def test_a20_status_lies(run):
    script = (probe.call(0x15, eax=0x2402), probe.call(0x15, eax=0x2403))
    truth = finished(run("a20-shut", *script)).calls
    assert truth[0].eax & 0xFF == 0 and truth[1].ebx & 0xFFFF
    lies = finished(run("a20-2402-lies a20-2403-lies", *script)).calls
    assert lies[0].eax & 0xFF == 1 and lies[1].ebx & 0xFFFF == 0


def test_a20_opens_late(run):
    report = finished(run("a20-2401-late", probe.a20(),
                          probe.call(0x15, eax=0x2401), probe.a20(),
                          probe.ticks(3), probe.a20()))
    assert report.a20 == [False, False, True]


# --- video and keyboard ------------------------------------------------------

INFO, MODE = 0x800, 0x600


def vbe(function, **registers):
    return probe.call(0x10, eax=0x4F00 | function, **registers)


VBE_SCRIPT = (probe.fill(INFO, b"VBE2"), vbe(0, edi=INFO),
              probe.dump(INFO, 20), vbe(1, ecx=0x112, edi=MODE),
              probe.dump(MODE, 64), vbe(2, ebx=0x4112), vbe(6, ebx=1),
              vbe(2, ebx=3))


def vbe_report(run, behavior):
    report = finished(run(behavior, *VBE_SCRIPT))
    return [r.eax & 0xFFFF for r in report.calls], report.calls, report.dumps


def test_vbe(run):
    codes, calls, dumps = vbe_report(run, "")
    assert codes == [0x4F] * 5
    pitch = struct.unpack_from("<H", dumps[1], 16)[0]
    assert dumps[1][0] & 1 and calls[3].ebx & 0xFFFF == pitch
    assert vbe_report(run, "vbe-none")[0] == [0x100] * 5
    assert vbe_report(run, "vbe-lies")[0][2] == 0x014F
    assert not vbe_report(run, "vbe-attr")[2][1][0] & 1
    assert vbe_report(run, "vbe-2")[2][0][4:6] == b"\0\2"
    codes, calls, dumps = vbe_report(run, "vbe-pitch=64")
    bytes_a_pixel = dumps[1][25] // 8
    longer = struct.unpack_from("<H", dumps[1], 16)[0]
    assert longer == pitch + 64 * bytes_a_pixel
    assert calls[3].ebx & 0xFFFF == longer  # the card really does it
    assert codes == [0x4F] * 5


def test_vbe_list_without_end(run):
    report = finished(run("vbe-endless", *VBE_SCRIPT))
    offset, segment = struct.unpack_from("<HH", report.dumps[0], 14)
    listed = probe.dump(segment * 16 + offset, 4)
    assert finished(run("vbe-endless", listed)).dumps == [b"\0\1\1\1"]


def test_keyboard(run):
    look = probe.call(0x16, eax=0x0100)
    wait = probe.call(0x16, eax=0)
    stuck = finished(run("int16-stuck", look, wait, look))
    assert not any(r.efl & 0x40 for r in (stuck.calls[0], stuck.calls[2]))
    dead = run("int16-dead", look, wait)
    assert dead.calls[0].efl & 0x40 and not dead.done
    assert dead.complaints[-1] == "HANG"
    enter = finished(run("int16-enter", *[look] * 5, wait))
    assert [bool(r.efl & 0x40) for r in enter.calls[:5]] == [True] * 4 + [False]
    assert enter.calls[5].eax & 0xFFFF == 0x1C0D


@pytest.mark.parametrize("vector", [0x18, 0x19])
def test_giving_up_is_seen(run, vector):
    report = run("", probe.call(vector))
    assert report.complaints[-2:] == [f"INT {vector:02X}h", "HANG"]
