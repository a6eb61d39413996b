"""Rows as the bytes of PostgreSQL's binary COPY: the driver forms nothing, and the server reads no text of numbers.

A row is the number of its fields in two bytes, then the fields: each the length of its value in four bytes and the
value, all numbers big-endian. A field that says nothing has the length -1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct

from sqlalchemy.engine import Connection

from itmsctl.cmdb import bulk

NOTHING = b"\xff\xff\xff\xff"
"""A field that says nothing."""

_BEGIN, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_AT_ONCE = 4096  # rows that are handed to the driver together
_EPOCH, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_LENGTH, _BIGINT, _DOUBLE = Struct(">i").pack, Struct(">iq").pack, Struct(">id").pack
_TRUTHS = (b"\0\0\0\1\0", b"\0\0\0\1\1")


def binary_field(value: bytes) -> bytes:
    """Return a field of bytes."""
    return _LENGTH(len(value)) + value


def text_field(value: str) -> bytes:
    """Return a field of text."""
    return binary_field(value.encode())


def bigint_field(value: int) -> bytes:
    """Return a field of a whole number of 64 bits."""
    return _BIGINT(8, value)


def double_field(value: float) -> bytes:
    """Return a field of a number in double precision."""
    return _DOUBLE(8, value)


def truth_field(value: bool) -> bytes:
    """Return a field of a truth."""
    return _TRUTHS[value]


def moment_field(value: datetime) -> bytes:
    """Return a field of a moment with a time zone."""
    return _BIGINT(8, (value - _EPOCH) // _MICROSECOND)


def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[bytes]) -> None:
    """Insert rows, each the bytes of all its fields with their number before them, in the order of the columns."""
    names = ", ".join(f'"{column}"' for column in columns)
    with bulk.copying(connection, f'COPY "{table}" ({names}) FROM STDIN WITH (FORMAT BINARY)') as copy:
        copy.write(_BEGIN)
        for some in bulk.chunks(rows, _AT_ONCE):
            copy.write(b"".join(some))
        copy.write(_END)
