"""What we lean on in paramiko is still there, and does what we take it to do."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator

import paramiko
import pytest

from itmsctl.transports import ssh_library
from itmsctl.transports.ssh_library import DENIED, Bell, SshLink, hang_up, key_algorithms
from tests.servers.hostile_ssh import RogueServer


@pytest.fixture
def pair() -> Iterator[tuple[SshLink, RogueServer, socket.socket]]:
    with RogueServer(on_exec=lambda channel, command: None) as server:
        sock = socket.create_connection((server.host, server.port))
        link = SshLink(sock, ())
        done = threading.Event()
        link.start_client(event=done)
        assert done.wait(10)
        link.auth_publickey("x", server.key)
        yield link, server, sock
        hang_up(link, sock)


def test_gcm_comes_first_and_nothing_denied_is_offered() -> None:
    a, b = socket.socketpair()
    link = SshLink(a, ())
    assert link.preferred_ciphers[:2] == ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
    assert not set(link.preferred_ciphers) & set(DENIED["ciphers"])
    assert not set(link.preferred_macs) & set(DENIED["macs"])
    assert not any(name.endswith("-cbc") for name in link.preferred_ciphers)
    assert not any("sha1" in name or "md5" in name for name in (*link.preferred_macs, *link.preferred_kex))
    assert not any("cert" in name for name in link.preferred_keys)
    assert link.preferred_kex[0] in ("mlkem768x25519-sha256", "curve25519-sha256@libssh.org")
    a.close()
    b.close()


def test_only_the_pinned_types_are_asked_for() -> None:
    assert key_algorithms(["ssh-rsa", "ssh-ed25519"]) == ("rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519")
    a, b = socket.socketpair()
    assert SshLink(a, ["ssh-ed25519"]).preferred_keys == ("ssh-ed25519",)
    a.close()
    b.close()


def test_the_link_knows_what_was_agreed(pair: tuple[SshLink, RogueServer, socket.socket]) -> None:
    link, _, _ = pair
    assert link.agreed_kex in link.preferred_kex
    assert link.kex_began
    assert link.heard().startswith(b"SSH-2.0-paramiko")
    assert ssh_library.agreed_strict_kex(link)


def test_a_host_key_cannot_change_within_a_session(pair: tuple[SshLink, RogueServer, socket.socket]) -> None:
    link, server, _ = pair
    new = paramiko.ECDSAKey.generate()
    theirs = server._transports[0]
    theirs.server_key_dict.clear()
    theirs.add_server_key(new)
    with pytest.raises(paramiko.SSHException, match="host key changed during the session"):
        link.renegotiate_keys()
    end = time.monotonic() + 5
    while link.is_active() and time.monotonic() < end:
        time.sleep(0.01)
    assert not link.is_active()


def test_hanging_up_is_immediate_and_leaves_no_thread(pair: tuple[SshLink, RogueServer, socket.socket]) -> None:
    link, _, sock = pair
    begin = time.monotonic()
    hang_up(link, sock)
    link.join(2)
    assert not link.is_alive()
    assert time.monotonic() - begin < 0.5


def test_starting_a_program_never_waits(pair: tuple[SshLink, RogueServer, socket.socket]) -> None:
    link, server, _ = pair
    channel = link.open_session(timeout=5)
    begin = time.monotonic()
    ssh_library.start_program(channel, "sleep 60")
    assert time.monotonic() - begin < 0.2
    end = time.monotonic() + 5
    while not server.commands and time.monotonic() < end:
        time.sleep(0.01)
    assert server.commands == [b"sleep 60"]
    assert not ssh_library.status_known(channel)


def test_a_bell_is_cleared_by_its_reader_only(pair: tuple[SshLink, RogueServer, socket.socket]) -> None:
    link, _, _ = pair
    channel, bell = link.open_session(timeout=5), Bell()
    ssh_library.ring_on_data(channel, bell)
    channel.in_stderr_buffer.feed(b"err")  # type: ignore[attr-defined]
    channel.in_buffer.feed(b"out")  # type: ignore[attr-defined]
    channel.recv(10)
    begin = time.monotonic()
    bell.wait(5)
    assert time.monotonic() - begin < 1
    bell.reset()
    begin = time.monotonic()
    bell.wait(0.05)
    assert time.monotonic() - begin >= 0.04


def test_the_library_does_not_write_to_our_log(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("paramiko.transport").error("x\x1b[2J")
    assert caplog.records == []
    assert not logging.getLogger("paramiko.transport").isEnabledFor(logging.ERROR)
