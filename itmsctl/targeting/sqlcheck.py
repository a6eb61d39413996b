"""What a SQL filter may say: one SELECT over the documented views that answers GUIDs (FILT-4, FILT-10).

The text is parsed with the grammar of the engine that will run it, and every part must be known to be harmless:
this is a list of what is allowed. The engine's own read-only guard stands behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from itmsctl.errors import SqlFilterError
from itmsctl.targeting.views import BY_NAME, classes_of
from itmsctl.values.names import did_you_mean

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

MAX_LENGTH = 20_000
_HINT = "write one SELECT of a column `guid` over " + ", ".join(BY_NAME)
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
_REFUSED = (
    "DML", "DDL", "Command", "Into", "Lock", "Placeholder", "Parameter", "SessionParameter", "Pragma", "Set", "Use",
    "Transaction", "Commit", "Rollback", "Copy", "Attach", "Detach", "Describe", "Drop", "Alter", "Analyze", "Kill",
    "Lateral", "Unnest", "TableFromRows", "UDTF", "Values",
)  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """A query that may run: the documented views that it reads, and the classes that decide it."""

    text: str
    views: frozenset[str]
    with_names: frozenset[str]
    columns: frozenset[str]

    @property
    def classes(self) -> frozenset[str]:
        """Answer the data classes whose changes make the filter be looked at again."""
        return classes_of(self.views)

    @property
    def lint(self) -> str:
        """Answer the advice of FILT-7, or nothing: ask the lowest view that knows the answer."""
        own = frozenset(BY_NAME["v_computer"].columns) - {"guid", "name"}
        if len(self.views) > 1 and "v_computer" in self.views and not self.columns & own:
            lower = ", ".join(sorted(self.views - {"v_computer"}))
            return f"v_computer is read for nothing that {lower} does not have: guid and name (FILT-7)"
        return ""


def check(text: str, dialect: str) -> Checked:
    """Check the text of a SQL filter for an engine, `sqlite` or `postgres`.

    Raises SqlFilterError that names what is not allowed.
    """
    root = _parsed(text, dialect)
    from sqlglot import exp

    if not isinstance(root, exp.Select | exp.SetOperation):
        raise _refused(f"a SQL filter is one SELECT, this is {type(root).__name__.upper()}")
    refused = tuple(getattr(exp, name) for name in _REFUSED if hasattr(exp, name))
    allowed = (exp.Select, exp.SetOperation, exp.Subquery, exp.CTE, exp.With, exp.Table)
    for node in root.walk():
        if isinstance(node, refused) and not isinstance(node, allowed):
            raise _refused(f"`{type(node).__name__}` does not belong into a SQL filter")
        if isinstance(node, exp.Identifier) and str(node.this).startswith("$"):
            raise _refused(f"`{node.this}` is a parameter; a stored query has none")
        _check_function(node)
    with_names = frozenset(cte.alias.lower() for cte in root.find_all(exp.CTE))
    if shadowing := with_names & BY_NAME.keys():
        raise _refused(f"`{min(shadowing)}` is the name of a documented view; name the WITH otherwise")
    views = frozenset(_table_name(table) for table in root.find_all(exp.Table)) - with_names
    for name in sorted(views - BY_NAME.keys()):
        raise _refused(f"`{name}` is not a documented view", did_you_mean(name, BY_NAME) or _HINT)
    if not views:
        raise _refused("the query reads no documented view")
    _check_result(root)
    columns = frozenset(str(column.name).lower() for column in root.find_all(exp.Column))
    return Checked(text.strip().rstrip(";").rstrip(), views, with_names, columns)


def _parsed(text: str, dialect: str) -> Expr:
    if len(text) > MAX_LENGTH:
        raise _refused(f"the query has {len(text)} characters; {MAX_LENGTH} are allowed")
    if "\x00" in text:
        raise _refused("the query holds a zero byte")
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        found = [node for node in sqlglot.parse(text, read=dialect) if node is not None]
    except SqlglotError as error:
        raise SqlFilterError("the query cannot be read", why=str(error).splitlines()[0], hint=_HINT) from None
    except RecursionError:
        raise _refused("the query is nested too deeply") from None
    if len(found) != 1:
        raise _refused("the query is empty" if not found else f"there are {len(found)} statements; one is allowed")
    return found[0]


def _check_function(node: Expr) -> None:
    from sqlglot import exp

    if isinstance(node, exp.Anonymous):
        name = str(node.this).lower()
    elif isinstance(node, exp.Func) and type(node).__name__ not in _FORMS:
        name = node.sql_name().lower()
        if isinstance(node, exp.Binary) or name in FUNCTIONS or set(map(str.lower, node.sql_names())) & FUNCTIONS:
            return
    else:
        return
    if name not in FUNCTIONS:
        raise _refused(
            f"the function `{name}` is not allowed in a SQL filter", "allowed: " + ", ".join(sorted(FUNCTIONS))
        )


def _table_name(table: Expr) -> str:
    if table.args.get("db") or table.args.get("catalog"):
        raise _refused(f"`{table.sql()}` names a schema; only the documented views are read")
    from sqlglot import exp

    if not isinstance(table.this, exp.Identifier):
        raise _refused(f"`{table.sql()}` is not a documented view")
    name = str(table.this.this)
    return name if table.this.args.get("quoted") else name.lower()


def _check_result(root: Expr) -> None:
    names = [str(name).lower() for name in root.named_selects]  # type: ignore[attr-defined]  # a query has it
    if names != ["guid"]:
        said = ", ".join(name or "?" for name in names)
        raise _refused(f"the query must answer one column named `guid`; this one answers {said}")


def _refused(message: str, hint: str = _HINT) -> SqlFilterError:
    return SqlFilterError(message, hint=hint)
