"""The machine itself: the same run marker through a child process, so that every promise is the same."""

from __future__ import annotations

import contextlib
import os
import pwd
import selectors
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, ClassVar

from itmsctl.errors import InputError, LinkLostError, TransferError
from itmsctl.transports.base import Connection, FileEntry, Listing
from itmsctl.transports.failures import shown
from itmsctl.transports.files import is_safe_name
from itmsctl.transports.posix import PosixTransport

READ_BYTES = 65_536
# What a login would give; our own environment may hold secrets and stays here.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class LocalProgram:
    """A child process whose three streams are pipes that never block us."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._input = _stream(process.stdin)
        self._outputs = (_stream(process.stdout), _stream(process.stderr))
        self._open = set(self._outputs)
        for stream in (self._input, *self._outputs):
            os.set_blocking(stream.fileno(), False)

    def send(self, data: bytes | Path, deadline: float) -> None:
        """Write to standard input; ends early where the program no longer reads."""
        if isinstance(data, Path):
            try:
                file = data.open("rb")
            except OSError as error:
                raise InputError(f"{data} cannot be read", why=error.strerror or str(error)) from None
            with file:
                while chunk := file.read(READ_BYTES):
                    if not self._send_all(chunk, deadline):
                        return
        else:
            self._send_all(data, deadline)

    def _send_all(self, data: bytes, deadline: float) -> bool:
        view = memoryview(data)
        with selectors.DefaultSelector() as selector:
            selector.register(self._input, selectors.EVENT_WRITE)
            while view:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    return False
                try:
                    view = view[os.write(self._input.fileno(), view) :]
                except BlockingIOError:
                    continue
                except OSError:
                    return False
        return True

    def end_input(self) -> None:
        """Close standard input."""
        with contextlib.suppress(OSError):
            self._input.close()

    def read(self, timeout_s: float) -> tuple[bytes, bytes]:
        """Answer what both streams hold now, waiting where both are empty."""
        if not self._open:
            return b"", b""
        with selectors.DefaultSelector() as selector:
            for stream in self._open:
                selector.register(stream, selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in selector.select(timeout_s)}
        out, err = (self._take(stream) if stream in ready else b"" for stream in self._outputs)
        return out, err

    def _take(self, stream: IO[bytes]) -> bytes:
        try:
            data = os.read(stream.fileno(), READ_BYTES)
        except BlockingIOError:
            return b""
        if not data:
            self._open.discard(stream)
        return data

    def at_end(self) -> bool:
        """Tell whether both streams are closed and read empty."""
        return not self._open

    def exit_status(self) -> int | None:
        """Answer the exit status once the program ended; -1 for a signal."""
        status = self._process.poll()
        return status if status is None or status >= 0 else -1

    def wait_exit(self, timeout_s: float) -> None:
        """Wait for the end of the program."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)

    def is_alive(self) -> bool:
        """Tell that there is no link that could be lost."""
        return True

    def close(self) -> None:
        """Let go: the wrapper is ended, the command that it watches goes on in its own session."""
        for stream in (self._input, *self._outputs):
            with contextlib.suppress(OSError):
                stream.close()
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


class LocalTransport(PosixTransport):
    """The machine on which we run, as the user who runs us."""

    scheme: ClassVar[str] = "local"

    def _connect(self, deadline: float) -> Connection:
        del deadline  # there is nobody to wait for
        return Connection(address="local", auth_method="none")

    def _is_open(self) -> bool:
        return True

    def _login_user(self) -> str:
        return pwd.getpwuid(os.geteuid()).pw_name

    def _spawn(self, argv: Sequence[str], deadline: float) -> LocalProgram:
        del deadline  # a child process starts at once
        me = pwd.getpwuid(os.geteuid())
        home = me.pw_dir if Path(me.pw_dir).is_dir() else "/"
        environment = {
            "PATH": PATH, "HOME": me.pw_dir, "USER": me.pw_name, "LOGNAME": me.pw_name,
            "SHELL": me.pw_shell or "/bin/sh",
        }  # fmt: skip
        pipe = subprocess.PIPE
        try:
            # A session of its own: an interrupt typed at our terminal is ours, not the command's.
            process = subprocess.Popen(
                argv, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, cwd=home, start_new_session=True, bufsize=0
            )
        except OSError as error:
            raise LinkLostError("the machine cannot start a program", why=error.strerror or str(error)) from None
        return LocalProgram(process)

    def _list(self, path: str) -> Listing:
        entries: list[FileEntry] = []
        rejected: list[bytes] = []
        try:
            with os.scandir(path) as folder:
                for item in folder:
                    if is_safe_name(item.name):
                        size = item.stat(follow_symlinks=False).st_size
                        entries.append(FileEntry(item.name, size, item.is_dir(follow_symlinks=False)))
                    else:
                        rejected.append(os.fsencode(item.name))
        except OSError as error:
            raise TransferError(f"{shown(path)} could not be listed", why=error.strerror or str(error)) from None
        return Listing(tuple(entries), tuple(rejected))

    def _close(self) -> None:
        return
