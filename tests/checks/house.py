"""What the checks share: the repository's files, copies of them, make."""
import os
import subprocess

import kindling
from sources import repository_files

CLEAN = {name: value for name, value in os.environ.items()
         if name not in ("MAKEFLAGS", "MFLAGS", "BUILD", "COMPILER",
                         "CROSS_COMPILE", "SANITIZE", "KPTI", "V", "LC_ALL",
                         "TZ")}


def make(folder, *arguments, environment=None, check=True):
    """Run make in a folder; return its result."""
    done = subprocess.run(
        ["make", "--no-print-directory", "-C", str(folder), *arguments],
        env={**CLEAN, **(environment or {})}, capture_output=True, text=True,
        timeout=280, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def copy_sources(folder, *folders):
    """Copy the repository's files, or some of them, into a folder."""
    for name in repository_files(*folders):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((kindling.ROOT / name).read_bytes())
        target.chmod((kindling.ROOT / name).stat().st_mode & 0o777)
    return folder
