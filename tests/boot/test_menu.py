"""The menu: shown when asked for, driven from keyboard and serial line.

Time-outs run in counted time (-icount): the guest's idle seconds take no time
of ours. Where a key must be down at one moment, the guest waits there.
"""
import re
import sys

import pytest

import kindling
from gdbstub import Gdb

sys.path.insert(0, str(kindling.ROOT / "scripts" / "lib"))

import symbols  # noqa: E402

ICOUNT = ("-icount", "shift=0,sleep=off")
HINT = r"Digit: boot; arrows or j k: move; Enter: boot; e: edit"
TITLES = ["First", "Second", "Third"]
LONG = 3600       # seconds; the guest never waits so long
PATIENCE = 120    # boots, where instructions are counted
DATA_READY = 1    # of the line status register of COM1
LEFT_SHIFT = 2    # of the BIOS data area's byte at 417h
BDA_SHIFTS = 0x417
SILENT = "\r\n0123456789"  # keys after which the menu is not drawn again
SPIN = b"\xeb\xfe"  # a jump to itself
UP, DOWN = "\x1b[A", "\x1b[B"  # what a terminal sends for the arrows


def menu_image(timeout, default=1, count=3):
    """Each entry tells which one it is by its command line."""
    text = f"timeout = {timeout}\ndefault = {default}\n"
    for i, title in enumerate((TITLES + ["More"] * 7)[:count], 1):
        text += (f"\n[{title}]\nkernel = /boot/kernel.elf\n"
                 f"cmdline = entry={i}\n")
    return kindling.make_image({"boot/boot.cfg": text})


def check_booted(pc, number):
    assert pc.expect(r"(?m)^command line: (.*?)\r?\n", PATIENCE)[1] == \
        f"entry={number}"
    pc.ledger(PATIENCE)


def wait_menu(pc):
    pc.expect(HINT)


# --- time-outs ---------------------------------------------------------------

def test_no_menu_without_timeout():
    with kindling.Qemu(menu_image(0, default=2)) as pc:
        check_booted(pc, 2)
        assert not re.search(HINT, pc.text)


@pytest.mark.parametrize("seconds", [1, 5])
def test_menu_times_out(seconds):
    with kindling.Qemu(menu_image(seconds, default=3), extra=ICOUNT) as pc:
        pc.expect(HINT, PATIENCE)
        for left in range(seconds, 0, -1):
            pc.expect(rf"\rBooting in {left} s ", PATIENCE)
        check_booted(pc, 3)
        # 18 ticks of 18.2 a second, for each second that was shown.
        cycles = re.search(r"config=\+(\d+)", pc.expect(
            r"(?m)^cycles: .+\n", PATIENCE)[0])
        assert 0.9 <= int(cycles[1]) / 1e9 / seconds <= 1.1


def test_menu_lists_the_entries():
    """The default is marked, on both lines and screen."""
    with kindling.Qemu(menu_image(LONG, default=2)) as pc:
        wait_menu(pc)
        for i, title in enumerate(TITLES, 1):
            mark = ">" if i == 2 else " "
            assert re.search(rf"(?m)^ {mark} {i}  {title}\r?$", pc.text)
            pc.on_screen(rf" {mark} {i}  {title} ")
        pc.on_screen(HINT)


# --- choosing ----------------------------------------------------------------

@pytest.mark.parametrize("keys,number", [
    ("1", 1), ("3", 3), ("\r", 2), ("\n", 2), ("j\r", 3), ("k\r", 1),
    ("jjjk\r", 2), (DOWN + "\r", 3), (UP + "\r", 1),
    (UP * 3 + DOWN * 2 + "\r", 3), ("9x\x1b\r", 2)])
def test_choose_on_serial_line(keys, number):
    with kindling.Qemu(menu_image(LONG, default=2)) as pc:
        wait_menu(pc)
        for part in re.findall(r"\x1b\[.|\x1b|[^\x1b]", keys):
            pc.send(part)
            if part not in SILENT:
                pc.expect(HINT)
        check_booted(pc, number)


@pytest.mark.parametrize("keys,number", [
    (["3"], 3), (["ret"], 2), (["down", "ret"], 3), (["up", "ret"], 1),
    (["j", "ret"], 3), (["k", "ret"], 1), (["up", "down", "down", "ret"], 3)])
def test_choose_on_keyboard(keys, number):
    with kindling.Qemu(menu_image(LONG, default=2)) as pc:
        wait_menu(pc)
        for key in keys:
            pc.press(key)
            if key not in ("ret", "3"):
                pc.expect(HINT)
        check_booted(pc, number)


def test_tenth_entry_is_zero():
    with kindling.Qemu(menu_image(LONG, count=10)) as pc:
        wait_menu(pc)
        pc.send("0")
        check_booted(pc, 10)


# --- editing -----------------------------------------------------------------

def test_edit_on_serial_line():
    with kindling.Qemu(menu_image(LONG)) as pc:
        wait_menu(pc)
        pc.send("e")
        pc.expect(r"cmdline = entry=1")
        type_echoed(pc, "\b\x7f", "\b \b")
        type_echoed(pc, "=edited autorun=x")
        pc.send("\r")
        assert pc.expect(r"(?m)^command line: (.*?)\r?\n")[1] == \
            "entry=edited autorun=x"
        assert pc.wait_exit() == kindling.EXIT_GOOD


def type_echoed(pc, text, echo=None):
    """Type and see each character before the next one."""
    for char in text:
        pc.send(char)
        pc.expect(re.escape(echo or char))


def test_edit_on_keyboard():
    with kindling.Qemu(menu_image(LONG)) as pc:
        wait_menu(pc)
        pc.press("down")
        pc.expect(HINT)
        pc.press("e")
        pc.expect(r"cmdline = entry=2")
        pc.press("spc", "shift-x", "equal", "dot")
        pc.expect(r" X=\.")
        pc.press("ret")
        assert pc.expect(r"(?m)^command line: (.*?)\r?\n")[1] == \
            "entry=2 X=."


def test_screen_shows_one_menu():
    """However often the mark moves, the menu stays where it is."""
    with kindling.Qemu(menu_image(LONG)) as pc:
        wait_menu(pc)
        for key in ("down", "down", "up", "x"):
            pc.press(key)
            pc.expect(HINT)
        pc.on_screen(r" > 2  Second ")
        screen = pc.screen()
        assert screen.count("First") == screen.count("Third") == 1
        assert screen.count(">") == 1
        assert "Booting" not in screen.split("Kindling")[1]
        pc.press("ret")
        check_booted(pc, 2)


# --- the menu although the time-out is 0 -------------------------------------

def stopped_at(gdb, pc, label):
    address = symbols.read_symbols(kindling.BUILD / "stage2.elf")[label]
    gdb.run_to(address)
    assert gdb.registers()["rip"] == address
    pc.still_runs()


def test_key_on_serial_line_shows_menu():
    with Gdb(kindling.BOOTS * kindling.boot_seconds) as gdb, \
            kindling.Qemu(menu_image(0), extra=gdb.arguments,
                          inherit=gdb.inherit) as pc:
        stopped_at(gdb, pc, "menu_run")
        pc.send("x")
        pc.wait_for(lambda: DATA_READY & int(
            pc.monitor("i /b 0x3fd").split("=")[1], 0), "byte in the port")
        gdb.go()
        wait_menu(pc)
        pc.send("2")
        check_booted(pc, 2)


def test_shift_key_shows_menu():
    """Held from before the first sector runs until the menu is there."""
    with Gdb(kindling.BOOTS * kindling.boot_seconds) as gdb, \
            kindling.Qemu(menu_image(0), extra=gdb.arguments,
                          inherit=gdb.inherit) as pc:
        gdb.run_to(0x7C00)
        code = gdb.read(0x7C00, 2)
        gdb.write(0x7C00, SPIN)
        gdb.go()
        press_shift(pc, True)
        pc.wait_for(lambda: pc.memory(BDA_SHIFTS, 1)[0] & LEFT_SHIFT,
                    "shift key")
        gdb.stop()
        gdb.write(0x7C00, code)
        gdb.go()
        wait_menu(pc)
        press_shift(pc, False)
        pc.press("3")
        check_booted(pc, 3)


def press_shift(pc, down):
    pc.qmp_command("input-send-event", events=[
        {"type": "key", "data": {"down": down, "key": {
            "type": "qcode", "data": "shift"}}}])
