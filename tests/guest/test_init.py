"""init, the root task: what it does with a boot archive, with services that
behave and with those that do not. user/test/service plays them.
"""
import functools
import re
import subprocess
import tempfile

import pytest

import kindling
from kindling import EXIT_BAD, EXIT_GOOD
from programs import check, elf

EXIT = """mov     eax, SYS_PROCESS_CONTROL
          xor     edi, edi
          xor     esi, esi
          mov     edx, 42
          syscall"""
STOPS = "The root task ended with status 1.\r\n"
NO_SHELL = "autorun: there is no shell yet; powering off.\r\n"


def program(name):
    return (kindling.BUILD / "user" / f"{name}.elf").read_bytes()


def section(name, role, *lines, level=4, priority=9):
    """A service of the manifest, played by the test program."""
    return "\n".join([f"[{name}]", "program = /sbin/test",
                      f"argument = {role}", f"level = {level}",
                      f"priority = {priority}", "frames = 64", *lines, ""])


def archive(manifest, **more):
    """With the test program as /sbin/test; more are others in /sbin."""
    files = {f"sbin/{name}": data for name, data in more.items()}
    return kindling.archive({"etc/services": manifest,
                             "sbin/test": program("test/service"), **files})


def image(archived, autorun="x", kernel=None):
    cmdline = f"autorun={autorun}" if autorun is not None else ""
    return kindling.modules_image(
        {"init.elf": program("init"), "boot.cpio": archived}, cmdline, kernel)


def boot(archived, autorun="x", **options):
    """Run until it powers off: (exit status, text)."""
    with kindling.Qemu(image(archived, autorun), **options) as pc:
        status = pc.wait_exit(200)
        assert "KERNEL PANIC" not in pc.text, pc.text
        return status, pc.text


def lines_of(text):
    """What init and the services said."""
    return text[text.index("init: runs on"):].replace("\r", "").splitlines()


# --- what it starts with -----------------------------------------------------

@functools.cache
def good():
    return archive(section("idle", "idle"))


def test_without_an_archive():
    with kindling.Qemu(kindling.modules_image(
            {"init.elf": program("init")}, "autorun=x")) as pc:
        assert pc.wait_exit() == EXIT_BAD
    assert ("\ninit: there is no boot archive: the boot entry names one "
            "module only.\r\n") in pc.text and pc.text.endswith(STOPS)


DAMAGED = {
    "program": (lambda data: elf(EXIT), "0: no header of a cpio archive "
                "(newc)"),
    "cut": (lambda data: data[:8192], "436: a file reaches beyond the end"),
    "size": (lambda data: data[:54] + b"FFFFFFFF" + data[62:],
             "0: a file reaches beyond the end"),
    "digit": (lambda data: data[:54] + b"FFFFFFFG" + data[62:],
              "0: a header with something else than digits"),
    "path": (lambda data: data.replace(b"sbin\0", b"s/..\0"),
             "320: a name that leaves the archive"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_archive(name):
    damage, problem = DAMAGED[name]
    status, text = boot(damage(good()))
    assert f"\ninit: the boot archive is damaged at byte {problem}.\r\n" \
        in text, text[-900:]
    assert text.endswith(STOPS) and status == EXIT_BAD


MANIFESTS = {
    "empty": ("", "line 0: there are no services"),
    "key": ("[a]\nprogram /x\n", "line 2: expected KEY = VALUE"),
    "nobody": (section("a", "idle", "calls = b"),
               "line 1: b: it calls what nobody serves"),
    "ring": (section("a", "idle", "after = b") +
             section("b", "idle", "after = a"),
             "line 1: a: it waits for services that wait for it"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_bad_manifest(name):
    manifest, problem = MANIFESTS[name]
    status, text = boot(archive(manifest))
    assert f"\ninit: /etc/services, {problem}.\r\n" in text, text[-900:]
    assert text.endswith(STOPS) and status == EXIT_BAD


def test_an_empty_archive():
    status, text = boot(b"")
    assert "\ninit: the boot archive cannot be mapped: error -4.\r\n" in text
    assert text.endswith(STOPS) and status == EXIT_BAD


def test_without_a_manifest():
    status, text = boot(kindling.archive({"etc/x": "x"}))
    assert "\ninit: the boot archive has no /etc/services.\r\n" in text
    assert text.endswith(STOPS) and status == EXIT_BAD


# --- programs ----------------------------------------------------------------

BAD_PROGRAMS = {
    "missing": (None, "it is not in the boot archive"),
    "text": (b"#!/bin/sh\n" * 500, "no ELF64 file"),
    "cut": (elf(EXIT)[:-1], "a segment is not in the file"),
}


@pytest.mark.parametrize("name", BAD_PROGRAMS)
def test_a_bad_program(name):
    """It is given up after the deaths that it may have; others go on."""
    data, problem = BAD_PROGRAMS[name]
    manifest = section("bad", "x", "restart = 2 9").replace(
        "/sbin/test", "/sbin/bad") + section("good", "idle")
    status, text = boot(archive(manifest, **({"bad": data} if data else {})))
    lines = lines_of(text)
    assert lines.count(f"init: bad cannot start: /sbin/bad: {problem}.") == 2
    assert "init: bad ended with status 1; starts again in 10 ms." in lines
    assert "init: bad ended with status 1; given up after 2 deaths in 9 s." \
        in lines
    assert "good: is up" in lines and status == EXIT_BAD


@pytest.mark.parametrize("memory", ["16M", "64G"])
def test_in_little_and_much_memory(memory):
    manifest = "".join(section(f"s{i}", "idle") for i in range(20))
    status, text = boot(archive(manifest), memory=memory)
    assert status == EXIT_GOOD and text.endswith(NO_SHELL)
    assert sorted(re.findall(r"(?m)^s(\d+): is up\r$", text), key=int) == \
        [str(i) for i in range(20)]


def test_more_than_there_is():
    """A service too large for the memory: nobody else is hurt."""
    manifest = section("huge", "idle", "restart = 0").replace(
        "frames = 64", "frames = 99999999") + section("good", "idle")
    status, text = boot(archive(manifest))
    lines = lines_of(text)
    assert "init: huge cannot start: error -6." in lines
    assert "good: is up" in lines and status == EXIT_BAD


def test_an_archive_that_cpio_made():
    """Files begin anywhere in it: programs are copied."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cpio", "--quiet", "-id"], input=good(), cwd=folder,
                       check=True, timeout=60)
        made = subprocess.run(
            ["cpio", "--quiet", "-o", "-H", "newc"], cwd=folder, check=True,
            input=b"etc/services\nsbin/test\n", capture_output=True,
            timeout=60).stdout
    assert made.index(b"\x7fELF") % 4096 != 0
    status, text = boot(made)
    assert "idle: is up\r\n" in text and status == EXIT_GOOD


# --- order, printing, autorun ------------------------------------------------

@pytest.mark.parametrize("cpus", [1, 4])
def test_order_of_starting(cpus):
    manifest = (section("last", "idle", "after = middle", priority=15) +
                section("caller", "idle", "calls = first", "after = last",
                        level=9, priority=15) +
                section("middle", "idle", "after = first") +
                section("first", "idle", "serves = first", priority=1))
    status, text = boot(archive(manifest), cpus=cpus)
    assert [line for line in lines_of(text) if line.endswith("is up")] == [
        "first: is up", "middle: is up", "last: is up", "caller: is up"]
    assert status == EXIT_GOOD and text.endswith(NO_SHELL)


def test_lines_of_services():
    """Whole, with the name in front, the rest of one that ends too."""
    status, text = boot(archive(section("poet", "poet")))
    lines = lines_of(text)
    start = lines.index("poet: one")
    assert lines[start:start + 6] == [
        "poet: one", "poet: two, still two", "poet:", "poet: " + "0" * 200,
        "poet: " + "0" * 100, "poet: no end"]
    assert status == EXIT_GOOD


def test_without_autorun_it_stays():
    with kindling.Qemu(image(good(), None), cpus=2) as pc:
        pc.expect(kindling.UP)
        pc.expect("idle: is up\r\n")
        pc.wait_for(lambda: re.findall(
            "HLT=1", pc.monitor("info registers -a")) == ["HLT=1"] * 2,
            "halted CPUs")
        pc.still_runs()
        assert len(re.findall(kindling.UP, pc.text)) == 1


def test_one_that_nothing_goes_on_without():
    manifest = section("name", "crash up", "critical = yes")
    status, text = boot(archive(manifest + section(
        "idle", "idle", "autorun = yes")))
    lines = lines_of(text)
    assert re.search(r"(?m)^init: name: invalid instruction at [0-9A-F]+, "
                     r"which is [0-9A-F]{4} of /sbin/test; stack [0-9A-F]+\.",
                     text), text[-900:]
    assert "init: name died of exception 6." in lines
    assert "init: nothing goes on without name." in lines
    assert text.endswith(STOPS) and status == EXIT_BAD


# --- dying and coming back ---------------------------------------------------

SERVICES = (
    section("echo", "echo", "serves = echo", "vault = count 4096",
            "heartbeat = 1", "restart = 100 10", level=4) +
    section("driver", "driver", "calls = echo 7", "calls = init 1",
            "system = machine", "autorun = yes", level=9, priority=8) +
    section("loop", "crash up", "restart = 4 60") +
    section("early", "crash", "restart = 2 60", "serves = early") +
    section("behind", "idle", "calls = early", "serves = more", level=5) +
    section("farther", "idle", "after = behind") +
    section("stuck", "stuck", "heartbeat = 1", "restart = 0") +
    section("ports", "ports ask", "ports = com2 0x2F8 8", "restart = 0") +
    section("ports-silent", "ports", "ports = com2 0x2E8 8", "restart = 1 1") +
    section("parent", "parent", "module = archive 1", "restart = 0").replace(
        "frames = 64", "frames = 128") +
    section("hardware", "hardware", "dma = buffer 65536", "interrupt = irq 3",
            "memory = screen 0xB8000 0x8000", "restart = 0") +
    section("thief", "thief", "ports = com3 0x3E8 8", "calls = init",
            "restart = 0"))


def expect_line(lines, pattern):
    found = [line for line in lines if re.fullmatch(pattern, line)]
    assert len(found) == 1, (pattern, found, "\n".join(lines))


@pytest.fixture(scope="module")
def sanitized():
    path = kindling.BUILD / "sanitized" / "kernel.elf"
    return kindling.built(path, "SANITIZE=1").read_bytes()


def test_services_on_a_kernel_that_checks_itself(sanitized):
    """It would refuse calls to the same or a higher level, too."""
    with kindling.Qemu(image(archive(SERVICES), "x", sanitized),
                       cpus=2) as pc:
        assert pc.wait_exit(300) == EXIT_GOOD
        check(pc.text)


@pytest.mark.parametrize("cpus", [1, 4])
def test_services(cpus):
    """What the driver finds, and what init says of those that failed."""
    status, text = boot(archive(SERVICES), "services", cpus=cpus)
    assert len(check(text)) == 18 and status == EXIT_GOOD
    lines = lines_of(text)
    for delay in (10, 20, 40):
        expect_line(lines, "init: loop died of exception 6; starts again in "
                    f"{delay} ms.")
    for pattern in (
            r"init: loop died of exception 6; given up after 4 deaths in 60 s.",
            r"init: behind does not start: it needs early\.",
            r"init: farther does not start: it needs behind\.",
            r"init: echo gave no sign of life for 1 s: killed\.",
            r"init: stuck was not ready for 1 s: killed\.",
            r"init: stuck was killed and is not started again\.",
            r"ports: port 2FF is ours",
            r"init: ports: general protection at .*; stack .*\.",
            r"init: ports-silent: general protection at .*; stack .*\."):
        expect_line(lines, pattern)
    assert not [line for line in lines
                if line.startswith(("thief", "hardware", "parent"))]
    assert not [line for line in lines if "300 is ours" in line]


# --- names -------------------------------------------------------------------

NAMES = (section("mounter", "mounter /a/b", "serves = files",
                 "calls = name 1", level=6) +
         section("finder", "finder /a/b", "calls = name", "after = mounter",
                 level=9) +
         "[name]\nprogram = /sbin/name\nlevel = 4\npriority = 12\n"
         "frames = 128\nserves = name\ncritical = yes\nheartbeat = 1\n")


@pytest.mark.parametrize("cpus", [1, 4])
def test_names(cpus):
    """What one server mounts another one finds, by the table that it reads."""
    status, text = boot(archive(NAMES, name=program("name")), cpus=cpus)
    lines = lines_of(text)
    assert "finder: found /a/b" in lines, "\n".join(lines)
    assert status == EXIT_GOOD


# --- the standard image ------------------------------------------------------

CONFIG = (kindling.ROOT / "scripts" / "boot.cfg").read_text()


@pytest.mark.parametrize("entry", range(1, CONFIG.count("\n[") + 1))
def test_standard_entries(entry):
    """Each one of scripts/boot.cfg starts init and all services."""
    config = re.sub(r"(?m)^default = 1$", f"default = {entry}", CONFIG)
    with kindling.Qemu(kindling.make_image({"boot/boot.cfg": config})) as pc:
        pc.expect(r"(?m)^Kindling is up\. The root task is /boot/init\.elf\.")
        pc.expect(r"(?m)^init: runs on 1 CPU, 12\d of 12\d MiB free\.\r?$")
        pc.still_runs()
        assert len(re.findall(kindling.UP, pc.text)) == 1


def test_standard_services_start():
    with kindling.Qemu(kindling.image_for("autorun=true")) as pc:
        assert pc.wait_exit() == EXIT_GOOD
        assert not re.search(r"(?m)^init: (?!runs on)", pc.text), pc.text
