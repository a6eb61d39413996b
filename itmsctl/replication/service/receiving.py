"""What the parts of applying a batch share: from whom it came, for which rule, and what came of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import BadRecordError, NotOwnerError
from itmsctl.hierarchy.peer import CHILD, OPPOSITE, PARENT, Peer
from itmsctl.replication.applied import Applied
from itmsctl.replication.direction import DIRECTION_TO, refused
from itmsctl.replication.records import ObjectPut
from itmsctl.replication.replicated import Replicated
from itmsctl.replication.service import conflicts
from itmsctl.replication.service.conflicts import BothSides
from itmsctl.replication.service.kept import known_of, owner_origins
from itmsctl.values.kind import Kind, house


class BatchMarkSaid(Protocol):
    """The number of a batch."""

    @property
    def epoch(self) -> int:
        """Return the epoch of its sender."""

    @property
    def seq(self) -> int:
        """Return its number in the epoch."""


class BatchHeaderSaid(Protocol):
    """What applying needs of the header of a batch, whose signature holds."""

    @property
    def mark(self) -> BatchMarkSaid:
        """Return its number."""

    @property
    def rule(self) -> str:
        """Return the name of the rule that it was made for."""


@dataclass
class Receiving:
    """One batch that is applied."""

    unit: UnitOfWork
    peer: Peer
    rule: str
    batch: str
    applied: Applied = field(default_factory=Applied)

    @cached_property
    def origins(self) -> Mapping[str, str]:
        """Return through which neighbour each owner's objects come, as it was when the batch came."""
        return owner_origins(self.unit)

    @property
    def is_parent(self) -> bool:
        """Return whether it came from the parent of this server."""
        return self.peer.relation == PARENT

    @property
    def is_child(self) -> bool:
        """Return whether it came from a child of this server."""
        return self.peer.relation == CHILD

    def kind_of(self, word: str) -> Kind:
        """Return the kind of a record. Raises BadRecordError; NotOwnerError where its objects do not go this way."""
        kind = house().kind(word)
        if kind is None:
            raise BadRecordError(f"`{word}` is not a kind that this version knows", hint="update this server")
        why = refused(kind, DIRECTION_TO[OPPOSITE[self.peer.relation]])
        if why:
            raise self.not_owner(kind.name, "", why)
        return kind

    def not_owner(self, kind: str, name: str, why: str) -> NotOwnerError:
        """Return the error of what this peer may not send."""
        shown = f"{kind} `{name}`" if name else kind
        return NotOwnerError(
            f"{self.peer.relation} `{self.peer.name}` may not send {shown}; its whole batch was refused",
            why=why,
            hint="itmsctl hierarchy show; somebody may act in its name: itmsctl hierarchy leave, if so",
            details={"peer": self.peer.guid, "kind": kind, "name": name, "batch": self.batch},
        )

    def conflict(
        self,
        what: str,
        kept: tuple[str, str, str],
        why: str,
        ours: Mapping[str, Any] | None,
        theirs: Mapping[str, Any] | None,
        *,
        state: str = conflicts.WAITS,
        origin: str = "",
    ) -> None:
        """Store a conflict of an object, which is said as kind, GUID and name; it came from this peer, or `origin`."""
        kind, guid, name = kept
        at = self.unit.now
        decided = None if state == conflicts.WAITS else at
        origin = origin or self.peer.guid
        conflicts.note(
            self.unit, BothSides(0, kind, guid, name, origin, what, why, ours, theirs, state, self.batch, at, decided)
        )

    def refuse(self, kind: str, guid: str, why: str) -> None:
        """Have the sender told that an object was not put."""
        self.applied.counts["refused"] += 1
        self.applied.refused.append((kind, guid, why))

    def side_by_side(self, what: str, put: ObjectPut, before: Doc | None, why: str) -> None:
        """Store that an object waits for a person, unless one has kept this server's side against the same before."""
        ours = before.document() if before is not None else None
        theirs = put.document()
        if not conflicts.is_decided(self.unit, (put.kind, put.guid, self.peer.guid), theirs):
            self.conflict(what, (put.kind, put.guid, put.name), why, ours, theirs)

    def survives(self, kind: str, guid: str, survivor: str) -> None:
        """Have the sender told by which GUID an object goes on, and whose it is."""
        known = known_of(self.unit, kind, survivor)
        owner = self.unit.server_guid if known is None else known.owner
        self.applied.survivors[guid] = (kind, survivor, owner)

    def moved(self, kind: str, guid: str, known: Replicated) -> None:
        """Note that an object is no longer of the server that it came from, so that it is told, not refused."""
        place, why = (kind, guid, known.name), "it is another server's now"
        self.conflict(conflicts.MOVED, place, why, None, None, state=conflicts.MOVED, origin=known.origin)

    def belongs(self, kept: Replicated | None) -> bool:
        """Return whether an object came from this peer before."""
        return kept is not None and kept.origin == self.peer.guid
