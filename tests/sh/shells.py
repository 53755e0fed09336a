"""Running scripts with the shell, and with dash to compare."""
import pathlib
import re
import signal
import subprocess
from dataclasses import dataclass

import kindling

SHELL = kindling.BUILD / "sh" / "sh"
SHELLS = {"ours": SHELL, "dash": pathlib.Path("/usr/bin/dash")}
CASES = pathlib.Path(__file__).resolve().parent / "cases.txt"
LIMIT = 30  # seconds for one script
# What the tests' own parent ignored (nohup, a job in the background) would be
# ignored by the shells as well.
for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:")


@dataclass
class Case:
    name: str
    ours: bool  # dash does something else, which POSIX allows or not
    script: str
    status: int
    output: str


def read_cases(text):
    """The cases of a table: "%% NAME [ours]", a script, "%= STATUS", what
    it prints.
    """
    for block in re.split(r"^%% ", text, flags=re.M)[1:]:
        head, rest = block.split("\n", 1)
        script, status, output = re.fullmatch(
            r"(.*?\n)%= (\d+)\n(.*)", rest, re.S).groups()
        name, *words = head.split()
        assert words in ([], ["ours"]), head
        yield Case(name, bool(words), script, int(status), output)


def run(shell, folder, script, cwd, *arguments, text=None):
    """Run a script by -c in a folder; the result, its output decoded."""
    done = subprocess.run(
        [str(folder / "sh"), *(arguments or ("-c", script))], cwd=cwd,
        input=text, capture_output=True, timeout=LIMIT, check=False,
        stdin=None if text is not None else subprocess.DEVNULL,
        env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": "/home/user",
             "LC_ALL": "C"})
    errors = done.stderr.decode(errors="replace")
    assert shell == "dash" or not SANITIZER.search(errors), errors
    return done.returncode & 255, done.stdout.decode(errors="replace"), errors
