"""The shell on COM1: a person who types, commands of the boot line, machines.

Everything stands on the standard image: init, the servers, login, /bin/sh and
the tools of its archive. Nothing here sleeps: the answer to a line is what
comes before the next prompt.
"""
import re

import pytest

import kindling
from kindling import EXIT_BAD, EXIT_GOOD

PROMPT = r"(/[^\s$]*) \$ \Z"   # contract C-6; this shell says where it is
MORE = r"> \Z"                 # of a command that is not complete
CTRL_D, CTRL_U, ERASE = "\x04", "\x15", "\x7f"
WIPE = "\b \b"                 # what the terminal echoes for an erased one
PATIENCE = 600                 # boots, for what takes thousands of processes
UP = "init: runs on "
QUESTION = "\x1b[6n"           # where is the cursor? Once, at login


def lines(text):
    return text.replace("\r\n", "\n")


class Shell:
    """A PC with a shell at its prompt; at is the folder that it shows."""

    def __init__(self, boots=kindling.BOOTS, **options):
        self.boots = boots
        self.pc = kindling.Qemu(kindling.image_for(""), **options)
        self.at = None

    def __enter__(self):
        self.pc.__enter__()
        try:
            self.pc.expect(UP, self.boots)
            self.answer()
        except BaseException:
            self.pc.close()
            raise
        return self

    def __exit__(self, failed, *_):
        self.pc.close()
        if failed is None:
            check(self.pc.text)

    def answer(self, boots=None):
        """What comes before the next prompt."""
        match = self.pc.expect(rf"((?s:.*?)){PROMPT}", boots or self.boots)
        self.at = match[2]
        return lines(match[1])

    def send(self, text, echo=None):
        """Type it and see it echoed; echo is how, if not as it is."""
        self.pc.send(text)
        shown = text if echo is None else echo
        self.pc.expect(re.escape(shown.replace("\n", "\r\n")), self.boots)

    def run(self, *typed, boots=None):
        """Type a command of one or more lines; what it prints."""
        for line in typed[:-1]:
            self.send(f"{line}\n")
            self.pc.expect(MORE, self.boots)
        self.send(f"{typed[-1]}\n")
        return self.answer(boots)


@pytest.fixture
def shell():
    with Shell() as running:
        yield running


def check(text):
    """The system is well, and a dumb terminal is treated as one."""
    assert "KERNEL PANIC" not in text, text[-6000:]
    said = text[text.index(UP):]
    failed = re.search(r"(?m)^init: \w+ (died|was killed|ended|gave)", said)
    assert not failed, said
    assert "\x1b" not in said.replace(QUESTION, ""), repr(said)


# --- a person who types ------------------------------------------------------

def test_first_commands(shell):
    assert shell.at == "/" and shell.pc.text.count(QUESTION) == 1
    assert shell.run("echo $TERM $HOME $PATH") == "dumb / /bin:/sbin\n"
    assert shell.run("echo one  two '3  4'") == "one two 3  4\n"
    assert shell.run("printf x") == "x"
    assert shell.run("") == ""
    assert shell.run("echo from a program | /bin/cat") == "from a program\n"
    assert {"bin", "etc", "sbin"} <= set(shell.run("ls").split())
    assert {"sh", "ls", "cat"} <= set(shell.run("ls /bin").split())


def test_exit_statuses(shell):
    assert shell.run("true; echo $?; false; echo $?") == "0\n1\n"
    assert shell.run("(exit 7); echo $?") == "7\n"
    assert shell.run("nosuch; echo $?").endswith(": nosuch: not found\n127\n")
    assert shell.run("/etc/services; echo $?").endswith("\n126\n")
    assert shell.run("cat nosuch; echo $?") == \
        "cat: nosuch: No such file or directory\n1\n"
    assert shell.run("false | true; echo $?; ! true; echo $?") == "0\n1\n"
    assert shell.run("sh -c 'kill -SEGV $$'; echo $?").endswith("\n139\n")
    assert "syntax error" in shell.run(")")
    assert shell.run("echo on") == "on\n"


def test_pipelines(shell):
    assert shell.run("echo a b c | wc -w").split() == ["3"]
    assert shell.run("ls / | cat | sort | head -n 1") == "bin\n"
    assert shell.run("x=$(ls | grep s | wc -l); echo $((x + 1))") == "2\n"
    assert shell.run("while read a b; do echo $b; done < /etc/services "
                     "| grep -c ^=").strip().isdigit()
    assert shell.run("{ echo out; echo err >&2; } 2>&1 | wc -l").split() == \
        ["2"]
    # The writer learns that nobody reads.
    assert shell.run("cat /dev/zero | head -c 5 | wc -c").split() == ["5"]


def test_a_megabyte_through_a_pipe(shell):
    assert shell.run("head -c 1048576 /dev/zero | cat | wc -c",
                     boots=PATIENCE).split() == ["1048576"]


def test_redirections(shell):
    assert shell.run("echo one > /a; echo two >> /a; cat < /a") == "one\ntwo\n"
    assert shell.run("cat /a nosuch > /b 2>&1; wc -l < /b").split() == ["3"]
    assert shell.run("echo 3 > /a; cat /a") == "3\n"
    assert shell.run("exec 5< /b; read x <&5; read y <&5; exec 5<&-",
                     ) == ""
    assert shell.run('echo "$y $x"') == "two one\n"
    assert shell.run("echo gone > /dev/null; cat /dev/null") == ""
    assert "nosuch" in shell.run("cat < /nosuch; echo $?")
    assert shell.run("echo x > /dev/full; echo $?").endswith("\n1\n")
    assert shell.run("set -C; echo new > /a; set +C; cat /a").endswith("\n3\n")


def test_here_documents(shell):
    assert shell.run("x=5; cat <<END", "x is $x", "$((x * 2)) `echo y`",
                     "END") == "x is 5\n10 y\n"
    assert shell.run("cat <<'END'; echo after", "$x", "END") == "$x\nafter\n"
    assert shell.run("cat <<-END | wc -l", "\tone", "\tEND").split() == ["1"]


def test_files_and_folders(shell):
    assert shell.run("mkdir /d; cd /d; pwd") == "/d\n"
    assert shell.at == "/d"
    assert shell.run("cd ../etc/../d/.; pwd; echo $OLDPWD") == "/d\n/d\n"
    assert shell.run("echo text > f; cp f g; mv f h; ls; cat g h") == \
        "g  h\ntext\ntext\n"
    assert shell.run("echo * /d/[gx]; rm g h; echo *") == "g h /d/g\n*\n"
    assert shell.run("cd /nosuch; echo $?").endswith(
        "cd: /nosuch: No such file or directory\n2\n")
    assert shell.run("cd; pwd; cd -") == "/\n/d\n"
    assert shell.run("ls nosuch; echo $?") == \
        "ls: nosuch: No such file or directory\n2\n"


def test_devices(shell):
    """Folders show what is in them, terminals too."""
    assert shell.run("ls /dev").split() == [
        "console", "full", "null", "random", "tty", "ttyS0", "urandom",
        "zero"]
    found = shell.run("ls -l /dev/ttyS0 /dev/null").splitlines()
    assert [line[0] for line in found] == ["c", "c"]
    assert shell.run("echo typed > /dev/tty") == "typed\n"


def test_a_script(shell):
    """The kernel of a program file's rights is that of the one copied."""
    assert shell.run("cp /bin/cat /script; cat > /script <<'END'",
                     "#!/bin/sh", "echo $0 has $#: $2", "exit 9",
                     "END") == ""
    assert shell.run("/script one 'the second'; echo $?") == \
        "/script has 2: the second\n9\n"
    assert shell.run("sh -c '. /script' x; echo $?") == "x has 0:\n9\n"


# --- the terminal ------------------------------------------------------------

def test_cat_until_the_end_of_input(shell):
    shell.send("cat\n")
    shell.send("one\n")
    shell.pc.expect("one\r\n")
    shell.send("part")
    shell.pc.send(CTRL_D)  # not at the start of a line: sends what is there
    shell.pc.expect("part")
    shell.pc.send(CTRL_D)
    assert shell.answer() == ""
    assert shell.run("echo $?") == "0\n"


def test_editing_a_line(shell):
    shell.send("ecx")
    shell.send(ERASE, WIPE)
    shell.send("ho gooe")
    shell.send(ERASE * 2, WIPE * 2)
    assert shell.run("od") == "good\n"
    shell.send("echo bad")
    shell.send(CTRL_U, WIPE * 8)
    assert shell.run("echo fine") == "fine\n"
    shell.send("a")
    shell.send(ERASE * 3, WIPE)  # nothing but what was typed is erased
    assert shell.run("echo $?") == "0\n"


def test_arrows_and_tab_are_no_commands(shell):
    """A dumb terminal shows control characters as ^X; see check()."""
    shell.send("\x1b[A", "^[[A")
    shell.pc.send(CTRL_U)
    shell.pc.expect(re.escape(WIPE * 4))
    assert shell.run("echo still here") == "still here\n"


# --- jobs --------------------------------------------------------------------

def test_background_jobs(shell):
    assert re.fullmatch(r"\[1\] \d+\n7\n",
                        shell.run("(exit 7) & wait $!; echo $?"))
    assert re.fullmatch(
        r"(?s)\[1\] (\d+)\n\1\n.*",
        shell.run("{ while :; do :; done; } & echo $!"))
    assert "Running" in shell.run("jobs")
    assert shell.run("kill $!; wait $!; echo $?").endswith("143\n")
    assert "Running" not in shell.run("jobs")
    assert shell.run("kill -0 $!; echo $?").endswith("\n1\n")


def test_signals(shell):
    assert shell.run("trap 'echo caught' TERM; kill $$; echo $?") == \
        "caught\n0\n"
    assert shell.run("sh -c 'trap \"echo bye\" EXIT; exit 4'; echo $?") == \
        "bye\n4\n"
    assert shell.run("sh -c 'kill -KILL $$'; echo $?").endswith("\n137\n")
    assert re.fullmatch(r"(?s)\[1\] \d+\n.*0\n.*", shell.run(
        "{ while :; do :; done; } & kill -STOP $!; kill -CONT $!; "
        "kill -9 $!; echo $?"))


def test_two_hundred_forks(shell):
    assert shell.run("i=0; while [ $i -lt 200 ]; do (exit 3); [ $? = 3 ] && "
                     "i=$((i + 1)); done; echo $i", boots=PATIENCE) == "200\n"


def test_exit_gives_a_new_shell(shell):
    first = shell.run("x=kept; cd /bin; echo $$")
    assert shell.run("exit 3") == QUESTION
    assert shell.at == "/"
    assert shell.run("echo $x $?") == "0\n"
    assert shell.run("echo $$") != first
    shell.pc.send(CTRL_D)
    shell.answer()
    assert shell.run("echo again") == "again\n"


# --- commands of the boot line (contract C-7) --------------------------------

def autorun(command, boots=kindling.BOOTS, **options):
    """(exit status, what the command printed)"""
    image = kindling.image_for(f"autorun={command}")
    with kindling.Qemu(image, **options) as pc:
        status = pc.wait_exit(boots)
    check(pc.text)
    assert QUESTION not in pc.text
    return status, lines(pc.text[pc.text.index(UP):]).partition("\n")[2]


@pytest.mark.parametrize("command,good,printed", [
    ("true", True, ""),
    ("false", False, ""),
    ("echo 'two  words' | cat; echo x | wc -l", True,
     "two  words\n1\n"),
    ("exit 3", False, ""),
    ("if", False, "sh: line 1: syntax error: unexpected end of file\n"),
    ("nosuch", False, "sh: line 1: nosuch: not found\n"),
    ("kill -9 $$", False, ""),
])
def test_autorun(command, good, printed):
    assert autorun(command) == (EXIT_GOOD if good else EXIT_BAD, printed)


@pytest.mark.parametrize("cpus", [1, 4])
def test_autorun_prints_all(cpus):
    """The power goes when the last byte is out."""
    status, printed = autorun("i=0; while [ $i -lt 400 ]; do echo line $i; "
                              "i=$((i + 1)); done", cpus=cpus)
    assert printed == "".join(f"line {i}\n" for i in range(400))
    assert status == EXIT_GOOD


# --- machines ----------------------------------------------------------------

PIPELINE = "echo b a | cat | sort | wc"
COUNTED = ["1", "2", "4"]


@pytest.mark.parametrize("options", [
    {"cpus": 1, "cpu": "qemu64"},
    {"cpus": 1, "accel": "tcg,thread=single", "memory": "512M"},
    {"cpus": 4, "accel": "tcg,thread=single", "memory": "64M"},
    {"cpus": 4, "accel": "tcg,thread=multi", "memory": "512M"},
    {"cpus": 4, "accel": "tcg,thread=multi", "cpu": "qemu64"},
], ids=str)
def test_machines(options):
    with Shell(boots=4 * kindling.BOOTS, **options) as shell:
        assert shell.run(PIPELINE).split() == COUNTED
        assert shell.run("echo $?") == "0\n"


def test_memory_of_processes_comes_back():
    """Many more processes than there is memory for at the same time."""
    status, printed = autorun(
        "i=0; while [ $i -lt 2000 ]; do (exit 3); [ $? = 3 ] && "
        "i=$((i + 1)); done; ls /etc/services", boots=PATIENCE, memory="32M")
    assert (status, printed) == (EXIT_GOOD, "/etc/services\n")


def test_bochs():
    run = kindling.bochs_run(kindling.image_for(""), until=r"/ \$ \Z")
    assert run.serial.endswith("/ $ "), run.serial[-3000:]
    check(run.serial)


def test_bochs_runs_a_pipeline():
    command = f"{PIPELINE}; echo done; exit 5"
    run = kindling.bochs_run(kindling.image_for(f"autorun={command}"))
    check(run.serial)
    assert run.serial.split()[-4:] == [*COUNTED, "done"], run.serial[-3000:]
