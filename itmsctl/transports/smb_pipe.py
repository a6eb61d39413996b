"""A named pipe of a Windows computer, over SMB: packets of DCE/RPC are written to it, and read from it one by one."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from smbprotocol.open import CreateDisposition, FilePipePrinterAccessMask

from itmsctl.transports.smb_share import SmbShare
from itmsctl.transports.svcctl import PipeAnswerError

_MOST = 65_536
_ACCESS = (
    FilePipePrinterAccessMask.FILE_READ_DATA | FilePipePrinterAccessMask.FILE_WRITE_DATA
    | FilePipePrinterAccessMask.FILE_READ_ATTRIBUTES | FilePipePrinterAccessMask.SYNCHRONIZE
)  # fmt: skip


class Pipe:
    """A pipe that is open, to use as a context."""

    def __init__(self, share: SmbShare, name: str) -> None:
        self._handle: Any = share.opened(name, _ACCESS, CreateDisposition.FILE_OPEN)
        self._left = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(Exception):
            self._handle.close()

    def exchange(self, packets: list[bytes]) -> Iterator[bytes]:
        """Send packets, and yield those that come back, as many as are asked for."""
        for packet in packets:
            self._handle.write(packet, 0)
        while True:
            yield self._next()

    def _next(self) -> bytes:
        while (length := self._due()) > len(self._left):
            data = bytes(self._handle.read(0, _MOST))
            if not data:
                raise PipeAnswerError("its answer is cut short")
            self._left += data
        packet, self._left = self._left[:length], self._left[length:]
        return packet

    def _due(self) -> int:
        """Return how long the next packet is; more than is there where not even that is known."""
        if len(self._left) < 10:
            return 10
        return max(16, int(struct.unpack_from("<H", self._left, 8)[0]))
