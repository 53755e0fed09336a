"""For all tests: the image exists, and how long one boot takes is known."""
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kindling  # noqa: E402

CALIBRATION_LIMIT = 120  # seconds: a PC too slow for any of this


def build():
    """Build the standard image, if make has not done so already."""
    if os.environ.get("KINDLING_BUILT") == "1":
        return
    done = subprocess.run(
        ["make", "--no-print-directory", "-C", str(kindling.ROOT),
         f"BUILD={kindling.BUILD}", "image"],
        capture_output=True, text=True, timeout=600, check=False,
        env={name: value for name, value in os.environ.items()
             if name not in ("MAKEFLAGS", "MFLAGS")})
    assert done.returncode == 0, done.stdout + done.stderr


def measure():
    """Seconds that one boot to the ledger takes, the slower one of two."""
    kindling.boot_seconds = CALIBRATION_LIMIT / kindling.BOOTS
    taken = []
    for _ in range(2):
        started = time.monotonic()
        kindling.boot(kindling.BUILD / "kindling.img")
        taken.append(time.monotonic() - started)
    return max(taken)


@pytest.fixture(scope="session", autouse=True)
def calibrated(testrun_uid):
    """Measure one boot, once for all processes of this test run."""
    path = kindling.SHARED / "boot-seconds.json"
    with kindling.locked("calibration"):
        known = json.loads(path.read_text()) if path.exists() else {}
        if known.get("run") != testrun_uid:
            build()
            known = {"run": testrun_uid, "seconds": measure()}
            path.write_text(json.dumps(known))
    kindling.boot_seconds = known["seconds"]


@pytest.fixture(scope="session")
def image():
    """The standard image: C-1's kindling.img."""
    return kindling.BUILD / "kindling.img"
