"""Boot images in QEMU and Bochs, and look at what the machine does.

What every boot test stands on:

  Qemu        a running virtual PC: its serial line, keyboard, screen, memory
  bochs_run   one run of scripts/bochs, without a window
  make_image  an image by scripts/mkimage, made once for all tests
  cached      any other file that is dear to make, made once for all tests
  Ledger      the kernel's line of figures (contract C-4), as a dictionary

A wait is given in boots, not in seconds: multiples of what one boot took when
the tests began (conftest.py measures it), so that a slow PC is no failure and
a hang is one everywhere. Images are shared and never written: QEMU works on
a throw-away overlay unless a test asks for writable=True.
"""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD") or ROOT / "build").resolve()
SHARED = BUILD / "tests"
EXIT_GOOD, EXIT_BAD = 33, 35  # isa-debug-exit, contract C-7
LEDGER = r"(?m)^ledger: (.+?)\r?\n"
ERROR = r"(?m)^E\d+ .*?\r?\n"  # contract C-3
UP = r"Kindling is up\."
BOOTS = 40       # how long to wait for anything, unless a test knows better
boot_seconds = None  # what one boot takes; conftest.py measures it

sys.path.insert(0, str(ROOT / "scripts" / "lib"))


class BootFailure(AssertionError):
    """What was waited for did not happen; with everything that was seen."""


# --- figures -----------------------------------------------------------------

class Ledger(dict):
    """The ledger line: numbers as int, quirks as a set, words as they are."""

    def __init__(self, line):
        super().__init__()
        for part in line.split():
            name, _, value = part.partition("=")
            self[name] = int(value) if value.isdigit() else value
        words = self.get("quirks")
        self["quirks"] = set() if words == "none" else set(words.split(","))


def figures(text):
    """The kernel's figures: line as {name: int}; a/b gives name and name-of.
    """
    line = re.search(r"^figures: (.+?)\r?$", text, re.M)[1]
    found = {}
    for name, used, size in re.findall(r"([\w-]+)=(\d+)(?:/(\d+))?", line):
        found[name] = int(used)
        if size:
            found[f"{name}-of"] = int(size)
    return found


# --- files made once ---------------------------------------------------------

@contextlib.contextmanager
def locked(name):
    """Only one of the processes that run tests is inside at a time."""
    SHARED.mkdir(parents=True, exist_ok=True)
    with open(SHARED / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(*parts):
    """A short name for whatever a file is made from."""
    hasher = hashlib.sha256()
    for part in parts:
        if isinstance(part, pathlib.Path):
            part = part.read_bytes()
        hasher.update(part if isinstance(part, bytes) else repr(part).encode())
        hasher.update(b"\0")
    return hasher.hexdigest()[:16]


def cached(name, key, make):
    """Return the path of a file that make(path) writes, once for each key."""
    path = SHARED / "files" / f"{name}-{digest(key)}"
    with locked(path.name):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(path.name + ".part")
            partial.unlink(missing_ok=True)
            make(partial)
            partial.replace(path)
        os.utime(path)  # tests/run.py removes what is no longer used
    return path


def copy_sparse(source, target):
    """Copy an image without filling its holes."""
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", "--",
                    str(source), str(target)], check=True)
    os.chmod(target, 0o644)
    return target


def write_tree(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)


def standard_tree():
    """What the standard image holds, as {path: bytes}."""
    root = BUILD / "tree"
    return {path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*")) if path.is_file()}


def most_calls():
    """INT 13h calls that a boot of the standard image may take: for stage 2,
    LBA 0 and the volume's tables, and for each 127 sectors of kernel and
    modules.
    """
    sizes = [len(data) for name, data in standard_tree().items()
             if name.endswith((".elf", ".cpio"))]
    return 3 + sum(-(-size // (127 * 512)) for size in sizes)


def make_image(files=None, *, stage1=None, stage2=None, **options):
    """Return an image by scripts/mkimage; the same arguments, the same file.

    files are added to the standard tree: {"boot/boot.cfg": text or bytes};
    None as value leaves the path out. options are those of mkimage, with
    underscores: cmdline="autorun=selftest", cluster_size="512", ...
    """
    stage1 = stage1 or BUILD / "stage1.bin"
    stage2 = stage2 or BUILD / "stage2.bin"
    tree = standard_tree()
    for name, data in (files or {}).items():
        tree[name] = data.encode() if isinstance(data, str) else data
    tree = {name: data for name, data in tree.items() if data is not None}
    mkimage = ROOT / "scripts" / "mkimage"

    def make(path):
        with tempfile.TemporaryDirectory() as folder:
            write_tree(pathlib.Path(folder), tree)
            command = [sys.executable, str(mkimage), "--stage1", str(stage1),
                       "--stage2", str(stage2), "--tree", folder,
                       "--output", str(path)]
            command += [f"--{name.replace('_', '-')}={value}"
                        for name, value in options.items()]
            done = subprocess.run(command, capture_output=True, text=True,
                                  timeout=300, check=False)
        assert done.returncode == 0, f"mkimage: {done.stderr}"

    key = digest(mkimage, pathlib.Path(stage1), pathlib.Path(stage2),
                 sorted(tree.items()), sorted(options.items()))
    return cached("image", key, make)


def built(path, *arguments):
    """Make a file below BUILD, with more arguments for make; its path."""
    with locked("make"):
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("MAKEFLAGS", "MFLAGS")}
        subprocess.run(["make", "--no-print-directory", "-C", str(ROOT),
                        f"BUILD={BUILD}", *arguments, str(path)], check=True,
                       stdout=subprocess.DEVNULL, env=environment,
                       timeout=300)
    return path


def kernel_of(size):
    """The kernel with so much more data that its file has size bytes."""
    return built(SHARED / f"kernel-{size}.elf").read_bytes()


def image_for(cmdline):
    """The standard image with another command line."""
    return make_image(cmdline=cmdline)


def modules_image(modules, cmdline="", kernel=None):
    """An image whose boot modules are those of {name: bytes}, in that order,
    the first one the root task. It may have another kernel.
    """
    config = "timeout = 0\n[Guest]\nkernel = /boot/kernel.elf\n"
    config += "".join(f"module = /boot/{name}\n" for name in modules)
    files = {f"boot/{name}": data for name, data in modules.items()}
    if kernel is not None:
        files["boot/kernel.elf"] = kernel
    return make_image({"boot/boot.cfg": f"{config}cmdline = {cmdline}\n",
                       **files})


def guest_image(program, cmdline="", kernel=None):
    """An image whose root task is that program of user/test.

    With autorun= QEMU ends with the program's result.
    """
    path = BUILD / "user" / "test" / f"{program}.elf"
    return modules_image({path.name: path.read_bytes()},
                         f"{cmdline} autorun={program}".strip(), kernel)


def archive(files):
    """A boot archive of {path: bytes or text}, as scripts/mkarchive makes it.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree, output = pathlib.Path(folder, "tree"), pathlib.Path(folder, "a")
        tree.mkdir()
        write_tree(tree, files)
        subprocess.run([sys.executable, str(ROOT / "scripts" / "mkarchive"),
                        "--tree", str(tree), "--output", str(output)],
                       check=True, timeout=60)
        return output.read_bytes()


# --- QEMU --------------------------------------------------------------------

# How the boot disk is attached: devices, the last of which holds the drive.
DISKS = {
    "ide": ["piix3-ide,id=c", "ide-hd,bus=c.0"],
    "ahci": ["ich9-ahci,id=c", "ide-hd,bus=c.0"],
    "nvme": ["nvme,serial=kindling"],
    "virtio-blk": ["virtio-blk-pci"],
    "virtio-scsi": ["virtio-scsi-pci,id=c", "scsi-hd,bus=c.0"],
    "lsi": ["lsi53c895a,id=c", "scsi-hd,bus=c.0"],
    "megaraid": ["megasas,id=c", "scsi-hd,bus=c.0"],
    "megaraid-gen2": ["megasas-gen2,id=c", "scsi-hd,bus=c.0"],
    "pvscsi": ["pvscsi,id=c", "scsi-hd,bus=c.0"],
    "xhci": ["qemu-xhci,id=c", "usb-storage,bus=c.0"],
    "ehci": ["usb-ehci,id=c", "usb-storage,bus=c.0"],
    "uhci": ["piix3-usb-uhci,id=c", "usb-storage,bus=c.0"],
    "ohci": ["pci-ohci,id=c", "usb-storage,bus=c.0"],
    "sd": ["sdhci-pci,id=c", "sd-card"],
}
# The chipset's own controllers, and the floppy drive, are drives of a unit.
BUILT_IN = {"default": "if=ide,index=0", "floppy": "if=floppy,index=0",
            "cdrom": "if=ide,index=0,media=cdrom"}


def disk_arguments(image, disk, writable=False):
    """Arguments that attach an image, never written unless writable."""
    drive = f"file={str(image).replace(',', ',,')},format=raw"
    drive += "" if writable else ",snapshot=on"
    if disk in BUILT_IN:
        return ["-drive", f"{drive},{BUILT_IN[disk]}"]
    *controllers, holder = DISKS[disk]
    arguments = ["-drive", f"{drive},if=none,id=boot"]
    for controller in controllers:
        arguments += ["-device", controller]
    # An SD card takes no boot index; nothing else is there to boot from.
    index = "" if disk == "sd" else ",bootindex=0"
    return arguments + ["-device", f"{holder},drive=boot{index}"]


def memory_arguments(memory):
    """-m; more than the host has is promised, not reserved."""
    if not memory.endswith("G") or int(memory[:-1]) < 8:
        return ["-m", memory]
    return ["-m", memory, "-object",
            f"memory-backend-ram,id=ram,size={memory},reserve=off",
            "-machine", "memory-backend=ram"]


class Qemu:
    """A virtual PC that runs while the with block does.

    machine, cpu, memory, cpus, disk say what it is, accel how QEMU runs it;
    without debug_exit it has no port to end QEMU by; extra are more
    arguments, inherit the file descriptors that they name.
    text is all that came over COM1 so far. A reset of the machine ends QEMU
    (-no-reboot), so a reboot loop or a triple fault is seen as `ended`.
    """

    def __init__(self, image=None, *, machine="q35", cpu="max",
                 memory="128M", cpus=1, accel="tcg", disk="default",
                 writable=False, debug_exit=True, extra=(), inherit=()):
        self.text = ""
        self.at = 0           # where the next expect() begins
        self.events = []
        self.status = None    # exit status, once it ended
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="qemu."))
        self._pending = b""
        self._answers = []
        disks = disk_arguments(image, disk, writable) if image else []
        self.qmp, far = socket.socketpair()
        self.command = [
            "qemu-system-x86_64", "-nodefaults", "-vga", "std",
            "-machine", machine, "-accel", accel, "-cpu", cpu,
            "-smp", str(cpus), *memory_arguments(memory), "-display", "none",
            "-serial", "stdio", "-no-reboot",
            "-chardev", f"socket,id=qmp,fd={far.fileno()}",
            "-mon", "chardev=qmp,mode=control",
            *(["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
              if debug_exit else []),
            *disks, *extra]
        self._errors = open(self.work / "stderr", "w+", encoding="utf-8")
        try:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=self._errors, bufsize=0,
                pass_fds=[far.fileno(), *inherit], cwd=self.work)
        finally:
            far.close()
        self._sources = [self.process.stdout, self.qmp]

    def __enter__(self):
        try:
            self._wait(lambda: self.events or None, BOOTS, "QMP's greeting")
            self.qmp_command("qmp_capabilities")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End QEMU, however it stands."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.qmp,
                       self._errors):
            with contextlib.suppress(OSError):
                stream.close()
        shutil.rmtree(self.work, ignore_errors=True)

    # What it says.

    def _pump(self, seconds):
        """Take in what arrives on COM1 and QMP; False once both are closed.
        """
        if not self._sources:
            return False
        for source in select.select(self._sources, [], [], seconds)[0]:
            data = b""
            with contextlib.suppress(ConnectionError):
                data = os.read(source.fileno(), 65536)
            if not data:
                self._sources.remove(source)
            elif source is self.qmp:
                self._take_qmp(data)
            else:
                self.text += data.decode("latin-1")
        return True

    def _take_qmp(self, data):
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            known = "event" in message or "QMP" in message
            (self.events if known else self._answers).append(message)

    def _wait(self, condition, boots, what):
        assert boot_seconds, "use the fixture that measures a boot"
        deadline = time.monotonic() + boots * boot_seconds
        while (found := condition()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                self._fail(f"no sign of {what} within {boots} boots")
            if not self._pump(left):
                found = condition()
                if found is None:
                    self._fail(f"QEMU ended ({self.ended}) before {what}")
                return found
        return found

    def _fail(self, problem):
        self._errors.seek(0)
        raise BootFailure(f"{problem}\n{' '.join(self.command)}\n"
                          f"{self._errors.read()}--- COM1:\n"
                          f"{self.text[-6000:]}")

    def expect(self, pattern, boots=BOOTS):
        """Wait for a regular expression on COM1, after the last one found.

        Returns the match.
        """
        regex = re.compile(pattern)
        match = self._wait(lambda: regex.search(self.text, self.at), boots,
                           repr(pattern))
        self.at = match.end()
        return match

    def expect_any(self, *patterns, boots=BOOTS):
        """The same for several; returns (index, match) of the first one."""
        def find():
            found = [(match.start(), index, match)
                     for index, match in enumerate(
                         re.compile(p).search(self.text, self.at)
                         for p in patterns) if match]
            return min(found, key=lambda item: item[:2]) if found else None
        _, index, match = self._wait(find, boots, repr(patterns))
        self.at = match.end()
        return index, match

    def ledger(self, boots=BOOTS):
        """Wait for the ledger line; return it parsed. An error ends that."""
        index, match = self.expect_any(LEDGER, ERROR, boots=boots)
        if index:
            self._fail(f"an error instead of the ledger: {match[0]}")
        return Ledger(match[1])

    def wait_exit(self, boots=BOOTS):
        """Wait until QEMU ends; return its exit status (33 good, 35 bad)."""
        deadline = time.monotonic() + boots * boot_seconds
        while self._pump(max(deadline - time.monotonic(), 0)):
            if time.monotonic() > deadline:
                self._fail(f"still running after {boots} boots")
        try:
            self.status = self.process.wait(boot_seconds * BOOTS)
        except subprocess.TimeoutExpired:
            self._fail("closed its serial line, yet does not end")
        return self.status

    @property
    def ended(self):
        """None while it runs, else "exit N", "guest-reset", ..."""
        for event in self.events:
            if event.get("event") in ("SHUTDOWN", "RESET"):
                return event["data"]["reason"]
        status = self.process.poll()
        return None if status is None else f"exit {status}"

    def still_runs(self):
        """Fail if the machine was reset, rebooted or ended by itself."""
        while select.select(self._sources, [], [], 0)[0]:
            self._pump(0)
        if self.ended:
            self._fail(f"QEMU ended ({self.ended})")

    def wait_for(self, condition, what, boots=BOOTS):
        """Ask again and again until condition() is true; return that."""
        deadline = time.monotonic() + boots * boot_seconds
        while not (found := condition()):
            if time.monotonic() > deadline:
                self._fail(f"no {what} within {boots} boots")
            self._pump(boot_seconds / 50)
        return found

    # What is done to it.

    def qmp_command(self, name, **arguments):
        """Run one QMP command; return what it returns."""
        request = {"execute": name, "arguments": arguments}
        self._answers.clear()
        self.qmp.sendall(json.dumps(request).encode() + b"\n")
        self._wait(lambda: self._answers or None, BOOTS, f"QMP {name}")
        answer = self._answers.pop(0)
        assert "return" in answer, f"QMP {name}: {answer}"
        return answer["return"]

    def monitor(self, line):
        """Run one line of QEMU's human monitor; return what it prints."""
        return self.qmp_command("human-monitor-command",
                                **{"command-line": line})

    def send(self, text):
        """Type on the serial line."""
        self.process.stdin.write(text.encode("latin-1"))

    def press(self, *names):
        """Press keys one after the other; QEMU's names: ret, a, shift-a."""
        for name in names:
            keys = [{"type": "qcode", "data": key} for key in name.split("-")]
            self.qmp_command("send-key", keys=keys, **{"hold-time": 20})

    def quit(self):
        """End the virtual PC as if its plug was pulled; writes are kept."""
        with contextlib.suppress(BootFailure, OSError):
            self.qmp_command("quit")
        return self.wait_exit()

    # What is in it.

    def memory(self, address, size):
        """Bytes of the guest's physical memory."""
        path = self.work / "memory"
        self.qmp_command("pmemsave", val=address, size=size,
                         filename=str(path))
        data = path.read_bytes()
        path.unlink()
        return data

    def screen(self):
        """The text on the screen, 25 lines without blanks at the end."""
        cells = self.memory(0xB8000, 80 * 25 * 2)[::2].decode("cp437")
        cells = cells.replace("\0", " ")
        return "\n".join(cells[row * 80:row * 80 + 80].rstrip()
                         for row in range(25))

    def on_screen(self, pattern, boots=BOOTS):
        """Wait until the screen shows a regular expression, lines joined.

        The screen wraps at 80 columns, so a line break counts as nothing.
        """
        regex = re.compile(pattern)

        def find():
            cells = self.memory(0xB8000, 80 * 25 * 2)[::2].decode("cp437")
            return regex.search(cells.replace("\0", " "))
        try:
            return self.wait_for(find, f"{pattern!r} on the screen", boots)
        except BootFailure as failure:
            raise BootFailure(f"{failure}\n--- screen:\n{self.screen()}"
                              ) from None

    def picture(self):
        """The screen as an image of Pillow."""
        from PIL import Image
        path = self.work / "screen.ppm"
        self.qmp_command("screendump", filename=str(path))
        with Image.open(path) as image:
            image.load()
        path.unlink()
        return image


def boot(image, boots=BOOTS, **options):
    """Boot until the kernel is done with its report; return (text, ledger).
    """
    with Qemu(image, **options) as pc:
        ledger = pc.ledger(boots)
        pc.expect(r"(?m)^cycles: .+\n", boots)
        pc.still_runs()
        return pc.text, ledger


def selftest(boots=BOOTS, image=None, **options):
    """Boot with autorun=selftest; every check must pass. (text, ledger)"""
    with Qemu(image or image_for("autorun=selftest"), **options) as pc:
        ledger = pc.ledger(boots)
        status = pc.wait_exit(boots)
        assert status == EXIT_GOOD, f"exit status {status}\n{pc.text}"
        assert re.search(r"^# 0 failed\r?$", pc.text, re.M), pc.text
        assert "not ok" not in pc.text, pc.text
        return pc.text, ledger


# --- Bochs -------------------------------------------------------------------

class BochsRun:
    """What a run of Bochs left behind: serial, debugger log, log, status."""

    def __init__(self, work, status):
        def read(name):
            path = work / name
            return path.read_text("latin-1") if path.exists() else ""
        self.status = status
        self.serial = read("serial.txt")
        self.debugger = read("debugger.txt")
        self.log = read("log.txt")

    def ledger(self):
        match = re.search(LEDGER, self.serial)
        if not match:
            raise BootFailure(f"no ledger (status {self.status})\n"
                              f"{self.serial[-4000:]}\n{self.log[-2000:]}")
        return Ledger(match[1])


def bochs_run(image, *arguments, rc=None, until=None, boots=4 * BOOTS):
    """Run scripts/bochs until the guest ends it, or until is on COM1, or an
    error is, after which the guest only waits for a key.

    rc are lines for the debugger. Return a BochsRun.
    """
    work = pathlib.Path(tempfile.mkdtemp(prefix="bochs."))
    limit = max(boots * boot_seconds, 20)
    command = [sys.executable, str(ROOT / "scripts" / "bochs"), "--headless",
               "--image", str(image), "--work", str(work), "--serial",
               str(work / "serial.txt"), "--timeout", str(limit), *arguments]
    if rc is not None:
        (work / "rc").write_text("\n".join(rc) + "\n", encoding="ascii")
        command += ["--rc", str(work / "rc")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL,
                               env={**os.environ, "BUILD": str(BUILD)})
    try:
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(boot_seconds / 20)
            serial = BochsRun(work, None).serial
            if re.search(f"{ERROR}|{until}" if until else ERROR, serial):
                break
        process.terminate()
        status = process.wait(limit)
        return BochsRun(work, status)
    finally:
        if process.poll() is None:
            process.kill()
        shutil.rmtree(work, ignore_errors=True)
