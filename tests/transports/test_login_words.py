"""Which keys are offered in which order, and what is told of a login that fails: in the server's own words."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest
from paramiko.common import AUTH_FAILED, cMSG_DISCONNECT, cMSG_IGNORE
from paramiko.server import InteractiveQuery

from examples.lab.ssh_endpoints import Lab, find_sshd, write_key
from itmsctl.errors import AuthFailedError, NoCommonAlgorithmError, NoRouteError, UnreachableError
from itmsctl.transports import dial, ssh_library
from itmsctl.transports.base import Credentials, Endpoint, Settings
from itmsctl.transports.failures import shell_refused
from itmsctl.transports.openssh import OpensshTransport
from itmsctl.transports.sessions import SessionTransport
from itmsctl.transports.ssh import SshTransport
from itmsctl.transports.ssh_library import SshLink, hang_up
from tests.servers import missing
from tests.servers.hostile_ssh import BannerServer, RogueServer
from tests.servers.machine import can_unshare
from tests.servers.ssh import NO_RC_FILES, lab_credentials, lab_endpoint, pin_of
from tests.transports.test_hostile import ACCEPT, endpoint_of

VERSION = b"SSH-2.0-x\r\n"
Start = Callable[..., Lab]
Engine = type[SessionTransport]
engines = pytest.mark.parametrize("engine", [SshTransport, OpensshTransport])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a computer with settings of its sshd."""
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    with ExitStack() as stack:

        def go(*options: str) -> Lab:
            lab = Lab(1, tmp_path / "lab", engine="openssh", network=54, options=[*options, NO_RC_FILES])
            stack.callback(lab.stop)
            return lab

        yield go


def wrong_keys(folder: Path, count: int) -> tuple[Path, ...]:
    paths = tuple(folder / f"wrong-{n}" for n in range(count))
    for path in paths:
        write_key(path)
    return paths


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """An agent; call it with the keys that it is to hold."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))

    def hold(*keys: Path) -> None:
        while not path.exists():
            assert process.poll() is None
        subprocess.run(["ssh-add", "-q", *keys], check=True)

    yield hold
    process.terminate()
    process.wait(20)


def way_to(lab: Lab, engine: Engine, credentials: Credentials, endpoint: Endpoint | None = None) -> SessionTransport:
    return engine(endpoint or lab_endpoint(lab), credentials, Settings(ssh_config=Path("/dev/null"), connect_s=30.0))


# --- keys -------------------------------------------------------------------------------------------------------------


@engines
@pytest.mark.parametrize("tries", [2, 6])
def test_the_named_key_comes_before_those_of_the_agent(
    start: Start, agent: Callable[..., None], engine: Engine, tmp_path: Path, tries: int
) -> None:
    lab = start(f"MaxAuthTries {tries}")
    agent(*wrong_keys(tmp_path, 7))
    with way_to(lab, engine, Credentials(key_files=(lab.key_file,), use_agent=True)) as way:
        assert way.connect().auth_method.startswith("publickey")


@engines
def test_the_agent_helps_where_the_named_key_does_not(
    start: Start, agent: Callable[..., None], engine: Engine, tmp_path: Path
) -> None:
    lab = start()
    agent(lab.key_file)
    with way_to(lab, engine, Credentials(key_files=wrong_keys(tmp_path, 1), use_agent=True)) as way:
        assert way.connect().auth_method.startswith("publickey")


@engines
@pytest.mark.parametrize("named", ["encrypted", "public"])
def test_a_file_may_name_a_key_that_the_agent_holds(
    start: Start, agent: Callable[..., None], engine: Engine, tmp_path: Path, named: str
) -> None:
    lab = start("MaxAuthTries 2")
    agent(*wrong_keys(tmp_path, 6), lab.key_file)
    path = tmp_path / "given"
    path.write_bytes(lab.key_file.read_bytes())
    path.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "pass phrase", "-f", path], check=True)
    if named == "public":
        path = lab.key_file.with_name(lab.key_file.name + ".pub")
    with way_to(lab, engine, Credentials(key_files=(path,), use_agent=True)) as way:
        assert way.connect().auth_method.startswith("publickey")


def test_how_many_keys_were_not_tried_is_told(start: Start, agent: Callable[..., None], tmp_path: Path) -> None:
    lab = start("MaxAuthTries 20")
    agent(*wrong_keys(tmp_path, 8))
    with way_to(lab, SshTransport, Credentials(use_agent=True)) as way, pytest.raises(AuthFailedError) as caught:
        way.connect()
    assert "3 more of the agent's keys were not tried" in caught.value.why


@engines
def test_an_expired_certificate_does_not_shut_a_good_key_out(start: Start, engine: Engine, tmp_path: Path) -> None:
    lab = start()
    write_key(tmp_path / "ca")
    public = lab.key_file.with_name(lab.key_file.name + ".pub")
    sign = ["ssh-keygen", "-q", "-s", str(tmp_path / "ca"), "-I", "x", "-n", lab.user, "-V", "-10d:-5d", str(public)]
    subprocess.run(sign, check=True)
    assert lab.key_file.with_name(lab.key_file.name + "-cert.pub").exists()
    with way_to(lab, engine, lab_credentials(lab)) as way:
        assert way.connect().auth_method.startswith("publickey")


# --- words ------------------------------------------------------------------------------------------------------------


@engines
def test_too_many_keys_are_told_by_the_server(start: Start, engine: Engine, tmp_path: Path) -> None:
    lab = start("MaxAuthTries 2")
    way = way_to(lab, engine, Credentials(key_files=wrong_keys(tmp_path, 4)))
    with way, pytest.raises(AuthFailedError) as caught:
        way.connect()
    assert "the server says: Too many authentication failures" in caught.value.why


@engines
def test_the_banner_of_a_refusal_is_shown_without_its_tricks(start: Start, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "banner").write_bytes(b"Account closed;\r\n\x1b[2Jask \xff the \x9b31m help desk\n" + b"x" * 5000)
    lab = start(f"Banner {tmp_path / 'banner'}")
    way = way_to(lab, engine, Credentials(key_files=wrong_keys(tmp_path, 1)))
    with way, pytest.raises(AuthFailedError) as caught:
        way.connect()
    assert "the server says: Account closed; " in caught.value.why
    assert caught.value.why.isprintable()
    assert len(caught.value.why) < 800


class Dismissing:
    """An SSH server that exchanges versions and hangs up with a message."""

    def __init__(self, words: bytes) -> None:
        message = paramiko.Message()
        message.add_byte(cMSG_DISCONNECT)
        message.add_int(12)
        message.add_string(words)
        message.add_string("")
        body = message.asbytes()
        padding = 8 - (len(body) + 5) % 8 + 8
        self.banner = VERSION + (1 + len(body) + padding).to_bytes(4, "big") + bytes([padding]) + body + b"\0" * padding


@engines
@pytest.mark.parametrize(
    ("words", "reason"), [(b"Too many connections", "BUSY-SERVER"), (b"Go \x1b[2Jaway", "UNREACHABLE")]
)
def test_words_before_any_login_are_told(engine: Engine, tmp_path: Path, words: bytes, reason: str) -> None:
    with BannerServer(Dismissing(words).banner) as server:
        settings = replace(ACCEPT, connect_s=4.0, ssh_config=Path("/dev/null"))
        way = engine(endpoint_of(server), Credentials(key_files=wrong_keys(tmp_path, 1)), settings)
        with way, pytest.raises(UnreachableError) as caught:
            way.connect()
    assert caught.value.code == reason
    assert words.decode()[:2] in caught.value.why
    assert "it said: " in caught.value.why
    assert caught.value.why.isprintable()


class Asking(RogueServer):
    """Asks for the password in the way of keyboard-interactive, and takes none."""

    def get_allowed_auths(self, username: str) -> str:
        return "keyboard-interactive"

    def check_auth_interactive(self, username: str, submethods: str) -> InteractiveQuery:
        return InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        self.attempts.append(("asked", *responses))  # type: ignore[arg-type]  # one word
        return AUTH_FAILED


def test_a_password_that_was_asked_for_and_refused_is_told_so() -> None:
    with (
        Asking(accept=False) as server,
        SshTransport(endpoint_of(server), Credentials(password="Wr0ng-word"), ACCEPT) as way,
    ):
        with pytest.raises(AuthFailedError) as caught:
            way.connect()
        assert ("asked", "Wr0ng-word") in server.attempts
    assert caught.value.why.startswith("refused: the password (keyboard-interactive)")


def test_a_password_is_tried_where_keys_are_not_taken(tmp_path: Path) -> None:
    class Passwords(RogueServer):
        def get_allowed_auths(self, username: str) -> str:
            return "password"

        def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
            return AUTH_FAILED

    with Passwords() as server:
        credentials = Credentials(key_files=wrong_keys(tmp_path, 1), password="good-word")
        with SshTransport(endpoint_of(server), credentials, ACCEPT) as way:
            assert way.connect().auth_method == "password"


@engines
@pytest.mark.parametrize("certificate", ["of another key", "damaged"])
def test_a_certificate_that_is_no_good_is_left_out(
    start: Start, engine: Engine, tmp_path: Path, certificate: str
) -> None:
    lab = start()
    beside = lab.key_file.with_name(lab.key_file.name + "-cert.pub")
    if certificate == "damaged":
        beside.write_text("ssh-ed25519-cert-v01@openssh.com AAAA rubbish\n")
    else:
        write_key(tmp_path / "ca")
        (other,) = wrong_keys(tmp_path, 1)
        sign = ["ssh-keygen", "-q", "-s", str(tmp_path / "ca"), "-I", "x", "-n", lab.user, f"{other}.pub"]
        subprocess.run(sign, check=True)
        beside.write_bytes(Path(f"{other}-cert.pub").read_bytes())
    with way_to(lab, engine, lab_credentials(lab)) as way:
        assert way.connect().auth_method.startswith("publickey")


def test_an_expired_password_is_no_matter_of_the_shell() -> None:
    endpoint = Endpoint("g", "pc1", ("10.0.0.1",), 22, "ann")
    error = shell_refused(endpoint, b"Password change required but no TTY available.\r\n", 1)
    assert "expired" in error.hint
    assert "shell" not in error.hint
    assert "shell" in shell_refused(endpoint, b"This account is not available", 1).hint


# --- algorithms -------------------------------------------------------------------------------------------------------


@engines
def test_the_same_key_signed_by_sha1_is_no_changed_key(start: Start, engine: Engine, tmp_path: Path) -> None:
    key = tmp_path / "rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", key], check=True)
    lab = start(f"HostKey {key}", "HostKeyAlgorithms ssh-rsa")
    endpoint = replace(lab_endpoint(lab), pins=(pin_of(key.with_name("rsa.pub").read_text()),))
    with way_to(lab, engine, lab_credentials(lab), endpoint) as way, pytest.raises(NoCommonAlgorithmError) as caught:
        way.connect()
    assert "no host key that is accepted" in caught.value.message
    assert "offers ssh-rsa; broken algorithms are refused" in caught.value.why


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("KexAlgorithms sntrup761x25519-sha512@openssh.com", "kex algorithm"),
        ("Ciphers chacha20-poly1305@openssh.com", "cipher"),
        ("MACs umac-128-etm@openssh.com\nCiphers aes128-ctr", "mac"),
    ],
)
def test_what_is_only_unknown_here_is_not_called_broken(start: Start, option: str, what: str) -> None:
    lab = start(*option.split("\n"))
    with way_to(lab, SshTransport, lab_credentials(lab)) as way, pytest.raises(NoCommonAlgorithmError) as caught:
        way.connect()
    assert f"no {what} that is accepted" in caught.value.message
    assert "not broken, but unknown here" in caught.value.why
    assert caught.value.hint == "--transport openssh"
    with way_to(lab, OpensshTransport, lab_credentials(lab)) as way:
        assert way.connect().auth_method.startswith("publickey")


# --- bounds before anybody is authenticated ---------------------------------------------------------------------------


def refused_by(feed: Callable[[socket.socket], None]) -> str:
    """Return what a link says of a peer that goes on feeding it."""
    near, far = socket.socketpair()

    def go() -> None:
        try:
            feed(far)
        except OSError:
            return  # it hung up

    feeder = threading.Thread(target=go, daemon=True)
    feeder.start()
    link, done = SshLink(near, ()), threading.Event()
    link.start_client(event=done)
    try:
        assert done.wait(60), "it takes all that comes"
        return str(link.get_exception())
    finally:
        hang_up(link, near)
        far.close()
        feeder.join(60)


@pytest.mark.parametrize("length", [0x40000004, 0xFFFFFFFC, 256 * 1024 + 100])
def test_no_packet_is_longer_than_openssh_takes(length: int) -> None:
    def feed(far: socket.socket) -> None:
        far.sendall(VERSION + length.to_bytes(4, "big") + b"\0" * 100)

    assert "is longer than any may be" in refused_by(feed)
    with BannerServer(VERSION + length.to_bytes(4, "big") + b"\0" * 100) as server:
        way = SshTransport(endpoint_of(server), Credentials(password="x"), replace(ACCEPT, connect_s=3600))
        with way, pytest.raises(UnreachableError):
            way.connect()


def test_a_first_line_ends_soon() -> None:
    def feed(far: socket.socket) -> None:
        while True:
            far.sendall(b"x" * 4096)

    assert "does not end" in refused_by(feed)


def test_little_is_taken_before_a_login() -> None:
    packet = paramiko.Message()
    packet.add_byte(cMSG_IGNORE)
    packet.add_string(b"\0" * 30_000)
    body = packet.asbytes()
    padding = 8 - (len(body) + 5) % 8 + 8
    framed = (1 + len(body) + padding).to_bytes(4, "big") + bytes([padding]) + body + b"\0" * padding

    def feed(far: socket.socket) -> None:
        far.sendall(VERSION)
        while True:
            far.sendall(framed)

    assert "without end before the login" in refused_by(feed)


def test_the_bounds_are_openssh_s() -> None:
    assert (ssh_library.GREETING_BYTES, ssh_library.PACKET_BYTES) == (8192, 262144)


# --- link-local addresses ---------------------------------------------------------------------------------------------


def test_a_link_local_address_needs_its_zone() -> None:
    endpoint = Endpoint("g", "pc 1", ("fe80::1", "fe80::1%no-such", "fe80::1%lo", "::1", "10.0.0.1"), 2222)
    bare, unknown, zoned, plain, old = dial.resolve(endpoint, 0.0)
    assert isinstance(bare, NoRouteError)
    assert "without the interface" in bare.why
    assert bare.hint.startswith("itmsctl computer set 'pc 1' --address fe80::1%INTERFACE")
    assert isinstance(unknown, NoRouteError)
    assert "no interface `no-such`" in unknown.why
    assert isinstance(zoned, dial.Address)
    assert (zoned.place[1], zoned.place[3]) == (2222, socket.if_nametoindex("lo"))
    assert isinstance(plain, dial.Address)
    assert isinstance(old, dial.Address)
    assert old.place == ("10.0.0.1", 2222)
    assert old.last
    assert not plain.last


INSIDE = """
import socket, sys, time
from itmsctl.transports import dial
from itmsctl.transports.endpoint import Endpoint
with socket.socket(socket.AF_INET6) as server:
    server.bind(("fe80::77", 0, 0, socket.if_nametoindex("v0")))
    server.listen()
    endpoint = Endpoint("g", "pc1", ("fe80::77%v0",), server.getsockname()[1])
    (address,) = dial.resolve(endpoint, time.monotonic() + 5)
    dial.dial(endpoint, address, time.monotonic() + 5).close()
    print("connected")
"""


def test_a_link_local_address_with_its_zone_is_reached() -> None:
    if not can_unshare("-n"):
        missing("netns", "this user may not make network namespaces")
    setup = (
        "ip link add v0 type veth peer name v1 && ip link set lo up && "
        'ip link set v1 up && ip link set v0 up && ip addr add fe80::77/64 dev v0 nodad && exec "$@"'
    )
    argv = ["unshare", "-n", "sh", "-c", setup, "sh", sys.executable, "-c", INSIDE]
    done = subprocess.run(argv, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(Path.cwd())})
    assert done.stdout == "connected\n", done.stderr
