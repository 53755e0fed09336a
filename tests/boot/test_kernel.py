"""The kernel: its fault pages, its checks of memory, its power-off."""
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from broken import lie  # noqa: E402
from kindling import EXIT_BAD, EXIT_GOOD, UP, Qemu, image_for  # noqa: E402

# What crash=NAME does, the headline of its page, and what else must be there.
FAULTS = {
    "de": ("#DE divide error", r"crash_de\+"),
    "db": ("#DB debug", r"crash_db\+"),
    "bp": ("#BP break-point", r"crash_bp\+"),
    "of": ("#OF overflow", r"crash_of\+"),
    "br": ("#BR bound range exceeded", r"crash_br\+"),
    "ud": ("#UD invalid opcode", r"crash_ud\+0"),
    "nm": ("#NM no FPU available", r"crash_nm\+"),
    "df": ("#DF double fault", r"crash_df\+"),
    "ts": ("#TS invalid TSS", "error 0030: GDT selector 0030"),
    "np": ("#NP segment not present", r"crash_np\+"),
    "ss": ("#SS stack fault", r"crash_ss\+"),
    "gp": ("#GP general protection", r"crash_gp\+"),
    "pf": ("#PF page fault", r"kernel write to [0-9A-F]{16}, page not present"),
    "mf": ("#MF x87 floating point", r"crash_mf\+"),
    "ac": ("#AC alignment check", "error 0000"),
    "mc": ("#MC machine check", r"crash_mc\+"),
    "xf": ("#XF SIMD floating point", r"crash_xf\+"),
    "nx": ("#PF page fault", r"kernel fetch from [0-9A-F]{16}, "
                             "page without that right"),
    "wp": ("#PF page fault", r"kernel write to [0-9A-F]{16}, "
                             "page without that right"),
    "null": ("#PF page fault",
             r"kernel read of 0{16}, page not present"),
    "stack": ("#DF double fault", r"stack overflow: .*recurse"),
    "canary": ("stack canary overwritten", r"crash_canary\+"),
    "assert": ("assertion failed: image_start == NULL", r"crash_assert\+"),
    "release": ("assertion failed: frame_release", "crash_release"),
    "irq": ("in an interrupt", r"panic_in_timer\+.*irq_take\+"),
}
ELSEWHERE = ["ap", "apstack", "all"]  # test_smp.py
REGISTERS = ["RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "RSP", "R8",
             "R9", "R10", "R11", "R12", "R13", "R14", "R15", "RIP", "CR0",
             "CR2", "CR3", "CR4", "EFER"]


@pytest.mark.parametrize("name", FAULTS)
def test_fault_page(name):
    """Serial and screen show the page: what, where, registers, back trace."""
    headline, detail = FAULTS[name]
    with Qemu(image_for(f"crash={name}")) as qemu:
        qemu.expect(r"has stopped\. Please report this page\.")
        serial = qemu.text[qemu.text.index("KERNEL PANIC"):]
        qemu.on_screen("KERNEL PANIC.*has stopped")
        screen = qemu.screen()
    assert re.search(rf"KERNEL PANIC on CPU 0: .*{headline}", serial)
    assert re.search(detail, serial, re.DOTALL), serial
    for register in REGISTERS:
        assert re.search(rf"\b{register}\s+[0-9A-F]{{4,16}}\b", serial)
    assert re.search(r"  [0-9A-F]{16} \w+[.\w]*\+[0-9A-F]+", serial)
    assert re.match(rf"KERNEL PANIC on CPU 0: .*{headline}", screen)
    shows_the_log(serial, screen)


def squeezed(text):
    """Without blanks and ends of lines: these change where a row ends."""
    return re.sub(r"\s", "", text)


def shows_the_log(serial, screen):
    """The last lines of the log, the ledger among them, and nothing is cut."""
    log = serial.partition("Last lines of the log:")[2]
    lines = re.findall(r"^  (\S.*?)\r?$", log, re.M)
    assert lines[-1].startswith("cycles: ")
    assert re.search(r" entry=\+\d+$", lines[-1])
    assert any(re.search(r"^ledger: .* quirks=[\w,-]+$", line)
               for line in lines), log
    assert squeezed("".join(lines)) in squeezed(screen)


def test_a_long_page_shows_all_quirks(tmp_path):
    """A full back trace and three rows of ledger fit on one screen."""
    quirks = ("edd-absent fail-n=1 if-clear df-set high-halves e820-unsorted "
              "e820-unknown e820-carry")
    image = lie(image_for("crash=stack"), quirks, tmp_path / "disk.img")
    with Qemu(image) as qemu:
        ledger = qemu.ledger()
        qemu.expect(r"has stopped\. Please report this page\.")
        qemu.on_screen("has stopped")
        screen = qemu.screen()
    page = qemu.text[qemu.text.index("KERNEL PANIC"):]
    assert screen.startswith("KERNEL PANIC on CPU 0: #DF")
    assert len(ledger["quirks"]) >= 6
    shows_the_log(page, screen)


@pytest.mark.parametrize("name", ["xyz", "d", "des", ""])
def test_an_unknown_fault_lists_all(name):
    with Qemu(image_for(f"crash={name} autorun=x")) as qemu:
        assert qemu.wait_exit() == EXIT_BAD
    names = re.search(rf"^crash={name} is unknown\. There are: (.*?)\r?$",
                      qemu.text, re.M)[1].split()
    assert sorted(names) == sorted([*FAULTS, *ELSEWHERE, "record"])


@pytest.mark.parametrize("value, status, text", [
    ("", EXIT_GOOD, ""),
    ("echo $((6 * 7)) | cat", EXIT_GOOD, "\n42\r\n"),
    ("echo last; exit 3", EXIT_BAD, "\nlast\r\n"),
    ("selftests", EXIT_BAD, "selftests: not found\r\n"),
    ("if", EXIT_BAD, "sh: line 1: ")])
def test_autorun_is_a_command_of_the_shell(value, status, text):
    """C-7: it runs on COM1, and its end is the machine's."""
    with Qemu(image_for(f"autorun={value}")) as qemu:
        assert qemu.wait_exit() == status
    assert text in qemu.text
    assert "\x1b" not in qemu.text.split("init: runs on")[1]


def test_a_fault_under_autorun_is_a_failure():
    with Qemu(image_for("crash=ud autorun=x")) as qemu:
        assert qemu.wait_exit() == EXIT_BAD


def test_nmi_from_outside(tmp_path):
    """A button on the front panel: one line in the log, however often."""
    log = tmp_path / "e9"
    with Qemu(image_for(""), extra=("-debugcon", f"file:{log}")) as qemu:
        qemu.expect(UP)
        for _ in range(20):
            qemu.monitor("nmi")
        qemu.wait_for(lambda: re.search(
            r"NMI: \d+ so far, from the hardware", log.read_text()), "the line")
        qemu.still_runs()
    assert log.read_text().count("NMI: ") == 1


@pytest.mark.parametrize("crash, cpus", [("ud", 1), ("ap", 4), ("all", 4)])
def test_nmis_while_a_page_starts(crash, cpus):
    """They may reach the CPU that prints: the page comes all the same."""
    sent = 0
    for _ in range(3):
        with Qemu(image_for(f"crash={crash}"), cpus=cpus) as qemu:
            qemu.expect("memory check")

            def is_there(qemu=qemu):
                nonlocal sent
                sent += 1
                qemu.qmp_command("inject-nmi")
                return "has stopped." in qemu.text
            qemu.wait_for(is_there, "a whole page")
            page = qemu.text[qemu.text.index("KERNEL PANIC"):]
        assert page.count("KERNEL PANIC") == 1
        assert all(re.search(rf"\b{name}\s+[0-9A-F]", page)
                   for name in REGISTERS), page
    assert sent > 3  # while it was not there yet


def test_every_byte_of_memory():
    with Qemu(image_for("check=memory autorun=true"), memory="64M") as qemu:
        assert qemu.wait_exit() == EXIT_GOOD
        assert re.search(r"memory check: (\d+) of \1 free pages", qemu.text)


def test_without_autorun_the_cpu_sleeps():
    with Qemu(image_for("")) as qemu:
        qemu.expect(UP)
        qemu.expect(r"init: runs on 1 CPU, .*\n")
        qemu.wait_for(lambda: "HLT=1" in qemu.monitor("info registers"),
                      "a halted CPU")
        qemu.still_runs()


@pytest.mark.parametrize("machine", ["q35", "pc"])
def test_power_off_by_acpi(machine):
    """Without isa-debug-exit QEMU ends with status 0, through ACPI."""
    with Qemu(image_for("autorun=x"), machine=machine,
              debug_exit=False) as qemu:
        assert qemu.wait_exit() == 0
