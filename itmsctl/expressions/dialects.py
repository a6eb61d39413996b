"""What SQLite and PostgreSQL spell differently: text by code point, like, regular expressions, moments."""

from __future__ import annotations

import re
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


# A test that no index may be kept from: SQLAlchemy writes one of the type Boolean as `(...) = 1` on SQLite.
_TEST: TypeEngine[Any] = sa.types.NullType()


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

    type = _TEST
    inherit_cache = True


class _ilike(FunctionElement[bool]):  # noqa: N801 - a function of SQL, named as there
    """Arguments: text, LIKE pattern."""

    type = _TEST
    inherit_cache = True


class _regex(FunctionElement[bool]):  # noqa: N801 - a function of SQL, named as there
    """Arguments: text, the pattern as written, the pattern for PostgreSQL."""

    type = _TEST
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


# How each is written on SQLite and on PostgreSQL; a number stands for that argument.
_WRITTEN: dict[type[FunctionElement[Any]], tuple[str, str]] = {
    code_point: ("{0}", '({0} COLLATE "C")'),
    bracket: ("({0})", "({0})"),
    _like: ("({0} GLOB {2})", "({0} LIKE {1} ESCAPE '\\')"),
    _ilike: ("({0} LIKE {1} ESCAPE '\\')", "({0} ILIKE {1} ESCAPE '\\')"),
    _regex: (SQLITE_REGEX + "({1}, {0})", "({0} ~ {2})"),
}
_ARGUMENT = re.compile(r"\{(\d)\}")


def _writer(written: str) -> Callable[..., str]:
    def write(element: FunctionElement[Any], compiler: SQLCompiler, **_: Any) -> str:
        # Only the arguments that stand in the text are compiled: each binds its value.
        clauses = list(element.clauses)
        return _ARGUMENT.sub(lambda found: compiler.process(clauses[int(found[1])]), written)

    return write


for _function, (_sqlite, _postgres) in _WRITTEN.items():
    compiles(_function)(_writer(_sqlite))
    compiles(_function, "postgresql")(_writer(_postgres))
