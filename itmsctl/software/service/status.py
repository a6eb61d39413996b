"""Where software is and where not: counts, and each computer with why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.several import only_named
from itmsctl.cmdb.work import Reader
from itmsctl.expressions.dialects import code_point
from itmsctl.resources.rows import computers, resources
from itmsctl.resources.service.scope import scoped
from itmsctl.software.kinds import STATES, UNKNOWN
from itmsctl.software.rows import states
from itmsctl.software.service.software import SOFTWARE_SHELF

Object = dict[str, Any]
NOT_JUDGED = "it was not judged yet"


def chosen(reader: Reader, names: Sequence[str]) -> list[Doc]:
    """Return the software of these names, or all that is managed. Raises NotFoundError."""
    docs = only_named(reader, SOFTWARE_SHELF, SOFTWARE_SHELF.list(reader), names)
    return docs if names else [doc for doc in docs if not doc.fields["unmanaged"]]


def counts(reader: Reader, docs: Sequence[Doc]) -> list[Object]:
    """Return of each software on how many computers it is in each state; who was not judged yet is unknown."""
    everybody = int(reader.scalar(scoped(sa.select(sa.func.count()).select_from(_computers()), reader)) or 0)
    found = {doc.id: dict.fromkeys(STATES, 0) for doc in docs}
    statement = (
        sa.select(states.c.software_id, states.c.state, sa.func.count())
        .join(resources, resources.c.id == states.c.computer_id)
        .where(member_of(reader.connection, states.c.software_id, [doc.id for doc in docs]))
        .group_by(states.c.software_id, states.c.state)
    )
    for software_id, state, count in reader.connection.execute(scoped(statement, reader)):
        found[software_id][state] = count
    for of in found.values():
        of[UNKNOWN] += everybody - sum(of.values())
    return [{"software": doc.name, **found[doc.id]} for doc in docs]


def on_computers(
    reader: Reader, doc: Doc, ids: Sequence[int] | None, state: str | None, limit: int | None
) -> list[Object]:
    """Return the state of software on each computer with its reason, by name; of some computers, or in one state."""
    of = states.c
    mine = sa.and_(of.computer_id == resources.c.id, of.software_id == doc.id)
    said = sa.func.coalesce(of.state, UNKNOWN)
    statement = (
        sa.select(resources.c.name, said, sa.func.coalesce(of.reason, NOT_JUDGED), of.source, of.since, of.told_at)
        .select_from(_computers().outerjoin(states, mine))
        .order_by(code_point(resources.c.name))
        .limit(limit)
    )
    if ids is not None:
        statement = statement.where(member_of(reader.connection, resources.c.id, ids))
    if state is not None:
        statement = statement.where(said == state)
    names = ("computer", "state", "reason", "source", "since", "told_at")
    return [dict(zip(names, row, strict=True)) for row in reader.connection.execute(scoped(statement, reader))]


def _computers() -> sa.Join:
    return resources.join(computers, computers.c.id == resources.c.id)


def computer_sections(reader: Reader, ids: Sequence[int]) -> dict[int, Object]:
    """Return the state of software on each computer (hook)."""
    from itmsctl.software.rows import software

    of = states.c
    statement = (
        sa.select(of.computer_id, software.c.name, of.state, of.reason, of.source, of.told_at)
        .join(software, software.c.id == of.software_id)
        .where(member_of(reader.connection, of.computer_id, ids))
        .order_by(software.c.name)
    )
    names = ("software", "state", "reason", "source", "told_at")
    found: dict[int, Object] = {}
    for id_, *row in reader.connection.execute(statement):
        found.setdefault(id_, {"compliance": []})["compliance"].append(dict(zip(names, row, strict=True)))
    return found
