"""The kernel of KPTI=1: it works, and user code's page tables are bare.

What those show is checked leaf by leaf by its own self-tests, from inside. In
each build of this kind its tables for kernel code do not execute user code, so
every boot shows that the right ones are loaded in ring 3.
"""
import os
import re

import pytest

import kindling
import programs
from test_attacks import one_more, NMIS

SINGLE, MULTI = "tcg,thread=single", "tcg,thread=multi"
SOAK = os.environ.get("KINDLING_SOAK") == "1"
PROGRAMS = [("ktest", cpus, cpu) for cpus in (1, 2, 4)
            for cpu in ("max", "qemu64")]
PROGRAMS += [("attack", *machine[1:]) for machine in PROGRAMS] if SOAK else \
    [("attack", 1, "qemu64"), ("attack", 4, "max")]


@pytest.fixture(scope="module")
def kernel():
    path = kindling.BUILD / "kpti" / "kernel.elf"
    return kindling.built(path, "KPTI=1").read_bytes()


@pytest.mark.parametrize("options", [
    {}, {"cpus": 4, "cpu": "max"}, {"cpus": 2, "cpu": "qemu64"},
    {"machine": "pc", "memory": "16M"}], ids=str)
def test_selftest(options, kernel):
    image = kindling.make_image({"boot/kernel.elf": kernel},
                                cmdline="autorun=selftest")
    text, _ = kindling.selftest(image=image, **options)
    assert re.search(r"(?m)^cpu: .*; nx kpti(?!.* (pge|pcid))", text), text
    assert "user code's tables show what is listed" in text


def test_others_do_not():
    """The kernel of every day has none of it."""
    text, _ = kindling.selftest()
    assert "kpti" not in text and "user code's tables" not in text


@pytest.mark.parametrize("program,cpus,cpu", PROGRAMS)
def test_programs(program, cpus, cpu, kernel):
    programs.run(program, kernel=kernel, cpus=cpus, cpu=cpu, accel=SINGLE)


@pytest.mark.parametrize("program", ("ktest", "attack"))
def test_real_interleaving(program, kernel):
    programs.run(program, kernel=kernel, cpus=2, accel=MULTI)


@pytest.mark.parametrize("cpus,accel", ((1, SINGLE), (4, MULTI)))
def test_nmi_storm(cpus, accel, kernel):
    """Whichever root is loaded, and whoever's GS: it comes back to both."""
    image = kindling.guest_image("attack", "test=nmi-storm", kernel)
    with kindling.Qemu(image, cpus=cpus, accel=accel) as pc:
        pc.expect(r"(?m)^storm\r?$", programs.PATIENCE)
        for sent in range(NMIS):
            one_more(pc, sent)
        status = pc.wait_exit(programs.PATIENCE)
    assert programs.tap(pc.text) == {"nmi-storm": True}, pc.text[-6000:]
    assert status == kindling.EXIT_GOOD, pc.text[-6000:]
