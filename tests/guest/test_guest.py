"""The microkernel from the inside: user/test/ktest on different PCs.

Each boot runs all of its tests: messages, memory, threads, processes, time,
devices; each of them checks that every frame comes back.
"""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kindling  # noqa: E402
import programs  # noqa: E402

BOCHS_PATIENCE = 20 * kindling.BOOTS


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


# --- the kernel that checks itself -------------------------------------------

@pytest.fixture(scope="module")
def sanitized():
    path = kindling.BUILD / "sanitized" / "kernel.elf"
    return kindling.built(path, "SANITIZE=1").read_bytes()


@pytest.mark.parametrize("options", [
    {}, {"cpus": 4}, {"cpus": 2, "accel": "tcg,thread=multi"},
    {"cpu": "qemu64", "machine": "pc", "memory": "16M"}], ids=str)
def test_sanitized(options, sanitized):
    programs.run("ktest", kernel=sanitized, **options)


# --- Bochs -------------------------------------------------------------------

@pytest.mark.parametrize("cpus,cmdline,cpu", [
    (1, "", "corei7_haswell_4770"), (2, "", "corei7_haswell_4770"),
    (2, "apic=x2", "tigerlake"),
])
def test_bochs(cpus, cmdline, cpu):
    """Another machine's idea of the same manuals."""
    run = kindling.bochs_run(
        kindling.guest_image("ktest", cmdline), "--smp", str(cpus), "--cpu",
        cpu, until=r"# \d+ tests, \d+ failed|The root task",
        boots=BOCHS_PATIENCE)
    programs.check(run.serial)
    assert ("by x2APIC" in run.serial) == (cmdline != "")
