"""Run a guest program as root task and read its TAP report."""
import re

import kindling

PATIENCE = 100  # boots


def tap(text):
    """{name: passed} of a report; the plan must be kept."""
    plans = re.findall(r"(?m)^1\.\.(\d+)\r?$", text)
    found = re.findall(r"(?m)^(not )?ok (\d+) - (.+?)\r?$", text)
    assert plans, f"no plan\n{text[-4000:]}"
    assert [int(number) for _, number, _ in found] == \
        list(range(1, int(plans[-1]) + 1)), f"plan broken\n{text[-4000:]}"
    return {name: not bad for bad, _, name in found}


def run(program, cmdline="", patience=PATIENCE, kernel=None, **options):
    """Boot it; return what it printed. Any failed test fails."""
    image = kindling.guest_image(program, cmdline, kernel)
    with kindling.Qemu(image, **options) as pc:
        status = pc.wait_exit(patience)
        text = pc.text
    assert "KERNEL PANIC" not in text, text[-6000:]
    results = tap(text)
    failed = [name for name, passed in results.items() if not passed]
    assert not failed and status == kindling.EXIT_GOOD, \
        f"failed: {failed}, exit {status}\n{text[-6000:]}"
    return results, text
