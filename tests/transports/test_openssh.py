"""SSH by the `ssh` program against the real OpenSSH server: the contract, host keys, broken links, ssh_config."""

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

from examples.lab.ssh_endpoints import Lab, write_key
from itmsctl.errors import AuthFailedError, InputError, PrivateKeyError, UnreachableError, UsageError
from itmsctl.transports.base import Credentials, HostKeyPolicy, Settings, State
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


def pid_of(transport: OpensshTransport) -> int:
    assert transport._master is not None
    return transport._master._process.pid


def processes_of(session: int) -> list[str]:
    """The command lines of the processes of a session that live."""
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


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder with a short name."""
    folder = Path(tempfile.mkdtemp(prefix="itms-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


def test_nothing_is_left_of_a_failed_attempt(open_to: Open, runtime: Path) -> None:
    with BannerServer(b"") as silent, pytest.raises(UnreachableError):
        open_to(endpoint={"addresses": (silent.host,), "port": silent.port}, connect_s=1.0).connect()
    assert list(runtime.iterdir()) == []
    found = subprocess.run(["pgrep", "-x", "ssh", "-P", str(os.getpid())], check=False, capture_output=True)
    assert found.stdout == b""


def test_a_killed_client_leaves_no_master(ssh_lab: Lab) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from itmsctl.transports.base import *\n"
        "from itmsctl.transports.openssh import OpensshTransport\n"
        "import pickle; e, c = pickle.load(sys.stdin.buffer)\n"
        "t = OpensshTransport(e, c, Settings(ssh_config=Path('/dev/null'))); t.connect()\n"
        "print(t._master._process.pid, t._master.folder, flush=True); time.sleep(60)\n"
    )
    given = pickle.dumps((lab_endpoint(ssh_lab), lab_credentials(ssh_lab)))
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(given)
        process.stdin.close()
        pid, folder = process.stdout.readline().decode().split()
        assert any("ssh -E" in line for line in processes_of(int(pid)))
        assert Path(folder, "c").is_socket()
        process.send_signal(signal.SIGKILL)
    eventually(lambda: processes_of(int(pid)) == [] and not Path(folder).exists())


def test_a_master_that_was_killed_is_a_lost_link_and_then_made_anew(open_to: Open, tmp_path: Path) -> None:
    transport, effects = open_to(), tmp_path / "effects"
    transport.connect()
    session = pid_of(transport)
    outcome = transport.run(script(f"echo once >>{effects}; kill -9 {session}; sleep 1"))
    assert (outcome.state, outcome.reason, outcome.leads_to) == (State.UNKNOWN, "LINK-LOST", 10)
    assert transport.run(script("true")).state is State.SUCCEEDED
    eventually(lambda: transport.ask(outcome.marker).exit_status == 0)
    assert effects.read_text() == "once\n"
    assert processes_of(session) == []


def test_a_foreign_master_is_never_used(open_to: Open, ssh_lab: Lab, tmp_path: Path) -> None:
    first = open_to()
    first.connect()
    config = tmp_path / "config"
    config.write_text(f"ControlMaster auto\nControlPath {first._master.socket}\nControlPersist yes\n")  # type: ignore[attr-defined]
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        second = open_to(through=proxy, ssh_config=config)
        assert second.run(script("true")).state is State.SUCCEEDED
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


# --- logging in -------------------------------------------------------------------------------------------------------


def test_refused_logins(ssh_lab: Lab, tmp_path: Path) -> None:
    write_key(tmp_path / "wrong")
    credentials = Credentials(key_files=(tmp_path / "wrong",))
    with (
        OpensshTransport(lab_endpoint(ssh_lab), credentials, Settings(ssh_config=Path("/dev/null"))) as transport,
        pytest.raises(AuthFailedError) as caught,
    ):
        transport.connect()
    assert "refused: ED25519 SHA256:" in caught.value.why
    assert "the server allows publickey" in caught.value.why


def test_a_password_is_not_for_this_engine(open_to: Open) -> None:
    transport = open_to()
    transport.credentials = replace(transport.credentials, password="S3cr3t")
    with pytest.raises(UsageError, match="takes no login password") as caught:
        transport.connect()
    assert "--transport ssh" in caught.value.hint


@pytest.mark.parametrize("content", [None, b"", b"not a key", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_key_files_that_cannot_be_used(ssh_lab: Lab, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    settings = Settings(ssh_config=Path("/dev/null"))
    transport = OpensshTransport(lab_endpoint(ssh_lab), Credentials(key_files=(path,)), settings)
    with pytest.raises(PrivateKeyError, match=str(path)):
        transport.connect()


# --- ssh_config -------------------------------------------------------------------------------------------------------


def config_of(lab: Lab, jump: ChaosProxy, folder: Path, jump_key: Path) -> Path:
    """An ssh_config with a jump host for the lab, and all that there is to know of `web7`."""
    path = folder / "config"
    path.write_text(
        f"""
Host bastion
  HostName {jump.host}
  Port {jump.port}
  User {lab.user}
  IdentityFile {jump_key}
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  StrictHostKeyChecking accept-new
Host lab-0*
  ProxyJump bastion
Host web7
  HostName {lab.hosts[0]}
  Port {lab.port}
  User {lab.user}
  IdentityFile {lab.key_file}
"""
    )
    return path


@pytest.fixture
def bastion(ssh_lab: Lab, tmp_path: Path) -> Iterator[tuple[ChaosProxy, Path]]:
    """The second computer of the lab as a jump host that counts its connections, and an ssh_config that names it."""
    with ChaosProxy((ssh_lab.hosts[1], ssh_lab.port)) as proxy:
        yield proxy, config_of(ssh_lab, proxy, tmp_path, ssh_lab.key_file)


def test_by_way_of_a_jump_host(open_to: Open, bastion: tuple[ChaosProxy, Path]) -> None:
    """The `Host` line matches the computer's name; its address is the CMDB's; its host key is the pinned one."""
    proxy, config = bastion
    transport = open_to(ssh_config=config)
    assert transport.run(script("exit 3")).exit_status == 3
    assert transport.run(script("exit 4")).exit_status == 4
    assert len(proxy._pairs) == 1
    session = pid_of(transport)
    assert any("-W" in line for line in processes_of(session))
    transport.close()
    eventually(lambda: processes_of(session) == [])


def test_the_pin_holds_behind_a_jump_host(open_to: Open, bastion: tuple[ChaosProxy, Path], tmp_path: Path) -> None:
    other = pin_of(write_key(tmp_path / "other"))
    outcome = open_to(ssh_config=bastion[1], endpoint={"pins": (other,)}).run(script("true"))
    assert (outcome.reason, outcome.leads_to) == ("HOST-KEY-CHANGED", 12)


def test_a_jump_host_that_refuses_is_named(
    open_to: Open, ssh_lab: Lab, bastion: tuple[ChaosProxy, Path], tmp_path: Path
) -> None:
    write_key(tmp_path / "wrong")
    config = config_of(ssh_lab, bastion[0], tmp_path, tmp_path / "wrong")
    outcome = open_to(ssh_config=config).run(script("true"))
    assert (outcome.state, outcome.reason) == (State.UNREACHABLE, "UNREACHABLE")
    assert "by way of ssh_config's proxy" in outcome.message
    assert "Permission denied" in outcome.message


def test_what_nobody_said_is_left_to_ssh_config(ssh_lab: Lab, bastion: tuple[ChaosProxy, Path], run_dir: str) -> None:
    """Host name, port, user and key of ssh_config reach a computer of which the CMDB knows the name only."""
    known = lab_endpoint(ssh_lab)
    endpoint = replace(known, name="web7", addresses=("web7",), port=22, user="nobody", assumed=("user", "port"))
    settings = Settings(ssh_config=bastion[1], run_dir=run_dir)
    with OpensshTransport(endpoint, Credentials(), settings) as transport:
        assert transport.run(script("true", run_as=ssh_lab.user)).state is State.SUCCEEDED
        assert transport._login_user() == ssh_lab.user
    said = replace(endpoint, assumed=("port",))
    with OpensshTransport(said, Credentials(), settings) as transport, pytest.raises(AuthFailedError, match="nobody"):
        transport.connect()


@pytest.mark.parametrize(
    "line",
    [
        "NoHostAuthenticationForLocalhost yes",
        "StrictHostKeyChecking no",
        "KnownHostsCommand /bin/echo",
        "VerifyHostKeyDNS yes",
        "UserKnownHostsFile /dev/null",
        "HostKeyAlias other",
    ],
)
def test_ssh_config_cannot_loosen_identity(open_to: Open, tmp_path: Path, line: str) -> None:
    (tmp_path / "config").write_text(line + "\n")
    other = pin_of(write_key(tmp_path / "other"))
    for pins, reason in (((other,), "HOST-KEY-CHANGED"), ((), "HOST-KEY-UNKNOWN")):
        outcome = open_to(ssh_config=tmp_path / "config", endpoint={"pins": pins}).run(script("true"))
        assert (outcome.reason, outcome.leads_to) == (reason, 12)


def test_lines_of_ssh_config_that_would_get_in_the_way(open_to: Open, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (tmp_path / "config").write_text(
        f"RemoteCommand touch {ran}\nRequestTTY force\nLocalCommand touch {ran}\nPermitLocalCommand yes\n"
        f"ForwardAgent yes\nLocalForward {tmp_path}/sock localhost:1\nSessionType none\nStdinNull yes\nLogLevel QUIET\n"
        "ForkAfterAuthentication yes\nControlPersist 60\nBatchMode no\n"
    )
    transport = open_to(ssh_config=tmp_path / "config", host_keys=HostKeyPolicy.STRICT)
    assert transport.run(script("cat; exit 5")).exit_status == 5
    assert not ran.exists()
    assert not (tmp_path / "sock").exists()


@pytest.mark.parametrize("kex", ["sntrup761x25519-sha512@openssh.com,curve25519-sha256", "ecdh-sha2-nistp384"])
def test_an_order_of_key_exchanges_in_ssh_config_stays(open_to: Open, tmp_path: Path, kex: str) -> None:
    assert dict(open_to().connect().algorithms)["kex"].startswith(("curve25519", "mlkem768"))
    (tmp_path / "config").write_text(f"KexAlgorithms {kex}\n")
    connection = open_to(ssh_config=tmp_path / "config").connect()
    assert dict(connection.algorithms)["kex"] == kex.split(",")[0]


def test_an_ssh_config_that_ssh_does_not_take(open_to: Open, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("Host *\n NoSuchThing yes\n")
    with pytest.raises(InputError, match="does not take its configuration") as caught:
        open_to(ssh_config=tmp_path / "config").connect()
    assert "nosuchthing" in caught.value.why.lower()
