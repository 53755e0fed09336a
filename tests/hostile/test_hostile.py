"""The real loader under the liar: it boots, or it says which error it is."""
import hashlib
import pathlib
import re
import struct

import pytest

import behaviors
import kindling
import liar
import runner

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEDGER = re.compile(
    r"^ledger: int13=(\d+) sectors=(\d+) retries=(\d+) a20=(\w+) map=(\w+) "
    r"stage2=(\d+) quirks=(\S+)\r?$", re.M)
# The line after the ledger, or what the liar says at its end.
END = (r"^figures: .*\n", "LIAR: HANG\r?\n")
QEMU_CASES = behaviors.CASES
FAILURES = [case for case in behaviors.CASES if case.error]
BOCHS_CASES = [(case, bios) for case in behaviors.CASES
               for bios in case.bochs.split()]


def patience(least):
    """Seconds to wait: more where one boot takes long."""
    return max(least, kindling.BOOTS * kindling.boot_seconds)


def run_qemu(path, until, **options):
    return runner.run_qemu(path, until, timeout=patience(20), **options)


def run_bochs(path, until, bios):
    return runner.run_bochs(path, until, bios=bios, timeout=patience(60))


def sentences():
    """NAME: (number, sentence) of kernel/abi/errors.def."""
    table = {}
    path = ROOT / "kernel" / "abi" / "errors.def"
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            number, name, sentence = [x.strip() for x in line.split("|")[:3]]
            table[name] = (int(number), sentence)
    return table


def expected_line(error, values):
    """A pattern for the line that this error prints."""
    number, sentence = sentences()[error]
    values = iter(values)
    parts = re.split(r"%l?[sux]", sentence)
    text = re.escape(parts[0])
    for part in parts[1:]:
        value = next(values, None)
        text += (".+" if value is None else re.escape(value))
        text += re.escape(part)
    return rf"^E{number} {text}\r?$"


def complaints(outcome):
    """What the liar said, without the call and where it came from."""
    return [re.sub(r" \(AX=.*", "", line) for line in
            outcome.lines("LIAR: ")]


def check(case, outcome):
    said = complaints(outcome)
    assert said and said[0].startswith("ready"), outcome
    if case.error:
        check_failure(case, outcome, said)
    else:
        check_boot(case, outcome, said)


def check_boot(case, outcome, said):
    ledger = LEDGER.search(outcome.serial)
    assert ledger, outcome
    assert set(said[1:]) <= set(case.complaints), said
    assert sorted(ledger[7].split(",")) == sorted(case.quirks.split(","))
    assert (ledger[4], ledger[5]) == (case.a20, case.map)
    assert not re.search(r"^E\d+ ", outcome.serial, re.M), outcome
    if case.says:
        assert re.search(case.says, outcome.serial), outcome


def check_failure(case, outcome, said):
    """The sentence, then a key, then INT 18h (row 39): in this order."""
    line = re.search(expected_line(case.error, case.values), outcome.serial,
                     re.M)
    assert line, outcome
    assert not LEDGER.search(outcome.serial), outcome
    assert said[-1] in ("INT 18h", "HANG"), said
    gave_up = outcome.serial.index("LIAR: INT 18h")
    assert line.end() < gave_up
    allowed = {*case.complaints, "INT 18h", "HANG"}
    assert set(said[1:]) <= allowed, said


@pytest.mark.parametrize("case", QEMU_CASES, ids=[c.id for c in QEMU_CASES])
def test_qemu(lied_to, case):
    check(case, run_qemu(lied_to(case.image, case.behaviors), END,
                                extra=case.extra))


@pytest.mark.parametrize("case, bios", BOCHS_CASES, ids=[
    f"{case.id}-{bios}" for case, bios in BOCHS_CASES])
def test_bochs(lied_to, case, bios):
    check(case, run_bochs(lied_to(case.image, case.behaviors), END,
                                 bios=bios))


@pytest.mark.parametrize("case", FAILURES, ids=[c.id for c in FAILURES])
def test_sentence_is_on_the_screen(lied_to, case):
    """What COM1 says, a photo of the screen says, too."""
    # With A20 dead SeaBIOS itself can only run its IDE driver: machine pc.
    with kindling.Qemu(lied_to(case.image, case.behaviors), machine="pc",
                       extra=case.extra) as pc:
        pc.expect("LIAR: HANG")
        pc.on_screen(expected_line(case.error, case.values)
                     .removeprefix("^").removesuffix(r"\r?$"))
        pc.still_runs()


# --- one read fails, then all of them, at every place ------------------------

def reads_of_a_boot(lied_to):
    """How many reads a good boot needs."""
    outcome = run_qemu(lied_to("plain", "trace"), END)
    assert LEDGER.search(outcome.serial), outcome
    return sum(t[0] in ("42", "02") for t in traced(outcome))


def traced(outcome):
    """The disk calls of the loader: (AH, DL, LBA, count, status)."""
    return [line.split()[1:] for line in outcome.debug.splitlines()
            if line.startswith("T13 ")]


def test_row16_each_read_fails_once(lied_to):
    reads = reads_of_a_boot(lied_to)
    assert reads >= 4
    for number in range(1, reads + 1):
        outcome = run_qemu(
            lied_to("plain", f"fail-nth={number}"), END)
        ledger = LEDGER.search(outcome.serial)
        assert ledger and ledger[7] == "retry", outcome
        assert ledger[3] == "1", outcome


def test_row16_each_read_fails_for_good(lied_to):
    """As a stick that is pulled out: an error each time, never silence."""
    reads = reads_of_a_boot(lied_to)
    for number in range(1, reads + 1):
        outcome = run_qemu(lied_to(
            "plain", f"fail-always-from={number} int16-enter"), END)
        name = "READ" if number == 1 else "DISK_READ"
        assert re.search(expected_line(name, ()), outcome.serial, re.M), \
            outcome
        assert complaints(outcome)[-1] in ("INT 18h", "HANG")
    good = run_qemu(lied_to("plain", f"fail-always-from={reads + 1}"),
                           END)
    assert LEDGER.search(good.serial), good


def test_row39_a_key_comes_between_the_sentence_and_int_18h(lied_to):
    pressed = run_qemu(
        lied_to("plain", "fail-always-from=1 int16-enter"), END)
    assert complaints(pressed)[1:] == ["key wait", "INT 18h", "HANG"]
    assert re.search(expected_line("READ", ()) + r"\s+LIAR: key wait",
                     pressed.serial, re.M), pressed
    # This keyboard never answers: the loader must be waiting for it still.
    waiting = run_qemu(
        lied_to("plain", "fail-always-from=1 int16-dead"), END)
    assert complaints(waiting)[1:] == ["key wait", "HANG"]
    assert re.search(expected_line("READ", ()), waiting.serial, re.M)


# --- what the liar counts ----------------------------------------------------

@pytest.mark.parametrize("words, functions", [
    ("trace", {"41", "42"}), ("trace edd-absent", {"41", "08", "02"}),
    ("trace soft-error=2", {"41", "42", "00"})],
    ids=["lba", "chs", "retry"])
def test_row20_only_these_functions_are_called(lied_to, words, functions):
    outcome = run_qemu(lied_to("plain", words), END)
    assert LEDGER.search(outcome.serial), outcome
    assert {call[0] for call in traced(outcome)} == functions


def test_row20_the_image_stays_as_it_was(lied_to):
    path = lied_to("plain", "fail-nth=2")
    before = hashlib.sha256(path.read_bytes()).digest()
    outcome = run_qemu(path, END, drive="if=ide,index=0,snapshot=off")
    assert LEDGER.search(outcome.serial), outcome
    assert hashlib.sha256(path.read_bytes()).digest() == before


@pytest.mark.parametrize("words", ["trace", "trace edd-absent",
                                   "trace max-sectors=16 after=2",
                                   "trace dl=0"],
                         ids=["lba", "chs", "short", "wrong-drive"])
def test_row38_the_ledger_counts_as_the_liar_does(lied_to, words):
    outcome = run_qemu(lied_to("plain", words), END)
    ledger = LEDGER.search(outcome.serial)
    assert ledger, outcome
    calls = traced(outcome)
    # AH=02h and 42h that succeeded; counts are what was transferred.
    sectors = sum(int(call[3], 16) for call in calls
                  if call[0] in ("02", "42") and call[4] == "00")
    assert int(ledger[1]) == len(calls)
    assert int(ledger[2]) == sectors


def test_row38_clusters_are_joined(lied_to):
    """A contiguous file comes in transfers of 127 sectors but the last."""
    outcome = run_qemu(lied_to("plain", "trace"), END)
    assert LEDGER.search(outcome.serial), outcome
    reads = [(int(c[2], 16), int(c[3], 16)) for c in traced(outcome)
             if c[0] == "42"]
    volume = [read for read in reads if read[0] >= 2048]
    files = len(re.findall("Loading /boot/", outcome.serial))
    assert files > 1 and 127 in (count for _, count in volume)
    assert sum(count != 127 for _, count in volume) <= files
    assert len(set(reads)) == len(reads)  # nothing is read twice


# --- the image as firmware sees it (rows 2 to 6, 18, 33) ---------------------

def table_of(path):
    with path.open("rb") as disk:
        sector0, sector1 = disk.read(512), disk.read(512)
    entries = [struct.unpack_from("<B3sB3sII", sector0, 0x1BE + 16 * i)
               for i in range(4)]
    return sector0, sector1, entries


def chs_of(packed):
    head, sector, cylinder = packed
    return cylinder | (sector & 0xC0) << 2, head, sector & 0x3F


def chs_address(lba):
    """LBA in the geometry 255 x 63, or the mark for "too far"."""
    if lba >= 1024 * 255 * 63:
        return 1023, 254, 63
    return lba // (255 * 63), lba // 63 % 255, lba % 63 + 1


def test_row02_boot_sector_has_a_plausible_geometry(image_of):
    sector0, _, _ = table_of(image_of("plain"))
    bytes_per_sector = struct.unpack_from("<H", sector0, 0x0B)[0]
    spt, heads = struct.unpack_from("<HH", sector0, 0x18)
    assert (bytes_per_sector, spt, heads) == (512, 63, 255)
    assert b"FAT" not in sector0[:0x5A]


def test_row03_exactly_one_active_entry(image_of):
    _, _, entries = table_of(image_of("plain"))
    assert [e[0] for e in entries] == [0x80, 0, 0, 0]
    assert entries[0][2] == 0x0C


def test_row04_no_gpt(image_of):
    _, sector1, entries = table_of(image_of("plain"))
    assert all(e[2] != 0xEE for e in entries)
    assert not sector1.startswith(b"EFI PART")


def test_row05_the_entries_are_possible(image_of):
    path = image_of("plain")
    _, _, entries = table_of(path)
    _, start, _, end, lba, count = entries[0]
    assert lba >= 63 and (lba + count) * 512 <= path.stat().st_size
    assert chs_of(start) == chs_address(lba)
    assert chs_of(end) == chs_address(lba + count - 1)
    assert entries[1:] == [(0, bytes(3), 0, bytes(3), 0, 0)] * 3


def test_row06_can_end_on_a_cylinder(image_of):
    _, _, entries = table_of(image_of("cylinder"))
    lba, count = entries[0][4:]
    assert (lba + count) % (255 * 63) == 0
    assert chs_of(entries[0][3])[1:] == (254, 63)


def test_row18_the_boot_partition_is_near_the_start(image_of):
    _, _, entries = table_of(image_of("plain"))
    assert entries[0][4] + entries[0][5] < 2 << 20  # within the first GiB


def test_row33_the_first_bytes_are_a_short_jump_and_a_nop(image_of):
    sector0, _, _ = table_of(image_of("plain"))
    assert sector0[0] == 0xEB and sector0[2] == 0x90
    assert 2 + sector0[1] >= 0x5A
    assert sector0[510:] == b"\x55\xAA"


def test_row34_code_leaves_the_hole_alone(image_of):
    sector0, _, _ = table_of(image_of("plain"))
    assert sector0[0xDA:0xE0] == bytes(6)


# --- the sources -------------------------------------------------------------

def loader_sources():
    return [path for room in ("stage1", "stage2")
            for path in sorted((ROOT / room).iterdir())
            if path.suffix in (".asm", ".c", ".h")]


def without_comments(path):
    text = path.read_text()
    if path.suffix == ".asm":
        return re.sub(r";.*", "", text)
    return re.sub(r"/\*.*?\*/|//.*", "", text, flags=re.S)


def test_row20_no_write_call_in_the_sources():
    for path in loader_sources():
        for line in without_comments(path).splitlines():
            assert not re.search(
                r"\bah\s*,\s*(0?3h|43h|0x0?3\b|0x43\b)", line, re.I), path
            assert not re.search(r"\beax\s*=\s*0x(03|43)\w\w\b", line), path


def test_row37_no_pci_access_in_the_sources():
    for path in loader_sources():
        assert not re.search(r"0x0?CF[8C]\b|\b0?CF[8C]h\b",
                             without_comments(path), re.I), path


# --- the table itself --------------------------------------------------------

def test_no_case_stands_twice():
    names = [case.id for case in behaviors.CASES]
    assert len(names) == len(set(names))


def test_every_behavior_is_used():
    used = {word.partition("=")[0] for case in behaviors.CASES
            for word in case.behaviors.split()}
    # Helpers and parts of other behaviors.
    spared = {"trace", "screen", "cylinders", "88-none", "trash-bp",
              "trash-ax", "trash-si"}
    assert set(liar.BEHAVIORS) - used == spared


def test_the_document_names_what_covers_each_row():
    """docs/spec/bios-quirks.md has the 40 rows, and names no test that is
    not there."""
    text = (ROOT / "docs" / "spec" / "bios-quirks.md").read_text()
    table = dict(re.findall(r"^\| (\d+) \|(.*)\|$", text, re.M))
    assert list(table) == [str(row) for row in range(1, 41)]
    rows = {f"row{case.row:02}" for case in behaviors.CASES}
    rows |= {name[5:10] for name in globals() if name.startswith("test_row")}
    for row, line in table.items():
        named = set(re.findall(r"`(row\d\d)-\*`", line))
        assert named == {f"row{int(row):02}"} & rows, row
        for path in re.findall(r"`((?:tests|scripts)/[\w./]+)", line):
            assert (ROOT / path).exists(), path
    assert len(rows) >= 30
