"""What the loader must do under each lie: the table of the hostile tests.

A case is named after the row of docs/spec/bios-quirks.md that it covers. It
either boots, with exactly these quirk words in the kernel's ledger line, or
fails with a sentence of kernel/abi/errors.def. Whatever it is, the liar must
have nothing to complain about but what "complaints" allows.
"""
from dataclasses import dataclass

A20_CARDS = ("-chardev", "null,id=a1", "-device", "pci-serial,chardev=a1",
             "-chardev", "null,id=a2", "-device", "pci-serial,chardev=a2")


# What the keyboard controller's status port reads, whatever is done to it.
def kbc_reads(value):
    return A20_CARDS + (
        "-chardev", "null,id=k1", "-device",
        f"isa-debugcon,iobase=0x64,chardev=k1,readback={value}")


@dataclass(frozen=True)
class Case:
    row: int
    name: str
    behaviors: str
    quirks: str = "none"        # of a boot: the words, comma-separated
    error: str = ""             # NAME of errors.def and what fills its blanks
    values: tuple = ()
    a20: str = "already"
    map: str = "e820"
    complaints: tuple = ()
    extra: tuple = ()           # for QEMU
    image: str = "plain"        # see VARIANTS in conftest.py
    says: str = ""              # a pattern that the kernel's report must match
    bochs: str = ""             # BIOSes with which it runs in Bochs, too

    @property
    def id(self):
        return f"row{self.row:02}-{self.name}"


def boots(row, name, behaviors, quirks="none", **rest):
    return Case(row, name, behaviors, quirks=quirks, **rest)


def fails(row, name, behaviors, error, *values, **rest):
    return Case(row, name, behaviors, error=error, values=values, **rest)


ROM, SEA, BOTH = "rombios", "seabios", "rombios seabios"
FRAMEBUFFER = r"video: 1024x768"
TEXT = r"video: text"
WRONG = "drive %02X"
ALL_AT_ONCE = ("junk far-entry bpb high-halves high-esp if-clear=7 df-set=7 "
               "pm-trip trash trash-es dx-lost-41 int13-eats-stack "
               "int10-eats-stack dap-scribble e820-clobber")

CASES = [
    boots(1, "bpb", "bpb", bochs=ROM),
    boots(1, "bpb-usb-fdd", "usb-fdd bpb junk", "chs"),
    boots(2, "usb-fdd", "usb-fdd", "chs", bochs=BOTH),
    boots(2, "usb-fdd-floppy-bpb", "usb-fdd", "chs", image="floppy-bpb"),
    boots(7, "dl-00", "dl=0", "dl,retry", complaints=(WRONG % 0,)),
    boots(7, "dl-01", "dl=1", "dl,retry", complaints=(WRONG % 1,)),
    boots(7, "dl-81", "dl=0x81", "dl,retry", complaints=(WRONG % 0x81,)),
    boots(7, "dl-ff-never-probed", "dl=0xFF", "dl", bochs=ROM),
    boots(7, "dl-81-right", "drive=0x81", says="BIOS drive 81"),
    boots(8, "junk", "junk", bochs=BOTH),
    boots(8, "junk-2", "junk seed=77"),
    boots(8, "df", "df"),
    boots(8, "far-entry", "far-entry", bochs=ROM),
    boots(8, "df-set", "df-set=7", "df-set"),
    boots(8, "all-at-once", ALL_AT_ONCE, "if-clear,df-set,high-halves",
          bochs=BOTH),
    boots(8, "all-at-once-chs", ALL_AT_ONCE + " edd-absent chs-track es-di",
          "chs,if-clear,df-set,high-halves"),
    boots(9, "high-halves", "high-halves", "high-halves", bochs=BOTH),
    boots(9, "high-halves-chs", "high-halves edd-absent", "chs,high-halves"),
    boots(9, "high-esp", "high-esp high-halves", "high-halves"),
    boots(10, "trash", "trash"),
    boots(10, "trash-chs", "trash edd-absent", "chs"),
    boots(10, "trash-es", "trash-es soft-error=1", "retry"),
    boots(10, "trash-es-chs", "trash-es edd-absent heads=2 spt=18", "chs"),
    boots(10, "dx-lost-41", "dx-lost-41 soft-error=1", "retry"),
    boots(11, "if-clear", "if-clear=7", "if-clear", bochs=ROM),
    boots(11, "if-clear-chs", "if-clear edd-absent", "chs,if-clear"),
    boots(12, "edd-absent", "edd-absent", "chs", bochs=BOTH),
    boots(12, "edd-lies", "edd-lies", "chs"),
    boots(12, "edd-bad-magic", "edd-bad-magic", "chs"),
    boots(12, "lba-broken", "lba-broken", "lba-failed,retry"),
    boots(12, "lba-broken-later", "lba-broken after=1", "lba-failed"),
    boots(13, "max-127", "max-sectors=127"),
    boots(13, "max-64", "max-sectors=64", "small-reads"),
    boots(13, "max-16-later", "max-sectors=16 after=1", "small-reads"),
    boots(13, "max-1-later", "max-sectors=1 after=1", "small-reads"),
    # Stage 1 reads stage 2 at once by LBA; its way by CHS meets any limit.
    boots(13, "max-16", "max-sectors=16", "retry,small-reads"),
    boots(13, "max-1", "max-sectors=1", "retry,small-reads"),
    boots(13, "max-lba-16", "max-lba=16", "retry,small-reads"),
    boots(13, "max-lba-1", "max-lba=1", "retry,small-reads"),
    boots(13, "truncate-in-stage-1", "truncate=16", "retry,short-read"),
    boots(13, "truncate-16", "truncate=16 after=1", "short-read"),
    boots(13, "truncate-1", "truncate=1 after=1", "short-read"),
    boots(13, "dap-count", "dap-count fail-nth=3", "retry"),
    boots(13, "dap-scribble", "dap-scribble fail-nth=2", "retry"),
    boots(14, "dma-64k", "dma-64k"),
    boots(14, "dma-64k-chs", "dma-64k edd-absent", "chs"),
    boots(15, "chs-track", "chs-track edd-absent", "chs", bochs=ROM),
    boots(15, "chs-track-floppy", "chs-track edd-absent heads=2 spt=18",
          "chs"),
    boots(15, "chs-track-odd", "chs-track edd-absent heads=7 spt=11", "chs"),
    boots(15, "chs-256-heads", "edd-absent heads=256 spt=63", "chs"),
    boots(15, "es-di", "es-di edd-absent junk", "chs"),
    boots(16, "first-read-fails", "fail-n=1", "retry"),
    boots(16, "three-reads-fail", "fail-n=3 status=0x80", "retry"),
    boots(16, "all-lba-reads-fail", "fail-n=5", "retry"),
    boots(16, "soft-error-1", "soft-error=1", "retry"),
    boots(16, "soft-error-3", "soft-error=3 trash", "retry"),
    fails(16, "dead-disk", "fail-always-from=1 int16-enter", "READ",
          complaints=("key wait",)),
    fails(16, "dead-sector", "fail-lba=2048 status=0x10 int16-enter",
          "DISK_READ", "10", "2048", complaints=("key wait",)),
    boots(17, "48-overrun", "48-overrun"),
    boots(18, "lba-limit", "lba-limit=534528"),
    fails(18, "chs-limit", "edd-absent heads=1 spt=2 int16-enter",
          "DISK_RANGE", "2048", complaints=("key wait",)),
    boots(19, "ghost-00", "dl-ghost=0", "dl,retry", complaints=(WRONG % 0,)),
    boots(19, "ghost-81", "dl-ghost=0x81", "dl,retry",
          complaints=(WRONG % 0x81,)),
    # Port 92h is dead and 2401h lies: what is left is a keyboard controller
    # that is absent (reads FFh), never ready, or never empty.
    fails(21, "kbc-absent", "a20-2401-lies port92-dead int16-enter", "A20",
          complaints=("key wait",),
          extra=kbc_reads(0xFF)),
    fails(21, "kbc-busy", "a20-2401-lies port92-dead int16-enter", "A20",
          complaints=("key wait",),
          extra=kbc_reads(0x02)),
    fails(21, "kbc-never-empty", "a20-2401-lies port92-dead int16-enter",
          "A20", complaints=("key wait",),
          extra=kbc_reads(0x01)),
    boots(22, "a20-bios", "a20-shut", a20="bios", bochs=BOTH),
    boots(22, "a20-2401-lies", "a20-2401-lies", a20="port92", bochs=BOTH),
    boots(22, "a20-2401-missing", "a20-2401-missing", a20="port92"),
    boots(22, "a20-2401-late", "a20-2401-late", a20="port92"),
    boots(22, "a20-2402-2403-lie", "a20-2402-lies a20-2403-lies", a20="bios"),
    boots(22, "a20-kbc", "a20-2401-lies port92-dead", a20="kbc",
          extra=A20_CARDS),
    boots(22, "a20-port92", "a20-2401-lies kbc-dead", a20="port92",
          extra=A20_CARDS),
    fails(22, "a20-dead", "a20-2401-lies port92-dead kbc-dead int16-enter",
          "A20", complaints=("key wait",), extra=A20_CARDS),
    boots(23, "smap-never", "e820-no-smap=1", "smap-lost", map="e801"),
    boots(23, "smap-lost", "e820-no-smap=3", "smap-lost", map="e801",
          bochs=ROM),
    boots(24, "attribute-zero", "e820-24"),
    boots(24, "attribute-junk", "e820-24-junk"),
    boots(24, "24-though-20", "e820-24-always", "e820-24"),
    boots(25, "persist", "e820-persist", bochs=ROM),
    boots(26, "carry", "e820-carry", "e820-carry"),
    boots(26, "zero-length", "e820-zero"),
    boots(26, "loop", "e820-loop", "map-unsorted,map-overlap,map-cut"),
    boots(26, "stuck", "e820-stuck", "map-overlap,map-cut", map="e801"),
    boots(26, "clobber", "e820-clobber", "high-halves"),
    boots(26, "short-entry", "e820-short=1"),
    boots(27, "unsorted", "e820-unsorted", "map-unsorted", bochs=BOTH),
    boots(27, "overlap", "e820-overlap", "map-unsorted,map-overlap",
          says=r"-0000005FFFFF .* usable\s+000000A01000-\w+ .* usable"),
    boots(27, "nested", "e820-nested", "map-unsorted,map-overlap",
          says=r"-0000007FFFFF .* usable\s+"
               r"000000910000-00000091FFFF .* bad\s+"
               r"000000C00000-\w+ .* usable"),
    boots(27, "200-entries", "e820-200"),
    boots(27, "330-entries", "e820-300", "map-cut"),
    boots(27, "wrap", "e820-wrap", "map-overlap,map-wrap"),
    boots(27, "unknown-types", "e820-unknown",
          "map-unsorted,map-overlap,map-unknown",
          says=r"-0000006FFFFF .* usable\s+"
               r"000000800000-0000008FFFFF .* usable\s+"
               r"000000A00000-000000AFFFFF .* usable\s+"
               r"000000C00000-\w+ .* usable"),
    boots(28, "e801", "e820-none", map="e801", bochs=BOTH),
    boots(28, "e801-cx-dx", "e820-none e801-cx", map="e801"),
    boots(28, "e801-ax-bx", "e820-none e801-ax", map="e801"),
    boots(28, "e801-bogus", "e820-none e801-bogus", map="88"),
    boots(28, "only-88", "e820-none e801-none", map="88", bochs=ROM),
    fails(28, "nothing", "int15-none int16-enter", "NO_MEMORY_MAP",
          complaints=("key wait",)),
    fails(28, "88-zero", "e820-none e801-none 88-zero int16-enter",
          "NO_MEMORY_MAP", complaints=("key wait",)),
    boots(29, "low-224", "low-conv=224", "low-memory"),
    fails(29, "low-223", "low-conv=223 int16-enter", "LOW_MEMORY", "223",
          complaints=("key wait",)),
    fails(29, "int12-100", "int12-lies=100 int16-enter", "LOW_MEMORY", "100",
          complaints=("key wait",)),
    fails(29, "ebda-192", "ebda=0x3000 int16-enter", "LOW_MEMORY", "192",
          complaints=("key wait",)),
    boots(29, "int12-0", "int12-lies=0", "low-memory"),
    boots(29, "int12-640", "int12-lies=640"),
    boots(29, "bda-0", "low-conv=0", "low-memory"),
    boots(29, "ebda-0", "ebda=0"),
    boots(29, "ebda-ffff", "ebda=0xFFFF", "low-memory"),
    boots(30, "int13-stack", "int13-eats-stack=16000",
          says=r"real-stack=16\d\d\d/"),
    boots(30, "int10-stack", "int10-eats-stack=4000"),
    boots(30, "int15-stack", "int15-eats-stack=4000 int13-eats-stack=4000",
          bochs=ROM),
    boots(31, "protected-mode", "pm-trip", bochs=BOTH),
    boots(32, "vbe", "vbe-pitch=0", image="framebuffer", says=FRAMEBUFFER),
    boots(32, "vbe-none", "vbe-none", "vbe-fallback", image="framebuffer",
          says=TEXT),
    boots(32, "vbe-set-fails", "vbe-lies", "vbe-fallback",
          image="framebuffer", says=TEXT),
    boots(32, "vbe-no-attribute", "vbe-attr", "vbe-fallback",
          image="framebuffer", says=TEXT),
    boots(32, "vbe-pitch", "vbe-pitch=64", image="framebuffer",
          says=FRAMEBUFFER),
    boots(32, "vbe-2", "vbe-2", image="framebuffer", says=FRAMEBUFFER),
    boots(32, "vbe-endless-list", "vbe-endless", "vbe-fallback",
          image="framebuffer", says=TEXT),
    boots(34, "stamped", "bpb junk", image="stamped"),
    fails(34, "gap-overwritten", "int16-enter", "STAGE2_DAMAGED",
          image="gap-overwritten", complaints=("key wait",)),
    fails(34, "gap-erased", "int16-enter", "STAGE2_MISSING",
          image="gap-erased", complaints=("key wait",)),
    fails(35, "kernel-replaced", "int16-enter", "FILE_SIZE",
          image="kernel-replaced", complaints=("key wait",)),
    fails(36, "bpb-zero", "int16-enter", "FAT_BPB", image="volume-bpb-zero",
          complaints=("key wait",)),
    boots(37, "keyboard-dead", "int16-dead"),
    boots(37, "key-stuck", "int16-stuck", "keyboard"),
]
