"""A shell in a terminal of its own, typed to by a test."""
import re

import pexpect

import shells

PROMPT = "ready $ "
LIMIT = 20  # seconds for anything to appear
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, DELETE = "\x1b[H", "\x1b[F", "\x1b[3~"


def control(letter):
    return chr(ord(letter.upper()) & 31)


class Terminal:
    """Everything that came is in `seen`."""

    def __init__(self, home, term="vt100", columns=80, **environment):
        programs = home / ".programs"
        programs.mkdir(exist_ok=True)
        if not (programs / "sh").exists():
            (programs / "sh").symlink_to(shells.SHELL)
        self.child = pexpect.spawn(
            str(shells.SHELL), encoding="utf-8", timeout=LIMIT,
            dimensions=(24, columns), cwd=str(home), echo=True,
            env={"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(home),
                 "TERM": term, "PS1": PROMPT, "LC_ALL": "C.UTF-8", **environment})
        self.child.delaybeforesend = None
        smart = term not in ("", "dumb")
        self.after = r"\x1b\[J\r\x1b\[8C$" if smart else "$"
        self.seen = ""
        self.prompt()

    def expect(self, pattern):
        """Wait for a pattern; return what came before it."""
        try:
            self.child.expect(pattern)
        finally:
            got = self.child.before
            after = self.child.after
            self.seen += got if isinstance(got, str) else ""
            self.seen += after if isinstance(after, str) else ""
        assert not shells.SANITIZER.search(self.seen), self.seen
        return got

    def prompt(self):
        """Wait for the prompt at the start of a line, and nothing after it;
        return what came before.
        """
        start = r"(?:^|\n)" if self.seen[-1:] in ("", "\n") else r"\n"
        return self.expect(start + r"\r?" + re.escape(PROMPT) + self.after)

    def type(self, keys):
        self.child.send(keys)

    def enter(self, keys):
        """Type a line; return what the command printed."""
        self.type(keys + "\r")
        return self.output()

    def output(self):
        """What stands between the end of the line and the next prompt."""
        text = self.prompt().rpartition("\x1b[J")[2]
        lines = ESCAPE.sub("", text).split("\n")[1:]
        return "\n".join(line.rstrip("\r") for line in lines).strip()

    def leave(self):
        """The exit status."""
        self.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


class Screen:
    """What a VT100 shows: enough of one for what the shell sends."""

    def __init__(self, columns):
        self.columns = columns
        self.rows, self.row, self.column = {}, 0, 0

    @staticmethod
    def width(char):
        return 2 if ord(char) > 0x2E80 else 1

    def put(self, char):
        width = self.width(char)
        if self.column + width > self.columns:
            self.row, self.column = self.row + 1, 0
        cells = self.rows.setdefault(self.row, {})
        for at in range(self.column - 1, self.column + width):
            if at >= self.column or self.width(cells.get(at, "")
                                               or " ") == 2:
                cells.pop(at, None)  # no half of a wide one is left
        cells[self.column] = char
        self.column += width

    def sequence(self, number, letter):
        if letter == "A":
            self.row -= number or 1
        elif letter == "C":
            self.column = min(self.column + (number or 1), self.columns - 1)
        elif letter == "J":
            self.rows = {row: {at: char for at, char in cells.items()
                               if row < self.row or at < self.column}
                         for row, cells in self.rows.items()
                         if row <= self.row}
        else:
            raise AssertionError(f"sequence {letter}")

    def feed(self, text):
        for match in re.finditer(r"\x1b\[(\d*)([A-Za-z])|(.)", text, re.S):
            if match[2]:
                self.sequence(int(match[1] or 0), match[2])
            elif match[3] == "\n":
                self.row += 1
            elif match[3] == "\r":
                self.column = 0
            elif match[3] != "\a":
                self.put(match[3])

    def lines(self):
        return ["".join(char for _, char in
                        sorted(self.rows.get(row, {}).items()))
                for row in range(max(self.rows, default=0) + 1)]
