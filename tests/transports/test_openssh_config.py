"""The `ssh` program as the user's ssh_config has it: logins, jump hosts, and what a configuration cannot change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab, write_key
from itmsctl.errors import AuthFailedError, InputError, PrivateKeyError, UsageError
from itmsctl.transports.base import Credentials, HostKeyPolicy, RemoteState, Settings
from itmsctl.transports.openssh import OpensshTransport
from tests.servers.chaos import ChaosProxy
from tests.servers.ssh import lab_endpoint, pin_of
from tests.transports.contract import Open, eventually, script
from tests.transports.test_openssh import opener, pid_of, processes_of


@pytest.fixture
def open_to(ssh_lab: Lab, run_dir: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield opener(ssh_lab, run_dir, stack)


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
    """Return the second computer of the lab as a jump host that counts its connections, and an ssh_config that names
    it.
    """
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


def test_addresses_in_turn_behind_a_jump_host(open_to: Open, ssh_lab: Lab, bastion: tuple[ChaosProxy, Path]) -> None:
    """What cannot be an address never reaches the command line, nor does ssh fall back to the name."""
    bad = ("-oProxyCommand=id", "a b")
    assert open_to(ssh_config=bastion[1], endpoint={"addresses": bad}).run(script("true")).reason == "UNRESOLVABLE"
    assert bastion[0].counted["up"] == 0
    good = (*bad, "127.0.0.9", ssh_lab.hosts[0])
    assert (
        open_to(ssh_config=bastion[1], endpoint={"addresses": good}).run(script("true")).state is RemoteState.SUCCEEDED
    )


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
    assert (outcome.state, outcome.reason) == (RemoteState.UNREACHABLE, "UNREACHABLE")
    assert "by way of ssh_config's proxy" in outcome.message
    assert "Permission denied" in outcome.message


def test_what_nobody_said_is_left_to_ssh_config(ssh_lab: Lab, bastion: tuple[ChaosProxy, Path], run_dir: str) -> None:
    """Host name, port, user and key of ssh_config reach a computer of which the CMDB knows the name only."""
    known = lab_endpoint(ssh_lab)
    endpoint = replace(known, name="web7", addresses=("web7",), port=22, user="nobody", assumed=("user", "port"))
    settings = Settings(ssh_config=bastion[1], run_dir=run_dir)
    with OpensshTransport(endpoint, Credentials(), settings) as transport:
        assert transport.run(script("true", run_as=ssh_lab.user)).state is RemoteState.SUCCEEDED
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
        "ForkAfterAuthentication yes\nControlPersist 60\nBatchMode no\nIgnoreUnknown UseKeychain\nUseKeychain yes\n"
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
