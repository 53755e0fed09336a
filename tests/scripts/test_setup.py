"""scripts/setup and scripts/packages, on a system of stand-ins.

dpkg-query, apt-get, sudo and id are small scripts in the path; they keep a
list of what is installed and a log of what was asked of them.
"""
import os
import pty
import re
import subprocess

import pytest
from standins import SCRIPTS, run_script

DPKG_QUERY = """#!/bin/sh
echo dpkg-query >>"$FAKE/log"
shift 3
bad=0
for package in "$@"; do
    if grep -qx "$package" "$FAKE/installed"; then
        echo "$package installed"
    elif grep -qx "$package" "$FAKE/removed"; then
        echo "$package config-files"
    else
        bad=1
    fi
done
exit $bad
"""
APT_GET = """#!/bin/sh
echo "apt-get $*; uid=$(id -u) frontend=$DEBIAN_FRONTEND" >>"$FAKE/log"
case " $* " in
*" update "*)
    cp "$FAKE/archive" "$FAKE/lists"
    exit 0 ;;
esac
[ ! -e "$FAKE/broken" ] || { rm "$FAKE/broken"; exit 100; }
for word in "$@"; do
    case $word in
    -* | DPkg* | install) ;;
    *) grep -qx "$word" "$FAKE/lists" || exit 100
       echo "$word" >>"$FAKE/installed" ;;
    esac
done
"""
APT_CACHE = """#!/bin/sh
grep -qx "$2" "$FAKE/lists"
"""
SUDO = """#!/bin/sh
echo "sudo $*" >>"$FAKE/log"
[ ! -e "$FAKE/password" ] || [ "$1" != -n ] || exit 1
[ "$1" != -n ] || shift
FAKE_UID=0 exec "$@"
"""
COMMON = "awk cat cp dirname env grep printf rm sed sh sort tr true".split()


class System:
    def __init__(self, folder):
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name, text in (("dpkg-query", DPKG_QUERY), ("apt-get", APT_GET),
                           ("apt-cache", APT_CACHE), ("sudo", SUDO),
                           ("dpkg", "#!/bin/sh\necho ${FAKE_ARCH-amd64}\n"),
                           ("id", "#!/bin/sh\necho ${FAKE_UID-0}\n")):
            self.tool(name, text)
        for name in COMMON:
            (self.bin / name).symlink_to(f"/usr/bin/{name}")
        for name in ("installed", "removed", "lists", "log"):
            (folder / name).write_text("")
        everything = "".join(f"{line.split()[1]}\n" for line in package_lines())
        (folder / "archive").write_text(everything)
        (folder / "lists").write_text(everything)

    def tool(self, name, text):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def environment(self, **more):
        return {"PATH": str(self.bin), "FAKE": str(self.folder), **more}

    def run(self, *groups, **more):
        return subprocess.run(
            [str(SCRIPTS / "setup"), *groups], env=self.environment(**more),
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=30, check=False)

    def log(self):
        return (self.folder / "log").read_text()

    def install(self, *names):
        with open(self.folder / "installed", "a") as file:
            file.writelines(name + "\n" for name in names)


def package_lines():
    text = (SCRIPTS / "packages").read_text()
    return [line for line in text.splitlines()
            if line and not line.startswith("#")]


def packages(*groups):
    done = run_script("setup", "--list", *groups)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture
def system(tmp_path):
    return System(tmp_path)


def test_list_is_well_formed():
    seen = set()
    for line in package_lines():
        match = re.fullmatch(r"([a-z]+) +([a-z0-9.+-]+)( \[!?[a-z0-9]+\])? +"
                             r"([A-Z][^|]*|sfdisk.*|mkfs.*|qemu-img.*|make.*)",
                             line)
        assert match, line
        assert match.group(1, 2) not in seen, line
        seen.add(match.group(1, 2))
    assert {"build", "run", "test", "docs"} <= \
        {group for group, _ in seen}


def test_nothing_missing_is_quiet_and_needs_no_rights(system):
    system.install(*packages("build", "run"))
    done = system.run("build", "run", FAKE_UID="1000")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert system.log() == "dpkg-query\n"


def test_root_installs_only_what_is_missing(system):
    system.install(*[name for name in packages("build") if name != "nasm"])
    done = system.run("build")
    assert done.returncode == 0, done.stderr
    asked = [line for line in system.log().splitlines() if "apt-get" in line]
    assert len(asked) == 1
    assert asked[0].endswith("--no-install-recommends nasm; uid=0 "
                             "frontend=noninteractive")
    assert "-y" in asked[0].split() and "sudo" not in system.log()


def test_removed_is_missing(system):
    """A package of which only the configuration is left is not there."""
    system.install(*[name for name in packages("build") if name != "nasm"])
    (system.folder / "removed").write_text("nasm\n")
    assert system.run("build").returncode == 0
    assert "nasm" in system.log()


def test_update_only_without_lists(system):
    assert system.run("build").returncode == 0
    assert "update" not in system.log()
    (system.folder / "lists").write_text("")
    assert system.run("run").returncode == 0
    log = system.log()
    assert log.index(" update ") < log.rindex(" install ")


def test_old_lists_are_renewed(system):
    (system.folder / "broken").write_text("")
    assert system.run("run").returncode == 0
    steps = re.findall(r" (update|install) ", system.log())
    assert steps == ["install", "update", "install"]


def test_failure_is_told(system):
    (system.folder / "lists").write_text("")
    (system.folder / "archive").write_text("")
    done = system.run("run")
    assert done.returncode == 1 and "qemu-system-x86" in done.stderr
    assert system.log().count(" update ") == 1


def test_user_with_sudo(system):
    done = system.run("run", FAKE_UID="1000")
    assert done.returncode == 0, done.stderr
    assert "uid=0 frontend=noninteractive" in system.log()
    # Nobody can type a password here, so sudo must not ask for one.
    asked = [l for l in system.log().splitlines() if l.startswith("sudo")]
    assert asked and all(line.startswith("sudo -n ") for line in asked)


@pytest.mark.parametrize("sudo", ["none", "password"])
def test_user_without_rights(system, sudo):
    if sudo == "none":
        (system.bin / "sudo").unlink()
    else:
        (system.folder / "password").write_text("")
    done = system.run("run", FAKE_UID="1000")
    assert done.returncode == 1
    assert "apt-get" not in system.log()
    command = done.stderr.splitlines()[-1].strip()
    assert command.startswith("su -c" if sudo == "none" else "sudo sh -c")
    assert "apt-get install -y --no-install-recommends " \
        + " ".join(packages("run")) in command


def test_sudo_asks_on_a_terminal(system):
    (system.folder / "password").write_text("")
    master, slave = pty.openpty()
    done = subprocess.run(
        [str(SCRIPTS / "setup"), "run"], stdin=slave, stdout=slave,
        stderr=slave, env=system.environment(FAKE_UID="1000"), timeout=30,
        check=False)
    os.close(slave)
    os.close(master)
    assert done.returncode == 0
    assert "sudo env" in system.log() and "sudo -n" not in system.log()


def test_architecture(system):
    system.run("build", FAKE_ARCH="arm64")
    installed = (system.folder / "installed").read_text().split()
    assert "gcc-x86-64-linux-gnu" in installed and "gcc" not in installed


def test_other_systems(system):
    (system.bin / "dpkg-query").unlink()
    done = system.run("build")
    assert done.returncode == 0 and "not Debian" in done.stderr


def test_bad_usage(system):
    assert system.run().returncode == 2
    assert system.run("--nonsense").returncode == 2
    done = system.run("nonsense")
    assert done.returncode == 2 and "unknown group: nonsense" in done.stderr
    assert system.run("--help").returncode == 0
