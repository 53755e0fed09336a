"""make run, bochs, debug and replay, on the real image."""
import fcntl
import io
import os
import pathlib
import re
import subprocess
import termios

import pexpect
import pytest
from standins import ROOT, SCRIPTS

BUILD = pathlib.Path(os.environ.get("BUILD", "build"))
BUILD = BUILD if BUILD.is_absolute() else ROOT / BUILD
LIMIT = 120  # seconds; a loaded machine is slow, but not that slow


@pytest.fixture(scope="module")
def build():
    """The environment of the launchers, with everything built."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "DISPLAY",
                                   "WAYLAND_DISPLAY", "DEBUG", "ARGS", "MEM",
                                   "BIOS", "WINDOW", "CPU", "CPUS", "MACHINE", "CMDLINE")}
    environment.update(BUILD=str(BUILD), TERM="xterm")
    if os.environ.get("KINDLING_BUILT") != "1":
        BUILD.mkdir(parents=True, exist_ok=True)
        with open(BUILD / ".lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # pytest-xdist: two at a time
            subprocess.run(["make", "-s", "-C", str(ROOT), f"BUILD={BUILD}",
                            "image"], check=True, timeout=300,
                           env=environment)
    return environment


def launch(name, *arguments, env, **options):
    return subprocess.run(
        [str(SCRIPTS / name), *map(str, arguments)], capture_output=True,
        text=True, timeout=LIMIT * 2, env=env, check=False, **options)


def on_terminal(name, *arguments, env):
    return pexpect.spawn(str(SCRIPTS / name), list(map(str, arguments)),
                         env=env, timeout=LIMIT, encoding="utf-8",
                         codec_errors="replace", dimensions=(30, 100))


def private(build, folder):
    """A build folder for what a launcher writes, so that tests can overlap."""
    for name in ("stage1.bin", "stage2.bin", "kernel.elf", "stage1.elf",
                 "stage2.elf", "kernel.debug.elf", "kindling.img", "tree"):
        (folder / name).symlink_to(BUILD / name)
    return dict(build, BUILD=str(folder))


def test_run_on_a_terminal(build):
    """Ctrl-C is the guest's, Ctrl-A x ends QEMU, the terminal is as before."""
    before = (BUILD / "kindling.img").read_bytes()
    child = on_terminal("run", env=build)
    was = termios.tcgetattr(child.child_fd)
    child.expect("Ctrl-A x ends QEMU")
    child.expect("ledger: int13=")
    child.send("\x03")
    child.send("\x01x")
    child.expect(pexpect.EOF)
    assert termios.tcgetattr(child.child_fd) == was
    child.close()
    assert (child.exitstatus, child.signalstatus) == (0, None)
    assert (BUILD / "kindling.img").read_bytes() == before


def test_run_killed_gives_the_terminal_back(build):
    child = on_terminal("run", env=build)
    was = termios.tcgetattr(child.child_fd)
    child.expect("ledger: int13=")
    assert termios.tcgetattr(child.child_fd) != was  # QEMU made it raw
    child.kill(15)
    child.expect(pexpect.EOF)
    assert termios.tcgetattr(child.child_fd) == was
    child.close()
    assert child.exitstatus == 143


def test_run_reports_success(build, tmp_path):
    done = launch("run", "--cmdline", "autorun=selftest",
                  env=private(build, tmp_path), stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# 0 failed" in done.stdout


@pytest.mark.parametrize("cmdline, ended, status", [
    ("autorun=x", 33, 0), ("autorun=x", 35, 1), ("autorun=x", 1, 1),
    ("autorun=x", 0, 0), ("log=debug", 33, 33), ("log=debug", 0, 0)])
def test_run_status(build, tmp_path, cmdline, ended, status):
    """What isa-debug-exit makes of the guest's word is turned back."""
    fake = tmp_path / "qemu-system-x86_64"
    fake.write_text(f'#!/bin/sh\necho "$@" >"$0.log"\nexit {ended}\n')
    fake.chmod(0o755)
    env = private(build, tmp_path)
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    done = launch("run", "--cmdline", cmdline, env=env,
                  stdin=subprocess.DEVNULL)
    assert done.returncode == status, done.stderr
    asked = (tmp_path / "qemu-system-x86_64.log").read_text()
    assert ("isa-debug-exit" in asked) == ("autorun" in cmdline)


def test_run_options(build):
    done = launch("run", "--print", env=dict(
        build, MEM="64M", CPUS="3", CPU="qemu64", MACHINE="pc",
        ARGS="-d int -D 'a b'"))
    for words in ("-m 64M", "-smp 3", "-cpu qemu64", "-machine pc",
                  "-d int -D 'a b'", "snapshot=on", "-display none"):
        assert words in done.stdout
    assert "-nographic" not in done.stdout and "kvm" not in done.stdout


def test_run_without_image(build, tmp_path):
    done = launch("run", env=dict(build, BUILD=str(tmp_path)))
    assert done.returncode == 1 and "run make first" in done.stderr


@pytest.mark.parametrize("name, variable, value, words", [
    ("bochs", "MEM", "much", "no amount of memory"),
    ("bochs", "MEM", "0", "no amount of memory"),
    ("bochs", "MEM", "128K", "no amount of memory"),
    ("bochs", "BIOS", "bad", "none of: legacy, rombios, seabios"),
    ("bochs", "CPUS", "x", "no number"), ("bochs", "CPUS", "0", "no number"),
    ("run", "ARGS", "'x", "cannot be split"),
    ("run", "WINDOW", "maybe", "none of: auto, no")])
def test_wrong_values(build, name, variable, value, words):
    """A wrong variable is a wrong option: usage, one line, status 2."""
    done = launch(name, env=dict(build, **{variable: value}))
    assert done.returncode == 2
    assert words in done.stderr and "usage:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value, mebibytes", [
    ("96", 96), ("96M", 96), ("96m", 96), ("1G", 1024)])
def test_bochs_memory(build, tmp_path, value, mebibytes):
    """MEM= means the same as with make run."""
    fake = tmp_path / "bochs"
    fake.write_text("#!/bin/sh\nexit 0\n")
    fake.chmod(0o755)
    env = dict(private(build, tmp_path), MEM=value)
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    launch("bochs", "--headless", "--work", tmp_path / "work", env=env)
    text = (tmp_path / "work" / "bochsrc").read_text()
    assert f"memory: guest={mebibytes}, host={min(mebibytes, 1024)}\n" in text


DEBUG = """\
stepi
stepi
stage1
line
stage2
line
protected
line
long
loader
next
gate
gate
line
gate
gate
gate
kernel
step
over
"""


def test_debug_steps_through_every_mode(build, tmp_path):
    batch = tmp_path / "batch"
    batch.write_text(DEBUG)
    done = launch("debug", "--batch", batch, "--timeout", LIMIT,
                  env=private(build, tmp_path))
    assert done.returncode == 0, done.stderr
    bios, _ = done.stdout.split("[real mode, 16-bit code, at 0x7c00]", 1)
    assert bios.count("no symbols: CS is not 0]\n  000F") == 2
    assert "??" not in bios and "#0" not in bios  # no frames in the BIOS
    assert "not in symtab" not in done.stderr
    patterns = [
        r"\[real mode, 16-bit code, at 0x7c00\]",
        r"#0 .*stage1/mbr\.asm:\d+", r"\[real mode, 16-bit code, at 0x7c5a\]",
        r"\[real mode, .*#0 +stage2_entry.*stage2/start\.asm",
        r"\[protected mode, 32-bit code.*#0 +protected",
        r"\[64-bit mode.*#0 +long_start", r"loader_main.*stage2/main\.c",
        r"\[compatibility mode, 16-bit code.*#0 +gate_to_real .*gate\.asm",
        r"\[real mode, 16-bit code.*#0 +gate_real .*gate\.asm",
        r"\[real mode, 16-bit code.*#0 +gate_to_protected",
        r"\[protected mode, 32-bit code.*#0 +gate_to_long",
        r"\[64-bit mode, .*\n=> .*\n   0x.*#0 +gate_long",
        r"\[kernel symbols at 0xffffffff[89a-f]", r"#0 .*entry.*entry\.asm"]
    place = 0
    for pattern in patterns:
        match = re.compile(pattern, re.S).search(done.stdout, place)
        assert match, (pattern, done.stdout[place:])
        place = match.start() + 1


def test_debug_times_out(build, tmp_path):
    (tmp_path / "batch").write_text("stage1\ncontinue\n")
    done = launch("debug", "--batch", tmp_path / "batch", "--timeout", "4",
                  env=private(build, tmp_path))
    assert done.returncode == 124


def test_replay_walks_back(build, tmp_path):
    done = launch("replay", "--check", "--timeout", LIMIT,
                  env=private(build, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "From the kernel back to stage 1" in done.stdout


def test_replay_without_the_line(build, tmp_path):
    done = launch("replay", "--check", "--timeout", "4", "--until",
                  "never printed", env=private(build, tmp_path))
    assert done.returncode == 1 and "never printed" in done.stderr


def test_replay_shows_what_qemu_says(build, tmp_path):
    done = launch("replay", "--check", env=dict(private(build, tmp_path),
                                                CPU="foo"))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "unable to find CPU model 'foo'" in done.stderr


@pytest.mark.parametrize("bios", ["rombios", "seabios", "legacy"])
def test_bochs_headless(build, tmp_path, bios):
    done = launch("bochs", "--headless", "--bios", bios, "--cmdline",
                  "autorun=selftest", "--serial", tmp_path / "serial",
                  "--timeout", LIMIT, env=private(build, tmp_path))
    text = (tmp_path / "serial").read_text()
    assert "# 0 failed" in text, (done.stderr, text)
    assert "ledger: int13=" in text


def test_bochs_commands_and_timeout(build, tmp_path):
    (tmp_path / "rc").write_text('lb "long_start"\nc\ncreg\nc\n')
    done = launch("bochs", "--headless", "--rc", tmp_path / "rc",
                  "--debugger-log", tmp_path / "log", "--timeout", "6",
                  env=private(build, tmp_path))
    assert done.returncode == 124
    log = (tmp_path / "log").read_text()
    assert "long_start+0" in log and "EFER=0x00000d00" in log


def test_bochs_debugger_stops_at_each_mode(build, tmp_path):
    child = on_terminal("bochs", "--debug", env=private(build, tmp_path))
    labels = ("stage1_start", "stage2_entry", "protected", "long_start",
              "loader_main", "gate_to_real", "gate_real",
              "gate_to_protected", "gate_to_long", "jump_to_kernel",
              "0008:ffffffff80000000")
    for number, label in enumerate(labels[:-1], 1):
        child.expect(rf" {number} +{label} ")  # the list at the start
    for label in labels:
        child.expect("Breakpoint [0-9]+")
        child.expect_exact(label)
        child.expect_exact("<bochs:")
        child.sendline("c" if "ffff" not in label else "q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    names = {line.split()[1] for line in
             (tmp_path / "bochs/symbols.txt").read_text().splitlines()}
    assert {"entry", "kernel.entry", "kernel_entry"} <= names


def test_bochs_on_a_terminal(build, tmp_path):
    """The screen is drawn here, keys go there; Ctrl-A x is the way out."""
    image = tmp_path / "waits.img"
    subprocess.run(
        [str(SCRIPTS / "mkimage"), "--stage1", str(BUILD / "stage1.bin"),
         "--stage2", str(BUILD / "stage2.bin"), "--tree", str(BUILD / "tree"),
         "--output", str(image), "--timeout", "3000"], check=True, timeout=60)
    child = on_terminal("bochs", "--image", str(image),
                        env=private(build, tmp_path))
    was = termios.tcgetattr(child.child_fd)
    shown = io.StringIO()
    child.logfile_read = shown
    child.expect_exact("Ctrl-A x ends Bochs")
    child.expect_exact("\x1b[H\x1b[2J")
    child.expect("framebuffer")
    child.send("1")
    child.expect("ledger: ")  # the first line may have scrolled away
    child.send("\x01x")
    child.expect(pexpect.EOF)
    assert termios.tcgetattr(child.child_fd) == was
    child.close()
    assert child.exitstatus == 0
    for noise in ("ALSA", "PLUGIN", "<bochs:", "connected to screen"):
        assert noise not in shown.getvalue()
