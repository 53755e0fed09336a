"""What the kernel's services may cost, in instructions and bytes.

LIMITS is the project's promise. tests/baseline.json is what the kernel of the
last renewal cost: whoever makes something dearer on purpose renews it with
"tests/bench.py --renew-baseline", and says why in the same commit.
"""
import pytest

import bench_kernel

LIMITS = {
    "syscall_null": 60, "ipc_oneway": 200, "ipc_roundtrip": 395,
    "notify": 350, "page_fault": 1200, "process_create_destroy": 30000,
}
NAMES = {
    *LIMITS, "ipc_roundtrip_lease_4k", "context_switch", "cow_fault",
    "irq_to_driver", "kernel_bytes_at_rest", "kernel_bytes_per_thread",
    "kernel_bytes_per_process",
}
GROWTH = 2  # per cent: whether a page of objects is full, or has to be made


@pytest.fixture(scope="module")
def found():
    return bench_kernel.measure()


def test_every_figure_is_there(found):
    assert set(found) == NAMES
    assert all(value > 0 for value in found.values())


@pytest.mark.parametrize("name", LIMITS)
def test_limit(name, found):
    assert found[name] <= LIMITS[name]


@pytest.mark.parametrize("alive", [10, 10000])
def test_nothing_grows_with_what_is_alive(alive, found):
    """With so many more handles, endpoints and threads, which wait there."""
    crowd = bench_kernel.measure(alive)
    assert set(crowd) == NAMES
    assert [name for name in NAMES
            if crowd[name] * 100 > found[name] * (100 + GROWTH)] == []


def test_baseline(found):
    assert bench_kernel.regressions(found, bench_kernel.baseline()) == []


def test_regressions_are_found():
    before = {"a": 100, "b": 1000, "gone": 1}
    assert bench_kernel.regressions({"a": 102, "b": 900, "gone": 1},
                                    before) == []
    assert bench_kernel.regressions({"a": 103, "b": 1000, "new": 1},
                                    before) == [
        "a: 103, it was 100", "gone is in one of the two only",
        "new is in one of the two only"]
