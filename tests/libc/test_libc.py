"""The C library on the host: the same source with the host's and with ours.

tests/libc/*.c print what they found. Most are compiled twice and have to
print the same; those of ALONE judge themselves, for what other libraries do
otherwise. Random ones get seeds, which stand in the name of the test.
"""
import os
import pathlib
import re
import subprocess

import pytest

import kindling

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = kindling.ROOT / "user" / "libc" / "include"
ALONE = ["test_regex", "test_malloc"]
BOTH = sorted(path.stem for path in HERE.glob("*.c")
              if path.stem not in ALONE)
SEEDS = range(1, 200 if os.environ.get("KINDLING_SOAK") == "1" else 4)
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-format-nonliteral",
            "-Wno-format", "-Wno-format-security", "-Wno-format-truncation",
            "-Wno-unused-function", "-Wno-unused-result", "-Wno-nonnull",
            "-Wno-use-after-free", "-Wno-free-nonheap-object",
            "-Wno-format-overflow", "-Wno-alloc-size-larger-than",
            "-Wno-stringop-overflow", "-Wno-stringop-truncation",
            "-Wno-restrict", "-Wno-array-bounds"]
HEADERS = sorted(path.relative_to(INCLUDE).as_posix()
                 for path in INCLUDE.rglob("*.h")
                 if path.parent.name != "bits")


def build(command, name, folder, kind):
    """Compile tests/libc/NAME.c; the libraries may not see through it."""
    program = folder / f"{name}.{kind}"
    done = subprocess.run(
        [*command, "-O1", "-g", "-fno-builtin", "-D_GNU_SOURCE", *WARNINGS,
         "-o", str(program), str(HERE / f"{name}.c"), "-lm"],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return program


def run(program, seed, folder):
    done = subprocess.run(
        [str(program), str(seed)], cwd=folder, capture_output=True,
        timeout=100, check=False, stdin=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
    return done.returncode, done.stdout.decode(errors="replace")


def first_difference(ours, theirs):
    for a, b in zip(ours.splitlines(), theirs.splitlines()):
        if a != b:
            return f"ours: {a[:400]}\nhost: {b[:400]}"
    return f"{len(ours)} characters here, {len(theirs)} there"


@pytest.mark.parametrize("name", BOTH)
def test_same_as_host(name, compiler, tmp_path):
    ours = build(compiler, name, tmp_path, "ours")
    host = build(["gcc"], name, tmp_path, "host")
    for seed in SEEDS:
        status, text = run(ours, seed, tmp_path)
        expected = run(host, seed, tmp_path)
        assert expected[1].count("\n") > 5
        if (status, text) != expected:
            pytest.fail(f"seed {seed}, status {status} and {expected[0]}\n" +
                        first_difference(text, expected[1]))


@pytest.mark.parametrize("name", ALONE)
def test_alone(name, compiler, tmp_path):
    program = build(compiler, name, tmp_path, "ours")
    for seed in SEEDS:
        status, text = run(program, seed, tmp_path)
        assert (status, text) == (0, "0 failures\n"), f"seed {seed}\n{text}"


# --- headers -----------------------------------------------------------------

@pytest.mark.parametrize("options", [
    ["-std=c11"], ["-std=c99"], ["-std=gnu11"],
    ["-std=c11", "-D_POSIX_C_SOURCE=200809L"],
    ["-std=c11", "-D_XOPEN_SOURCE=700"],
    ["-std=c11", "-D_GNU_SOURCE"]], ids=" ".join)
def test_headers_stand_alone(options, compiler, tmp_path):
    """Each one first, alone, and twice, under every set of features."""
    for header in HEADERS:
        source = tmp_path / "one.c"
        source.write_text(f"#include <{header}>\n#include <{header}>\n"
                          "int not_empty;\n")
        done = subprocess.run(
            [*compiler, *options, "-Wall", "-Wextra", "-Wsystem-headers",
             "-Werror", "-pedantic", "-Wno-long-long", "-fsyntax-only",
             str(source)], capture_output=True, text=True, timeout=60,
            check=False)
        assert done.returncode == 0, done.stderr


def test_strict_c_shows_no_posix(compiler, tmp_path):
    """A program of plain C has these names for itself."""
    source = tmp_path / "strict.c"
    source.write_text("""
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
struct open { int read; };
static int fileno = 1, strdup = 2, kill = 3, setenv = 4, getline = 5;
static int isascii = 6, stpcpy = 7, random = 8, tzname = 9, wcwidth = 10;
int main(void)
{
    struct open write = {fileno + strdup + kill + setenv + getline};
    printf("%d\\n", write.read + isascii + stpcpy + random + tzname + wcwidth);
    return 0;
}
""")
    program = tmp_path / "strict"
    subprocess.run([*compiler, "-std=c11", "-Wall", "-Werror", "-o",
                    str(program), str(source)], check=True, timeout=60)
    assert run(program, 0, tmp_path) == (0, "55\n")


def test_a_program_may_have_such_names(compiler, tmp_path):
    """Functions that C does not reserve, beside those of the same file of
    the library: ours are used, and the library does not use them.
    """
    source = tmp_path / "names.c"
    source.write_text("""
#include <stdio.h>
#include <stdlib.h>
int read(void); int write(void); int open(void); int link(void);
int fcntl(void); int getline(void); int stat(void); int isatty(void);
int read(void) { abort(); }
int write(void) { abort(); }
int open(void) { abort(); }
int link(void) { return 3; }
int fcntl(void) { abort(); }
int getline(void) { return 4; }
int stat(void) { abort(); }
int isatty(void) { abort(); }
int main(void)
{
    FILE *file = fopen("names.c", "r");
    int c = file ? getc(file) : 0;

    printf("%d %d %d\\n", link(), getline(), c);
    return file && fclose(file) == 0 && remove("nothing") ? 0 : 1;
}
""")
    program = tmp_path / "names"
    subprocess.run([*compiler, "-std=c11", "-o", str(program), str(source)],
                   check=True, timeout=60)
    assert run(program, 0, tmp_path) == (0, "3 4 10\n")


# --- what is linked ----------------------------------------------------------

def test_nothing_of_the_host(compiler, tmp_path):
    """No symbol is left open, no header of the host was read."""
    program = build(compiler, "test_stdio", tmp_path, "ours")
    names = subprocess.run(["nm", "-u", str(program)], capture_output=True,
                           text=True, check=True).stdout
    assert names == ""
    headers = subprocess.run(
        [*compiler, "-M", "-D_GNU_SOURCE", str(HERE / "test_misc.c")],
        capture_output=True, text=True, check=True).stdout
    assert "/usr/" not in headers
    kind = subprocess.run(["readelf", "-lW", str(program)],
                          capture_output=True, text=True, check=True).stdout
    assert "DYN (" in kind and "INTERP" not in kind
    rights = re.findall(r"^ +LOAD .* ([R ][W ][E ]) 0x", kind, re.M)
    assert rights and not any("W" in r and "E" in r for r in rights)


def test_macros(compiler, tmp_path):
    source = tmp_path / "empty.c"
    source.write_text("")
    text = subprocess.run([*compiler, "-dM", "-E", str(source)], check=True,
                          capture_output=True, text=True).stdout
    names = set(re.findall(r"#define (\w+)", text))
    assert "__kindling__" in names
    assert not names & {"linux", "__linux", "__linux__", "__gnu_linux__",
                        "unix", "__unix", "__unix__"}


def test_system_layer_is_complete(compiler):
    """Whatever the library asks of the layer is declared as part of it."""
    header = (kindling.ROOT / "user" / "libc" / "internal" / "system.h")
    declared = set(re.findall(r"\b(__sys_\w+)\(", header.read_text()))
    names = subprocess.run(
        ["nm", "-u", str(kindling.BUILD / "sysroot" / "lib" / "libc.a")],
        capture_output=True, text=True, check=True).stdout
    used = set(re.findall(r"U (__sys_\w+)", names))
    assert used and used <= declared
    layer = subprocess.run(
        ["nm", "--defined-only", compiler[1].partition("=")[2] +
         "/lib/linux-test.o"], capture_output=True, text=True,
        check=True).stdout
    assert declared == set(re.findall(r"\b(__sys_\w+)", layer))


# --- the wrapper -------------------------------------------------------------

def test_source_from_standard_input(compiler, tmp_path):
    """As configure scripts do it; the library after it is no C source."""
    program = tmp_path / "stdin"
    subprocess.run([*compiler, "-x", "c", "-", "-o", str(program)],
                   input=b'#include <stdio.h>\nint main(void)'
                   b'{ puts("built"); return 0; }\n', check=True, timeout=60)
    assert run(program, 0, tmp_path) == (0, "built\n")


def test_without_a_library(compiler, tmp_path):
    """It says what is missing, and how to get it."""
    done = subprocess.run(
        [compiler[0], f"--sysroot={tmp_path}", "--target-linux-test", "a.c"],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "make sysroot-linux makes it" in done.stderr


# --- accuracy ----------------------------------------------------------------

def test_accuracy(compiler, tmp_path):
    """Within one unit in the last place, on samples, against MPFR."""
    names = ("exp", "log", "log2", "log10", "pow", "hypot")
    ours = tmp_path / "ours.o"
    subprocess.run(
        ["objcopy", *(f"--redefine-sym={name}=our_{name}" for name in names),
         str(kindling.BUILD / "libc/obj/user/libc/math/exponential.o"),
         str(ours)], check=True)
    program = tmp_path / "accuracy"
    subprocess.run(["gcc", "-O1", "-o", str(program),
                    str(HERE / "mpfr" / "accuracy.c"), str(ours), "-lmpfr",
                    "-lgmp", "-lm"], check=True, timeout=60)
    status, text = run(program, 0, tmp_path)
    worst = dict(line.split() for line in text.splitlines())
    assert status == 0 and set(worst) == set(names)
    assert max(map(float, worst.values())) < 1, text
