"""Start-up against the interpreter's floor, measured in the same run: `python -m tests.bench.startup [RUNS]`.

CPU (user and system) of child processes, the median of RUNS turns, one of each command in turn so that a noisy moment
falls on all. Exits with 1 where a ratio is over its bar.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ITMSCTL = (sys.executable, "-m", "itmsctl")
WORDS = (sys.executable, "-c", "import typer, rich.table")
TABLES = (sys.executable, "-c", "import typer, sqlalchemy")
COMPUTERS = 100
COMPLETING = (("_ITMSCTL_COMPLETE", "complete_bash"), ("_ITMSCTL_LINE", "itmsctl site show ro"))


@dataclass(frozen=True)
class Bar:
    """A command, the floor it is measured against, and how many times the floor it may cost."""

    name: str
    command: tuple[str, ...]
    floor: tuple[str, ...]
    limit: float
    environment: tuple[tuple[str, str], ...] = ()


BARS = (
    Bar("itmsctl --help", (*ITMSCTL, "--help"), WORDS, 2.0),
    Bar("itmsctl --version", (*ITMSCTL, "--version"), WORDS, 2.0),
    Bar("itmsctl site list", (*ITMSCTL, "site", "list"), TABLES, 1.15),
    Bar("itmsctl computer list", (*ITMSCTL, "computer", "list"), TABLES, 1.2),
    Bar("itmsctl policy list", (*ITMSCTL, "policy", "list"), TABLES, 1.2),
    Bar("itmsctl run list", (*ITMSCTL, "run", "list"), TABLES, 1.2),
    Bar("itmsctl task run --help", (*ITMSCTL, "task", "run", "--help"), TABLES, 0.6),
    Bar("completion of a site", ITMSCTL, TABLES, 0.6, COMPLETING),
)


Command = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Measured:
    """CPU seconds, medians, and their ratio."""

    bar: Bar
    command_s: float
    floor_s: float

    @property
    def ratio(self) -> float:
        """Return how many times the floor the command costs."""
        return self.command_s / self.floor_s


def measure(runs: int) -> list[Measured]:
    """Run every command and its floor in turn, and return the medians."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "dumb"}
        environment |= {f"XDG_{part}_HOME": f"{folder}/{part}" for part in ("DATA", "STATE", "CONFIG")}
        fill(environment, Path(folder))
        commands = list(dict.fromkeys(c for bar in BARS for c in ((bar.command, bar.environment), (bar.floor, ()))))
        taken: dict[Command, list[float]] = {command: [] for command in commands}
        for words, more in commands:
            _cpu_of(words, environment | dict(more))  # leaves warm .pyc files and a warm page cache
        for _ in range(runs):
            for words, more in commands:
                taken[words, more].append(_cpu_of(words, environment | dict(more)))
    middle = {command: statistics.median(times) for command, times in taken.items()}
    return [Measured(bar, middle[bar.command, bar.environment], middle[bar.floor, ()]) for bar in BARS]


def fill(environment: dict[str, str], folder: Path) -> None:
    """Fill the CMDB with what the commands list: a site, a hundred computers, a policy and its task, a run."""
    table = folder / "computers.csv"
    table.write_text("name,address\n" + "".join(f"pc{n},10.0.0.{n}\n" for n in range(1, COMPUTERS + 1)))
    for words in (
        ("site", "add", "rome"),
        ("computer", "import", str(table)),
        ("task", "add", "look", "--command", "true"),
        ("policy", "add", "looking", "--task", "look", "--target", "all", "--transport", "local", "--on", "called"),
        ("task", "run", "--command", "true", "--where", "name = 'pc1'", "--transport", "local"),
    ):
        _cpu_of((*ITMSCTL, *words), environment)


def _cpu_of(command: tuple[str, ...], environment: dict[str, str]) -> float:
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said.decode()}")
    return usage.ru_utime + usage.ru_stime


def main(argv: list[str]) -> int:
    """Print one line a bar; answer 1 where one is missed."""
    found = measure(int(argv[0]) if argv else 15)
    for one in found:
        said = "ok" if one.ratio <= one.bar.limit else "MISSED"
        sys.stdout.write(
            f"{one.bar.name:24} {one.command_s * 1000:6.0f} ms CPU, floor {one.floor_s * 1000:6.0f} ms, "
            f"{one.ratio:.2f}x of at most {one.bar.limit}x  {said}\n"
        )
    return int(any(one.ratio > one.bar.limit for one in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
