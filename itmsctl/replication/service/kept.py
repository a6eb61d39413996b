"""Which objects of this CMDB came from another server: read and written many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.hierarchy.service import peers
from itmsctl.replication.complete_list import CompleteList
from itmsctl.replication.replicated import HERE, Replicated
from itmsctl.replication.rows import replicated_objects
from itmsctl.replication.service.came import CAME, any_came

Key = tuple[str, str]  # kind and GUID
_COLUMNS = (
    "kind", "guid", "name", "origin", "owner", "rule", "hash", "held", "opened", "sent", "state", "changed_at", "batch",
    "at",
)  # fmt: skip


def kept_of(reader: Reader, keys: Iterable[Key]) -> dict[Key, Replicated]:
    """Return those of these objects that came from another server."""
    wanted = set(keys) if any_came(reader) else set()
    if not wanted:
        return {}
    of = replicated_objects.c.kind.in_(sorted({kind for kind, _ in wanted}))  # its key begins with it
    where = member_of(reader.connection, replicated_objects.c.guid, sorted({guid for _, guid in wanted}))
    return {(one.kind, one.guid): one for one in _read(reader, of, where) if (one.kind, one.guid) in wanted}


def living_of(reader: Reader, keys: Iterable[Key]) -> dict[Key, Replicated]:
    """Return those that came from a server which is linked still: what came from one that left is this server's own."""
    found = kept_of(reader, keys)
    left = peers.left_guids(reader) if found else frozenset()
    return {key: one for key, one in found.items() if one.origin not in left}


def known_of(reader: Reader, kind: str, guid: str) -> Replicated | None:
    """Return what is known of an object that came from another server; None of any other."""
    return kept_of(reader, [(kind, guid)]).get((kind, guid))


def here_from(reader: Reader, origin: str, kind: str) -> list[str]:
    """Return the GUIDs of the objects of a kind that came from a server, and are there still."""
    own = replicated_objects.c
    where = (own.origin == origin, own.kind == kind, own.state == HERE)
    return list(reader.connection.execute(sa.select(own.guid).where(*where)).scalars())


def beyond(reader: Reader, origin: str, rule: str, said: CompleteList) -> list[Replicated]:
    """Return the objects that came from a server for a rule, and that it has no longer, as far as a list speaks."""
    own = replicated_objects.c
    ends = [end for end, name in ((own.guid >= said.first, said.first), (own.guid < said.before, said.before)) if name]
    where = (own.origin == origin, own.kind == said.kind, own.rule == rule, *ends)
    there = set(said.guids)
    came = reader.connection.execute(sa.select(own.guid).where(*where)).scalars()
    found = kept_of(reader, [(said.kind, guid) for guid in came if guid not in there])
    return [found[key] for key in sorted(found)]


def keep(unit: UnitOfWork, wanted: Collection[Replicated]) -> None:
    """Store what is known of objects, also where it was before."""
    if not wanted:
        return
    drop(unit, [(one.kind, one.guid) for one in wanted])
    rows = [_row(unit, one) for one in wanted]
    bulk.insert(unit.connection, replicated_objects.name, _COLUMNS, rows)
    unit.memo[CAME] = True


def drop(unit: UnitOfWork, keys: Sequence[Key]) -> None:
    """Forget that objects came from another server: they are gone, or this one's now."""
    bulk.delete(unit.connection, replicated_objects.name, ("kind", "guid"), list(keys))


def _read(reader: Reader, *where: sa.ColumnElement[bool]) -> Iterable[Replicated]:
    for row in reader.rows(sa.select(replicated_objects).where(*where)):
        values = row._asdict()
        yield Replicated(**values | {"opened": tuple(row.opened or ()), "sent": row.sent or {}})


def _row(unit: UnitOfWork, one: Replicated) -> tuple[Any, ...]:
    moments = bulk.moment(unit.connection, one.changed_at), one.batch, bulk.moment(unit.connection, one.at)
    open_parts = canonical(list(one.opened)), canonical(dict(one.sent))
    return (
        one.kind, one.guid, one.name, one.origin, one.owner, one.rule, one.hash, one.held, *open_parts, one.state,
        *moments,
    )  # fmt: skip


def owner_origins(reader: Reader) -> dict[str, str]:
    """Return through which neighbour each owner's objects come: where its branch begins."""
    own = replicated_objects.c
    linked = own.origin.not_in(peers.left_guids(reader))
    rows = reader.rows(sa.select(own.owner, sa.func.min(own.origin).label("through")).where(linked).group_by(own.owner))
    return {row.owner: row.through for row in rows}
