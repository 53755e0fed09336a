"""For the checks."""
import pathlib
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from house import copy_sources  # noqa: E402


@pytest.fixture
def sources(tmp_path):
    """A copy of the repository to break."""
    return copy_sources(tmp_path / "copy")
