"""Short marks of what was told, by which an equal report is known without forming its rows.

A mark that differs says nothing: the rows are formed and compared. One that is equal says that the same bytes came.
"""

from __future__ import annotations

import marshal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.forming import FormedRows

_VERSION = 1  # of the one form; a mark made by another is not compared


def told_mark(of: DataClass, rows: Any) -> int | None:
    """Return the mark of rows as they were told; None for what holds more than JSON does."""
    try:
        data = marshal.dumps(rows, 2)  # without references: equal rows are equal bytes
    except ValueError:
        return None
    return _number(blake2b(data, digest_size=8, key=_key(of)).digest())


def volatile_mark(of: DataClass, formed: FormedRows) -> int | None:
    """Return the mark of the columns that never make history; None for a class that has none."""
    if not of.volatile:
        return None
    parts = [
        row.key + ",".join([row.own[name].named for name in of.volatile if name in row.own]).encode()
        for row in formed.rows.values()
    ]
    return _number(blake2b(b"\n".join(sorted(parts)), digest_size=8).digest())


@lru_cache(maxsize=1024)
def _key(of: DataClass) -> bytes:
    columns = [(c.name, c.type.value, c.is_volatile, c.is_ordered, c.is_shared) for c in of.columns]
    return blake2b(repr((_VERSION, columns, of.key)).encode(), digest_size=32).digest()


def _number(digest: bytes) -> int:
    return int.from_bytes(digest, "big", signed=True)
