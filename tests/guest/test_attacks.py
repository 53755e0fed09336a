"""Attacks on the kernel: user/test/attack, rules 1 to 12 and 16 to 19.

Each attack is a line of TAP: the attacker is dead or got errors, a bystander
answers as before, every frame is back. What a CPU model lacks is as QEMU has
it: `max` has SMEP, SMAP and UMIP, `qemu64` none of them (there SGDT, SIDT,
SLDT, STR and SMSW work in user space, as on all CPUs without UMIP).
"""
import os
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kindling  # noqa: E402
import programs  # noqa: E402

SOAK = os.environ.get("KINDLING_SOAK") == "1"
BOOTS = 50
NMIS = 20000 if SOAK else 1000
HIGH_HALF = r"(?i)\bffff[89a-f][0-9a-f]{11}\b"


def only_soak(*cases):
    """Cases that a long run adds."""
    return cases if SOAK else ()


@pytest.mark.parametrize("cpus, cpu", (
    (1, "max"), (2, "max"), (4, "max"), (1, "qemu64"),
    *only_soak((2, "qemu64"), (4, "qemu64"), (8, "max"))))
def test_attacks(cpus, cpu):
    programs.run("attack", cpus=cpus, cpu=cpu, accel="tcg,thread=single")


@pytest.mark.parametrize("cpus", (4, *only_soak(2)))
def test_real_interleaving(cpus):
    programs.run("attack", cpus=cpus, accel="tcg,thread=multi")


def test_a_process_on_64_cpus():
    """It runs on all of them when it is told to end."""
    programs.run("attack", "test=bomb-cpus", cpus=64)


@pytest.mark.skipif(not SOAK, reason="a long run")
@pytest.mark.parametrize("cmdline", ("apic=off", "kaslr=off"))
def test_options(cmdline):
    programs.run("attack", cmdline)


def test_little_memory():
    programs.run("attack", memory="16M")


def one_more(pc, sent):
    """Send an NMI to all CPUs; when it was enough, press a key."""
    pc.qmp_command("inject-nmi")
    if sent + 1 == NMIS:
        pc.press("a")


@pytest.mark.parametrize("cpus, accel", (
    (1, "tcg,thread=single"), (4, "tcg,thread=multi"),
    *only_soak((4, "tcg,thread=single"), (2, "tcg,thread=multi"))))
def test_nmi_storm(cpus, accel):
    """NMIs during calls, faults, switches, sleep: the kernel says so once."""
    image = kindling.guest_image("attack", "test=nmi-storm")
    with kindling.Qemu(image, cpus=cpus, accel=accel) as pc:
        pc.expect(r"(?m)^storm\r?$", programs.PATIENCE)
        for sent in range(NMIS):
            one_more(pc, sent)
        status = pc.wait_exit(programs.PATIENCE)
    assert programs.tap(pc.text) == {"nmi-storm": True}, pc.text[-6000:]
    assert status == kindling.EXIT_GOOD, pc.text[-6000:]
    assert len(re.findall(r"(?m)^NMI: \d+ so far", pc.text)) == 1


@pytest.mark.timeout(600)
def test_no_boot_like_another():
    """Bases differ, and nothing that user space prints is an address of them.

    That no result of a call is, call-values checks in each register.
    """
    image = kindling.guest_image("attack", "test=call-values")
    slots, bases = [], set()
    for _ in range(BOOTS):
        with kindling.Qemu(image) as pc:
            status = pc.wait_exit(programs.PATIENCE)
        found = re.search(r"kernel: runs at ([0-9A-F]{16}), slot (\d+) of "
                          r"(\d+)", pc.text)
        assert int(found[3]) >= 500 and status == kindling.EXIT_GOOD
        slots.append(int(found[2]))
        bases.add(found[1])
        said = pc.text[pc.text.index("# seed="):]
        assert not re.search(HIGH_HALF, said), said
    # Of 50 among 1,000 one or two pairs are the same, seven hardly ever.
    assert len(set(slots)) == len(bases) >= BOOTS - max(1, BOOTS // 8), slots
