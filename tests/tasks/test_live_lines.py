"""Lines of commands that still run, seen by `run logs -f` from another process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from itmsctl.tasks.service.live import LiveDesk, Looker, folder_of
from itmsctl.transports.base import Credentials, Endpoint, RemoteState, Settings, Transport
from itmsctl.transports.local import LocalTransport
from itmsctl.transports.openssh import OpensshTransport
from itmsctl.transports.ssh import SshTransport
from tests.conftest import Run
from tests.servers.ssh import lab_credentials, lab_endpoint
from tests.transports.contract import eventually, marker, script

Local = Callable[..., None]
RUN = "11111111-0000-4000-8000-000000000000"
COMPUTER = "22222222-0000-4000-8000-000000000000"
MARKER = f"{RUN}.{COMPUTER}.1"


def texts(looker: Looker) -> list[bytes]:
    return [line.text for line in looker.lines()]


def test_whole_lines_are_given_once(tmp_path: Path) -> None:
    looker, desk = Looker(tmp_path, RUN), LiveDesk(tmp_path)
    assert texts(looker) == []
    desk.told(MARKER, b"one\ntw", b"err\n")
    assert [(line.guid, line.marker, line.stream, line.text) for line in looker.lines()] == [
        (COMPUTER, MARKER, "stdout", b"one"), (COMPUTER, MARKER, "stderr", b"err"),
    ]  # fmt: skip
    desk.told(MARKER, b"one\ntwo\nthree\nfo", b"err\n")
    assert texts(looker) == [b"two", b"three"]
    desk.told(f"{MARKER}.1.0", b"next step\n", b"")
    assert texts(looker) == [b"next step"]
    looker.close()
    assert not folder_of(tmp_path, RUN).exists()
    desk.told(MARKER, b"nobody looks\n", b"")
    assert not folder_of(tmp_path, RUN).exists()


def test_what_is_kept_belongs_to_its_owner_alone_and_goes_away(tmp_path: Path) -> None:
    looker, desk = Looker(tmp_path, RUN), LiveDesk(tmp_path)
    assert not desk.wanted(MARKER)
    texts(looker)
    other = LiveDesk(tmp_path)
    assert other.wanted(MARKER)
    other.told(MARKER, b"x\n", b"")
    folder = folder_of(tmp_path, RUN)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    other.close()
    assert not folder.exists()


def test_a_looker_that_went_away_is_not_told_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts(Looker(tmp_path, RUN))
    desk = LiveDesk(tmp_path)
    assert desk.wanted(MARKER)
    monkeypatch.setattr("itmsctl.tasks.service.live.WATCHED_S", 0.0)
    assert not desk.wanted(MARKER)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"marker": 1}', '{"marker":"m","stdout":"%","stderr":"x"}'])
def test_files_that_somebody_spoilt_are_left_out(tmp_path: Path, text: str) -> None:
    looker = Looker(tmp_path, RUN)
    texts(looker)
    (folder_of(tmp_path, RUN) / COMPUTER).write_text(text)
    assert texts(looker) == []


class Told:
    """Somebody who always looks."""

    def __init__(self) -> None:
        self.streams: list[tuple[bytes, bytes]] = []

    def wanted(self, marker: str) -> bool:
        return True

    def told(self, marker: str, stdout: bytes, stderr: bytes) -> None:
        self.streams.append((stdout, stderr))


@pytest.fixture(params=["local", "ssh", "openssh"])
def transport(request: pytest.FixtureRequest, ssh_lab: Lab, tmp_path: Path) -> Iterator[Transport]:
    settings = Settings(run_dir=str(tmp_path / "runs"), ssh_config=Path("/dev/null"))
    credentials = replace(lab_credentials(ssh_lab), sudo_password="S3cr3t-canary")
    with ExitStack() as stack:
        made: Transport
        if request.param == "local":
            made = LocalTransport(Endpoint("g", "here", ()), Credentials(sudo_password="S3cr3t-canary"), settings)
        else:
            kind = SshTransport if request.param == "ssh" else OpensshTransport
            made = kind(lab_endpoint(ssh_lab), credentials, settings)
        yield stack.enter_context(made)


def test_a_running_command_is_seen_without_its_secrets(transport: Transport, tmp_path: Path) -> None:
    told = Told()
    transport.live = told
    go = tmp_path / "go"
    said = "echo begun; echo S3cr3t-canary; printf S3cr3t-can; echo oops >&2"
    text = f"{said}; n=0; while [ ! -e {go} ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n + 1)); done; exit 3"
    real = told.told

    def note(marker: str, stdout: bytes, stderr: bytes) -> None:
        real(marker, stdout, stderr)
        go.touch()

    told.told = note  # type: ignore[method-assign]
    name = marker()
    outcome = transport.run(script(text, marker=name, time_limit_s=90.0))
    assert told.streams[0] == (b"begun\n[redacted]\n[redacted]", b"oops\n")
    assert (outcome.state, outcome.exit_status) == (RemoteState.FAILED, 3)
    assert transport.ask(name).exit_status == 3


def test_looking_makes_and_seals_nothing(transport: Transport, tmp_path: Path) -> None:
    told = Told()
    name = marker()
    transport.connect()
    transport._peek(script("true", marker=name), told)  # type: ignore[attr-defined]
    assert told.streams == []
    assert not (tmp_path / "runs" / name).exists()
    assert transport.run(script("exit 4", marker=name)).exit_status == 4


def test_lines_are_followed_from_another_process(
    db: str, environment: dict[str, str], local: Local, ok: Run, tmp_path: Path
) -> None:
    local("web1", "web2")
    go = tmp_path / "go"
    wait = f"n=0; while [ ! -e {go} ] && [ $n -lt 900 ]; do sleep 0.1; n=$((n + 1)); done"
    command = f"echo one; echo oops >&2; {wait}; echo two"

    def start(*argv: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "itmsctl", "--db", db, *argv]
        return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    driver = start("task", "run", "--command", command, "--all", "--transport", "local")
    eventually(lambda: bool(ok("run", "list", "-o", "json").json), 60)
    follow = ("run", "logs", "-f", "R-1")
    followers = [start(*follow), start(*follow, "web1", "--stdout", "-o", "ndjson")]
    assert followers[0].stdout
    assert followers[1].stdout
    lines = sorted(followers[0].stdout.readline() for _ in range(4))
    assert lines == ["web1 stderr: oops\n", "web1: one\n", "web2 stderr: oops\n", "web2: one\n"]
    first = json.loads(followers[1].stdout.readline())
    assert first == {"type": "line", "run": "R-1", "computer": "web1", "stream": "stdout", "text": "one"}
    assert driver.poll() is None
    go.touch()
    _, err = driver.communicate(timeout=90)
    assert driver.returncode == 0, err
    for follower in followers:
        rest, err = follower.communicate(timeout=60)
        assert (follower.returncode, err) == (0, "")
        assert "one\ntwo\n" in rest or '"one\\ntwo\\n"' in rest
    live = Path(environment["XDG_STATE_HOME"]) / "itmsctl" / "live"
    assert not live.exists() or list(live.iterdir()) == []
