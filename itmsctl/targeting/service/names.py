"""Find collections by name: targets, filters, groups and views share one grammar, so they are looked up together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.errors import AmbiguousNameError, NotFoundError
from itmsctl.resources.rows import computers, resources
from itmsctl.resources.service.scope import scoped
from itmsctl.targeting import selector
from itmsctl.targeting.kinds import COLLECTIONS
from itmsctl.targeting.rows import TABLES
from itmsctl.values.names import did_you_mean, is_guid, name_key
from itmsctl.values.untrusted import shell_arg

ALL_KINDS = tuple(kind.name for kind in COLLECTIONS)


class NamedCollection(NamedTuple):
    """A collection that was named."""

    kind: str
    id: int
    guid: str
    name: str


def find(reader: Reader, text: str, kinds: Sequence[str] = ALL_KINDS) -> NamedCollection:
    """Return the one collection of this name or GUID among some kinds.

    Raises NotFoundError that offers a near name, AmbiguousNameError where several kinds have one.
    """
    column, value = ("guid", text.lower()) if is_guid(text) else ("name_key", name_key(text))
    found = [row for kind in kinds for row in _of(reader, kind, sa.column(column) == value)]
    if len(found) == 1:
        return found[0]
    if not found:
        what = " or ".join((", ".join(kinds[:-1]), kinds[-1])) if len(kinds) > 1 else kinds[0]
        near = _computer(reader, text) or did_you_mean(text, (f.name for kind in kinds for f in _of(reader, kind)))
        raise NotFoundError(f"no {what} `{text}`", hint=near or f"itmsctl {kinds[0]} list", details={"name": text})
    raise AmbiguousNameError(
        f"`{text}` is the name of a " + " and of a ".join(f.kind for f in found),
        hint="say which: " + " or ".join(selector.quoted(f.name, f.kind) for f in found),
    )


def _computer(reader: Reader, text: str) -> str:
    """Return how a computer of this name is picked, or an empty text: who meets `--target` names one first."""
    statement = sa.select(resources.c.name).join(computers, computers.c.id == resources.c.id)
    name = reader.connection.execute(scoped(statement.where(resources.c.name_key == name_key(text)), reader)).scalar()
    if name is None:
        return ""
    where = "name = '{}'".format(name.replace("'", "''"))
    plain = name.replace("-", "").replace(".", "").isalnum()  # read more easily between double quotes
    return "it is a computer: --where " + (f'"{where}"' if plain else shell_arg(where))


def _of(reader: Reader, kind: str, where: sa.ColumnElement[bool] | None = None) -> Iterable[NamedCollection]:
    table = TABLES[kind]
    statement = sa.select(table.c.id, table.c.guid, table.c.name).limit(20000)
    if where is not None:
        statement = statement.where(where)
    return [NamedCollection(kind, *row) for row in reader.connection.execute(statement)]


def by_ids(reader: Reader, ids: Collection[int]) -> dict[int, NamedCollection]:
    """Return collections by id; those that are gone are left out."""
    if not ids:
        return {}
    wanted = sorted(ids)
    found: dict[int, NamedCollection] = {}
    for kind, table in TABLES.items():
        statement: sa.Select[Any] = sa.select(table.c.id, table.c.guid, table.c.name).where(table.c.id.in_(wanted))
        found |= {row.id: NamedCollection(kind, *row) for row in reader.connection.execute(statement)}
    return found


def written(reader: Reader, found: Collection[NamedCollection]) -> dict[int, str]:
    """Return how each collection is written in a selector: its name, with its kind where another kind has the name."""
    keys = sorted({name_key(f.name) for f in found})
    bearers: Counter[str] = Counter()
    for table in TABLES.values():
        bearers.update(
            reader.connection.execute(sa.select(table.c.name_key).where(table.c.name_key.in_(keys))).scalars()
        )
    return {f.id: selector.quoted(f.name, f.kind if bearers[name_key(f.name)] > 1 else "") for f in found}
