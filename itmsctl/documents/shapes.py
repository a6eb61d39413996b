"""What a table that comes in is made of: its columns as declared, its rows, and what is wrong with a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from itmsctl.errors import InputError
from itmsctl.values.names import did_you_mean

REASON = "_reason"  # the column that a rejects file adds, and every reader ignores
BROKEN = "_line"  # the key under which a rejects file keeps a line that was no JSON object


class Row(NamedTuple):
    """A row as read: its first line, values by declared field name, and the row as it stood (for a rejects file).

    CSV values are text, empty where the cell was; NDJSON values are whatever JSON holds.
    """

    line: int
    values: Mapping[str, Any]
    raw: list[str] | bytes


class RowProblem(NamedTuple):
    """A row that cannot be used: where, which column if it is known, and why."""

    line: int
    column: str
    reason: str
    raw: list[str] | bytes


@dataclass(frozen=True)
class Columns:
    """Which columns a table may have.

    `headers` leads from a header to the field it fills; headers are compared without regard to case, and a space or
    hyphen counts as `_`. `ignored` are accepted and dropped. Others are refused, or dropped and reported where
    `extra_allowed`.
    """

    headers: Mapping[str, str]
    required: tuple[str, ...] = ()
    ignored: frozenset[str] = field(default_factory=frozenset)
    extra_allowed: bool = False

    @classmethod
    def of(cls, *fields: str, required: tuple[str, ...] = (), ignored: tuple[str, ...] = ()) -> Columns:
        """Answer columns named as their fields are."""
        return cls({header_key(name): name for name in fields}, required, frozenset(map(header_key, ignored)))

    def field_of(self, header: str) -> str | None:
        """Answer the field a header fills, or none."""
        return self.headers.get(header_key(header))

    def is_ignored(self, header: str) -> bool:
        """Tell whether a column is dropped without a word."""
        return header_key(header) in self.ignored or header in (REASON, BROKEN)

    def suggestion(self, header: str) -> str:
        """Answer what an unknown header may have meant."""
        known = ", ".join(dict.fromkeys(self.headers.values()))
        return did_you_mean(header_key(header), self.headers) or f"known columns: {known}"


def header_key(header: str) -> str:
    """Answer the form in which two headers are the same."""
    return header.strip().casefold().replace(" ", "_").replace("-", "_")


def column_check(columns: Columns, header: str) -> tuple[str | None, InputError | None]:
    """Answer the field that a header fills, or none and why it must be refused (none again: drop it)."""
    found = columns.field_of(header)
    if found is not None or columns.is_ignored(header) or columns.extra_allowed:
        return found, None
    return None, InputError(f"unknown column `{header}`", hint=columns.suggestion(header))
