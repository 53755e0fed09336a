"""Run an image in QEMU or Bochs until it says one of some words.

Small on purpose: start the machine, gather what it prints on COM1 and port
E9h, stop at a marker, at its end, or when the time is up.
"""
import os
import pathlib
import pty
import re
import select
import subprocess
import tempfile
import time
from dataclasses import dataclass

BOCHS_SHARE = pathlib.Path("/usr/share/bochs")
SEABIOS = pathlib.Path("/usr/share/seabios/bios.bin")


@dataclass
class Outcome:
    serial: str     # COM1
    debug: str      # port E9h (QEMU only)
    ended: str      # "marker", "exit" or "timeout"
    seconds: float

    def lines(self, prefix):
        """What follows prefix in each line of COM1 that begins with it."""
        return [line[len(prefix):].strip() for line in
                self.serial.splitlines() if line.startswith(prefix)]


def run_qemu(image, until=(), *, machine="pc", memory="64M", cpu="max",
             extra=(), drive="if=ide,index=0", timeout=20.0):
    """Boot image (never written) until one of the patterns is on COM1."""
    with tempfile.TemporaryDirectory() as folder:
        debug = pathlib.Path(folder) / "e9"
        command = [
            "qemu-system-x86_64", "-machine", machine, "-accel", "tcg",
            "-cpu", cpu, "-m", memory, "-display", "none", "-monitor", "none",
            "-serial", "stdio", "-nic", "none", "-no-reboot",
            "-debugcon", f"file:{debug}",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
            "-drive", f"file={image},format=raw,snapshot=on,{drive}", *extra]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        try:
            outcome = _follow(process, process.stdout.fileno(), until,
                              timeout)
        finally:
            _stop(process)
        if debug.exists():
            outcome.debug = debug.read_text("latin-1")
        return outcome


def _follow(process, descriptor, until, timeout):
    started = time.monotonic()
    pattern = re.compile("|".join(until), re.M) if until else None
    text, ended = "", "timeout"
    while (left := started + timeout - time.monotonic()) > 0:
        if not select.select([descriptor], [], [], left)[0]:
            break
        data = os.read(descriptor, 65536)
        if not data:
            ended = "exit"
            break
        text += data.decode("latin-1")
        if pattern and pattern.search(text):
            ended = "marker"
            break
    return Outcome(text, "", ended, time.monotonic() - started)


def _stop(process):
    process.kill()
    process.wait(timeout=10)
    if process.stdout:
        process.stdout.close()


BOCHSRC = """\
megs: {memory}
cpu: model={cpu}, count=1, ips=100000000, reset_on_triple_fault=0
romimage: file={bios}
vgaromimage: file={share}/VGABIOS-lgpl-latest
boot: disk
ata0-master: type=disk, path="{image}", mode=flat, cylinders=0
com1: enabled=1, mode=file, dev={folder}/serial
port_e9_hack: enabled=1
log: {folder}/log
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
clock: sync=none, time0=1000000000
speaker: enabled=0
display_library: term
"""


def run_bochs(image, until=(), *, bios="rombios", memory=64,
              cpu="corei7_sandy_bridge_2600k", timeout=40.0):
    """The same in Bochs; image is opened for writing, so give a copy."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rom = {"rombios": BOCHS_SHARE / "BIOS-bochs-latest",
               "seabios": SEABIOS}[bios]
        (folder / "bochsrc").write_text(BOCHSRC.format(
            memory=memory, cpu=cpu, bios=rom, share=BOCHS_SHARE,
            image=image, folder=folder))
        (folder / "rc").write_text("c\n")
        (folder / "serial").touch()
        # The text display wants a terminal; nobody looks at it.
        master, slave = pty.openpty()
        process = subprocess.Popen(
            ["bochs", "-q", "-f", str(folder / "bochsrc"), "-rc",
             str(folder / "rc")], stdin=slave, stdout=slave, stderr=slave,
            cwd=folder, env={**os.environ, "TERM": "xterm"},
            start_new_session=True)
        os.close(slave)
        try:
            outcome = _poll(process, master, folder / "serial", until,
                            timeout)
        finally:
            _stop(process)
            os.close(master)
        log = folder / "log"
        outcome.debug = log.read_text("latin-1") if log.exists() else ""
        return outcome


def _poll(process, terminal, path, until, timeout):
    """Read the file that Bochs writes; drain its terminal meanwhile."""
    started = time.monotonic()
    pattern = re.compile("|".join(until), re.M) if until else None
    ended = "timeout"
    while time.monotonic() - started < timeout:
        if select.select([terminal], [], [], 0.02)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:
                pass  # the terminal closes when Bochs ends
        text = path.read_text("latin-1")
        if pattern and pattern.search(text):
            ended = "marker"
            break
        if process.poll() is not None:
            ended = "exit"
            break
    return Outcome(path.read_text("latin-1"), "", ended,
                   time.monotonic() - started)
