"""The tests notice when the loader is broken (run, mutants.py)."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kindling  # noqa: E402
from mutants import MUTANTS  # noqa: E402

RUN = pathlib.Path(__file__).resolve().parent / "run"
SOAK = os.environ.get("KINDLING_SOAK") == "1"
SAMPLE = 8


def test_the_list_is_in_order():
    """Each text stands once in its file, so the list cannot rot."""
    assert len(MUTANTS) >= 40
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    for mutant in MUTANTS:
        text = (kindling.ROOT / mutant.file).read_text(encoding="utf-8")
        assert text.count(mutant.old) == 1, mutant.name
        assert mutant.old != mutant.new and mutant.kills, mutant.name


@pytest.mark.timeout(6 * 3600 if SOAK else 900)
def test_all_are_killed():
    arguments = [] if SOAK else ["--sample", str(SAMPLE)]
    if "KINDLING_SEED" in os.environ:
        arguments += ["--seed", os.environ["KINDLING_SEED"]]
    done = subprocess.run([sys.executable, str(RUN), *arguments], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout
    score = (kindling.BUILD / "tests" / "mutants.score").read_text()
    assert done.stdout.endswith(score) and " mutants killed" in score
