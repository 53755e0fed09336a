"""Stage 2's header: size and checksum (docs/spec, kernel/abi/layout.def)."""
import struct

from layout import read_layout

L = read_layout()
SECTOR = L["SECTOR_SIZE"]


class Stage2Error(Exception):
    """What is wrong with a stage 2, in words."""


def words_of(data):
    return struct.unpack(f"<{len(data) // 2}H", data)


def fletcher(data):
    """Both sums over all 16-bit words, as stage 1 computes them."""
    first = second = 0
    for word in words_of(data):
        first += word
        second += first
    return first & 0xFFFF, second & 0xFFFF


def check_size(data):
    limit = L["STAGE2_MAX_SECTORS"] * SECTOR
    if len(data) > limit:
        raise Stage2Error(f"{len(data)} bytes, at most {limit} are allowed")
    header_end = L["STAGE2_HDR_SIZE"]
    if len(data) < header_end:
        raise Stage2Error(f"{len(data)} bytes: too short for a header")
    magic = struct.unpack_from("<I", data, L["STAGE2_HDR_MAGIC"])[0]
    if magic != L["STAGE2_MAGIC"]:
        raise Stage2Error(f"no magic of stage 2 at offset "
                          f"{L['STAGE2_HDR_MAGIC']}: found {magic:#010x}")


def seal(data):
    """Pad to whole sectors; fill in the size and make both sums zero."""
    check_size(data)
    data = bytearray(data + bytes(-len(data) % SECTOR))
    struct.pack_into("<H", data, L["STAGE2_HDR_SECTORS"], len(data) // SECTOR)
    for field in ("STAGE2_HDR_SUM", "STAGE2_HDR_SUM0"):
        struct.pack_into("<H", data, L[field], 0)
    first, second = fletcher(data)
    # A word at index i counts once in the first sum and (words - i) times in
    # the second. SUM lies one word before SUM0, so its weight is one more:
    # SUM + SUM0 = -first; SUM * (weight + 1) + SUM0 * weight = -second.
    assert L["STAGE2_HDR_SUM0"] == L["STAGE2_HDR_SUM"] + 2
    weight = (len(data) - L["STAGE2_HDR_SUM0"]) // 2
    word = (first * weight - second) & 0xFFFF
    struct.pack_into("<H", data, L["STAGE2_HDR_SUM"], word)
    struct.pack_into("<H", data, L["STAGE2_HDR_SUM0"], -(first + word) & 0xFFFF)
    assert fletcher(data) == (0, 0)
    return bytes(data)


def check(data):
    """Check what seal() made; return the size in sectors."""
    check_size(data)
    sectors = struct.unpack_from("<H", data, L["STAGE2_HDR_SECTORS"])[0]
    if len(data) % SECTOR or sectors != len(data) // SECTOR:
        raise Stage2Error(f"the header says {sectors} sectors, the file has "
                          f"{len(data)} bytes")
    if fletcher(data) != (0, 0):
        raise Stage2Error("the checksum is wrong")
    return sectors
