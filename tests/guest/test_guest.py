"""The microkernel from the inside: user/test/ktest on different PCs.

Each boot runs all of its tests: messages, memory, threads, processes, time,
devices; each of them checks that every frame comes back.
"""
import pytest

import guest

SINGLE = ("-accel", "tcg,thread=single")
MULTI = ("-accel", "tcg,thread=multi")


@pytest.mark.parametrize("cpus", (1, 2, 4, 8))
def test_cpus(cpus):
    guest.run("ktest", cpus=cpus, extra=SINGLE)


@pytest.mark.parametrize("cpus", (2, 4))
def test_real_interleaving(cpus):
    guest.run("ktest", cpus=cpus, extra=MULTI)


@pytest.mark.parametrize("memory", ("16M", "64G"))
def test_memory(memory):
    guest.run("ktest", memory=memory)


@pytest.mark.parametrize("cpu", ("qemu64", "Nehalem", "Haswell", "phenom",
                                 "Opteron_G1", "Opteron_G5", "EPYC"))
def test_cpu_models(cpu):
    guest.run("ktest", cpu=cpu, cpus=2)


@pytest.mark.parametrize("options", ("apic=off", "kaslr=off"))
def test_options(options):
    guest.run("ktest", options)
