"""What GDB learns about the boot chain; scripts/debug sources this file.

Commands: mode, landmarks, stage1, stage2, protected, long, loader, gate,
kernel, line, over, back-to-start. "help user-defined" does not list Python
commands, so "landmarks" explains them too.

GDB believes all the time that it looks at 64-bit code. It reads registers and
memory rightly in every mode, but disassembles 16- and 32-bit code wrongly:
ndisasm does that here. Symbols match in real mode because stage 1 sees to it
that CS is 0. In the BIOS, where it is not, no frame is shown: GDB would name
the function of ours that has the same offset.
"""
import json
import os
import re
import socket
import subprocess
import sys
import time

import gdb

sys.dont_write_bytecode = True

BUILD = os.environ["KINDLING_BUILD"]
ENTRY = int(os.environ.get("KINDLING_KERNEL_ENTRY", "0"), 0)
STAGE1 = 0x7C00
STOPS = {
    "stage1": ("*0x7c00", "LBA 0, as the BIOS left the machine"),
    "stage2": ("*&stage2_entry", "stage 2, real mode"),
    "protected": ("*&protected", "the first 32-bit instruction"),
    "long": ("*&long_start", "the first 64-bit instruction"),
    "loader": ("*&loader_main", "the first C function"),
}
# Where the way to the BIOS and back changes the mode, in this order.
GATE = ("gate_to_real", "gate_real", "gate_to_protected", "gate_to_long",
        "gate_long")
MAX_STEPS = 20000  # of one "line": a REP counts each time round


SEEK_LIMIT = 120  # seconds for the way to a place of a recording


class State:
    quiet = False       # while a command of ours makes many small steps
    kernel_base = None  # where the kernel's symbols were loaded
    stage1 = None       # instruction count of a recording at 0x7c00
    machine = None      # connection to QEMU's own protocol, when replaying


def monitor(command):
    return gdb.execute("monitor " + command, to_string=True)


def cpu_mode():
    """Return (name, bits, linear address of the next instruction)."""
    text = monitor("info registers")
    # CS =0008 0000000000000000 ffffffff 00af9a00 DPL=0 CS64 [-R-]
    segment = re.search(r"^CS *=([0-9a-f]{4}) ([0-9a-f]+) ([0-9a-f]+) "
                        r"([0-9a-f]+)", text, re.M)
    base, flags = int(segment[2], 16), int(segment[4], 16)
    pointer = int(re.search(r"\b[RE]IP=([0-9a-f]+)", text)[1], 16)
    cr0 = int(re.search(r"CR0=([0-9a-f]+)", text)[1], 16)
    efer = int(re.search(r"EFER=([0-9a-f]+)", text)[1], 16)
    long_code, wide = flags >> 21 & 1, flags >> 22 & 1
    if efer >> 10 & 1 and long_code:
        return "64-bit mode", 64, pointer
    bits = 32 if wide else 16
    if not cr0 & 1:
        return "real mode, 16-bit code", 16, base + pointer & 0xFFFFFFFF
    name = "compatibility" if efer >> 10 & 1 else "protected"
    return f"{name} mode, {bits}-bit code", bits, base + pointer & 0xFFFFFFFF


def disassemble(address, bits, count):
    """Lines of ndisasm for the instructions at a linear address."""
    memory = gdb.selected_inferior().read_memory(address, 16 * count)
    done = subprocess.run(["ndisasm", f"-b{bits}", "-o", str(address), "-"],
                          input=bytes(memory), capture_output=True,
                          check=False)
    return done.stdout.decode().splitlines()[:count]


def has_symbols(address):
    """Is the linear address what GDB takes it for?"""
    return address == int(gdb.parse_and_eval("(unsigned long long)$rip"))


def show_mode(lines=1):
    """Show the mode and the next instructions; return the linear address."""
    name, bits, address = cpu_mode()
    print(f"[{name}, at {address:#x}"
          + ("]" if has_symbols(address) else ", no symbols: CS is not 0]"))
    try:
        if bits == 64:
            gdb.execute(f"x/{max(lines, 2)}i $rip")
            return address
        for line in disassemble(address, bits, lines):
            print("  " + line)
    except (gdb.error, OSError):
        pass  # memory that cannot be read, or no ndisasm: the mode is shown
    return address


def tell(wanted):
    """Shall GDB itself say where the guest stopped?"""
    gdb.execute("set suppress-cli-notifications "
                + ("off" if wanted else "on"), to_string=True)


def on_stop():
    if State.quiet:
        return
    try:
        tell(has_symbols(show_mode()))
    except (gdb.error, TypeError):
        pass  # the guest is gone


class quietly:
    """Steps inside are ours: nothing is printed for them."""

    def __enter__(self):
        State.quiet = True
        tell(False)

    def __exit__(self, *_):
        State.quiet = False
        tell(True)


def continue_to(*places):
    """Continue to the first of these places that comes, in silence."""
    with quietly():
        known = set(gdb.breakpoints())
        for place in places:
            gdb.execute(f"tbreak {place}", to_string=True)
        stops = [stop for stop in gdb.breakpoints() if stop not in known]
        try:
            gdb.execute("continue", to_string=True)
        finally:
            for stop in stops:
                if stop.is_valid():
                    stop.delete()


def run_to(*places):
    continue_to(*places)
    show_place()


def show_place():
    if has_symbols(show_mode()):
        gdb.execute("frame 0")


class Command(gdb.Command):
    """A command that is a function."""

    def __init__(self, name, function, text):
        self.__doc__ = text
        self.function = function
        super().__init__(name, gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        self.function(argument)


def add_kernel(base):
    if State.kernel_base == base:
        return
    path = os.path.join(BUILD, "kernel.debug.elf")
    if State.kernel_base is not None:
        gdb.execute(f"remove-symbol-file {path}", to_string=True)
    gdb.execute(f"add-symbol-file {path} -o {base:#x}", to_string=True)
    State.kernel_base = base
    print(f"[kernel symbols at {base:#x}]")


def at_symbol(name):
    """Is the next instruction the first one of a function of ours?"""
    place = int(gdb.parse_and_eval(f"(unsigned long long)&{name}"))
    return int(gdb.parse_and_eval("(unsigned long long)$rip")) == place


def go_to_kernel(_):
    """The loader's last instructions know where the kernel is."""
    continue_to("*&jump_to_kernel")
    if not at_symbol("jump_to_kernel"):
        show_place()  # a break-point of the user's came first
        return
    entry = int(gdb.parse_and_eval("(unsigned long long)$rsi"))
    add_kernel(entry - ENTRY)
    run_to(f"*{entry:#x}")


def current_line():
    position = gdb.selected_frame().find_sal()
    return (position.symtab.filename if position.symtab else None,
            position.line)


def step_line(_):
    """Single steps until the source line is another one."""
    start = current_line()
    with quietly():
        for _ in range(MAX_STEPS):
            gdb.execute("stepi", to_string=True)
            if current_line() != start or start[0] is None:
                break
        else:
            print(f"[the same line after {MAX_STEPS} instructions]")
    show_place()


def step_over(_):
    """One instruction; calls, interrupts and repetitions run through."""
    _, bits, address = cpu_mode()
    first, second = disassemble(address, bits, 2)
    word = first.split(None, 2)[2]
    if not re.match(r"(call|int|rep|loop)", word):
        with quietly():
            gdb.execute("stepi", to_string=True)
        show_place()
        return
    length = int(second.split()[0], 16) - address
    pointer = int(gdb.parse_and_eval("(unsigned long long)$rip"))
    run_to(f"*{pointer + length:#x}")


class Machine:
    """QEMU's own protocol (QMP), for what GDB's cannot say."""

    def __init__(self, path):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(SEEK_LIMIT)
        connection.connect(path)
        self.stream = connection.makefile("rw", encoding="utf-8")
        self.stream.readline()  # its greeting
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command,
                                      "arguments": arguments}) + "\n")
        self.stream.flush()
        while True:
            answer = json.loads(self.stream.readline())
            if "error" in answer:
                raise gdb.GdbError(answer["error"]["desc"])
            if "return" in answer:
                return answer["return"]


def connect():
    gdb.execute("target remote " + os.environ["KINDLING_GDB"],
                to_string=True)


def seek(position):
    """Go to an instruction of a recording, forwards or backwards.

    GDB's reverse-continue does the same with a break-point, but now and then
    QEMU 7.2 never answers it on a busy PC. GDB is not connected meanwhile:
    it would take the stop for one of its own.
    """
    gdb.execute("disconnect", to_string=True)
    State.machine.ask("replay-seek", icount=position)
    limit = time.monotonic() + SEEK_LIMIT
    while State.machine.ask("query-status")["running"] or \
            State.machine.ask("query-replay")["icount"] != position:
        if time.monotonic() > limit:
            raise gdb.GdbError("QEMU does not find the place again")
        time.sleep(0.05)
    connect()


def begin_replay():
    """Remember where stage 1 begins, then go on to the kernel."""
    State.machine = Machine(os.environ["KINDLING_QMP"])
    run_to(f"*{STAGE1:#x}")
    State.stage1 = State.machine.ask("query-replay")["icount"]
    go_to_kernel(None)


def back_to_start(_):
    """With make replay: backwards to the first instruction of stage 1."""
    if State.stage1 is None:
        raise gdb.GdbError("this is for make replay")
    with quietly():
        seek(State.stage1)
    show_place()


def landmarks(_):
    print("Go on to a place of the boot:")
    for name, (place, text) in STOPS.items():
        print(f"  {name:<14} {text} ({place.lstrip('*&')})")
    print("  gate           the next change of mode on the way to the BIOS "
          "and back")
    print("  kernel         the kernel's first instruction")
    print("Look and step:")
    print("  mode           mode of the CPU and the next instructions")
    print("  line           on to another source line, into calls")
    print("  over           one instruction, but calls and REP as a whole")
    print("  back-to-start  backwards to stage 1 (make replay only)")


def define_commands():
    for name, (place, text) in STOPS.items():
        Command(name, lambda _, place=place: run_to(place),
                f"Go on to: {text}.")
    Command("gate", lambda _: run_to(*(f"*&{name}" for name in GATE)),
            "Go on to the next change of mode between us and the BIOS.")
    Command("kernel", go_to_kernel, "Go on to the kernel's entry point.")
    Command("mode", lambda _: show_mode(5), "Show the mode of the CPU.")
    Command("line", step_line, "Step to another source line.")
    Command("over", step_over, "Step one instruction, over calls.")
    Command("landmarks", landmarks, "List these commands.")
    Command("back-to-start", back_to_start,
            "Go backwards to the first instruction of stage 1.")
    gdb.execute("define hook-stop\npython on_stop()\nend")


def load_symbols():
    for name in ("stage1.elf", "stage2.elf"):
        path = os.path.join(BUILD, name)
        if os.path.exists(path):
            gdb.execute(f"add-symbol-file {path}", to_string=True)


def start():
    for setting in ("confirm off", "pagination off", "print asm-demangle off",
                    "architecture i386:x86-64", "step-mode on",
                    "disassemble-next-line off", "width 0"):
        gdb.execute("set " + setting, to_string=True)
    load_symbols()
    define_commands()
    with quietly():
        connect()
    if "KINDLING_QMP" in os.environ:
        begin_replay()


start()
