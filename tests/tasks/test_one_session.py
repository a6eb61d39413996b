"""Jobs, copies, fetches and time limits where a server allows one session a connection (MaxSessions 1), both engines.

`-m slow` does each 20 times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab, find_sshd
from itmsctl.cmdb.store import Store
from itmsctl.tasks.service import dispatch
from itmsctl.transports.endpoint import Settings
from tests.conftest import Result, Run
from tests.invariants import assert_invariants
from tests.servers import missing
from tests.servers.ssh import NO_RC_FILES

TIMES = [1, pytest.param(20, marks=pytest.mark.slow)]
JOB = """
steps:
  - {task: one}
  - {task: two, on_error: rescue}
  - {task: three}
  - {task: fix, role: rescue}
  - {task: end, role: always}
"""
Start = Callable[[int], Run]
both = pytest.mark.parametrize("engine", ["ssh", "openssh"])


@pytest.fixture
def start(ok: Run, run: Run, sweep: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a computer that allows so many sessions; returns what runs a command with its key."""
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    monkeypatch.setattr(dispatch, "Settings", partial(Settings, ssh_config=Path("/dev/null")))
    labs: list[Lab] = []

    def go(sessions: int) -> Run:
        options = [f"MaxSessions {sessions}", NO_RC_FILES]
        labs.append(lab := Lab(1, tmp_path / "lab", engine="openssh", network=53, options=options))
        ok("computer", "add", "ms", "--address", lab.hosts[0], "--port", str(lab.port), "--user", lab.user)

        def on_it(*argv: str) -> Result:
            return run(*argv, "--all", "--key", str(lab.key_file), "--accept-new")

        return on_it

    yield go
    for lab in labs:
        lab.stop()


@both
@pytest.mark.parametrize("times", TIMES)
def test_a_job(start: Start, ok: Run, engine: str, times: int, tmp_path: Path, store: Store) -> None:
    log = tmp_path / "log"
    for name, end in {"one": 0, "two": 9, "three": 0, "fix": 0, "end": 0}.items():
        ok("task", "add", name, "--command", f"echo {name} >> {log}; exit {end}")
    ok("job", "add", "j1", "--file", "-", stdin=JOB)
    go = start(1)
    for _ in range(times):
        log.write_text("")
        result = go("job", "run", "j1", "--transport", engine)
        line = result.lines[0]
        assert (result.code, line["state"], line["reason"]) == (0, "succeeded", "RESCUED"), result.out
        assert log.read_text().split() == ["one", "two", "fix", "end"]
    assert_invariants(store)


@both
@pytest.mark.parametrize("times", TIMES)
def test_copies_and_fetches(start: Start, ok: Run, engine: str, times: int, tmp_path: Path) -> None:
    source, there, folder = tmp_path / "source", tmp_path / "there", tmp_path / "fetched"
    source.write_bytes(b"content " * 5_000)
    ok("task", "add", "cp", "--kind", "copy", "--arg", f"source={source}", "--arg", f"path={there}")
    ok("task", "add", "get", "--kind", "fetch", "--arg", f"path={there}", "--arg", f"into={folder}")
    go = start(1)
    for _ in range(times):
        there.unlink(missing_ok=True)
        for task in ("cp", "get"):
            result = go("task", "run", task, "--transport", engine)
            assert (result.code, result.lines[0]["state"]) == (0, "succeeded"), result.out
        assert there.read_bytes() == source.read_bytes()
        assert [path.read_bytes() for path in folder.rglob("*") if path.is_file()] == [source.read_bytes()]


@both
@pytest.mark.parametrize("times", TIMES)
def test_a_time_limit(start: Start, engine: str, times: int) -> None:
    go = start(1)
    for _ in range(times):
        result = go("task", "run", "--command", "sleep 61 | sleep 62", "--timeout", "2s", "--transport", engine)
        assert (result.lines[0]["state"], result.lines[0]["reason"]) == ("timed_out", "TIME-LIMIT"), result.out


@both
def test_no_session_is_no_reason_to_rescue(start: Start, ok: Run, run: Run, engine: str, tmp_path: Path) -> None:
    """Nothing was sent: the computer is `unreachable`, its job can be tried again, and no rescue runs."""
    for name in ("one", "two", "three", "fix", "end"):
        ok("task", "add", name, "--command", f"echo {name} >> {tmp_path}/log")
    ok("job", "add", "j1", "--file", "-", stdin=JOB)
    result = start(0)("job", "run", "j1", "--transport", engine)
    line = result.lines[0]
    assert (result.code, line["state"], line["reason"]) == (8, "unreachable", "SESSION-REFUSED")
    assert not (tmp_path / "log").exists()
    assert run("run", "retry", "R-1").lines[0]["attempt"] == 2
