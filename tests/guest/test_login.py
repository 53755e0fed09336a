"""What login does before a shell runs, and how the machine is left: the
question to the terminal (contract C-6), the greeting, poweroff and service.
"""
import re

import pytest

import kindling
from kindling import EXIT_BAD, EXIT_GOOD

QUESTION = r"\x1b\[6n"
CORNER = r"\x1b7\x1b\[999;999H\x1b\[6n\x1b8"
PROMPT = r"\$ \Z"
GREETING = "Kindling 0.1"
UP = "init: runs on "


def start(cmdline="", **options):
    return kindling.Qemu(kindling.image_for(cmdline), **options)


def ask(pc, line):
    """Type it; what comes before the next prompt."""
    pc.send(f"{line}\n")
    pc.expect(re.escape(line) + r"\r?\r\n")
    begin = pc.at
    pc.expect(PROMPT)
    return pc.text[begin:pc.at].replace("\r", "")


def services(text):
    return {line.split()[0]: line.split() for line in text.splitlines()
            if " starts " in line}


def test_without_an_answer_the_line_is_dumb():
    with start() as pc:
        pc.expect(GREETING)
        pc.expect(PROMPT)
        assert "dumb\n" in ask(pc, "echo $TERM")
        ask(pc, "ls -l /")
        said = pc.text[pc.text.index(UP):]
        assert said.count("\x1b") == 1, said
        assert re.search(QUESTION, said)


@pytest.mark.parametrize("noise", ["", "\x1b[A", "x7;"])
def test_with_an_answer_it_is_a_terminal_of_that_size(noise):
    with start() as pc:
        pc.expect(QUESTION)
        pc.send(noise + "\x1b[7;1R")
        pc.expect(CORNER)
        pc.send("\x1b[43;132R")
        pc.expect(GREETING)
        pc.expect(r"\$ ")  # and what the shell's editor sends
        pc.send("echo $TERM\n")
        pc.expect(r"\nvt100\r")
        names = " ".join(letter * 30 for letter in "abc")
        pc.send(f"mkdir /w; cd /w; mkdir {names}; ls\n")
        # They stand beside each other, for which 80 columns are too few.
        pc.expect(r"\n(?!.*mkdir).*a{30}.*b{30}.*c{30}")


@pytest.mark.parametrize("command, status",
                         [("true", EXIT_GOOD), ("false", EXIT_BAD),
                          ("poweroff", EXIT_GOOD)])
def test_autorun_asks_and_greets_nobody(command, status):
    with start(f"autorun={command}") as pc:
        assert pc.wait_exit() == status
        said = pc.text[pc.text.index(UP):]
        assert "\x1b" not in said and GREETING not in said, said


@pytest.mark.parametrize("debug_exit", [True, False])
def test_poweroff_is_acpi(debug_exit):
    """Without autorun= QEMU's own port is not touched, so it ends with 0."""
    with start(debug_exit=debug_exit) as pc:
        pc.expect(PROMPT)
        pc.send("poweroff\n")
        assert pc.wait_exit() == 0
        assert pc.ended == "guest-shutdown"


@pytest.mark.parametrize("machine", ["q35", "pc"])
def test_reboot_resets_the_machine(machine):
    with start(machine=machine, cpus=2) as pc:
        pc.expect(PROMPT)
        pc.send("reboot\n")
        pc.wait_exit()
        assert pc.ended == "guest-reset"


def test_reboot_in_bochs():
    """Its BIOS wants more than the CPU reset. The reboots go on and on."""
    image = kindling.image_for("timer=count autorun=ls / && reboot")
    twice = r"bin  etc(?s:.*)bin  etc"
    assert re.search(twice, kindling.bochs_run(image, until=twice).serial)


def test_services_are_listed_killed_stopped_and_started():
    with start() as pc:
        pc.expect(PROMPT)
        before = services(ask(pc, "service"))
        assert {"name", "proc", "tty", "serial", "login"} <= set(before)
        assert all(line[1] == "up" for line in before.values())
        ask(pc, "service kill dev control")
        ask(pc, "service stop pipe")
        after = services(ask(pc, "service"))
        assert after["dev"][1:4] == ["up", "starts", "2"]
        assert after["control"][1:4] == ["up", "starts", "2"]
        assert after["pipe"][1] == "down"
        ask(pc, "service start pipe")
        assert "pipe" in ask(pc, "service | grep pipe")
        assert "no such service" in ask(pc, "service kill nobody")
        assert "already" in ask(pc, "service start tty")
        assert "status 1" in ask(pc, "service stop control || echo status $?")


def test_an_order_is_refused_that_is_none():
    with start() as pc:
        pc.expect(PROMPT)
        for order in ("", "kil serial", "kill", "off now", "x" * 79):
            assert "status 1" in ask(
                pc, f"echo '{order}' >/dev/init || echo status $?"), order
        assert services(ask(pc, "cat /dev/init"))["name"][1] == "up"
