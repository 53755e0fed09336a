"""docs/spec/syscalls.md has every name of kernel/abi/syscall.h, with its
value, and no other.
"""
import re

import pytest

import kindling

HEADER = kindling.ROOT / "kernel" / "abi" / "syscall.h"
PAGE = kindling.ROOT / "docs" / "spec" / "syscalls.md"
NAME = r"(?:SYS|ERR)_[A-Z_0-9]+"
# Families whose members stand in a table, with their values beside them.
TABLED = {
    "sys_call", "sys_error", "sys_object", "sys_received", "sys_fault_word",
    "sys_death", "sys_memory", "sys_process_control", "sys_thread_control",
    "sys_thread_state", "sys_device", "sys_system"}
NOT_NAMES = {"SYS_COUNT", "SYS_OBJECT_COUNT", "ERR_LAST"}  # ends of families
PREFIXES = ("SYS_GOT_", "SYS_FAULT_", "SYS_MAP_", "SYS_RIGHT_", "SYS_MEMORY_",
            "SYS_")  # as in "one of `SYS_GOT_*`"


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def enums(text):
    """{family: {name: value}} of a header."""
    families = {}
    for family, body in re.findall(r"enum (\w+) \{(.*?)\};",
                                   without_comments(text), re.S):
        value, members = 0, {}
        for member in filter(None, map(str.strip, body.split(","))):
            name, _, given = (part.strip() for part in member.partition("="))
            value = int(given, 0) if given else value
            members[name] = value
            value += 1
        families[family] = members
    return families


def constants(text, prefix):
    """{name: value} of the header's plain macros with that prefix."""
    found = re.findall(rf"#define ({prefix}\w+)\s+(0x[0-9A-F]+|\d+)u?\b",
                       without_comments(text))
    return {name: int(value, 0) for name, value in found}


def table_rows(page):
    """{name: value} of rows that have a name and a number in two cells."""
    found = {}
    for line in page.splitlines():
        cells = [cell.strip().strip("`") for cell in line.split("|")[1:-1]]
        for left, right in zip(cells, cells[1:2]):
            if re.fullmatch(NAME, right):
                left, right = right, left
            if re.fullmatch(NAME, left) and \
                    re.fullmatch(r"-?\d+|0x[0-9A-F]+", right):
                assert left not in found, f"{left} has two rows"
                found[left] = int(right, 0)
    return found


def expected_rows(header):
    rows = {}
    for family, members in enums(header).items():
        if family in TABLED:
            rows |= {name: value for name, value in members.items()
                     if name not in NOT_NAMES}
    rows |= constants(header, "SYS_RIGHT_")
    rows |= constants(header, "SYS_MAP_")
    return rows


def names_of(header):
    text = without_comments(header)
    names = set(re.findall(rf"#define ({NAME})", text))
    for members in enums(header).values():
        names |= set(members)
    return names


def problems(header, page):
    """Sentences about what the page has wrong."""
    rows, expected = table_rows(page), expected_rows(header)
    found = [f"{name} should be {value}, not {rows.get(name)}"
             for name, value in expected.items() if rows.get(name) != value]
    found += [f"{name} stands in a table and not in the header"
              for name in rows.keys() - expected.keys()]
    known = names_of(header)
    found += [f"{name} is not on the page" for name in known - NOT_NAMES
              if not re.search(rf"\b{name}\b", page)]
    found += [f"{name} is not in the header"
              for name in set(re.findall(rf"\b{NAME}\b", page)) - known
              if name not in PREFIXES]
    return found


def test_page_and_header_agree():
    header = HEADER.read_text(encoding="utf-8")
    families = enums(header)
    assert TABLED <= set(families)
    assert len(families["sys_call"]) > 30 and families["sys_error"]
    assert problems(header, PAGE.read_text(encoding="utf-8")) == []


def test_clauses_ascend():
    numbers = [int(number) for number in re.findall(
        r"^\*\*SC-(\d+)\*\*", PAGE.read_text(encoding="utf-8"), re.M)]
    assert numbers == sorted(set(numbers)) and len(numbers) > 40
    used = {int(number) for number in re.findall(
        r"SC-(\d+)", PAGE.read_text(encoding="utf-8"))}
    assert used == set(numbers)


@pytest.mark.parametrize("old,new", [
    ("ERR_STATE = -7", "ERR_STATE = -17"),      # another value
    ("SYS_NOTIFY,", "SYS_NOTIFY, SYS_NEW,"),     # numbers move
    ("SYS_RIGHT_SEND      0x0008u", "SYS_RIGHT_SEND 0x10008u"),
    ("SYS_CLOCK,", "SYS_TIME,"),                 # another name
    ("SYS_MAP_COMBINE  0x20u", "SYS_MAP_COMBINE 0x40u")])
def test_planted_difference_is_found(old, new):
    header = HEADER.read_text(encoding="utf-8")
    assert old in header
    page = PAGE.read_text(encoding="utf-8")
    assert problems(header.replace(old, new), page) != []
