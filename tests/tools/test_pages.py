"""Manual page, --help and the options that the code knows are the same."""
import re
import subprocess

import pytest

import kindling
import toolbox

BIN = kindling.ROOT / "user" / "bin"
TOOLS = sorted(path.stem for path in BIN.glob("*.c"))
SILENT = {"test"}  # --help is a word like others for it


def sections(name):
    """{title: text} of a manual page."""
    parts = re.split(r"(?m)^([A-Z ]+)\n", (BIN / f"{name}.man").read_text())
    return dict(zip(parts[1::2], parts[2::2]))


def options_of_code(name):
    """What the tool's getopt string has, and the words that find knows."""
    source = (BIN / f"{name}.c").read_text()
    letters = re.search(r'#define OPTIONS "\+?([^"]*)"', source)[1]
    found = {f"-{letter}": bool(mark)
             for letter, mark in re.findall(r"([A-Za-z0-9])(:?)", letters)}
    for word in re.findall(r'^    \{ "(-\w+)", eval_', source, re.M):
        found[word] = None  # with and without arguments
    return found


def options_of_page(name):
    """{option: has it an argument} from the section OPTIONS."""
    found = {}
    for option, argument in re.findall(
            r"(?m)^    (-[\w-]+)(.*)$", sections(name)["OPTIONS"]):
        if name == "find" and len(option) > 2 and option[1] != "-":
            found[option] = None
        else:
            found[option] = bool(re.match(r"\[?[ ]?[A-Z]+", argument))
    return found


def output_of(name, *arguments):
    done = subprocess.run([str(toolbox.OURS / name), *arguments],
                          capture_output=True, timeout=20, text=True,
                          env=toolbox.ENVIRONMENT, check=False,
                          stdin=subprocess.DEVNULL)
    assert done.stderr == ""
    return done


def test_every_tool_has_a_page():
    assert len(TOOLS) > 40
    assert sorted(path.stem for path in BIN.glob("*.man")) == TOOLS


@pytest.mark.parametrize("name", TOOLS)
def test_options(name):
    page = options_of_page(name)
    assert page.pop("--help") is False and page.pop("--version") is False
    code = options_of_code(name)
    if name == "sed":  # -i has its argument in the same word
        code["-i"] = True
    assert page == code


@pytest.mark.parametrize("name", TOOLS)
def test_synopsis(name):
    """Each option stands in the synopsis, alone or among others."""
    text = sections(name)["SYNOPSIS"]
    if name == "find":
        return
    shown = set("".join(re.findall(r"-([A-Za-z0-9]+)", text)))
    missing = {option[1] for option in options_of_code(name)} - shown
    assert not missing


@pytest.mark.parametrize("name", TOOLS)
def test_help(name):
    if name in SILENT:
        assert output_of(name, "--help").stdout == ""
        name = "["
    done = output_of(name, "--help")
    assert done.returncode == (name == "false")
    page = sections("test" if name == "[" else name)
    for line in page["OPTIONS"].splitlines() + page["SYNOPSIS"].splitlines():
        assert line.strip() in done.stdout
    first = re.search(r" - (.*)", page["NAME"])[1]
    assert (first[0].upper() + first[1:] + ".") in done.stdout
    assert done.stdout.startswith("Usage: ")


@pytest.mark.parametrize("name", TOOLS)
def test_version(name):
    if name in SILENT:
        return
    done = output_of(name, "--version")
    assert done.stdout == f"{name} (Kindling)\n"


@pytest.mark.parametrize("name", sorted(set(TOOLS) - {"test", "false"}))
def test_help_that_cannot_be_written(name):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([str(toolbox.OURS / name), "--help"],
                              stdout=full, stderr=subprocess.PIPE, timeout=20,
                              env=toolbox.ENVIRONMENT, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith(f"{name}: standard output: ".encode())


@pytest.mark.parametrize("text,why", [
    ("NAME\n    x - y\n", "sections are"),
    ("NAME\nx - y\n", "sections are"),
    ("    NAME\n", "outside of a section"),
    ("NAME\n  x - y\n", "outside of a section"),
    ("NAME\n    " + 77 * "x" + "\n", "80 columns"),
    ("NAME\n    \u00fc\n", "ASCII"),
    ("NAME\nSYNOPSIS\nDESCRIPTION\nOPTIONS\nEXIT STATUS\nEXAMPLES\n",
     "empty"),
    ("".join(f"{title}\n    z - y\n" for title in (
        "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS",
        "EXAMPLES")), "NAME is not 'x - "),
])
def test_bad_pages_are_refused(text, why, tmp_path):
    (tmp_path / "x.man").write_text(text)
    done = subprocess.run(
        [str(kindling.ROOT / "scripts" / "genhelp"), str(tmp_path / "x.man"),
         str(tmp_path / "x.c")], capture_output=True, text=True, timeout=20,
        check=False)
    assert done.returncode == 1 and why in done.stderr
    assert not (tmp_path / "x.c").exists()
