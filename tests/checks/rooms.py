"""Who may use whom: the table of docs/ARCHITECTURE.md, as a check.

A room is the first folder of a path that stands in MAY_USE. violations()
looks at what files include, foreign_symbols() at what objects refer to.
"""
import os
import pathlib
import re
import subprocess

USER = ("kernel/abi", "kernel/lib", "user")
DRIVER = ("kernel/abi", "kernel/lib", "user/proto", "user/rt", "user/libc")
MAY_USE = {  # room: the rooms whose headers and code it may use, or parts
    "stage1": (),
    "stage2": ("kernel/lib", "kernel/abi", "fs/fat32"),
    "kernel/lib": ("kernel/abi",),
    "kernel/abi": (),
    "kernel": ("kernel/lib", "kernel/abi"),  # not what runs once, nor tests
    "kernel/start": ("kernel",),
    "kernel/x86/start": ("kernel",),
    "kernel/test": ("kernel",),
    "kernel/x86/test": ("kernel",),
    "fs/fat32": ("kernel/lib",),
    "fs": DRIVER + ("fs/fat32",),
    "drivers": DRIVER,
    "user/proto": ("kernel/abi", "kernel/lib"),
    "user/rt": ("kernel/abi", "kernel/lib", "user/proto"),
    "user/libc": ("kernel/abi", "kernel/lib", "user/proto", "user/rt"),
    "user": USER,
}
# What scripts/gendefs makes from kernel/abi; the compiler's own headers.
GENERATED = {"layout.h", "errors.h", "quirks.h", "layout.inc", "errors.inc"}
COMPILER = {"stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "limits.h",
            "stdalign.h", "stdatomic.h", "stdnoreturn.h"}
FREESTANDING = ("stage1", "stage2", "kernel", "fs/fat32")  # no libc there
# The compiler's own; and main() of any program, which the runtime calls.
RUNTIME = {"__stack_chk_fail", "__stack_chk_guard", "main"}
SOURCES = (".c", ".h", ".S", ".asm", ".inc")


def inside(path, folder):
    return path == folder or path.startswith(folder + "/")


def room_of(path):
    """The longest room that holds a path; None outside of all."""
    found = [room for room in MAY_USE if inside(path, room)]
    return max(found, key=len) if found else None


def may_use(room, path):
    """May code of a room use what stands at path?"""
    if room_of(path) == room:
        return True
    return any(inside(path, other) for other in MAY_USE[room])


def included(text):
    """Yield (name, in angle brackets) of each include."""
    for match in re.finditer(
            r'^\s*(?:#\s*include|%include)\s*(?:"([^"]+)"|<([^>]+)>)', text,
            re.M):
        yield match[1] or match[2], bool(match[2])


def resolve(root, path, name):
    """Where an included file stands, as the compiler finds it."""
    beside = os.path.normpath(pathlib.Path(path).parent / name)
    return beside if (root / beside).exists() else name


def violations(root, paths):
    """Sentences about the includes that the table does not allow."""
    found = []
    for path in paths:
        room = room_of(path)
        if room is None or not path.endswith(SOURCES):
            continue
        text = (root / path).read_text(encoding="utf-8")
        for name, system in included(text):
            if name in GENERATED and not system:
                continue
            if system:
                if name not in COMPILER and room.startswith(FREESTANDING):
                    found.append(f"{path} includes <{name}>")
                continue
            target = resolve(root, path, name)
            if not may_use(room, target):
                found.append(f"{path} includes {target}")
    return found


def symbols_of(path):
    """({defined}, {undefined}) of an object file."""
    lines = subprocess.run(["nm", "-g", str(path)], capture_output=True,
                           text=True, check=True).stdout.splitlines()
    defined, undefined = set(), set()
    for line in lines:
        *_, kind, name = line.split()
        (undefined if kind in "Uwv" else defined).add(name)
    return defined, undefined


def has_source(root, path):
    """Whether what an object was made from still stands there."""
    stem = re.sub(r"(\.asm)?\.o$", "", path)
    return any((root / (stem + suffix)).exists() for suffix in (".c", ".asm"))


def foreign_symbols(folder, root):
    """Sentences about references between the objects below a folder that
    the table does not allow. Objects lie there as their sources do below
    root; what an older build left behind does not count.
    """
    objects = {path.relative_to(folder).as_posix(): symbols_of(path)
               for path in folder.rglob("*.o")
               if has_source(root, path.relative_to(folder).as_posix())}
    homes = {name: path for path, (defined, _) in objects.items()
             for name in defined}
    found = []
    for path, (_, undefined) in sorted(objects.items()):
        room = room_of(path)
        for name in sorted(undefined - RUNTIME):
            home = homes.get(name)
            if home and room and room_of(home) and not may_use(room, home):
                found.append(f"{path} uses {name} of {home}")
    return found
