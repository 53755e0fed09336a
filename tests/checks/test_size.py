"""The microkernel keeps to the size that it was planned with."""
import count_lines

MICROKERNEL_LINES = 10000  # docs/ARCHITECTURE.md says what counts


def test_microkernel():
    parts = count_lines.kernel_parts()
    assert set(parts) == {"shared with others", "start-up",
                          "console and panic", "microkernel"}
    assert parts["microkernel"] <= MICROKERNEL_LINES, parts


def test_the_parts_are_the_kernel(capsys):
    """No line is in none of them, or in two."""
    count_lines.main()
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    rooms = sum(int(row[2]) for row in rows if row[0] == "kernel")
    assert sum(count_lines.kernel_parts().values()) == rooms


def test_only_the_listed_are_console():
    """A file that is new in the kernel is the microkernel's."""
    for name, part in (("kernel/planted.c", "microkernel"),
                       ("kernel/x86/planted.asm", "microkernel"),
                       ("kernel/start/planted.c", "start-up"),
                       ("kernel/abi/planted.h", "shared with others"),
                       ("kernel/panic.c", "console and panic")):
        assert count_lines.kernel_part(name) == part
    for name in count_lines.PANIC:
        assert list(count_lines.ROOT.glob(name + "*")), name
