"""Peers that lie, flood, hang or steal: HE1, HE5, HE7, HE13, HE15, MM1, MM2 of the threat model."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from examples.lab.ssh_endpoints import Lab, find_sshd, write_key
from itmsctl.errors import NoAnswerError
from itmsctl.transports.base import (
    CommandOutcome,
    Credentials,
    Endpoint,
    HostKeyPolicy,
    RemoteState,
    Settings,
)
from itmsctl.transports.ssh import SshTransport
from tests.servers import missing
from tests.servers.hostile_ssh import BannerServer, Handler, RogueServer
from tests.servers.ssh import pin_of
from tests.transports.contract import SLACK_S, marker, script

ACCEPT = Settings(host_keys=HostKeyPolicy.ACCEPT_NEW, connect_s=2.0, answer_s=2.0, sudo_s=1.5, kill_grace_s=0.2)
ANYTHING_LIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def endpoint_of(server: BannerServer | RogueServer, **changes: object) -> Endpoint:
    return replace(Endpoint("g", "pc1", (server.host,), server.port, "root"), **changes)  # type: ignore[arg-type]


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    write_key(tmp_path / "key")
    return Credentials(key_files=(tmp_path / "key",), password="S3cr3t-login")


def run_on(
    server: BannerServer | RogueServer,
    credentials: Credentials,
    settings: Settings = ACCEPT,
    *,
    time_limit_s: float = 2.0,
) -> CommandOutcome:
    with SshTransport(endpoint_of(server), credentials, settings) as transport:
        return transport.run(script("true", time_limit_s=time_limit_s))


def assert_plain(outcome: CommandOutcome) -> None:
    """No byte of the peer that a terminal would obey."""
    assert not ANYTHING_LIVE.search(outcome.message + outcome.hint)
    assert "S3cr3t" not in repr(outcome)


# --- HE15: not an SSH server ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize(
    "banner",
    [
        b"SSH-1.99-x\x1b[2J\r\n",
        b"SSH-2.0-x\x1b[2J\r\n\xff\xff\xff\xff" + b"\xff" * 900,
        b"SSH-1.5-old\r\n",
        b"SSH-\xff\xfe\x1b]0;pwn\x07\r\n",
        b"HTTP/1.1 400 Bad Request\r\nServer: x\x1b[2J\r\n\r\n",
        b"220 smtp \x9b31m\r\n" * 120,
        b"\x00" * 300 + b"\n",
    ],
)
def test_other_services_are_named_as_such(credentials: Credentials, banner: bytes, hold: bool) -> None:
    with BannerServer(banner, hold=hold) as server:
        begin = time.monotonic()
        outcome = run_on(server, credentials)
    assert outcome.state is RemoteState.UNREACHABLE
    assert (outcome.reason, outcome.leads_to) == ("HOST-NOT-SSH", 8)
    assert "pc1 answered, but not as an SSH server" in outcome.message
    assert time.monotonic() - begin < ACCEPT.connect_s + SLACK_S
    assert_plain(outcome)


def test_a_banner_of_seventy_kilobytes(credentials: Credentials) -> None:
    with BannerServer(b"x" * 70_000) as server:
        begin = time.monotonic()
        outcome = run_on(server, credentials)
    assert outcome.state is RemoteState.UNREACHABLE
    assert outcome.reason == "HOST-NOT-SSH"
    assert time.monotonic() - begin < ACCEPT.connect_s + SLACK_S
    assert_plain(outcome)


def test_an_open_port_that_says_nothing(credentials: Credentials) -> None:
    with BannerServer(b"") as server:
        begin = time.monotonic()
        outcome = run_on(server, credentials)
    assert (outcome.reason, outcome.leads_to) == ("SILENT", 8)
    assert 1.5 < time.monotonic() - begin < 2 + SLACK_S


def test_a_server_that_stops_after_its_banner(credentials: Credentials) -> None:
    with BannerServer(b"SSH-2.0-OpenSSH_9.2\r\n") as server:
        outcome = run_on(server, credentials)
    assert (outcome.state, outcome.reason) == (RemoteState.UNREACHABLE, "TIMED-OUT")


def test_garbage_after_the_banner(credentials: Credentials) -> None:
    with BannerServer(b"SSH-2.0-x\r\n" + b"\xff" * 5000) as server:
        outcome = run_on(server, credentials)
    assert outcome.state is RemoteState.UNREACHABLE
    assert outcome.reason == "HOST-NOT-SSH"
    assert_plain(outcome)


def test_a_server_that_closes_without_a_word(credentials: Credentials) -> None:
    with BannerServer(b"", hold=False) as server:
        outcome = run_on(server, credentials)
    assert (outcome.state, outcome.reason) == (RemoteState.UNREACHABLE, "BUSY-SERVER")


# --- MM1, HE9: the key is judged before anything is sent --------------------------------------------------------------


def test_a_rogue_server_sees_no_attempt_to_log_in(credentials: Credentials, tmp_path: Path) -> None:
    pin = pin_of(write_key(tmp_path / "true-host"))
    with RogueServer() as server:
        # The rogue has only an ECDSA key, and then one of the pinned type too.
        for key_type in (pin.key_type, server.key.get_name()):
            endpoint = endpoint_of(server, pins=(replace(pin, key_type=key_type),))
            with SshTransport(endpoint, credentials, ACCEPT) as transport:
                outcome = transport.run(script("true"))
            assert (outcome.reason, outcome.leads_to) == ("HOST-KEY-CHANGED", 12)
        with SshTransport(endpoint_of(server), credentials, Settings()) as transport:
            assert transport.run(script("true")).reason == "HOST-KEY-UNKNOWN"
        time.sleep(0.1)
        assert server.attempts == []
        assert server.commands == []


def test_nothing_of_the_users_own_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".ssh").mkdir()
    write_key(tmp_path / ".ssh" / "id_ed25519")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    with RogueServer(accept=False) as server:
        outcome = run_on(server, Credentials())
        assert outcome.reason == "AUTH-FAILED"
        assert server.attempts == []


# --- MM2: old algorithms ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("Ciphers 3des-cbc", "cipher"),
        ("Ciphers aes256-cbc", "cipher"),
        ("MACs hmac-sha1\nCiphers aes128-ctr", "mac"),
        ("KexAlgorithms diffie-hellman-group1-sha1", "kex algorithm"),
    ],
)
def test_only_broken_algorithms(tmp_path: Path, option: str, what: str) -> None:
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    lab = Lab(1, tmp_path / "lab", engine="openssh", network=47, options=option.split("\n"))
    try:
        endpoint = Endpoint("g", "pc1", tuple(lab.hosts), lab.port, lab.user)
        with SshTransport(endpoint, Credentials(key_files=(lab.key_file,)), ACCEPT) as transport:
            outcome = transport.run(script("true"))
    finally:
        lab.stop()
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNREACHABLE, "SSH-NO-COMMON-ALGORITHM", 8)
    assert f"no {what} that is accepted" in outcome.message


# --- HE1, HE7: what a logged-in rogue answers -------------------------------------------------------------------------


def _token(command: bytes) -> str:
    found = re.search(rb"itms ([0-9a-f]{32})", command)
    assert found
    return found[1].decode()


def _said(channel: paramiko.Channel, text: bytes, status: int | None = 0) -> None:
    channel.sendall(text)
    if status is not None:
        channel.send_exit_status(status)
    channel.close()


def _flood(channel: paramiko.Channel, command: bytes) -> None:
    while True:
        channel.sendall(b"\x1b[2J" * 8000)


def _flood_after_header(channel: paramiko.Channel, command: bytes) -> None:
    token = _token(command)
    channel.sendall(f"ITMS1 {token} READY 0 - - - - - \nITMS1 {token} DONE 0 - - - - - \n".encode())
    while True:
        channel.sendall(b"y" * 32_000)


def _silent(channel: paramiko.Channel, command: bytes) -> None:
    time.sleep(30)


def _nologin(channel: paramiko.Channel, command: bytes) -> None:
    _said(channel, b"This account is \x1b[31mnot available.\n", 1)


def _wrong_token(channel: paramiko.Channel, command: bytes) -> None:
    _said(channel, b"ITMS1 " + b"0" * 32 + b" DONE 0 - - - - - \nfine\n")


def _nonsense_word(channel: paramiko.Channel, command: bytes) -> None:
    token = _token(command)
    _said(channel, f"ITMS1 {token} READY 0 - - - - - \nITMS1 {token} \x1b[2J 0 - - - - - \n".encode())


def _done_without_status(channel: paramiko.Channel, command: bytes) -> None:
    token = _token(command)
    _said(channel, f"ITMS1 {token} READY 0 - - - - - \nITMS1 {token} DONE 0 - - - - - \nok".encode(), None)


def _half_a_header(channel: paramiko.Channel, command: bytes) -> None:
    _said(channel, f"ITMS1 {_token(command)} READY 0 - - - - - \nITMS1 {_token(command)} DO".encode())


# What a rogue answers is looked at: how long a machine that is busy takes to let anybody in is not.
PATIENT = replace(ACCEPT, connect_s=60.0)


class Asked:
    """A handler, and the moment at which it was first asked to run a command.

    A flood before the header is ended by its size: the time of the command, which would end it too, is kept away.
    """

    def __init__(self, handler: Handler | None) -> None:
        self._handler = handler
        self._first = time.monotonic() if handler is None else 0.0
        self.time_limit_s = 60.0 if handler is _flood else 2.0

    @property
    def handler(self) -> Handler | None:
        return None if self._handler is None else self._asked

    def _asked(self, channel: paramiko.Channel, command: bytes) -> None:
        self._first = self._first or time.monotonic()
        assert self._handler is not None
        self._handler(channel, command)

    def since(self) -> float:
        assert self._first, "nobody asked"
        return time.monotonic() - self._first


@pytest.mark.parametrize(
    ("handler", "state", "reason", "leads_to"),
    [
        (None, RemoteState.NEVER_STARTED, "SHELL-REFUSED", 8),
        (_nologin, RemoteState.NEVER_STARTED, "SHELL-REFUSED", 8),
        (_wrong_token, RemoteState.NEVER_STARTED, "SHELL-REFUSED", 8),
        (_flood, RemoteState.UNKNOWN, "REPLY-GARBLED", 10),
        (_flood_after_header, RemoteState.UNKNOWN, "REPLY-GARBLED", 10),
        (_silent, RemoteState.UNKNOWN, "STOP-UNCONFIRMED", 10),
        (_nonsense_word, RemoteState.UNKNOWN, "REPLY-GARBLED", 10),
        (_done_without_status, RemoteState.UNKNOWN, "REPLY-GARBLED", 10),
        (_half_a_header, RemoteState.UNKNOWN, "REPLY-GARBLED", 10),
    ],
)
def test_answers_of_a_rogue(
    credentials: Credentials, handler: Handler | None, state: RemoteState, reason: str, leads_to: int
) -> None:
    asked = Asked(handler)
    with RogueServer(on_exec=asked.handler) as server:
        outcome = run_on(server, credentials, PATIENT, time_limit_s=asked.time_limit_s)
        took = asked.since()
    assert (outcome.state, outcome.reason, outcome.leads_to) == (state, reason, leads_to)
    assert took < 8 + SLACK_S
    assert len(outcome.stdout.joined()) <= 65_536
    assert_plain(outcome)


def test_a_server_too_busy_to_answer_is_told_so(credentials: Credentials) -> None:
    with (
        RogueServer(on_exec=_silent) as server,
        SshTransport(endpoint_of(server), credentials, replace(ACCEPT, answer_s=0.5)) as transport,
    ):
        asked = transport.ask(marker())
        killed = transport.kill(marker())
        with pytest.raises(NoAnswerError):
            transport.forget([marker()])
    assert {(o.state, o.reason, o.leads_to) for o in (asked, killed)} == {(RemoteState.UNKNOWN, "NO-ANSWER", 10)}
    assert "did not answer in time" in asked.message


def test_noise_of_a_login_shell_is_no_output(credentials: Credentials) -> None:
    def noisy(channel: paramiko.Channel, command: bytes) -> None:
        token = _token(command)
        channel.sendall_stderr(b"bash: warning: setlocale\n" + f"ITMS1 {token}\nerr".encode())
        _said(
            channel,
            b"Welcome! " * 5000 + f"ITMS1 {token} READY 0 - - - - - \nITMS1 {token} DONE 3 - - - - - \nout".encode(),
        )

    with RogueServer(on_exec=noisy) as server:
        outcome = run_on(server, credentials)
    assert (outcome.state, outcome.exit_status) == (RemoteState.FAILED, 3)
    assert (outcome.stdout.joined(), outcome.stderr.joined()) == (b"out", b"err")


# --- HE5: names in a listing ------------------------------------------------------------------------------------------

HOSTILE_NAMES = [
    "../../../etc/cron.d/evil", "/etc/passwd", "-rf", "x\ny", "a\x1b[2Jb", "..", "CON", "con.nse", ".profile", "",
    "n" * 101, "a b", "\u202egnp.exe", "nul", "LPT1.txt",
]  # fmt: skip


def test_hostile_names_are_kept_apart(credentials: Credentials) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(RogueServer(listing=["ok.xml", *HOSTILE_NAMES]))
        transport = stack.enter_context(SshTransport(endpoint_of(server), credentials, ACCEPT))
        listing = transport.list("/spool")
    assert [entry.name for entry in listing.entries] == ["ok.xml"]
    # The library drops `..`; all others are counted.
    assert len(listing.rejected) == len(HOSTILE_NAMES) - 1


# --- HE13: prompts for passwords --------------------------------------------------------------------------------------


@pytest.fixture
def as_admin(credentials: Credentials) -> Credentials:
    return replace(credentials, password=None, sudo_password="S3cr3t-sudo")


def _prompt_of(command: bytes) -> bytes:
    found = re.search(rb"itms-[0-9a-f]{32}:", command)
    assert found
    return found[0]


class Prompter:
    """A fake sudo: shows prompts and remembers what it was sent."""

    def __init__(self, *prompts: str, then: str = "hang", stream: str = "stderr") -> None:
        self.prompts, self.then, self.stream = prompts, then, stream
        self.received = b""

    def heard_the_password_once(self, text: str) -> None:
        assert self.received.startswith(b"S3cr3t-sudo\n")
        assert self.received.count(b"S3cr3t") == 1
        assert self.received.endswith(f"\n.\n{text}".encode())

    def __call__(self, channel: paramiko.Channel, command: bytes) -> None:
        channel.settimeout(3)
        send = channel.sendall_stderr if self.stream == "stderr" else channel.sendall
        for prompt in self.prompts:
            send(prompt.encode().replace(b"MARKER", _prompt_of(command)))
            try:
                self.received += channel.recv(4096)
            except TimeoutError:
                return
        if self.then == "refuse":
            channel.sendall_stderr(b"Sorry, user x is not allowed to execute\n")
            channel.send_exit_status(1)
            channel.close()
        elif self.then == "run":
            token = _token(command)
            channel.sendall(f"ITMS1 {token} READY 0 - - - - - \n".encode())
            while data := channel.recv(4096):
                self.received += data
            channel.sendall_stderr(f"ITMS1 {token}\n".encode())
            _said(channel, f"ITMS1 {token} DONE 0 - - - - - \necho {self.received.split()[0].decode()}".encode())


@pytest.mark.parametrize(
    ("prompter", "reason", "sent"),
    [
        (Prompter("[sudo] password for x: "), "SUDO-NO-PROMPT", b""),
        (Prompter("Password: ", stream="stdout"), "SUDO-NO-PROMPT", b""),
        (Prompter(then="refuse"), "SUDO-NO-PROMPT", b""),
        (Prompter("MARKER", "Sorry, try again.\nMARKER"), "SUDO-REJECTED", b"S3cr3t-sudo\n"),
        (Prompter("[sudo: MARKER] Password: ", then="refuse"), "SUDO-REJECTED", b"S3cr3t-sudo\n"),
    ],
)
def test_prompts_that_get_nothing_or_refuse(
    as_admin: Credentials, prompter: Prompter, reason: str, sent: bytes
) -> None:
    with RogueServer(on_exec=prompter) as server, SshTransport(endpoint_of(server), as_admin, ACCEPT) as transport:
        outcome = transport.run(script("id", run_as="admin"))
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.NEVER_STARTED, reason, 8)
    assert prompter.received == sent
    assert_plain(outcome)


def test_the_password_goes_once_and_is_not_kept(as_admin: Credentials) -> None:
    prompter = Prompter("MARKER", then="run")
    with RogueServer(on_exec=prompter) as server, SshTransport(endpoint_of(server), as_admin, ACCEPT) as transport:
        outcome = transport.run(script("id", run_as="admin"))
        assert all(b"S3cr3t" not in command for command in server.commands)
    assert outcome.state is RemoteState.SUCCEEDED
    prompter.heard_the_password_once("id")
    assert outcome.stdout.joined() == b"echo [redacted]"


def test_without_a_password_sudo_is_told_not_to_ask(credentials: Credentials) -> None:
    def refuse(channel: paramiko.Channel, command: bytes) -> None:
        channel.sendall_stderr(b"sudo: a password is required\n")
        _said(channel, b"", 1)

    with RogueServer(on_exec=refuse) as server, SshTransport(endpoint_of(server), credentials, ACCEPT) as transport:
        outcome = transport.run(script("id", run_as="admin"))
        assert server.commands[0].startswith(b"exec sudo -n -H -u admin -- /bin/sh -c ")
    assert (outcome.state, outcome.reason) == (RemoteState.NEVER_STARTED, "SUDO-REJECTED")
    assert "a password is required" in outcome.message


def test_the_login_user_needs_no_sudo(credentials: Credentials) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(RogueServer(on_exec=_nologin))
        transport = stack.enter_context(SshTransport(endpoint_of(server), credentials, ACCEPT))
        transport.run(script("id", run_as="root"))
        assert server.commands[0].startswith(b"exec /bin/sh -c ")
