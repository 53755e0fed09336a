"""Which files belong to the repository, with git or without.

In a clone git knows; in an unpacked release everything does that make and
Python did not put there.
"""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOT_OURS = {".git", "__pycache__", ".pytest_cache"}  # as in .gitignore


def _ask_git(root):
    """Return the names that git has or would take, or None."""
    if not (root / ".git").exists():
        return None  # a repository around this folder knows nothing of it
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached",
             "--others", "--exclude-standard"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, check=False, timeout=60)
    except FileNotFoundError:
        return None
    if done.returncode:
        return None
    return done.stdout.decode().split("\0")[:-1]


def _walk(root):
    built = {root / "build",
             pathlib.Path(os.environ.get("BUILD") or "build").resolve()}
    for base, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in NOT_OURS
                      and pathlib.Path(base, name) not in built]
        for name in names:
            if not name.endswith(".pyc"):
                yield pathlib.Path(base, name).relative_to(root).as_posix()


def repository_files(*folders, root=ROOT):
    """Names, from the root on, of the files in these folders, or of all."""
    names = _ask_git(root)
    if names is None:
        names = _walk(root)
    return sorted(name for name in names if (root / name).is_file() and
                  (not folders or name.startswith(tuple(
                      f"{folder}/" for folder in folders))))
