"""`run kill` on 50 computers over SSH: one ignores TERM, one has children in a pipeline, one is away (must-show 5).

`ITMSCTL_FLEET=50 pytest tests/tasks/test_kill_fleet.py` is the whole; without it 8 computers stand for them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.invariants import assert_invariants
from tests.servers.chaos import ChaosProxy
from tests.servers.ssh import Lab
from tests.tasks.halting import PATIENCE_S, until

FLEET = int(os.environ.get("ITMSCTL_FLEET", "8"))
BODY = (
    "echo $$ > {0}/$ITMS_WHO.part; mv {0}/$ITMS_WHO.part {0}/$ITMS_WHO; "
    'case $ITMS_WHO in m2) trap "" TERM; sleep 299 ;; m3) sleep 299 | sleep 298 | cat ;; *) sleep 299 ;; esac'
)


@pytest.fixture
def fleet(ok: Run, lab: Lab, tmp_path: Path) -> Path:
    """Return the fleet and its task; return the folder in which each computer notes its process group."""
    folder = tmp_path / "groups"
    folder.mkdir()
    for number in range(1, FLEET + 1):
        ok("computer", "add", f"m{number}", "--address", lab.hosts[number % 3], "--port", str(lab.port),
           "--user", lab.user, "--tag", "fleet=yes")  # fmt: skip
    ok("task", "add", "t", "--command", BODY.format(folder), "--parameter", "who={{ computer.name }}")
    return folder


@pytest.fixture
def groups(ok: Run, lab: Lab, fleet: Path) -> Path:
    """Return the same, its host keys known."""
    ok("task", "run", "--command", "true", "-l", "fleet=yes", "--key", str(lab.key_file), "--accept-new")
    return fleet


@contextmanager
def _driver(db: str, environment: dict[str, str], *argv: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "itmsctl", "--db", db, "task", "run", "t", "-l", "fleet=yes", *argv],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("transport", ["ssh", "openssh"])
def test_the_driver_stops_what_runs_by_the_way_that_it_has(
    db: str, environment: dict[str, str], run: Run, ok: Run, fleet: Path, lab: Lab, store: Store, tmp_path: Path,
    transport: str,
) -> None:  # fmt: skip
    """Whoever says `run kill` has no key, and no way in at all."""
    key = tmp_path / "key"
    shutil.copy(lab.key_file, key)
    way = ("--key", str(key), "--accept-new", "--transport", transport, "--concurrency", str(FLEET))
    with _driver(db, environment, *way) as process:
        until(lambda: len(_noted(fleet)) == FLEET)
        key.unlink()
        killed = run("run", "kill", "R-1")
        assert (killed.code, "was not stopped" in killed.err, "did not settle" in killed.err) == (0, False, False), (
            killed.err
        )
        assert killed.lines[-1]["skipped"] == FLEET
        assert Counter(_states(ok, "R-1").values()) == {("cancelled", "KILLED"): FLEET}
        assert not any(_lives(fleet / name) for name in _noted(fleet))
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 9
        assert_invariants(store)


@pytest.mark.parametrize(("transport", "driver"), [("ssh", "lives"), ("ssh", "died"), ("openssh", "died")])
def test_a_fleet_is_stopped(
    db: str, environment: dict[str, str], run: Run, ok: Run, groups: Path, lab: Lab, store: Store,
    transport: str, driver: str,
) -> None:  # fmt: skip
    way = ("--key", str(lab.key_file), "--transport", transport, "--concurrency", str(FLEET))
    with (
        ChaosProxy((lab.hosts[1], lab.port)) as between,
        _driver_through(ok, between, db, environment, *way) as process,
    ):
        until(lambda: len(_noted(groups)) == FLEET)
        if driver == "died":
            process.kill()
            process.wait()
        else:
            between.cut()
            until(lambda: _states(ok)["m1"][0] == "unknown")
        ok("computer", "set", "m1", "--port", "1")
        killed = run("run", "kill", "R-2", *way)
        assert (killed.code, "m1 was not stopped (REFUSED)" in killed.err) == (10, True), killed.err
        states = _states(ok)
        assert states.pop("m1")[0] == "unknown"
        assert Counter(states.values()) == {("cancelled", "KILLED"): FLEET - 1}
        assert [name for name in _noted(groups) if _lives(groups / name)] == ["m1"]
        ok("computer", "set", "m1", "--address", lab.hosts[1], "--port", str(lab.port))
        if driver == "died":
            assert run("run", "reconcile", "R-2", *way).code == 9
        else:
            process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 10
            assert run("run", "kill", "R-2", *way).code == 0
        assert set(_states(ok).values()) == {("cancelled", "KILLED")}
        assert not any(_lives(groups / name) for name in _noted(groups))
        assert_invariants(store)


@contextmanager
def _driver_through(
    ok: Run, between: ChaosProxy, db: str, environment: dict[str, str], *argv: str
) -> Iterator[subprocess.Popen[str]]:
    ok("computer", "set", "m1", "--address", between.host, "--port", str(between.port))
    with _driver(db, environment, *argv) as process:
        yield process


def _states(ok: Run, name: str = "R-2") -> dict[str, tuple[Any, Any]]:
    results = ok("run", "show", name, "-o", "json").json["results"]
    return {r["computer"]: (r["state"], r["reason"]) for r in results}


def _noted(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if not file.name.endswith(".part"))


def _lives(file: Path) -> bool:
    try:
        os.killpg(int(file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True
