"""Every place where we lean on the insides of paramiko, and why; test_ssh_library.py watches them."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import paramiko
from paramiko.common import cMSG_CHANNEL_REQUEST
from paramiko.packet import Packetizer

# Broken or weak (MM2): CBC modes, MD5, SHA-1.
DENIED = {
    "ciphers": ["3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc"],
    "macs": ["hmac-md5", "hmac-md5-96", "hmac-sha1", "hmac-sha1-96"],
}
_GCM_FIRST = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
_ETM_FIRST = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
_RSA = ("rsa-sha2-512", "rsa-sha2-256")
_WAKE_S = 1.0
HEARD_BYTES = 200
# OpenSSH's own limits (SSH_MAX_BANNER_LEN, PACKET_MAX_SIZE), and more than any login needs.
GREETING_BYTES = 8 * 1024
PACKET_BYTES = 256 * 1024
BEFORE_LOGIN_BYTES = 1024 * 1024

_OFFERS = {
    "kex algorithm": "kex_algo_list",
    "host key": "server_key_algo_list",
    "cipher": "server_encrypt_algo_list",
    "mac": "server_mac_algo_list",
}

# Texts of peers go through our own errors, never raw to a log or the terminal.
logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


class Bell:
    """An event that only its reader may clear: paramiko's two buffers share one and would clear each other's."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ring."""
        self._event.set()

    def clear(self) -> None:
        """Do nothing: a buffer that ran empty says nothing about the other one."""

    def reset(self) -> None:
        """Forget past rings; then look at the buffers, then `wait`."""
        self._event.clear()

    def wait(self, timeout_s: float) -> None:
        """Wait for a ring."""
        self._event.wait(timeout_s)


class _Bounded(Packetizer):
    """A packetizer that lets nobody fill us: the library takes packets of any length, and first lines without end.

    It remembers the first bytes of a peer, too.
    """

    heard = b""
    logged_in = False
    _greeting = 0
    _taken = 0

    def _read_timeout(self, timeout: float) -> bytes:
        data: bytes = super()._read_timeout(timeout)  # type: ignore[misc]  # private, so not in the stubs
        self.heard += data[: HEARD_BYTES - len(self.heard)]
        self._greeting += len(data)
        if self._greeting > GREETING_BYTES:
            raise paramiko.SSHException("its first line does not end")
        return data

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:
        """Read so many bytes. Raises SSHException for a packet of a length that no server sends."""
        if not 0 <= n <= PACKET_BYTES:
            raise paramiko.SSHException(
                f"a packet of {n} bytes is longer than any may be" if n > 0 else "a torn packet"
            )
        if not self.logged_in:
            self._taken += n
            if self._taken > BEFORE_LOGIN_BYTES:
                raise paramiko.SSHException("it sends without end before the login")
        return super().read_all(n, check_rekey)


class SshLink(paramiko.Transport):
    """A paramiko Transport with our order of algorithms, fewer wake-ups, and one host key for its whole life."""

    _preferred_ciphers = _GCM_FIRST
    _preferred_macs = _ETM_FIRST
    # The default wakes each connection's thread ten times a second; `hang_up` wakes it when that matters.
    _active_check_timeout = _WAKE_S
    agreed_kex = ""
    kex_began = False
    farewell = ""
    _offered: Mapping[str, Sequence[str]] = {}

    def __init__(self, sock: socket.socket, key_types: Sequence[str]) -> None:
        super().__init__(sock, disabled_algorithms=DENIED, strict_kex=True, packetizer_class=_Bounded)
        if key_types:
            self._preferred_keys = key_algorithms(key_types)

    def heard(self) -> bytes:
        """Return the first bytes of the peer, before any key exchange."""
        return bytes(getattr(self.packetizer, "heard", b""))

    def logged_in(self) -> None:
        """Lift the limit on what may come before a login."""
        packetizer: Any = self.packetizer
        packetizer.logged_in = True

    def banner(self) -> bytes:
        """Return what the server has to say to whoever logs in; it may be long, and of several lines."""
        handler: Any = self.auth_handler
        return bytes(getattr(handler, "banner", None) or b"")

    def _parse_disconnect(self, m: paramiko.Message) -> None:
        """Keep the words with which the peer ends it; the library only logs them."""
        m.get_int()
        self.farewell = m.get_binary().decode("utf-8", "replace")

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        """Return the host key algorithms to offer: plain keys; certificates of hosts are not verified here."""
        return tuple(self._preferred_keys)

    def _parse_kex_init(self, m: paramiko.Message) -> None:
        """Remember that the peer offered keys, and the exchange agreed on: the library forgets both."""
        self.kex_began = True
        super()._parse_kex_init(m)  # type: ignore[misc]  # private, so not in the stubs
        engine, known = type(self.kex_engine), vars(paramiko.Transport)["_kex_info"]
        self.agreed_kex = next((name for name, kind in known.items() if kind is engine), "")

    def _really_parse_kex_init(self, m: paramiko.Message, ignore_first_byte: bool = False) -> dict[str, Any]:
        parsed: dict[str, Any] = super()._really_parse_kex_init(m, ignore_first_byte)  # type: ignore[misc]  # private
        if not ignore_first_byte:
            self._offered = parsed
        return parsed

    def offered(self, what: str) -> tuple[str, ...]:
        """Return what the peer offers: as `kex algorithm`, `host key`, `cipher` or `mac`."""
        return tuple(self._offered.get(_OFFERS.get(what, ""), ()))

    def _verify_key(self, host_key: bytes, sig: bytes) -> None:
        """Refuse a peer that changes its host key when keys are exchanged again."""
        before = self.host_key
        super()._verify_key(host_key, sig)  # type: ignore[misc]  # private, so not in the stubs
        after = self.host_key
        if before is not None and (after is None or before.asbytes() != after.asbytes()):
            raise paramiko.SSHException("the host key changed during the session")


def key_algorithms(key_types: Sequence[str]) -> tuple[str, ...]:
    """Return the host key algorithms for types of keys: an `ssh-rsa` key signs with SHA-2."""
    found: list[str] = []
    for key_type in key_types:
        found.extend(_RSA if key_type == "ssh-rsa" else (key_type,))
    return tuple(dict.fromkeys(found))


def hang_up(link: paramiko.Transport, sock: socket.socket) -> None:
    """Close a link at once, waking its thread."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    link.close()
    sock.close()


def start_program(channel: paramiko.Channel, line: str) -> None:
    """Ask for a program without waiting for the reply, which has no time limit in the library.

    A refusal closes the channel; the reader sees that.
    """
    _request(channel, "exec", line)


def start_subsystem(channel: paramiko.Channel, name: str) -> None:
    """Ask for a subsystem in the same way."""
    _request(channel, "subsystem", name)


def _request(channel: paramiko.Channel, kind: str, what: str) -> None:
    message = paramiko.Message()
    message.add_byte(cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string(kind)
    message.add_boolean(True)
    message.add_string(what)
    channel.get_transport()._send_user_message(message)  # type: ignore[attr-defined]  # noqa: SLF001  # exec_command waits without a limit


def ring_on_data(channel: paramiko.Channel, bell: Bell) -> None:
    """Have a bell rung whenever either stream of a channel has bytes or is closed."""
    buffers: Any = channel
    buffers.in_buffer.set_event(bell)
    buffers.in_stderr_buffer.set_event(bell)


def wait_status(channel: paramiko.Channel, timeout_s: float) -> None:
    """Wait until the exit status is known or the channel is closed."""
    channel.status_event.wait(timeout_s)


def answers(link: paramiko.Transport, timeout_s: float) -> bool:
    """Ask the server for nothing, and return whether its answer comes in time: packets come in their order."""
    done = threading.Event()

    def ask() -> None:
        with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
            link.global_request("keepalive@openssh.com", wait=True)
            done.set()

    threading.Thread(target=ask, daemon=True).start()  # the library waits without a limit, until the link ends
    return done.wait(timeout_s) and link.is_active()


def status_known(channel: paramiko.Channel) -> bool:
    """Return whether the endpoint itself gave an exit status (a closed channel alone gives none)."""
    return channel.status_event.is_set() and channel.exit_status != -1


def agreed_strict_kex(link: paramiko.Transport) -> bool:
    """Return whether both sides agreed on the counter-measure to Terrapin (CVE-2023-48795)."""
    return bool(vars(link).get("agreed_on_strict_kex", False))


def is_closed(channel: paramiko.Channel) -> bool:
    """Return whether both directions of a channel are closed, or its end of output was announced."""
    return bool(channel.closed or channel.eof_received)
