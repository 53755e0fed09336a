#!/usr/bin/python3
"""Run the suites of tests, two lanes side by side, and add up the results.

Usage: run.py [--soak] [--args PYTEST-ARGUMENTS] [SUITE...]

A suite is "host" (unit tests), "fuzz", or a folder of tests/ with test_*.py.
The last line is "N passed, N failed, N skipped"; the exit status is 1 when
something failed, or when nothing was run. What a suite printed is kept in
$(BUILD)/tests/SUITE.log; what it wrote to SUITE.score stands beside its line.
"""
import argparse
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("BUILD") or TESTS.parent / "build")
FIRST = ("checks", "scripts", "boot", "hostile")  # the rest follow, by name
UNUSED = 24 * 3600  # seconds after which a cached image is removed
LIMIT, SOAK_LIMIT = 1800, 24 * 3600  # seconds for one suite


@dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return (f"{self.passed} passed, {self.failed} failed, "
                f"{self.skipped} skipped")


def pytest_suites():
    found = {path.parent.name for path in TESTS.glob("*/test_*.py")}
    return [name for name in FIRST if name in found] + \
        sorted(found - set(FIRST))


# --- what the suites print ---------------------------------------------------

def count_host(text, status):
    """cmocka's summaries; a program that crashed has none, but is named."""
    result = Result(
        sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", text))),
        sum(map(int, re.findall(r"\[  FAILED  \] (\d+) test", text))),
        sum(map(int, re.findall(r"\[  SKIPPED \] (\d+) test", text))))
    if status and not result.failed:
        names = re.search(r"host tests failed:(.*)", text)
        result.failed = len(names[1].split()) if names else 1
    return result


def count_fuzz(text, status):
    """One for each fuzzer that came to its end."""
    return Result(len(re.findall(r"^Done \d+ runs", text, re.M)),
                  1 if status else 0)


def count_pytest(text, status):
    """The last line of pytest."""
    lines = re.findall(r"^=*\s*((?:\d+ \w+,? ?)+) in [\d.]+s.*$", text, re.M)
    found = dict.fromkeys(("passed", "failed", "error", "skipped"), 0)
    for number, word in re.findall(r"(\d+) (\w+)", lines[-1] if lines else ""):
        word = {"errors": "error", "xfailed": "skipped",
                "xpassed": "failed"}.get(word, word)
        found[word] = found.get(word, 0) + int(number)
    failed = found["failed"] + found["error"]
    if status and not failed:
        failed = 1  # it did not even come to a summary
    return Result(found["passed"], failed, found["skipped"])


def score_of(suite):
    """What a suite has to say beyond its numbers, or nothing."""
    path = BUILD / "tests" / f"{suite}.score"
    return "; " + path.read_text().strip() if path.exists() else ""


# --- running -----------------------------------------------------------------

class Runner:
    def __init__(self, args):
        self.args = args
        self.results = {}
        self.lock = threading.Lock()
        self.children = set()
        self.environment = {
            name: value for name, value in os.environ.items()
            if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        self.environment.update(
            BUILD=str(BUILD.resolve()), KINDLING_BUILT="1",
            KINDLING_SOAK="1" if args.soak else "0", PYTHONUNBUFFERED="1")

    def command_of(self, suite):
        if suite in ("host", "fuzz"):
            target = {"host": "host-tests",
                      "fuzz": "fuzz-long" if self.args.soak else "fuzz"}
            return ["make", "--no-print-directory", "-C", str(TESTS.parent),
                    f"BUILD={BUILD.resolve()}", target[suite]]
        return [sys.executable, "-B", "-m", "pytest", "-q", "-n", "2",
                str(TESTS / suite), *self.args.args]

    def run(self, suite):
        """Run one suite, its output to its log; add up what it says."""
        started = time.monotonic()
        log = BUILD / "tests" / f"{suite}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.with_suffix(".score").unlink(missing_ok=True)
        with open(log, "wb") as output:
            child = subprocess.Popen(
                self.command_of(suite), stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
                env=self.environment, cwd=TESTS.parent,
                start_new_session=True)
            self.children.add(child)
            try:
                status = child.wait(SOAK_LIMIT if self.args.soak else LIMIT)
            except subprocess.TimeoutExpired:
                status = -1
            self.end(child)
        text = log.read_text(encoding="utf-8", errors="replace")
        count = {"host": count_host, "fuzz": count_fuzz}.get(suite,
                                                             count_pytest)
        result = count(text, status)
        result.seconds = time.monotonic() - started
        self.report(suite, result, text)

    def end(self, child):
        """End what is left of a suite: its own process group only."""
        self.children.discard(child)
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()

    def report(self, suite, result, text):
        with self.lock:
            self.results[suite] = result
            if result.failed:
                print(text[-20000:])
            print(f"{suite:<10} {result.seconds:6.1f} s   {result}"
                  + score_of(suite), flush=True)

    def run_lane(self, suites):
        for suite in suites:
            self.run(suite)


def remove_old_images():
    """Each change of the loader makes all images anew; drop the old ones."""
    for path in (BUILD / "tests" / "files").glob("*"):
        if time.time() - path.stat().st_mtime > UNUSED:
            path.unlink()


def split_arguments(text):
    try:
        return shlex.split(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} cannot be split into arguments: {error}") from None


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("--args", default="", type=split_arguments)
    parser.add_argument("suite", nargs="*")
    args = parser.parse_args()
    known = ["host", "fuzz", *pytest_suites()]
    for suite in args.suite:
        if suite not in known:
            parser.error(f"no suite {suite}; there are: {' '.join(known)}")
    args.suite = args.suite or known
    return args


def main():
    args = parse_arguments()
    remove_old_images()
    runner = Runner(args)
    host = [s for s in args.suite if s in ("host", "fuzz")]
    lanes = [threading.Thread(target=runner.run_lane, args=(suites,),
                              daemon=True)
             for suites in (host, [s for s in args.suite if s not in host])]
    started = time.monotonic()
    try:
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
    except KeyboardInterrupt:
        for child in list(runner.children):
            runner.end(child)
        sys.exit(130)
    total = Result()
    for suite in args.suite:
        total.add(runner.results.get(suite, Result(failed=1)))
    print(f"all together {time.monotonic() - started:.0f} s")
    print(total, flush=True)
    sys.exit(1 if total.failed or not total.passed else 0)


if __name__ == "__main__":
    main()
