"""Guest programs of user/test are built beside the image."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kindling  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def guest_programs(calibrated):
    """Build them once for all processes of this test run."""
    with kindling.locked("make"):
        subprocess.run(
            ["make", "--no-print-directory", "-C", str(kindling.ROOT),
             f"BUILD={kindling.BUILD}", "guest-programs"],
            check=True, stdout=subprocess.DEVNULL, timeout=600,
            env={name: value for name, value in os.environ.items()
                 if name not in ("MAKEFLAGS", "MFLAGS")})
