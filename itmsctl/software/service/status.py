"""Where software is and where not: counts, and each computer with why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
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
from itmsctl.software.service import passes
from itmsctl.software.service.software import SOFTWARE_SHELF
from itmsctl.software.service.wanted import wanted

Object = dict[str, Any]
NOT_JUDGED = "it was not judged yet"


def chosen(reader: Reader, names: Sequence[str]) -> list[Doc]:
    """Return the software of these names, or all that is managed. Raises NotFoundError."""
    docs = only_named(reader, SOFTWARE_SHELF, SOFTWARE_SHELF.list(reader), names)
    return docs if names else [doc for doc in docs if not doc.fields["unmanaged"]]


def counts(reader: Reader, docs: Sequence[Doc]) -> list[Object]:
    """Return of each software on how many computers it is in each state, of all and of those that should have it.

    Who was not judged yet is unknown. `oldest` is the oldest look that counts, `judged` when nothing was left to judge.
    """
    found = _counted(reader, [doc.id for doc in docs], None)
    oldest = _oldest(reader, docs)
    should = wanted(reader, [doc.name for doc in docs])
    by_whom: defaultdict[frozenset[int], list[int]] = defaultdict(list)
    for doc in docs:
        by_whom[should.get(doc.name, frozenset())].append(doc.id)
    of_them = {id_: one for whom, ids in by_whom.items() for id_, one in _counted(reader, ids, whom).items()}
    last = passes.last(reader)
    return [
        {"software": doc.name, **found[doc.id], "wanted": sum(of_them[doc.id].values())}
        | {f"wanted_{state}": number for state, number in of_them[doc.id].items()}
        | {"oldest": oldest.get(doc.id), "judged": last}
        for doc in docs
    ]


def _counted(reader: Reader, software_ids: Sequence[int], ids: Collection[int] | None) -> dict[int, dict[str, int]]:
    """Return how many of these computers, or of all, are in each state of software."""
    found = {id_: dict.fromkeys(STATES, 0) for id_ in software_ids}
    if ids is not None and not ids:
        return found
    everybody = sa.select(sa.func.count()).select_from(_computers())
    statement = (
        sa.select(states.c.software_id, states.c.state, sa.func.count())
        .join(resources, resources.c.id == states.c.computer_id)
        .where(member_of(reader.connection, states.c.software_id, software_ids))
        .group_by(states.c.software_id, states.c.state)
    )
    if ids is not None:
        statement, everybody = (
            one.where(member_of(reader.connection, resources.c.id, ids)) for one in (statement, everybody)
        )
    for software_id, state, count in reader.connection.execute(scoped(statement, reader)):
        found[software_id][state] = count
    number = int(reader.scalar(scoped(everybody, reader)) or 0)
    for of in found.values():
        of[UNKNOWN] += number - sum(of.values())
    return found


def _oldest(reader: Reader, docs: Sequence[Doc]) -> dict[int, Any]:
    """Return when the computer that was looked at longest ago was, by the id of software; of what is known."""
    statement = (
        sa.select(states.c.software_id, sa.func.min(states.c.told_at))
        .join(resources, resources.c.id == states.c.computer_id)
        .where(member_of(reader.connection, states.c.software_id, [doc.id for doc in docs]), states.c.state != UNKNOWN)
        .group_by(states.c.software_id)
    )
    return {row[0]: row[1] for row in reader.connection.execute(scoped(statement, reader))}


def on_computers(
    reader: Reader,
    doc: Doc,
    state: str | None = None,
    limit: int | None = None,
    *,
    only_wanted: bool = False,
) -> list[Object]:
    """Return the state of software on each computer with its reason, by name; in one state, of whom should have it."""
    of = states.c
    should = wanted(reader, [doc.name]).get(doc.name, frozenset())
    mine = sa.and_(of.computer_id == resources.c.id, of.software_id == doc.id)
    said, why = sa.func.coalesce(of.state, UNKNOWN), sa.func.coalesce(of.reason, NOT_JUDGED)
    statement = (
        sa.select(resources.c.id, resources.c.name, said, why, of.source, of.since, of.told_at)
        .select_from(_computers().outerjoin(states, mine))
        .order_by(code_point(resources.c.name))
        .limit(limit)
    )
    if only_wanted:
        statement = statement.where(member_of(reader.connection, resources.c.id, should))
    if state is not None:
        statement = statement.where(said == state)
    names = ("computer", "state", "reason", "source", "since", "told_at")
    rows = reader.connection.execute(scoped(statement, reader))
    return [dict(zip(names, row[1:], strict=True)) | {"wanted": row[0] in should} for row in rows]


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
