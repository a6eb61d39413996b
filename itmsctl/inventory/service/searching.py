"""What is where: a text searched in all that inventory knows by name, and counts over the fleet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.types import Moment
from itmsctl.cmdb.work import Reader
from itmsctl.expressions import patterns
from itmsctl.expressions.dialects import code_point, like
from itmsctl.inventory.asking import view_of_class
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.rows import inventory_computers
from itmsctl.inventory.service.classes import class_in, classes_in
from itmsctl.values.kind import Type

Object = dict[str, Any]

# Where things have names that people look for: the class, its columns that are searched, and the one that says which.
_SEARCHED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "software": (("name",), "version"),
    "server_applications": (("name", "instance"), "version"),
    "services": (("name", "display_name"), "state"),
    "containers": (("name", "image"), "state"),
    "container_images": (("tags",), "digest"),
    "virtual_machines": (("name",), "state"),
    "databases": (("name", "server"), "instance"),
    "web_sites": (("name",), "server"),
    "local_users": (("name", "full_name"), "id"),
    "hardware": (("model", "manufacturer"), "chassis_serial"),
    "printers": (("name", "model"), "port"),
    "files": (("name", "path"), "version"),
}


class SummaryOf(NamedTuple):
    """What a summary counts: a class, and the columns by which computers are told apart."""

    of: str
    by: tuple[str, ...]


SUMMARIES: Mapping[str, SummaryOf] = {
    "os": SummaryOf("operating_system", ("name", "version")),
    "models": SummaryOf("hardware", ("manufacturer", "model")),
    "software": SummaryOf("software", ("name", "version")),
}
GROWTH = "growth"


def search(reader: Reader, text: str, class_name: str | None, limit: int | None) -> list[Object]:
    """Return where a text is found, by class, name and computer: capitals or not, anywhere in a name.

    Raises NotFoundError for a class that is not there.
    """
    known = classes_in(reader)
    classes = [class_in(reader, class_name)] if class_name else [known[name] for name in _SEARCHED]
    pattern = patterns.normalised(f"%{_escaped(text)}%")
    return list(islice((row for one in classes for row in _found(reader, one, pattern, limit)), limit))


def _found(reader: Reader, one: DataClass, pattern: str, limit: int | None) -> Iterator[Object]:
    columns, which = _searched_of(one)
    view = _view(one, ("computer", "since", *columns, *([which] if which else [])))
    tests = [like(code_point(view.c[name]), pattern, fold=True) for name in columns]
    first, version = view.c[columns[0]], view.c[which] if which else sa.null()
    statement = sa.select(first, version, view.c.computer, view.c.since).where(sa.or_(*tests))
    statement = statement.order_by(code_point(first), code_point(view.c.computer)).limit(limit)
    for name, found, computer, since in reader.connection.execute(statement):
        yield {"class": one.name, "name": name, "version": found, "computer": computer, "since": since}


def _searched_of(one: DataClass) -> tuple[tuple[str, ...], str]:
    known = _SEARCHED.get(one.name)
    if known is not None:
        columns, which = known
        there = tuple(name for name in columns if name in one.by_name)
        return there, which if which in one.by_name else ""
    texts = tuple(column.name for column in one.columns if column.type in {Type.TEXT, Type.VERSION})
    return texts or (one.columns[0].name,), ""


def summary(reader: Reader, what: str, name: str | None, limit: int | None) -> list[Object]:
    """Return how many computers have each: counts over the fleet, the most first; of software those of one name.

    `share` is that of the computers of which inventory is held.
    """
    counted = SUMMARIES[what]
    one = class_in(reader, counted.of)
    view = _view(one, ("computer_guid", *counted.by))
    keys = [view.c[column] for column in counted.by]
    how_many = sa.func.count(sa.distinct(view.c.computer_guid))
    statement = sa.select(*keys, how_many).group_by(*keys)
    if name is not None:
        statement = statement.where(like(code_point(keys[0]), patterns.normalised(f"%{_escaped(name)}%"), fold=True))
    ordered = statement.order_by(how_many.desc(), *(code_point(key) for key in keys)).limit(limit)
    rows = reader.connection.execute(ordered).all()
    known = int(reader.scalar(sa.select(sa.func.count()).select_from(inventory_computers)))
    return [dict(zip(counted.by, row, strict=False)) | {"computers": row[-1], "share": row[-1] / known} for row in rows]


def growth(reader: Reader) -> list[Object]:
    """Return how many computers were known by inventory at the end of each month since the first."""
    dialect = reader.connection.dialect.name
    cut = "substr(first_at, 1, 7)" if dialect == "sqlite" else "to_char(first_at AT TIME ZONE 'UTC', 'YYYY-MM')"
    statement = sa.text(f"SELECT {cut} AS month, count(*) FROM inventory_computer GROUP BY 1 ORDER BY 1")  # noqa: S608 - ours
    rows: list[Object] = []
    total = 0
    for when, added in reader.connection.execute(statement):
        total += added
        rows.append({"month": when, "added": added, "computers": total})
    return [row | {"share": row["computers"] / total} for row in rows]


def _view(one: DataClass, columns: Sequence[str]) -> sa.TableClause:
    made: list[sa.ColumnClause[Any]] = [
        sa.column(sa.quoted_name(name, quote=True), Moment() if name == "since" else sa.Text()) for name in columns
    ]
    return sa.table(view_of_class(one.name), *made)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
