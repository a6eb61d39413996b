"""What a SQL filter may say: one SELECT over the documented views that answers GUIDs (FILT-4, FILT-10).

The text is parsed with the grammar of the engine that will run it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from itmsctl.errors import SqlFilterError
from itmsctl.expressions import sqltext
from itmsctl.targeting.views import classes_of, for_filters

if TYPE_CHECKING:
    from sqlglot.expressions import Expr


@dataclass(frozen=True)
class CheckedQuery:
    """A query that may run: the documented views that it reads, and the classes that decide it."""

    text: str
    views: frozenset[str]
    with_names: frozenset[str]
    columns: frozenset[str]

    @property
    def classes(self) -> frozenset[str]:
        """Return the data classes whose changes make the filter be looked at again."""
        return classes_of(self.views)

    @property
    def lint(self) -> str:
        """Return the advice of FILT-7, or nothing: ask the lowest view that knows the answer."""
        own = for_filters()["v_computer"].types.keys() - {"guid", "name"}
        if len(self.views) > 1 and "v_computer" in self.views and not self.columns & own:
            lower = ", ".join(sorted(self.views - {"v_computer"}))
            return f"v_computer is read for nothing that {lower} does not have: guid and name (FILT-7)"
        return ""


@cache
def purpose() -> sqltext.Purpose:
    """Return what a SQL filter is allowed."""
    views = for_filters()
    hint = "write one SELECT of a column `guid` over " + ", ".join(views)
    return sqltext.Purpose("a SQL filter", SqlFilterError, hint, views)


def check(text: str, dialect: str) -> CheckedQuery:
    """Check the text of a SQL filter for an engine, `sqlite` or `postgres`.

    Raises SqlFilterError that names what is not allowed.
    """
    found = sqltext.check(text, dialect, purpose())
    _check_result(found.root)
    return CheckedQuery(found.text, found.views, found.with_names, found.columns)


def _check_result(root: Expr) -> None:
    names = [str(name).lower() for name in root.named_selects]  # type: ignore[attr-defined]  # a query has it
    if names != ["guid"]:
        said = ", ".join(name or "?" for name in names)
        raise purpose().refused(f"the query must answer one column named `guid`; this one answers {said}")
