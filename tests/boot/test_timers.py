"""Interrupts and time: on every kind of controller, with and without.

What the kernel found stands in its line "timers:"; what it made of it, its
own checks (kernel/x86/test/selftest_time.c) say.
"""
import re

import pytest

import kindling

# Time by instructions: two clocks agree however busy the host is.
STEADY = ("-icount", "shift=0")
LINE = re.compile(
    r"^timers: TSC (?P<mhz>\d+) MHz \((?P<clock>HPET|PIT|a guess)"
    r"(?P<invariant>, invariant)?\), (?P<way>one-shot|deadline) by "
    r"(?P<timer>\w+); (?P<controller>8259s|\d+ IO-APICs?), "
    r"(?P<cpus>\d+) CPUs?\r?$", re.M)
IOAPIC, OLD = "1 IO-APIC", "8259s"


def timers(text):
    """The kernel's line about them, as a dictionary."""
    match = LINE.search(text)
    assert match and len(match[0].rstrip()) <= 80, text
    return match.groupdict()


def check(text, clock, timer, controller, cpus=1, way="one-shot"):
    found = timers(text)
    assert found["way"] == way
    assert found["clock"] == clock
    assert found["timer"] == timer
    assert found["controller"] == controller
    assert int(found["cpus"]) == cpus
    return found


@pytest.mark.parametrize("machine,cpu,clock,timer,controller", [
    ("q35", "max", "HPET", "APIC", IOAPIC),
    ("pc", "max", "HPET", "APIC", IOAPIC),
    ("q35,hpet=off", "max", "PIT", "APIC", IOAPIC),
    ("pc,hpet=off", "qemu64", "PIT", "APIC", IOAPIC),
    ("isapc", "max", "PIT", "PIT", OLD),
    ("isapc", "max,-apic", "PIT", "PIT", OLD),
    ("q35", "max,-apic", "HPET", "PIT", OLD),
    ("pc,acpi=off", "max", "PIT", "PIT", OLD),
])
def test_what_is_there(machine, cpu, clock, timer, controller):
    text, _ = kindling.selftest(machine=machine, cpu=cpu)
    check(text, clock, timer, controller)


@pytest.mark.parametrize("machine", ["q35", "pc"])
def test_apic_off(machine):
    """apic=off: the way of isapc on a PC that has more."""
    image = kindling.image_for("apic=off autorun=selftest")
    text, _ = kindling.selftest(image=image, machine=machine)
    check(text, "HPET", "PIT", OLD)


@pytest.mark.parametrize("cpus", [1, 2, 3, 4, 5, 6, 7, 8])
def test_number_of_cpus(cpus):
    text, _ = kindling.boot(kindling.image_for(""), cpus=cpus, extra=STEADY)
    check(text, "HPET", "APIC", IOAPIC, cpus)


def test_cpus_that_could_be_added_do_not_count():
    text, _ = kindling.boot(kindling.image_for(""), cpus="2,maxcpus=6",
                            extra=STEADY)
    check(text, "HPET", "APIC", IOAPIC, 2)


@pytest.mark.parametrize("machine", ["q35", "q35,hpet=off", "isapc"])
def test_instructions_as_time(machine):
    """One instruction a nanosecond: the TSC's rate is known to the digit."""
    text, _ = kindling.selftest(machine=machine,
                                extra=STEADY)
    assert timers(text)["mhz"] == "1000"


def test_both_clocks_agree():
    """HPET and PIT say the same of the same TSC, which is the host's."""
    rates = []
    for machine in ("pc", "pc,hpet=off"):
        text, _ = kindling.boot(kindling.image_for(""), machine=machine)
        rates.append(int(timers(text)["mhz"]))
    assert abs(rates[0] - rates[1]) <= max(rates) / 100


def registers(pc):
    return pc.monitor("info registers")


@pytest.mark.parametrize("machine", ["q35", "isapc"])
def test_idle_with_interrupts_on(machine):
    """The end of a boot without autorun=: asleep, and can be woken."""
    with kindling.Qemu(kindling.image_for(""), machine=machine) as pc:
        pc.expect(kindling.UP)
        pc.wait_for(lambda: "HLT=1" in registers(pc), "a halted CPU")
        assert flags(registers(pc)) & 0x200
        pc.still_runs()


def flags(text):
    return int(re.search(r"R?FL=([0-9a-f]+)", text)[1], 16)


@pytest.mark.parametrize("machine", ["q35", "pc", "isapc"])
@pytest.mark.parametrize("cause", ["ud", "assert", "irq"])
def test_interrupts_are_off_after_a_panic(machine, cause):
    with kindling.Qemu(kindling.image_for(f"crash={cause}"),
                       machine=machine) as pc:
        pc.expect(r"has stopped\. Please report this page\.")
        pc.wait_for(lambda: "HLT=1" in registers(pc), "a halted CPU")
        assert not flags(registers(pc)) & 0x200


@pytest.mark.parametrize("cmdline", ["", "apic=off"])
@pytest.mark.parametrize("machine", ["q35", "pc", "isapc"])
def test_nmi(machine, cmdline, tmp_path):
    """Through the pin that the MADT names, or without any APIC.

    A driver has COM1 by then; the kernel's words still reach port E9h.
    """
    log = tmp_path / "e9"
    with kindling.Qemu(kindling.image_for(cmdline), machine=machine,
                       extra=("-debugcon", f"file:{log}")) as pc:
        pc.expect(kindling.UP)
        # A CPU tells of an NMI when it wakes, and this one may not do so again.
        pc.wait_for(lambda: "HLT=1" in registers(pc), "a halted CPU")
        pc.monitor("nmi")
        pc.wait_for(lambda: "NMI: 1 so far, from the hardware"
                    in log.read_text(), "the NMI in the log")
        pc.still_runs()


@pytest.mark.parametrize("bios", ["rombios", "seabios"])
@pytest.mark.parametrize("cpu", ["corei7_haswell_4770", "tigerlake"])
def test_x2apic(bios, cpu):
    """apic=x2: registers by MSR, which only Bochs can show."""
    run = kindling.bochs_run(kindling.image_for("apic=x2 autorun=selftest"),
                             "--bios", bios, "--cpu", cpu)
    assert re.search(r"^# 0 failed\r?$", run.serial, re.M), run.serial
    check(run.serial, "HPET", "x2APIC", IOAPIC, way="deadline")


@pytest.mark.parametrize("cpus", [1, 2])
@pytest.mark.parametrize("option,timer,way", [
    ("", "APIC", "deadline"), ("timer=count", "APIC", "one-shot"),
    ("apic=off", "PIT", "one-shot"),
])
def test_bochs(cpus, option, timer, way):
    """A timer that waits for a value of the TSC, which only Bochs has."""
    run = kindling.bochs_run(kindling.image_for(f"{option} autorun=selftest"),
                             "--smp", str(cpus), boots=10 * kindling.BOOTS)
    assert re.search(r"^# 0 failed\r?$", run.serial, re.M), run.serial
    found = check(run.serial, "HPET", timer,
                  OLD if timer == "PIT" else IOAPIC, cpus, way)
    assert found["invariant"]
