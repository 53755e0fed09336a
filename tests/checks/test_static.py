"""Static analysis: gcc's analyzer and cppcheck find nothing in any C file of
loader, kernel, file systems, drivers and programs.

What is analyzed is what make would run, flags and all, for the image, the
test programs, and the two other kernels; of a file that looks the same to the
compiler in two of them, the first one counts. What a tool says although it is
no mistake stands in SUPPRESSED or MISTAKEN_ON_PURPOSE, with the reason, and
nowhere else.
"""
import concurrent.futures
import hashlib
import json
import re
import shlex
import subprocess

import pytest

import kindling
from house import make
from sources import repository_files

ROOMS = ("stage2", "kernel", "fs", "drivers", "user")
BUILDS = {"": ("image", "guest-programs"),
          "kpti": ("KPTI=1", "{0}/kernel.debug.elf"),
          "sanitized": ("SANITIZE=1", "{0}/kernel.debug.elf")}
WORKERS = 2

# Programs and their library run under the sanitizers in tests/sh, tests/tools
# and tests/libc; what the two tools say of them is not sorted out yet.
LATER = ("user/libc/", "user/sh/", "user/bin/")

# gcc 12: when small functions are inlined first, the analyzer forgets that
# "no error" and "the result is there" go together.
ANALYZER = ("-fanalyzer", "-fno-early-inlining")
CPPCHECK = ("cppcheck", f"-j{WORKERS}", "--quiet",
            "--enable=warning,portability,performance",
            "--template={file}:{line}: {id}: {message}")

MISTAKEN_ON_PURPOSE = {
    "kernel/x86/test/crash.c": "makes each mistake that has a panic page"}
SUPPRESSED = {
    # (what cppcheck calls it, files): why it is none
    ("comparePointers", r".*"):
        "The start and end of a linker script's section are two arrays to it.",
    ("constStatement", r"user/(rt/sys\.h|test/stress/fuzz_child\.c)"):
        'It takes "register ... __asm__("r15") = x" for an idle statement; '
        "gcc's -Wunused-value looks for those, too.",
    ("nullPointerRedundantCheck", r"user/test/.*|kernel/lib/bytes\.h"):
        "Below 0 is an error, else an address: nothing is mapped at 0.",
    ("nullPointerArithmeticRedundantCheck", r"user/rt/spawn\.c"):
        "The same.",
}

# No warning of the compiler's finds the first three.
PLANTED = {
    "null": """
static int one;
static int *find(int key) { return key == 1 ? &one : 0; }
int planted(int key);
int planted(int key) { return *find(key); }
""",
    "uninitialized": """
static int get(int key, int *value)
{ if (key != 1) return -1; *value = key; return 0; }
int planted(int key);
int planted(int key) { int value; (void)get(key, &value); return value; }
""",
    "use after free": """
void give(int *it);
int *take(void) __attribute__((malloc, malloc(give, 1)));
static void __attribute__((noinline)) drop(int *it) { give(it); }
int planted(void);
int planted(void)
{ int *it = take(); if (it == 0) return 0; *it = 1; drop(it); return *it; }
""",
    "null or not": """
int planted(int key);
int planted(int key)
{ int one = 1, *it = 0; if (key == 1) it = &one; return *it; }
""",
    "set or not": """
int planted(int key);
int planted(int key) { int value; if (key == 1) value = key; return value; }
""",
    "outside": """
int planted(void);
int planted(void)
{ int list[4] = { 0 }; int i; for (i = 0; i < 4; i++) list[i] = i;
  return list[i]; }
"""}


def compile_commands(build):
    """(source, words) of each C file of ours that make would compile."""
    folder = kindling.BUILD / build
    if build:  # the headers that are generated
        kindling.built(folder / "gen" / "layout.h", BUILDS[build][0])
    targets = [word.format(folder) for word in BUILDS[build]]
    plan = make(kindling.ROOT, "-n", "-B", "V=1", f"BUILD={kindling.BUILD}",
                *targets).stdout
    for line in plan.replace("\\\n", " ").splitlines():
        words = shlex.split(line) if re.search(r" -c .*\.c$", line) else [""]
        if words[-1].startswith(ROOMS) and not words[-1].startswith(LATER):
            at = words.index("-MMD")
            assert words[at:at + 4] == ["-MMD", "-MP", "-c", "-o"], line
            yield words[-1], words[:at]


def preprocessed(command):
    source, words = command
    return subprocess.run([*words, "-E", "-P", source], cwd=kindling.ROOT,
                          capture_output=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module")
def commands():
    """Those of all builds, but none twice for one text."""
    every = [command for build in BUILDS
             for command in compile_commands(build)]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        texts = [hashlib.sha256(text).digest()
                 for text in pool.map(preprocessed, every)]
    first = dict(reversed(list(zip(texts, every))))
    return [command for command in first.values()
            if command[0] not in MISTAKEN_ON_PURPOSE]


def analyze(command):
    """What gcc's analyzer, for which each warning is an error, says."""
    source, words = command
    done = subprocess.run([*words, *ANALYZER, "-c", "-o", "/dev/null", source],
                          cwd=kindling.ROOT, capture_output=True, text=True,
                          timeout=120, check=False)
    assert (done.returncode == 0) == (done.stderr == ""), done.stderr
    return done.stderr


def cppcheck(commands, folder):
    """cppcheck's findings: "file:line: id: message"."""
    project = folder / "compile_commands.json"
    project.write_text(json.dumps([
        {"directory": str(kindling.ROOT), "file": source,
         "command": shlex.join([*words, "-D__x86_64__=1", "-c", source])}
        for source, words in commands]))
    done = subprocess.run([*CPPCHECK, f"--project={project}"],
                          capture_output=True, text=True, timeout=240,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    root = f"{kindling.ROOT}/"
    return [line.replace(root, "") for line in done.stderr.splitlines()]


def suppression(finding):
    """Which entry of SUPPRESSED a finding is covered by, or None."""
    for name, files in SUPPRESSED:
        if re.match(rf"(?:{files}):\d+: {name}: ", finding):
            return name, files
    return None


# --- the gates ---------------------------------------------------------------

def test_no_file_is_left_out(commands):
    wanted = {name for name in repository_files(*ROOMS)
              if name.endswith(".c") and not name.startswith(LATER)
              } - set(MISTAKEN_ON_PURPOSE)
    assert {source for source, _ in commands} == wanted
    assert len(wanted) > 120


def test_gcc_analyzer(commands):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        found = [text for text in pool.map(analyze, commands) if text]
    assert not found, "".join(found)


def test_cppcheck(commands, tmp_path):
    """Nothing but what is suppressed, and no suppression that is idle."""
    findings = cppcheck(commands, tmp_path)
    assert [line for line in findings if suppression(line) is None] == []
    assert {suppression(line) for line in findings} == set(SUPPRESSED)


# --- the gates can close -----------------------------------------------------

def planted(commands, path, what):
    """The command that compiles a mistake as one of the kernel's files."""
    path.write_text(PLANTED[what])
    return str(path), next(words for source, words in commands
                           if source.startswith("kernel/"))


@pytest.mark.parametrize("what,name", [
    ("null", "-Wanalyzer-null-dereference"),
    ("use after free", "-Wanalyzer-use-after-free"),
    ("uninitialized", "-Wanalyzer-use-of-uninitialized-value")])
def test_planted_mistake_is_found_by_gcc(commands, tmp_path, what, name):
    command = planted(commands, tmp_path / "planted.c", what)
    subprocess.run([*command[1], "-c", "-o", "/dev/null", command[0]],
                   cwd=kindling.ROOT, check=True, timeout=60)
    assert f"[-Werror={name[2:]}]" in analyze(command)


@pytest.mark.parametrize("what,name", [
    ("null or not", "nullPointer"), ("outside", "arrayIndexOutOfBounds"),
    ("set or not", "uninitvar")])
def test_planted_mistake_is_found_by_cppcheck(commands, tmp_path, what, name):
    command = planted(commands, tmp_path / "planted.c", what)
    findings = cppcheck([command], tmp_path)
    assert any(f": {name}: " in line for line in findings), findings
    assert all(suppression(line) is None for line in findings)
