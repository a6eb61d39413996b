"""`run kill` where a driver lives: that one stops what runs, whatever whoever said it has in hand."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.invariants import assert_invariants
from tests.servers.chaos import ChaosProxy
from tests.servers.ssh import Lab
from tests.tasks.halting import NAMES, PATIENCE_S, Halting, until

BARE = ("--transport", "ssh")  # there is nothing to log in with


@pytest.fixture
def halting(
    db: str, environment: dict[str, str], ok: Run, local: Callable[..., None], tmp_path: Path
) -> Iterator[Halting]:
    """Return the job, its driver not started yet."""
    local(*NAMES)
    made = Halting(db, environment, tmp_path)
    made.prepare(ok)
    yield made
    (tmp_path / "go").touch()
    made.kill()


def _shown(ok: Run) -> dict[str, tuple[Any, ...]]:
    results = ok("run", "show", "R-1", "-o", "json").json["results"]
    return {r["computer"]: (r["state"], r["reason"], tuple(s["state"] for s in r["steps"])) for r in results}


def test_a_job_is_stopped_and_what_is_owed_is_run(halting: Halting, ok: Run, run: Run, store: Store) -> None:
    halting.start()
    killed = run("run", "kill", "R-1", *BARE)
    assert killed.code == 0, killed.err
    assert killed.lines[-1]["skipped"] == len(NAMES)
    assert set(_shown(ok).values()) == {("cancelled", "KILLED", ("cancelled", "skipped", "succeeded"))}
    assert (halting.did("n"), halting.did("f")) == (0, len(NAMES))
    assert halting.end()[0] == 9
    assert_invariants(store)


def test_steps_that_are_always_run_are_stopped_by_a_second_kill(halting: Halting, ok: Run, run: Run) -> None:
    ok("task", "set", "clean", "--command", f"echo f >> {halting.effects}; sleep 299")
    halting.start()
    first = run("run", "kill", "R-1", *BARE, "-o", "table")
    assert "anything to do" not in first.out + first.err
    assert (first.code, "nobody can be contacted" in first.err, "did not settle" in first.err) == (10, False, False)
    assert "2 run steps that are always run: itmsctl run kill R-1 stops those too" in first.err
    assert halting.did("f") == len(NAMES)
    second = run("run", "kill", "R-1", *BARE)
    assert second.code == 0, second.err
    assert set(_shown(ok).values()) == {("cancelled", "KILLED", ("cancelled", "skipped", "cancelled"))}
    assert halting.end()[0] == 9


def test_a_computer_that_waits_for_a_worker_is_cancelled_at_once(halting: Halting, ok: Run, run: Run) -> None:
    halting.process = subprocess.Popen(
        [sys.executable, "-m", "itmsctl", "--db", halting.db, "job", "run", "j", "--all", "--transport", "local",
         "--concurrency", "1"],
        env=halting.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: halting.did("s") == 1)
    killed = run("run", "kill", "R-1", "web2", *BARE)
    assert (killed.code, _shown(ok)["web2"][:2]) == (0, ("cancelled", "CANCELLED")), killed.err
    assert _shown(ok)["web1"][0] == "claimed"
    halting.go()
    assert halting.end()[0] == 9
    assert (halting.did("s"), halting.did("f")) == (1, 1)


def test_a_command_on_the_server_is_stopped(halting: Halting, ok: Run, run: Run, tmp_path: Path) -> None:
    body = f"echo $$ > {tmp_path}/pid; sleep 299"
    ok("task", "add", "here", "--kind", "server-command", "--arg", f"command={body}")
    ok("job", "add", "k", "--file", "-", stdin="steps: [{task: here}, {task: plain}]")
    halting.process = subprocess.Popen(
        [sys.executable, "-m", "itmsctl", "--db", halting.db, "job", "run", "k", "--all", "--transport", "local"],
        env=halting.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    killed = run("run", "kill", "R-1", *BARE)
    assert (killed.code, _shown(ok)["server"][:2]) == (0, ("cancelled", "KILLED")), killed.err
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
    assert (halting.did("n"), halting.end()[0]) == (0, 9)


@pytest.mark.parametrize("waits", [("event=port", "port=9"), ("event=reboot",)])
def test_waiting_is_ended(halting: Halting, ok: Run, run: Run, waits: tuple[str, ...]) -> None:
    ok("task", "add", "w", "--kind", "wait-for", *(word for one in waits for word in ("--arg", one)))
    ok("job", "add", "k", "--file", "-", stdin="steps: [{task: w}, {task: plain}, {task: clean, role: always}]")
    halting.process = subprocess.Popen(
        [sys.executable, "-m", "itmsctl", "--db", halting.db, "job", "run", "k", "--all", "--transport", "local"],
        env=halting.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: run("run", "list", "-o", "json").json[0:1] != [] and _shown(ok)["web2"][0] == "claimed")
    killed = run("run", "kill", "R-1", *BARE)
    assert (killed.code, {one[0] for one in _shown(ok).values()}) == (0, {"cancelled"}), killed.err
    assert (halting.did("n"), halting.end()[0]) == (0, 9)


class Slow(ChaosProxy):
    """Lets nobody in until `opened` is set."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.visited, self.opened = threading.Event(), threading.Event()
        super().__init__(target)

    def _admit(self, client: socket.socket) -> bool:
        del client
        self.visited.set()
        return self.opened.wait(PATIENCE_S)


@pytest.mark.parametrize("transport", ["ssh", "openssh"])
def test_nothing_is_sent_where_it_comes_while_the_driver_dials(
    db: str, environment: dict[str, str], ok: Run, run: Run, lab: Lab, tmp_path: Path, transport: str
) -> None:
    with Slow((lab.hosts[0], lab.port)) as between:
        ok("computer", "set", "lab-001", "--address", between.host, "--port", str(between.port))
        driver = subprocess.Popen(
            [sys.executable, "-m", "itmsctl", "--db", db, "task", "run", "--command", f"touch {tmp_path}/sent",
             "--where", "name = 'lab-001'", "--key", str(lab.key_file), "--accept-new", "--transport", transport,
             "--connect-timeout", "60s"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert between.visited.wait(PATIENCE_S)
        threading.Timer(2.0, between.opened.set).start()
        killed = run("run", "kill", "R-1")
        assert killed.code == 0, killed.err
        _, said = driver.communicate(timeout=PATIENCE_S)
    shown = ok("run", "show", "R-1", "-o", "json").json["results"]
    assert [(r["state"], r["reason"], r["message"]) for r in shown] == [
        ("cancelled", "KILLED", "stopped before it began")
    ], said
    assert not (tmp_path / "sent").exists()
    assert driver.returncode == 9
