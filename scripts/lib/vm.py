"""What the launchers share: tools, images, terminals, processes."""
import argparse
import contextlib
import fcntl
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import termios

sys.dont_write_bytecode = True
SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", SCRIPTS.parent / "build"))


class Failure(Exception):
    """Why something cannot be started, in words for the user."""


def arguments_of_shell(text):
    """Type of an option that is a list of arguments, quoted as in a shell."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} cannot be split into arguments: {error}") from None


def mebibytes(text):
    """Type of an amount of memory, as QEMU takes it: 256, 256M, 4G."""
    match = re.fullmatch(r"0*([1-9]\d{0,6})([MG]?)", text, re.I)
    if not match:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no amount of memory; 256, 256M and 4G are")
    return int(match[1]) << (10 if match[2].upper() == "G" else 0)


def positive(text):
    """Type of a number of things."""
    if not re.fullmatch(r"0*[1-9]\d{0,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def one_of(*words):
    """Type like choices=, which argparse does not apply to defaults."""
    def check(text):
        if text not in words:
            raise argparse.ArgumentTypeError(
                f"{text!r} is none of: {', '.join(words)}")
        return text
    return check


def tool(name, group):
    """Return the path of a program, or say which group has it."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if not found:
        raise Failure(f"{name} is not installed; 'scripts/setup {group}' "
                      "installs it")
    return found


def must_exist(path, hint="run make first"):
    if not pathlib.Path(path).exists():
        raise Failure(f"{path} does not exist; {hint}")
    return pathlib.Path(path)


def make_image(output, build=BUILD, **options):
    """Make an image of the tree in build with other options of mkimage."""
    must_exist(build / "tree")
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(SCRIPTS / "mkimage"),
               "--stage1", str(build / "stage1.bin"),
               "--stage2", str(build / "stage2.bin"),
               "--tree", str(build / "tree"), "--output", str(output)]
    for name, value in options.items():
        command.append(f"--{name.replace('_', '-')}={value}")
    if subprocess.run(command, check=False).returncode:
        raise Failure(f"{output} could not be made")
    return output


def has_window():
    """Is there a desktop to open a window on?"""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextlib.contextmanager
def kept_terminal():
    """Give the terminal back as it was, however the program inside ended."""
    saved = []
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        try:
            number = stream.fileno()
            state = termios.tcgetattr(number) if os.isatty(number) else None
            saved.append((number, fcntl.fcntl(number, fcntl.F_GETFL), state))
        except (OSError, ValueError):
            continue  # closed: nothing to give back
    try:
        yield
    finally:
        # A process in the background that touches its terminal is stopped.
        old = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        for number, flags, state in saved:
            with contextlib.suppress(OSError, termios.error):
                fcntl.fcntl(number, fcntl.F_SETFL, flags)
                if state:
                    termios.tcsetattr(number, termios.TCSADRAIN, state)
        signal.signal(signal.SIGTTOU, old)


def end(process, grace=3):
    """End a process that we started, gently first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def on_terminal(command, **options):
    """Run a program that owns the terminal; return its exit status."""
    # Keyboard signals are for it, not for us: it decides what they mean.
    with kept_terminal():
        old = signal.signal(signal.SIGINT, signal.SIG_IGN)
        process = subprocess.Popen(
            command, preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                      signal.SIG_DFL),
            **options)
        try:
            return process.wait()
        finally:
            end(process)
            signal.signal(signal.SIGINT, old)


def main(function):
    """Run a launcher's main(); failures become one line and status 1."""
    name = pathlib.Path(sys.argv[0]).name
    # A launcher that is ended must still tidy up what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        sys.exit(function())
    except Failure as failure:
        sys.exit(f"{name}: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
