"""Output of endpoints, kept as bytes, as text that JSON can hold (F41)."""

from __future__ import annotations

import base64
from dataclasses import field
from typing import Any

from itmsctl.transports.outcome import Captured
from itmsctl.values.lean import dataclass

LINE = 200


def text_of(stream: Captured) -> tuple[str, str]:
    """Return a stream as (text, encoding): `utf-8` where it is UTF-8, else `base64` of the bytes that were kept.

    Where the middle was dropped, a character torn by the cut does not count against it.
    """
    data = stream.joined()
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if stream.dropped:
        try:
            return _untorn_end(stream.head).decode("utf-8") + _untorn_start(stream.tail).decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            pass
    return base64.b64encode(data).decode("ascii"), "base64"


def _untorn_end(head: bytes) -> bytes:
    for back in range(1, min(4, len(head)) + 1):
        byte = head[-back]
        if byte & 0xC0 == 0xC0:  # the first byte of a character
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return head if length <= back else head[:-back]
        if byte < 0x80:
            return head
    return head


def _untorn_start(tail: bytes) -> bytes:
    start = 0
    while start < min(3, len(tail)) and tail[start] & 0xC0 == 0x80:
        start += 1
    return tail[start:]


@dataclass(frozen=True)
class Streams:
    """Both streams of an attempt."""

    stdout: Captured = field(default_factory=Captured)
    stderr: Captured = field(default_factory=Captured)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields of a result object."""
        found: dict[str, Any] = {}
        for name, stream in (("stdout", self.stdout), ("stderr", self.stderr)):
            text, encoding = text_of(stream)
            found[name] = text
            found[f"{name}_encoding"] = encoding
            found[f"{name}_bytes"] = stream.total
            found[f"{name}_truncated"] = stream.dropped > 0
        return found

    def first_line(self) -> str:
        """Return the first line that says anything, of stdout before stderr; bytes that are no UTF-8 as `\\xNN`."""
        for stream in (self.stdout, self.stderr):
            for line in stream.head[: LINE * 8].splitlines():
                if line.strip():
                    return line[: LINE * 4].decode("utf-8", "surrogateescape")[:LINE].strip()
        return ""

    def has_more(self) -> bool:
        """Return whether anything was said beside the first line."""
        both = (self.stdout, self.stderr)
        lines = [line for stream in both for line in stream.joined().splitlines() if line.strip()]
        return len(lines) > 1 or any(len(line) > LINE for line in lines) or any(stream.dropped for stream in both)


def for_people(stream: Captured) -> bytes:
    """Return the bytes of a stream with a line in the gap that says what was left out."""
    if not stream.dropped:
        return stream.joined()
    return stream.head + f"\n... {stream.dropped} bytes left out ...\n".encode() + stream.tail
