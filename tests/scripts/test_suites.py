"""tests/run.py: what it adds up, and what it shows."""
import argparse
import importlib.util

import pytest
from standins import ROOT


@pytest.fixture
def suites(tmp_path, monkeypatch):
    """tests/run.py as a module, with a build folder of its own."""
    spec = importlib.util.spec_from_file_location(
        "kindling_suites", ROOT / "tests" / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "BUILD", tmp_path)
    return module


@pytest.fixture
def runner(suites, monkeypatch):
    """Runs a shell command in place of each suite."""
    runner = suites.Runner(argparse.Namespace(soak=False, args=[]))
    monkeypatch.setattr(runner, "command_of", lambda suite: [
        "sh", "-c", runner.command])
    return runner


def test_score_stands_beside_the_numbers(runner, tmp_path, capsys):
    runner.command = (f"echo 7 of 8 killed >{tmp_path}/tests/mutants.score; "
                      "echo '2 passed in 1.00s'")
    runner.run("mutants")
    assert "2 passed, 0 failed, 0 skipped; 7 of 8 killed\n" in \
        capsys.readouterr().out


def test_an_old_score_is_forgotten(runner, tmp_path, capsys):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "mutants.score").write_text("8 of 8 killed\n")
    runner.command = "echo '1 failed in 1.00s'; exit 1"
    runner.run("mutants")
    shown = capsys.readouterr().out
    assert "0 passed, 1 failed, 0 skipped\n" in shown
    assert "killed" not in shown
