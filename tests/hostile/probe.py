"""Scripts for probe.asm, and disks for it to read."""
import pathlib
import struct
from dataclasses import dataclass

import liar
import runner

FLAG_LOOP, FLAG_ENTRY, FLAG_CLI, FLAG_STD, FLAG_STACK = 1, 2, 4, 8, 16
PARTITION_LBA, DISK_SECTORS, STAGE2_SECTORS = 2048, 20160, 30
RECORD = struct.Struct("<BBH7I2H")
REGISTERS = "eax ebx ecx edx esi edi ebp esp efl".split()


def _record(op, number=0, flags=0, eax=0, ebx=0, ecx=0, edx=0, esi=0, edi=0,
            ebp=0x77777777, ds=0, es=0):
    return RECORD.pack(op, number, flags, eax, ebx, ecx, edx, esi, edi, ebp,
                       ds, es)


def call(number, flags=0, **registers):
    return _record(1, number, flags, **registers)


def dump(address, size):
    return _record(2, ds=address >> 4, esi=address & 15, ecx=size)


def outb(port, value):
    return _record(3, edx=port, eax=value)


def inb(port):
    return _record(4, edx=port)


def a20():
    return _record(5)


def fill(address, data):
    """Put these bytes there, one record for each run of equal bytes."""
    records, start = [], 0
    for at in range(1, len(data) + 1):
        if at == len(data) or data[at] != data[start]:
            records.append(_record(6, ds=(address + start) >> 4,
                                   esi=(address + start) & 15,
                                   ecx=at - start, eax=data[start]))
            start = at
    return b"".join(records)


def out_in(port, value):
    """Write, then read the same port in the next instructions."""
    return _record(7, edx=port, eax=value)


def ticks(count):
    """Wait for so many ticks of the BIOS clock."""
    return _record(8, ecx=count)


def gdt():
    return _record(9)


def e820(size=20):
    return call(0x15, FLAG_LOOP | FLAG_ENTRY, eax=0xE820, ecx=size,
                edx=0x534D4150, edi=0x600)


DAP = 0x5F0


def read_lba(lba, count=1, segment=0x2000, offset=0, flags=0, drive=0x80):
    packet = struct.pack("<BBHHHQ", 16, 0, count, offset, segment, lba)
    return fill(DAP, packet) + call(0x13, flags, eax=0x4200, edx=drive,
                                    esi=DAP, edi=0x5555DDDD, ebx=0x1234,
                                    ecx=0x2345)


def read_chs(cylinder, head, sector, count=1, segment=0x2000, offset=0,
             drive=0x80):
    cx = (cylinder & 0xFF) << 8 | (cylinder >> 2) & 0xC0 | sector
    return call(0x13, eax=0x0200 | count, ebx=offset, ecx=cx,
                edx=head << 8 | drive, es=segment)


@dataclass
class Registers:
    """What a call returned: r.eax, r.carry ..."""
    values: dict

    def __getattr__(self, name):
        return self.values[name]

    @property
    def ah(self):
        return self.values["eax"] >> 8 & 0xFF

    @property
    def carry(self):
        return self.values["efl"] & 1

    @property
    def dl(self):
        return self.values["edx"] & 0xFF


class Report:
    """The lines of a probe."""

    def __init__(self, outcome):
        self.outcome = outcome
        self.calls = [self._registers(line) for line in outcome.lines("R ")]
        self.dumps = [bytes.fromhex(line) for line in outcome.lines("M ")]
        self.stack = [int(line, 16) for line in outcome.lines("S ")]
        self.inputs = [int(line, 16) for line in outcome.lines("I ")]
        self.a20 = [line == "1" for line in outcome.lines("A20 ")]
        self.complaints = outcome.lines("LIAR: ")
        self.done = "DONE" in outcome.serial

    @staticmethod
    def _registers(line):
        words = [int(word, 16) for word in line.split()]
        names = REGISTERS + ["ds", "es", "fs", "gs"]
        return Registers(dict(zip(names, words, strict=True)))

    @property
    def entry(self):
        words = [int(w, 16) for w in self.outcome.lines("ENTRY ")[0].split()]
        result = dict(zip("ip cs ss gs fs es ds".split(), words))
        long = [low | high << 16 for low, high in
                zip(words[7::2], words[8::2])]
        names = "edi esi ebp esp ebx edx ecx eax efl".split()
        return {**result, **dict(zip(names, long, strict=True))}

    def ranges(self):
        """E820 entries as (base, length, type)."""
        return [struct.unpack_from("<QQI", d) for d in self.dumps
                if len(d) == 24]


def make_disk(path, bpb=(18, 2)):
    """A small disk; each sector from LBA 1 begins with its own number."""
    sectors = bytearray(DISK_SECTORS * 512)
    for lba in range(1, DISK_SECTORS):
        if STAGE2_SECTORS < lba < PARTITION_LBA:
            continue
        struct.pack_into("<I", sectors, lba * 512, lba)
    sectors[512:1024] = bytes(512)
    header = 512 + liar.L["STAGE2_HDR_MAGIC"]
    sectors[header:header + 4] = liar.MAGIC
    struct.pack_into("<H", sectors, 512 + liar.L["STAGE2_HDR_SECTORS"],
                     STAGE2_SECTORS)
    struct.pack_into("<HH", sectors, 0x18, *bpb)
    struct.pack_into("<B3sB3sII", sectors, 0x1BE, 0x80, b"\x20\x21\0", 0x0C,
                     b"\xFE\xFF\xFF", PARTITION_LBA,
                     DISK_SECTORS - PARTITION_LBA)
    sectors[510:512] = b"\x55\xAA"
    pathlib.Path(path).write_bytes(sectors)


def payload(script):
    """The probe with its script, in whole sectors."""
    data = liar.assemble("probe") + script + bytes(1)
    return data + bytes(-len(data) % 512)


def make_image(path, behaviors, script):
    make_disk(path)
    with open(path, "r+b") as image:
        liar.install(image, behaviors, payload(script))


def run(path, behaviors, *script, on=runner.run_qemu, **options):
    make_image(path, behaviors, b"".join(script))
    outcome = on(path, until=("DONE\r?\n", "LIAR: HANG"), **options)
    return Report(outcome)
