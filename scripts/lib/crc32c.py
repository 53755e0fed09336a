"""CRC-32C (Castagnoli), the checksum of /boot/manifest.

Python walks bytes at a few MB/s, which a kernel of 8 MiB would make felt.
Large data is therefore cut into many equal lanes that advance side by side:
a step looks up one byte of every lane with bytes.translate() and adds with
one XOR of long integers. The lanes are joined at the end, CRCs being linear.
"""
POLYNOMIAL = 0x82F63B78  # bit-reversed 0x1EDC6F41
LANES = 4096
MASK = 0xFFFFFFFF


def _make_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


TABLE = _make_table()
PLANES = [bytes(entry >> shift & 0xFF for entry in TABLE)
          for shift in (0, 8, 16, 24)]


def _walk(state, data):
    """Advance a raw state (no inversion at either end) over data."""
    for byte in data:
        state = TABLE[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state


def _xor(left, right):
    number = int.from_bytes(left, "little") ^ int.from_bytes(right, "little")
    return number.to_bytes(len(left), "little")


def _zeros_operator(count):
    """Return the 32 images of single bits after count zero bytes."""
    def apply(matrix, value):
        result, index = 0, 0
        while value:
            if value & 1:
                result ^= matrix[index]
            value >>= 1
            index += 1
        return result

    power = [_walk(1 << bit, b"\0") for bit in range(32)]
    result = [1 << bit for bit in range(32)]
    while count:
        if count & 1:
            result = [apply(power, column) for column in result]
        power = [apply(power, column) for column in power]
        count >>= 1
    return result


def _lanes(data, length):
    """Raw states, started from zero, of LANES pieces of length bytes."""
    planes = [bytes(LANES)] * 4
    for step in range(length):
        index = _xor(planes[0], data[step::length])
        looked = [index.translate(plane) for plane in PLANES]
        planes = [_xor(looked[k], planes[k + 1]) for k in range(3)]
        planes.append(looked[3])
    return [a | b << 8 | c << 16 | d << 24 for a, b, c, d in zip(*planes)]


def crc32c(data):
    """Return the CRC-32C of a bytes object."""
    state, length = MASK, len(data) // LANES
    if length < 16:
        return _walk(state, data) ^ MASK
    shift = _zeros_operator(length)
    for lane in _lanes(data[:length * LANES], length):
        moved = 0
        for bit in range(32):
            if state >> bit & 1:
                moved ^= shift[bit]
        state = moved ^ lane
    return _walk(state, data[length * LANES:]) ^ MASK
