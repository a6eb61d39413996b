"""What filters and groups name by text: a site, a subnet, a computer that gets another name, or goes.

References by id follow by themselves. A text is written again where a name is compared with; where it stands in a
pattern or in SQL, only a person can say what is meant, and is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ExpressionError
from itmsctl.expressions import renaming, wording
from itmsctl.targeting.rows import filters, groups
from itmsctl.targeting.service import definition_of
from itmsctl.targeting.service.filters import FILTERS
from itmsctl.targeting.service.groups import GROUPS

# The fields of the filter language whose values are names of objects.
_FIELDS = {
    "site": {("sites", "site")},
    "subnet": {("sites", "subnet")},
    "computer": {("computer", "name")},
}
_SHOWN = 10


def renamed(unit: UnitOfWork, kind: str, before: str, after: str) -> None:
    """Rewrite the filters and groups that compare with the old name of an object, and say which they are."""
    followed, left = [], []
    for shelf, noun, guid, name, where in _mentions(unit, kind, before):
        tree = None if where is None else definition_of.parsed(unit, where)
        renewed = None if tree is None else renaming.renamed(tree, _FIELDS[kind], before, after)
        if renewed is not None and renewed != tree:
            shelf.set(unit, guid, {"where": wording.text(renewed)})
            followed.append(f"{noun} `{name}`")
        if tree is None or renaming.patterns(tree, _FIELDS[kind], before):
            left.append(f"{noun} `{name}`")
    if followed:
        unit.tell(f"named `{before}`, and name `{after}` now: {_listed(followed)}")
    if left:
        unit.tell(f"name `{before}` in SQL or a pattern, and were left alone: {_listed(left)}")


def removed(unit: UnitOfWork, kind: str, name: str) -> None:
    """Say which filters and groups name an object that is gone."""
    left = []
    for _, noun, _, held_by, where in _mentions(unit, kind, name):
        tree = None if where is None else definition_of.parsed(unit, where)
        fields = _FIELDS[kind]
        if tree is None or renaming.names(tree, fields, name) or renaming.patterns(tree, fields, name):
            left.append(f"{noun} `{held_by}`")
    if left:
        unit.tell(f"still name {kind} `{name}`: {_listed(left)}")


def _mentions(reader: Reader, kind: str, name: str) -> Iterator[tuple[Any, str, str, str, str | None]]:
    """Yield the filters and groups in whose text a name stands in quotes: the shelf, and expressions, none for SQL."""
    if kind not in _FIELDS:
        return
    text = name.replace("'", "''")
    columns: list[tuple[Any, str, Any, str]] = [
        (FILTERS, "filter", filters, "where"), (GROUPS, "group", groups, "where"), (FILTERS, "filter", filters, "sql"),
    ]  # fmt: skip
    for shelf, noun, table, field in columns:
        column = table.c[field]
        wanted = column.contains(text if field == "where" else f"'{text}'", autoescape=True)
        rows = reader.connection.execute(sa.select(table.c.guid, table.c.name, column).where(wanted))
        for guid, held_by, found in sorted(rows.all(), key=lambda row: row[1]):
            try:
                if field == "where":
                    definition_of.parsed(reader, found)
            except ExpressionError:
                continue  # stored by an older program: whoever uses it is told
            yield shelf, noun, guid, held_by, found if field == "where" else None


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
