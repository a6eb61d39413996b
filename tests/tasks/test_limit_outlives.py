"""A driver that dies at any moment leaves no command behind that outlives its time limit (must-show 5)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import get_args

import pytest

from itmsctl.tasks.checkpoints import Checkpoint
from tests.conftest import Run
from tests.servers.ssh import Lab
from tests.tasks.halting import until

# One computer answers at once, so that every checkpoint is reached; the others ignore TERM and go on.
BODY = (
    'test "$ITMS_WHO" = lab-001 && { echo quick; exit; }; trap "" TERM; echo $$ > %s/$ITMS_WHO.part; '
    "mv %s/$ITMS_WHO.part %s/$ITMS_WHO; sleep 299 | sleep 298"
)


@pytest.mark.parametrize(
    ("checkpoint", "transport"), list(zip(get_args(Checkpoint), cycle(["ssh", "openssh"]), strict=False))
)
def test_no_command_outlives_its_limit(
    db: str, environment: dict[str, str], run: Run, ok: Run, lab: Lab, tmp_path: Path, checkpoint: str,
    transport: str,
) -> None:  # fmt: skip
    pids = tmp_path / "pids"
    pids.mkdir()
    ok("task", "add", "t", "--command", BODY % (pids, pids, pids), "--parameter", "who={{ computer.name }}",
       "--time-limit", "3")  # fmt: skip
    ok("task", "run", "--command", "true", "--all", "--key", str(lab.key_file), "--accept-new")
    argv = ("task", "run", "t", "--all", "--key", str(lab.key_file), "--transport", transport)
    done = subprocess.run(
        [sys.executable, "-m", "tests.tasks.driver", checkpoint, "1", "--db", db, *argv],
        env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    until(lambda: not any(_lives(pid) for pid in _groups(pids)))
    until(lambda: run("run", "reconcile", "R-2", "--key", str(lab.key_file)).lines[-1]["unknown"] == 0)
    states = {r["computer"]: r["state"] for r in ok("run", "show", "R-2", "-o", "json").json["results"]}
    assert states["lab-001"] in {"queued", "succeeded"}
    assert {states[name] for name in ("lab-002", "lab-003")} <= {"queued", "timed_out"}
    until(lambda: not any(_lives(pid) for pid in _groups(pids)))  # whoever has ended may not be buried yet


def _groups(folder: Path) -> Iterator[int]:
    for file in folder.iterdir():
        if not file.name.endswith(".part"):
            yield int(file.read_text())


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
