"""The kernel of SANITIZE=1: undefined behavior is found, and there is none.

Its self-tests run on different machines, so that each driver and each table
of the firmware is met; its panic pages, too, are code that must be in order.
"""
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kindling  # noqa: E402
from test_kernel import FAULTS  # noqa: E402

SCREEN = "timeout = 0\n[Screen]\nkernel = /boot/kernel.elf\n" \
    "video = 1024x768x32\ncmdline = autorun=selftest\n"
MACHINES = {
    "q35": ("", {}),
    "q35-qemu64": ("", {"cpu": "qemu64"}),
    "pc": ("", {"machine": "pc", "memory": "16M"}),
    "pc-8259": ("apic=off", {"machine": "pc", "cpu": "qemu64"}),
    "x2apic": ("apic=x2", {"cpus": 4}),
    "64G": ("", {"memory": "64G"}),
    "all-of-memory": ("check=memory", {"memory": "64M"}),
}

# What crash=NAME does, and the sentence behind the place in crash.c.
MISTAKES = {
    "add": r"2147483647 \+ 1 does not fit in 'int'",
    "sub": "-2 - 2147483647 does not fit in 'int'",
    "mul": r"(-1 \* -9223372036854775808|-9223372036854775808 \* -1) "
           "does not fit in 'long long( int)?'",
    "negate": r"-\(0x80{31}\) does not fit in '__int128'",
    "divide": "-9223372036854775808 of type 'long long( int)?' "
              "cannot be divided by -1",
    "shift": "1 of type 'int' cannot be shifted by 40",
    "bounds": r"index 40 is outside of 'uint64_t ?\[4\]'.*",
    "null": "load of 'uint64_t'.* through a null pointer",
    "align": "store to 'uint64_t'.* at F{8}[0-9A-F]{7}1, not aligned to 8",
    "bool": "40 is no value of '_Bool'",
    "pointer": "pointer F{8}[0-9A-F]{8} cannot be moved to "
               "7FFFBFFF[0-9A-F]{8}",
    "bit": "zero has no first or last bit to be found",
    "unreachable": "reached what was said to be unreachable",
}


@pytest.fixture(scope="module")
def kernel():
    path = kindling.BUILD / "sanitized" / "kernel.elf"
    return kindling.built(path, "SANITIZE=1").read_bytes()


def image_for(kernel, cmdline):
    return kindling.make_image({"boot/kernel.elf": kernel}, cmdline=cmdline)


def page_of(kernel, crash):
    """The page that crash= leads to, and what stands in its headline."""
    with kindling.Qemu(image_for(kernel, f"crash={crash}")) as pc:
        pc.expect(r"has stopped\. Please report this page\.")
        page = pc.text[pc.text.index("KERNEL PANIC"):]
    return page, re.match(r"KERNEL PANIC on CPU 0: (.*?)\r?\n", page)[1]


# --- there is none -----------------------------------------------------------

@pytest.mark.parametrize("name", MACHINES)
def test_selftest(name, kernel):
    words, options = MACHINES[name]
    kindling.selftest(image=image_for(kernel, f"{words} autorun=selftest"),
                      **options)


def test_framebuffer(kernel):
    image = kindling.make_image({"boot/kernel.elf": kernel,
                                 "boot/boot.cfg": SCREEN})
    text, _ = kindling.selftest(image=image)
    assert "video: 1024x768 pixels of 32 bits" in text


@pytest.mark.parametrize("bios", ["rombios", "seabios"])
def test_bochs(bios, kernel):
    image = image_for(kernel, "autorun=selftest")
    run = kindling.bochs_run(image, "--bios", bios)
    run.ledger()
    assert re.search(r"^# 0 failed\r?$", run.serial, re.M), run.serial
    assert "not ok" not in run.serial, run.serial


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "null"])
def test_fault_page(name, kernel):
    """What prints the page makes no mistake, on any of the stacks.

    A null pointer has another headline here (ubsan-null).
    """
    page, headline = page_of(kernel, name)
    assert re.search(FAULTS[name][0], headline), page
    assert "within the panic" not in page


# --- it would be found -------------------------------------------------------

@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_named(name, kernel):
    page, headline = page_of(kernel, f"ubsan-{name}")
    assert re.fullmatch(rf"kernel/x86/test/crash\.c:\d+: {MISTAKES[name]}",
                        headline), page
    assert re.search(rf"ubsan_{name}\S*\+[0-9A-F]+", page), page


def test_debug_assertion(kernel):
    page, headline = page_of(kernel, "debug")
    assert re.match("assertion failed: image_start == NULL, "
                    r"kernel/x86/test/crash\.c line \d+", headline), page
    assert "crash_debug" in page
