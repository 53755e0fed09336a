"""What must hold for the files themselves: names, rights, words, promises."""
import os
import re
import subprocess

import pytest

import kindling
from sources import repository_files

HOUSE = {"Makefile", "stage1", "stage2", "kernel", "fs", "drivers", "user",
         "scripts", "tests", "LICENSE"}  # all of them must be there
TOP_LEVEL = HOUSE | {"README.md", "docs"}
LARGEST = 1 << 20  # bytes of one file; generated things stay out
# Registers and terms of the field that look like misspelled words.
SPELLING = "nd,struc,ist,te,fo,ans,hda,ue,mis,ro,inout,pres,infinit"
# Words that have no place in a repository, in two halves for this file.
UNWANTED = [r"\bTO" r"DO\b", r"\bFIX" r"ME\b", r"(?<![\w./$)}-])/wo" r"rk/", r"/tmp/[a-z]+/bui" r"ld",
            r"(?i)\blorem ip" r"sum\b"]
# INT 13h functions that write: AH=03h and 43h (bios-quirks.md, row 20).
WRITING = re.compile(
    r"mov\s+ah\s*,\s*(?:0?3h?|0x0?3|43h|0x43|67)\s*(?:;|$)"
    r"|mov\s+e?ax\s*,\s*(?:0?3[0-9a-f]{2}h|0x0?3[0-9a-f]{2}"
    r"|43[0-9a-f]{2}h|0x43[0-9a-f]{2})\b"
    r"|eax\s*=\s*0x(?:0?3|43)[0-9a-f]{2}\b", re.I | re.M)


def text_files():
    """(name, text) of everything that people read."""
    for name in repository_files():
        if "corpus/" in name or name.endswith((".png", ".bin", ".img")):
            continue
        yield name, (kindling.ROOT / name).read_text(encoding="utf-8")


def scripts():
    """Names of the programs in scripts/."""
    return sorted(name for name in repository_files("scripts")
                  if name.count("/") == 1 and "." not in name
                  and name != "scripts/packages")


# --- the house ---------------------------------------------------------------

def test_files_without_git(sources):
    """An unpacked release has the same files, and can count its lines."""
    expected = repository_files(root=sources)
    assert ".ci/run" in expected
    assert set(expected) == set(repository_files())
    for name in ("build/kernel.elf", "tests/__pycache__/run.pyc"):
        (sources / name).parent.mkdir(exist_ok=True)
        (sources / name).touch()
    (sources / "stage1" / "new.asm").touch()
    assert repository_files("stage1", "tests", root=sources) == sorted(
        [name for name in expected
         if name.startswith(("stage1/", "tests/"))] + ["stage1/new.asm"])
    assert set(repository_files(root=sources)) == \
        {*expected, "stage1/new.asm"}
    done = subprocess.run([str(sources / "tests" / "count_lines.py")],
                          capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0 and "kernel" in done.stdout, done.stderr


def test_top_level():
    names = {name.partition("/")[0] for name in repository_files()}
    assert {name for name in names
            if name not in TOP_LEVEL and not name.startswith(".")} == set()
    assert HOUSE <= names


def test_no_large_files():
    assert [name for name in repository_files()
            if (kindling.ROOT / name).stat().st_size > LARGEST] == []


def test_programs_can_be_run():
    """A first line with #! and the right to execute go together."""
    for name in repository_files():
        path = kindling.ROOT / name
        with open(path, "rb") as file:
            script = file.read(2) == b"#!"
        assert script == os.access(path, os.X_OK), name


@pytest.mark.parametrize("name", scripts())
def test_help(name):
    done = subprocess.run([str(kindling.ROOT / name), "--help"],
                          capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) > 10, done.stdout


def test_make_help_lists_targets():
    done = subprocess.run(["make", "-C", str(kindling.ROOT), "help",
                           f"BUILD={kindling.BUILD}"], capture_output=True,
                          text=True, timeout=60, check=True)
    for target in ("all", "run", "test", "bench", "debug", "bochs", "usb",
                   "doctor", "clean", "soak"):
        assert re.search(rf"^  make {target} +\S", done.stdout, re.M), target


# --- words -------------------------------------------------------------------

def test_shellcheck():
    names = [name for name in repository_files()
             if re.match(rb"#!.*\b(ba|da)?sh\b",
                         (kindling.ROOT / name).read_bytes()[:80])]
    assert ".ci/run" in names and "scripts/setup" in names
    done = subprocess.run(["shellcheck", *names], cwd=kindling.ROOT,
                          capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stdout


def test_spelling():
    names = [name for name, _ in text_files()]
    done = subprocess.run(["codespell", "-L", SPELLING, *names],
                          cwd=kindling.ROOT, capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.stdout == "" and done.returncode == 0, done.stdout


@pytest.mark.parametrize("pattern", UNWANTED)
def test_unwanted_words(pattern):
    found = [f"{name}: {match[0]}" for name, text in text_files()
             for match in re.finditer(pattern, text)]
    assert found == []


def test_text_is_plain():
    """Unix line ends, an end to the last line, no blanks at ends of lines."""
    for name, text in text_files():
        assert "\r" not in text, name
        assert not text or text.endswith("\n"), name
        blanks = re.search(r"[ \t]+$", text, re.M)
        assert name.endswith(".md") or not blanks, name


def test_generated_tables_of_the_docs():
    done = subprocess.run(
        [str(kindling.ROOT / "scripts" / "gendefs"), "--check-docs",
         str(kindling.BUILD / "gen")], capture_output=True, text=True,
        timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# --- promises ----------------------------------------------------------------

def test_loader_never_writes_a_disk():
    for name in repository_files("stage1", "stage2", "fs/fat32"):
        text = (kindling.ROOT / name).read_text(encoding="utf-8")
        assert not WRITING.search(text), name


@pytest.mark.parametrize("line", [
    "        mov ah, 3", "mov ah, 03h ; write", "mov ah,43h", "mov ah, 0x43",
    "mov ax, 0301h", "mov ax, 4300h", "mov eax, 0x4302",
    "regs = { .eax = 0x0301 };", "regs.eax = 0x4300 | count;"])
def test_planted_write_is_found(line):
    assert WRITING.search(line)


@pytest.mark.parametrize("line", [
    "mov ah, 42h", "mov ah, 30h", "mov ax, 4200h", ".eax = 0x4200",
    "regs.eax = 0x0200 | count", "mov ax, 300"])
def test_reads_are_not_taken_for_writes(line):
    assert not WRITING.search(line)
