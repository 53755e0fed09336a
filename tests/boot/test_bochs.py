"""The same image in Bochs: other firmware, other CPUs, a stricter machine.

Two ways of judging: what comes over the serial line, and what the debugger of
Bochs finds in the CPU's registers and tables at each change of mode. The
kernel stands at its first slot here (kaslr=off), so that it has a symbol.
"""
import re
import sys

import pytest

import kindling

sys.path.insert(0, str(kindling.ROOT / "scripts" / "lib"))

import symbols  # noqa: E402
from layout import read_layout  # noqa: E402

L = read_layout()
SEABIOS_256K = "/usr/share/seabios/bios-256k.bin"
CMDLINE = "kaslr=off autorun=selftest"
BIOSES = ("rombios", "legacy", "seabios")
CPUS = ("athlon64_clawhammer", "p4_prescott_celeron_336",
        "core2_penryn_t9600", "phenom_8650_toliman", "corei7_haswell_4770",
        "ryzen", "tigerlake")
GATE = ["real mode", "protected mode", "compatibility mode", "long mode",
        "compatibility mode", "protected mode"]


def selftest(*arguments, **options):
    run = kindling.bochs_run(kindling.image_for(CMDLINE), *arguments,
                             **options)
    ledger = run.ledger()
    assert re.search(r"^# 0 failed\r?$", run.serial, re.M), run.serial
    assert "not ok" not in run.serial, run.serial
    return run, ledger


@pytest.mark.parametrize("bios,cpu", [
    *((bios, cpu) for bios in BIOSES for cpu in CPUS[:2]),
    *(("rombios", cpu) for cpu in CPUS[2:])])
def test_disk(bios, cpu):
    run, ledger = selftest("--bios", bios, "--cpu", cpu)
    assert ledger["retries"] == 0
    assert ledger["quirks"] == set()
    assert ledger["int13"] <= kindling.most_calls()
    assert "disk: BIOS drive 80," in run.serial


def test_usb_stick():
    """The larger SeaBIOS on OHCI: the one pair that comes to its boot sector.

    Bochs' own BIOS knows of no USB. Of the other controllers in Bochs 2.7,
    EHCI fails an assertion of its own, and SeaBIOS finds no stick on UHCI and
    xHCI, whatever is on the stick.
    """
    run, ledger = selftest("--bios", "seabios", "--usb", "ohci", "--option",
                           f"romimage: file={SEABIOS_256K}",
                           boots=10 * kindling.BOOTS)
    assert "disk: BIOS drive 80," in run.serial
    assert ledger["quirks"] <= {"retry", "small-reads"}


@pytest.mark.parametrize("bios", ["rombios", "seabios"])
def test_little_memory(bios):
    selftest("--bios", bios, "--mem", "16")


def test_two_cpus():
    selftest("--smp", "2", boots=10 * kindling.BOOTS)


# --- by the debugger ---------------------------------------------------------

class Stop:
    """What the debugger answered at one stop."""

    def __init__(self, text):
        self.text = text

    def flags(self, register):
        """The letters in capitals of cr0, cr4 or efer: bits that are set."""
        line = re.search(rf"^{register}=0x[0-9a-f]+: (.*)$", self.text, re.M)
        return {word for word in line[1].split() if word == word.upper()}

    def value(self, register):
        line = re.search(rf"^{register}=0x([0-9a-f]+)", self.text, re.M)
        return int(line[1], 16)

    def general(self, register):
        line = re.search(rf"^{register} ?: ([0-9a-f]+)_([0-9a-f]+)",
                         self.text, re.M)
        return int(line[1] + line[2], 16)

    def segment(self, name):
        """(selector, description) of a segment register."""
        line = re.search(rf"^{name}:0x([0-9a-f]+),.*\n\s*(.*)$", self.text,
                         re.M)
        return int(line[1], 16), line[2]

    def table(self, name):
        """(base, limit) of gdtr or idtr."""
        line = re.search(rf"^{name}:base=0x([0-9a-f]+), limit=0x([0-9a-f]+)",
                         self.text, re.M)
        return int(line[1], 16), int(line[2], 16)

    def ranges(self):
        """(first, last, physical first) as `info tab` lists them."""
        return [tuple(int(x, 16) for x in found) for found in re.findall(
            r"^0x([0-9a-f]{16})-0x([0-9a-f]{16}) -> 0x([0-9a-f]+)-",
            self.text, re.M)]

    def page(self, address):
        """The letters of the lowest entry on the way to an address."""
        block = self.text.split(f"page {address:#x}\n")[1]
        entries = re.findall(r"^ *P(?:ML4|DPE|DE|TE): 0x[0-9a-f]+ +(.*)$",
                             block.split("linear page")[0], re.M)
        return set(entries[-1].split())


LOOK = ["r", "creg", "sreg"]
PLACES = [
    ("stage1_start", LOOK),
    ("stage2_entry", LOOK),
    ("enter_protected", LOOK),
    ("protected", LOOK),
    ("enter_long", LOOK),
    ("long_start", LOOK + ["info tab", "page 0x8000", "page 0x200000"]),
    ("loader_main", LOOK + [f"info gdt 0 {L['SEL_CODE32'] // 8 + 1}"]),
    ("gate_to_real", LOOK),
    ("gate_real", LOOK),
    ("gate_to_protected", LOOK),
    ("gate_to_long", LOOK),
    ("jump_to_kernel", LOOK),
]


def script():
    """Commands: stop at each place once, look, go on to the kernel's end."""
    code = symbols.read_symbols(kindling.BUILD / "stage2.elf")
    page = code["jump_to_kernel"]
    lines = ["show mode", *(f'lb "{name}"' for name, _ in PLACES),
             'lb "kernel_entry"']
    for number, (_, commands) in enumerate(PLACES, 1):
        lines += ["c", *commands, f"delete {number}"]
    slot = L["KERNEL_SLOT_FIRST"]
    return lines + ["c", *LOOK, "info tab", f"page {page:#x}",
                    f"page {0x10000:#x}", f"page {0x300000:#x}",
                    f"page {slot:#x}", "c"], page


@pytest.fixture(scope="module", params=[
    (bios, cpu) for bios in ("rombios", "seabios")
    for cpu in ("corei7_haswell_4770", "athlon64_clawhammer")],
    ids=lambda pair: "-".join(pair))
def stops(request):
    """A run through all places: ({name: Stop}, modes, page of the jump)."""
    bios, cpu = request.param
    lines, page = script()
    run = kindling.bochs_run(kindling.image_for(CMDLINE), "--bios", bios,
                             "--cpu", cpu, rc=lines)
    assert "# 0 failed" in run.serial, run.serial + run.log[-2000:]
    pieces = re.split(r"^\(0\) Breakpoint \d+, .*$", run.debugger, flags=re.M)
    assert len(pieces) == len(PLACES) + 2, run.debugger[-3000:]
    names = [name for name, _ in PLACES] + ["kernel_entry"]
    for name, text in zip(names, pieces[1:]):
        label = re.search(r"\((\w+)\+0\)", text)
        assert name == "kernel_entry" or label[1] == name, text[:300]
    modes = re.findall(r"switched from '(.*?)' to '(.*?)'", run.debugger)
    return dict(zip(names, map(Stop, pieces[1:]))), modes, page


@pytest.mark.parametrize("name", ["stage1_start", "stage2_entry",
                                  "enter_protected", "gate_real"])
def test_real_mode(stops, name):
    stop = stops[0][name]
    assert not stop.flags("CR0") & {"PE", "PG"}
    assert not stop.flags("EFER") & {"LMA", "LME"}
    assert "PAE" not in stop.flags("CR4")
    for segment in ("cs", "ss", "ds", "es") if name != "stage1_start" else ():
        selector, kind = stop.segment(segment)
        # In gate_real the segments are about to be loaded: limits only.
        assert "limit=0x0000ffff" in kind
        assert "base=0x00000000" in kind
        assert selector == 0 or name == "gate_real"


@pytest.mark.parametrize("name,selector", [
    ("protected", "SEL_CODE32"), ("enter_long", "SEL_CODE32"),
    ("gate_to_long", "SEL_CODE32")])
def test_protected_mode(stops, name, selector):
    stop = stops[0][name]
    assert "PE" in stop.flags("CR0") and "PG" not in stop.flags("CR0")
    assert "LMA" not in stop.flags("EFER")
    code, kind = stop.segment("cs")
    assert code == L[selector] and "32-bit" in kind


@pytest.mark.parametrize("name", ["long_start", "loader_main",
                                  "jump_to_kernel"])
def test_long_mode(stops, name):
    stop = stops[0][name]
    assert {"PE", "PG", "WP"} <= stop.flags("CR0")
    assert {"LME", "LMA", "NXE"} <= stop.flags("EFER")
    assert stop.flags("CR4") == {"PAE"}
    assert stop.segment("cs")[0] == L["SEL_CODE64"]
    assert "64-bit" in stop.segment("cs")[1]


def test_gate_leaves_long_mode_by_the_book(stops):
    """16-bit code of compatibility mode first, tables for real mode there."""
    stop = stops[0]["gate_to_real"]
    assert {"LMA", "LME"} <= stop.flags("EFER")
    assert stop.segment("cs")[0] == L["SEL_CODE16"]
    assert "16-bit" in stop.segment("cs")[1]
    assert stop.table("idtr") == (0, 0x3FF)


def test_stage1_comes_from_the_bios(stops):
    stop = stops[0]["stage1_start"]
    assert stop.general("rip") == L["STAGE1_BASE"]
    assert stop.general("rdx") & 0xFF == 0x80


def test_loader_tables(stops):
    """4 GiB one to one; NX everywhere but in the lowest 2 MiB."""
    stop = stops[0]["long_start"]
    assert stop.ranges() == [(0, 0xFFFFFFFF, 0)]
    assert "XD" not in stop.page(0x8000)
    assert "XD" in stop.page(0x200000)
    code = symbols.read_symbols(kindling.BUILD / "stage2.elf")
    assert stop.value("CR3") == code["page_tables"]


def test_descriptor_table(stops):
    stop = stops[0]["loader_main"]
    found = dict((int(at, 16), text) for at, text in re.findall(
        r"^GDT\[0x([0-9a-f]+)\]=(.*)$", stop.text, re.M))
    for name, words in (
            ("SEL_CODE64", ("Code segment", "64-bit")),
            ("SEL_DATA", ("Data segment", "limit=0xffffffff")),
            ("SEL_CODE16", ("Code segment", "limit=0x0000ffff", "16-bit")),
            ("SEL_DATA16", ("Data segment", "limit=0x0000ffff")),
            ("SEL_CODE32", ("Code segment", "limit=0xffffffff", "32-bit"))):
        for word in words:
            assert word in found[L[name]], (name, found[L[name]])
        assert "base=0x00000000" in found[L[name]]


def test_hand_off(stops):
    """What kernel/abi/boot.h promises of the kernel's first instruction."""
    found, _, page = stops
    stop = found["kernel_entry"]
    assert {"PE", "PG", "WP"} <= stop.flags("CR0")
    assert {"LMA", "NXE"} <= stop.flags("EFER")
    eflags = re.search(r"^eflags 0x[0-9a-f]+: (.*)$", stop.text, re.M)[1]
    assert "if" in eflags.split() and "df" in eflags.split()
    slot = L["KERNEL_SLOT_FIRST"]
    identity = [item for item in stop.ranges() if item[0] < slot]
    assert identity == [(0, 0xFFFFFFFF, 0)]
    assert any(first == slot for first, _, _ in stop.ranges())
    # One page may be executed, and not written; the rest the other way.
    assert "XD" not in stop.page(page) and "R" in stop.page(page)
    for address in (0x10000, 0x300000):
        assert {"XD", "W"} <= stop.page(address)
    assert "XD" not in stop.page(slot) and "R" in stop.page(slot)
    assert stop.general("rdi") % 8 == 0
    assert stop.general("rsp") < 1 << 32


def test_sequence_of_modes(stops):
    """Every trip through the gate takes the same way there and back."""
    found, modes, _ = stops
    # From stage 2's own switch on; before it the BIOS did what it liked.
    start = next(i for i, (old, new) in enumerate(modes)
                 if new == "compatibility mode") - 1
    way = [modes[start][0]] + [new for _, new in modes[start:]]
    # The kernel's end may leave the modes by SMM: only whole rounds count.
    last = max(i for i, mode in enumerate(way)
               if mode == "compatibility mode" and way[i + 1] == "long mode")
    way = way[:last + 2]
    rounds = (len(way) - 4) // 6
    assert way == (GATE * (rounds + 1))[:len(way)]
    assert rounds >= 5
    assert "kernel_entry" in found
