"""A client of QEMU's GDB stub: stop a virtual PC, look, change, go on.

Speaks the remote serial protocol (GDB manual, appendix E) over a socket, as
much of it as the tests need. Addresses are the CPU's, through its page
tables; registers are those of x86-64.
"""
import re
import select
import socket
import time

REGISTERS = ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8",
             "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip")


class Gdb:
    """Use as `with Gdb() as gdb: Qemu(..., extra=gdb.arguments)`.

    QEMU inherits the far end of a pair of sockets, so nothing is raced for.
    Give pass_fds=gdb.inherit to Qemu.
    """

    def __init__(self, seconds):
        self.near, self.far = socket.socketpair()
        self.seconds = seconds  # the longest wait for anything
        self.inherit = [self.far.fileno()]
        self.arguments = ["-S", "-chardev",
                          f"socket,id=gdb,fd={self.far.fileno()}",
                          "-gdb", "chardev:gdb"]
        self._data = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.near.close()
        self.far.close()

    def _send(self, text):
        packet = text.encode("ascii")
        self.near.sendall(b"$%b#%02x" % (packet, sum(packet) & 0xFF))

    def _answer(self, seconds=None):
        deadline = time.monotonic() + (seconds or self.seconds)
        while not (match := re.search(rb"\$([^#]*)#..", self._data, re.S)):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.near], [], [], left)[0]:
                raise AssertionError("the GDB stub does not answer")
            data = self.near.recv(65536)
            assert data, "QEMU ended while it was debugged"
            self._data += data
        self._data = self._data[match.end():]
        self.near.sendall(b"+")
        return match[1].decode("ascii")

    def command(self, text):
        self._send(text)
        answer = self._answer()
        assert not answer.startswith("E"), f"GDB stub: {text}: {answer}"
        return answer

    def read(self, address, size):
        return bytes.fromhex(self.command(f"m{address:x},{size:x}"))

    def write(self, address, data):
        assert self.command(f"M{address:x},{len(data):x}:{data.hex()}") == "OK"

    def registers(self):
        raw = bytes.fromhex(self.command("g"))
        return {name: int.from_bytes(raw[i * 8:i * 8 + 8], "little")
                for i, name in enumerate(REGISTERS)}

    def set(self, **values):
        raw = bytearray.fromhex(self.command("g"))
        for name, value in values.items():
            at = REGISTERS.index(name) * 8
            raw[at:at + 8] = value.to_bytes(8, "little")
        assert self.command("G" + raw.hex()) == "OK"

    def run_to(self, address):
        """Go on until the instruction at address is the next one."""
        assert self.command(f"Z1,{address:x},1") == "OK"
        assert self.command("c").startswith("T05")
        assert self.command(f"z1,{address:x},1") == "OK"

    def step(self):
        assert self.command("s").startswith("T05")

    def go(self):
        """Go on; the next thing to do is stop() or to let it be."""
        self._send("c")

    def stop(self):
        """Stop a CPU that runs."""
        self.near.sendall(b"\x03")
        return self._answer()

    def timestamp(self):
        """RDTSC, run here in place of what stands here; then undone."""
        before = self.registers()
        code = self.read(before["rip"], 2)
        self.write(before["rip"], b"\x0f\x31")
        self.step()
        after = self.registers()
        self.write(before["rip"], code)
        self.set(rip=before["rip"], rax=before["rax"], rdx=before["rdx"])
        return (after["rdx"] & 0xFFFFFFFF) << 32 | after["rax"] & 0xFFFFFFFF
