"""The database goes away in the middle of a run (F37)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.schema import migrate
from tests.conftest import FrozenClock, Run
from tests.invariants import assert_invariants
from tests.servers.postgres import PostgresServer, find_binaries
from tests.tasks.conftest import sweep_markers


@pytest.fixture
def server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """Return a server of our own, that may be stopped; the shared one tells whether there can be any."""
    binaries = find_binaries()
    assert binaries is not None
    started = PostgresServer(binaries)
    yield started
    started.stop()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_in_the_middle_of_a_run(
    server: PostgresServer, bare_run: Run, environment: dict[str, str], tmp_path: Path, mode: str
) -> None:
    server.create_database("cmdb")
    db = server.url("cmdb")
    migrate(place_of(db))
    for number in range(8):
        assert bare_run("--db", db, "computer", "add", f"web{number}").code == 0
    command = f"echo x >> {tmp_path}/count; sleep 0.5; exit 3"
    argv = ["--db", db, "task", "run", "--command", command, "--all", "--transport", "local", "--concurrency", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "itmsctl", *argv],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while not (tmp_path / "count").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    server.restart(mode)
    out, err = process.communicate(timeout=90)
    assert process.returncode == 8, err
    assert json.loads(out.splitlines()[-1])["failed"] == 8
    assert (tmp_path / "count").read_text() == "x\n" * 8
    state = Path(environment["XDG_STATE_HOME"]) / "itmsctl"
    store = open_store(place_of(db), clock=FrozenClock(), actor=Actor("t"), state_folder=state)
    assert_invariants(store)
    sweep_markers(store)
    store.close()
