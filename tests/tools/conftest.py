"""The tools of user/bin are built for the host, once for all processes."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kindling  # noqa: E402
import toolbox  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def calibrated():
    """Nothing is booted here, so no boot has to be measured."""


@pytest.fixture(scope="session", autouse=True)
def host_tools():
    with kindling.locked("make"):
        done = subprocess.run(
            ["make", "--no-print-directory", "-C", str(kindling.ROOT),
             f"BUILD={kindling.BUILD}", "host-tools"],
            capture_output=True, text=True, timeout=280, check=False,
            env={name: value for name, value in os.environ.items()
                 if name not in ("MAKEFLAGS", "MFLAGS")})
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path):
    """The tree of toolbox.py."""
    toolbox.make_tree(tmp_path / "tree")
    return tmp_path / "tree"
