"""The machine itself: the same run marker through a child process, so that every promise is the same."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from itmsctl.errors import LinkLostError, TransferError
from itmsctl.transports.base import Connection, Credentials, Endpoint, Settings
from itmsctl.transports.entries import FileEntry, Listing
from itmsctl.transports.failures import shown
from itmsctl.transports.files import is_safe_name
from itmsctl.transports.pipes import Pipes
from itmsctl.transports.posix import PosixTransport

# What a login would give; our own environment may hold secrets and stays here.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class LocalProgram(Pipes):
    """A child process of ours."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], home: str) -> None:
        super().__init__()
        try:
            # A session of its own: an interrupt typed at our terminal is ours, not the command's.
            stdin, stdout, stderr = self.far
            self._process = subprocess.Popen(
                argv, stdin=stdin, stdout=stdout, stderr=stderr, env=environment, cwd=home, start_new_session=True
            )
        except OSError:
            self.close_pipes()
            raise
        self.drop_far()

    def exit_status(self) -> int | None:
        """Return the exit status once the program ended; -1 for a signal."""
        status = self._process.poll()
        return status if status is None or status >= 0 else -1

    def wait_exit(self, timeout_s: float) -> None:
        """Wait for the end of the program."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)

    def is_alive(self) -> bool:
        """Return True: there is no link that could be lost."""
        return True

    def answers(self, timeout_s: float) -> bool:
        """Return True: nothing is on its way."""
        del timeout_s
        return True

    def close(self) -> None:
        """Let go: the wrapper is ended, the command that it watches goes on in its own session."""
        self.close_pipes()
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)


class LocalTransport(PosixTransport):
    """The machine on which we run, as the user who runs us."""

    scheme: ClassVar[str] = "local"

    def __init__(self, endpoint: Endpoint, credentials: Credentials, settings: Settings | None = None) -> None:
        super().__init__(replace(endpoint, windows=False), credentials, settings)  # whatever the CMDB says of it

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
        try:
            return LocalProgram(argv, environment, home)
        except OSError as error:
            raise LinkLostError("the machine cannot start a program", why=error.strerror or str(error)) from None

    def _list(self, path: str) -> Listing:
        entries: list[FileEntry] = []
        rejected: list[bytes] = []
        try:
            with os.scandir(path) as folder:
                for item in folder:
                    if not is_safe_name(item.name):
                        rejected.append(os.fsencode(item.name))
                        continue
                    with contextlib.suppress(FileNotFoundError):  # somebody has just removed it
                        size = item.stat(follow_symlinks=False).st_size
                        entries.append(FileEntry(item.name, size, item.is_dir(follow_symlinks=False)))
        except OSError as error:
            raise TransferError(f"{shown(path)} could not be listed", why=error.strerror or str(error)) from None
        return Listing(tuple(entries), tuple(rejected))

    def _close(self) -> None:
        return
