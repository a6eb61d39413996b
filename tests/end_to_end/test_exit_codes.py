"""One table of the exit codes: a real situation for each, and the command that meets it (must-show 9)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from itmsctl.cmdb.store import Store
from tests.conftest import Result, Run
from tests.invariants import assert_invariants
from tests.servers.chaos import ChaosProxy
from tests.tasks.conftest import sweep

__all__ = ["sweep"]
PATIENCE_S = 30


@dataclass(frozen=True)
class World:
    """Two computers of the SSH lab, recorded with their host keys, and what a situation needs to arise."""

    run: Run
    lab: Lab
    folder: Path
    db: str
    environment: dict[str, str]

    def task(self, command: str, *argv: str, accept: bool = False) -> Result:
        """Run a command on computers, over SSH."""
        return self.run("task", "run", "--command", command, *argv, *self.key, *(["--accept-new"] if accept else []))

    @property
    def key(self) -> tuple[str, str]:
        return ("--key", str(self.lab.key_file))

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "itmsctl", "--db", self.db, *argv],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


@pytest.fixture
def world(
    run: Run, ok: Run, ssh_lab: Lab, tmp_path: Path, db: str, environment: dict[str, str], store: Store, sweep: None
) -> World:
    for number in (1, 2):
        argv = ("--address", ssh_lab.hosts[number - 1], "--port", str(ssh_lab.port), "--user", ssh_lab.user)
        ok("computer", "add", f"lab-{number}", *argv)
    ok("host-key", "scan", "--all", "--accept")
    return World(run, ssh_lab, tmp_path, db, environment)


def await_file(path: Path) -> None:
    """Wait until a command on a computer has made a file."""
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} was never made"
        time.sleep(0.02)


def free_port() -> int:
    """Return a port of loopback that refuses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# --- the situations ---------------------------------------------------------------------------------------------------


def all_is_well(world: World) -> Result:
    return world.task("true", "--all")


def nothing_to_change(world: World) -> Result:
    world.run("site", "add", "rome")
    result = world.run("site", "add", "rome")
    assert "unchanged" in result.err
    return result


def no_selector(world: World) -> Result:
    return world.task("true")


def a_bad_row(world: World) -> Result:
    file = world.folder / "bad.csv"
    file.write_text("name,address\ngood,10.0.0.1\nbad,10.0.0.400\n")
    result = world.run("computer", "import", str(file))
    assert "bad.csv:3" in result.err
    assert world.run("computer", "show", "good").code == 5, "nothing of the file was applied"
    return result


def a_field_that_is_not_there(world: World) -> Result:
    return world.task("true", "--where", "colour = 'red'")


def a_selector_that_picks_nobody(world: World) -> Result:
    return world.task("true", "--where", "name = 'nobody'")


def another_object_of_that_name(world: World) -> Result:
    world.run("site", "add", "rome", "--region", "Lazio")
    return world.run("site", "add", "rome", "--region", "Umbria")


def somebody_was_faster(world: World) -> Result:
    world.run("site", "add", "rome")
    world.run("site", "set", "rome", "--region", "Lazio", "--revision", "1")
    return world.run("site", "set", "rome", "--region", "Umbria", "--revision", "1")


def one_of_three_is_off(world: World) -> Result:
    world.run("computer", "add", "off", "--address", "127.0.0.1", "--port", str(free_port()))
    result = world.task("true", "--all")
    assert (result.lines[-1]["ok"], result.lines[-1]["unreachable"]) == (2, 1)
    return result


def every_computer_fails(world: World) -> Result:
    result = world.task("exit 3", "--all")
    assert {line["exit_status"] for line in result.lines[:-1]} == {3}
    return result


def more_than_was_allowed(world: World) -> Result:
    result = world.task(f"touch {world.folder}/sent", "--all", "--max", "1")
    assert not (world.folder / "sent").exists()
    return result


def the_link_is_cut_while_it_runs(world: World) -> Result:
    """Return the truth is learned afterwards: one effect, and the status it really ended with."""
    begun, go, effect = (world.folder / name for name in ("begun", "go", "effect"))
    command = f"touch {begun}; while ! test -e {go}; do sleep 0.05; done; echo once >> {effect}; exit 4"
    with ChaosProxy((world.lab.hosts[0], world.lab.port)) as proxy:
        world.run("computer", "set", "lab-1", "--address", proxy.host, "--port", str(proxy.port))

        def cut() -> None:
            await_file(begun)
            proxy.cut()

        cutter = threading.Thread(target=cut)
        cutter.start()
        result = world.task(command, "--where", "name = 'lab-1'")
        cutter.join()
        assert result.lines[0]["reason"] == "LINK-LOST"
        assert "itmsctl run reconcile R-1" in result.err
        go.touch()
        await_file(effect)
        _reconciled(world, status=8, exit_status=4)
    assert effect.read_text() == "once\n"
    return result


def killed_while_it_runs(world: World) -> Result:
    """Return the status is that of the first command that asks, while the computer still works."""
    begun, go = world.folder / "begun", world.folder / "go"
    command = f"touch {begun}; while ! test -e {go}; do sleep 0.05; done"
    process = world.start("task", "run", "--command", command, "--where", "name = 'lab-1'", *world.key)
    await_file(begun)
    process.kill()
    process.communicate()
    assert world.run("run", "show", "R-1", "-o", "json").json["state"] == "interrupted"
    result = world.run("run", "reconcile", "R-1")
    go.touch()
    _reconciled(world, status=0, exit_status=0)
    return result


def _reconciled(world: World, *, status: int, exit_status: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while (asked := world.run("run", "reconcile", "R-1")).code == 10:
        assert time.monotonic() < deadline, asked.err
        time.sleep(0.1)
    assert asked.code == status, asked.err
    (shown,) = world.run("run", "show", "R-1", "-o", "json").json["results"]
    assert shown["exit_status"] == exit_status


def not_a_database(world: World) -> Result:
    file = world.folder / "letter.txt"
    file.write_text("Dear database, " * 500)
    file.chmod(0o600)
    return world.run("--db", str(file), "site", "list")


def no_server(world: World) -> Result:
    return world.run("--db", f"postgresql://itms@127.0.0.1:{free_port()}/itms", "site", "list")


def another_host_key(world: World) -> Result:
    """Return another computer stands at the address now; nothing is sent to it."""
    world.run("computer", "set", "lab-1", "--address", world.lab.hosts[2])
    result = world.task(f"touch {world.folder}/sent", "--all", accept=True)
    assert {line["computer"]: line["reason"] for line in result.lines[:-1]}["lab-1"] == "HOST-KEY-CHANGED"
    return result


def an_older_copy(world: World) -> Result:
    path = world.folder / "own.sqlite"
    own = ("--db", str(path))
    assert world.run(*own, "site", "add", "rome").code == 0
    shutil.copy2(path, world.folder / "older.sqlite")
    assert world.run(*own, "site", "add", "oslo").code == 0
    (world.folder / "older.sqlite").replace(path)
    return world.run(*own, "site", "list")


def another_process_writes(world: World) -> Result:
    path = world.folder / "own.sqlite"
    own = ("--db", str(path))
    assert world.run(*own, "site", "add", "rome").code == 0
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        result = world.run(*own, "site", "add", "oslo", env={"ITMSCTL_BUSY_TIMEOUT_S": "1"})
        assert f"process {holder.pid} (" in result.err
    finally:
        holder.communicate("")
    assert world.run(*own, "site", "add", "oslo").code == 0, "the same command passes later"
    return result


def findings(world: World) -> Result:
    world.run("site", "add", "rome")
    return world.run("site", "check")


def interrupted(world: World) -> Result:
    """Ctrl-C: the computer that runs is waited for, the other is not started, and `retry` goes on."""
    begun, go = world.folder / "begun", world.folder / "go"
    command = f"echo $$ >> {begun}; while ! test -e {go}; do sleep 0.05; done"
    process = world.start("task", "run", "--command", command, "--all", *world.key, "--concurrency", "1")
    await_file(begun)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    go.touch()
    out, err = process.communicate(timeout=PATIENCE_S)
    counts = json.loads(out.splitlines()[-1])
    assert (counts["ok"], counts["deferred"]) == (1, 1)
    assert "itmsctl run retry R-1" in err
    assert world.run("run", "retry", "R-1").code == 0
    assert len(begun.read_text().splitlines()) == 2
    return Result(process.returncode, out, err)


def nobody_reads(world: World) -> Result:
    reading, writing = os.pipe()
    os.close(reading)
    argv = [sys.executable, "-m", "itmsctl", "--db", world.db, "computer", "list"]
    done = subprocess.run(argv, env=world.environment, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert done.stderr == ""
    return Result(done.returncode, "", done.stderr)


TABLE: list[tuple[int, Callable[[World], Result], str]] = [
    (0, all_is_well, "task run"),
    (0, nothing_to_change, "site add"),
    (2, no_selector, "task run"),
    (3, a_bad_row, "computer import"),
    (3, a_field_that_is_not_there, "task run --where"),
    (5, a_selector_that_picks_nobody, "task run --where"),
    (6, another_object_of_that_name, "site add"),
    (6, somebody_was_faster, "site set --revision"),
    (7, one_of_three_is_off, "task run"),
    (8, every_computer_fails, "task run"),
    (9, more_than_was_allowed, "task run --max"),
    (10, the_link_is_cut_while_it_runs, "task run"),
    (10, killed_while_it_runs, "run reconcile"),
    (11, not_a_database, "site list"),
    (11, no_server, "site list"),
    (12, another_host_key, "task run"),
    (14, an_older_copy, "site list"),
    (15, another_process_writes, "site add"),
    (20, findings, "site check"),
    (130, interrupted, "task run"),
    (141, nobody_reads, "computer list"),
]


@pytest.mark.parametrize(
    ("code", "situation", "command"), TABLE, ids=[f"{code}-{act.__name__}" for code, act, _ in TABLE]
)
def test_each_exit_code_in_a_real_situation(
    world: World, store: Store, code: int, situation: Callable[[World], Result], command: str
) -> None:
    result = situation(world)
    assert result.code == code, f"{command}: {result.err}"
    assert "Traceback" not in result.err
    assert "internal error" not in result.err
    assert_invariants(store)


def test_the_table_holds_every_code_that_this_version_gives() -> None:
    assert {code for code, _, _ in TABLE} >= {0, 2, 3, 5, 6, 7, 8, 10, 11, 12, 15, 130}
