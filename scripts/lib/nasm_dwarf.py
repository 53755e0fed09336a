"""Mend what NASM 2.16 says about a file that has several sections.

Its compilation unit then begins where the first section is and is as long as
all together, though the linker puts them in different places. GDB would
complain at each stop in the others, and show no source there. The table of
ranges (.debug_aranges) is right, so the unit is stretched over all of them.
"""
import struct

SECTION_NAMES, SECTIONS = 0x3E, 0x28  # in the header of an ELF64 file


def _sections(elf):
    """Return {name: (offset, size)} of an ELF64 file."""
    table = struct.unpack_from("<Q", elf, SECTIONS)[0]
    size, count, names = struct.unpack_from("<HHH", elf, SECTION_NAMES - 4)
    rows = [struct.unpack_from("<IIQQQQ", elf, table + size * i)
            for i in range(count)]
    base = rows[names][4]
    return {bytes(elf[base + row[0]:elf.index(0, base + row[0])]).decode():
            (row[4], row[5]) for row in rows}


def _ranges(elf, start, size):
    """Yield (offset of the unit, [(address, length), ...])."""
    at, end = start, start + size
    while at < end:
        length, _, unit = struct.unpack_from("<IHI", elf, at)
        pairs = []
        for place in range(at + 16, at + 4 + length, 16):
            pair = struct.unpack_from("<QQ", elf, place)
            if pair != (0, 0):
                pairs.append(pair)
        yield unit, pairs
        at += 4 + length


def mend(elf):
    """Stretch the units of a bytearray that are wrong in NASM's way."""
    found = _sections(elf)
    if not {".debug_aranges", ".debug_info"} <= set(found):
        return
    for unit, pairs in _ranges(elf, *found[".debug_aranges"]):
        # A header of 11 bytes and the abbreviation, then first and last
        # address: the order in which NASM writes them.
        at = found[".debug_info"][0] + unit + 12
        low, high = struct.unpack_from("<QQ", elf, at)
        total = sum(length for _, length in pairs)
        if len(pairs) > 1 and (low, high) == (pairs[0][0],
                                              pairs[0][0] + total):
            struct.pack_into("<QQ", elf, at, min(a for a, _ in pairs),
                             max(a + n for a, n in pairs))
