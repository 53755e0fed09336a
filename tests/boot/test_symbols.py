"""What GDB knows of the assembly: the file and line of each global label.

NASM's DWARF describes one section with code for each file. A second one has
the lines of the first, or none, and GDB complains of an internal error.
"""
import re
import subprocess

import pytest

import kindling

# The program, its sources, and the object of a source, in the build's folder.
PROGRAMS = {
    "stage1": ("stage1.elf", "stage1/*.asm", "stage1.o"),
    "stage2": ("stage2.elf", "stage2/*.asm", "loader/{}.o"),
    "kernel": ("kernel.debug.elf", "kernel/**/*.asm", "kernel/{}.o"),
}


def run(*command):
    done = subprocess.run([str(word) for word in command], text=True,
                          capture_output=True, check=True, timeout=120)
    return done.stdout, done.stderr


def labels(path, kind):
    """{name: address} of the symbols in code: kind T, or Tt with local ones.
    """
    return {name: int(address, 16) for address, name in
            re.findall(rf"^([0-9a-f]+) [{kind}] (\w+)$", run("nm", path)[0],
                       re.M)}


def data(source):
    """The labels of a file with data right behind them."""
    text = (kindling.ROOT / source).read_text(encoding="ascii")
    return set(re.findall(r"^(\w+):\s+(?:times \w+ )?d[bwdq]\s", text, re.M))


def label_at(source, line, known):
    """The last of the known labels that stands at the line or before it."""
    text = (kindling.ROOT / source).read_text(encoding="ascii")
    found = [name for name in re.findall(r"^(\w+):", "\n".join(
        text.split("\n")[:line]), re.M) if name in known]
    assert found, f"{source}, line {line}: no label above"
    return found[-1]


def begins_with_macro(source, answer):
    """Whether the answer is a file that source includes."""
    text = (kindling.ROOT / source).read_text(encoding="ascii")
    name = answer.rpartition("/")[2]
    return re.search(rf'^%include "([^"]*/)?{re.escape(name)}"', text, re.M)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_label_has_its_line(program):
    name, pattern, object_name = PROGRAMS[program]
    known = {}
    for path in sorted(kindling.ROOT.glob(pattern)):
        source = str(path.relative_to(kindling.ROOT))
        own = labels(kindling.BUILD / object_name.format(source), "T")
        known.update((label, source) for label in own
                     if label not in data(source))
    assert known
    command = ["gdb", "-nx", "-batch", kindling.BUILD / name]
    for label in known:
        command += ["-ex", f"echo \\n{label}:", "-ex", f"info line *&{label}"]
    answers, complaints = run(*command)
    assert not re.search("[Ee]rror:", complaints), complaints
    address = labels(kindling.BUILD / name, "Tt")
    for label, source in known.items():
        answer = re.search(rf"^{label}:(.*)$", answers, re.M)[1]
        match = re.match(r'Line (\d+) of "([^"]+)"', answer)
        assert match, f"{label} in {source}: {answer}"
        if begins_with_macro(source, match[2]):
            continue
        assert match[2] == source, f"{label} in {source}: {answer}"
        found = label_at(source, int(match[1]), address)
        assert address[found] == address[label], f"{label}: {answer}"
