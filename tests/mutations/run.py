"""Put each fault into a copy of the program, and run the tests that stand nearest to it.

    python -m tests.mutations.run [--jobs N] [--only TEXT]

SQLite only. First the same tests must pass in a copy without a fault. Prints a line for each mutant; ends with 0 where
at least 95 % of those that are not equivalent were noticed, and names every one that was not.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutations.mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parent.parent.parent
WANTED = 0.95
LIMIT_S = 900
COPIED = ("itmsctl", "tests", "templates", "examples", "docs", "pyproject.toml", "README.md", "CHANGELOG.md")


def copy(folder: Path) -> None:
    """Copy what tests need into a folder of its own."""
    leave = shutil.ignore_patterns("__pycache__", ".*_cache")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=leave)
        else:
            shutil.copyfile(source, folder / name)


def noticed(mutant: Mutant) -> str:
    """Return which way a fault was noticed: `killed`, `time` or nothing."""
    with tempfile.TemporaryDirectory(prefix="itms-mutant-") as name:
        folder = Path(name)
        copy(folder)
        path = folder / "itmsctl" / mutant.path
        text = path.read_text(encoding="utf-8")
        assert text.count(mutant.old) == 1, (mutant.path, mutant.old)
        path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            done = tried(folder, mutant.tests.split(), LIMIT_S)
        except subprocess.TimeoutExpired:
            return "time"
        if done.returncode not in {0, 1, 2}:
            raise RuntimeError(f"{mutant.path}: pytest ended with {done.returncode}: {done.stdout[-2000:]}")
        return "killed" if done.returncode else ""


def tried(folder: Path, tests: Sequence[str], limit_s: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run tests in a copy until the first one fails."""
    argv = [
        sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "not slow",
        "-k", "not postgres", *(f"tests/{test}" for test in tests),
    ]  # fmt: skip
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=limit_s, check=False)


def control(mutants: Sequence[Mutant]) -> str:
    """Return what the tests say where there is no fault, if they do not pass."""
    with tempfile.TemporaryDirectory(prefix="itms-mutant-") as name:
        copy(Path(name))
        done = tried(Path(name), sorted({test for mutant in mutants for test in mutant.tests.split()}))
        return "" if done.returncode == 0 else done.stdout[-2000:]


def report(mutants: Sequence[Mutant], found: Sequence[str]) -> int:
    """Print what became of each; return the exit status."""
    counted = [(m, how) for m, how in zip(mutants, found, strict=True) if not m.why_equal]
    killed = sum(bool(how) for _, how in counted)
    for mutant, how in counted:
        if not how:
            sys.stdout.write(f"SURVIVED {mutant.path}: {mutant.old.strip()}\n      -> {mutant.new.strip()}\n")
    for mutant, how in zip(mutants, found, strict=True):
        if mutant.why_equal:
            sys.stdout.write(f"equal    {mutant.path}: {mutant.why_equal}{' (but noticed)' if how else ''}\n")
    share = killed / len(counted) if counted else 1.0
    sys.stdout.write(f"{killed} of {len(counted)} noticed ({share:.1%}); {WANTED:.0%} are wanted\n")
    return 0 if share >= WANTED else 1


def main(argv: list[str]) -> int:
    """Run the mutants; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="so many at once (2)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only those whose path holds this")
    options = parser.parse_args(argv)
    wanted = [mutant for mutant in MUTANTS if options.only in mutant.path]
    if wrong := control(wanted):
        sys.stdout.write(f"{wrong}\nthe tests do not pass without a fault\n")
        return 2
    found: list[str] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for mutant, how in zip(wanted, pool.map(noticed, wanted), strict=True):
            found.append(how)
            sys.stdout.write(f"{how or 'SURVIVED':9}{mutant.path}: {mutant.new.strip()[:90]}\n")
            sys.stdout.flush()
    return report(wanted, found)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
