"""Process accounting of Linux: the records of version 3, one of 64 bytes for each process that ended (acct(5)).

The format is that of `linux/acct.h`. A name has 15 characters at most; the record is written when the process ends.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

SIZE = 64
TICKS = 100  # AHZ: the elapsed time is counted in hundredths of a second
_FORKED = 0x01  # it never ran a program of its own
_VERSION, _BIG = 0x03, 0x80  # the second says in which order of bytes a record was written
_FIELDS = "BBHIIIIIIf8H16s"
_LITTLE, _BIG_ENDIAN = struct.Struct("<" + _FIELDS), struct.Struct(">" + _FIELDS)


class EndedProcess(NamedTuple):
    """A process that ended: its name, when it began and ended, of which user, and numbers of it and its parent."""

    name: str
    began: datetime
    seconds: float
    uid: int
    process: int
    parent: int
    ran_nothing: bool

    @property
    def ended(self) -> datetime:
        """Return when it ended."""
        return self.began + timedelta(seconds=self.seconds)


def is_accounting(data: bytes) -> bool:
    """Return whether the first record is one of version 3."""
    return len(data) >= SIZE and data[1] & 0x7F == _VERSION


def ended_processes(data: bytes) -> Iterator[EndedProcess]:
    """Yield the records of a file, in their order; what is none of version 3 is passed over."""
    for at in range(0, len(data) - SIZE + 1, SIZE):
        version = data[at + 1]
        if version & 0x7F != _VERSION:
            continue
        form = _BIG_ENDIAN if version & _BIG else _LITTLE
        flags, _, _, _, uid, _, process, parent, began, elapsed, *_, name = form.unpack_from(data, at)
        seconds = elapsed / TICKS if 0 <= elapsed < 1e11 else 0.0  # neither for NaN
        yield EndedProcess(
            name.partition(b"\0")[0].decode("utf-8", "replace"),
            datetime.fromtimestamp(began, UTC),
            seconds,
            uid,
            process,
            parent,
            bool(flags & _FORKED),
        )
