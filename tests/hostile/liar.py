"""The liar as a library: what it can do, and how to put it on an image.

A behavior is a name, with a value where it takes one: "junk", "fail-n=3". It
stands for one or more parameters of params.inc. ROWS says which rows of
docs/spec/bios-quirks.md it imitates.
"""
import pathlib
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts" / "lib"))

from layout import read_layout  # noqa: E402

L = read_layout()
SECTOR = L["SECTOR_SIZE"]
MAGIC = struct.pack("<I", L["STAGE2_MAGIC"])
ALL_CALLS, INT13 = 7, 2
TRASH = {name: 1 << bit for bit, name in enumerate(
    "ax bx cx dx si di bp es ds fs gs".split())}


class LiarError(Exception):
    """The image or the behaviors do not make sense."""


@dataclass
class Behavior:
    rows: tuple         # of bios-quirks.md
    help: str
    params: dict        # parameter: value; "=" takes the value given
    default: int | None = 1  # what "=" is when none is given; None: needed
    entries: list = field(default_factory=list)  # (base, length, type)


def _trash(names):
    return sum(TRASH[name] for name in names.split())


def _own_list(rows, text, entries=(), **params):
    return Behavior(rows, text, {"e820": 1, **params}, entries=list(entries))


MIB = 1 << 20
BEHAVIORS = {
    # How sector 0 is started
    "junk": Behavior((8,), "all registers and flags hold junk at the start",
                     {"junk": 1, "df": 1}),
    "df": Behavior((8,), "the direction flag is set at the start", {"df": 1}),
    "far-entry": Behavior((8,), "started at 07C0:0000", {"far_entry": 1}),
    "seed": Behavior((), "seed of all random values", {"seed": "="}, None),
    "dl": Behavior((7,), "DL is this at the start; only 80h answers",
                   {"given_dl": "=", "answer_dl": 0x80}, None),
    "drive": Behavior((7,), "DL is this at the start, and it answers",
                      {"given_dl": "=", "answer_dl": "="}, None),
    "dl-ghost": Behavior((7, 19), "DL is this at the start; that drive reads "
                         "well but holds rubbish; 80h is right",
                         {"given_dl": "=", "answer_dl": 0x80, "ghost": 1},
                         0),
    "bpb": Behavior((1,), "bytes 0Bh to 59h of the loaded sector 0 are "
                    "overwritten before it starts", {"bpb": 1}),
    # After each call
    "high-halves": Behavior((9,), "INT 10h, 13h, 15h destroy the upper "
                            "halves of EAX to EBP (mask: 1, 2, 4)",
                            {"high_halves": "="}, ALL_CALLS),
    "high-esp": Behavior((9,), "the same for ESP", {"high_esp": "="},
                         ALL_CALLS),
    "if-clear": Behavior((11,), "calls return with interrupts off",
                         {"if_clear": "="}, INT13),
    "df-set": Behavior((8,), "calls return with the direction flag set",
                       {"df_set": "="}, INT13),
    "pm-trip": Behavior((31,), "calls go through protected mode: GDTR and "
                        "segment limits change", {"pm_trip": "="}, ALL_CALLS),
    "trash": Behavior((10,), "calls destroy registers that they were never "
                      "said to use",
                      {"trash_13": _trash("ax bx cx dx si di bp fs gs"),
                       "trash_10": _trash("ax bx cx dx si di bp fs gs")}),
    "trash-es": Behavior((10,), "disk calls destroy ES, too",
                         {"trash_13": _trash("es")}),
    "trash-bp": Behavior((10,), "INT 10h destroys BP",
                         {"trash_10": _trash("bp")}),
    "trash-ax": Behavior((10,), "successful disk calls destroy all of AX",
                         {"trash_13": _trash("ax")}),
    "trash-si": Behavior((10,), "disk calls destroy SI",
                         {"trash_13": _trash("si")}),
    "int13-eats-stack": Behavior((30,), "INT 13h uses so many bytes of stack",
                                 {"eat_13": "="}, 4000),
    "int10-eats-stack": Behavior((30,), "INT 10h uses so many bytes of stack",
                                 {"eat_10": "="}, 1024),
    "int15-eats-stack": Behavior((30,), "INT 15h uses so many bytes of stack",
                                 {"eat_15": "="}, 1024),
    # INT 13h
    "dx-lost-41": Behavior((10,), "DX is lost in 41h and in a reset",
                           {"dx_lost": 1}),
    "edd-absent": Behavior((12,), "no INT 13h extensions", {"no_edd": 1}),
    "edd-lies": Behavior((12,), "41h succeeds, but CX bit 0 is clear",
                         {"edd_no_bit0": 1, "lba_broken": 1}),
    "edd-bad-magic": Behavior((12,), "41h succeeds without BX = AA55h",
                              {"edd_bad_magic": 1, "lba_broken": 1}),
    "lba-broken": Behavior((12,), "41h is fine, 42h always fails",
                           {"lba_broken": 1}),
    "after": Behavior((), "lba-broken, max-* and truncate begin after so "
                      "many reads", {"after": "="}, None),
    "status": Behavior((), "AH of reads that are made to fail",
                       {"status": "="}, None),
    "fail-n": Behavior((16,), "the first reads fail", {"fail_first": "="},
                       None),
    "fail-nth": Behavior((16,), "this read fails, once", {"fail_nth": "="},
                         None),
    "fail-always-from": Behavior((16, 38), "this read and all later ones "
                                 "fail", {"fail_from": "="}, None),
    "fail-lba": Behavior((16,), "reads of this sector fail",
                         {"fail_lba": "="}, None),
    "soft-error": Behavior((16,), "this read fails, and so do all until a "
                           "reset", {"soft_nth": "="}, 1),
    "max-sectors": Behavior((13,), "longer transfers are refused",
                            {"max_sectors": "="}, None),
    "max-lba": Behavior((13,), "longer transfers are refused by 42h only",
                        {"max_lba": "="}, None),
    "truncate": Behavior((13,), "longer transfers are cut; only the count "
                         "in the packet (or AL) says so", {"truncate": "="},
                         None),
    "dma-64k": Behavior((14,), "refuses to cross a 64 KiB line",
                        {"dma_64k": 1}),
    "chs-track": Behavior((15,), "refuses to cross a track in AH=02h",
                          {"chs_track": 1}),
    "es-di": Behavior((15,), "AH=08h fails unless ES:DI is 0",
                      {"es_di_08": 1}),
    "dap-count": Behavior((13,), "a failing 42h writes count 0 to the packet",
                          {"dap_count": 1}),
    "dap-scribble": Behavior((13,), "42h overwrites the rest of the packet",
                             {"dap_scribble": 1}),
    "lba-limit": Behavior((18,), "sectors from here cannot be read",
                          {"lba_limit": "="}, None),
    "48-overrun": Behavior((17,), "48h writes past its buffer",
                           {"overrun_48": 1}),
    "heads": Behavior((6, 15), "heads of the CHS geometry",
                      {"geo_heads": "="}, None),
    "spt": Behavior((6, 15), "sectors a track of the CHS geometry",
                    {"geo_spt": "="}, None),
    "cylinders": Behavior((6, 15), "cylinders of the CHS geometry",
                          {"geo_cyls": "="}, None),
    "usb-fdd": Behavior((2, 7, 12), "drive 00h is the image, a floppy with "
                        "the BPB's geometry, without extensions",
                        {"given_dl": 0, "answer_dl": 0, "no_edd": 1,
                         "fdd": 1, "geo_cyls": 1024}),
    # Memory
    "low-conv": Behavior((29,), "so many KiB of conventional memory",
                         {"bda_kib": "="}, None),
    "int12-lies": Behavior((29,), "INT 12h alone says so many KiB",
                           {"int12_kib": "="}, 640),
    "ebda": Behavior((29,), "segment of the EBDA in the BDA", {"ebda": "="},
                     None),
    "e820-24": _own_list((24,), "24-byte entries, attribute 0", e820_24=1),
    "e820-24-junk": _own_list((24,), "24-byte entries, attribute nonsense",
                              e820_24=1, e820_attr=0xDEADBEEE),
    "e820-24-always": _own_list((24,), "24-byte entries though 20 bytes "
                                "were asked for", e820_24=2),
    "e820-unsorted": _own_list((27,), "descending order", e820_order=2),
    "e820-overlap": _own_list(
        (27,), "reserved and usable ranges overlap",
        [(6 * MIB + 0x800, 4 * MIB, 2), (9 * MIB, 2 * MIB, 1),
         (0, 0xA0000, 1)]),
    "e820-nested": _own_list(
        (27,), "ranges in ranges",
        [(8 * MIB, 4 * MIB, 2), (9 * MIB, MIB, 1),
         (9 * MIB + 0x10000, 0x10000, 5)]),
    "e820-200": _own_list((27,), "200 entries", e820_total=200,
                          e820_order=1),
    "e820-300": _own_list((27,), "330 entries, more than most can hold",
                          e820_total=330, e820_order=1),
    "e820-zero": _own_list((26,), "entries of length 0",
                           [(7 * MIB, 0, 2), (8 * MIB, 0, 1)]),
    "e820-wrap": _own_list(
        (27,), "base + length wraps",
        [((1 << 64) - 0x10000, 0x20000, 1), ((1 << 64) - 0x3000, 0x4000, 2)]),
    "e820-unknown": _own_list(
        (27,), "unknown types inside usable memory",
        [(7 * MIB, MIB, 6), (9 * MIB, MIB, 12),
         (11 * MIB, MIB, 0xF0000000)]),
    "e820-no-smap": _own_list((23,), "from this entry on the signature is "
                              "lost", e820_smap="="),
    "e820-carry": _own_list((26,), "the list ends by CF", e820_carry=1),
    "e820-persist": _own_list((25,), "only fields that changed are written",
                              e820_persist=1),
    "e820-loop": _own_list((26,), "the list never ends", e820_loop=1),
    "e820-stuck": _own_list((26,), "EBX stays the same", e820_stuck=1),
    "e820-clobber": _own_list((26,), "all other registers are destroyed",
                              e820_clobber=1, e820_opaque=1),
    "e820-short": _own_list((26,), "this entry is 16 bytes long",
                            e820_short="="),
    "e820-none": Behavior((28,), "no E820", {"e820": 2}),
    "e801-none": Behavior((28,), "no E801", {"e801": 1}),
    "e801-cx": Behavior((28,), "E801: AX = BX = 0", {"e801": 2}),
    "e801-bogus": Behavior((28,), "E801: AX beyond 15 MiB", {"e801": 3}),
    "e801-ax": Behavior((28,), "E801: CX = DX = 0", {"e801": 4}),
    "88-none": Behavior((28,), "no 88h", {"int15_88": 1}),
    "88-zero": Behavior((28,), "88h says 0", {"int15_88": 2}),
    "int15-none": Behavior((22, 28), "INT 15h knows nothing",
                           {"no_int15": 1}),
    # A20
    "a20-shut": Behavior((22,), "A20 is shut at the start", {"a20_shut": 1}),
    "a20-2401-lies": Behavior((22,), "2401h succeeds without effect",
                              {"a20_shut": 1, "a20_bios": 1}),
    "a20-2401-missing": Behavior((22,), "2401h is missing",
                                 {"a20_shut": 1, "a20_bios": 2}),
    "a20-2401-late": Behavior((22,), "2401h works two ticks later",
                              {"a20_shut": 1, "a20_bios": 3}),
    "a20-2402-lies": Behavior((22,), "2402h says A20 is open",
                              {"a20_shut": 1, "a20_2402": 1}),
    "a20-2403-lies": Behavior((22,), "2403h says nothing is supported",
                              {"a20_shut": 1, "a20_2403": 1}),
    "port92-dead": Behavior((22,), "port 92h has no effect (QEMU with "
                            "a pci-serial card)", {"a20_92_dead": 1}),
    "kbc-dead": Behavior((21, 22), "ports 60h and 64h have none (the same)",
                         {"a20_kbc_dead": 1}),
    # Video, keyboard
    "vbe-none": Behavior((32,), "no VBE", {"vbe_none": 1}),
    "vbe-lies": Behavior((32,), "modes are listed, 4F02h fails (014Fh)",
                         {"vbe_set": 1}),
    "vbe-attr": Behavior((32,), "no mode has attribute bit 0",
                         {"vbe_attr": 1}),
    "vbe-pitch": Behavior((32,), "lines are so many pixels longer",
                          {"vbe_pitch": "="}, 64),
    "vbe-2": Behavior((32,), "VBE 2.0, fields of 3.0 zero", {"vbe_2": 1}),
    "vbe-endless": Behavior((32,), "the list of modes has no end",
                            {"vbe_endless": 1}),
    "int16-stuck": Behavior((37,), "a key is stuck", {"int16": 1}),
    "int16-dead": Behavior((37,), "INT 16h never has a key; waiting hangs",
                           {"int16": 2}),
    "int16-enter": Behavior((39,), "Enter is pressed when somebody waits",
                            {"int16": 3}),
    "trace": Behavior((), "each disk call on port E9h", {"trace": 1}),
    "screen": Behavior((), "complaints on the screen as well", {"screen": 1}),
}


def parse(words):
    """["junk", "fail-n=3"] as a list of (behavior, value)."""
    result = []
    for word in words:
        name, _, text = word.partition("=")
        if name not in BEHAVIORS:
            raise LiarError(f"no such behavior: {name}")
        behavior = BEHAVIORS[name]
        takes = "=" in behavior.params.values()
        if text and not takes:
            raise LiarError(f"{name} takes no value")
        if takes and not text and behavior.default is None:
            raise LiarError(f"{name} needs a value")
        try:
            value = int(text, 0) if text else behavior.default
        except ValueError:
            raise LiarError(f"{word}: not a number") from None
        result.append((behavior, value))
    return result


def parameters(words, sector0):
    """The parameters that the behaviors stand for, and made-up ranges."""
    params, entries = {}, []
    for behavior, value in parse(words):
        for name, setting in behavior.params.items():
            setting = value if setting == "=" else setting
            if name.startswith("trash_"):
                setting |= params.get(name, 0)
            params[name] = setting
        entries += behavior.entries
    if params.get("fdd"):
        # Firmware believes the BPB as it is on the disk.
        spt, heads = struct.unpack_from("<HH", sector0, 0x18)
        params.setdefault("geo_spt", spt)
        params.setdefault("geo_heads", heads)
    if any(name in params for name in ("geo_heads", "geo_spt", "geo_cyls")):
        params.setdefault("geo_heads", 255)
        params.setdefault("geo_spt", 63)
        params.setdefault("geo_cyls", 1024)
        if not 1 <= params["geo_spt"] <= 63 \
                or not 1 <= params["geo_heads"] <= 256:
            raise LiarError("the BPB has no geometry for a floppy")
    params["e820_added"] = len(entries)
    params["e820_add"] = b"".join(struct.pack("<QQI", *e) for e in entries)
    return params


_ASSEMBLED = {}


def assemble(name, *options):
    """The flat binary of name.asm."""
    key = (name, options)
    if key not in _ASSEMBLED:
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "output"
            command = ["nasm", "-f", "bin", "-w+all", "-Werror",
                       f"-I{HERE}/", *options, str(HERE / f"{name}.asm"),
                       "-o", str(output)]
            subprocess.run(command, check=True, timeout=60)
            _ASSEMBLED[key] = output.read_bytes()
    return _ASSEMBLED[key]


class Body:
    """liar.asm, assembled, with its parameters as attributes of a table."""

    def __init__(self):
        self.data = bytearray(assemble("liar"))
        if self.data[4:8] != b"LIAR":
            raise LiarError("liar.asm has another header")
        (self.resident_kib, _, index, self.payload,
         self.bss) = struct.unpack_from("<5H", self.data, 8)
        self.places = self._read_index(index)

    def _read_index(self, offset):
        places = {}
        while True:
            place, size, length = struct.unpack_from("<HHB", self.data,
                                                     offset)
            if not length:
                break
            name = bytes(self.data[offset + 5:offset + 5 + length]).decode()
            places[name] = (place, size)
            offset += 5 + length
        return places

    def set(self, name, value):
        if name not in self.places:
            raise LiarError(f"params.inc has no {name}")
        place, size = self.places[name]
        if isinstance(value, int):
            try:
                value = value.to_bytes(size, "little")
            except OverflowError:
                raise LiarError(f"{name}: {value} is too large") from None
        if len(value) > size:
            raise LiarError(f"{name}: too long")
        self.data[place:place + len(value)] = value

    def finish(self, payload):
        """The whole body: code, parameters, payload, in whole sectors."""
        self.set("payload_sectors", len(payload) // SECTOR)
        data = bytes(self.data).ljust(self.payload, b"\0") + payload
        data += bytes(-len(data) % SECTOR)
        if len(data) > self.bss:
            raise LiarError("the body runs into its variables")
        return data


def stage2_sectors(first):
    """How long stage 2 says it is; the most it may be if it is damaged."""
    at = L["STAGE2_HDR_MAGIC"]
    if first[at:at + 4] != MAGIC:
        return L["STAGE2_MAX_SECTORS"]
    return struct.unpack_from("<H", first, L["STAGE2_HDR_SECTORS"])[0]


def active_partition(sector0):
    """(first sector, end) of the first active entry, or None."""
    entries = [struct.unpack_from("<B3xB3xII", sector0, 0x1BE + 16 * i)
               for i in range(4)]
    active = [e for e in entries if e[0] & 0x80 and e[3]]
    if not active:
        return None
    return active[0][2], active[0][2] + active[0][3]


def boot_sector(sector0, body_lba, body_sectors, resident_kib):
    """The liar's boot sector with BPB and partition table of the real one."""
    boot = bytearray(assemble("boot"))
    boot[3:0x5A] = sector0[3:0x5A]
    boot[0x1B8:0x1FE] = sector0[0x1B8:0x1FE]
    struct.pack_into("<IHH", boot, 0x5A, body_lba, body_sectors, resident_kib)
    return bytes(boot)


def install(image, words, payload=b""):
    """Put the liar on an open image (binary, read and write).

    payload replaces sector 0 and is whole sectors: for the liar's own tests.
    """
    image.seek(0)
    sector0, stage2 = image.read(SECTOR), image.read(SECTOR)
    if len(sector0) != SECTOR or sector0[510:] != b"\x55\xAA":
        raise LiarError("the image has no boot sector")
    partition = active_partition(sector0)
    start, end = partition or (2048, 0xFFFFFFFF)
    stage2_end = L["STAGE2_LBA"] + stage2_sectors(stage2)
    body = Body()
    body_sectors = -(-(body.payload + max(len(payload), SECTOR)) // SECTOR)
    body_lba = start - body_sectors
    if body_lba < stage2_end:
        raise LiarError("no room between stage 2 and the partition")
    for name, value in parameters(words, sector0).items():
        body.set(name, value)
    for name, value in (("stage2_end", stage2_end), ("part_start", start),
                        ("part_end", end)):
        body.set(name, value)
    data = body.finish(payload or sector0)
    image.seek(body_lba * SECTOR)
    if any(image.read(len(data))):
        raise LiarError("the end of the gap is in use")
    image.seek(body_lba * SECTOR)
    image.write(data)
    image.seek(0)
    image.write(boot_sector(sector0, body_lba, len(data) // SECTOR,
                            body.resident_kib))


def list_behaviors(output=sys.stdout):
    for name, behavior in BEHAVIORS.items():
        takes = "=" in behavior.params.values()
        default = "" if behavior.default is None else f"[{behavior.default}]"
        shown = f"{name}={default or 'N'}" if takes else name
        rows = ",".join(map(str, behavior.rows))
        print(f"{shown:<24} {rows:<9} {behavior.help}", file=output)
