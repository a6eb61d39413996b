"""Who is to be given which policy: looked at as a whole, or only for the computers of sources that changed since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa

import itmsctl
from itmsctl.agents.content import PackageContent, PolicyPart
from itmsctl.agents.groups import AgentGroup, AgentProgram, GroupPolicy, policy_of
from itmsctl.agents.kinds import APPROVED
from itmsctl.agents.rows import agents
from itmsctl.agents.service.agent_file import agent_file
from itmsctl.agents.service.duties import sources
from itmsctl.agents.service.duty_source import DutySource, document_of, is_steady
from itmsctl.agents.service.published import LastPublished
from itmsctl.agents.service.settings import in_use, settings_of
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.kinds import TIME_CRITICAL
from itmsctl.inventory.service.policies import INVENTORY_POLICIES
from itmsctl.policies.service.policies import POLICIES

_COLUMNS = (agents.c.id, agents.c.name, agents.c.computer_id, agents.c.group_id)


@dataclass
class Looked:
    """What was seen: groups by their keys with what each says, and which group agents are in now."""

    groups: dict[str, AgentGroup] = field(default_factory=dict)
    policies: dict[str, GroupPolicy] = field(default_factory=dict)
    moved: dict[int, str] = field(default_factory=dict)  # the group of agents that are in another one now
    lost: list[int] = field(default_factory=list)  # agents that were in one and are in none
    parts: dict[str, str] = field(default_factory=dict)  # of all sources
    contents: dict[str, dict[str, PackageContent]] = field(default_factory=dict)  # packages of each folder, by digest
    missing: list[tuple[str, str]] = field(default_factory=list)


class Look:
    """One look at who is to be given what, in one view of the database."""

    def __init__(self, reader: Reader, last: LastPublished, keys: list[str], folder: str | None = None) -> None:
        self.reader, self.last, self.keys, self.folder = reader, last, keys, folder
        self.settings = {doc.guid: doc for doc in in_use(reader)}
        self.given: dict[str, PolicyPart] = {}
        self.contents: dict[str, tuple[PackageContent, ...]] = {}
        self.found = Looked()

    def whole(self) -> Looked:
        """Look at all agents."""
        rows = self._agents()
        settings = settings_of(self.reader, {row.computer_id for row in rows})
        held: dict[int, list[str]] = {computer: [] for computer in settings}
        for source in sources(self.reader, settings):
            self._give(source.key, source.part)
            self.contents[source.key] = source.contents
            for computer in source.members() & settings.keys():
                held[computer].append(source.key)
        known: dict[tuple[str, tuple[str, ...]], str] = {}
        before = {id_: group.key for id_, group in self.last.groups.items()}
        for row in rows:
            doc = settings.get(row.computer_id)
            if doc is None or self._folder_of(doc) is None:
                why = f"agent settings `{doc.name}` name no folder" if doc else "no agent settings are for it"
                self.found.missing.append((row.name, why))
                self.found.lost += [row.id] if row.group_id is not None else []
                continue
            own = (doc.guid, tuple(held[row.computer_id]))
            if own not in known:
                known[own] = self._group(*own)
            if row.group_id not in before or before[row.group_id] != known[own]:
                self.found.moved[row.id] = known[own]
        return self.found

    def narrow(self, changed: Collection[str]) -> Looked:
        """Look at the computers of sources that are new or gone, or whose document changed; others stay as they are."""
        now = self._sources_now()
        for key, name in self.last.parts.items():
            if is_steady(key):
                self._give(key, PolicyPart(name, b""))
        for source in now.values():
            self._give(source.key, source.part)
        looked_at = self._unsteady().union(changed)
        again = {key for key in now if key not in self.last.parts or document_of(key) in looked_at}
        again |= self.last.parts.keys() - self.given.keys()
        own: dict[int, set[str]] = {}
        settings: dict[int, str] = {}
        for key in sorted(again):
            members = now[key].members() if key in now else frozenset()
            for row, is_in in self._moved(key, members):
                group = self.last.groups[row.group_id]
                settings[row.id] = group.settings
                (set.add if is_in else set.discard)(own.setdefault(row.id, set(group.sources)), key)
        for id_, keys in own.items():
            self.found.moved[id_] = self._group(settings[id_], keys)
        for group in self.last.groups.values():
            self._group(group.settings, group.sources)
        return self.found

    def _sources_now(self) -> dict[str, DutySource]:
        used = {group.settings for group in self.last.groups.values()} & self.settings.keys()
        standing_in = {-place: self.settings[guid] for place, guid in enumerate(sorted(used), 1)}  # for no computer
        return {one.key: one for one in sources(self.reader, standing_in, steady=False)}

    def _moved(self, key: str, members: Set[int]) -> Iterable[tuple[Any, bool]]:
        """Yield agents that were not among those of a source and are now, or were and are not; and which of both."""
        inside = [id_ for id_, group in self.last.groups.items() if key in group.sources]
        was = {row.computer_id: row for row in self._agents(agents.c.group_id.in_(inside))} if inside else {}
        for computer in was.keys() - members:
            yield was[computer], False
        come = members - was.keys()
        for row in self._agents(member_of(self.reader.connection, agents.c.computer_id, come)) if come else ():
            if row.group_id in self.last.groups:
                yield row, True

    def _unsteady(self) -> set[str]:
        """Return the policies whose computers may be others without a change that is recorded."""
        named, own = INVENTORY_POLICIES.table.c, POLICIES.table.c
        where = sa.or_(named.server_pack, named.mode == TIME_CRITICAL, named.target.contains("@"))
        found = set(self.reader.connection.execute(sa.select(named.guid).where(where)).scalars())
        return found | set(
            self.reader.connection.execute(sa.select(own.guid).where(own.target.contains("@"))).scalars()
        )

    def _agents(self, *where: sa.ColumnElement[bool]) -> Sequence[Any]:
        trusted = (agents.c.state == APPROVED, agents.c.computer_id.is_not(None), *where)
        return self.reader.rows(sa.select(*_COLUMNS).where(*trusted).order_by(agents.c.name, agents.c.id))

    @cached_property
    def _program(self) -> AgentProgram:
        return AgentProgram(itmsctl.__version__, agent_file({"version": itmsctl.__version__, "keys": self.keys}))

    def folder_of(self, group: AgentGroup) -> str | None:
        """Return the folder that is written for a group; None where its settings are gone, or name none."""
        doc = self.settings.get(group.settings)
        return self._folder_of(doc) if doc is not None else None

    def _folder_of(self, doc: Doc) -> str | None:
        return self.folder or doc.fields["folder"] or None

    def _give(self, key: str, part: PolicyPart) -> None:
        self.given[key] = part
        self.found.parts[key] = part.name

    def _group(self, settings: str, keys: Iterable[str]) -> str:
        """Return the key of a group; what it says is worked out once."""
        group = AgentGroup(settings, tuple(sorted(one for one in keys if one in self.given)))
        key = group.key
        doc = self.settings.get(settings)
        folder = self._folder_of(doc) if doc is not None else None
        if key not in self.found.groups and doc is not None and folder is not None:
            self.found.groups[key] = group
            parts = [self.given[one] for one in group.sources]
            program = self._program if doc.fields["self_update"] else None
            for content in (content for one in group.sources for content in self.contents.get(one, ())):
                self.found.contents.setdefault(folder, {})[content.digest] = content
            self.found.policies[key] = policy_of(self.keys, doc.fields, parts, folder, program)
        return key
