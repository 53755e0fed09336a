"""All of scripts/: clean, runnable, with help, and leaving no litter.

tests/checks looks at the shell scripts, as part of the whole tree.
"""
import ast
import subprocess

import pytest
from standins import ROOT, SCRIPTS, run_script

FILES = sorted(path for path in SCRIPTS.iterdir() if path.is_file())
PROGRAMS = [path for path in FILES if path.read_bytes()[:2] == b"#!"]
SHELL = [path for path in PROGRAMS
         if b"/sh" in path.read_bytes().splitlines()[0]]
PYTHON = [path for path in PROGRAMS if path not in SHELL] + \
    sorted((SCRIPTS / "lib").glob("*.py"))


def name_of(path):
    return path.name


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_python(path):
    """It compiles, every import is used, no line is too long."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    imported = {(alias.asname or alias.name).split(".")[0]
                for node in ast.walk(tree)
                if isinstance(node, (ast.Import, ast.ImportFrom))
                for alias in node.names}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert imported <= used
    assert max(map(len, text.splitlines())) <= 84


@pytest.mark.parametrize("path", [
    path for path in PROGRAMS
    if path.name not in ("mkfont", "mksymbols")], ids=name_of)
def test_help(path):
    done = run_script(path.name, "--help")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) > 100


@pytest.mark.parametrize("path", PROGRAMS, ids=name_of)
def test_can_be_run(path):
    assert path.stat().st_mode & 0o111


def test_no_litter():
    assert not list(SCRIPTS.rglob("__pycache__"))


def test_make_targets_have_help():
    """Every target of run.mk that people type is in make help."""
    text = (SCRIPTS / "run.mk").read_text()
    phony = text.split(".PHONY:")[1].splitlines()[0].split()
    done = subprocess.run(["make", "-s", "-C", str(ROOT), "help"],
                          capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stderr
    for target in phony:
        assert f"make {target} " in done.stdout
