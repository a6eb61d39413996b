"""SQL that reads the same on both engines: written in PostgreSQL's grammar, said to each engine in its own words.

Beside what `sqltext` allows there are `days_between(a, b)` and `day_of(time)`, and the parameter `:now`. What the
engines would answer differently is said alike (`like` heeds case, `round` takes any number, empty values sort last), or
refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from itmsctl.expressions import patterns, sqltext
from itmsctl.expressions.sqltext import Purpose, Statement
from itmsctl.values.kind import Type
from itmsctl.values.names import did_you_mean
from itmsctl.values.view import View

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

DIALECT = "postgres"
NOW = "now"
EVERYTHING: Mapping[str, Collection[str]] = {}  # no view lacks a column
FUNCTIONS = sqltext.FUNCTIONS - {"octet_length", "total"} | {"days_between", "day_of", "greatest", "least"}
INSTEAD = dict.fromkeys(("current_timestamp", "current_date", "current_time"), "write :now") | dict.fromkeys(
    ("to_char", "extract", "date_trunc", "timestamp_trunc", "strftime", "date", "julianday"),
    "write day_of(time) or days_between(a, b)",
)
# What SQLite calls for it, where that has another name.
SQLITE_CALLS = FUNCTIONS | {"glob", "julianday", "iif"}
_CASTS = ("TEXT", "VARCHAR", "INT", "BIGINT", "SMALLINT", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN")
_SQL_TYPES = {
    Type.INT: "BIGINT",
    Type.REAL: "DOUBLE PRECISION",
    Type.DURATION: "DOUBLE PRECISION",
    Type.BOOL: "BOOLEAN",
    Type.TIME: "TIMESTAMPTZ",
}
_TYPES = {
    "BOOLEAN": Type.BOOL, "TIMESTAMPTZ": Type.TIME, "INT": Type.INT, "BIGINT": Type.INT, "SMALLINT": Type.INT,
    "DOUBLE": Type.REAL, "FLOAT": Type.REAL, "DECIMAL": Type.REAL, "NUMERIC": Type.REAL, "TEXT": Type.TEXT,
    "VARCHAR": Type.TEXT,
}  # fmt: skip


@dataclass(frozen=True)
class OrderedBy:
    """A column of a result by which it is ordered, counted from nought; empty values stand first or last."""

    column: int
    descending: bool
    empty_first: bool


@dataclass(frozen=True)
class Query:
    """A query whose views, columns and parameters are all known: its result columns with their types, in order.

    A type that does not follow from the text is none.
    """

    tree: Expr
    statement: Statement
    columns: Mapping[str, Type | None]
    views: Mapping[str, View]

    @property
    def wanted(self) -> dict[str, frozenset[str]]:
        """Return the views that it reads, each with the columns that it may name."""
        from sqlglot import exp

        named = {column.name for column in self.tree.find_all(exp.Column)}
        return {name: frozenset(c for c in view.types if c in named) for name, view in self.views.items()}

    @property
    def most(self) -> int | None:
        """Return how many rows it gives at most by its own word; None where it does not say so with a number."""
        from sqlglot import exp

        limit: Any = self.tree.args.get("limit")
        if limit is None or self.tree.args.get("offset"):
            return None
        return int(limit.expression.name) if isinstance(limit.expression, exp.Literal) else None

    @property
    def order(self) -> tuple[OrderedBy, ...]:
        """Return by which columns of its result it is ordered; none where it is not, or by something else too."""
        ordered: Any = self.tree.args.get("order")
        parts = ordered.expressions if ordered is not None else []
        selects: Any = self.tree.selects  # type: ignore[attr-defined]  # a query has them
        found = []
        for part in parts:
            place = _place(part.this, selects)
            if place is None:
                return ()
            found.append(OrderedBy(place, bool(part.args.get("desc")), bool(part.args.get("nulls_first"))))
        return tuple(found)


def _place(expression: Expr, selects: Sequence[Any]) -> int | None:
    """Return which column of a result an expression of ORDER BY is, or None."""
    for place, part in enumerate(selects):
        if expression.name == part.alias_or_name and not expression.args.get("table"):
            return place
        if expression == part.unalias():
            return place
    return None


def check(text: str, purpose: Purpose, parameters: Mapping[str, Type]) -> Query:
    """Check a query with the parameters that it declares; each must be used.

    Raises the error of its purpose for what is not allowed, not known, or not used.
    """
    found = sqltext.check(text, DIALECT, purpose)
    _refuse_different(found.root, purpose)
    _check_parameters(found.parameters, parameters, purpose)
    tree = found.root.copy()
    _cast_parameters(tree, {**parameters, NOW: Type.TIME})
    tree = _resolved(tree, found, purpose)
    return Query(tree, found, _result(tree, purpose), {name: purpose.views[name] for name in found.views})


def say(
    query: Query, dialect: str, limit: int | None, lacking: Mapping[str, Collection[str]] = EVERYTHING
) -> tuple[str, tuple[str, ...]]:
    """Return the query for an engine, and the names of the values that it takes, in the order of their numbers.

    `limit` rows at most are given, or all of them. `lacking` names views that lack columns in the database that is
    asked, each with those it has: what is not there is empty, and a view without any has no rows.
    """
    from sqlglot import exp

    tree: Any = query.tree.copy()
    if limit is not None and not tree.args.get("limit"):
        tree = tree.limit(limit, copy=False)
    if lacking:
        _fill_in(tree, query.views, lacking)
    _each(tree, _to_sqlite if dialect == "sqlite" else _to_postgres)
    names = query.statement.parameters
    number = {name: exp.Literal.number(names.index(name) + 1) for name in names}
    sign = exp.Var if dialect == "sqlite" else exp.Parameter
    for node in list(tree.find_all(exp.Placeholder)):
        place = number[str(node.this)]
        node.replace(sign(this=f"?{place}" if dialect == "sqlite" else place.copy()))
    return str(tree.sql(dialect, comments=False)), names


# --- checks -----------------------------------------------------------------------------------------------------------


def _refuse_different(root: Expr, purpose: Purpose) -> None:
    from sqlglot import exp

    for node in root.walk():
        if isinstance(node, exp.Interval):
            raise purpose.refused("an INTERVAL is not known to both engines", "--parameter since:time=30d")
        if isinstance(node, exp.Cast) and node.to.this.name not in _CASTS:
            raise purpose.refused(f"a CAST to {node.to.sql()} differs between the engines", "cast to text or a number")
        if isinstance(node, exp.RegexpLike | exp.RegexpILike | exp.SimilarTo | exp.Escape):
            raise purpose.refused(f"`{type(node).__name__}` differs between the engines", "LIKE 'a%' or ILIKE")
        if isinstance(node, exp.Like) and not isinstance(node.expression, exp.Literal):
            raise purpose.refused("LIKE takes a pattern in quotes", "ILIKE, or strpos(lower(x), lower(:part)) > 0")
        if isinstance(node, exp.Anonymous) and str(node.this).lower() in {"days_between", "day_of"}:
            wanted = 2 if str(node.this).lower() == "days_between" else 1
            if len(node.expressions) != wanted:
                raise purpose.refused(f"`{node.this}` takes {wanted} times")


def _check_parameters(used: Sequence[str], declared: Mapping[str, Type], purpose: Purpose) -> None:
    if NOW in declared:
        raise purpose.refused(f"the parameter `{NOW}` is always there", "give yours another name")
    for name in used:
        if name not in declared and name != NOW:
            hint = did_you_mean(name, declared) or f"--parameter {name}:TYPE=DEFAULT"
            raise purpose.refused(f"the parameter `:{name}` is not declared", hint)
    for name in declared:
        if name not in used:
            raise purpose.refused(f"the parameter `{name}` is declared, but the query does not ask for `:{name}`", " ")


def _cast_parameters(tree: Expr, types: Mapping[str, Type]) -> None:
    from sqlglot import exp

    for node in list(tree.find_all(exp.Placeholder)):
        kind = types.get(str(node.this), Type.TEXT)
        node.replace(exp.cast(node.copy(), _SQL_TYPES.get(kind, "TEXT"), dialect=DIALECT))


def _resolved(tree: Expr, found: Statement, purpose: Purpose) -> Expr:
    """Return the tree with every column traced to its view, `*` written out, and types known."""
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.annotate_types import annotate_types
    from sqlglot.optimizer.qualify import qualify

    views = {name: purpose.views[name] for name in found.views}
    schema: dict[str, Any] = {
        name: {column: _SQL_TYPES.get(kind, "TEXT") for column, kind in view.types.items()}
        for name, view in views.items()
    }
    try:
        tree = qualify(tree, schema=schema, dialect=DIALECT, quote_identifiers=True)
        tree = annotate_types(tree, schema=schema, dialect=DIALECT)
    except SqlglotError as error:
        raise _unknown(str(error), found, views, purpose) from None
    except RecursionError:
        raise purpose.refused("the query is nested too deeply") from None
    return tree


def _unknown(said: str, found: Statement, views: Mapping[str, View], purpose: Purpose) -> Exception:
    known = {column for view in views.values() for column in view.types}
    stranger = next((name for name in sorted(found.columns - known) if name in said), "")
    if not stranger:
        return purpose.error("the query cannot be read", why=said.splitlines()[0], hint=purpose.hint)
    hint = did_you_mean(stranger, known)
    columns = "; ".join(f"{view.name} has " + ", ".join(view.types) for view in views.values())
    return purpose.error(f"no column `{stranger}`", why=columns, hint=hint or f"itmsctl report views {min(views)}")


def _result(tree: Expr, purpose: Purpose) -> dict[str, Type | None]:
    columns: dict[str, Type | None] = {}
    for number, part in enumerate(tree.selects, 1):  # type: ignore[attr-defined]  # a query has them
        name = str(part.alias_or_name)
        if not name or name.startswith("_col_"):
            raise purpose.refused(f"column {number} of the result has no name", "write AS NAME behind it")
        if name in columns:
            raise purpose.refused(f"two columns of the result are called `{name}`", "write AS NAME behind one")
        columns[name] = _TYPES.get(part.type.this.name) if part.type is not None else None
    return columns


# --- a database that lacks something ----------------------------------------------------------------------------------


def _fill_in(tree: Any, views: Mapping[str, View], lacking: Mapping[str, Collection[str]]) -> None:
    from sqlglot import exp

    for table in list(tree.find_all(exp.Table)):
        there = lacking.get(table.name)
        if there is None or table.name not in views:
            continue
        types = views[table.name].types.items()
        columns = [exp.column(name, quoted=True) if name in there else _empty(name, kind) for name, kind in types]
        rows = exp.select(*columns)
        rows = rows.from_(exp.to_table(table.name)) if there else rows.where(exp.false())
        table.replace(rows.subquery(table.alias_or_name))


def _empty(name: str, kind: Type) -> Expr:
    from sqlglot import exp

    nothing = exp.cast(exp.null(), _SQL_TYPES.get(kind, "TEXT"), dialect=DIALECT)
    return exp.alias_(nothing, name, quoted=True)


# --- each engine's own words ------------------------------------------------------------------------------------------


def _each(tree: Expr, change: Callable[[Expr], Expr]) -> None:
    for node in reversed(list(tree.walk())):  # the inner ones first: an outer one takes them as they have become
        changed = change(node)
        if changed is not node:
            node.replace(changed)


def _to_sqlite(node: Expr) -> Expr:
    from sqlglot import exp

    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Placeholder):
        return node.this
    if isinstance(node, exp.Like):
        return exp.Glob(this=node.this, expression=exp.Literal.string(patterns.glob(node.expression.name)))
    if isinstance(node, exp.Concat):  # which older libraries do not have
        texts: list[Any] = [
            exp.func("coalesce", exp.cast(part, "TEXT"), exp.Literal.string("")) for part in node.expressions
        ]
        return exp.paren(reduce(lambda left, right: exp.DPipe(this=left, expression=right), texts))
    if isinstance(node, exp.Anonymous):
        name, parts = str(node.this).lower(), node.expressions
        if name == "days_between":
            begin, end = (exp.func("julianday", part) for part in parts)
            return exp.paren(exp.Sub(this=end, expression=begin))
        if name == "day_of":
            return exp.func("substr", parts[0], exp.Literal.number(1), exp.Literal.number(10))
    return node


def _to_postgres(node: Expr) -> Expr:
    from sqlglot import exp

    if isinstance(node, exp.Round) and node.args.get("decimals") is not None:
        return exp.Round(this=exp.cast(node.this, "NUMERIC"), decimals=node.args["decimals"])
    if isinstance(node, exp.Anonymous):
        name, parts = str(node.this).lower(), [part.sql(DIALECT) for part in node.expressions]
        if name == "days_between":
            return exp.maybe_parse(f"(extract(epoch FROM ({parts[1]}) - ({parts[0]})) / 86400.0)", dialect=DIALECT)
        if name == "day_of":
            return exp.maybe_parse(f"to_char(({parts[0]}) AT TIME ZONE 'UTC', 'YYYY-MM-DD')", dialect=DIALECT)
    return node
