"""The microkernel from the inside: user/test/ktest on different PCs.

Each boot runs all of its tests: messages, memory, threads, processes, time,
devices; each of them checks that every frame comes back.
"""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import programs  # noqa: E402


@pytest.mark.parametrize("cpus", (1, 2, 4, 8))
def test_cpus(cpus):
    programs.run("ktest", cpus=cpus, accel="tcg,thread=single")


@pytest.mark.parametrize("cpus", (2, 4))
def test_real_interleaving(cpus):
    programs.run("ktest", cpus=cpus, accel="tcg,thread=multi")


@pytest.mark.parametrize("memory", ("16M", "64G"))
def test_memory(memory):
    programs.run("ktest", memory=memory)


@pytest.mark.parametrize("cpu", ("qemu64", "Nehalem", "Haswell", "phenom",
                                 "Opteron_G1", "Opteron_G5", "EPYC"))
def test_cpu_models(cpu):
    programs.run("ktest", cpu=cpu, cpus=2)


@pytest.mark.parametrize("options", ("apic=off", "kaslr=off"))
def test_options(options):
    programs.run("ktest", options)
