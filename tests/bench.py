#!/usr/bin/python3
"""Measure boot and kernel and write the figures to a file (contract C-8).

Usage: bench.py [--quick] [--output bench.json]
       bench.py --renew-baseline

The second form writes what the kernel's services cost now to
tests/baseline.json, which the tests hold later kernels to.
"""
import argparse
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import bench_boot  # noqa: E402
import bench_kernel  # noqa: E402
import kindling  # noqa: E402


def measure_kernel():
    subprocess.run(["make", "--no-print-directory", "-C", str(kindling.ROOT),
                    f"BUILD={kindling.BUILD}", "image", "guest-programs"],
                   check=True, stdout=subprocess.DEVNULL)
    bench_boot.calibrate()
    found = bench_kernel.measure()
    for name, value in found.items():
        print(f"{name:<28} {value:>10}", flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true",
                        help="only the figures that are gated")
    parser.add_argument("--renew-baseline", action="store_true")
    parser.add_argument("--output", type=pathlib.Path,
                        default=kindling.BUILD / "bench.json")
    args = parser.parse_args()
    kernel = measure_kernel()
    if args.renew_baseline:
        bench_kernel.renew_baseline(kernel)
        return
    found = {**bench_boot.gated(), **bench_kernel.entries(kernel)}
    args.output.write_text(json.dumps(found, indent=2) + "\n")
    if not args.quick:
        bench_boot.print_others()


if __name__ == "__main__":
    main()
