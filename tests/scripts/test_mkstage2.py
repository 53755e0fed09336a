"""scripts/mkstage2: size and checksum of stage 2."""
import random
import struct

import pytest
from standins import L, run_script


def fletcher(data):
    first = second = 0
    for (word,) in struct.iter_unpack("<H", data):
        first = (first + word) % 65536
        second = (second + first) % 65536
    return first, second


def raw_stage2(size, seed):
    data = bytearray(random.Random(seed).randbytes(size))
    struct.pack_into("<I", data, L["STAGE2_HDR_MAGIC"], L["STAGE2_MAGIC"])
    return data


@pytest.mark.parametrize("size", [L["STAGE2_HDR_SIZE"], 511, 512, 513,
                                  30001, 64 * 512])
def test_seals(tmp_path, size):
    raw = raw_stage2(size, seed=size)
    (tmp_path / "in").write_bytes(raw)
    done = run_script("mkstage2", tmp_path / "in", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    sealed = (tmp_path / "out").read_bytes()
    assert len(sealed) == -(-size // 512) * 512
    assert fletcher(sealed) == (0, 0)
    sectors = struct.unpack_from("<H", sealed, L["STAGE2_HDR_SECTORS"])[0]
    assert sectors == len(sealed) // 512
    touched = set()
    for name in ("SECTORS", "SUM", "SUM0"):
        offset = L["STAGE2_HDR_" + name]
        touched |= {offset, offset + 1}
    padded = bytes(raw) + bytes(len(sealed) - size)
    changed = {i for i in range(len(sealed)) if sealed[i] != padded[i]}
    assert changed <= touched


def test_same_again(tmp_path):
    """Sealing what is sealed changes nothing."""
    (tmp_path / "in").write_bytes(raw_stage2(2000, seed=1))
    run_script("mkstage2", tmp_path / "in", tmp_path / "once")
    run_script("mkstage2", tmp_path / "once", tmp_path / "twice")
    assert (tmp_path / "once").read_bytes() == \
        (tmp_path / "twice").read_bytes()


def test_any_swap_is_noticed(tmp_path):
    """The second sum sees two words in the wrong order, the first cannot."""
    (tmp_path / "in").write_bytes(raw_stage2(1024, seed=2))
    run_script("mkstage2", tmp_path / "in", tmp_path / "out")
    sealed = bytearray((tmp_path / "out").read_bytes())
    sealed[100:104] = sealed[102:104] + sealed[100:102]
    assert fletcher(sealed)[0] == 0
    assert fletcher(sealed)[1] != 0


@pytest.mark.parametrize("data, words", [
    (bytes(8), "too short"),
    (bytes(600), "magic"),
    (raw_stage2(64 * 512 + 1, seed=3), "at most 32768"),
])
def test_refuses(tmp_path, data, words):
    (tmp_path / "in").write_bytes(data)
    done = run_script("mkstage2", tmp_path / "in", tmp_path / "out")
    assert done.returncode == 1
    assert words in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_missing_input_is_one_line(tmp_path):
    done = run_script("mkstage2", tmp_path / "nothing", tmp_path / "out")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "nothing" in done.stderr
