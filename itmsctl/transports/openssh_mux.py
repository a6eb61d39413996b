"""Sessions over a running `ssh` master, through its control socket: PROTOCOL.mux of OpenSSH, version 4 (since 5.4).

We speak it ourselves: no process for each step, a session never becomes a connection of its own where the master is
gone, and the end of a program (a message) is told from the end of the link (none).
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from itmsctl.transports.pipes import Pipes
from itmsctl.transports.powershell import command_line

_HELLO, _VERSION = 1, 4
_NEW_SESSION, _ALIVE_CHECK = 0x10000002, 0x10000004
_FAILED = (0x80000002, 0x80000003)
_EXIT, _ALIVE, _OPENED = 0x80000004, 0x80000005, 0x80000006
_NO_ESCAPE = 0xFFFFFFFE
_LONGEST = 64 * 1024
# How long a master that lives may take to say so.
ALIVE_S = 2.0


class MuxError(Exception):
    """The master did not do what was asked.

    `refused` where it said so itself; `sent` where it may have passed the request on.
    """

    def __init__(self, text: str, *, refused: bool = False, sent: bool = False) -> None:
        super().__init__(text)
        self.refused, self.sent = refused, sent


def _packet(*parts: int | bytes) -> bytes:
    body = b"".join(
        struct.pack(">I", part) if isinstance(part, int) else struct.pack(">I", len(part)) + part for part in parts
    )
    return struct.pack(">I", len(body)) + body


class Control:
    """One connection to the control socket."""

    def __init__(self, path: Path, deadline: float) -> None:
        """Connect and greet. Raises MuxError."""
        self._buffer = bytearray()
        self.gone = False
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            self._socket.connect(str(path))
            self._socket.sendall(_packet(_HELLO, _VERSION))
            kind, numbers = self.message(deadline)
        except OSError as error:
            self.close()
            raise MuxError(error.strerror or str(error)) from None
        except MuxError:
            self.close()
            raise
        if (kind, numbers[:4]) != (_HELLO, struct.pack(">I", _VERSION)):
            self.close()
            raise MuxError("the ssh program speaks another version of its control protocol")

    def request(self, deadline: float, kind: int, *parts: int | bytes, files: Sequence[int] = ()) -> tuple[int, bytes]:
        """Send a request, and open files with it; return the reply. Raises MuxError."""
        try:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            self._socket.sendall(_packet(kind, 1, *parts))
            for file in files:
                socket.send_fds(self._socket, [b"\0"], [file])
        except OSError as error:
            raise MuxError(error.strerror or str(error), sent=True) from None
        try:
            reply, body = self.message(deadline)
        except MuxError as error:
            error.sent = True
            raise
        if reply in _FAILED:
            raise MuxError(body[8:].decode("utf-8", "replace"), refused=True)
        return reply, body

    def message(self, deadline: float) -> tuple[int, bytes]:
        """Return the next message: its kind and the rest. Raises MuxError where none comes."""
        while (found := self.next_message()) is None:
            left = deadline - time.monotonic()
            if self.gone or left <= 0:
                raise MuxError("the connection was closed" if self.gone else "it does not answer")
            self.feed(left)
        return found

    def next_message(self) -> tuple[int, bytes] | None:
        """Return a message that is there already."""
        if len(self._buffer) < 8:
            return None
        length, kind = struct.unpack(">II", self._buffer[:8])
        if not 4 <= length <= _LONGEST:
            self.gone = True
            return None
        if len(self._buffer) < 4 + length:
            return None
        rest = bytes(self._buffer[8 : 4 + length])
        del self._buffer[: 4 + length]
        return kind, rest

    def feed(self, timeout_s: float) -> None:
        """Take what comes within a time; 0 takes what is there."""
        try:
            self._socket.settimeout(timeout_s)
            data = self._socket.recv(4096)
        except (TimeoutError, BlockingIOError):
            return
        except OSError:
            data = b""
        self._buffer += data
        self.gone = self.gone or not data

    def fileno(self) -> int:
        """Return its file number."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close it; the session that it began ends with it."""
        self.gone = True
        self._socket.close()


def listens(path: Path) -> bool:
    """Return without waiting whether anybody listens at a control socket; a busy master does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        try:
            sock.connect(str(path))
        except BlockingIOError:
            return True
        except OSError:
            return False
    return True


def is_alive(path: Path) -> bool:
    """Ask a master whether it lives."""
    try:
        control = Control(path, time.monotonic() + ALIVE_S)
    except MuxError:
        return False
    with contextlib.closing(control):
        try:
            return control.request(time.monotonic() + ALIVE_S, _ALIVE_CHECK)[0] == _ALIVE
        except MuxError:
            return False


class MuxProgram(Pipes):
    """A program on the other side of one session. `listen` is called now and then: the master's log must not fill."""

    def __init__(self, path: Path, deadline: float, command: Sequence[str] | str, listen: Callable[[], None]) -> None:
        """Open a session for a command (its words) or a subsystem (its name).

        Raises MuxError, and OSError where this machine has no pipe to give.
        """
        super().__init__()
        self.closed = False
        self._path, self._listen = path, listen
        self._status: int | None = None
        self._link_stands: bool | None = None
        subsystem = isinstance(command, str)
        line = command if isinstance(command, str) else command_line(command)
        try:
            self._control = Control(path, deadline)
            try:
                words: tuple[int | bytes, ...] = (
                    b"", 0, 0, 0, int(subsystem), _NO_ESCAPE, b"", line.encode("utf-8", "surrogateescape"),
                )  # fmt: skip
                reply, _ = self._control.request(deadline, _NEW_SESSION, *words, files=self.far)
                if reply != _OPENED:
                    raise MuxError("its answer makes no sense", sent=True)
            except MuxError:
                self._control.close()
                raise
        except (MuxError, OSError):
            self.close_pipes()
            raise
        self.drop_far()

    def _wakers(self) -> tuple[int, ...]:
        return () if self._control.gone else (self._control.fileno(),)

    def read(self, timeout_s: float) -> tuple[bytes, bytes]:
        """Return what both streams hold now, waiting where both are empty."""
        self._listen()
        found = super().read(timeout_s)
        self._hear(0)
        return found

    def _hear(self, timeout_s: float) -> None:
        """Take the messages of the master."""
        if self._control.gone:
            return
        self._control.feed(timeout_s)
        while (message := self._control.next_message()) is not None:
            kind, rest = message
            if kind == _EXIT and len(rest) >= 8:
                self._status = int.from_bytes(rest[4:8], "big")

    def exit_status(self) -> int | None:
        """Return the exit status; -1 where the session was closed without one on a link that stands (a signal)."""
        self._hear(0)
        if self._status is None and self._control.gone and self.is_alive():
            return -1
        return self._status

    def wait_exit(self, timeout_s: float) -> None:
        """Wait for the exit status or the end of the session."""
        end = time.monotonic() + timeout_s
        while self._status is None and not self._control.gone and (left := end - time.monotonic()) > 0:
            self._hear(left)

    def is_alive(self) -> bool:
        """Return whether the link stands; a master that ends closes its sessions first, so it is asked then."""
        if not self._control.gone:
            return True
        if self._link_stands is None:
            self._link_stands = is_alive(self._path)
        return self._link_stands

    def answers(self, timeout_s: float) -> bool:
        """Return whether the server answers to another session, behind all that it sent before: also by a refusal."""
        end = time.monotonic() + timeout_s
        try:
            other = MuxProgram(self._path, end, (":",), self._listen)
        except (MuxError, OSError):
            return time.monotonic() < end and is_alive(self._path)
        with contextlib.closing(other):
            other.wait_exit(max(0.0, end - time.monotonic()))
            return other.exit_status() is not None

    def close(self) -> None:
        """Close the session; the program may go on."""
        self.closed = True
        self.close_pipes()
        self._control.close()
