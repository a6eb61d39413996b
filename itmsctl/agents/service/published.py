"""What was published last: groups of agents, the part of each source, and up to which change everything counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

import itmsctl
from itmsctl.agents.groups import AgentGroup
from itmsctl.agents.rows import agent_groups, agent_sources
from itmsctl.cmdb import facts
from itmsctl.cmdb.rows import change_sets, changes, checkpoints, heads
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork

_FACT = "agents_published"
_MOST_CHANGE_SETS = 20_000
_WHOLE_AFTER = timedelta(days=1)
NARROW = frozenset({"agent", "inventory-policy", "policy", "task", "job", "clock"})
"""Kinds of changes that touch nobody but the computers of the policies whose part or document is another one."""


@dataclass
class LastPublished:
    """What was published last, as it is kept."""

    seq: int = -1
    whole_at: datetime | None = None
    program: str = ""
    world: str = ""  # week and key: where it is another one, everything is looked at
    groups: dict[int, AgentGroup] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)  # of each source


def read(reader: Reader) -> LastPublished:
    """Return what was published last."""
    found = facts.fact(reader, _FACT)
    said: Mapping[str, Any] = json.loads(found) if found else {}
    groups = {row.id: AgentGroup(row.settings, tuple(row.sources)) for row in reader.rows(sa.select(agent_groups))}
    parts = {row.key: row.part for row in reader.rows(sa.select(agent_sources))}
    whole = said.get("whole_at")
    return LastPublished(
        said.get("seq", -1), datetime.fromisoformat(whole) if whole else None, said.get("program", ""),
        said.get("world", ""), groups, parts,
    )  # fmt: skip


def head(reader: Reader) -> int:
    """Return the number of the last change-set of this view."""
    return int(reader.scalar(sa.select(heads.c.seq)) or 0)


def changed_guids(reader: Reader, last: LastPublished, world: str) -> set[str] | None:
    """Return the documents that changed since; None where more may have changed than the sources that these are of."""
    if last.seq < 0 or last.world != world or last.program != itmsctl.__version__ or last.whole_at is None:
        return None
    if not timedelta(0) <= reader.now - last.whole_at < _WHOLE_AFTER:
        return None
    if last.seq < int(reader.scalar(sa.select(sa.func.max(checkpoints.c.seq))) or 0):
        return None  # the audit was purged beyond it
    since = change_sets.c.seq > last.seq
    statement = sa.select(change_sets.c.summary).where(since).limit(_MOST_CHANGE_SETS + 1)
    summaries = reader.rows(statement)
    if len(summaries) > _MOST_CHANGE_SETS or any(not NARROW.issuperset(row.summary or ()) for row in summaries):
        return None
    joined = change_sets.join(changes, changes.c.change_set == change_sets.c.id)
    touched = sa.select(changes.c.guid).select_from(joined).where(since, changes.c.kind.in_(sorted(NARROW)))
    return set(reader.connection.execute(touched).scalars())


def keep(
    unit: UnitOfWork,
    last: LastPublished,
    groups: Mapping[int, AgentGroup],
    parts: Mapping[str, str],
    fact: Mapping[str, Any],
) -> None:
    """Note what is published now. `groups` are those with members, by id."""
    run = unit.connection.execute
    run(sa.delete(agent_groups))
    add_groups(unit, groups)
    if parts != last.parts:
        run(sa.delete(agent_sources))
        if parts:
            run(sa.insert(agent_sources), [{"key": key, "part": part} for key, part in parts.items()])
    facts.note_fact(unit, _FACT, canonical({**fact, "program": itmsctl.__version__}))


def add_groups(unit: UnitOfWork, groups: Mapping[int, AgentGroup]) -> None:
    """Store groups."""
    rows = [{"id": id_, "settings": one.settings, "sources": list(one.sources)} for id_, one in groups.items()]
    if rows:
        unit.connection.execute(sa.insert(agent_groups), rows)
