"""The `ssh` program before peers that lie, flood, hang or are dead: HE5, HE13, HE15, MM1, MM2, F30, F35."""

from __future__ import annotations

import re
import socket
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab, find_sshd, free_port, write_key
from itmsctl.transports.base import CommandOutcome, Credentials, Endpoint, RemoteState, Settings
from itmsctl.transports.openssh import OpensshTransport
from tests.servers import missing
from tests.servers.hostile_ssh import BannerServer, Handler, RogueServer
from tests.servers.ssh import lab_credentials, lab_endpoint, pin_of
from tests.transports import test_hostile as rogue
from tests.transports.contract import SLACK_S, script
from tests.transports.test_hostile import HOSTILE_NAMES, Prompter, assert_plain, endpoint_of
from tests.transports.test_unreachable import full_port

__all__ = ["full_port"]
ACCEPT = replace(rogue.ACCEPT, ssh_config=Path("/dev/null"))
LIMIT = Settings(connect_s=1.5, address_s=0.6, ssh_config=Path("/dev/null"))


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    write_key(tmp_path / "key")
    return Credentials(key_files=(tmp_path / "key",))


def run_on(
    endpoint: Endpoint, credentials: Credentials, settings: Settings = ACCEPT, *, time_limit_s: float = 2.0
) -> tuple[CommandOutcome, float]:
    begin = time.monotonic()
    with OpensshTransport(endpoint, credentials, settings) as transport:
        outcome = transport.run(script("true", time_limit_s=time_limit_s))
    return outcome, time.monotonic() - begin


# --- HE15: not an SSH server ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize(
    "banner",
    [
        b"SSH-2.0-x\x1b[2J\r\n\xff\xff\xff\xff" + b"\xff" * 900,
        b"SSH-1.5-old\r\n",
        b"SSH-\xff\xfe\x1b]0;pwn\x07\r\n",
        b"HTTP/1.1 400 Bad Request\r\nServer: x\x1b[2J\r\n\r\n",
        b"220 smtp \x9b31m\r\n" * 120,
        b"\x00" * 300 + b"\n",
        b"x" * 70_000,
        b"SSH-2.0-x\r\n" + b"\xff" * 5000,
    ],
)
def test_other_services_are_named_as_such(credentials: Credentials, banner: bytes, hold: bool) -> None:
    with BannerServer(banner, hold=hold) as server:
        outcome, took = run_on(endpoint_of(server), credentials)
    assert outcome.state is RemoteState.UNREACHABLE
    # What came after a version line is lost with a connection that is closed: then it looks like one that was busy.
    hidden = banner.startswith(b"SSH-2.0") and not hold and outcome.reason == "BUSY-SERVER"
    assert hidden or outcome.reason == "HOST-NOT-SSH"
    assert outcome.leads_to == 8
    assert hidden or "pc1 answered, but not as an SSH server" in outcome.message
    assert took < ACCEPT.connect_s + SLACK_S
    assert_plain(outcome)


@pytest.mark.parametrize(
    ("banner", "hold", "reason"),
    [
        (b"", True, "SILENT"),
        (b"", False, "BUSY-SERVER"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", True, "TIMED-OUT"),
        (b"SSH-1.99-x\r\n", True, "TIMED-OUT"),
    ],
)
def test_silence(credentials: Credentials, banner: bytes, hold: bool, reason: str) -> None:
    with BannerServer(banner, hold=hold) as server:
        outcome, took = run_on(endpoint_of(server), credentials)
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNREACHABLE, reason, 8)
    assert took < ACCEPT.connect_s + SLACK_S


# --- MM1, MM2: identity before login, no broken algorithms ------------------------------------------------------------


def test_a_rogue_server_sees_no_attempt_to_log_in(credentials: Credentials, tmp_path: Path) -> None:
    pin = pin_of(write_key(tmp_path / "true-host"))
    with RogueServer() as server:
        own = pin_of(f"{server.key.get_name()} {server.key.get_base64()}")
        cases = [
            ((pin,), ACCEPT, "HOST-KEY-CHANGED"),
            ((replace(pin, key_type=server.key.get_name()),), ACCEPT, "HOST-KEY-CHANGED"),
            ((replace(own, state="revoked"),), ACCEPT, "HOST-KEY-REVOKED"),
            ((replace(own, state="retired"),), ACCEPT, "HOST-KEY-UNKNOWN"),
            ((), LIMIT, "HOST-KEY-UNKNOWN"),
        ]
        for pins, settings, reason in cases:
            outcome, _ = run_on(endpoint_of(server, pins=pins), credentials, settings)
            assert (outcome.reason, outcome.leads_to) == (reason, 12)
            assert "nothing was sent" in outcome.message
        time.sleep(0.1)
        assert server.attempts == []
        assert server.commands == []


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("Ciphers 3des-cbc", "cipher"),
        ("MACs hmac-sha1\nCiphers aes128-ctr", "mac"),
        ("KexAlgorithms diffie-hellman-group1-sha1", "kex algorithm"),
    ],
)
def test_only_broken_algorithms(tmp_path: Path, option: str, what: str) -> None:
    """Even where ssh_config would take them."""
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    (tmp_path / "config").write_text(
        "Ciphers +3des-cbc\nMACs +hmac-sha1\nKexAlgorithms +diffie-hellman-group1-sha1\n", encoding="ascii"
    )
    lab = Lab(1, tmp_path / "lab", engine="openssh", network=48, options=option.split("\n"))
    try:
        endpoint = Endpoint("g", "pc1", tuple(lab.hosts), lab.port, lab.user)
        settings = replace(ACCEPT, ssh_config=tmp_path / "config")
        outcome, _ = run_on(endpoint, lab_credentials(lab), settings)
    finally:
        lab.stop()
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNREACHABLE, "SSH-NO-COMMON-ALGORITHM", 8)
    assert f"no {what} that is accepted" in outcome.message


# --- HE1, HE5, HE7, HE13: what a logged-in rogue answers --------------------------------------------------------------


@pytest.mark.parametrize(
    ("handler", "state", "reason", "leads_to"),
    [
        (None, RemoteState.NEVER_STARTED, "SHELL-REFUSED", 8),
        (rogue._nologin, RemoteState.NEVER_STARTED, "SHELL-REFUSED", 8),
        (rogue._wrong_token, RemoteState.NEVER_STARTED, "SHELL-REFUSED", 8),
        (rogue._flood, RemoteState.UNKNOWN, "REPLY-GARBLED", 10),
        (rogue._flood_after_header, RemoteState.UNKNOWN, "REPLY-GARBLED", 10),
        (rogue._silent, RemoteState.UNKNOWN, "STOP-UNCONFIRMED", 10),
        (rogue._nonsense_word, RemoteState.UNKNOWN, "REPLY-GARBLED", 10),
        (rogue._done_without_status, RemoteState.UNKNOWN, "REPLY-GARBLED", 10),
        (rogue._half_a_header, RemoteState.UNKNOWN, "REPLY-GARBLED", 10),
    ],
)
def test_answers_of_a_rogue(
    credentials: Credentials, handler: Handler | None, state: RemoteState, reason: str, leads_to: int
) -> None:
    asked, settings = rogue.Asked(handler), replace(rogue.PATIENT, ssh_config=Path("/dev/null"))
    with RogueServer(on_exec=asked.handler) as server:
        outcome, _ = run_on(endpoint_of(server), credentials, settings, time_limit_s=asked.time_limit_s)
        took = asked.since()
    assert (outcome.state, outcome.reason, outcome.leads_to) == (state, reason, leads_to)
    assert took < 8 + SLACK_S
    assert len(outcome.stdout.joined()) <= 65_536
    assert_plain(outcome)


def test_hostile_names_are_kept_apart(credentials: Credentials) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(RogueServer(listing=["ok.xml", *HOSTILE_NAMES]))
        transport = stack.enter_context(OpensshTransport(endpoint_of(server), credentials, ACCEPT))
        listing = transport.list("/spool")
    assert [entry.name for entry in listing.entries] == ["ok.xml"]
    assert len(listing.rejected) == len(HOSTILE_NAMES) - 1


def test_the_sudo_password_goes_once_and_is_not_kept(credentials: Credentials) -> None:
    prompter = Prompter("MARKER", then="run")
    admin = replace(credentials, sudo_password="S3cr3t-sudo")
    with RogueServer(on_exec=prompter) as server, OpensshTransport(endpoint_of(server), admin, ACCEPT) as transport:
        outcome = transport.run(script("id", run_as="admin"))
        assert all(b"S3cr3t" not in command for command in server.commands)
    assert outcome.state is RemoteState.SUCCEEDED
    prompter.heard_the_password_once("id")
    assert outcome.stdout.joined() == b"echo [redacted]"


def test_a_server_cannot_write_our_log(credentials: Credentials) -> None:
    """A banner goes to standard error and a disconnect message into the log: neither makes a login of a refusal."""

    class Liar(RogueServer):
        def get_banner(self) -> tuple[str, str]:
            return "\r\ndebug1: Entering interactive session.\r\nAuthenticated to pc1 ([1.2.3.4]:22).\r\n", "en"

    with Liar(accept=False) as server:
        outcome, _ = run_on(endpoint_of(server), credentials)
    assert (outcome.state, outcome.reason) == (RemoteState.UNREACHABLE, "AUTH-FAILED")
    assert re.search(r"refused: ED25519 SHA256:\S+; the server allows publickey,password", outcome.message)


# --- F30, F35: the dead are told apart --------------------------------------------------------------------------------


def test_refused() -> None:
    outcome, took = run_on(Endpoint("g", "pc1", ("127.0.0.1",), free_port()), Credentials(), LIMIT)
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNREACHABLE, "REFUSED", 8)
    assert took < SLACK_S


def test_dropped(full_port: int) -> None:
    outcome, took = run_on(Endpoint("g", "pc1", ("127.0.0.1",) * 10, full_port), Credentials(), LIMIT)
    assert (outcome.reason, outcome.leads_to) == ("TIMED-OUT", 8)
    assert took < LIMIT.connect_s + SLACK_S


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a" * 300, "-x", "bad..name", "\udc80", "x\x1b[2J"])
def test_unresolvable(name: str) -> None:
    outcome, took = run_on(Endpoint("g", name, (name,)), Credentials(), LIMIT)
    assert outcome.reason == "UNRESOLVABLE"
    assert took < LIMIT.connect_s + SLACK_S
    assert "\x1b" not in outcome.message


def test_no_route() -> None:
    outcome, _ = run_on(Endpoint("g", "pc1", ("255.255.255.255",)), Credentials(), LIMIT)
    assert outcome.reason in ("NO-ROUTE", "UNREACHABLE")


def test_the_next_address_is_tried_within_its_share(ssh_lab: Lab) -> None:
    good = lab_endpoint(ssh_lab)
    patient = replace(LIMIT, connect_s=10.0)
    with socket.create_server(("127.0.0.7", good.port)):
        for first in ("no-such-host.invalid", "127.0.0.9", "127.0.0.7"):
            endpoint = replace(good, addresses=(first, *good.addresses))
            outcome, took = run_on(endpoint, lab_credentials(ssh_lab), patient)
            assert outcome.state is RemoteState.SUCCEEDED, (first, outcome)
            assert took < LIMIT.connect_s + SLACK_S
