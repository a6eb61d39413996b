"""What SQLite and PostgreSQL spell differently: text by code point, like, regular expressions, moments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from itmsctl.expressions import patterns, regexes
from itmsctl.values.kind import Type

SQLITE_REGEX = "itms_re2"


class StoredMoment(TypeDecorator[datetime]):
    """A moment as the database stores it: fixed-width RFC 3339 text on SQLite, timestamptz on PostgreSQL."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the engine's type."""
        wanted = sa.DateTime(timezone=True) if dialect.name == "postgresql" else sa.Text()
        return dialect.type_descriptor(wanted)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Give the driver its form of a moment."""
        if value is None or dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the interface
        """Read the driver's form of a moment."""
        if value is None:
            return None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


_COLUMN_TYPES: dict[Type, TypeEngine[Any]] = {
    Type.INT: sa.BigInteger(),
    Type.REAL: sa.Double(),
    Type.BOOL: sa.Boolean(),
    Type.TIME: StoredMoment(),
    Type.ADDRESS: sa.LargeBinary(),
}


def column_type(type_: Type) -> TypeEngine[Any]:
    """Return the column type of a field's type."""
    return _COLUMN_TYPES.get(type_, sa.Text())


def sqlite_functions() -> tuple[tuple[str, int, Callable[..., bool | None]], ...]:
    """Return what every SQLite connection must be given: (name, number of arguments, function), all deterministic.

    RE2 is imported when a regular expression is first evaluated.
    """
    return ((SQLITE_REGEX, 2, _found),)


def _found(pattern: str, text: str | None) -> bool | None:
    return None if text is None else regexes.searcher(pattern)(text) is not None


class code_point(FunctionElement[str]):  # noqa: N801 - named as SQL functions are
    """Text that compares by code point, whatever a view or the database's own collation says."""

    type = sa.Text()
    inherit_cache = True


class bracket(FunctionElement[bool]):  # noqa: N801 - a function of SQL, named as there
    """A condition in brackets that SQLAlchemy does not take away again."""

    type = sa.Boolean()
    inherit_cache = True


class _like(FunctionElement[bool]):  # noqa: N801 - a function of SQL, named as there
    """Arguments: text, LIKE pattern, GLOB pattern."""

    type = sa.Boolean()
    inherit_cache = True


class _ilike(FunctionElement[bool]):  # noqa: N801 - a function of SQL, named as there
    """Arguments: text, LIKE pattern."""

    type = sa.Boolean()
    inherit_cache = True


class _regex(FunctionElement[bool]):  # noqa: N801 - a function of SQL, named as there
    """Arguments: text, the pattern as written, the pattern for PostgreSQL."""

    type = sa.Boolean()
    inherit_cache = True


def like(text: ColumnElement[Any], pattern: str, *, fold: bool) -> ColumnElement[bool]:
    """Return `text like pattern`, or `ilike`; NULL where the text is."""
    if fold:
        return _ilike(text, _text(pattern))
    return _like(text, _text(pattern), _text(patterns.glob(pattern)))


def regex(text: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    """Return `text ~ pattern`; NULL where the text is."""
    return _regex(text, _text(pattern), _text(regexes.read(pattern).postgres))


def _text(value: str) -> ColumnElement[str]:
    return sa.bindparam(None, value, type_=sa.Text(), unique=True)


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, *wanted: int) -> list[str]:
    clauses = list(element.clauses)
    return [compiler.process(clauses[index]) for index in wanted]


@compiles(code_point)
def _code_point(element: code_point, compiler: SQLCompiler, **_: Any) -> str:
    return _arguments(element, compiler, 0)[0]


@compiles(code_point, "postgresql")
def _code_point_pg(element: code_point, compiler: SQLCompiler, **_: Any) -> str:
    (text,) = _arguments(element, compiler, 0)
    return f'({text} COLLATE "C")'


@compiles(bracket)
def _bracket(element: bracket, compiler: SQLCompiler, **_: Any) -> str:
    return f"({_arguments(element, compiler, 0)[0]})"


@compiles(_like)
def _like_sqlite(element: _like, compiler: SQLCompiler, **_: Any) -> str:
    text, pattern = _arguments(element, compiler, 0, 2)
    return f"({text} GLOB {pattern})"


@compiles(_like, "postgresql")
def _like_pg(element: _like, compiler: SQLCompiler, **_: Any) -> str:
    text, pattern = _arguments(element, compiler, 0, 1)
    return f"({text} LIKE {pattern} ESCAPE '\\')"


@compiles(_ilike)
def _ilike_sqlite(element: _ilike, compiler: SQLCompiler, **_: Any) -> str:
    text, pattern = _arguments(element, compiler, 0, 1)
    return f"({text} LIKE {pattern} ESCAPE '\\')"


@compiles(_ilike, "postgresql")
def _ilike_pg(element: _ilike, compiler: SQLCompiler, **_: Any) -> str:
    text, pattern = _arguments(element, compiler, 0, 1)
    return f"({text} ILIKE {pattern} ESCAPE '\\')"


@compiles(_regex)
def _regex_sqlite(element: _regex, compiler: SQLCompiler, **_: Any) -> str:
    text, pattern = _arguments(element, compiler, 0, 1)
    return f"{SQLITE_REGEX}({pattern}, {text})"


@compiles(_regex, "postgresql")
def _regex_pg(element: _regex, compiler: SQLCompiler, **_: Any) -> str:
    text, pattern = _arguments(element, compiler, 0, 2)
    return f"({text} ~ {pattern})"
