"""What must hold for the build: the same bytes anywhere, no warnings, both
compilers, nothing in the code that does not belong there.
"""
import os
import re
import shutil
import subprocess

import pytest

import kindling
from house import copy_sources, make

PRODUCTS = ("stage1.bin", "stage2.bin", "kernel.elf", "kindling.img",
            "sanitized/kernel.elf")
SIMD = re.compile(r"%[xyz]mm\d|%mm\d|%st\b|%k[0-7]\b")
PLANTED_WARNING = "\nstatic int planted_and_unused(void) { return 1; }\n"

# A function chosen at run time: R_X86_64_IRELATIVE, which no loader applies.
PLANTED_RELOCATION = """
static void (*planted_choice(void))(void) { return 0; }
void planted(void) __attribute__((ifunc("planted_choice")));
void planted_call(void);
void planted_call(void) { planted(); }
"""


def objdump(path):
    return subprocess.run(["objdump", "-d", "--no-show-raw-insn", str(path)],
                          capture_output=True, text=True, check=True,
                          timeout=120).stdout


# --- the same bytes ----------------------------------------------------------

def test_reproducible(tmp_path):
    """Built twice: another folder, another name of it, time zone, language,
    and number of jobs.
    """
    places = []
    master = copy_sources(tmp_path / "master")  # the tree may change now
    for name, jobs, environment in (
            ("a", "-j1", {"TZ": "UTC", "LC_ALL": "C"}),
            ("another-folder-with-a-longer-name", "-j2",
             {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8",
              "HOME": "/nonexistent"})):
        folder = shutil.copytree(master, tmp_path / name)
        make(folder, jobs, "image", environment=environment)
        make(folder, jobs, "SANITIZE=1", "build/sanitized/kernel.elf",
             environment=environment)
        places.append(folder / "build")
    for product in PRODUCTS:
        first, second = ((place / product).read_bytes() for place in places)
        assert first == second, f"{product} differs"
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("arguments", [(), ("SANITIZE=1",)])
def test_nothing_is_built_twice(arguments, tmp_path):
    folder = copy_sources(tmp_path / "copy")
    make(folder, "-j2", *arguments, "image")
    for target in ("image", "all"):
        assert make(folder, *arguments, target).stdout == ""
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("source,products", [
    ("stage2/modes.inc", ["gate.asm.o", "start.asm.o", "kindling.img"]),
    ("kernel/abi/boot.h", ["handoff.o", "boot_check.o", "kindling.img"])])
def test_what_is_included_counts(source, products, tmp_path):
    """A changed include file is built anew wherever it is included."""
    folder = copy_sources(tmp_path / "copy")
    make(folder, "-j2", "image")
    newest = (folder / "build" / "kindling.img").stat().st_mtime_ns
    os.utime(folder / source, ns=(newest + 10**9, newest + 10**9))
    plan = make(folder, "-n", "image").stdout
    for product in products:
        assert product in plan
    shutil.rmtree(tmp_path)


def test_build_writes_below_build_only(tmp_path):
    """BUILD= may be anywhere; then the sources stay as they were."""
    folder = copy_sources(tmp_path / "copy")
    before = {path.relative_to(folder) for path in folder.rglob("*")}
    make(folder, "-j2", f"BUILD={tmp_path / 'elsewhere'}", "image")
    after = {path.relative_to(folder) for path in folder.rglob("*")}
    assert after == before
    shutil.rmtree(tmp_path)


def test_a_blank_in_the_path_is_refused(tmp_path):
    """In words, not with what make makes of half a name."""
    folder = copy_sources(tmp_path / "two words")
    for arguments in ([], ["help"], ["-n", "run"]):
        done = make(folder, *arguments, check=False)
        assert done.returncode == 2 and "has a blank in it" in done.stderr
        assert not (folder / "build").exists()


@pytest.mark.parametrize("build", ["two words", ""])
def test_bad_build_folder_is_refused(sources, build):
    done = make(sources, "-n", f"BUILD={build}", check=False)
    assert done.returncode == 2 and "must be one folder" in done.stderr


# --- compilers ---------------------------------------------------------------

@pytest.mark.parametrize("arguments,below", [
    ((), ""), (("SANITIZE=1",), "sanitized"), (("KPTI=1",), "kpti")])
def test_clang(arguments, below, tmp_path):
    """clang and lld build a loader and a kernel that pass their checks."""
    make(kindling.ROOT, "COMPILER=clang", f"BUILD={tmp_path}", "-j2",
         *arguments, "image")
    build = tmp_path / below
    comment = subprocess.run(
        ["readelf", "-p", ".comment", str(build / "kernel.debug.elf")],
        capture_output=True, text=True, check=False)
    assert "clang" in comment.stdout or "LLD" in comment.stdout or \
        b"clang" in (build / "kernel.debug.elf").read_bytes()
    image = tmp_path / "selftest.img"
    subprocess.run(
        [str(kindling.ROOT / "scripts" / "mkimage"), "--stage1",
         str(build / "stage1.bin"), "--stage2", str(build /
         "stage2.bin"), "--tree", str(build / "tree"), "--output",
         str(image), "--cmdline", "autorun=selftest"], check=True,
        timeout=120)
    kindling.selftest(image=image)
    kindling.selftest(image=image, cpu="qemu64", machine="pc")
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("source,target", [
    ("stage2/partition.c", "loader/stage2/partition.o"),
    ("kernel/start/options.c", "kernel/kernel/start/options.o"),
    ("fs/fat32/chain.c", "loader/fs/fat32/chain.o")])
def test_a_warning_is_an_error(sources, compiler, source, target):
    arguments = [f"COMPILER={compiler}", f"build/{target}"]
    make(sources, *arguments)
    with open(sources / source, "a", encoding="ascii") as file:
        file.write(PLANTED_WARNING)
    # Both may be written within one tick of the file system's clock.
    (sources / "build" / target).unlink()
    done = make(sources, *arguments, check=False)
    assert done.returncode != 0
    assert "planted_and_unused" in done.stderr


def test_an_assembler_warning_is_an_error(sources):
    arguments = ["build/loader/stage2/gate.asm.o"]
    make(sources, *arguments)
    with open(sources / "stage2/gate.asm", "a", encoding="ascii") as file:
        file.write("        db 300\n")
    (sources / arguments[0]).unlink()
    assert make(sources, *arguments, check=False).returncode != 0


# --- what the code holds -----------------------------------------------------

@pytest.mark.parametrize("name", ["stage2.elf", "kernel.debug.elf"])
def test_no_simd(name):
    code = objdump(kindling.BUILD / name)
    assert len(code.splitlines()) > 1000
    # Two functions provoke exceptions of the FPU, to show their pages.
    code = re.sub(r"<crash_(?:mf|xf)>:\n(?:.+\n)+", "", code)
    found = SIMD.search(code)
    assert not found, code[found.start() - 200:found.end() + 50]


def test_planted_simd_is_found(tmp_path):
    source = tmp_path / "planted.c"
    source.write_text("double f(double a) { return a * 3; }\n")
    subprocess.run(["gcc", "-c", "-O2", "-o", str(tmp_path / "planted.o"),
                    str(source)], check=True)
    assert SIMD.search(objdump(tmp_path / "planted.o"))


def indirect_branches(code):
    """Names of the functions that jump or call through a register."""
    found, name = set(), None
    for line in code.splitlines():
        head = re.match(r"[0-9a-f]+ <(.+)>:", line)
        name = head[1] if head else name
        if re.search(r"\s(?:jmp|call)q?\s+\*", line):
            found.add(name)
    return found


def test_indirect_branches_are_not_predicted():
    """Calls by pointer go through thunks, but where checks are to fault."""
    code = objdump(kindling.BUILD / "kernel.debug.elf")
    assert "__x86_indirect_thunk" in code
    found = {name for name in indirect_branches(code)
             if not name.startswith("test_")}
    assert found <= {"crash_nx", "trap_simulate"}, found


def test_planted_indirect_branch_is_found(tmp_path):
    source = tmp_path / "planted.c"
    source.write_text("int f(int (*g)(void)) { return g() + 1; }\n")
    subprocess.run(["gcc", "-c", "-O2", "-o", str(tmp_path / "planted.o"),
                    str(source)], check=True)
    assert indirect_branches(objdump(tmp_path / "planted.o")) == {"f"}


def unmasked(path, wanted):
    """Which functions hold code of one of these, but not its mask: the SBB of
    a register from itself that arch_index() makes.
    """
    found, masked, addresses, masks = set(), set(), [], set()
    for address, text in re.findall(r"^ *([0-9a-f]+):\t(.+?) *$",
                                    objdump(path), re.M):
        addresses.append(address)
        if re.match(r"sbb +(%\w+),\1$", text):
            masks.add(int(address, 16))
    lines = subprocess.run(
        ["addr2line", "-a", "-f", "-i", "-e", str(path)], check=True,
        input="\n".join(addresses), capture_output=True, text=True,
        timeout=120).stdout
    for block in re.split(r"^0x", lines, flags=re.M)[1:]:
        address, *chain = block.split("\n")
        names = chain[:-1:2]  # the innermost first; a place follows each
        for name in set(wanted) & set(names):
            found.add((name, names[-1]))
            if int(address, 16) in masks:
                masked.add((name, names[-1]))
    assert {name for name, _ in found} == set(wanted)
    return found - masked


def test_indices_of_users_are_masked():
    """By which a misprediction could read beyond a table. The numbers of
    system calls index none: a jump table would be an indirect branch.
    """
    assert unmasked(kindling.BUILD / "kernel.debug.elf", {
        "handle_find", "find_lease", "create_module",
        "arch_irq_vector"}) == set()


@pytest.mark.parametrize("check,found", [
    ("arch_index(i, n)", set()),
    ("(i < n ? i : 0)", {("find", "find"), ("find", "outer")})])
def test_planted_index_without_mask_is_found(tmp_path, check, found):
    source = tmp_path / "planted.c"
    source.write_text(f"""#include "kernel/arch.h"
int find(const int *table, uint32_t i, uint32_t n);
int outer(const int *table, uint32_t i, uint32_t n);
int find(const int *table, uint32_t i, uint32_t n)
{{ return i < n ? table[{check}] : -1; }}
int outer(const int *table, uint32_t i, uint32_t n)
{{ return find(table, i * 2, n) + 1; }}
""")
    subprocess.run(["gcc", "-c", "-O2", "-g", f"-I{kindling.ROOT}",
                    f"-I{kindling.BUILD / 'gen'}", "-o",
                    str(tmp_path / "planted.o"), str(source)], check=True)
    assert unmasked(tmp_path / "planted.o", {"find"}) == found


def test_sanitizer_is_asked_for():
    """Handlers and DEBUG_ASSERT in the one kernel, no trace in the other."""
    found = []
    for kernel in (kindling.BUILD / "kernel.debug.elf", kindling.built(
            kindling.BUILD / "sanitized" / "kernel.debug.elf", "SANITIZE=1")):
        names = subprocess.run(["nm", str(kernel)], capture_output=True,
                               text=True, check=True).stdout
        found.append(set(re.findall(r"__ubsan_handle_\w+|crash_debug$",
                                    names, re.M)))
    assert found[0] == set()
    assert len(found[1]) > 10 and "crash_debug" in found[1]


def test_only_relative_relocations():
    table = subprocess.run(
        ["readelf", "-rW", str(kindling.BUILD / "kernel.debug.elf")],
        capture_output=True, text=True, check=True).stdout
    kinds = re.findall(r"R_X86_64_\w+", table)
    assert kinds and set(kinds) == {"R_X86_64_RELATIVE"}


def test_another_relocation_is_refused(sources):
    """The build itself looks at the relocations."""
    with open(sources / "kernel/start/options.c", "a", encoding="ascii") as file:
        file.write(PLANTED_RELOCATION)
    done = make(sources, "-j2", "build/kernel.elf", check=False)
    assert done.returncode != 0
    assert "bad relocation" in done.stdout + done.stderr


def test_segments_are_never_writable_and_executable():
    table = subprocess.run(
        ["readelf", "-lW", str(kindling.BUILD / "kernel.elf")],
        capture_output=True, text=True, check=True).stdout
    rights = re.findall(r"^ +LOAD .* ([R ][W ][E ]) 0x", table, re.M)
    assert len(rights) >= 3
    assert not any("W" in right and "E" in right for right in rights)
