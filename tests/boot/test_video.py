"""The framebuffer by request, and text when there is none to be had."""
import re

import pytest

import kindling

WIDTH, HEIGHT = 8, 16  # of a character


def image_with(video):
    return kindling.make_image({"boot/boot.cfg": (
        f"timeout = 0\n[Screen]\nkernel = /boot/kernel.elf\n"
        f"video = {video}\n")})


def glyphs():
    """{bitmap: character} of the font that the kernel was built with."""
    text = (kindling.BUILD / "gen" / "font.c").read_text(encoding="ascii")
    rows = re.findall(r"\{([^{}]*)\}", text)
    font = [bytes(int(n, 0) for n in re.findall(r"0x[0-9A-Fa-f]+|\d+", row))
            for row in rows]
    font = [row for row in font if len(row) == HEIGHT]
    assert len(font) == 256
    return {font[i]: chr(i) for i in range(126, 31, -1)}


def read_text(picture):
    """Recognize the characters of a picture, cell by cell."""
    known = glyphs()
    gray = picture.convert("L")
    lines = []
    for top in range(0, gray.height - HEIGHT + 1, HEIGHT):
        line = ""
        for left in range(0, gray.width - WIDTH + 1, WIDTH):
            cell = gray.crop((left, top, left + WIDTH, top + HEIGHT))
            dots = [value > 64 for value in cell.getdata()]
            bitmap = bytes(sum(dot << 7 - i for i, dot in enumerate(
                dots[row:row + WIDTH])) for row in range(0, len(dots), WIDTH))
            line += known.get(bitmap, "\ufffd")
        lines.append(line.rstrip())
    return "\n".join(lines)


@pytest.mark.parametrize("mode", ["1024x768x32", "800x600x24", "640x480x16",
                                  "1280x1024"])
def test_framebuffer(mode):
    width, height, *depth = map(int, mode.split("x"))
    with kindling.Qemu(image_with(mode)) as pc:
        ledger = pc.ledger()
        pc.expect(kindling.UP + r".*\n")
        picture = pc.picture()
        text = pc.text
    assert ledger["quirks"] == set()
    found = re.search(r"^video: (\d+)x(\d+) pixels of (\d+) bits", text, re.M)
    assert list(map(int, found.groups())) == \
        [width, height, *(depth or [32])]
    assert picture.size == (width, height)
    shown = read_text(picture)
    assert "\ufffd" not in shown
    for line in ("Kindling is up.", "ledger: int13=", "memory check: "):
        assert line in shown, shown


def test_loader_text_is_kept_on_the_framebuffer():
    """What the loader printed before the switch is shown again."""
    with kindling.Qemu(image_with("1280x1024x32")) as pc:
        pc.expect(kindling.UP + r".*\n")
        shown = read_text(pc.picture())
    assert re.search(r"(?m)^Loading /boot/kernel.elf \[#+\]", shown), shown


@pytest.mark.parametrize("mode", ["1234x777x32", "65535x1"])
def test_impossible_mode_gives_text(mode):
    with kindling.Qemu(image_with(mode)) as pc:
        ledger = pc.ledger()
        pc.expect(kindling.UP)
        assert ledger["quirks"] == {"vbe-fallback"}
        assert re.search(r"(?m)^video: text, 80x25 characters", pc.text)
        assert "is not to be had; text it is." in pc.text
        pc.on_screen("Kindling is up")


def test_no_video_card():
    """Nothing answers INT 10h but the system BIOS: the serial line works."""
    with kindling.Qemu(image_with("1024x768x32"),
                       extra=["-vga", "none"]) as pc:
        assert pc.ledger()["quirks"] == {"vbe-fallback"}


def test_cirrus_card():
    """Another video BIOS, with modes of 16 and 24 bits only."""
    with kindling.Qemu(image_with("1024x768"),
                       extra=["-vga", "cirrus"]) as pc:
        ledger = pc.ledger()
        pc.expect(kindling.UP + r".*\n")
        assert ledger["quirks"] == set()
        assert re.search(r"(?m)^video: 1024x768 pixels of (16|24) bits",
                         pc.text)
        assert "Kindling is up." in read_text(pc.picture())
