"""Programs on Windows over SMB: a service of our own starts each, whose streams are files that only SYSTEM may read.

A call is a folder below the profile of SYSTEM, to which Windows lets nobody else but administrators: `in` is what the
program reads, `out` and `err` what it says, `end` how it ended. Its service has the name of the folder, and is deleted
as soon as it was started. Folder first, service second: whatever is left behind by whoever was killed is found by its
folder, and removed at the next contact. Never run on a real Windows (docs/windows.md).
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from itmsctl.errors import ItmsError, LinkLostError, NoCommandsError, NoShareError, UnreachableError
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.failures import RECONCILE, shown
from itmsctl.transports.smb_errors import NO_RIGHT, NOT_THERE, IfThere
from itmsctl.transports.smb_library import said, status_of
from itmsctl.transports.smb_pipe import Pipe
from itmsctl.transports.smb_share import ShareEntry, SmbShare
from itmsctl.transports.svcctl import NO_RIGHT as NO_RIGHT_THERE
from itmsctl.transports.svcctl import ServiceManager, ServiceRefusedError

ADMIN, IPC, SCM = "ADMIN$", "IPC$", "svcctl"
NAME = "itms-"  # of a folder and of its service; the token of the call follows
SHOWN = "itmsctl: one call, removed at once"
_FOLDERS = ("System32", "config", "systemprofile", "AppData", "Local", "itms", "calls")
_INPUT, _END = "in", "end"
_STREAMS = ("out", "err")
_NOTHING_YET = NOT_THERE | {0xC0000011}  # and END_OF_FILE
_READ = 1 << 20
_FIRST_S, _LONGEST_S = 0.03, 0.5  # how often it is looked for more
# What never began, or has ended, is somebody's whose process is gone; what runs keeps its folder for a month.
_LEFT_S, _LEFT_RUNNING_S = 600.0, 30 * 86_400.0
_START_S = 60.0  # Windows waits half a minute for a service to report, and ours never does


def service_command(token: str, argv: Sequence[str]) -> str:
    """Return the command line of a service: a shell that leaves another one behind, and ends at once.

    Windows ends what does not report as a service, but not what that has started. No text of a person is in it: a
    folder named by a token, and words that need no quotes.
    """
    folder = "\\".join(("%SystemRoot%", *_FOLDERS, NAME + token))
    program = subprocess.list2cmdline(argv)
    if set(program) & set('"%^&|<>()!'):
        raise ValueError("a word of the program means something to cmd.exe")
    streams = f"<{folder}\\in >{folder}\\out 2>{folder}\\err"
    ends = f"&& echo 0 >{folder}\\end || echo 1 >{folder}\\end"
    return f'%COMSPEC% /Q /D /C start "itms" /B %COMSPEC% /Q /D /C "{program} {streams} {ends}"'


@dataclass
class Caller:
    """What starts programs over one connection."""

    endpoint: Endpoint
    admin: SmbShare
    pipes: SmbShare
    answer_s: float
    swept: bool = False

    def opened(self) -> Pipe:
        """Open the service control manager. Raises NoCommandsError and what the library raises."""
        return Pipe(self.pipes, SCM)

    def until(self, seconds: float) -> None:
        """Let whatever comes next end in so many seconds."""
        self.admin.connection.deadline = time.monotonic() + seconds

    def sweep(self, own: str) -> None:
        """Remove what was left behind by processes that are gone: their services, then their folders."""
        if self.swept:
            return
        self.swept = True
        found = [one for one in self.admin.entries(self._place()) if one.is_folder and one.name.startswith(NAME)]
        now = next((one.written for one in found if one.name == own), 0.0)
        left = [one.name for one in found if self._is_left(one, now)]
        if left:
            self.unserve(left)
        for name in left:
            self.discard(name)

    def _is_left(self, folder: ShareEntry, now: float) -> bool:
        held = {one.name: one for one in self.admin.entries(self._place(folder.name))}
        newest = max([folder.written, *(one.written for one in held.values())])
        runs = "out" in held and _END not in held
        return now - newest > (_LEFT_RUNNING_S if runs else _LEFT_S)

    def unserve(self, names: Sequence[str]) -> None:
        """Delete the services of calls, where they are there."""
        with self.opened() as pipe:
            manager = ServiceManager(pipe.exchange)
            manager.open()
            for name in names:
                if (service := manager.find(name)) is not None:
                    manager.delete(service)
                    manager.close(service)

    def discard(self, name: str) -> None:
        """Remove the folder of a call, as far as that goes now."""
        for one in (_INPUT, *_STREAMS, _END):
            with contextlib.suppress(Exception):
                self.admin.remove(self._place(name, one), folder=False)
        with contextlib.suppress(Exception):
            self.admin.remove(self._place(name), folder=True)

    def make(self, name: str) -> None:
        """Make the folder of a call, with those above it."""
        self.admin.make_folders(_FOLDERS, begin=5)
        self.admin.make_folder(self._place(name))
        self.sweep(name)

    def write(self, name: str, data: bytes) -> None:
        """Write what the program will read."""
        with self.admin.alone(self._place(name, _INPUT), again=False) as handle:
            self.admin.write(handle, [(0, data)])

    def read(self, name: str, stream: str, offset: int) -> bytes:
        """Return what a stream holds from an offset on; nothing where it is not there yet."""
        with IfThere(_NOTHING_YET), self.admin.reading(self._place(name, stream)) as handle:
            size = int(handle.end_of_file)
            return bytes(handle.read(offset, min(_READ, size - offset))) if size > offset else b""
        return b""

    def _place(self, *names: str) -> str:
        return "\\".join((*_FOLDERS, *names))


@dataclass
class ServiceProgram:
    """A program that a service starts when its input has ended (`reader.Running`)."""

    caller: Caller
    token: str
    argv: Sequence[str]
    closed: bool = False
    _input: bytearray = field(default_factory=bytearray)
    _taken: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_STREAMS, 0))
    _status: int | None = None
    _empty: bool = False
    _started: bool = False
    _served: bool = False  # whether a service of ours may be there
    _lost: bool = False
    _pause: float = _FIRST_S

    @property
    def name(self) -> str:
        """Return the name of its service and of its folder."""
        return NAME + self.token

    def send(self, data: bytes | Path, deadline: float) -> None:
        """Keep what the program will read."""
        del deadline
        self._input += data.read_bytes() if isinstance(data, Path) else data

    def end_input(self) -> None:
        """Hand over what it reads, and start it. Raises UnreachableError where surely nothing began, LinkLostError."""
        caller = self.caller
        caller.until(caller.answer_s + len(self._input) / 20_000)
        try:
            caller.make(self.name)
            caller.write(self.name, bytes(self._input))
            with caller.opened() as pipe:
                self._serve(ServiceManager(pipe.exchange))
        except ItmsError:
            raise
        except Exception as error:  # noqa: BLE001 - anything may come out of the library's thread; all becomes ours
            self._lost = not isinstance(error, ServiceRefusedError)
            raise self._failed(error) from None

    def _serve(self, manager: ServiceManager) -> None:
        """Make the service, start it, and delete it whatever comes of that."""
        manager.open()
        self._served = True
        service = manager.create(self.name, SHOWN, service_command(self.token, self.argv))
        try:
            self.caller.until(_START_S)
            self._started = True
            try:
                manager.start(service)
            except ServiceRefusedError:
                self._started = False
                raise
        finally:
            manager.delete(service)
            manager.close(service)
            self._served = False

    def _failed(self, error: Exception) -> ItmsError:
        endpoint = self.caller.endpoint
        self.caller.until(self.caller.answer_s)
        with contextlib.suppress(Exception):
            # Where nobody knows whether there is a service, its folder stays as long as it does.
            if self._served:
                self.caller.unserve([self.name])
            self._served = False
        if self._started:
            return LinkLostError(
                f"the connection to {shown(endpoint.name)} was lost while a program was started",
                why=said(error),
                hint=RECONCILE,
            )
        if not self._served:
            self.caller.discard(self.name)
        return not_started(endpoint, error)

    def read(self, timeout_s: float) -> tuple[bytes, bytes]:
        """Return what both streams hold now, waiting where both are empty."""
        until = time.monotonic() + timeout_s
        while True:
            out, err = self._take()
            left = until - time.monotonic()
            if out or err or self._empty or self._lost or left <= 0:
                self._pause = _FIRST_S if out or err else self._pause
                return out, err
            time.sleep(min(left, self._pause))
            self._pause = min(_LONGEST_S, self._pause * 1.5)

    def _take(self) -> tuple[bytes, bytes]:
        caller, found = self.caller, []
        caller.until(caller.answer_s)
        try:
            if self._status is None:
                said_end = caller.read(self.name, _END, 0)
                self._status = int(said_end[:1] != b"0") if b"\n" in said_end else None
            for stream in _STREAMS:
                data = caller.read(self.name, stream, self._taken[stream])
                self._taken[stream] += len(data)
                found.append(data)
        except Exception:  # noqa: BLE001 - what the link came to is told by the reader
            self._lost = True
            return found[0] if found else b"", b""
        self._empty = self._status is not None and not any(found)
        return found[0], found[1]

    def at_end(self) -> bool:
        """Return whether the program ended and both streams are read empty."""
        return self._empty

    def exit_status(self) -> int | None:
        """Return 0 where it ended well, 1 where not; None while it runs."""
        return self._status

    def wait_exit(self, timeout_s: float) -> None:
        """Do nothing: the streams end with the program."""
        del timeout_s

    def is_alive(self) -> bool:
        """Return whether the link stands."""
        return not self._lost and self.caller.admin.connection.is_usable()

    def answers(self, timeout_s: float) -> bool:
        """Return whether the link stands: each read is answered by itself."""
        del timeout_s
        return self.is_alive()

    def close(self) -> None:
        """Remove the folder of a program that has ended; one that runs keeps it until somebody comes again."""
        self.closed = True
        if self._status is not None and self.is_alive():
            self.caller.until(self.caller.answer_s)
            self.caller.discard(self.name)


def not_started(endpoint: Endpoint, error: Exception) -> ItmsError:
    """Return what an error means before anything was started."""
    name = shown(endpoint.name)
    refused = isinstance(error, ServiceRefusedError) and error.number == NO_RIGHT_THERE
    if refused or status_of(error) == NO_RIGHT or isinstance(error, NoShareError):
        return NoCommandsError(
            f"{shown(endpoint.user)} may start nothing on {name}",
            why="over SMB that needs an administrator there, and the share ADMIN$",
            hint="another user: --user 'DOMAIN\\NAME'; a local administrator needs LocalAccountTokenFilterPolicy there",
        )
    if isinstance(error, ServiceRefusedError) or status_of(error):
        return NoCommandsError(f"{name} started nothing", why=said(error))
    return UnreachableError(f"the connection to {name} was lost before anything was started", why=said(error))
