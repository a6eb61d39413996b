"""Which files of policy are due: what they say is not what was written last, or half of their time is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.agents.groups import STOP, AgentGroup, GroupPolicy
from itmsctl.agents.kinds import APPROVED, REVOKED, SUSPENDED
from itmsctl.agents.rows import agents
from itmsctl.agents.service.looking import Look, Looked
from itmsctl.agents.service.policy_folder import PolicyFolder
from itmsctl.agents.service.published import LastPublished
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import Moment
from itmsctl.cmdb.work import Reader

_STOPS_LAST = timedelta(days=3650)
_COLUMNS = (
    agents.c.id, agents.c.guid, agents.c.state, agents.c.group_id, agents.c.content, agents.c.expires_at,
    agents.c.policy, agents.c.taken, agents.c.again,
)  # fmt: skip
_GIVEN = (agents.c.state == APPROVED, agents.c.computer_id.is_not(None))
_STOPPED = (agents.c.state.in_([REVOKED, SUSPENDED]), agents.c.policy > 0, agents.c.group_id.is_not(None))
_WITH_A_FILE = sa.or_(sa.and_(*_GIVEN), sa.and_(*_STOPPED))


class PolicyFile(NamedTuple):
    """A file of policy that is to be written."""

    id: int
    agent: str
    number: int
    folder: str
    said: Mapping[str, Any]
    content: str
    until: datetime
    group: str = ""  # key of the group that it is written for; empty for a word to stop
    group_id: int | None = None


class DueFiles:
    """What is due in one view of the database; `everything` is, where all is to be written again."""

    def __init__(self, reader: Reader, last: LastPublished, *, everything: bool = False) -> None:
        self.reader, self.last, self.everything = reader, last, everything

    @cached_property
    def counts(self) -> list[tuple[int | None, bool, int]]:
        """Return how many agents each group has a file of, with the word to stop or without; None are in no group."""
        stops = agents.c.state != APPROVED
        statement = (
            sa.select(agents.c.group_id, stops, sa.func.count()).where(_WITH_A_FILE).group_by(agents.c.group_id, stops)
        )
        return [(group, bool(stop), count) for group, stop, count in self.reader.connection.execute(statement)]

    def newcomers(self) -> bool:
        """Return whether agents are there that are in no group yet."""
        return any(group is None for group, _, _ in self.counts)

    def are_there(self, look: Look, places: Mapping[str, PolicyFolder]) -> bool:
        """Return whether each folder holds as many files as it should."""
        wanted = dict.fromkeys(places, 0)
        for group, _, count in self.counts:
            folder = look.folder_of(self.last.groups[group]) if group in self.last.groups else None
            if folder in wanted:
                wanted[folder] += count
        return all(place.count() == wanted[folder] for folder, place in places.items())

    def count(self, looked: Looked) -> int:
        """Return how many agents have a file when all is written."""
        return sum(count for _, _, count in self.counts) - len(looked.missing)

    def standing(self, looked: Looked) -> dict[int, AgentGroup]:
        """Return the groups that stay as they are: those that say something, and those of agents that are stopped."""
        held = {group for group, stops, _ in self.counts if stops}
        return {id_: one for id_, one in self.last.groups.items() if id_ in held or one.key in looked.groups}

    def expected(self, look: Look, looked: Looked) -> dict[str, set[str]]:
        """Return the agents that each folder should hold a file of."""
        found: dict[str, set[str]] = {}
        lost = set(looked.lost)
        columns = (agents.c.id, agents.c.guid, agents.c.group_id)
        for row in self.reader.rows(sa.select(*columns).where(_WITH_A_FILE)):
            moved = looked.moved.get(row.id)
            group = looked.groups.get(moved) if moved else self.last.groups.get(row.group_id)
            folder = look.folder_of(group) if group is not None and row.id not in lost else None
            if folder is not None:
                found.setdefault(folder, set()).add(row.guid)
        return found

    def due(self, look: Look, looked: Looked, places: Mapping[str, PolicyFolder] | None) -> list[PolicyFile]:
        """Return the files that are due; also those that are not in their folder, where `places` are given."""
        groups = {id_: looked.policies[one.key] for id_, one in self.last.groups.items() if one.key in looked.policies}
        keys = {id_: one.key for id_, one in self.last.groups.items()}
        rows = {row.id: row for row in self.reader.rows(self._stale(groups, places))}
        moved = member_of(self.reader.connection, agents.c.id, list(looked.moved))
        rows |= {row.id: row for row in self.reader.rows(sa.select(*_COLUMNS).where(moved))} if looked.moved else {}
        lost = set(looked.lost)
        found = []
        for row in rows.values():
            key = looked.moved.get(row.id) or keys.get(row.group_id, "")
            policy = looked.policies.get(key)
            if policy is None or row.id in lost:
                continue
            content = policy.content_with(row.again)
            if (
                self.everything
                or row.id in looked.moved
                or content != row.content
                or _is_half_over(row.expires_at, self.reader.now, policy)
                or (places is not None and row.guid not in places[policy.folder].there)
            ):
                until = self.reader.now + timedelta(seconds=policy.lasts_s)
                said = {**policy.said, "again": row.again} if row.again else policy.said
                found.append(
                    PolicyFile(row.id, row.guid, _number(row), policy.folder, said, content, until, key, row.group_id)
                )
        return found + list(self._stops(look, places))

    def _stale(self, groups: Mapping[int, GroupPolicy], places: Mapping[str, PolicyFolder] | None) -> sa.Select[Any]:
        """Return the statement of agents that may be due, in the groups that they are in."""
        statement = sa.select(*_COLUMNS).where(*_GIVEN, agents.c.group_id.is_not(None))
        if self.everything or places is not None or not groups:
            return statement
        content = sa.case({id_: one.content for id_, one in groups.items()}, value=agents.c.group_id)
        lasts = {id_: timedelta(seconds=one.lasts_s / 2) for id_, one in groups.items()}
        until = {id_: sa.literal(self.reader.now + half, Moment()) for id_, half in lasts.items()}
        return statement.where(
            sa.or_(
                agents.c.content.is_(None),
                agents.c.again.is_not(None),
                agents.c.content != content,
                agents.c.expires_at <= sa.case(until, value=agents.c.group_id),
            )
        )

    def _stops(self, look: Look, places: Mapping[str, PolicyFolder] | None) -> Iterator[PolicyFile]:
        """Yield a word to stop for each agent that was given policy once, and is trusted no more."""
        there = any(stops for _, stops, _ in self.counts)
        for row in self.reader.rows(sa.select(*_COLUMNS).where(*_STOPPED)) if there else ():
            group = self.last.groups.get(row.group_id)
            folder = look.folder_of(group) if group is not None else None
            content = STOP + row.state
            if folder is None:
                continue
            is_away = places is not None and folder in places and row.guid not in places[folder].there
            if self.everything or row.content != content or is_away:
                said = {"keys": look.keys, "stop": row.state, "parts": []}
                until = self.reader.now + _STOPS_LAST
                yield PolicyFile(row.id, row.guid, _number(row), folder, said, content, until, "", row.group_id)


def _number(row: Any) -> int:
    """Return the number of the next file: above the last one, and above what its agent has: this may be a backup."""
    return int(max(row.policy, row.taken)) + 1


def _is_half_over(expires: datetime | None, now: datetime, policy: GroupPolicy) -> bool:
    return expires is None or expires - now <= timedelta(seconds=policy.lasts_s / 2)
