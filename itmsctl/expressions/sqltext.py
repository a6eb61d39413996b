"""What SQL that people store may say: one SELECT over the documented views, harmless in every part (FILT-10, RPT-3).

This is a list of what is allowed. The engine's own read-only guard stands behind it (`cmdb.readonly`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from itmsctl.errors import InputError
from itmsctl.values.names import did_you_mean
from itmsctl.values.view import View

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

MAX_LENGTH = 20_000
# Pure functions that both engines have, as they are written.
FUNCTIONS = frozenset(
    {
        "abs", "avg", "cast", "ceil", "coalesce", "concat", "count", "dense_rank", "floor", "group_concat",
        "ifnull", "instr", "length", "like", "lower", "ltrim", "max", "min", "nullif", "octet_length",
        "position", "rank", "replace", "round", "row_number", "rtrim", "sign", "string_agg", "strpos", "substr",
        "substring", "sum", "total", "trim", "upper",
    }
)  # fmt: skip
# Functions of sqlglot's that are no function calls: operators and forms of the language.
_FORMS = frozenset({"And", "Or", "Xor", "Case", "If", "Exists", "Cast", "TryCast", "Coalesce"})
# How the parser calls a function, where nobody writes it so.
_CALLED = {"str_position": "strpos"}
_REFUSED = (
    "DML", "DDL", "Command", "Into", "Lock", "Placeholder", "Parameter", "SessionParameter", "Pragma", "Set", "Use",
    "Transaction", "Commit", "Rollback", "Copy", "Attach", "Detach", "Describe", "Drop", "Alter", "Analyze", "Kill",
    "Lateral", "Unnest", "TableFromRows", "UDTF", "Values",
)  # fmt: skip


@dataclass(frozen=True)
class Purpose:
    """What a query is for: how it is called, its error, what it may read and call, and whether it has parameters."""

    what: str
    error: type[InputError]
    hint: str
    views: Mapping[str, View]
    functions: frozenset[str] = FUNCTIONS
    parameters: bool = False
    instead: Mapping[str, str] = field(default_factory=dict)  # what to write for a function that is not allowed

    def refused(self, message: str, hint: str = "") -> InputError:
        """Return the error that says what is not allowed."""
        return self.error(message, hint=hint or self.hint)


@dataclass(frozen=True)
class Statement:
    """A query that is harmless: its tree, and what it names."""

    root: Expr
    text: str
    views: frozenset[str]
    with_names: frozenset[str]
    columns: frozenset[str]
    parameters: tuple[str, ...]  # named ones, in the order of their names


def check(text: str, dialect: str, purpose: Purpose) -> Statement:
    """Check a query written in the grammar of `sqlite` or `postgres`.

    Raises the error of its purpose, which names what is not allowed.
    """
    from sqlglot import exp

    root = _parsed(text, dialect, purpose)
    if not isinstance(root, exp.Select | exp.SetOperation):
        raise purpose.refused(f"{purpose.what} is one SELECT, this is {type(root).__name__.upper()}")
    _check_parts(root, purpose)
    views, with_names = _tables(root, purpose)
    columns = frozenset(str(column.name).lower() for column in root.find_all(exp.Column))
    parameters = tuple(sorted({str(node.this) for node in root.find_all(exp.Placeholder)}))
    return Statement(root, text.strip().rstrip(";").rstrip(), views, with_names, columns, parameters)


def _parsed(text: str, dialect: str, purpose: Purpose) -> Expr:
    if len(text) > MAX_LENGTH:
        raise purpose.refused(f"the query has {len(text)} characters; {MAX_LENGTH} are allowed")
    if "\x00" in text:
        raise purpose.refused("the query holds a zero byte")
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        found = [node for node in sqlglot.parse(text, read=dialect) if node is not None]
    except SqlglotError as error:
        raise purpose.error("the query cannot be read", why=str(error).splitlines()[0], hint=purpose.hint) from None
    except RecursionError:
        raise purpose.refused("the query is nested too deeply") from None
    if len(found) != 1:
        said = "the query is empty" if not found else f"there are {len(found)} statements; one is allowed"
        raise purpose.refused(said)
    return found[0]


def _check_parts(root: Expr, purpose: Purpose) -> None:
    from sqlglot import exp

    refused = tuple(getattr(exp, name) for name in _REFUSED if hasattr(exp, name))
    allowed = (exp.Select, exp.SetOperation, exp.Subquery, exp.CTE, exp.With, exp.Table)
    for node in root.walk():
        named = isinstance(node, exp.Placeholder) and isinstance(node.this, str)
        if isinstance(node, refused) and not isinstance(node, allowed) and not (named and purpose.parameters):
            raise purpose.refused(f"`{type(node).__name__}` does not belong into {purpose.what}")
        if isinstance(node, exp.Identifier) and str(node.this).startswith("$"):
            raise purpose.refused(f"`{node.this}` is a parameter; {_how_parameters(purpose)}")
        _check_function(node, purpose)


def _how_parameters(purpose: Purpose) -> str:
    return "it is written as :name" if purpose.parameters else "a stored query has none"


def _check_function(node: Expr, purpose: Purpose) -> None:
    from sqlglot import exp

    if isinstance(node, exp.Anonymous):
        name = str(node.this).lower()
    elif isinstance(node, exp.Func) and type(node).__name__ not in _FORMS:
        name = _CALLED.get(node.sql_name().lower(), node.sql_name().lower())
        names = {name, *map(str.lower, node.sql_names())}
        if isinstance(node, exp.Binary) or names & purpose.functions:
            return
    else:
        return
    if name not in purpose.functions:
        raise purpose.refused(
            f"the function `{name}` is not allowed in {purpose.what}",
            purpose.instead.get(name) or "allowed: " + ", ".join(sorted(purpose.functions)),
        )


def _tables(root: Expr, purpose: Purpose) -> tuple[frozenset[str], frozenset[str]]:
    from sqlglot import exp

    with_names = frozenset(cte.alias.lower() for cte in root.find_all(exp.CTE))
    if shadowing := with_names & purpose.views.keys():
        raise purpose.refused(f"`{min(shadowing)}` is the name of a documented view; name the WITH otherwise")
    views = frozenset(_table_name(table, purpose) for table in root.find_all(exp.Table)) - with_names
    for name in sorted(views - purpose.views.keys()):
        raise purpose.refused(f"`{name}` is not a documented view", did_you_mean(name, purpose.views))
    if not views:
        raise purpose.refused("the query reads no documented view")
    return views, with_names


def _table_name(table: Expr, purpose: Purpose) -> str:
    if table.args.get("db") or table.args.get("catalog"):
        raise purpose.refused(f"`{table.sql()}` names a schema; only the documented views are read")
    from sqlglot import exp

    if not isinstance(table.this, exp.Identifier):
        raise purpose.refused(f"`{table.sql()}` is not a documented view")
    name = str(table.this.this)
    return name if table.this.args.get("quoted") else name.lower()
