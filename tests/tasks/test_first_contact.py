"""The host key of a first contact is recorded while the first step runs: whoever comes meanwhile knows it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.invariants import assert_invariants
from tests.servers.ssh import Lab
from tests.tasks.halting import PATIENCE_S, until

Begin = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def begin(db: str, environment: dict[str, str], lab: Lab, tmp_path: Path) -> Iterator[Begin]:
    """Begin a command on every computer that ends once `go` is there; returns the driver when all of them run it."""
    drivers = []

    def start(transport: str) -> subprocess.Popen[str]:
        body = f"touch {tmp_path}/$$.runs; while ! test -e {tmp_path}/go; do sleep 0.1; done"
        drivers.append(
            subprocess.Popen(
                [sys.executable, "-m", "itmsctl", "--db", db, "task", "run", "--command", body, "--all",
                 "--key", str(lab.key_file), "--accept-new", "--transport", transport],
                env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
        until(lambda: len(list(tmp_path.glob("*.runs"))) == len(lab.hosts))
        return drivers[-1]

    yield start
    (tmp_path / "go").touch()
    for driver in drivers:
        driver.kill()
        driver.communicate()


def _pins(ok: Run, name: str) -> list[tuple[str, str]]:
    return [(key["state"], key["source"]) for key in ok("host-key", "show", name, "-o", "json").json]


@pytest.mark.parametrize("transport", ["ssh", "openssh"])
def test_another_command_knows_it_meanwhile(
    begin: Begin, ok: Run, run: Run, lab: Lab, store: Store, tmp_path: Path, transport: str
) -> None:
    driver = begin(transport)
    until(lambda: all(_pins(ok, f"lab-{n:03}") == [("pinned", "accept-new")] for n in (1, 2, 3)))
    beside = run("task", "run", "--command", "true", "--all", "--key", str(lab.key_file), "--transport", transport)
    assert beside.code == 0, beside.err
    (tmp_path / "go").touch()
    driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 0
    assert _pins(ok, "lab-001") == [("pinned", "accept-new")]
    ok("audit", "verify")
    assert_invariants(store)


def test_a_driver_that_dies_leaves_it(begin: Begin, ok: Run, run: Run, lab: Lab, tmp_path: Path) -> None:
    driver = begin("ssh")
    until(lambda: all(_pins(ok, f"lab-{n:03}") for n in (1, 2, 3)))
    driver.kill()
    driver.wait()
    (tmp_path / "go").touch()
    until(lambda: run("run", "reconcile", "R-1", "--key", str(lab.key_file)).lines[-1]["unknown"] == 0)
    assert {r["state"] for r in ok("run", "show", "R-1", "-o", "json").json["results"]} == {"succeeded"}


def test_whose_machine_id_is_recorded_is_known_only_once_that_was_compared(
    run: Run, ok: Run, lab: Lab, tmp_path: Path
) -> None:
    ok("computer", "set", "lab-001", "--machine-id", "0123456789abcdef0123456789abcdef")
    where = ("--where", "name = 'lab-001'", "--key", str(lab.key_file), "--accept-new")
    refused = run("task", "run", "--command", f"touch {tmp_path}/sent", *where)
    assert (refused.code, refused.lines[0]["reason"], _pins(ok, "lab-001")) == (12, "WRONG-HOST", [])
