"""The interactive shell: editing, history, completion, the end."""
import pexpect
import pytest

import shells

from terminal import (DELETE, DOWN, END, HOME, LEFT, PROMPT, RIGHT, UP,
                      Screen, Terminal, control)


@pytest.fixture
def home(tmp_path):
    return tmp_path


@pytest.fixture
def terminal(home):
    made = Terminal(home)
    yield made
    made.child.close(force=True)


# --- editing -----------------------------------------------------------------

@pytest.mark.parametrize("keys,printed", [
    ("echo plain", "plain"),
    ("cho left" + HOME + "e", "left"),
    ("echo ac" + LEFT + "b", "abc"),
    ("echo ac" + LEFT + LEFT + RIGHT + "b" + END + "d", "abcd"),
    ("cho a" + control("a") + "e" + control("e") + "z", "az"),
    ("echo abc\x7f\x7fx", "ax"),
    ("echo abc" + LEFT + LEFT + DELETE, "ac"),
    ("echo abc" + control("b") + control("b") + control("d"), "ac"),
    ("junk" + control("u") + "echo u", "u"),
    ("echo one two" + control("w") + "three", "one three"),
    ("echo keep drop" + LEFT * 5 + control("k"), "keep"),
    ("echo a bc" + control("w") + control("y") + control("y"), "a bcbc"),
    ("echo a b" + HOME + RIGHT * 5 + control("k") + control("y") * 2,
     "a ba b"),
    ("echo x" + control("l") + "y", "xy"),
    ("echo äöü\x7f\x7fo", "äo"),
    ("echo äü" + LEFT + "ö", "äöü"),
    ("echo 日本" + LEFT + LEFT + DELETE + "x", "x本"),
    ("echo one two" + "\x1bb" + "\x1bb" + "X" + "\x1bf" + "Y",
     "XoneY two"),
    ("echo a\x1b[99~b\x1bOFc\x1b[5;5Zd", "abcd"),
    ("\x7f" + control("w") + control("y") + LEFT + "echo edge" + RIGHT,
     "edge"),
], ids=lambda value: repr(value)[:30])
def test_editing(terminal, keys, printed):
    assert terminal.enter(keys) == printed


def test_a_line_longer_than_the_screen(home):
    """It is drawn over several rows, and edited at its start."""
    terminal = Terminal(home, columns=20)
    words = " ".join(f"w{i}" for i in range(30))
    assert terminal.enter("cho " + words + HOME + "e").replace(
        "\n", " ") == words
    terminal.child.close(force=True)


@pytest.mark.parametrize("typed,shown", [
    *(("x" * length, "x" * length) for length in range(9, 16)),
    ("x" * 40 + HOME + "y", "y" + "x" * 40),
    ("x" * 40 + LEFT * 21 + "\x7f" * 7, "x" * 33),
    ("日" * 12, "日" * 12), ("a" + "日" * 12 + LEFT * 3 + "b",
                             "a" + "日" * 9 + "b" + "日" * 3),
    ("x" * 50 + control("u") + "z", "z"),
], ids=lambda value: repr(value)[:20])
def test_the_edge_of_the_screen(home, typed, shown):
    """The screen shows the line, and what is printed next starts a row."""
    terminal = Terminal(home, columns=20)
    assert terminal.enter("echo " + typed.replace(HOME, HOME + RIGHT * 5)
                          .replace(control("u"), control("u") + "echo ")
                          ) == shown
    screen, whole = Screen(20), Screen(20)
    screen.feed(terminal.seen)
    for char in PROMPT + "echo " + shown:
        whole.put(char)
    whole.feed("\r\n" + shown + "\r\n" + PROMPT)
    assert screen.lines() == whole.lines()
    assert (screen.row, screen.column) == (whole.row, whole.column)
    terminal.child.close(force=True)


def test_wide_characters_are_two_columns(terminal):
    """The cursor goes back by as many columns as they have."""
    terminal.type("日本" + HOME)
    terminal.expect(rf"\r\x1b\[{len(PROMPT)}C$")
    terminal.type(RIGHT)
    terminal.expect(rf"\r\x1b\[{len(PROMPT) + 2}C$")
    terminal.type(control("u") + control("k") + "é" + HOME + RIGHT)
    terminal.expect(rf"\r\x1b\[{len(PROMPT) + 1}C$")


def test_more_lines(terminal):
    terminal.type("for i in 1 2; do\r")
    terminal.expect("> ")
    terminal.type("echo $i\r")
    terminal.expect("> ")
    terminal.type("done\r")
    assert terminal.output().endswith("1\n2")


# --- history -----------------------------------------------------------------

def test_up_and_down(terminal):
    terminal.enter("echo one")
    terminal.enter("echo two")
    assert terminal.enter(UP) == "two"
    assert terminal.enter(UP + UP) == "one"
    assert terminal.enter("echo new" + UP + UP + DOWN + DOWN) == "new"
    assert terminal.enter(UP * 50 + "!" + DOWN * 50 + "echo end") == "end"


def test_history_lives_on(home):
    first = Terminal(home)
    first.enter("echo remembered")
    first.type("exit\r")
    assert first.leave() == 0
    second = Terminal(home)
    assert second.enter(UP + UP) == "remembered"
    assert "echo remembered" in second.enter("history")
    second.child.close(force=True)
    text = (home / ".sh_history").read_text()
    assert text.splitlines()[:2] == ["echo remembered", "exit"]


def test_history_is_bounded(home):
    (home / ".sh_history").write_text(
        "".join(f"echo {i}\n" for i in range(3000)) + "x" * 100000 + "\n")
    terminal = Terminal(home)
    lines = terminal.enter("history | wc -l")
    assert lines == "500"
    assert len((home / ".sh_history").read_text()) < 100000
    assert terminal.enter(UP + UP) == "2999"
    terminal.child.close(force=True)


def test_search(terminal):
    terminal.enter("echo apple")
    terminal.enter("echo banana")
    terminal.enter("echo apple pie")
    terminal.enter("true")
    assert terminal.enter(control("r") + "app") == "apple pie"
    assert terminal.enter(control("r") + "banx\x7f") == "banana"
    assert terminal.enter(control("r") + "echo a" + control("r") * 2 +
                          END + " tart") == "apple tart"
    assert terminal.enter("echo kept" + control("r") + "banana" +
                          control("g")) == "kept"
    assert terminal.enter(control("r") + "nowhere" + control("g") +
                          "echo none") == "none"


# --- completion --------------------------------------------------------------

def test_files_are_completed(terminal, home):
    (home / "unique-name").touch()
    (home / "with blank").write_text("quoted\n")
    (home / "folder").mkdir()
    (home / "folder" / "inside").touch()
    assert terminal.enter("echo uni\t.") == "unique-name ."
    assert terminal.enter("cat wi\t") == "quoted"
    assert terminal.enter("echo fo\tin\t") == "folder/inside"
    assert terminal.enter("echo ~/fo\t\tx") == f"{home}/folder/inside x"
    assert terminal.enter("cat < uni\t; echo ok") == "ok"


def test_commands_are_completed(terminal, home):
    terminal.enter("my_function() { echo called; }")
    assert terminal.enter("my_fu\t") == "called"
    assert terminal.enter("true; my_fu\t") == "called"
    terminal.enter("alias my_alias='echo by alias'")
    assert terminal.enter("my_al\tx") == "by alias x"
    assert terminal.enter("unali\t-a; echo $?") == "0"
    (home / "tool").write_text("#!/bin/sh\necho tool runs\n")
    (home / "tool").chmod(0o755)
    (home / "toolkit.txt").touch()
    assert terminal.enter("./to\t") == "tool runs"


def test_two_tabs_list(terminal, home):
    (home / "prefix-one").touch()
    (home / "prefix-two").touch()
    terminal.type("echo pre\t")
    terminal.expect("prefix-")
    terminal.type("\t\t")
    terminal.expect("prefix-one  prefix-two\r\n")
    assert terminal.enter("t\t") == "prefix-two"
    terminal.type("echo nothing-here\t\t")
    terminal.expect("\a")
    assert terminal.enter("x") == "nothing-herex"


# --- ctrl-C, ctrl-D, the end -------------------------------------------------

def test_ctrl_c_forgets_the_line(terminal):
    terminal.type("echo no" + control("c"))
    terminal.expect(r"\^C\r\n")
    terminal.prompt()
    assert terminal.enter("echo $?") == "130"
    terminal.type("for i in 1 2; do\r")
    terminal.expect("> ")
    terminal.type(control("c"))
    terminal.prompt()
    assert terminal.enter("echo again") == "again"


def test_ctrl_d_leaves_on_an_empty_line(terminal):
    terminal.enter("(exit 3)")
    terminal.type("ab" + HOME + control("d") + control("d"))
    terminal.type(control("d"))
    assert terminal.leave() == 3


def test_ignoreeof(terminal):
    terminal.enter("set -o ignoreeof")
    terminal.type(control("d"))
    terminal.expect('use "exit"')
    terminal.prompt()
    terminal.type("exit 4\r")
    assert terminal.leave() == 4


def test_errors_do_not_end_the_session(terminal):
    for line in ("echo )", "echo ${x?unset}", "readonly r=1; r=2",
                 ". ./nosuch", "echo $((1/0))", "shift 9", "exec nosuch"):
        assert "sh: " in terminal.enter(line)
    assert terminal.enter("echo alive") == "alive"


def test_exit_trap_runs(terminal):
    terminal.enter("trap 'echo bye' EXIT")
    terminal.type(control("d"))
    terminal.expect("bye")
    assert terminal.leave() == 0


# --- lines without an editor -------------------------------------------------

@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_gets_no_escapes(home, term):
    terminal = Terminal(home, term=term)
    assert terminal.enter("echo plain") == "plain"
    terminal.type("echo gone" + control("u") + "echo a\t\r")
    assert "a" in terminal.output()
    terminal.type("echo typed" + control("c"))
    terminal.prompt()
    assert terminal.enter("echo $?") == "130"
    terminal.type("sleep 30\r")
    terminal.expect("sleep 30\r\n")
    terminal.type(control("c"))
    terminal.prompt()
    terminal.type(control("d"))
    terminal.leave()
    assert "\x1b" not in terminal.seen


def test_the_prompt_ends_as_promised(home):
    """C-6: where nobody set PS1 it ends in a dollar and a blank."""
    child = pexpect.spawn(str(shells.SHELL), encoding="utf-8",
                          cwd=str(home), timeout=20,
                          env={"PATH": "/usr/bin", "TERM": "dumb"})
    child.expect(r"\$ $")
    assert "\x1b" not in child.before
    child.close(force=True)
