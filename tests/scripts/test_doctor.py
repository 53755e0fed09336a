"""scripts/doctor: what it finds, and what it says about it."""
import os
import subprocess

import pytest
from standins import SCRIPTS


def doctor(*groups, **environment):
    return subprocess.run(
        [str(SCRIPTS / "doctor"), *groups], capture_output=True, text=True,
        env=dict(os.environ, **environment), timeout=120, check=False)


def lines_of(done):
    return {line[9:31].strip(): (line[:8].strip(), line[32:])
            for line in done.stdout.splitlines() if line[:1].isalpha()
            and not line.startswith("To mend")}


@pytest.fixture
def tools(tmp_path):
    """A folder at the head of the path; returns a function to fill it."""
    def add(name, text):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
        return {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    return add


def test_all_is_well_here():
    """The tests run, so the tools that build are there."""
    done = doctor("build")
    assert done.returncode == 0, done.stdout
    assert all(state == "ok" for state, _ in lines_of(done).values())
    assert "\033" not in done.stdout


def test_too_old(tools):
    done = doctor("build", **tools("nasm", "#!/bin/sh\necho NASM 2.14.02\n"))
    assert done.returncode == 1
    state, detail = lines_of(done)["nasm"]
    assert state == "too old" and "2.14.02" in detail
    assert "apt-get install nasm" in detail
    assert done.stdout.rstrip().endswith("apt-get install nasm")


@pytest.mark.parametrize("version", ["2.15", "2.15.05", "2.16.01", "10.1"])
def test_new_enough(tools, version):
    done = doctor("build", **tools("nasm", f"#!/bin/sh\necho v {version}\n"))
    assert lines_of(done)["nasm"] == ("ok", version)


def test_broken(tools):
    done = doctor("build", **tools("mtools", "#!/bin/sh\nexit 1\n"))
    assert done.returncode == 1
    assert lines_of(done)["mtools"][0] == "missing"


def test_missing_python_package(tools):
    fake = "#!/bin/sh\ncase $2 in *pexpect*) exit 1 ;; esac\nexit 0\n"
    folder = tools("python", fake)["PATH"].split(":")[0]
    done = doctor("test", PYTHON=folder + "/python")
    assert done.returncode == 1
    found = lines_of(done)
    assert found["pexpect"][0] == "missing" and found["pytest"][0] == "ok"
    assert "apt-get install python3-pexpect" in found["pexpect"][1]


def test_missing_library(tools):
    """A compiler that is there, but without a part of it."""
    real = subprocess.run(["which", "gcc"], capture_output=True, text=True,
                          check=True).stdout.strip()
    fake = ('#!/bin/sh\ncase " $* " in *" -lcmocka "*) exit 1 ;; esac\n'
            f'exec {real} "$@"\n')
    found = lines_of(doctor("test", **tools("gcc", fake)))
    assert found["cmocka"][0] == "missing"
    assert found["sanitizers"][0] == "ok"


def test_bad_usage():
    assert doctor("nonsense").returncode == 2
    assert doctor("--nonsense").returncode == 2
    assert doctor("--help").returncode == 0
