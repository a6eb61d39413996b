"""Run a program and say what it cost: wall, CPU of it and its children, peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
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
    target = (out or Path(os.devnull)).open("wb")
    with target:
        begin = time.monotonic()
        process = subprocess.Popen(
            argv, stdout=target, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env, cwd=cwd
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def median(costs: Sequence[Cost]) -> Cost:
    """Answer the medians of several runs, and their worst memory and exit status."""
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
