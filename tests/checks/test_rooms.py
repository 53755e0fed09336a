"""Dependencies point one way, in what is included and in what is linked."""
import subprocess

import pytest

import kindling
import rooms
from sources import repository_files

PLANTED = [
    ("kernel/planted.c", '#include "stage2/loader.h"\n'),
    ("kernel/planted.c", '#include "fs/fat32/fat32.h"\n'),
    ("kernel/planted.c", '#include "kernel/start/main.h"\n'),
    ("kernel/x86/planted.c", '#include "kernel/x86/start/smp.h"\n'),
    ("kernel/planted.c", '#include "kernel/test/selftest.h"\n'),
    ("kernel/lib/planted.c", '#include "kernel/console.h"\n'),
    ("kernel/lib/planted.c", '#include "../console.h"\n'),
    ("kernel/abi/planted.h", '#include "kernel/memory.h"\n'),
    ("fs/fat32/planted.c", '#include "kernel/abi/boot.h"\n'),
    ("fs/fat32/planted.c", "#include <stdio.h>\n"),
    ("stage2/planted.c", '#include "kernel/console.h"\n'),
    ("stage2/planted.asm", '%include "kernel/x86/trap.inc"\n'),
    ("stage1/planted.asm", '%include "stage2/start.inc"\n'),
    ("drivers/ahci/planted.c", '#include "user/sh/sh.h"\n'),
    ("drivers/ahci/planted.c", '#include "kernel/frames.h"\n'),
    ("drivers/ahci/planted.c", '#include "user/init/init.h"\n'),
    ("user/rt/planted.c", '#include "user/init/init.h"\n'),
    ("user/proto/planted.h", '#include "user/libc/stdio.h"\n'),
]


def test_includes():
    paths = repository_files()
    assert sum(rooms.room_of(path) is not None for path in paths) > 50
    assert rooms.violations(kindling.ROOT, paths) == []


@pytest.mark.parametrize("path,text", PLANTED)
def test_planted_include_is_found(tmp_path, path, text):
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel" / "console.h").touch()
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("#include <stdint.h>\n" + text)
    assert len(rooms.violations(tmp_path, [path])) == 1


@pytest.mark.parametrize("folder,count", [("loader", 20), ("kernel", 20),
                                          ("user/obj", 10)])
def test_links(folder, count):
    base = kindling.BUILD / folder
    assert len(list(base.rglob("*.o"))) > count
    assert rooms.foreign_symbols(base, kindling.ROOT) == []


@pytest.mark.parametrize("user,owner", [
    ("fs/fat32/planted", "stage2/planted"),
    ("kernel/planted", "kernel/start/planted")])
def test_planted_reference_is_found(user, owner, tmp_path):
    """No header gives it away. What has no source any more does not count."""
    for path, text in ((user, "void print(void); void f(void) { print(); }"),
                       (owner, "void print(void) {}")):
        source = (tmp_path / path).with_suffix(".c")
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text)
        subprocess.run(["gcc", "-c", "-o", str(source.with_suffix(".o")),
                        str(source)], check=True)
    assert rooms.foreign_symbols(tmp_path, tmp_path) == [
        f"{user}.o uses print of {owner}.o"]
    (tmp_path / user).with_suffix(".c").unlink()
    assert rooms.foreign_symbols(tmp_path, tmp_path) == []


def test_own_header_first():
    """So every header stands on its own."""
    for path in repository_files("stage2", "kernel", "fs"):
        header = path[:-2] + ".h"
        if path.endswith(".c") and (kindling.ROOT / header).exists():
            text = (kindling.ROOT / path).read_text(encoding="utf-8")
            first = next(rooms.included(text))[0]
            assert rooms.resolve(kindling.ROOT, path, first) == header, path
