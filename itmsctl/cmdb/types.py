"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from itmsctl.errors import RowUnreadableError
from itmsctl.values import times


class Text(TypeDecorator[str]):
    """Text that compares by code point: BINARY on SQLite, `COLLATE "C"` on PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the engine's type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.Text(collation="C"))
        return dialect.type_descriptor(sa.Text())


# ruff: noqa: ARG002 - SQLAlchemy gives the dialect to every method


class Moment(TypeDecorator[datetime]):
    """A moment in UTC: fixed-width RFC 3339 text on SQLite, timestamptz on PostgreSQL."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the engine's type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Give the driver its form of a moment."""
        if value is None or dialect.name == "postgresql":
            return value
        return times.to_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read the driver's form of a moment."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        try:
            if value[10] != "T" or value[-1] != "Z":  # another form of the same moment would sort elsewhere
                raise ValueError(value)
            return times.from_text(value)
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            raise _unreadable("moment", value) from error


def moment_of(stored: Any) -> datetime | None:
    """Return the moment that a column holds in the driver's own form; None for a value that was never written by us."""
    try:
        return stored.astimezone(UTC) if isinstance(stored, datetime) else times.from_text(stored)
    except (ValueError, TypeError, AttributeError):
        return None


# A counter that may outgrow 32 bits; SQLite numbers rows only where the type is INTEGER, which has 64 there.
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Json(TypeDecorator[Any]):
    """A JSON value kept as canonical text: sorted keys, no spaces, so that equal values are equal text."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the engine's type."""
        return Text().load_dialect_impl(dialect)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write canonical text."""
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read the text."""
        try:
            return None if value is None else json.loads(value)
        except (ValueError, TypeError, RecursionError) as error:
            raise _unreadable("JSON", value) from error


def _unreadable(what: str, value: object) -> RowUnreadableError:
    return RowUnreadableError(
        f"a stored value is no {what}: it was changed past itmsctl",
        why=repr(value)[:80],
        hint="itmsctl db check",
    )


_encoder = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """Return the one JSON text of a value (RFC 8785 in spirit: sorted keys, no white space)."""
    return _encoder.encode(value)
