"""Run a program and say what it cost: wall, CPU of it and its children, peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one process cost."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    code: int


def cost_of(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    out: Path | None = None,
    cwd: Path | None = None,
) -> Cost:
    """Run a program to its end; its output goes to `out`, or nowhere."""
    # Linux counts the memory of whoever forks to the child's peak: a small process of its own starts the program.
    reader, writer = os.pipe()
    target = (out or Path(os.devnull)).open("wb")
    with target:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(writer), *map(str, argv)],
            stdout=target, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env, cwd=cwd, pass_fds=[writer],
        )  # fmt: skip
        os.close(writer)
        with os.fdopen(reader, encoding="ascii") as told:
            figures = told.read().split()
        process.wait()
    if len(figures) != 4:
        raise RuntimeError(f"{argv[0]} was not started")
    wall, cpu, peak_mib, code = map(float, figures)
    return Cost(wall, cpu, peak_mib, int(code))


_LAUNCHER = """
import os, sys, time
writer, *argv = sys.argv[1:]
os.set_inheritable(int(writer), False)
begin = time.monotonic()
process = os.posix_spawnp(argv[0], argv, os.environ)
_, status, used = os.wait4(process, 0)
wall = time.monotonic() - begin
said = (wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))
os.write(int(writer), " ".join(map(str, said)).encode())
"""


def median(costs: Sequence[Cost]) -> Cost:
    """Return the medians of several runs, and their worst memory and exit status."""
    return Cost(
        statistics.median(c.wall_s for c in costs),
        statistics.median(c.cpu_s for c in costs),
        max(c.peak_mib for c in costs),
        max(c.code for c in costs),
    )


def say(text: str) -> None:
    """Write a line of the report."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
