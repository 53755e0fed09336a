"""The microkernel on CPUs that only Bochs has.

PCID, x2APIC and a timer that waits for a value of the TSC: QEMU's own
translator has none of them. Bochs checks what is loaded into CR3 and CR4 with
PCIDs, but forgets all translations all the same, and its other CPUs do even
when nobody tells them to: what may be kept is checked by tests/host/test_tlb.c,
and that others are told by test_stress.py.
"""
import re

import pytest

import kindling
import programs
from test_stress import words

NO_PCID = ("ryzen", "athlon64_clawhammer")
NO_LOOP = ("review-edge",)  # Bochs' UART sends what should stay in its loop
BOOTS = 20 * kindling.BOOTS  # Bochs is slow, and its CPUs take turns


# What is killed, moved and unmapped while it runs. Crowds of thousands take
# Bochs minutes.
STRESS = (
    "fuzz", "ping-threads", "ping-processes", "storm-processes",
    "storm-servers", "storm-endpoints", "storm-threads", "shoot-unmapped",
    "shoot-protected", "shoot-freed", "shoot-cloned", "clock-timers",
    "clock-priorities", "clock-round-robin", "clock-affinity",
    "latency-leases", "latency-clone", "latency-tree")


def run(program, cmdline, cpu, cpus):
    """(what was printed, results), all of them good."""
    done = kindling.bochs_run(kindling.guest_image(program, cmdline), "--cpu",
                              cpu, "--smp", str(cpus), boots=BOOTS,
                              until="KERNEL PANIC")
    text = done.serial
    return text, programs.check(text, but=NO_LOOP)


def check_machine(text, cpu, cpus, options, timer):
    """It is what was to be tried."""
    assert re.search(rf"^timers: .*, {timer}; ", text, re.M), text
    pcid = cpu not in NO_PCID and "pcid=off" not in options
    assert (re.search(r"^cpu: .*; nx.* pcid", text, re.M) is not None) == pcid
    assert f"cpus: {cpus} of {cpus} started" in text, text


@pytest.mark.parametrize("cpu,cpus,options,timer", [
    ("corei7_haswell_4770", 1, "", "deadline by APIC"),
    ("corei7_haswell_4770", 2, "", "deadline by APIC"),
    ("corei7_skylake_x", 2, "apic=x2", "deadline by x2APIC"),
    ("corei7_skylake_x", 2, "timer=count pcid=off", "one-shot by APIC"),
    ("tigerlake", 1, "apic=x2 timer=count", "one-shot by x2APIC"),
    ("ryzen", 2, "", "one-shot by APIC"),
    ("athlon64_clawhammer", 1, "", "one-shot by APIC"),
])
def test_cpus(cpu, cpus, options, timer):
    text, _ = run("ktest", options, cpu, cpus)
    check_machine(text, cpu, cpus, options, timer)


@pytest.mark.parametrize("cpu,cpus,options,timer", [
    ("corei7_haswell_4770", 1, "", "deadline by APIC"),
    ("corei7_haswell_4770", 2, "", "deadline by APIC"),
    ("corei7_skylake_x", 1, "apic=x2", "deadline by x2APIC"),
    ("corei7_skylake_x", 2, "apic=x2", "deadline by x2APIC"),
    ("corei7_skylake_x", 2, "apic=x2 timer=count", "one-shot by x2APIC"),
])
def test_stress(cpu, cpus, options, timer):
    """With KINDLING_SEED as in test_stress.py."""
    line = words(steps=4000, rounds=4, test=",".join(STRESS))
    text, results = run("stress", f"{line} {options}", cpu, cpus)
    check_machine(text, cpu, cpus, options, timer)
    assert set(results) == set(STRESS)
