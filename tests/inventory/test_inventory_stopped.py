"""Reading a computer is stopped by a person or by its time limit; two runs at once read the same computers."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from examples.lab.ssh_endpoints import Lab
from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.invariants import assert_invariants
from tests.inventory.endpoints import Request, RogueEndpoint
from tests.inventory.test_inventory_run import groups, held

ROOT = Path(__file__).parents[2]


@pytest.fixture
def slow(ok: Run) -> Iterator[RogueEndpoint]:
    """A computer that begins to answer and goes on only when the test is over."""
    over = threading.Event()

    def says(request: Request) -> Iterator[bytes]:
        yield b'{"itms-inventory":1,"token":"' + request["token"].encode() + b'","system":"linux"}\n'
        over.wait(60)

    with RogueEndpoint(says) as rogue:
        ok("computer", "add", "slow", "--address", rogue.host, "--port", str(rogue.port), "--user", "u")
        yield rogue
        over.set()


def test_a_computer_that_takes_too_long_has_timed_out(run: Run, slow: RogueEndpoint, ssh_lab: Lab) -> None:
    argv = (
        "inventory",
        "run",
        "--all",
        "--class",
        "swap",
        "--timeout",
        "1s",
        "--key",
        str(ssh_lab.key_file),
        "--accept-new",
    )
    done = run(*argv, "-o", "ndjson")
    assert (done.code, done.lines[0]["state"], done.lines[0]["reason"]) == (8, "timed_out", "TIME-LIMIT")


def test_a_person_stops_it(
    db: str, environment: dict[str, str], run: Run, ok: Run, slow: RogueEndpoint, ssh_lab: Lab, store: Store
) -> None:
    argv = (
        "inventory",
        "run",
        "--all",
        "--class",
        "swap",
        "--key",
        str(ssh_lab.key_file),
        "--accept-new",
        "-o",
        "ndjson",
    )
    words = [sys.executable, "-m", "itmsctl", "--db", db, *argv]
    with subprocess.Popen(words, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        until(lambda: bool(slow.asked))
        killed = run("run", "kill", "R-1")
        assert killed.code == 0, killed.err
        out, _ = process.communicate(timeout=60)
    assert '"state": "cancelled"' in out
    (result,) = ok("run", "show", "R-1", "-o", "json").json["results"]
    assert (result["state"], result["reason"]) == ("cancelled", "KILLED")
    assert_invariants(store)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_two_runs_at_once_end_as_one(
    db: str, environment: dict[str, str], local: Callable[..., None], store: Store
) -> None:
    local("pc1", "pc2")
    words = [sys.executable, "-m", "itmsctl", "--db", db, "inventory", "run", "--all", "--class", "local-groups"]
    both = [
        subprocess.Popen([*words, "--transport", "local"], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [process.wait(120) for process in both] == [0, 0]
    assert [sorted(row["name"] for row in rows) for rows in held(store, "local_groups")] == [groups()] * 2
    with store.read() as reader:
        assert reader.scalar(sa.text("SELECT count(*) FROM inventory_closed")) == 0
    assert_invariants(store)
