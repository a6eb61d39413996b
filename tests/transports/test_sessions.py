"""Servers that allow one session a connection, or none (MaxSessions); both engines. `-m slow` does it all 20 times."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab, find_sshd
from itmsctl.errors import HostKeyChangedError, SessionRefusedError
from itmsctl.transports.base import HostKeyPolicy, RemoteState, Settings
from itmsctl.transports.openssh import OpensshTransport
from itmsctl.transports.sessions import SessionTransport
from itmsctl.transports.ssh import SshTransport
from itmsctl.transports.trees import read_tree
from tests.servers import missing
from tests.servers.chaos import ChaosProxy
from tests.servers.ssh import NO_RC_FILES, lab_credentials, lab_endpoint
from tests.transports.contract import eventually, marker, script

Start = Callable[[int], Lab]
TIMES = [1, pytest.param(20, marks=pytest.mark.slow)]
engines = pytest.mark.parametrize("engine", [SshTransport, OpensshTransport])
Engine = type[SessionTransport]


@pytest.fixture
def allowing(tmp_path: Path) -> Iterator[Start]:
    """Start a computer whose server allows so many sessions a connection."""
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    with ExitStack() as stack:

        def start(sessions: int) -> Lab:
            options = [f"MaxSessions {sessions}", NO_RC_FILES]
            lab = Lab(2, tmp_path / "lab", engine="openssh", network=52, options=options)
            stack.callback(lab.stop)
            return lab

        yield start


def way_to(lab: Lab, engine: Engine, folder: Path, **options: object) -> SessionTransport:
    given = {"run_dir": str(folder / "runs"), "ssh_config": Path("/dev/null")} | options
    return engine(lab_endpoint(lab), lab_credentials(lab), Settings(**given))  # type: ignore[arg-type]


@engines
@pytest.mark.parametrize("times", TIMES)
def test_one_session_is_enough_for_every_step(allowing: Start, engine: Engine, tmp_path: Path, times: int) -> None:
    """What comes next is asked for before the server has release what was before."""
    lab, target = allowing(1), tmp_path / "target"
    source = tmp_path / "tree"
    source.mkdir()
    (source / "file").write_bytes(b"x" * 100_000)
    tree = read_tree(source)
    for _ in range(times):
        target.unlink(missing_ok=True)
        with way_to(lab, engine, tmp_path) as way:
            names = [marker() for _ in range(4)]
            ends = [way.run(script(f"exit {n}", marker=name)) for n, name in enumerate(names)]
            assert [(o.state, o.exit_status, o.reason) for o in ends] == [
                (RemoteState.SUCCEEDED if n == 0 else RemoteState.FAILED, n, "") for n in range(4)
            ]
            assert way.put(b"y" * 200_000, str(target)) == 200_000
            assert way.get(str(target), limit_bytes=300_000) == b"y" * 200_000
            assert way.look("file", str(target)).sha256 is not None
            assert way.put_tree(tree, str(tmp_path / "there")) > 0
            assert "target" in [entry.name for entry in way.list(str(tmp_path)).entries]
            assert way.ask(names[3]).exit_status == 3
            assert way.forget(names) == 4


@engines
@pytest.mark.parametrize("times", TIMES)
def test_the_time_limit_finds_another_way(allowing: Start, engine: Engine, tmp_path: Path, times: int) -> None:
    """The command that is to be stopped holds the only session, so it is stopped over another connection."""
    lab = allowing(1)
    for number in range(times):
        with way_to(lab, engine, tmp_path) as way:
            pids = tmp_path / f"pids-{number}"
            text = f"echo a; sh -c 'echo $$ >>{pids}; exec sleep 61' | sh -c 'echo $$ >>{pids}; exec sleep 62'"
            outcome = way.run(script(text, time_limit_s=2.0))
            assert (outcome.state, outcome.reason) == (RemoteState.TIMED_OUT, "TIME-LIMIT")
            assert outcome.stdout.joined() == b"a\n"
            for pid in pids.read_text().split():
                eventually(lambda pid=pid: not Path(f"/proc/{pid}").exists())  # type: ignore[misc]  # bound now
            assert way.run(script("exit 5")).exit_status == 5


@engines
def test_a_running_program_keeps_its_connection(allowing: Start, engine: Engine, tmp_path: Path) -> None:
    lab = allowing(1)
    with way_to(lab, engine, tmp_path) as way:
        way.connect()
        running = way._spawn(["/bin/sh", "-c", "read x; echo got $x; exit 7"], time.monotonic() + 20)
        assert way.run(script("exit 3")).exit_status == 3
        running.send(b"word\n", time.monotonic() + 20)
        running.end_input()
        said = b""
        while not running.at_end():
            said += running.read(5.0)[0]
        running.wait_exit(20.0)
        assert (said, running.exit_status()) == (b"got word\n", 7)
        running.close()


@engines
def test_no_session_at_all_is_told_and_nothing_has_run(allowing: Start, engine: Engine, tmp_path: Path) -> None:
    lab, effects = allowing(0), tmp_path / "effects"
    with way_to(lab, engine, tmp_path) as way:
        outcome = way.run(script(f"touch {effects}"))
        assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNREACHABLE, "SESSION-REFUSED", 8)
        assert "nothing was sent" in outcome.message
        assert "MaxSessions" in outcome.hint
        assert way.ask(outcome.marker).state is RemoteState.UNKNOWN, "a question that was not asked tells nothing"
        for act in (lambda: way.put(b"x", str(effects)), lambda: way.list("/"), lambda: way.look()):
            with pytest.raises(SessionRefusedError):
                act()
    assert not effects.exists()


@engines
def test_a_link_that_goes_before_anything_was_sent_is_made_anew(
    ssh_lab: Lab, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks open when the step begins, and is cut before the session is."""
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        way = way_to(ssh_lab, engine, tmp_path)
        way.endpoint = replace(way.endpoint, addresses=(proxy.host,), port=proxy.port)
        with way:
            way.connect()
            proxy.cut()
            eventually(lambda: not way._is_open())
            monkeypatch.setattr(way, "_is_open", lambda: True)
            assert way.run(script("exit 4")).exit_status == 4


@engines
def test_the_key_of_the_first_contact_is_asked_of_the_second(ssh_lab: Lab, engine: Engine, tmp_path: Path) -> None:
    """--accept-new pins once: a new connection of the same transport meets the same key, or nothing is sent."""
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        way = way_to(ssh_lab, engine, tmp_path, host_keys=HostKeyPolicy.ACCEPT_NEW)
        way.endpoint = replace(way.endpoint, pins=(), addresses=(proxy.host,), port=proxy.port)
        with way:
            first = way.connect().seen_key
            proxy.cut()
            eventually(lambda: not way._is_open())
            again = way.connect().seen_key
            assert first is not None
            assert first.newly_accepted
            assert again == first
            proxy._target = (ssh_lab.hosts[1], ssh_lab.port)
            proxy.cut()
            eventually(lambda: not way._is_open())
            with pytest.raises(HostKeyChangedError):
                way.connect()
