"""A tree as one SQL predicate, for SQLite and PostgreSQL: true of the computers that the filter surely matches.

Inside a row SQL's three values serve. Across rows they do not (`EXISTS` is never unknown), so every condition has two
forms, *surely true* and *surely false*; `not` swaps them, and only the one that is needed is built. A form is true
where it says so, and false or NULL elsewhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from itmsctl.errors import ExpressionError
from itmsctl.expressions import regexes, rowsql
from itmsctl.expressions import tree as t
from itmsctl.expressions.dialects import column_type
from itmsctl.expressions.dialects import sqlite_functions as sqlite_functions
from itmsctl.expressions.registry import COMPUTER, Registry
from itmsctl.expressions.rowsql import OPERATORS, class_table, stated, states

Predicate = ColumnElement[bool]


def compile_sql(
    tree: t.Node,
    *,
    resource_id: ColumnElement[Any],
    now: datetime,
    computer: sa.FromClause | None = None,
    registry: Registry | None = None,
) -> Predicate:
    """Return a predicate on the resource `resource_id` of the caller's FROM.

    `computer` is the table or view of the class `computer` where the caller has joined it: bare fields are then its
    columns; without it they are looked up. Values are bound parameters. Raises ExpressionError where the tree no longer
    fits the registry.
    """
    compiler = _Compiler(registry or Registry.default(), resource_id, computer, now)
    try:
        return compiler.surely(tree, wanted=True)
    except regexes.PatternError as error:
        raise ExpressionError(f"a regular expression is not taken: {error}", hint=error.hint) from None


class _Compiler:
    def __init__(
        self, registry: Registry, resource_id: ColumnElement[Any], computer: sa.FromClause | None, now: datetime
    ) -> None:
        self._registry = registry
        self._id = resource_id
        self._computer = computer
        self._now = now

    def surely(self, node: t.Node, *, wanted: bool) -> Predicate:
        """Return the form that is true where a node surely is `wanted`."""
        match node:
            case t.And(parts) | t.Or(parts):
                forms = [self.surely(part, wanted=wanted) for part in parts]
                every = isinstance(node, t.And) is wanted
                return rowsql.joined(forms, every=every)
            case t.Not(part):
                return self.surely(part, wanted=not wanted)
            case t.Constant(value):
                return sa.true() if value is wanted else sa.false()
            case t.ClassExists(cls, where):
                return self._exists_form(cls, where, wanted)
            case t.Count(cls, where, op, number):
                return self._count_form(cls, where, op if wanted else _OPPOSITE[op], number)
            case t.Collected(cls):
                known = self._collected(cls)
                return known if wanted else self._not(known)
            case _:
                return self._atom_form(node, wanted)

    def _exists_form(self, cls: str, where: t.Node | None, wanted: bool) -> Predicate:
        rows = class_table(self._registry, cls).alias()
        if wanted:
            return self._if_present(cls, self._exists(rows, cls, self._row_condition(rows, where)))
        return self._if_collected(cls, self._none(rows, cls, self._row_condition(rows, where, possible=True)))

    def _count_form(self, cls: str, where: t.Node | None, op: t.Operator, number: int) -> Predicate:
        # The number of rows lies between those that surely and those that possibly satisfy the bracket.
        def least(op: t.Operator) -> Predicate:
            return self._count(cls, where, op, number, possible=False)

        def most(op: t.Operator) -> Predicate:
            return self._count(cls, where, op, number, possible=True)

        match op:
            case ">" | ">=":
                form = least(op)
            case "<" | "<=":
                form = most(op)
            case "=":
                form = least(op) if where is None else sa.and_(least(op), most(op))
            case "!=":
                form = least(op) if where is None else sa.or_(least(">"), most("<"))
        return form if self._is_listed(cls) else self._if_collected(cls, form)

    def _count(self, cls: str, where: t.Node | None, op: t.Operator, number: int, *, possible: bool) -> Predicate:
        rows = class_table(self._registry, cls).alias()
        key = self._key(rows, cls)
        test = self._row_condition(rows, where, possible=possible)
        if not self._is_listed(cls):
            query = sa.select(sa.func.count()).select_from(rows).where(key == self._id, test)
            return cast("Predicate", OPERATORS[op](query.correlate_except(rows).scalar_subquery(), number))
        # Who has no such row is in no group: where zero would do, those are taken out who have another number.
        zero_does = bool(OPERATORS[op](0, number))
        told = OPERATORS[_OPPOSITE[op] if zero_does else op](sa.func.count(), number)
        found = self._id.in_(sa.select(key).select_from(rows).where(test).group_by(key).having(told))
        return self._if_collected(cls, self._not(found)) if zero_does else found

    def _is_listed(self, cls: str) -> bool:
        """Return whether the computers of a class are listed once, and not looked up one by one: it has many rows."""
        return bool(self._registry.cls(cls).collected_in)

    def _atom_form(self, node: t.Atom, wanted: bool) -> Predicate:
        references = t.refs(node)
        classes = {(ref.cls, ref.key) for ref in references}
        if len(classes) > 1 or (classes == {(COMPUTER, "")} and self._computer is not None):
            form = rowsql.atom(node, self._value, self._now)
            return form if wanted else self._not(form)
        ref = references[0]
        if isinstance(node, t.IsNull):
            return self._null_form(ref, wanted)
        rows = class_table(self._registry, ref.cls).alias()
        test = rowsql.atom(node, self._columns(rows), self._now)
        if wanted:
            return self._if_present(ref.cls, self._exists(rows, ref.cls, self._picked(rows, ref), test))
        if not ref.many:
            return self._if_present(ref.cls, self._exists(rows, ref.cls, self._picked(rows, ref), self._not(test)))
        present = self._null_form(ref, wanted=False)
        return sa.and_(present, self._not(self._exists(rows, ref.cls, test)))

    def _null_form(self, ref: t.Ref, wanted: bool) -> Predicate:
        rows = class_table(self._registry, ref.cls).alias()
        present = self._column(rows, ref).is_not(None)
        find = self._none if wanted else self._exists
        return self._if_collected(ref.cls, find(rows, ref.cls, self._picked(rows, ref), present))

    def _value(self, ref: t.Ref, /, *, order: bool = False) -> ColumnElement[Any]:
        """Return the one value of a reference outside brackets: a joined column, or a subquery."""
        if ref.cls == COMPUTER and self._computer is not None:
            return self._column(self._computer, ref, order=order)
        rows = class_table(self._registry, ref.cls).alias()
        query: sa.Select[Any] = sa.select(self._column(rows, ref, order=order)).where(
            self._key(rows, ref.cls) == self._id, self._picked(rows, ref)
        )
        if self._registry.cls(ref.cls).collected:
            query = query.where(self._collected(ref.cls))
        return query.correlate_except(rows).scalar_subquery()

    def _collected(self, cls: str) -> Predicate:
        declared = self._registry.cls(cls)
        marker = declared.collected
        if declared.collected_in:
            known = states(declared.collected_in).alias()
            one: ColumnElement[Any] = sa.literal_column("1")
            query = sa.select(one).select_from(known).where(*stated(known, cls), known.c.computer_id == self._id)
            return query.correlate_except(known).exists()
        if not marker:
            return sa.true()
        if self._computer is not None:
            return self._computer.c[marker].is_not(None)
        rows = class_table(self._registry, COMPUTER).alias()
        return self._exists(rows, COMPUTER, rows.c[marker].is_not(None))

    def _if_collected(self, cls: str, form: Predicate) -> Predicate:
        if not self._registry.cls(cls).is_gathered:
            return form
        return sa.and_(self._collected(cls), form)

    def _if_present(self, cls: str, form: Predicate) -> Predicate:
        """Return a form that is true only of computers with rows of a class, where these count."""
        return form if self._registry.cls(cls).collected_in else self._if_collected(cls, form)

    def _exists(self, rows: sa.FromClause, cls: str, *tests: Predicate) -> Predicate:
        if self._is_listed(cls):
            return self._id.in_(sa.select(self._key(rows, cls)).select_from(rows).where(*tests))
        one: ColumnElement[Any] = sa.literal_column("1")
        query = sa.select(one).select_from(rows).where(self._key(rows, cls) == self._id, *tests)
        return query.correlate_except(rows).exists()

    def _none(self, rows: sa.FromClause, cls: str, *tests: Predicate) -> Predicate:
        if self._is_listed(cls):
            # Each computer once: PostgreSQL keeps a list in memory where it cannot be long, else it reads it for each.
            return self._not(self._id.in_(sa.select(self._key(rows, cls)).select_from(rows).where(*tests).distinct()))
        return self._not(self._exists(rows, cls, *tests))

    def _row_condition(self, rows: sa.FromClause, where: t.Node | None, *, possible: bool = False) -> Predicate:
        if where is None:
            return sa.true()
        make = rowsql.possible if possible else rowsql.condition
        return make(where, self._columns(rows), self._now)

    def _picked(self, rows: sa.FromClause, ref: t.Ref) -> Predicate:
        if not ref.key:
            return sa.true()
        key = self._registry.cls(ref.cls).map_key
        return rows.c[key] == sa.bindparam(None, ref.key, type_=sa.Text(), unique=True)

    def _columns(self, rows: sa.FromClause) -> rowsql.RowColumns:
        def column(ref: t.Ref, /, *, order: bool = False) -> ColumnElement[Any]:
            return self._column(rows, ref, order=order)

        return column

    def _column(self, rows: sa.FromClause, ref: t.Ref, *, order: bool = False) -> ColumnElement[Any]:
        field = self._registry.field(ref.cls, ref.field)
        column = rows.c[field.order if order and field.order else field.column_name]
        # A joined table may carry types of its own; a literal is bound by the field's.
        return sa.type_coerce(column, column_type(ref.type))

    def _key(self, rows: sa.FromClause, cls: str) -> ColumnElement[Any]:
        return rows.c[self._registry.cls(cls).key]

    @staticmethod
    def _not(form: Predicate) -> Predicate:
        return sa.not_(form)


_OPPOSITE: dict[t.Operator, t.Operator] = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
