"""Short marks of what was told, by which an equal report is known without forming its rows.

A mark that differs says nothing: the rows are formed and compared. One that is equal says that the same bytes came.
"""

from __future__ import annotations

import marshal
from hashlib import sha256
from typing import Any

from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.forming import FormedRows, json_text

_VERSION = b"2"  # of the one form; a mark made by another is not compared


def told_digest(of: DataClass, rows: Any) -> bytes | None:
    """Return the digest of rows as they were told; None for what holds more than JSON does."""
    try:
        # Rows that were read again from the same text are the same bytes. Where they are not the rows are compared.
        digest = sha256(marshal.dumps(rows))
    except ValueError:
        return None
    digest.update(of.signature_digest + _VERSION)
    return digest.digest()


def told_mark(digest: bytes | None) -> int | None:
    """Return what is held of the digest of rows as they were told."""
    return None if digest is None else _number(digest[:8])


def volatile_mark(of: DataClass, formed: FormedRows) -> int | None:
    """Return the mark of the columns that never make history; None for a class that has none."""
    if not of.volatile:
        return None
    parts = [
        row[0] + json_text({name: row[3][name] for name in of.volatile if name in row[3]})
        for row in formed.rows.values()
    ]
    return _number(sha256(b"\n".join(sorted(parts))).digest()[:8])


def _number(digest: bytes) -> int:
    return int.from_bytes(digest, "big", signed=True)
