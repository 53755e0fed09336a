"""Fixtures for the tests of scripts/."""
import pathlib
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from standins import Parts  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def calibrated():
    """Nothing here boots, so there is no boot to measure first."""


@pytest.fixture
def parts(tmp_path):
    return Parts(tmp_path)
