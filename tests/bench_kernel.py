#!/usr/bin/python3
"""Count what the kernel's services cost, in guest instructions.

Usage: bench_kernel.py [--alive N]

The guest program user/test/bench measures with RDTSC, which counts
instructions under QEMU's -icount shift=0, and prints the median of 1,000
runs. --alive has N more handles, endpoints and waiting threads alive meanwhile.
The
same kernel gives the same figures; tests/baseline.json has those that were
committed, and "tests/bench.py --renew-baseline" writes it.
"""
import argparse
import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import kindling  # noqa: E402
from bench_boot import ICOUNT, PATIENCE, calibrate  # noqa: E402

MEMORY = "256M"
BYTES = re.compile(r"_bytes_|bytes_at|bytes_per")
BASELINE = kindling.ROOT / "tests" / "baseline.json"
WORSE = 2  # per cent, and it is a regression


def measure(alive=0, **options):
    """{name: value} as the guest printed it."""
    image = kindling.guest_image("bench", f"alive={alive}")
    options.setdefault("memory", MEMORY)
    with kindling.Qemu(image, extra=ICOUNT, **options) as pc:
        status = pc.wait_exit(PATIENCE)
        found = {name: int(value) for name, value in
                 re.findall(r"^bench: (\w+)=(\d+)\r?$", pc.text, re.M)}
        threads = re.search(r"^# threads waiting: (\d+)\r?$", pc.text, re.M)
        if status != kindling.EXIT_GOOD or not found or not threads or \
                int(threads[1]) != alive:
            raise kindling.BootFailure(f"exit {status}\n{pc.text[-4000:]}")
    return found


def entries(found):
    """The same as build/bench.json wants it."""
    return {name: {"value": value,
                   "unit": "bytes" if BYTES.search(name) else "instructions"}
            for name, value in found.items()}


def baseline():
    """{name: value} as it was committed."""
    return json.loads(BASELINE.read_text(encoding="ascii"))


def renew_baseline(found):
    BASELINE.write_text(json.dumps(found, indent=2) + "\n", encoding="ascii")


def regressions(found, before):
    """Sentences about what is more than 2 % worse, new, or gone."""
    problems = [f"{name}: {found[name]}, it was {before[name]}"
                for name in before if name in found
                and found[name] * 100 > before[name] * (100 + WORSE)]
    return problems + [f"{name} is in one of the two only"
                       for name in sorted(found.keys() ^ before.keys())]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--alive", type=int, default=0, metavar="N")
    args = parser.parse_args()
    calibrate()
    for name, value in measure(args.alive).items():
        print(f"{name:<28} {value:>10}")


if __name__ == "__main__":
    main()
