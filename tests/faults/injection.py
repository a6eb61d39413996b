"""One command under strace, with a fault at the n-th system call of a kind (reliability 7.1).

strace counts the calls of each thread by itself. That is exact here: the thread of the command is the only one that
touches the database (the writer of the run engine).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

KILLED = -9  # strace ends itself by the signal that ended its child


@dataclass(frozen=True)
class Fault:
    """What happens at a system call: `signal=KILL` or `error=EIO`; at the n-th call, or from it on."""

    effect: str
    calls: str = "fdatasync,fsync"
    for_good: bool = False

    @property
    def kills(self) -> bool:
        """Return whether the command dies of it."""
        return self.effect.startswith("signal")

    def options(self, nth: int) -> list[str]:
        """Return the options of strace. Not with --seccomp-bpf: its calls get no signal (strace 6.1)."""
        assert nth > 0
        when = f"{nth}+" if self.for_good else str(nth)
        trace = ["-f", "-qq", "-o", "/dev/null", "-e", f"trace={self.calls}"]
        return [*trace, "-e", f"inject={self.calls}:{self.effect}:when={when}"]


KILL = Fault("signal=KILL")
KILL_AT_SEND = Fault("signal=KILL", "sendto")  # what goes to a database server
KILL_AT_WRITE = Fault("signal=KILL", "pwrite64")
SYNC_FAILS = Fault("error=EIO", "fdatasync")
DISK_FULL = Fault("error=ENOSPC", "pwrite64", for_good=True)


def find_strace() -> str | None:
    """Return the path of strace, or None."""
    return shutil.which("strace")


def run_with(
    fault: Fault, nth: int, argv: Sequence[str], environment: Mapping[str, str], folder: Path, given: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command of itmsctl with a fault at the n-th call; `given` is what it reads on standard input."""
    return _traced(fault.options(nth), argv, environment, folder, given)


def count_calls(
    fault: Fault, argv: Sequence[str], environment: Mapping[str, str], folder: Path, given: Path | None = None
) -> int:
    """Run one command of itmsctl to its end, and return how many calls of the kind its busiest thread makes."""
    log = folder / "calls.txt"
    done = _traced(["-f", "-qq", "-o", str(log), "-e", f"trace={fault.calls}"], argv, environment, folder, given)
    assert "[" not in done.stderr, done.stderr  # no error code
    names = tuple(f"{name}(" for name in fault.calls.split(","))
    lines = (line.split(maxsplit=1) for line in log.read_text().splitlines())
    return max(Counter(thread for thread, call in lines if call.startswith(names)).values(), default=0)


def _traced(
    options: Sequence[str], argv: Sequence[str], environment: Mapping[str, str], folder: Path, given: Path | None = None
) -> subprocess.CompletedProcess[str]:
    strace = find_strace()
    assert strace is not None
    with (given or Path(os.devnull)).open("rb") as stdin:
        return subprocess.run(
            [strace, *options, sys.executable, "-m", "itmsctl", *argv],
            env=dict(environment), cwd=folder, stdin=stdin, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
