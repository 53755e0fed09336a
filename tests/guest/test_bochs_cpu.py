"""The microkernel on CPUs that only Bochs has.

PCID, x2APIC and a timer that waits for a value of the TSC: QEMU's own
translator has none of them. Bochs checks what is loaded into CR3 and CR4 with
PCIDs, but forgets all translations all the same: what may be kept is checked
by tests/host/test_tlb.c.
"""
import re

import pytest

import kindling
import programs

NO_PCID = ("ryzen", "athlon64_clawhammer")
NO_LOOP = ("review-edge",)  # Bochs' UART sends what should stay in its loop
BOOTS = 20 * kindling.BOOTS  # Bochs is slow, and its CPUs take turns


def run(cmdline, *arguments):
    """ktest, all of it; returns what was printed."""
    done = kindling.bochs_run(kindling.guest_image("ktest", cmdline),
                              *arguments, boots=BOOTS, until="KERNEL PANIC")
    text = done.serial
    programs.check(text, but=NO_LOOP)
    return text


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
    text = run(options, "--cpu", cpu, "--smp", str(cpus))
    assert re.search(rf"^timers: .*, {timer}; ", text, re.M), text
    pcid = cpu not in NO_PCID and "pcid=off" not in options
    assert (re.search(r"^cpu: .*; nx.* pcid", text, re.M) is not None) == pcid
    assert f"cpus: {cpus} of {cpus} started" in text, text
