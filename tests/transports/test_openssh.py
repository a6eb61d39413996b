"""SSH by the `ssh` program against the real OpenSSH server: the contract, one master, broken links."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from examples.lab.ssh_endpoints import Lab
from itmsctl.errors import UnreachableError
from itmsctl.transports.base import RemoteState, Settings
from itmsctl.transports.openssh import OpensshTransport
from itmsctl.transports.openssh_master import private_folder
from tests.servers.chaos import ChaosProxy
from tests.servers.hostile_ssh import BannerServer
from tests.servers.ssh import lab_credentials, lab_endpoint, pin_of
from tests.transports.contract import Open, TransportContract, eventually, script

# What holds for every engine that speaks SSH: these tests ask for `open_to`, and get the one of this file.
from tests.transports.test_ssh import (
    test_a_changed_key_is_refused_under_any_policy,
    test_a_link_cut_in_the_middle_is_unknown_until_asked,
    test_a_link_that_falls_silent_is_unknown,
    test_a_lost_connection_is_made_anew_for_the_next_step,
    test_a_pinned_type_that_is_no_longer_offered_is_a_changed_key,
    test_an_unknown_key_is_refused_by_default,
    test_an_unknown_key_is_told_where_new_ones_are_accepted,
    test_an_upload_cut_in_the_middle_never_starts,
    test_no_flipped_bit_is_ever_accepted,
    test_one_connection_serves_every_step,
    test_states_of_pins,
)

__all__ = [
    "test_a_changed_key_is_refused_under_any_policy",
    "test_a_link_cut_in_the_middle_is_unknown_until_asked",
    "test_a_link_that_falls_silent_is_unknown",
    "test_a_lost_connection_is_made_anew_for_the_next_step",
    "test_a_pinned_type_that_is_no_longer_offered_is_a_changed_key",
    "test_an_unknown_key_is_refused_by_default",
    "test_an_unknown_key_is_told_where_new_ones_are_accepted",
    "test_an_upload_cut_in_the_middle_never_starts",
    "test_no_flipped_bit_is_ever_accepted",
    "test_one_connection_serves_every_step",
    "test_states_of_pins",
]


def opener(lab: Lab, run_dir: str, stack: ExitStack) -> Open:
    def make(
        machine_id: str | None = None,
        sudo_password: str | None = None,
        through: ChaosProxy | None = None,
        endpoint: dict[str, Any] | None = None,
        **options: Any,
    ) -> OpensshTransport:
        place = replace(lab_endpoint(lab, machine_id=machine_id), **(endpoint or {}))
        if through is not None:
            place = replace(place, addresses=(through.host,), port=through.port)
        credentials = replace(lab_credentials(lab), sudo_password=sudo_password)
        # Nobody's own ssh_config may decide what a test does.
        given = {"run_dir": run_dir, "ssh_config": Path("/dev/null")} | options
        return stack.enter_context(OpensshTransport(place, credentials, Settings(**given)))

    return make


class TestOpenssh(TransportContract):
    @pytest.fixture
    def open_to(self, ssh_lab: Lab, run_dir: str) -> Iterator[Open]:
        with ExitStack() as stack:
            yield opener(ssh_lab, run_dir, stack)


@pytest.fixture
def open_to(ssh_lab: Lab, run_dir: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield opener(ssh_lab, run_dir, stack)


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a runtime folder with a short name."""
    folder = Path(tempfile.mkdtemp(prefix="itms-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


def pid_of(transport: OpensshTransport) -> int:
    assert transport._master is not None
    return transport._master._process.pid


def processes_of(session: int) -> list[str]:
    """Return the command lines of the processes of a session that live."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
            if int(words[3]) == session and words[0] != "Z":
                found.append((stat.parent / "cmdline").read_text().replace("\0", " "))
        except (OSError, ValueError):
            continue
    return found


# --- one master, which never outlives us ------------------------------------------------------------------------------


def test_the_connection_tells_what_was_agreed(open_to: Open, ssh_lab: Lab) -> None:
    connection = open_to().connect()
    agreed = dict(connection.algorithms)
    assert "25519" in agreed["kex"]
    assert agreed["host_key"] == "ssh-ed25519"
    assert agreed["cipher"].startswith(("chacha20", "aes"))
    assert (connection.address, connection.auth_method) == (ssh_lab.hosts[0], "publickey ED25519")
    assert connection.seen_key is not None
    assert connection.seen_key.fingerprint == pin_of(ssh_lab.servers.host_keys[ssh_lab.hosts[0]]).fingerprint
    assert not connection.seen_key.newly_accepted


def test_nothing_is_left_open_or_running(open_to: Open) -> None:
    transport = open_to()
    transport.run(script("true"))
    folder, session = transport._master.folder, pid_of(transport)  # type: ignore[attr-defined]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(processes_of(session)) == 2
    before = len(list(Path("/proc/self/fd").iterdir()))
    transport.run(script("true"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    transport.close()
    assert not folder.exists()
    eventually(lambda: processes_of(session) == [])


def test_nothing_is_left_of_a_failed_attempt(open_to: Open, runtime: Path) -> None:
    with BannerServer(b"") as silent, pytest.raises(UnreachableError):
        open_to(endpoint={"addresses": (silent.host,), "port": silent.port}, connect_s=1.0).connect()
    assert list(runtime.iterdir()) == []
    found = subprocess.run(["pgrep", "-x", "ssh", "-P", str(os.getpid())], check=False, capture_output=True)
    assert found.stdout == b""


CLIENT = """
import pickle, sys, time
from pathlib import Path
from itmsctl.transports.base import Settings
from itmsctl.transports.openssh import OpensshTransport
endpoint, credentials = pickle.load(sys.stdin.buffer)
way = OpensshTransport(endpoint, credentials, Settings(ssh_config=Path("/dev/null"), connect_s=60))
way.connect()
print("connected", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("silent", [False, True])
def test_a_killed_client_leaves_nothing(ssh_lab: Lab, runtime: Path, silent: bool) -> None:
    """Neither a master that stands nor one whose login hangs, nor a file."""
    with BannerServer(b"SSH-2.0-x\r\n") as hanging:
        endpoint = lab_endpoint(ssh_lab)
        if silent:
            endpoint = replace(endpoint, addresses=(hanging.host,), port=hanging.port)
        given = pickle.dumps((endpoint, lab_credentials(ssh_lab)))
        with subprocess.Popen([sys.executable, "-c", CLIENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            assert client.stdin is not None
            assert client.stdout is not None
            client.stdin.write(given)
            client.stdin.close()
            if silent:
                eventually(lambda: bool(hanging._clients))
            else:
                assert client.stdout.readline() == b"connected\n"
            (folder,) = runtime.iterdir()
            assert (folder / "c").is_socket() != silent
            found = subprocess.run(["pgrep", "-x", "ssh", "-P", str(client.pid)], capture_output=True, check=True)
            session = int(found.stdout)
            assert len(processes_of(session)) == 2
            client.send_signal(signal.SIGKILL)
        eventually(lambda: processes_of(session) == [] and not folder.exists())


def test_a_master_that_was_killed_is_a_lost_link_and_then_made_anew(open_to: Open, tmp_path: Path) -> None:
    transport, effects = open_to(), tmp_path / "effects"
    transport.connect()
    session = pid_of(transport)
    outcome = transport.run(script(f"echo once >>{effects}; kill -9 {session}; sleep 1"))
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNKNOWN, "LINK-LOST", 10)
    assert transport.run(script("true")).state is RemoteState.SUCCEEDED
    eventually(lambda: transport.ask(outcome.marker).exit_status == 0)
    assert effects.read_text() == "once\n"
    eventually(lambda: processes_of(session) == [])


def test_a_foreign_master_is_never_used(open_to: Open, ssh_lab: Lab, tmp_path: Path) -> None:
    first = open_to()
    first.connect()
    config = tmp_path / "config"
    config.write_text(f"ControlMaster auto\nControlPath {first._master.socket}\nControlPersist yes\n")  # type: ignore[attr-defined]
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        second = open_to(through=proxy, ssh_config=config)
        assert second.run(script("true")).state is RemoteState.SUCCEEDED
        assert len(proxy._pairs) == 1
        assert second._master.socket != first._master.socket  # type: ignore[attr-defined]


def test_many_sessions_do_not_fill_the_log(open_to: Open) -> None:
    transport = open_to()
    transport.connect()
    for _ in range(150):
        transport._session("sftp", time.monotonic() + 10).close()  # type: ignore[attr-defined]
    assert transport.run(script("echo still here")).stdout.joined() == b"still here\n"


def test_our_environment_stays_here(open_to: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITMSCTL_SUDO_PASSWORD", "S3cr3t-canary")
    monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
    transport = open_to()
    transport.connect()
    assert transport._login_user() == transport.endpoint.user  # type: ignore[attr-defined]
    environment = Path(f"/proc/{pid_of(transport)}/environ").read_bytes()
    assert b"LC_ALL=C" in environment
    assert b"S3cr3t" not in environment
    assert b"ASKPASS" not in environment


@pytest.mark.parametrize("root", ["", "relative", "/nonexistent", "/tmp", "/" + "x" * 80, "/a b"])
def test_an_unfit_runtime_folder_is_not_used(root: str) -> None:
    folder = private_folder({"XDG_RUNTIME_DIR": root})
    assert folder.parent == Path("/tmp")
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()


def test_the_users_runtime_folder_is_used(runtime: Path) -> None:
    assert private_folder({"XDG_RUNTIME_DIR": str(runtime)}).parent == runtime
