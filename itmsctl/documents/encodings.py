"""Tables in another character set than UTF-8: read as UTF-8 while they are read, a piece at a time.

UTF-16 says itself, by its first bytes. Others say nothing: which one it is has to be said (`--encoding cp1252`), since
a wrong guess spoils names without a word.
"""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO, cast

from itmsctl.errors import InputError

_PIECE = 1 << 16
_BYTES = frozenset({"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "idna", "punycode"})
_FAMILIAR = "cp1252, iso-8859-15, cp1250, mac_roman, utf-16"


def checked_encoding(name: str) -> str:
    """Return the name of a character set as Python knows it. Raises InputError."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        found = ""
    if not found or found in _BYTES or found.startswith(("unicode", "raw")):
        raise InputError(f"`{name[:40]}` is not a character set", hint=f"such as {_FAMILIAR}")
    return found


def utf16_of(head: bytes) -> str:
    """Return how the UTF-16 of a head is written; empty for another character set."""
    if head.startswith(codecs.BOM_UTF16_LE) or (not head.startswith(codecs.BOM_UTF16_BE) and _zeros(head[1:64:2])):
        return "utf-16-le"
    return "utf-16-be" if head.startswith(codecs.BOM_UTF16_BE) or _zeros(head[0:64:2]) else ""


def _zeros(part: bytes) -> bool:
    """Return whether every second byte of a head is 0: UTF-16 without a byte order mark."""
    return len(part) > 1 and not any(part)


def recoded(stream: BinaryIO, encoding: str, *, head: bytes = b"", to: str = "utf-8") -> BinaryIO:
    """Return a stream of the same text in another character set, without a byte order mark; a line ends in LF.

    `head` was read from the stream already. Raises UnicodeDecodeError, while reading, for bytes that are none of it.
    """
    return cast("BinaryIO", io.BufferedReader(_Recoded(stream, encoding, head, to), _PIECE))


class _Recoded(io.RawIOBase):
    """Bytes of one character set, read as those of another."""

    def __init__(self, stream: BinaryIO, encoding: str, head: bytes, to: str) -> None:
        self._stream = stream
        self._to = to
        self._decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
        self._head = head
        self._ready = b""
        self._begun = False

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read into a buffer, and return how many bytes; none at the end."""
        view = memoryview(cast("bytearray", buffer))
        while not self._ready:
            data = self._head or self._stream.read(_PIECE)
            self._head = b""
            text = self._decoder.decode(data, final=not data)
            if not self._begun and text:
                text, self._begun = text.removeprefix("\ufeff"), True
            self._ready = text.encode(self._to)
            if not data and not self._ready:
                return 0
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count
