"""A job of three steps in a process of its own, whose first step waits until the test lets it go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Run

NAMES = ("web1", "web2")
STEPS = "steps: [{task: slow, name: s}, {task: plain, name: n}, {task: clean, name: f, role: always}]"
PATIENCE_S = 90.0  # a machine that does much else


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, with much patience."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Halting:
    """`job run j` in the middle of its first step on two computers. `effects` tells which steps ran where."""

    def __init__(self, db: str, environment: dict[str, str], folder: Path) -> None:
        self.db, self.environment, self.folder = db, environment, folder
        self.effects = folder / "effects"
        self.process: subprocess.Popen[str] | None = None

    def prepare(self, ok: Run) -> None:
        """Add the tasks and the job."""
        waits = f"while ! test -e {self.folder}/go; do sleep 0.1; done"
        for name, more in (("slow", waits), ("plain", "true"), ("clean", "true")):
            letter = {"slow": "s", "plain": "n", "clean": "f"}[name]
            ok("task", "add", name, "--command", f"echo {letter} >> {self.effects}; {more}")
        ok("job", "add", "j", "--file", "-", stdin=STEPS)

    def start(self, *argv: str) -> None:
        """Start a command that drives the job, and wait until both computers are in the first step."""
        wanted = argv or ("job", "run", "j", "--all", "--transport", "local")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "itmsctl", "--db", self.db, *wanted],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        until(lambda: self.did("s") == len(NAMES))

    def go(self) -> None:
        """Let the first step end, once the driver has had the time to look whether it was stopped."""
        time.sleep(1.5)
        (self.folder / "go").touch()

    def did(self, letter: str) -> int:
        """Return on how many computers a step ran; twice counts twice."""
        return self.effects.read_text().count(letter) if self.effects.exists() else 0

    def signal(self, number: int) -> None:
        """Send the driver a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """Return the exit status of the driver, and what it said."""
        assert self.process is not None
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, said

    def kill(self) -> None:
        """End the driver as a power failure would."""
        if self.process is not None:
            if self.process.poll() is None:
                os.kill(self.process.pid, signal.SIGKILL)
            self.process.communicate(timeout=PATIENCE_S)
