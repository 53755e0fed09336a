"""scripts/mkarchive: what GNU cpio finds in its archives, and what lies where.
"""
import os
import re
import subprocess

import pytest

import kindling

SCRIPT = kindling.ROOT / "scripts" / "mkarchive"
PAGE = 4096
ELF = b"\x7fELF" + bytes(range(256)) * 40
FILES = {
    "bin/tool": ELF,
    "bin/script": b"#!/bin/sh\n",
    "etc/services": b"[a]\n",
    "etc/empty": b"",
    "etc/page": b"p" * PAGE,
    "etc/below": b"b" * (PAGE - 1),
    "lib/\xe4 b": b"x" * 70000,
}


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    for name, data in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (root / "empty").mkdir()
    (root / "etc" / "link").symlink_to("../bin/tool")
    return root


def run(tree, output, *more, **environment):
    return subprocess.run(
        [str(SCRIPT), "--tree", str(tree), "--output", str(output), *more],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **environment})


def archive(tree, output, *more, **environment):
    done = run(tree, output, *more, **environment)
    assert done.returncode == 0, done.stderr
    return output.read_bytes()


def cpio(data, *options, cwd=None):
    done = subprocess.run(["cpio", "--quiet", *options], input=data, cwd=cwd,
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stderr == b"", done.stderr
    return done.stdout.decode()


def members(data):
    """{name: (mode, offset, data)}, read as the format's description says."""
    found, at = {}, 0
    while True:
        assert data[at:at + 6] == b"070701"
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16)
                  for i in range(13)]
        size, length = fields[6], fields[11]
        name = data[at + 110:at + 110 + length].split(b"\0")[0].decode()
        start = -(-(at + 110 + length) // 4) * 4
        if name == "TRAILER!!!":
            return found
        found[name] = (fields[1], start, data[start:start + size])
        at = -(-(start + size) // 4) * 4


def test_cpio_lists_it(tree, tmp_path):
    listing = cpio(archive(tree, tmp_path / "a"), "-itv")
    assert re.search(r"(?m)^-rwxr-xr-x +1 root +root +10244 .* bin/tool$",
                     listing)
    assert re.search(r"(?m)^-rwxr-xr-x .* bin/script$", listing)
    assert re.search(r"(?m)^-rw-r--r-- .* 4 .* etc/services$", listing)
    assert re.search(r"(?m)^drwxr-xr-x +2 root .* empty$", listing)
    assert re.search(r"(?m)^lrwxrwxrwx .* etc/link -> \.\./bin/tool$", listing)
    assert "\0" not in listing and len(listing.splitlines()) == 12


def test_cpio_unpacks_it(tree, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    cpio(archive(tree, tmp_path / "a"), "-id", "--no-absolute-filenames",
         cwd=target)
    for name, data in FILES.items():
        assert (target / name).read_bytes() == data
    assert os.readlink(target / "etc/link") == "../bin/tool"
    assert (target / "empty").is_dir()


def test_large_files_begin_with_a_page(tree, tmp_path):
    found = members(archive(tree, tmp_path / "a"))
    assert list(found) == sorted(found)
    for name, data in FILES.items():
        assert found[name][2] == data
        if len(data) >= PAGE:
            assert found[name][1] % PAGE == 0, name
    assert found["etc/below"][1] % PAGE != 0


def test_the_same_tree_gives_the_same_bytes(tree, tmp_path):
    first = archive(tree, tmp_path / "a")
    (tree / "etc/services").touch()
    (tree / "etc/page").chmod(0o600)
    assert archive(tree, tmp_path / "b") == first
    assert archive(tree, tmp_path / "c", SOURCE_DATE_EPOCH="5") != first
    (tree / "etc/page").chmod(0o700)
    assert archive(tree, tmp_path / "d") != first


def test_an_empty_tree(tmp_path):
    (tmp_path / "none").mkdir()
    data = archive(tmp_path / "none", tmp_path / "a")
    assert members(data) == {} and cpio(data, "-it") == ""


@pytest.mark.parametrize("case", ["limit", "folder", "pipe", "name"])
def test_refusals(case, tree, tmp_path):
    output, more = tmp_path / "a", []
    if case == "limit":
        size = len(archive(tree, tmp_path / "b"))
        archive(tree, tmp_path / "c", "--limit", str(size))
        more = ["--limit", str(size - 1)]
    elif case == "folder":
        tree = tree / "nothing"
    elif case == "pipe":
        os.mkfifo(tree / "pipe")
    else:
        (tree / "TRAILER!!!").touch()
    done = run(tree, output, *more)
    assert done.returncode == 1 and done.stderr.startswith("mkarchive: ")
    assert done.stderr.count("\n") == 1 and not output.exists()
    words = {"limit": "are allowed", "folder": "is not a folder",
             "pipe": "neither a file", "name": "no such name"}
    assert words[case] in done.stderr
    assert [path for path in tmp_path.iterdir()
            if path.name.startswith(".")] == []
