"""SSH by paramiko: one connection per computer, reused for every step (docs/decisions/0002-ssh-engine.md)."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

import paramiko

from itmsctl.errors import InputError, LinkLostError, UnreachableError
from itmsctl.transports import ssh_library
from itmsctl.transports.attempts import Search
from itmsctl.transports.base import Connection
from itmsctl.transports.dial import Address, dial, resolve
from itmsctl.transports.entries import Listing
from itmsctl.transports.failures import shown, translated
from itmsctl.transports.powershell import command_line
from itmsctl.transports.sessions import SessionTransport, broke_off, refused
from itmsctl.transports.ssh_library import Bell, SshLink
from itmsctl.transports.ssh_login import log_in
from itmsctl.transports.ssh_sftp import listing, listing_errors

# One SSH packet; 32768 would make two.
CHUNK_BYTES = 32_704
READ_BYTES = 65_536


# What the link or the program came to is told by the reader; a write that fails adds nothing to that.
_GONE = contextlib.suppress(Exception)


class SshProgram:
    """A program on the other side of one channel."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self.closed = False
        self._channel = channel
        self._bell = Bell()
        ssh_library.ring_on_data(channel, self._bell)

    def send(self, data: bytes | Path, deadline: float) -> None:
        """Write to standard input; ends early where the program no longer reads or the link is gone."""
        if isinstance(data, Path):
            try:
                file = data.open("rb")
            except OSError as error:
                raise InputError(f"{data} cannot be read", why=error.strerror or str(error)) from None
            with file, _GONE:
                while chunk := file.read(CHUNK_BYTES):
                    self._send_all(chunk, deadline)
        else:
            with _GONE:
                for start in range(0, len(data), CHUNK_BYTES):
                    self._send_all(data[start : start + CHUNK_BYTES], deadline)

    def _send_all(self, chunk: bytes, deadline: float) -> None:
        self._channel.settimeout(max(0.01, deadline - time.monotonic()))
        self._channel.sendall(chunk)

    def end_input(self) -> None:
        """Close standard input."""
        with _GONE:
            self._channel.shutdown_write()

    def read(self, timeout_s: float) -> tuple[bytes, bytes]:
        """Return what both streams hold now, waiting where both are empty."""
        self._bell.reset()
        found = self._take()
        if any(found) or ssh_library.is_closed(self._channel):
            return found if any(found) else self._take()
        self._bell.wait(timeout_s)
        return self._take()

    def _take(self) -> tuple[bytes, bytes]:
        channel = self._channel
        out = channel.recv(READ_BYTES) if channel.recv_ready() else b""
        err = channel.recv_stderr(READ_BYTES) if channel.recv_stderr_ready() else b""
        return out, err

    def at_end(self) -> bool:
        """Return whether both streams are closed and read empty."""
        channel = self._channel
        return ssh_library.is_closed(channel) and not channel.recv_ready() and not channel.recv_stderr_ready()

    def exit_status(self) -> int | None:
        """Return the exit status; -1 where the channel was closed without one on a link that stands (a signal)."""
        if ssh_library.status_known(self._channel):
            return self._channel.exit_status
        if self._channel.closed and self.is_alive():
            return -1
        return None

    def wait_exit(self, timeout_s: float) -> None:
        """Wait for the exit status or the end of the channel."""
        ssh_library.wait_status(self._channel, timeout_s)

    def is_alive(self) -> bool:
        """Return whether the link stands."""
        return self._channel.get_transport().is_active()

    def answers(self, timeout_s: float) -> bool:
        """Return whether the server answers, behind all that it sent before."""
        return ssh_library.answers(self._channel.get_transport(), timeout_s)

    def close(self) -> None:
        """Close the channel; the program may go on."""
        self.closed = True
        with _GONE:
            self._channel.close()


class SshTransport(SessionTransport):
    """A computer over SSH."""

    scheme: ClassVar[str] = "ssh"
    _link: SshLink | None = None
    _sock: socket.socket | None = None

    def _connect(self, deadline: float) -> Connection:
        """Try each address in turn."""
        search = Search(self.endpoint, self._open, deadline, self.settings.address_s)
        return search.through(resolve(self.endpoint, deadline))

    def _open(self, address: Address, deadline: float, share: float) -> Connection:
        sock = dial(self.endpoint, address, share)
        link, connection = log_in(
            self.endpoint, self.credentials, self.settings.host_keys, sock, deadline, banner_deadline=share
        )
        self._link, self._sock = link, sock
        return connection

    def _is_open(self) -> bool:
        return self._link is not None and self._link.is_active()

    def _start(self, argv: Sequence[str], deadline: float) -> SshProgram:
        channel = self._channel(deadline)
        with translated(self._lost):
            program = SshProgram(channel)
            ssh_library.start_program(channel, command_line(argv))
        return program

    def _channel(self, deadline: float) -> paramiko.Channel:
        """Open a session; nothing is sent over it yet."""
        link = self._link
        if link is None:
            raise broke_off(self.endpoint, "")
        with translated(self._not_opened):
            return link.open_session(timeout=max(0.1, deadline - time.monotonic()))

    def _not_opened(self, error: Exception) -> UnreachableError:
        if isinstance(error, paramiko.ChannelException):
            return refused(self.endpoint, error.text)
        return broke_off(self.endpoint, str(error))

    def _lost(self, error: Exception) -> LinkLostError:
        return LinkLostError(
            f"the connection to {shown(self.endpoint.name)} was lost", why=shown(str(error)) or "it was closed"
        )

    def _list(self, path: str) -> Listing:
        deadline = time.monotonic() + self.settings.answer_s
        channel = self._opened(partial(self._channel, deadline))
        with listing_errors(self.endpoint, path):
            channel.settimeout(self.settings.answer_s)
            ssh_library.start_subsystem(channel, "sftp")
            return listing(self.endpoint, channel, path, deadline)

    def _detach(self) -> Callable[[], None]:
        link, sock, self._link, self._sock = self._link, self._sock, None, None
        if link is None or sock is None:
            return lambda: None
        return partial(ssh_library.hang_up, link, sock)
