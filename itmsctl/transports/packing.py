"""A tar stream that is put together with few copies and sent in blocks that fill the packets of SSH."""

from __future__ import annotations

import tarfile
from typing import BinaryIO, Protocol

from itmsctl.errors import InputError

BLOCK = 512
# What one SSH packet takes at most: 32768 would make two.
PACKET_BYTES = 32_704
_READ_BYTES = 8 * PACKET_BYTES
_LARGE = 4 * _READ_BYTES
_PADDING = bytes(BLOCK)


class Blocks(Protocol):
    """Takes what is packed."""

    def write(self, data: bytes) -> int:
        """Take bytes; it may raise to end it all."""


class Packer:
    """Packs members into a tar stream (GNU form); what is small is put together before it is sent."""

    def __init__(self, out: Blocks) -> None:
        self._out = out
        self._held = bytearray()

    def add(self, info: tarfile.TarInfo, data: bytes = b"") -> None:
        """Add a member whose content is at hand, a folder or a link."""
        info.size = len(data)
        self._put(info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))
        self._put(data)
        self._pad(len(data))

    def add_file(self, info: tarfile.TarInfo, file: BinaryIO) -> None:
        """Add `info.size` bytes of an open file. Raises InputError where it has fewer."""
        self._put(info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))
        left = info.size
        # What is large goes out as it was read: no copy of it is made to fill the packet that its head is in.
        straight = left >= _LARGE
        if straight:
            self._flush(len(self._held))
        while left:
            data = file.read(min(left, _READ_BYTES))
            if not data:
                raise InputError(f"{info.name} changed while it was being sent", why=f"{left} bytes are missing")
            left -= len(data)
            if straight and len(data) == _READ_BYTES:
                self._out.write(data)
            else:
                # What is short is the end of the file, or stands before more of it.
                self._put(data)
                straight = False
        self._pad(info.size)

    def end(self) -> None:
        """End the stream."""
        self._put(2 * _PADDING)
        self._flush(len(self._held))

    def _pad(self, size: int) -> None:
        self._put(_PADDING[: -size % BLOCK])

    def _put(self, data: bytes) -> None:
        self._held += data
        if len(self._held) >= _READ_BYTES:
            self._flush(len(self._held) // PACKET_BYTES * PACKET_BYTES)

    def _flush(self, size: int) -> None:
        if size:
            whole = bytes(memoryview(self._held)[:size])
            del self._held[:size]
            self._out.write(whole)
