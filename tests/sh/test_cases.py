"""Scripts whose output and status are known, cases.txt: with our shell, and
with dash, so that what we expect is not only what we think.
"""
import pytest

import shells

CASES = list(shells.read_cases(shells.CASES.read_text(encoding="utf-8")))


def ids(cases):
    return [case.name for case in cases]


def check(shell, case, folders, tmp_path):
    status, output, errors = shells.run(shell, folders[shell], case.script,
                                        tmp_path)
    assert (output, status) == (case.output, case.status), errors


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_ours(case, folders, tmp_path):
    check("ours", case, folders, tmp_path)


PORTABLE = [case for case in CASES if not case.ours]


@pytest.mark.parametrize("case", PORTABLE, ids=ids(PORTABLE))
def test_dash(case, folders, tmp_path):
    check("dash", case, folders, tmp_path)


def test_the_table_is_there():
    assert len(CASES) > 350 and len(set(ids(CASES))) == len(CASES)
    assert len(PORTABLE) > len(CASES) * 0.9
