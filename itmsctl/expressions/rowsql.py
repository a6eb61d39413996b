"""A condition on one row as SQL: SQL's own three values are the language's, so nothing is doubled here."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from itmsctl.expressions import dialects, literals
from itmsctl.expressions import tree as t
from itmsctl.expressions.registry import Registry
from itmsctl.values.addresses import Prefix
from itmsctl.values.kind import Type

_GROUP = 60


class RowColumns(Protocol):
    """What gives the column of a reference; with `order` the one by which it is compared."""

    def __call__(self, ref: t.Ref, /, *, order: bool = False) -> ColumnElement[Any]:
        """Return it."""
        ...


OPERATORS: dict[t.Operator, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@lru_cache(maxsize=256)
def class_table(registry: Registry, cls: str) -> sa.TableClause:
    """Return the table of a class with the columns that filters can touch, as a lightweight construct."""
    found = registry.cls(cls)
    columns: dict[str, sa.ColumnClause[Any]] = {found.key: sa.column(found.key, sa.BigInteger())}
    for name in (found.map_key, found.map_value):
        if name:
            columns[name] = sa.column(name, sa.Text())
    for field in found.fields:
        columns[field.column_name] = sa.column(field.column_name, dialects.column_type(field.type))
        if field.order:
            columns[field.order] = sa.column(field.order, sa.Text())
    if cls == "computer":
        for other in registry.declared:
            if other.collected:
                columns.setdefault(other.collected, sa.column(other.collected))
    return sa.table(found.table, *columns.values())


@lru_cache(maxsize=8)
def states(name: str) -> sa.TableClause:
    """Return the table that says which classes were collected from which computers (`FilterClass.collected_in`)."""
    columns: tuple[sa.ColumnClause[Any], ...]
    columns = (sa.column("computer_id", sa.BigInteger()), sa.column("class_name", sa.Text()), sa.column("collected_at"))
    return sa.table(name, *columns)


def stated(known: sa.FromClause, *classes: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the rows that say that one of these classes was collected."""
    return known.c.class_name.in_(classes), known.c.collected_at.is_not(None)


def joined(forms: Sequence[ColumnElement[bool]], *, every: bool) -> ColumnElement[bool]:
    """Return all or any of several conditions; many are bracketed in groups, for SQLite allows a depth of 1,000."""
    join = sa.and_ if every else sa.or_
    if len(forms) > _GROUP:
        groups = [forms[start : start + _GROUP] for start in range(0, len(forms), _GROUP)]
        forms = [dialects.bracket(join(*group)) for group in groups]
    return join(*forms)


def condition(node: t.Node, columns: RowColumns, now: datetime) -> ColumnElement[bool]:
    """Return a condition whose references are all columns: of one row, or of several that were joined."""
    match node:
        case t.And(parts):
            return joined([condition(part, columns, now) for part in parts], every=True)
        case t.Or(parts):
            return joined([condition(part, columns, now) for part in parts], every=False)
        case t.Not(part):
            return sa.not_(condition(part, columns, now))
        case t.Constant(value):
            return sa.true() if value else sa.false()
        case t.ClassExists() | t.Count() | t.Collected():
            raise TypeError("a bracket stands inside no bracket")
        case _:
            return atom(node, columns, now)


def possible(node: t.Node, columns: RowColumns, now: datetime, *, wanted: bool = True) -> ColumnElement[bool]:
    """Return the condition of the rows that satisfy another one or may (not `wanted`: that fail it or may).

    It says the same as `(...) IS NOT FALSE` of the whole, but test by test, so that indexes serve each.
    """
    match node:
        case t.And(parts) | t.Or(parts):
            forms = [possible(part, columns, now, wanted=wanted) for part in parts]
            return joined(forms, every=isinstance(node, t.And) is wanted)
        case t.Not(part):
            return possible(part, columns, now, wanted=not wanted)
        case t.Constant(value):
            return sa.true() if value is wanted else sa.false()
        case t.ClassExists() | t.Count() | t.Collected():
            raise TypeError("a bracket stands inside no bracket")
        case _:
            test = atom(node, columns, now)
            surely = test if wanted else sa.not_(test)
            if isinstance(node, t.IsNull):
                return surely
            return sa.or_(surely, *(columns(ref).is_(None) for ref in t.refs(node)))


def atom(node: t.Atom, columns: RowColumns, now: datetime) -> ColumnElement[bool]:
    """Return one test; NULL where a value that it needs is."""
    match node:
        case t.Flag(ref):
            return columns(ref) == sa.true()
        case t.Compare(op, left, right):
            found: ColumnElement[bool] = OPERATORS[op](_ordered(left, columns), _operand(left, right, columns, now))
            return found
        case t.In(ref, values):
            return _ordered(ref, columns).in_(_list(ref, [_plain(value, now) for value in values]))
        case t.Like(ref, pattern, fold):
            return dialects.like(_comparable(ref, columns), pattern, fold=fold)
        case t.Regex(ref, pattern):
            return dialects.regex(_comparable(ref, columns), pattern)
        case t.IsNull(ref):
            return columns(ref).is_(None)
        case t.Within(ref, start, end):
            value = columns(ref)
            return sa.or_(*(sa.and_(value >= first, value <= last) for first, last in Prefix(start, end).ranges))


def _ordered(ref: t.Ref, columns: RowColumns) -> ColumnElement[Any]:
    column = columns(ref, order=True)
    return dialects.code_point(column) if literals.is_text(ref.type) else column


def _comparable(ref: t.Ref, columns: RowColumns) -> ColumnElement[Any]:
    column = columns(ref)
    return dialects.code_point(column) if literals.is_text(ref.type) else column


def _operand(left: t.Ref, right: t.Operand, columns: RowColumns, now: datetime) -> Any:
    if isinstance(right, t.Ref):
        return _ordered(right, columns)
    value = _plain(right, now)
    if left.type is Type.BOOL:
        return sa.true() if value else sa.false()
    return _bound(left.type, value)


def _list(ref: t.Ref, values: list[t.Value]) -> list[Any]:
    if ref.type is Type.INT and any(isinstance(value, float) for value in values):
        return [_bound(ref.type, value) for value in values]  # each by its own type: 1.5 is no integer
    return [literals.in_order(ref.type, value) for value in values]


def _bound(type_: Type, value: t.Value) -> ColumnElement[Any]:
    type_ = Type.REAL if isinstance(value, float) else type_
    return sa.bindparam(None, literals.in_order(type_, value), type_=dialects.column_type(type_), unique=True)


def _plain(value: t.Literal | t.Now, now: datetime) -> t.Value:
    return value.at(now) if isinstance(value, t.Now) else value.value
