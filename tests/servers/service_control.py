"""A Windows computer over SMB that is none: a real Samba, whose service control manager stands in for that of Windows.

Samba hands an open of the pipe `svcctl` to whoever listens at `ncalrpc/np/svcctl`: here that is this file, which speaks
DCE/RPC and starts what a service names, by the few words of `cmd.exe` that we use. Encryption, login, shares and the
pipe are real. PowerShell is the stand-in of `tests.servers.windows`. What is left untried is listed in docs/windows.md.
"""

from __future__ import annotations

import functools
import re
import socket
import struct
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import pytest

from itmsctl.transports.base import Endpoint
from tests.servers.samba import STRICT, USER, Samba
from tests.servers.smb_between import exactly
from tests.servers.windows import write_tools

PROFILE = "System32/config/systemprofile/AppData/Local/itms"
_OWN_PIPES = "rpc start on demand helpers = no"
_HANDLE = 20


class ScmCall(IntEnum):
    """The number of a call ([MS-SCMR] 3.1.4)."""

    CLOSE = 0
    DELETE = 2
    CREATE = 12
    OPEN_MANAGER = 15
    OPEN = 16
    START = 19


# How many bytes an answer has before its error, where it has any.
_ANSWERED: dict[int, int] = {
    ScmCall.CREATE: 4 + _HANDLE, ScmCall.OPEN_MANAGER: _HANDLE, ScmCall.OPEN: _HANDLE, ScmCall.CLOSE: _HANDLE
}  # fmt: skip


@dataclass
class Service:
    """A service as it was made."""

    name: str
    command: str
    doomed: bool = False
    starts: int = 0


@dataclass
class EmulatedScm:
    """The service control manager: `services` are there now, `made` were ever.

    `refuses` leads from the number of a call to the error that it gets, `cuts` are calls at which it hangs up: before
    it does what is asked (True), or after (False).
    """

    root: Path
    tools: Path
    services: dict[str, Service] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    refuses: dict[int, int] = field(default_factory=dict)
    cuts: dict[int, bool] = field(default_factory=dict)

    def listen(self, place: Path) -> None:
        """Take connections at a socket."""
        place.parent.mkdir(parents=True, exist_ok=True)
        place.parent.chmod(0o700)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(place))
        listener.listen(64)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(listener.accept()[0],), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        handles: dict[bytes, Service | None] = {}
        with suppress(OSError, EOFError), peer:
            self._welcome(peer)
            while True:
                head = exactly(peer, 16)
                body = exactly(peer, struct.unpack_from("<H", head, 8)[0] - 16)
                assert head[3] & 3 == 3, "a call in several packets is not known here"
                answer = self._answer(head[2], body, handles)
                if answer is None:
                    return
                kind, told = answer
                serial = head[12:16]
                peer.sendall(struct.pack("<BBBB4sHH", 5, 0, kind, 3, b"\x10\0\0\0", 16 + len(told), 0) + serial + told)

    def _welcome(self, peer: socket.socket) -> None:
        """Answer the greeting of smbd (named_pipe_auth.idl): a pipe of bytes."""
        length = struct.unpack(">I", exactly(peer, 4))[0]
        level = struct.unpack_from("<I", exactly(peer, length), 4)[0]
        told = b"NPAM" + struct.pack("<II", level, level) + struct.pack("<HHIQI", 1, 0x5FF, 0, 4096, 0)
        peer.sendall(struct.pack(">I", len(told)) + told)

    def _answer(self, kind: int, body: bytes, handles: dict[bytes, Service | None]) -> tuple[int, bytes] | None:
        if kind == 11:
            syntax = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<I", 2)
            name = b"\\PIPE\\svcctl\0"
            head = struct.pack("<HHIH", 4280, 4280, 1, len(name)) + name
            return 12, head + bytes(-len(head) % 4) + struct.pack("<B3xHH", 1, 0, 0) + syntax
        number = struct.unpack_from("<H", body, 6)[0]
        if self.cuts.get(number) is True:
            del self.cuts[number]
            return None
        told, error = self._called(number, body[8:], handles)
        if number in self.cuts:
            del self.cuts[number]
            return None
        return 2, struct.pack("<IHBB", len(told) + 4, 0, 0, 0) + told + struct.pack("<I", error)

    def _called(self, number: int, stub: bytes, handles: dict[bytes, Service | None]) -> tuple[bytes, int]:
        size = _ANSWERED.get(number, 0)
        if number in self.refuses:
            return bytes(size), self.refuses[number]
        handle = stub[:_HANDLE]
        match number:
            case ScmCall.OPEN_MANAGER:
                return self._handle(handles, None), 0
            case ScmCall.CREATE:
                assert handles[handle] is None
                name, at = _text(stub, _HANDLE)
                _, at = _text(stub, at + 4)
                rights, kind, start, _ = struct.unpack_from("<IIII", stub, at)
                assert (kind, start, rights & 0x10010) == (0x10, 3, 0x10010)
                command, at = _text(stub, at + 16)
                assert stub[at:] == bytes(28)
                if name in self.services:
                    return bytes(size), 1073
                self.services[name] = Service(name, command)
                self.made.append(name)
                self.commands.append(command)
                return bytes(4) + self._handle(handles, self.services[name]), 0
            case ScmCall.OPEN:
                found = self.services.get(_text(stub, _HANDLE)[0])
                return (bytes(size), 1060) if found is None else (self._handle(handles, found), 0)
            case ScmCall.START:
                service = handles[handle]
                assert service is not None
                if service.doomed:
                    return b"", 1072
                service.starts += 1
                self._start(service.command)
                return b"", 1053
            case ScmCall.DELETE:
                service = handles[handle]
                assert service is not None
                if service.doomed:
                    return b"", 1072
                service.doomed = True
                return b"", 0
            case ScmCall.CLOSE:
                gone = handles.pop(handle)
                if gone is not None and gone.doomed:
                    self.services.pop(gone.name, None)
                return bytes(size), 0
        raise AssertionError(f"call {number} is not known here")

    def _handle(self, handles: dict[bytes, Service | None], service: Service | None) -> bytes:
        made = bytes(4) + uuid.uuid4().bytes
        handles[made] = service
        return made

    # --- cmd.exe ------------------------------------------------------------------------------------------------------

    def _start(self, command: str) -> None:
        """Start what `cmd.exe /C start "..." /B cmd.exe /C "..."` would leave behind."""
        known = {"COMSPEC": r"C:\Windows\System32\cmd.exe", "SYSTEMROOT": r"C:\Windows"}
        line = re.sub("%([A-Za-z]+)%", lambda found: known[found[1].upper()], command)
        outer = re.fullmatch(r'C:\\Windows\\System32\\cmd\.exe (?:/[QD] )*/C start "[^"]*" /B (.*)', line)
        assert outer is not None, line
        inner = re.fullmatch(r'C:\\Windows\\System32\\cmd\.exe (?:/[QD] )*/C "([^"]*)"', outer[1])
        assert inner is not None, outer[1]
        text = re.sub(r"C:\\Windows\\([A-Za-z0-9\\-]+)", lambda found: self._place(found[1]), inner[1])
        running = subprocess.Popen(
            ["sh", "-c", text], env={"PATH": f"{self.tools}:/usr/local/bin:/usr/bin:/bin", "HOME": "/root"}, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=running.wait, daemon=True).start()

    def _place(self, path: str) -> str:
        return str(self.root.joinpath(*path.split("\\")))


def _text(stub: bytes, at: int) -> tuple[str, int]:
    most, begin, count = struct.unpack_from("<III", stub, at)
    assert (most, begin) == (count, 0)
    end = at + 12 + 2 * count
    text = stub[at + 12 : end].decode("utf-16-le")
    assert text.endswith("\0")
    return text[:-1], end + -end % 4


class EmulatedWindows:
    """A Samba with ADMIN$, a share of the temporary folder, and the service control manager that stands in."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="itms-windows-"))
        (self.root / PROFILE).parent.mkdir(parents=True)
        tools = write_tools(self.root / "tools", self.root / PROFILE / "runs")
        top = Path(*Path(tempfile.gettempdir()).resolve().parts[:2])
        self.samba = Samba({"ADMIN$": self.root, top.name: top}, (*STRICT, _OWN_PIPES))
        self.scm = EmulatedScm(self.root, tools)
        self.scm.listen(self.samba.folder / "run" / "ncalrpc" / "np" / "svcctl")

    @property
    def calls(self) -> list[str]:
        """Return the folders of calls that are there now."""
        folder = self.root / PROFILE / "calls"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def endpoint(self, machine_id: str | None = None, port: int | None = None, user: str = USER) -> Endpoint:
        """Return it as a computer that the CMDB knows for a Windows."""
        made = self.samba.endpoint(user=user, port=port)
        return Endpoint(made.guid, made.name, made.addresses, made.port, made.user, machine_id=machine_id, windows=True)


@functools.cache
def _windows() -> EmulatedWindows:
    return EmulatedWindows()


@pytest.fixture
def smb_windows() -> Iterator[EmulatedWindows]:
    """A computer over SMB that starts programs by services."""
    made = _windows()
    yield made
    made.scm.refuses.clear()
    made.scm.cuts.clear()
