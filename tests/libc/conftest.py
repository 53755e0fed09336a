"""The C library is tested without an image: nothing boots here."""
import subprocess

import pytest

import kindling


@pytest.fixture(scope="session", autouse=True)
def calibrated():
    """In the place of the one that measures a boot."""


@pytest.fixture(scope="session")
def compiler():
    """scripts/kindling-cc with our library and the tests' system layer."""
    with kindling.locked("libc"):
        done = subprocess.run(
            ["make", "--no-print-directory", "-C", str(kindling.ROOT),
             f"BUILD={kindling.BUILD}", "sysroot-linux"],
            capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return [str(kindling.ROOT / "scripts" / "kindling-cc"),
            f"--sysroot={kindling.BUILD / 'sysroot'}", "--target-linux-test"]
