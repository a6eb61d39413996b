"""Who is in a collection, now or at a moment of the past."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import dirty as dirty_rows
from itmsctl.cmdb.work import Reader
from itmsctl.resources.rows import computers, resources
from itmsctl.resources.service.scope import scoped
from itmsctl.targeting.rows import former_members, member_log, runs, states, target_parts
from itmsctl.targeting.service import names, structure
from itmsctl.targeting.service.picking import collections_of
from itmsctl.targeting.service.purging import refuse_before_horizon
from itmsctl.targeting.service.scope import members_of

_SHOWN = ("id", "name", "os_family")


def members(reader: Reader, found: names.NamedCollection) -> Iterator[dict[str, Any]]:
    """Yield the members of a collection by name, as they are stored (FILT-6); a group's with its children's (ORG-2)."""
    statement = (
        sa.select(resources.c.guid, resources.c.name, computers.c.os_family)
        .join(computers, computers.c.id == resources.c.id)
        .where(resources.c.id.in_(members_of(collections_of(reader, found))))
        .order_by(resources.c.name, resources.c.id)
    )
    for row in reader.connection.execute(scoped(statement, reader)):
        yield dict(zip(_SHOWN, row, strict=True))


def members_at(reader: Reader, collections: Collection[int], at: datetime) -> Iterator[dict[str, Any]]:
    """Yield who was in any of these collections at a moment, by the name of today; those that are gone as `gone`.

    Raises PurgedError where the log does not reach back so far.
    """
    refuse_before_horizon(reader, at)
    # The last word of the log about each computer and collection, up to that moment, says whether it was in.
    ended = (
        sa.select(
            member_log.c.collection_id,
            member_log.c.resource_id,
            member_log.c.added,
            sa.func.row_number()
            .over(partition_by=(member_log.c.collection_id, member_log.c.resource_id), order_by=member_log.c.seq.desc())
            .label("back"),
        )
        .join(runs, runs.c.id == member_log.c.run_id)
        .where(member_log.c.collection_id.in_(sorted(collections)), runs.c.ended_at <= at)
        .subquery()
    )
    then = sa.select(ended.c.resource_id).where(ended.c.back == 1, ended.c.added).distinct().subquery()
    name = sa.func.coalesce(resources.c.name, former_members.c.name)
    statement = (
        sa.select(
            sa.func.coalesce(resources.c.guid, former_members.c.guid),
            name,
            computers.c.os_family,
            resources.c.id.is_(None),
        )
        .select_from(
            then.outerjoin(resources, resources.c.id == then.c.resource_id)
            .outerjoin(computers, computers.c.id == then.c.resource_id)
            .outerjoin(former_members, former_members.c.resource_id == then.c.resource_id)
        )
        .order_by(name)
    )
    for guid, called, family, gone in reader.connection.execute(scoped(statement, reader)):
        yield {"id": guid, "name": called, "os_family": family, "gone": bool(gone)}


def count(reader: Reader, found: names.NamedCollection) -> int:
    """Return how many computers a collection holds."""
    inside = members_of(collections_of(reader, found)).distinct().subquery()
    return int(reader.connection.execute(sa.select(sa.func.count()).select_from(inside)).scalar_one())


def state(reader: Reader, found: names.NamedCollection) -> dict[str, Any]:
    """Return the section of `show`: how many members, and whether a membership update is due."""
    return {"membership": [{"members": count(reader, found), "update_due": is_due(reader, found)}]}


def is_due(reader: Reader, found: names.NamedCollection) -> bool:
    """Return whether what is stored may be out of date: its definition, or data that decides it, changed since."""
    ids = collections_of(reader, found) | {found.id}
    if found.kind == "target":
        parts = sa.select(target_parts.c.collection_id).where(target_parts.c.target_id == found.id)
        ids |= frozenset(reader.connection.execute(parts).scalars())
    stale = sa.select(states.c.collection_id).where(states.c.collection_id.in_(sorted(ids)), states.c.stale)
    if reader.connection.execute(stale.limit(1)).first() is not None:
        return True
    latest = sa.select(dirty_rows.c.class_name, sa.func.max(dirty_rows.c.seq)).group_by(dirty_rows.c.class_name)
    changed: dict[str, int] = {row[0]: row[1] for row in reader.connection.execute(latest)}
    return any(changed.get(name, 0) > rule.seen_seq for rule in structure.rules(reader, ids) for name in rule.classes)


def run_rows(reader: Reader, limit: int | None) -> Iterator[dict[str, Any]]:
    """Yield the membership runs, the latest first (MEMB-10)."""
    statement = sa.select(runs).order_by(runs.c.ended_at.desc(), runs.c.id.desc()).limit(limit)
    for row in reader.connection.execute(statement):
        yield {name: value for name, value in row._mapping.items() if name != "id"}  # noqa: SLF001 - SQLAlchemy's public name
