"""Job control: groups, the terminal, stopping and continuing."""
import pytest

from terminal import Terminal, control


@pytest.fixture
def terminal(tmp_path):
    made = Terminal(tmp_path)
    yield made
    made.child.close(force=True)


def stop(terminal, command):
    terminal.type(command + "\r")
    terminal.expect("started")
    terminal.type(control("z"))
    terminal.expect(r"Stopped +\S.*\r\n")
    terminal.prompt()


STARTED = "sh -c 'echo start''ed; sleep 30; echo over'"


def test_stop_and_continue(terminal):
    stop(terminal, "sh -c 'echo start''ed; read x; echo got $x'")
    assert "[1] + Stopped" in terminal.enter("jobs")
    terminal.type("fg\r")
    terminal.expect("sh -c .*\r\n")
    terminal.type("word\r")
    terminal.expect("got word")
    terminal.prompt()
    assert terminal.enter("jobs") == ""


def test_background(terminal):
    stop(terminal, "sh -c 'echo start''ed; sleep 0.3; echo over > file'")
    assert "[1] + Running" in terminal.enter("bg %1")
    assert terminal.enter("wait; cat file; jobs").endswith("over")


def test_status_of_a_stopped_job(terminal):
    stop(terminal, STARTED)
    assert terminal.enter("echo $?") == str(128 + 20)
    terminal.enter("kill %1")
    terminal.enter("wait %1")
    assert terminal.enter("echo $?; jobs") == "143"


def test_ctrl_c_ends_the_command_only(terminal):
    terminal.type(STARTED + "; echo not reached\r")
    terminal.expect("started")
    terminal.type(control("c"))
    assert "not reached" not in terminal.prompt()
    assert terminal.enter("echo $?") == "130"


def test_ctrl_c_ends_a_loop(terminal):
    terminal.type("echo start''ed; while :; do :; done\r")
    terminal.expect("started\r\n")
    terminal.type(control("c"))
    terminal.prompt()
    terminal.type("echo start''ed; while :; do sleep 0.1; done\r")
    terminal.expect("started\r\n")
    terminal.type(control("c"))
    terminal.prompt()
    assert terminal.enter("echo alive") == "alive"


def test_background_jobs_are_told(terminal):
    terminal.type("sleep 0.2 &\r")
    terminal.expect(r"\[1\] \d+\r\n")
    terminal.prompt()
    assert "Running" in terminal.enter("jobs")
    terminal.type("sleep 0.5\r")
    terminal.expect(r"\[1\] \+ Done +sleep 0.2")
    terminal.prompt()
    terminal.enter("(exit 3) & wait")
    assert terminal.enter("jobs") == ""


def test_ctrl_c_spares_the_background(terminal):
    terminal.enter("sleep 30 &")
    terminal.type("sh -c 'echo start''ed; sleep 30'\r")
    terminal.expect("started")
    terminal.type(control("c"))
    terminal.prompt()
    assert "Running" in terminal.enter("jobs")
    terminal.enter("kill %%")


def test_several_jobs(terminal):
    terminal.enter("sleep 31 &")
    terminal.enter("sleep 32 | cat &")
    text = terminal.enter("jobs")
    assert "[1] - Running" in text and "[2] + Running" in text
    assert "sleep 32 | cat" in text
    assert len(terminal.enter("jobs -p").split()) == 2
    terminal.enter("kill %1; wait %1")
    assert "sleep 31" not in terminal.enter("jobs")
    assert terminal.enter("kill %?32; wait %sleep; echo $?") == "143"


def test_exit_warns_once(terminal):
    stop(terminal, STARTED)
    assert "stopped jobs" in terminal.enter("exit")
    assert terminal.enter("true") == ""
    assert "stopped jobs" in terminal.enter("exit")
    terminal.type("exit\r")
    assert terminal.leave() is not None


def test_the_terminal_is_handed_over(terminal):
    """A job in the foreground is its own group, and has the terminal."""
    assert terminal.enter(
        "sh -c 'read a b c d pgrp s tty tpgid r < /proc/self/stat; "
        "[ $pgrp = $tpgid ] && echo owner'") == "owner"
    terminal.enter("set +m")
    assert terminal.enter("fg").endswith("no job control")
    terminal.enter("set -m")
    stop(terminal, STARTED)


def test_terminal_modes_come_back(terminal):
    """A command that a signal ends leaves no modes behind; stty does."""
    terminal.enter("sh -c 'stty -opost -echo; kill -TERM $$'")
    assert terminal.enter("stty -a | tr ' ' '\\n' | grep opost") == "opost"
    terminal.enter("stty -echo")
    assert "-echo " in terminal.enter("stty -a")


def test_pipelines_stop_as_one(terminal):
    stop(terminal, "sh -c 'echo start''ed; sleep 30' | cat")
    terminal.type("fg\r")
    terminal.expect("cat\r\n")
    terminal.type(control("c"))
    terminal.prompt()
    assert terminal.enter("jobs; echo none") == "none"


def test_substitution_is_part_of_its_command(terminal):
    terminal.type("echo start''ed; x=$(sleep 30); echo no\r")
    terminal.expect("started\r\n")
    terminal.type(control("c"))
    assert "no" not in terminal.prompt()


@pytest.mark.parametrize("command", ["read x", "wait", "sleep 30 & wait $!",
                                     "cat", "f() { f2; }; f2() { wait; }; f"])
def test_ctrl_c_ends_what_waits(terminal, command):
    terminal.enter("sleep 30 &")
    terminal.type(f"echo start''ed; {command}; echo no''t reached\r")
    terminal.expect("started\r\n")
    terminal.type(control("c"))
    assert "not reached" not in terminal.prompt()
    assert terminal.enter("echo $?").startswith("130")


def test_ctrl_c_can_be_trapped(terminal):
    terminal.enter("trap 'echo caught' INT")
    terminal.type("echo start''ed; read x; echo status $?\r")
    terminal.expect("started\r\n")
    terminal.type(control("c"))
    terminal.expect("caught")
    terminal.prompt()


def test_jobs_of_the_parent_can_be_listed(terminal):
    terminal.enter("sleep 30 &")
    assert terminal.enter("[ $(jobs -p) = $! ] && echo same") == "same"
    assert terminal.enter("(jobs) | wc -l") == "1"
    assert terminal.enter("(wait; echo done)") == "done"
    terminal.enter("kill $(jobs -p)")
    assert terminal.enter("wait $!; echo $?") == "143"
