"""The microkernel from the inside: user/test/ktest on different PCs.

Each boot runs all of its tests: messages, memory, threads, processes, time,
devices; each of them checks that every frame comes back.
"""
import pytest

import kindling
import programs


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


@pytest.mark.parametrize("options", [
    {}, {"machine": "pc"}, {"cmdline": "apic=x2"},
    {"cpus": 4, "accel": "tcg,thread=multi"}], ids=str)
def test_pci_interrupts(options):
    """A line of the I/O APIC and a message, of a device that is told to."""
    line = options.get("cmdline", "") + \
        " test=pci-line,pci-message,pci-all-messages edu=1"
    rest = {name: options[name] for name in options if name != "cmdline"}
    results, _ = programs.run("ktest", line, extra=("-device", "edu"), **rest)
    assert len(results) == 3


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
