"""A run of a rule to one neighbour: what it goes by, and what it has given so far."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import peers
from itmsctl.replication.kinds import UP
from itmsctl.replication.rule import ReplicationRule
from itmsctl.replication.service import changed, sent
from itmsctl.replication.service.sent import ChangeMark
from itmsctl.security.vault import DataKey
from itmsctl.targeting.selector import EVERYTHING
from itmsctl.targeting.service import picking
from itmsctl.values.counts import counted
from itmsctl.values.kind import Kind
from itmsctl.values.replicated import Carried

Views = Callable[[], AbstractContextManager[Reader]]
"""Opens a view of the database: short, since on SQLite writers wait for whoever reads."""


class ToldRun(NamedTuple):
    """A run whose results are told: one that ended here, or one of which a neighbour told."""

    at: datetime  # when it ended here, or arrived
    origin: str  # GUID of the server where it ran; empty: it ran here
    guid: str
    results: int


class EventWindow(NamedTuple):
    """What is told of events: what ended after one moment, up to another; how many results wait for the next run."""

    since: datetime
    to: datetime
    found: tuple[ToldRun, ...]
    left: int
    over: date | None  # the last day of which events were told, where that is past

    @property
    def said(self) -> str:
        """Return what should be heard of it: what waits, and that nothing more is told."""
        waits = f"{counted(self.left, 'result')} of runs wait for the next run of the rule" if self.left else ""
        return waits or (f"its events ended with {self.over}" if self.over else "")


@dataclass
class GivenRun:
    """What holds for the whole of a run: read when it began; what changes of it later counts for the next one."""

    peer: Peer
    rule: ReplicationRule
    marks: dict[str, ChangeMark]
    since: dict[str, ChangeMark]  # by part: what changed since then goes; a part without it is looked at whole
    allowed: frozenset[int] | None  # the computers of the rule's target; None for every computer
    owners: frozenset[str]  # through whom came what goes up: nobody, for it is this server's own, or a child
    complete: bool = False
    urgent: bool = False  # one object goes at once, with all that it needs as it is now
    events: EventWindow | None = None  # what is told of events; None of a rule that gives none
    vault: DataKey | None = None  # open: secrets are sealed for the neighbour, else credentials stay
    given: dict[str, set[str]] = field(default_factory=dict)  # GUIDs of objects that go in this run, by kind
    left: list[tuple[str, str, str]] = field(default_factory=list)  # kind, name, and why it stays

    @property
    def runs(self) -> int:
        """Return how often the rule has given this neighbour something before."""
        return self.marks[sent.WHOLE].through if sent.WHOLE in self.marks else 0

    def is_given(self, kind: Kind, guid: str) -> bool:
        """Return whether an object goes in this run already."""
        return guid in self.given.get(kind.name, ())

    def give(self, kind: Kind, guid: str) -> None:
        """Note that an object goes."""
        self.given.setdefault(kind.name, set()).add(guid)

    def may_go(self, came_from: str) -> bool:
        """Return whether what came so goes to this neighbour: not back, and up only from here or below (HIER-19)."""
        return came_from != self.peer.guid and (self.rule.direction != UP or came_from in self.owners)

    def since_of_rows(self) -> ChangeMark | None:
        """Return since when changes of rows count; None where those of all computers are looked at."""
        found = [self.since.get(sent.ROWS + name) for name in self.rule.classes]
        known = [mark for mark in found if mark is not None]
        return min(known) if len(known) == len(found) else None


def begun(
    reader: Reader, peer: Peer, rule: ReplicationRule, *, complete: bool = False, urgent: bool = False
) -> GivenRun:
    """Return a run that begins. An urgent one goes by no marks."""
    marks = {} if urgent else sent.marks(reader, peer.guid, rule.guid)
    kept = changed.kept_since(reader) if marks else 0
    known = {} if complete else {part: mark for part, mark in marks.items() if mark.through >= kept}
    always = {kind.name for kind in rule.kinds if kind.replication and kind.replication.what is Carried.SECURITY}
    since = {part: mark for part, mark in known.items() if part not in always}
    allowed = None if rule.target == EVERYTHING else picking.resolve(reader, rule.target)
    owners = frozenset({"", *(child.guid for child in peers.children(reader))})
    return GivenRun(peer, rule, marks, since, allowed, owners, complete, urgent)
