"""What the host's tools do otherwise, or cannot show: own expectations."""
import calendar
import os
import pty
import re
import subprocess
import time
import zlib

import pytest

import toolbox
from toolbox import OURS, check_errors, run

ANYWHERE = [  # options behind operands, unless POSIXLY_CORRECT is set
    "ls dir -l", "ls -1 dir -a void", "rm dir -r", "rm a -f b -v",
    "grep o a -n", "grep o a -e t -n", "head b -n 2", "sort b -k 1 -r",
    "cp dir void -r", "sed s/o/0/ a -n", "cat a -- -dash", "cat a -n -- -n",
    "cut table -d : -f 1", "date +%Y -d @0", "mkdir x -m 700 y -p",
    "tail b -n3 a", "chmod 600 dir -R", "touch a -d @0", "wc a - -l < b",
    "env -i env A=1", "basename a -a", "printenv HOME -0", "sort a -u -", ]


@pytest.mark.parametrize("line", ANYWHERE)
@pytest.mark.parametrize("strict", [False, True])
def test_order_of_options(line, strict, tmp_path):
    more = {"POSIXLY_CORRECT": "1"} if strict else {}
    mine = run(line, tmp_path / "o" / "t", OURS, **more)
    other = run(line, tmp_path / "h" / "t", toolbox.HOST, **more)
    check_errors(mine)
    assert (mine.output, mine.status, bool(mine.errors)) == \
        (other.output, other.status, bool(other.errors))
    assert mine.files == other.files


EXPECTED = [  # line, output, status, a part of the errors
    ("test a '<' b; echo $?; test b '<' a; echo $?", "0\n1\n", 0, ""),
    ("$T/kill -l 9 15 TERM int 1", "KILL\nTERM\n15\n2\nHUP\n", 0, ""),
    ("$T/kill -l NOTHING", "", 1, "kill: NOTHING: "),
    ("$T/kill -l | head -n 3", " 1 HUP\n 2 INT\n 3 QUIT\n", 0, ""),
    ("sed 'b nowhere' a", "", 1, "no label 'nowhere'"),
    ("crc32 a", f"{zlib.crc32(toolbox.FILES['a'].encode()):08x}\n", 0, ""),
    ("crc32 < bin", f"{zlib.crc32(bytes(range(256))):08x}\n", 0, ""),
    ("crc32 empty long", "00000000\tempty\n%08x\tlong\n" % zlib.crc32(
        toolbox.FILES["long"].encode()), 0, ""),
    ("crc32 missing", "", 1, "crc32: missing: No such file"),
    ("crc32 dir", "", 1, "crc32: dir: Is a directory"),
    ("wc -m utf8", "10 utf8\n", 0, ""),
    ("rm -rf /", "", 1, "the root is not removed"),
    ("rm -rf //", "", 1, "the root is not removed"),
    ("cd dir; rm -r .", "", 1, "not removed"),
    ("cp -r dir dir/x", "", 1, "into itself"),
    ("cp -r dir dir", "", 1, "into itself"),
    ("mkdir -p x/a/b x/c; touch x/a/b/f; $T/printf 'y\\ny\\ny\\nn\\ny\\n' | "
     "rm -ri x; ls -R x", "x:\na\n\nx/a:\nb\n\nx/a/b:\nf\n", 0,
     "rm: remove directory 'x/c'? "),
    ("cp -r dir dir/sub/new", "", 1, "into itself"),
    ("cal 2 2024", "   February 2024    \nSu Mo Tu We Th Fr Sa\n"
     "             1  2  3\n 4  5  6  7  8  9 10\n11 12 13 14 15 16 17\n"
     "18 19 20 21 22 23 24\n25 26 27 28 29      \n                    \n",
     0, ""),
    ("cal 9 1752 | head -n 4", "   September 1752   \nSu Mo Tu We Th Fr Sa\n"
     "       1  2 14 15 16\n17 18 19 20 21 22 23\n", 0, ""),
    ("cal 13 2000", "", 1, "a month"), ("cal 0", "", 1, "a year"),
    ("cal 1 2 3", "", 1, "too many"), ("cal | wc -l", "8\n", 0, ""),
    ("cal -y | wc -l", "34\n", 0, ""),
    ("head -n 1 a -n", "", 1, "-n: an argument is missing"),
    ("cp -Q a b", "", 1, "-Q: unknown option"),
    ("cp --nothing a b", "", 1, "--nothing: unknown option"),
    ("grep --nothing a b", "", 2, "--nothing: unknown option"),
    ("mv a", "", 1, "an operand is missing"),
    ("mv", "", 1, "operands are missing"),
    ("echo x | tee >&-", "", 1, "tee: standard output: "),
    ("cat < a >&-; echo $?", "1\n", 0, "cat: standard output: Bad file"),
    ("cat a <&-", toolbox.FILES["a"], 0, ""),
    ("cat <&-", "", 1, "cat: standard input: "),
    ("cp a new >&- 2>&- <&-; cat new", toolbox.FILES["a"], 0, ""),
    ("cat missing 2>&-; echo $?", "1\n", 0, ""),
    ("date -s nonsense", "", 1, "date: nonsense: a time"),
    ("sleep 1x", "", 1, "sleep: 1x: a time"),
]


@pytest.mark.parametrize("line,output,status,errors", EXPECTED,
                         ids=[case[0] for case in EXPECTED])
def test_expected(line, output, status, errors, tmp_path):
    done = run(line, tmp_path / "o" / "t", OURS)
    check_errors(done)
    assert done.output.decode() == output
    assert done.status == status
    assert errors in done.errors if errors else done.errors == ""


@pytest.mark.parametrize("first", [0, 6])
def test_calendars(first, tmp_path):
    """Every month of some years, against Python's calendar."""
    expected, lines = "", []
    text = calendar.TextCalendar(first)
    for year in (1753, 1900, 2000, 2023, 2024, 2026):
        for month in (1, 2, 6, 12):
            rows = text.formatmonth(year, month, w=2).splitlines()
            expected += "".join(f"{row.strip()}\n" for row in rows)
            lines.append(f"cal {'' if first else '-m'} {month} {year}")
    done = run("; ".join(lines), tmp_path / "o" / "t", OURS)
    check_errors(done)
    shown = [line.strip() for line in done.output.decode().splitlines()]
    assert [line for line in shown if line] == expected.splitlines()


def on_terminal(arguments, folder, **variables):
    """What a tool writes to a terminal of 40 columns."""
    import fcntl
    import struct
    import termios
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    child = subprocess.Popen(
        [str(OURS / arguments[0]), *arguments[1:]], cwd=folder, stdout=slave,
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={**toolbox.ENVIRONMENT, "TERM": "ansi", **variables})
    os.close(slave)
    text = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(master)
    errors = child.communicate(timeout=20)[1]
    assert child.returncode == 0 and not errors, errors
    return text.decode().replace("\r\n", "\n")


def test_ls_on_a_terminal(tree):
    text = on_terminal(["ls"], tree)
    assert "\033[1;34mdir\033[0m" in text
    assert "\033[1;36mbroken\033[0m" in text
    assert "\033[1;32mscript\033[0m" in text
    plain = re.sub(r"\033\[[0-9;]*m", "", text)
    assert plain == on_terminal(["ls"], tree, NO_COLOR="1")
    assert plain == on_terminal(["ls"], tree, TERM="dumb")
    lines = plain.splitlines()
    assert 5 < len(lines) < 20 and max(map(len, lines)) <= 40
    assert on_terminal(["ls", "-1"], tree, NO_COLOR="1").splitlines() == \
        sorted(name for name in os.listdir(tree) if name[0] != ".")


def test_ls_hides_control_characters_on_a_terminal(tmp_path):
    (tmp_path / "a\033[31mb").touch()
    assert on_terminal(["ls"], tmp_path) == "a?[31mb\n"


def test_grep_on_a_terminal(tree):
    assert on_terminal(["grep", "t[wh]", "a"], tree) == \
        "\033[1;31mtw\033[0mo\n\033[1;31mth\033[0mree\n"
    assert on_terminal(["grep", "-v", "o", "a"], tree) == "three\n"
    assert on_terminal(["grep", "tw", "a"], tree, NO_COLOR="1") == "two\n"


def test_tail_follows(tmp_path):
    path = tmp_path / "log"
    path.write_text("one\ntwo\n")
    with subprocess.Popen([str(OURS / "tail"), "-n", "1", "-f", str(path)],
                          stdout=subprocess.PIPE,
                          env=toolbox.ENVIRONMENT) as child:
        assert child.stdout.readline() == b"two\n"
        for word in (b"three\n", b"four\n"):
            with open(path, "ab") as file:
                file.write(word)
            assert child.stdout.readline() == word
        child.terminate()


def test_sleep_waits(tmp_path):
    started = time.monotonic()
    subprocess.run([str(OURS / "sleep"), "0.2", "0.1s"], check=True,
                   env=toolbox.ENVIRONMENT, timeout=20)
    assert time.monotonic() - started >= 0.3


def test_tee_writes_at_once(tmp_path):
    """Nothing waits in a buffer for more."""
    with subprocess.Popen([str(OURS / "tee"), "copy"], cwd=tmp_path,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env=toolbox.ENVIRONMENT) as child:
        child.stdin.write(b"now")
        child.stdin.flush()
        assert os.read(child.stdout.fileno(), 10) == b"now"
        deadline = time.monotonic() + 20
        while (tmp_path / "copy").read_bytes() != b"now":
            assert time.monotonic() < deadline
        child.stdin.close()


def test_large_files(tmp_path):
    """Ten megabytes go through; what comes out is as large."""
    (tmp_path / "x").write_bytes(os.urandom(1 << 20) * 10)
    for tool in (["cat"], ["tail", "-c", "+1"], ["head", "-c", "1G"],
                 ["tr", "a", "a"], ["tee"]):
        with open(tmp_path / "x", "rb") as file:
            done = subprocess.run([str(OURS / tool[0]), *tool[1:]],
                                  stdin=file, capture_output=True, timeout=60,
                                  env=toolbox.ENVIRONMENT, check=True)
        assert done.stdout == (tmp_path / "x").read_bytes(), tool


def test_deep_trees(tmp_path):
    """A tree as deep as a path can be long is copied, listed, removed."""
    done = run("d=x; for i in $(seq 200); do d=$d/deep; done; mkdir -p $d && "
               "cp -r x y && find y | wc -l && ls -R y | wc -l && "
               "diff -r x y && chmod -R 700 y && grep -r z y; rm -r x y; ls -d x y",
               tmp_path / "o", OURS)
    check_errors(done)
    assert done.output.split() == [b"201", b"601"], done.errors
