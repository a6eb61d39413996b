"""SSH against the real OpenSSH server: the contract, host keys, reuse, broken links."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from examples.lab.ssh_endpoints import Lab, write_key
from itmsctl.errors import (
    AuthFailedError,
    HostKeyChangedError,
    HostKeyRevokedError,
    HostKeyUnknownError,
    PrivateKeyError,
)
from itmsctl.transports.base import Credentials, HostKeyPolicy, RemoteState, Settings
from itmsctl.transports.ssh import SshTransport
from tests.servers.chaos import ChaosProxy, Fault
from tests.servers.ssh import lab_credentials, lab_endpoint, pin_of
from tests.transports.contract import SLACK_S, Open, TransportContract, eventually, marker, script


def opener(lab: Lab, run_dir: str, stack: ExitStack) -> Open:
    def make(
        machine_id: str | None = None,
        sudo_password: str | None = None,
        through: ChaosProxy | None = None,
        endpoint: dict[str, Any] | None = None,
        **options: Any,
    ) -> SshTransport:
        place = replace(lab_endpoint(lab, machine_id=machine_id), **(endpoint or {}))
        if through is not None:
            place = replace(place, addresses=(through.host,), port=through.port)
        credentials = replace(lab_credentials(lab), sudo_password=sudo_password)
        return stack.enter_context(SshTransport(place, credentials, Settings(**({"run_dir": run_dir} | options))))

    return make


class TestSsh(TransportContract):
    @pytest.fixture
    def open_to(self, ssh_lab: Lab, run_dir: str) -> Iterator[Open]:
        with ExitStack() as stack:
            yield opener(ssh_lab, run_dir, stack)


class TestSshInProcess:
    """The stand-in of examples/lab, for machines without an OpenSSH server."""

    @pytest.fixture
    def open_to(self, tmp_path: Path, run_dir: str) -> Iterator[Open]:
        lab = Lab(2, tmp_path / "lab", engine="in-process", network=46)
        with ExitStack() as stack:
            stack.callback(lab.stop)
            yield opener(lab, run_dir, stack)

    def test_it_really_runs_commands(self, open_to: Open) -> None:
        outcome = open_to().run(script("echo out; echo err >&2; exit 3"))
        assert (outcome.stdout.joined(), outcome.stderr.joined(), outcome.exit_status) == (b"out\n", b"err\n", 3)

    def test_large_scripts_and_outputs(self, open_to: Open) -> None:
        outcome = open_to().run(script("# " + "x" * 1_000_000 + "\nhead -c 3000000 /dev/zero"))
        assert outcome.stdout.total == 3_000_000

    def test_time_limit(self, open_to: Open) -> None:
        assert open_to().run(script("sleep 60", time_limit_s=0.7)).state is RemoteState.TIMED_OUT


# --- one connection ---------------------------------------------------------------------------------------------------


@pytest.fixture
def open_to(ssh_lab: Lab, run_dir: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield opener(ssh_lab, run_dir, stack)


def test_one_connection_serves_every_step(open_to: Open, ssh_lab: Lab, tmp_path: Path) -> None:
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        transport = open_to(through=proxy)
        name = marker()
        transport.run(script("true", marker=name))
        transport.ask(name)
        transport.put(b"x", str(tmp_path / "x"))
        transport.get(str(tmp_path / "x"), limit_bytes=5)
        transport.list(str(tmp_path))
        transport.forget([name])
        assert len(proxy._pairs) == 1


def test_the_connection_tells_what_was_agreed(open_to: Open, ssh_lab: Lab) -> None:
    connection = open_to().connect()
    agreed = dict(connection.algorithms)
    assert agreed["kex"].startswith(("curve25519", "mlkem768"))
    assert (agreed["host_key"], agreed["cipher"]) == ("ssh-ed25519", "aes128-gcm@openssh.com")
    assert connection.strict_kex is True
    assert connection.auth_method == "publickey ssh-ed25519"
    assert connection.seen_key is not None
    assert connection.seen_key.fingerprint == pin_of(ssh_lab.servers.host_keys[ssh_lab.hosts[0]]).fingerprint
    assert not connection.seen_key.newly_accepted
    assert 0 < connection.connect_s < 5


# --- host keys --------------------------------------------------------------------------------------------------------


def test_an_unknown_key_is_refused_by_default(open_to: Open) -> None:
    transport = open_to(endpoint={"pins": ()})
    with pytest.raises(HostKeyUnknownError, match="no host key is recorded") as caught:
        transport.connect()
    assert "seen=SHA256:" in caught.value.why
    assert caught.value.exit_status == 12


def test_an_unknown_key_is_told_where_new_ones_are_accepted(open_to: Open) -> None:
    connection = open_to(endpoint={"pins": ()}, host_keys=HostKeyPolicy.ACCEPT_NEW).connect()
    assert connection.seen_key is not None
    assert connection.seen_key.newly_accepted
    assert connection.seen_key.blob


@pytest.mark.parametrize("policy", list(HostKeyPolicy))
def test_a_changed_key_is_refused_under_any_policy(open_to: Open, tmp_path: Path, policy: HostKeyPolicy) -> None:
    other = pin_of(write_key(tmp_path / "other"))
    outcome = open_to(endpoint={"pins": (other,)}, host_keys=policy).run(script("true"))
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNREACHABLE, "HOST-KEY-CHANGED", 12)
    assert f"pinned={other.fingerprint}" in outcome.message
    assert "seen=SHA256:" in outcome.message
    assert "nothing was sent" in outcome.message


def test_a_pinned_type_that_is_no_longer_offered_is_a_changed_key(open_to: Open, ssh_lab: Lab) -> None:
    pin = replace(pin_of(ssh_lab.servers.host_keys[ssh_lab.hosts[0]]), key_type="ssh-rsa", fingerprint="SHA256:x")
    with pytest.raises(HostKeyChangedError, match="has changed"):
        open_to(endpoint={"pins": (pin,)}).connect()


def test_states_of_pins(open_to: Open, ssh_lab: Lab, tmp_path: Path) -> None:
    line = ssh_lab.servers.host_keys[ssh_lab.hosts[0]]
    new = HostKeyPolicy.ACCEPT_NEW
    with pytest.raises(HostKeyRevokedError):
        open_to(endpoint={"pins": (pin_of(line, "revoked"),)}, host_keys=new).connect()
    with pytest.raises(HostKeyUnknownError):
        open_to(endpoint={"pins": (pin_of(line, "retired"),)}, host_keys=new).connect()
    both = (pin_of(write_key(tmp_path / "old"), "retired"), pin_of(line))
    assert open_to(endpoint={"pins": both}).connect().seen_key


# --- logging in -------------------------------------------------------------------------------------------------------


def test_refused_logins(open_to: Open, ssh_lab: Lab, tmp_path: Path) -> None:
    write_key(tmp_path / "wrong")
    endpoint = lab_endpoint(ssh_lab)
    for credentials, why in (
        (Credentials(), "no key and no password"),
        (Credentials(key_files=(tmp_path / "wrong",)), "refused: ssh-ed25519 SHA256:"),
        (Credentials(password="S3cr3t"), "allows only publickey"),
    ):
        with SshTransport(endpoint, credentials) as transport, pytest.raises(AuthFailedError) as caught:
            transport.connect()
        assert why in caught.value.why
        assert "S3cr3t" not in str(caught.value.as_dict())


def test_the_right_key_among_wrong_ones(ssh_lab: Lab, tmp_path: Path) -> None:
    write_key(tmp_path / "wrong")
    keys = (tmp_path / "wrong", ssh_lab.key_file)
    with SshTransport(lab_endpoint(ssh_lab), Credentials(key_files=keys)) as transport:
        assert transport.connect().auth_method == "publickey ssh-ed25519"


@pytest.mark.parametrize("content", [None, b"", b"not a key", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_key_files_that_cannot_be_used(ssh_lab: Lab, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    transport = SshTransport(lab_endpoint(ssh_lab), Credentials(key_files=(path,)))
    with pytest.raises(PrivateKeyError, match=str(path)):
        transport.connect()


# --- broken links -----------------------------------------------------------------------------------------------------


def test_a_link_cut_in_the_middle_is_unknown_until_asked(open_to: Open, ssh_lab: Lab, tmp_path: Path) -> None:
    effects, name = tmp_path / "effects", marker()
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy, ThreadPoolExecutor(1) as pool:
        running = pool.submit(
            open_to(through=proxy).run, script(f"echo once >>{effects}; sleep 1; exit 7", marker=name)
        )
        eventually(effects.exists)
        proxy.cut()
        outcome = running.result(timeout=10)
        assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNKNOWN, "LINK-LOST", 10)
        assert "itmsctl run reconcile" in outcome.hint
    transport = open_to()
    assert transport.ask(name).state is RemoteState.RUNNING
    eventually(lambda: transport.ask(name).state is not RemoteState.RUNNING)
    assert transport.ask(name).exit_status == 7
    assert transport.run(script(f"echo twice >>{effects}", marker=name)).exit_status == 7
    assert effects.read_text() == "once\n"


def test_a_link_that_falls_silent_is_unknown(open_to: Open, ssh_lab: Lab, tmp_path: Path) -> None:
    started = tmp_path / "started"
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        transport = open_to(through=proxy, answer_s=1.0, kill_grace_s=0.2)
        transport.connect()
        proxy.fault = Fault("stall", after=proxy.counted["down"] + 600, direction="down")
        begin = time.monotonic()
        outcome = transport.run(script(f"echo x >{started}; sleep 3", time_limit_s=1.0))
        assert (outcome.state, outcome.leads_to) == (RemoteState.UNKNOWN, 10)
        assert time.monotonic() - begin < 4 + SLACK_S


def test_an_upload_cut_in_the_middle_never_starts(open_to: Open, ssh_lab: Lab, tmp_path: Path) -> None:
    effects, name = tmp_path / "effects", marker()
    body = f"echo x >>{effects}\n" + "# filler\n" * 100_000
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        transport = open_to(through=proxy)
        transport.connect()
        proxy.fault = Fault("cut", after=proxy.counted["up"] + 300_000)
        outcome = transport.run(script(body, marker=name))
        assert (outcome.state, outcome.reason) == (RemoteState.UNKNOWN, "LINK-LOST")
    asked = open_to().ask(name)
    assert asked.state is RemoteState.NEVER_STARTED
    assert not effects.exists()


@pytest.mark.parametrize("block", range(4))
def test_no_flipped_bit_is_ever_accepted(open_to: Open, ssh_lab: Lab, block: int) -> None:
    """Forty places in both directions (reliability MM2, F34)."""
    wanted = bytes(range(65, 91)) * 40
    for step in range(10):
        place = 100 + (block * 10 + step) * 97
        fault = Fault("flip", after=place, direction="down" if step % 2 else "up")
        with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port), fault) as proxy:
            transport = open_to(through=proxy, connect_s=3.0, answer_s=2.0)
            outcome = transport.run(script(f"printf {wanted.decode()}", time_limit_s=3.0))
            if outcome.state is RemoteState.SUCCEEDED:
                assert outcome.stdout.joined() == wanted
            else:
                assert outcome.state in (RemoteState.UNREACHABLE, RemoteState.UNKNOWN, RemoteState.NEVER_STARTED)
                assert outcome.reason
            transport.close()


def test_a_lost_connection_is_made_anew_for_the_next_step(open_to: Open, ssh_lab: Lab) -> None:
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        transport = open_to(through=proxy)
        assert transport.run(script("true")).state is RemoteState.SUCCEEDED
        proxy.cut()
        eventually(lambda: not transport._is_open())
        assert transport.run(script("true")).state is RemoteState.SUCCEEDED
