"""Every place where we lean on the insides of smbprotocol, and why; test_smb.py watches them.

The library waits without a limit, takes packets of any length, and believes an answer in clear within an encrypted
session. Here every wait ends at a deadline, packets are bounded, and such an answer ends the connection.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import time
import uuid
from typing import Any

from smbprotocol.connection import Commands, Connection
from smbprotocol.exceptions import SMBException, SMBResponseException
from smbprotocol.session import SessionFlags, SMB2SessionSetupResponse
from smbprotocol.transport import Tcp

from itmsctl.transports.failures import shown

# Larger than any answer that we ask for.
PACKET_BYTES = 10 * 1024 * 1024
_GUEST = SessionFlags.SMB2_SESSION_FLAG_IS_GUEST | SessionFlags.SMB2_SESSION_FLAG_IS_NULL

# Texts of peers go through our own errors, never raw to a log or the terminal.
for _name in ("smbprotocol", "spnego"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False


class TooLateError(SMBException):
    """The deadline has passed."""


class UnprotectedError(SMBException):
    """An answer came neither encrypted nor signed, or with a wrong signature."""


def status_of(error: Exception) -> int:
    """Return the status of a refusal; 0 for anything else."""
    return int(error.status) if isinstance(error, SMBResponseException) else 0


def said(error: Exception) -> str:
    """Return what an error of the library says, on one line. A refusal's own text may be torn, so it is a number."""
    status = status_of(error)
    return f"status 0x{status:08X}" if status else shown(str(error), 120)


class _Wire(Tcp):
    """A socket that is connected already, whose peer can neither hold us up nor fill us."""

    def __init__(self, sock: socket.socket, silence_s: float) -> None:
        super().__init__("", 0)
        sock.settimeout(None)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", max(1, int(silence_s)), 0))
        self._sock = sock
        self.connected = True

    def connect(self) -> None:
        """Do nothing: it is."""

    def _recv(self, length: int, timeout: float) -> Any:
        if length > PACKET_BYTES:
            raise SMBException(f"a packet of {length} bytes is longer than any may be")
        return super()._recv(length, timeout)


class SmbConnection(Connection):
    """A connection over our own socket, with a deadline that whoever uses it sets (time.monotonic)."""

    def __init__(self, sock: socket.socket, server: str, port: int, silence_s: float) -> None:
        self._wire = _Wire(sock, silence_s)
        self.deadline = 0.0
        self.welcome: Any = None
        super().__init__(uuid.uuid4(), server, port, require_signing=True)

    @property
    def transport(self) -> _Wire:
        """Return our socket: the library would dial by itself, one address, without keepalive."""
        return self._wire

    @transport.setter
    def transport(self, made: object) -> None:
        """Keep ours."""

    def receive(
        self, request: Any, wait: bool = True, timeout: float | None = None, resolve_symlinks: bool = True
    ) -> Any:
        """Return the answer to a request, at the latest at the deadline. Raises TooLateError."""
        end = self.deadline if timeout is None else min(self.deadline, time.monotonic() + timeout)
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise TooLateError("it did not answer in time")
            try:
                answer = super().receive(request, wait, left, resolve_symlinks)
            except SMBException as error:
                # The library counts in whole seconds.
                if type(error) is SMBException and self.is_usable() and not request.response_event.is_set():
                    continue
                self._keep_welcome(getattr(error, "header", None))
                raise
            self._keep_welcome(answer)
            return answer

    def _keep_welcome(self, answer: Any) -> None:
        if answer is not None and answer["command"].get_value() == Commands.SMB2_SESSION_SETUP:
            self.welcome = answer

    def verify_signature(self, header: Any, session_id: int, force: bool = False) -> None:
        """Check an answer that came in clear: within an encrypted session nothing may. Raises UnprotectedError.

        The library lets one pass that says itself that it is not signed.
        """
        session = self.session_table.get(session_id)
        if session is not None and session.encrypt_data and not force:
            raise UnprotectedError("an answer came in clear within an encrypted session")
        try:
            super().verify_signature(header, session_id, force)
        except SMBException as error:
            raise UnprotectedError(str(error)) from None

    def check_welcome(self, session_id: int) -> None:
        """Check that the end of the login was signed: by whoever knows the key of the session. Raises UnprotectedError.

        The library leaves that out where encryption is required.
        """
        self.verify_signature(self.welcome, session_id, force=True)

    def is_guest(self) -> bool:
        """Return whether the server let in a guest, or nobody, in place of the user."""
        if self.welcome is None:
            return False
        said = SMB2SessionSetupResponse()
        said.unpack(self.welcome["data"].get_value())
        return bool(said["session_flags"].get_value() & _GUEST)

    def is_usable(self) -> bool:
        """Return whether the link stands, without waiting."""
        return self._wire.connected and self._t_exc is None

    def credits(self) -> int:
        """Return how many units of 64 KiB may be asked for now."""
        with self.sequence_lock:
            return int(self.sequence_window["high"] - self.sequence_window["low"])

    def hang_up(self) -> None:
        """Close the socket at once; its thread ends."""
        with contextlib.suppress(Exception):
            self.disconnect(False)
