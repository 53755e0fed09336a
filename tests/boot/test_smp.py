"""Several CPUs: all are started, and a panic on one stops the others.

What they do together, the kernel checks itself
(kernel/x86/test/selftest_smp.c).
"""
import re

import pytest

import kindling
from kindling import Qemu, image_for

LINE = re.compile(r"^cpus: (\d+) of (\d+) started(?:: (.+?))?\r?$", re.M)
STOPPED = r"has stopped\. Please report this page\."
CODE = bytes.fromhex("fafc8cc88ed8")    # the trampoline: CLI, CLD, ...
HANG = bytes.fromhex("f4ebfd")          # HLT, and again


def cpus(text):
    """(started, all, why not all)"""
    found = LINE.findall(text)
    assert len(found) == 1, text
    return int(found[0][0]), int(found[0][1]), found[0][2]


@pytest.mark.parametrize("count,threads", [
    (1, "single"), (2, "single"), (4, "single"), (8, "single"),
    (2, "multi"), (4, "multi"),
])
def test_all_start(count, threads):
    text, _ = kindling.selftest(cpus=count, accel=f"tcg,thread={threads}")
    assert cpus(text) == (count, count, "")


@pytest.mark.parametrize("machine,cpu", [
    ("pc", "max"), ("q35", "qemu64"), ("pc", "Opteron_G1"),
])
def test_other_machines(machine, cpu):
    text, _ = kindling.selftest(cpus=3, machine=machine, cpu=cpu)
    assert cpus(text) == (3, 3, "")


@pytest.mark.parametrize("option,started", [
    ("cpus=0", 1), ("cpus=1", 1), ("cpus=2", 2), ("cpus=9", 4),
    ("cpus=4294967298", 4), ("cpus=", 1), ("cpus=x", 4),
])
def test_as_many_as_wanted(option, started):
    image = image_for(f"{option} autorun=selftest")
    text, _ = kindling.selftest(image=image, cpus=4)
    assert cpus(text) == (started, 4, "")


def test_absent_cpus_are_not_waited_for():
    text, _ = kindling.selftest(cpus="2,maxcpus=4")
    assert cpus(text) == (2, 2, "")
    assert "left out" not in text


def test_without_apic():
    image = image_for("apic=off autorun=selftest")
    text, _ = kindling.selftest(image=image, cpus=2)
    assert cpus(text) == (1, 2, "no APIC is in use")


def test_little_memory():
    text, _ = kindling.selftest(cpus=8, memory="16M")
    assert cpus(text) == (8, 8, "")


def test_a_cpu_that_does_not_start():
    """It is named and left out, and the wait for it ends."""
    kernel = (kindling.BUILD / "kernel.elf").read_bytes()
    assert kernel.count(CODE) == 1
    image = kindling.make_image(
        {"boot/kernel.elf": kernel.replace(CODE, HANG + CODE[len(HANG):])},
        cmdline="autorun=selftest")
    text, _ = kindling.selftest(image=image, cpus=3)
    assert cpus(text) == (1, 3, "")
    assert re.findall(r"^cpu: APIC (\d) does not start and is left out\r?$",
                      text, re.M) == ["1", "2"]


def test_a_cpu_that_lacks_something():
    """The one between two good ones: it has no SMEP, and is left out."""
    extra = []
    for socket, feature in (1, "smep=on"), (2, "smep=off"), (3, "smep=on"):
        extra += ["-device", f"max-x86_64-cpu,{feature},socket-id={socket},"
                             "core-id=0,thread-id=0"]
    text, _ = kindling.selftest(cpus="1,maxcpus=4,sockets=4", extra=extra)
    assert cpus(text) == (3, 4, "")
    assert re.findall(r"^cpu: APIC (\d) lacks SMEP and is left out\r?$",
                      text, re.M) == ["2"]


def stand_still(pc, count):
    """Whether all CPUs have halted with interrupts off."""
    text = pc.monitor("info registers -a")
    halted = re.findall(r"HLT=(\d)", text)
    flags = re.findall(r"RFL=([0-9a-f]+)", text)
    assert len(halted) == len(flags) == count, text
    return halted == ["1"] * count and not any(
        int(value, 16) & 0x200 for value in flags)


def page_of(pc, count):
    """The panic page, the only one, after which nothing runs any more."""
    pc.expect(STOPPED)
    pc.wait_for(lambda: stand_still(pc, count), "halted CPUs")
    assert pc.text.count("KERNEL PANIC") == 1, pc.text
    page = pc.text[pc.text.index("KERNEL PANIC"):]
    pc.on_screen("has stopped")
    assert pc.screen().split("\n")[0] == page.split("\r\n")[0]
    return page


@pytest.mark.parametrize("threads", ["single", "multi"])
@pytest.mark.parametrize("count,crash,headline,detail", [
    (2, "ap", "CPU 1: on another CPU", r"panic_here\+.*ipi_take\+"),
    (4, "ap", "CPU 1: on another CPU", r"panic_here\+.*ipi_take\+"),
    (4, "apstack", "CPU 1: #DF double fault",
     r"guard of stack kernel\b.*recurse"),
    (4, "ud", "CPU 0: #UD invalid opcode", r"crash_ud\+0"),
    (4, "stack", "CPU 0: #DF double fault", r"guard of stack boot\b.*recurse"),
])
def test_panic(count, crash, headline, detail, threads):
    with Qemu(image_for(f"crash={crash}"), cpus=count,
              accel=f"tcg,thread={threads}") as pc:
        page = page_of(pc, count)
    assert page.startswith(f"KERNEL PANIC on {headline}\r\n")
    assert re.search(detail, page, re.S), page


@pytest.mark.parametrize("threads", ["single", "multi"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_all_together(count, threads):
    """Whoever comes first has the page; the others keep quiet."""
    with Qemu(image_for("crash=all"), cpus=count,
              accel=f"tcg,thread={threads}") as pc:
        page = page_of(pc, count)
    assert re.match(rf"KERNEL PANIC on CPU [0-{count - 1}]: all together",
                    page)
    assert re.search(r"(panic_together|crash_all)[.\w]*\+", page), page


def test_no_other_cpu_to_panic_on():
    with Qemu(image_for("crash=ap autorun=x")) as pc:
        assert pc.wait_exit() == kindling.EXIT_BAD
    assert "the machine survived" in pc.text


@pytest.mark.parametrize("threads", ["single", "multi"])
def test_nmi_on_all_cpus(threads):
    """By the pins that the MADT names: one line, and the PC goes on."""
    with Qemu(image_for(""), cpus=4, accel=f"tcg,thread={threads}") as pc:
        pc.expect(kindling.UP)
        pc.monitor("nmi")
        pc.expect("NMI: [1-4] so far, from the hardware")
        pc.monitor("nmi")
        pc.still_runs()
    assert pc.text.count("NMI: ") == 1


def test_nmi_pins():
    """LINT1 of each CPU is open for NMI, as the MADT has it."""
    with Qemu(image_for(""), cpus=4) as pc:
        pc.expect(kindling.UP)
        lapics = [pc.monitor(f"info lapic {number}") for number in range(4)]
    for number, text in enumerate(lapics):
        assert re.search(rf"(?i)state for CPU {number}\b", text), text
        assert re.search(r"^LVT1\s+0x0*400\b.*NMI", text, re.M), text
        assert re.search(r"^LVT0\s+0x0*1[0-9a-f]{4}\b.*masked", text,
                         re.M), text


@pytest.mark.parametrize("cmdline,cpu", [
    ("", "corei7_haswell_4770"), ("apic=x2", "corei7_haswell_4770"),
    ("apic=x2", "tigerlake"),
])
def test_bochs(cmdline, cpu):
    """With x2APIC as well, which QEMU does not compute."""
    run = kindling.bochs_run(image_for(f"{cmdline} autorun=selftest".strip()),
                             "--smp", "2", "--cpu", cpu,
                             boots=10 * kindling.BOOTS)
    assert re.search(r"^# 0 failed\r?$", run.serial, re.M), run.serial
    assert cpus(run.serial) == (2, 2, "")
    assert ("by x2APIC" in run.serial) == (cmdline != "")


@pytest.mark.parametrize("cmdline", ["", "apic=x2"])
def test_panic_in_bochs(cmdline):
    run = kindling.bochs_run(image_for(f"{cmdline} crash=ap".strip()),
                             "--smp", "2", until=STOPPED,
                             boots=10 * kindling.BOOTS)
    assert run.serial.count("KERNEL PANIC") == 1
    assert re.search(r"^KERNEL PANIC on CPU 1: on another CPU\r?$",
                     run.serial, re.M), run.serial
