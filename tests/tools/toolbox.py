"""Runs one line of shell with our tools, and with the host's, and compares.

A case is a line for /bin/sh, run in a fresh copy of one small tree; $T/NAME
is for tools that the shell has itself. With our tools nothing else is in
PATH. What must agree: the standard output, the exit status, whether there is
anything on the standard error, and what the line made of the tree. Where the
host's tools need another line to do the same, a case is the pair of them.
"""
import os
import pathlib
import re
import stat
import subprocess

import kindling

OURS = kindling.BUILD / "tools" / "bin"
HOST = pathlib.Path("/usr/bin")
LIMIT = 20  # seconds for one line
CRASH = 99  # what a sanitizer ends with
OLD = 1577934245  # 2020-01-02 03:04:05 UTC: times of the tree

ENVIRONMENT = {
    "LC_ALL": "C", "TZ": "UTC", "HOME": "/nowhere", "SHELL": "/bin/sh",
    "ASAN_OPTIONS": f"detect_leaks=0:exitcode={CRASH}",
    "UBSAN_OPTIONS": f"exitcode={CRASH}",
}

FILES = {
    "a": "one\ntwo\nthree\n",
    "b": "".join(f"{i}\n" for i in range(1, 31)),
    "words": "pear\napple\nBanana\napple\ncherry\nbanana\n\nfig\nApple\n",
    "numbers": "10\n9\n-3\n2.5\n2.50\n 7\n1e3\n0\n-0\nabc\n100000000000000000"
               "000000\n-3.1\n.5\n",
    "sizes": "2K\n100\n1M\n1.5K\n3G\n900K\n",
    "table": "root:x:0:Super User\nbin:x:2:\nann:y:1001:Ann\n"
             "bob:x:1000:Bob B.\nann:z:7:Other Ann\n",
    "spaced": "  lead 3 z\nx   20\ty\n\ttab 1 a\nx 3 b\n\n",
    "lines": "same\nsame\nother\nSame\nsame\nlast\nlast\nlast\n",
    "noend": "first\nlast without end",
    "nul": "a\0b\nc\0d\n",
    "empty": "",
    "blank": "\n\n\nx\n\n\ny\n\n",
    "tabs": "a\tb\tc\n\td  e\n        f\n",
    "text": "The quick brown fox\njumps over the lazy dog.\nthe end\n"
            "foo.bar (baz) [qux] a+b a*b $x ^y\nfoobar foo_bar foo-bar foo\n"
            "\n  indented\nEND\n",
    "long": "x" * 100000 + "\n" + "y" * 70000 + " z\n",
    "old.c": "int\nmain(void)\n{\n    int a = 1;\n    int b = 2;\n    int c;\n"
             "\n    c = a + b;\n    print(c);\n    return 0;\n}\n\n/* end */\n",
    "new.c": "int\nmain(void)\n{\n    int a = 1;\n    int b = 3;\n    int c;\n"
             "    int d;\n\n    c = a + b;\n    print(c);\n    return 0;\n}\n"
             "\n/* The end */\nextra\n",
    "dir/one": "first file\n",
    "dir/two": "second\nfile\n",
    "dir/.hidden": "not seen\n",
    "dir/sub/deep": "deep down\n",
    "dir/sub/more": "deep one\n",
    "with space": "blanks\n",
    "-dash": "dash\n",
    "script": "#!/bin/sh\necho hello\n",
    "secret": "hush\n",
}
BYTES = {"bin": bytes(range(256)), "bin2": bytes(range(250)) + b"......",
         "dos": b"one\r\ntwo\r\n", "utf8": "gr\u00fc\u00df dich\n".encode()}
MODES = {"script": 0o755, "secret": 0o600}
LINKS = {"link": "a", "dirlink": "dir", "broken": "nowhere"}


def plan_tree():
    """What make_tree() makes, in order: each thing has its own time."""
    things = [(name, "file", text if isinstance(text, bytes)
               else text.encode(), MODES.get(name, 0o644))
              for name, text in {**FILES, **BYTES}.items()]
    things += [(name, "link", target, 0) for name, target in LINKS.items()]
    things += [("pipe", "pipe", None, 0o644), ("void", "folder", None, 0o755),
               ("dir/sub", "folder", None, 0o755),
               ("dir", "folder", None, 0o755)]
    things.sort(key=lambda thing: (-thing[0].count("/"), thing[0]))
    return things


PLAN = plan_tree()


def make_tree(root):
    """The tree that each line starts with, quickly."""
    os.makedirs(root / "dir" / "sub")
    os.mkdir(root / "void")
    for number, (name, kind, content, mode) in enumerate(PLAN):
        path = f"{root}/{name}"
        if kind == "file":
            file = os.open(path, os.O_WRONLY | os.O_CREAT, mode)
            os.write(file, content)
            os.close(file)
        elif kind == "link":
            os.symlink(content, path)
        elif kind == "pipe":
            os.mkfifo(path, mode)
        when = OLD + 3600 * number
        os.utime(path, (when, when), follow_symlinks=False)


def describe(path):
    """What a file is, as far as it can be compared."""
    info = path.lstat()
    when = info.st_mtime if info.st_mtime < OLD + 100 * 86400 else "now"
    if stat.S_ISREG(info.st_mode):
        content = path.read_bytes()
    elif stat.S_ISLNK(info.st_mode):
        content, when = os.readlink(path), None
    else:
        content = None
    return (oct(info.st_mode), content, when, info.st_nlink)


def snapshot(root):
    return {str(path.relative_to(root)): describe(path)
            for path in sorted(root.rglob("*"))}


class Result:
    def __init__(self, status, output, errors, files):
        self.status, self.output = status, output
        self.errors, self.files = errors, files


def run(line, folder, tools, **variables):
    """Run a line in a tree of its own, in a folder that is not there yet."""
    make_tree(folder)
    path = OURS if tools is OURS else f"{HOST}:/bin"
    environment = {**ENVIRONMENT, "PATH": str(path), "T": str(tools),
                   **variables}
    done = subprocess.run(
        ["/bin/sh", "-c", "umask 022; " + line], cwd=folder, env=environment,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT,
        check=False)
    return Result(done.returncode, done.stdout, done.stderr.decode(
        errors="replace"), snapshot(folder))


def check_errors(result):
    """Our messages are "tool: what: why", and nothing crashed."""
    text = result.errors
    assert "Sanitizer" not in text and "runtime error" not in text, text
    assert result.status != CRASH, text
    for message in text.splitlines():
        assert re.match(r"[a-z0-9]+: \S|\d+\+\d+ records|diff ", message), \
            text


def compare(case, tmp_path):
    """One case: our tools against the host's."""
    ours, hosts = case if isinstance(case, tuple) else (case, case)
    mine = run(ours, tmp_path / "ours" / "t", OURS)
    check_errors(mine)
    other = run(hosts, tmp_path / "host" / "t", HOST)
    assert mine.output == other.output, mine.errors
    assert mine.status == other.status, mine.errors + other.errors
    assert bool(mine.errors) == bool(other.errors), \
        mine.errors + other.errors
    assert mine.files == other.files


def cases(text):
    """The lines of a table; "ours ::: host's" makes a pair."""
    found = []
    for line in text.strip().splitlines():
        if line and not line.startswith("# "):
            ours, mark, hosts = line.partition(" ::: ")
            found.append((ours, hosts) if mark else line)
    return found


def name_of(case):
    return re.sub(r"[^ -~]", "?", case[0] if isinstance(case, tuple)
                  else case)
