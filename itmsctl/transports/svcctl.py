"""Calls of the service control manager of Windows ([MS-SCMR]) over DCE/RPC ([C706], [MS-RPCE]): bytes only, no socket.

Six calls are needed to run a program, so they are written here (decision 30). Answers come from a computer: they are
bounded, and one that is not of the expected form raises ValueError.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_FRAGMENT = 4280  # what Windows takes at once
_MOST_ANSWER = 65_536
_SCM = uuid.UUID("367abb81-9844-35f1-ad32-98f038001003").bytes_le + struct.pack("<I", 2)
_NDR = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<I", 2)
_REQUEST, _RESPONSE, _FAULT, _BIND, _BIND_ACK = 0, 2, 3, 11, 12
_FIRST, _LAST = 1, 2
_HEAD = struct.Struct("<BBBB4sHHI")
_CLOSE, _DELETE, _CREATE, _OPEN_MANAGER, _OPEN, _START = 0, 2, 12, 15, 16, 19
_HANDLE = 20
NO_RIGHT = 5
NO_SERVICE, GOING, TIMED_OUT = 1060, 1072, 1053
_CONNECT_AND_CREATE = 0x0001 | 0x0002
_TO_START, _TO_DELETE = 0x0010, 0x0001_0000
_OWN_PROCESS, _ON_DEMAND, _IGNORE = 0x10, 3, 0


class ServiceRefusedError(Exception):
    """The service control manager refused a call: `number` is what Windows calls the reason."""

    def __init__(self, number: int) -> None:
        super().__init__(f"error {number} of Windows")
        self.number = number


class PipeAnswerError(ValueError):
    """What came back is not an answer of a service control manager."""


Exchange = Callable[[list[bytes]], Iterator[bytes]]


@dataclass
class ServiceManager:
    """The service control manager at the other end of a pipe.

    `exchange` sends packets, and yields those of the answer as long as it is asked. Raises ServiceRefusedError,
    PipeAnswerError, and what `exchange` raises.
    """

    exchange: Exchange
    _manager: bytes = b""
    _serial: int = 1

    def open(self) -> None:
        """Say which interface is meant, and open the manager to make services."""
        context = struct.pack("<HHIBBHHBB", MOST_FRAGMENT, MOST_FRAGMENT, 0, 1, 0, 0, 0, 1, 0)
        packet = _packet(_BIND, self._serial, _FIRST | _LAST, context + _SCM + _NDR)
        answer = next(self.exchange([packet]), b"")
        kind, _, body = _read(answer, self._serial)
        if kind != _BIND_ACK:
            raise PipeAnswerError("it takes no calls of the service control manager")
        _check_bound(body)
        self._manager = self._call(_OPEN_MANAGER, struct.pack("<III", 0, 0, _CONNECT_AND_CREATE), _HANDLE)

    def create(self, name: str, shown: str, command: str) -> bytes:
        """Make a service that is started by hand, runs as SYSTEM, and return its handle."""
        words = (
            self._manager + _text(name) + struct.pack("<I", 1) + _text(shown)
            + struct.pack("<IIII", _TO_START | _TO_DELETE, _OWN_PROCESS, _ON_DEMAND, _IGNORE)
            + _text(command) + struct.pack("<7I", *[0] * 7)
        )  # fmt: skip
        return self._call(_CREATE, words, 4 + _HANDLE)[4:]

    def find(self, name: str) -> bytes | None:
        """Return the handle of a service, to delete it; None where there is none."""
        try:
            return self._call(_OPEN, self._manager + _text(name) + struct.pack("<I", _TO_DELETE), _HANDLE)
        except ServiceRefusedError as error:
            if error.number == NO_SERVICE:
                return None
            raise

    def start(self, service: bytes) -> None:
        """Start a service. A program that is no service is not waited for: that it did not report is no error."""
        try:
            self._call(_START, service + struct.pack("<II", 0, 0), 0)
        except ServiceRefusedError as error:
            if error.number != TIMED_OUT:
                raise

    def delete(self, service: bytes) -> None:
        """Delete a service; one that is being deleted is left alone. It goes when its last handle is closed."""
        try:
            self._call(_DELETE, service, 0)
        except ServiceRefusedError as error:
            if error.number != GOING:
                raise

    def close(self, handle: bytes) -> None:
        """Close a handle."""
        self._call(_CLOSE, handle, _HANDLE)

    def _call(self, number: int, stub: bytes, size: int) -> bytes:
        """Return what a call answers before its error, of this many bytes. Raises ServiceRefusedError."""
        self._serial += 1
        answer = b""
        for packet in self.exchange(_request(self._serial, number, stub)):
            kind, flags, body = _read(packet, self._serial)
            if kind == _FAULT:
                code = struct.unpack_from("<I", body, 8)[0] if len(body) >= 12 else 0
                raise PipeAnswerError(f"it refused the call: fault 0x{code:08X}")
            if kind != _RESPONSE or len(body) < 8:
                raise PipeAnswerError("it did not answer the call")
            answer += body[8:]
            if len(answer) > _MOST_ANSWER:
                raise PipeAnswerError("its answer has no end")
            if flags & _LAST:
                break
        if len(answer) != size + 4:
            raise PipeAnswerError(f"its answer has {len(answer)} bytes where {size + 4} are due")
        error = struct.unpack_from("<I", answer, size)[0]
        if error:
            raise ServiceRefusedError(error)
        return answer[:size]


def _text(value: str) -> bytes:
    """Return a text as NDR has it: how long it may be, where it begins, how long it is, its characters, filled up."""
    data = (value + "\0").encode("utf-16-le")
    count = len(data) // 2
    return struct.pack("<III", count, 0, count) + data + bytes(-len(data) % 4)


def _packet(kind: int, serial: int, flags: int, body: bytes) -> bytes:
    return _HEAD.pack(5, 0, kind, flags, b"\x10\0\0\0", _HEAD.size + len(body), 0, serial) + body


def _request(serial: int, number: int, stub: bytes) -> list[bytes]:
    """Return a call as packets that Windows takes."""
    most = (MOST_FRAGMENT - _HEAD.size - 8) & ~7
    parts = [stub[at : at + most] for at in range(0, len(stub), most)] or [b""]
    packets = []
    for at, part in enumerate(parts):
        flags = (_FIRST if at == 0 else 0) | (_LAST if at == len(parts) - 1 else 0)
        left = len(stub) - at * most
        packets.append(_packet(_REQUEST, serial, flags, struct.pack("<IHH", left, 0, number) + part))
    return packets


def _read(packet: bytes, serial: int) -> tuple[int, int, bytes]:
    """Return what kind a packet of the answer is of, its flags and its body. Raises PipeAnswerError."""
    if len(packet) < _HEAD.size:
        raise PipeAnswerError("its answer is cut short")
    major, _, kind, flags, form, length, auth, number = _HEAD.unpack_from(packet)
    if major != 5 or form[0] != 0x10 or length != len(packet) or auth or number != serial:
        raise PipeAnswerError("its answer is not one of DCE/RPC")
    return kind, flags, packet[_HEAD.size :]


def _check_bound(body: bytes) -> None:
    """Raise PipeAnswerError where the interface was not taken."""
    if len(body) < 10:
        raise PipeAnswerError("its answer is cut short")
    name = struct.unpack_from("<H", body, 8)[0]
    at = 10 + name
    at += -at % 4
    if len(body) < at + 8 or body[at] != 1 or struct.unpack_from("<H", body, at + 4)[0] != 0:
        raise PipeAnswerError("it has no service control manager")
