"""Through the real sudo: root becomes somebody else, for running, asking and stopping."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from itmsctl.transports.base import Credentials, Endpoint, RemoteState, Settings
from itmsctl.transports.conversing import Dialogue
from itmsctl.transports.local import LocalTransport
from itmsctl.transports.streaming import Inquiry
from tests.servers import missing
from tests.transports.contract import Heard, eventually, marker, script

OTHER = "nobody"


@pytest.fixture
def transport() -> Iterator[LocalTransport]:
    if os.geteuid() != 0 or shutil.which("sudo") is None:
        missing("sudo", "needs root and sudo")
    # Not below pytest's own folder, which the other user cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="itms-sudo-"))
    account = pwd.getpwnam(OTHER)
    os.chown(folder, account.pw_uid, account.pw_gid)
    # Root is asked for no password, so the one given here must go nowhere.
    credentials = Credentials(sudo_password="S3cr3t-unused")
    yield LocalTransport(Endpoint("g", "here", ()), credentials, Settings(run_dir=str(folder / "runs"), sudo_s=20))
    shutil.rmtree(folder)


def test_it_runs_as_the_other_user(transport: LocalTransport) -> None:
    name = marker()
    command = script(
        'id -un; echo "$#:$1:$V"; cat', marker=name, run_as=OTHER, arguments=("a b",), environment={"V": "v w"}
    )
    outcome = transport.run(command)
    assert (outcome.state, outcome.stdout.joined()) == (RemoteState.SUCCEEDED, b"nobody\n1:a b:v w\n")
    assert transport.ask(name, run_as=OTHER).stdout.joined() == outcome.stdout.joined()
    assert transport.forget([name], run_as=OTHER) == 1


def test_a_program_that_reads_does_so_as_the_other_user(transport: LocalTransport) -> None:
    seen = Heard()
    ended = transport.read_out(Inquiry(b"id -un\n", ("sh",), ("-s",), run_as=OTHER), seen)
    assert (ended.status, bytes(seen.data)) == (0, b"nobody\n")


def test_the_other_users_command_can_be_stopped(transport: LocalTransport) -> None:
    name = marker()
    runs = Path(str(transport.settings.run_dir))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(transport.run, script("sleep 60", marker=name, run_as=OTHER))
        eventually(lambda: (runs / name / "pid").exists() and (runs / name / "pid").read_text().endswith(".\n"))
        stopped = transport.kill(name, run_as=OTHER)
        assert (stopped.state, stopped.exit_status) == (RemoteState.TIMED_OUT, 143)
        assert waiting.result(timeout=20).state is RemoteState.TIMED_OUT


def test_another_users_folder_is_unsafe(transport: LocalTransport) -> None:
    Path(str(transport.settings.run_dir)).mkdir(mode=0o700)
    assert transport.run(script("id", run_as=OTHER)).reason == "REMOTE-DIR-UNSAFE"


def test_a_user_that_does_not_exist(transport: LocalTransport) -> None:
    outcome = transport.run(script("id", run_as="no-such-user"))
    assert outcome.state is RemoteState.NEVER_STARTED
    assert outcome.reason in ("SUDO-NO-PROMPT", "SUDO-REJECTED")
    assert "unknown user" in outcome.message


def test_a_dialogue_runs_as_somebody_else(transport: LocalTransport) -> None:
    talk = Dialogue(
        "say MORE -; cat; id -un\n", asks={"MORE": lambda _: lambda out: out.write(b"sent\n") and None}, run_as=OTHER
    )
    assert transport.converse(talk).lines == ("sent", OTHER)
