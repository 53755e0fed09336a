"""Hostile input: nested too deeply, too large, without an end. The shell
says so in a line, or does it; it neither crashes nor hangs.
"""
import subprocess

import pytest

import kindling
import shells

PLAIN = kindling.BUILD / "sh" / "sh-plain"
DEEP = 20000
STACK = 512  # KiB that it gets along with (user/sh/README.md)
MEMORY = 60000  # KiB of address space, to run out of

TOO_DEEP = {
    "parentheses": "(" * DEEP,
    "braces": "{ " * DEEP,
    "substitutions": "$(" * DEEP,
    "parameters": "echo " + "${x:-" * DEEP,
    "if": "if " * DEEP,
    "elif": "if false; then :; " + "elif false; then :; " * DEEP + "fi",
    "case": "case x in x) " * DEEP,
    "quotes": 'echo "$(echo "' * DEEP,
    "functions": "f() { f; }; f",
    "two-functions": "f() { g() { f; }; g; }; f",
    "eval": "f() { eval f; }; f",
    "eval-itself": "x='eval \"$x\"'; eval \"$x\"",
    "eval-compound": "f() { eval 'if true; then f; fi'; }; f",
    "dot": "echo '. ./s' > s; . ./s",
    "signs": "echo $((" + "-" * DEEP + "1))",
    "questions": "echo $((" + "1?" * DEEP + "1))",
    "assignments": "echo $((" + "x=" * DEEP + "1))",
    "arithmetic": "echo $((" + "(" * DEEP + "1" + ")" * DEEP + "))",
    "test": "[ " + "\\( " * DEEP + "]",
}
LARGE = {
    "commands": (":; " * DEEP + "echo end", "end"),
    "and": ("true && " * DEEP + "echo end", "end"),
    "words": ("echo " + "a " * 100000 + "| wc -w", "100000"),
    "a-word": ("x=" + "a" * 1000000 + "; echo ${#x}", "1000000"),
    "a-pipe": ("true | " * 200 + "echo end", "end"),
    "stars": ("case " + "a" * 2000 + " in " + "*a" * 1000 +
              "b) echo yes;; *) echo no;; esac", "no"),
    "nested": ("echo " + "$(echo " * 50 + "deep" + ")" * 50, "deep"),
}


def run(shell, script, cwd, limit=""):
    """Run a script from a file, with limits that dash sets; its status,
    output and errors.
    """
    (cwd / "script").write_text(script + "\n")
    done = subprocess.run(
        ["dash", "-c", f'{limit} exec "$@"', "dash", str(shell),
         str(cwd / "script")], cwd=cwd, capture_output=True, text=True,
        timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert not shells.SANITIZER.search(done.stderr), done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("shell", [shells.SHELL, PLAIN], ids=["ours", "plain"])
@pytest.mark.parametrize("name", TOO_DEEP)
def test_too_deep(shell, name, tmp_path):
    limit = f"ulimit -s {STACK};" if shell == PLAIN else ""
    status, output, errors = run(shell, TOO_DEEP[name], tmp_path, limit)
    assert status == 2 and "nested too deeply" in errors
    assert output == "" and len(errors.splitlines()) == 1


@pytest.mark.parametrize("name", LARGE)
def test_large(name, tmp_path):
    script, expected = LARGE[name]
    assert run(shells.SHELL, script, tmp_path) == (0, expected + "\n", "")


DOUBLE = "x=aaaaaaaa; while :; do x=$x$x; done"


@pytest.mark.parametrize("script,expected", [
    (f"{DOUBLE}\necho $?", "2\n"),
    (f"f() {{ local y=1; {DOUBLE}; }}\ny=0; f > /dev/null\necho $? $y",
     "2 0\n"),
    (f"({DOUBLE}); echo $?", "2\n"),
    (f"y=$({DOUBLE}); echo $?", "2\n"),
    (f"set -- a; eval '{DOUBLE}'\necho $? $1", "2 a\n"),
    ("x=a; i=0; while :; do eval \"v$i=\\$x\" && i=$((i+1)); x=$x$x; done\n"
     "echo $?", "2\n"),
    (f"trap 'echo bye' EXIT; {DOUBLE}\necho $?", "2\nbye\n"),
])
def test_memory_errors_end_the_command(script, expected, tmp_path):
    """The command, and what it had changed for itself; not the shell."""
    status, output, errors = run(PLAIN, script, tmp_path,
                                 f"ulimit -v {MEMORY};")
    assert (status, output) == (0, expected)
    assert errors == "sh: out of memory\n"


def test_what_is_read_may_be_too_large(tmp_path):
    """The rest of a command that did not fit is not run."""
    script = "echo '" + "a" * 40000000 + "' ; echo no\necho no"
    status, output, errors = run(PLAIN, script, tmp_path,
                                 f"ulimit -v {MEMORY};")
    assert (status, output, errors) == (2, "", "sh: out of memory\n")


def test_nul_bytes_are_left_out(tmp_path):
    assert run(shells.SHELL, "echo a\0b; echo $(printf 'c\\0d')",
               tmp_path) == (0, "ab\ncd\n", "")


@pytest.mark.parametrize("script,line,words", [
    ("echo a\necho )", 2, 'syntax error: unexpected ")"'),
    ("\n\nnosuch", 3, "nosuch: not found"),
    ("if true\nthen\n  nosuch\nfi", 3, "nosuch: not found"),
    ("f() {\n  nosuch\n}\n\nf", 2, "nosuch: not found"),
    ("echo 'a\nb'; nosuch", 2, "nosuch: not found"),
    ("cat <<E > /dev/null\na\nE\nnosuch", 4, "nosuch: not found"),
    ("x=1\n: ${y?gone}", 2, "y: gone"),
    ("\ncd /nosuch", 2, "cd: /nosuch: No such file or directory"),
    ("echo $(\nnosuch\n)", 2, "nosuch: not found"),
    ("eval '\nnosuch'", 2, "nosuch: not found"),
])
def test_errors_name_their_line(script, line, words, tmp_path):
    _, _, errors = run(shells.SHELL, script, tmp_path)
    assert errors.startswith(f"sh: line {line}: {words}"), errors


def test_a_full_disk_is_told(tmp_path):
    status, _, errors = run(shells.SHELL, "echo a > /dev/full", tmp_path)
    assert status == 1 and "echo: write error" in errors
