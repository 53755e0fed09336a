"""The root task: how it starts, what it does with further modules, its end."""
import kindling

PATIENCE = 40  # boots
ROOT, HELLO = "/boot/root.elf", "/boot/hello.elf"


def run(*modules, autorun="autorun=nothing", files=None):
    """Boot with these modules; (exit status, what was printed)."""
    config = "timeout = 0\n[Root]\nkernel = /boot/kernel.elf\n" + "".join(
        f"module = {module}\n" for module in modules) + \
        f"cmdline = {autorun}\n"
    image = kindling.make_image({"boot/boot.cfg": config, **(files or {})})
    with kindling.Qemu(image) as pc:
        status = pc.wait_exit(PATIENCE)
        return status, pc.text.replace("\r", "")


def test_children_are_served_and_reported():
    status, text = run(ROOT, HELLO, HELLO)
    assert status == kindling.EXIT_GOOD, text[-2000:]
    assert text.count("hello: greetings from ring 3\n") == 2
    for module in (1, 2):
        assert f"root: module {module} ended with status 0\n" in text


def test_module_that_is_no_program():
    status, text = run(ROOT, "/boot/bad.elf", HELLO,
                       files={"boot/bad.elf": b"\x7fELF" + bytes(9000)})
    assert status == kindling.EXIT_GOOD, text[-2000:]
    assert "root: module 1: no ELF64 file\n" in text
    assert "root: module 2 ended with status 0\n" in text


def test_root_task_that_is_no_program():
    status, text = run("/boot/bad.elf", files={"boot/bad.elf": b"nothing"})
    assert status == kindling.EXIT_BAD
    assert "The root task /boot/bad.elf cannot start: no ELF64 file.\n" in text


def test_root_task_that_ends():
    """The child finds no print session, and has nothing else to do."""
    status, text = run(HELLO)
    assert status == kindling.EXIT_BAD
    assert "The root task ended with status 0.\n" in text


def test_no_root_task():
    _, text = run()
    assert "There is no root task: the boot entry names no module.\n" in text


def test_up_is_said_once():
    """With the root task as without it."""
    for modules, who in (((ROOT,), f"The root task is {ROOT}."), ((), "")):
        config = "timeout = 0\n[Up]\nkernel = /boot/kernel.elf\n" + "".join(
            f"module = {module}\n" for module in modules)
        image = kindling.make_image({"boot/boot.cfg": config})
        with kindling.Qemu(image) as pc:
            pc.expect(kindling.UP, PATIENCE)
            if modules:
                pc.expect(r"root: runs on \d+ CPUs?, ", PATIENCE)
            assert pc.text.count("Kindling is up.") == 1
            assert who in pc.text
