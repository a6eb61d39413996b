"""What a SQL filter may say: one SELECT over the documented views that answers GUIDs (FILT-4, FILT-10).

The text is parsed with the grammar of the engine that will run it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from itmsctl.errors import SqlFilterError
from itmsctl.expressions import sqltext
from itmsctl.targeting.views import classes_of, for_filters
from itmsctl.values.view import View

if TYPE_CHECKING:
    from sqlglot.expressions import Expr


@dataclass(frozen=True)
class CheckedQuery:
    """A query that may run: the documented views that it reads, and the classes that decide it."""

    text: str
    views: frozenset[str]
    with_names: frozenset[str]
    columns: frozenset[str]
    own: tuple[View, ...] = ()

    @property
    def classes(self) -> frozenset[str]:
        """Return the data classes whose changes make the filter be looked at again."""
        return classes_of(self.views, self.own)

    @property
    def lint(self) -> str:
        """Return the advice of FILT-7, or nothing: ask the lowest view that knows the answer."""
        own = for_filters()["v_computer"].types.keys() - {"guid", "name"}
        if len(self.views) > 1 and "v_computer" in self.views and not self.columns & own:
            lower = ", ".join(sorted(self.views - {"v_computer"}))
            return f"v_computer is read for nothing that {lower} does not have: guid and name (FILT-7)"
        return ""


@lru_cache(maxsize=8)
def purpose(own: tuple[View, ...] = ()) -> sqltext.Purpose:
    """Return what a SQL filter is allowed."""
    views = for_filters(own)
    few = ", ".join(name for name in views if not name.startswith("v_inv_"))
    hint = f"write one SELECT of a column `guid` over {few}, or a view of inventory such as v_inv_software"
    return sqltext.Purpose("a SQL filter", SqlFilterError, hint, views)


def check(text: str, dialect: str, own: tuple[View, ...] = ()) -> CheckedQuery:
    """Check the text of a SQL filter for an engine, `sqlite` or `postgres`; `own` are views of this CMDB.

    Raises SqlFilterError that names what is not allowed.
    """
    found = sqltext.check(text, dialect, purpose(own))
    _check_result(found.root)
    return CheckedQuery(found.text, found.views, found.with_names, found.columns, own)


def _check_result(root: Expr) -> None:
    names = [str(name).lower() for name in root.named_selects]  # type: ignore[attr-defined]  # a query has it
    if names != ["guid"]:
        said = ", ".join(name or "?" for name in names)
        raise purpose().refused(f"the query must answer one column named `guid`; this one answers {said}")
