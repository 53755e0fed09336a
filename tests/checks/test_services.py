"""docs/spec/services.md has every key of the manifest, and the archive every
program that our manifest names.
"""
import re

import kindling

PAGE = (kindling.ROOT / "docs" / "spec" / "services.md").read_text()
PARSER = (kindling.ROOT / "user" / "init" / "manifest.c").read_text()
MANIFEST = kindling.ROOT / "user" / "init" / "services"


def keys_of_the_page():
    table = PAGE[PAGE.index("| key |"):PAGE.index("**SV-4**")]
    return re.findall(r"(?m)^\| `([a-z]+)` \|", table)


def keys_of_the_parser():
    return re.findall(r'(?m)^    \{ "([a-z]+)", (?:true|false), take_', PARSER)


def test_keys():
    assert sorted(keys_of_the_page()) == sorted(keys_of_the_parser())
    assert len(keys_of_the_parser()) > 15


def test_clauses_are_numbered():
    numbers = [int(n) for n in re.findall(r"(?m)^\*\*SV-(\d+)\*\* ", PAGE)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_programs_of_the_manifest_are_in_the_archive():
    text = MANIFEST.read_text()
    programs = re.findall(r"(?m)^program *= */(\S+)", text)
    assert programs
    for program in programs:
        assert (kindling.BUILD / "archive" / program).is_file(), program
