"""How the shell starts: options, start files, where commands come from."""
import subprocess

import pytest

import kindling
import shells


def run(home, *arguments, text="", name=None, **environment):
    done = subprocess.run(
        [str(name or shells.SHELL), *arguments], executable=shells.SHELL,
        input=text, capture_output=True, text=True, cwd=home, timeout=30,
        check=False, env={"PATH": "/usr/bin:/bin", "HOME": str(home),
                          **environment})
    assert not shells.SANITIZER.search(done.stderr), done.stderr
    return done.returncode, done.stdout, done.stderr


def test_help_is_the_manual_page(tmp_path):
    status, output, _ = run(tmp_path, "--help")
    page = (kindling.ROOT / "user" / "sh" / "sh.man").read_text()
    assert status == 0 and output.startswith("Usage: sh [-")
    sections = page.split("\nOPTIONS\n")[1].split("\nBUILTINS\n")[0]
    for line in sections.strip().splitlines():
        assert line.strip() in output
    assert "BUILTINS" not in output and "alias" not in output
    assert run(tmp_path, "--version")[:2] == (0, "sh (Kindling) 1.0\n")


def test_the_page_names_every_builtin(tmp_path):
    page = (kindling.ROOT / "user" / "sh" / "sh.man").read_text()
    listed = page.split("\nBUILTINS\n")[1].split("\nEDITING\n")[0]
    named = {line.split()[0] for line in listed.strip().splitlines()}
    source = (kindling.ROOT / "user" / "sh" / "builtins.c").read_text()
    table = source.split("builtins[] = {")[1].split("};")[0]
    assert named == {row.split('"')[1] for row in table.splitlines()
                     if '"' in row}
    for line in page.splitlines():
        assert len(line) <= 80 and line.isascii()


def test_login_files(tmp_path):
    (tmp_path / ".profile").write_text("echo profile; x=from-profile\n")
    assert run(tmp_path, "-c", "echo $x", name="-sh")[1] == \
        "profile\nfrom-profile\n"
    assert run(tmp_path, "-l", "-c", "echo $x")[1] == \
        "profile\nfrom-profile\n"
    assert run(tmp_path, "-c", "echo $x")[1] == "\n"
    (tmp_path / ".profile").write_text("echo )\n")
    assert run(tmp_path, "-l", "-c", "echo on")[1] in ("on\n", "")


def test_env_is_for_interactive_shells(tmp_path):
    (tmp_path / "rc").write_text("alias greet='echo hello'\n")
    environment = {"ENV": "$HOME/rc"}
    status, output, _ = run(tmp_path, "-i", text="greet\nexit 3\n",
                            **environment)
    assert (status, output) == (3, "hello\n")
    assert run(tmp_path, text="greet\n", **environment)[0] == 127


def test_interactive_without_a_terminal(tmp_path):
    """Prompts go to stderr, errors do not end it, no escape is sent."""
    status, output, errors = run(
        tmp_path, "-i", text="echo )\necho on\nfor i in 1; do\necho $i; done",
        PS1="% ", PS2="more ", TERM="vt100")
    assert (status, output) == (0, "on\n1\n")
    assert errors.count("% ") >= 3 and "more " in errors
    assert "\x1b" not in errors


@pytest.mark.parametrize("arguments,text,expected", [
    (["-c", "echo $0 $1", "name", "arg"], "", "name arg\n"),
    (["-s", "one", "two"], "echo $2 $#\n", "two 2\n"),
    ([], "echo from input\n", "from input\n"),
    (["-e", "-c", "false; echo no"], "", ""),
    (["-ec", "false; echo no"], "", ""),
    (["-o", "errexit", "-c", "false; echo no"], "", ""),
    (["+e", "-c", "false; echo yes"], "", "yes\n"),
    (["--", "script", "a b"], "", "script: a b\n"),
    (["-c", "--", "echo after"], "", "after\n"),
])
def test_arguments(tmp_path, arguments, text, expected):
    (tmp_path / "script").write_text('echo "$0: $1"\n')
    assert run(tmp_path, *arguments, text=text)[1] == expected


@pytest.mark.parametrize("arguments,status", [
    (["--nosuch"], 2), (["-Z"], 2), (["-o", "nosuch"], 2), (["-o"], 2),
    (["-c"], 2), (["nosuch"], 127), (["/"], 2)])
def test_bad_arguments(tmp_path, arguments, status):
    found, output, errors = run(tmp_path, *arguments)
    assert output == "" and errors.startswith("sh: ")
    assert found in (status, 126)


def test_commands_share_the_input(tmp_path):
    """What the shell has not run yet is there for the command that reads,
    from a pipe and from a file.
    """
    text = "read x\nfirst\ncat\necho $x\n"
    assert run(tmp_path, text=text)[1] == "echo $x\n"
    (tmp_path / "input").write_text("read x\nfirst\necho \"[$x]\"\n")
    done = subprocess.run([str(shells.SHELL)], capture_output=True, text=True,
                          stdin=open(tmp_path / "input", "rb"), timeout=30,
                          check=False)
    assert done.stdout == "[first]\n"
