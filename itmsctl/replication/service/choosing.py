"""What goes to a neighbour by a rule, each object with why: nothing is read of what did not change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nouns import table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import peers
from itmsctl.replication.kinds import DOWN, UP
from itmsctl.replication.records import content_hash
from itmsctl.replication.rule import ReplicationRule
from itmsctl.replication.service import changed, sent
from itmsctl.replication.service.kept import kept_of
from itmsctl.replication.service.naming_others import References, split
from itmsctl.replication.service.opening import opened_of
from itmsctl.replication.service.sent import ChangeMark
from itmsctl.replication.service.staying import Staying
from itmsctl.resources.rows import resources
from itmsctl.targeting.selector import EVERYTHING
from itmsctl.targeting.service import picking
from itmsctl.values.kind import Kind, house
from itmsctl.values.replicated import Carried, Replication

_PAGE = 500
_ROWS_PAGE = 100  # computers whose rows of a class are read at once


class ChosenObject(NamedTuple):
    """An object that goes, or that is gone (`doc` is None): why, and all that its record says."""

    kind: Kind
    guid: str
    name: str
    why: str
    doc: Doc | None = None
    hash: str = ""
    owner: str = ""
    changed: datetime | None = None
    refs: dict[str, str] = {}  # noqa: RUF012 - never written
    editable: tuple[str, ...] = ()


class ChosenRows(NamedTuple):
    """Computers whose rows of a class go: id, GUID, name, and when they were collected."""

    class_name: str
    computers: Sequence[tuple[int, str, str, datetime]]
    why: str


class _Owned(NamedTuple):
    came_from: str  # the GUID of the neighbour through which it came; empty of what is this server's own
    owner: str
    changed_at: datetime


@dataclass
class Choosing:
    """Walks what a rule gives one neighbour, in the order in which it can be made there."""

    reader: Reader
    peer: Peer
    rule: ReplicationRule
    marks: dict[str, ChangeMark]
    complete: bool = False
    urgent: bool = False  # one object goes at once, with all that it needs as it is now
    given: dict[str, set[str]] = field(default_factory=dict)  # GUIDs of objects that go in this run, by kind
    left: list[tuple[str, str, str]] = field(default_factory=list)  # kind, name, and why it stays

    def __post_init__(self) -> None:
        self.references = References(self.reader)
        self.staying = Staying(self.reader)
        self.allowed = self._members()
        self.owners = self._owners()

    def _members(self) -> frozenset[int] | None:
        """Return the computers of the rule's target; None for every computer."""
        if self.rule.target == EVERYTHING:
            return None
        return picking.resolve(self.reader, self.rule.target)

    def _owners(self) -> frozenset[str]:
        """Return through whom came what goes up: nobody, for it is this server's own, or a child."""
        return frozenset({"", *(child.guid for child in peers.children(self.reader))})

    # --- objects ----------------------------------------------------------------------------------------------------

    def objects(self) -> Iterator[ChosenObject]:
        """Yield objects that go or are gone, each behind what it names."""
        since = {kind.name: self._since(kind) for kind in self.rule.kinds}
        oldest = min((mark.through for mark in since.values() if mark is not None), default=None)
        known = {} if oldest is None else changed.changed_guids(self.reader, list(since), oldest)
        for kind in self.rule.kinds:
            again = sent.again(self.reader, self.peer.guid, kind.name)
            if since[kind.name] is None:
                yield from self._every(kind, again)
            else:
                yield from self._some(kind, known[kind.name] | again.keys() | self._newcomers(kind), again)

    def at_once(self, kind: Kind, doc: Doc) -> Iterator[ChosenObject]:
        """Yield one object whether or not it changed, behind what it needs (HIER-15, HIER-24)."""
        yield from self._of(kind, [doc], {doc.guid: "it was asked for"})

    def _newcomers(self, kind: Kind) -> set[str]:
        """Return computers that the rule's target holds now and the neighbour does not have."""
        if kind.name != "computer" or self.allowed is None:
            return set()
        where = member_of(self.reader.connection, resources.c.id, sorted(self.allowed))
        inside = set(self.reader.connection.execute(sa.select(resources.c.guid).where(where)).scalars())
        return inside - {guid for guid, _ in sent.every_hash(self.reader, self.peer.guid, kind.name)}

    def _since(self, kind: Kind) -> ChangeMark | None:
        """Return since when changes of a kind count; None where all its objects are looked at."""
        mark = self.marks.get(kind.name)
        always = kind.replication is not None and kind.replication.what is Carried.SECURITY
        if mark is None or self.complete or always or not changed.is_known(self.reader, mark):
            return None
        return mark

    def _every(self, kind: Kind, again: dict[str, str]) -> Iterator[ChosenObject]:
        shelf, there = kind.load_shelf(), set[str]()
        for docs in bulk.chunks(shelf.list(self.reader), _PAGE):
            there.update(doc.guid for doc in docs)
            yield from self._of(kind, docs, again)
        gone = [guid for guid, _ in sent.every_hash(self.reader, self.peer.guid, kind.name) if guid not in there]
        yield from self._gone(kind, gone)

    def _some(self, kind: Kind, guids: set[str], again: dict[str, str]) -> Iterator[ChosenObject]:
        shelf = kind.load_shelf()
        for part in bulk.chunks(sorted(guids), _PAGE):
            docs = shelf.of_guids(self.reader, part)
            yield from self._of(kind, list(docs.values()), again)
            missing = [guid for guid in part if guid not in docs]
            yield from self._gone(kind, list(sent.hashes(self.reader, self.peer.guid, kind.name, missing)))

    def _gone(self, kind: Kind, guids: Sequence[str]) -> Iterator[ChosenObject]:
        """Yield objects that the neighbour has and that are not here any more."""
        for guid in guids:
            if not self._is_given(kind, guid):
                yield ChosenObject(kind, guid, guid, "it was removed here")

    def _of(self, kind: Kind, docs: Sequence[Doc], again: dict[str, str]) -> Iterator[ChosenObject]:
        """Yield those of some objects that go."""
        guids = [doc.guid for doc in docs]
        had = sent.hashes(self.reader, self.peer.guid, kind.name, guids)
        owned = self._owned(kind, guids)
        opened = self._opened(kind, guids)
        for doc in docs:
            if self._is_given(kind, doc.guid) or not self._goes(kind, doc, owned[doc.guid].came_from):
                continue
            refs = self.references.of(kind, doc)
            why = self.staying.why(kind, doc, refs)
            if why:
                self.left.append((kind.name, doc.name, why))
                if doc.guid in had:
                    yield ChosenObject(kind, doc.guid, doc.name, f"it stays from now on: {why}")
                continue
            editable = opened.get(doc.guid, ())
            digest = hash_of(kind, doc, editable)
            reason = self._reason(kind, had.get(doc.guid), digest, again.get(doc.guid), new=doc.guid not in had)
            if not reason:
                continue
            yield from self._needed(kind, doc, refs)
            if self._is_given(kind, doc.guid):
                continue
            self.given.setdefault(kind.name, set()).add(doc.guid)
            at = owned[doc.guid]
            yield ChosenObject(kind, doc.guid, doc.name, reason, doc, digest, at.owner, at.changed_at, refs, editable)

    def _reason(self, kind: Kind, had: str | None, digest: str, again: str | None, *, new: bool) -> str:
        if new:
            return "it is new there"
        if again is not None or had is None:
            return again or "it must go again"
        if kind.replication is not None and kind.replication.what is Carried.SECURITY:
            return "security goes complete each time"
        if had != digest:
            return "its content changed" if _is_item(kind) else "it changed since the last run"
        return "complete" if self.complete else ""

    def _needed(self, kind: Kind, doc: Doc, refs: dict[str, str]) -> Iterator[ChosenObject]:
        """Yield what an object names and the neighbour does not have: it goes before it."""
        if self.rule.direction == UP:
            return
        for reference, guid in refs.items():
            other = house().kind(split(reference)[0])
            if other is None or guid == doc.guid or not _is_item(other) or self._is_given(other, guid):
                continue
            if not self.urgent and guid in sent.hashes(self.reader, self.peer.guid, other.name, [guid]):
                continue
            found = other.load_shelf().of_guids(self.reader, [guid])
            for one in self._of(other, list(found.values()), {}):
                yield one._replace(why=f"{kind.name} `{doc.name}` needs it") if one.guid == guid else one

    def _is_given(self, kind: Kind, guid: str) -> bool:
        return guid in self.given.get(kind.name, ())

    # --- which ------------------------------------------------------------------------------------------------------

    def _goes(self, kind: Kind, doc: Doc, came_from: str) -> bool:
        """Return whether this rule gives this neighbour an object: what came from there does not go back."""
        if not self._may_go(came_from):
            return False
        if kind.name == "computer" and self.allowed is not None:
            return doc.id in self.allowed
        return kind.name != "credential" or self.staying.is_for(self.peer, doc)

    def _owned(self, kind: Kind, guids: Sequence[str]) -> dict[str, _Owned]:
        table = table_of(kind)
        where = member_of(self.reader.connection, table.c.guid, list(guids))
        rows = self.reader.connection.execute(sa.select(table.c.guid, table.c.changed_at).where(where)).all()
        kept = kept_of(self.reader, [(kind.name, guid) for guid in guids])
        own = _Owned("", self.reader.server_guid, self.reader.now)
        found = {}
        for guid, at in rows:
            known = kept.get((kind.name, guid))
            found[guid] = own._replace(changed_at=at) if known is None else _Owned(known.origin, known.owner, at)
        return found

    def _may_go(self, came_from: str) -> bool:
        """Return whether what came so goes to this neighbour: not back, and up only from here or below (HIER-19)."""
        return came_from != self.peer.guid and (self.rule.direction != UP or came_from in self.owners)

    def _opened(self, kind: Kind, guids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the fields that this server opened to its children's edits, by GUID."""
        if self.rule.direction != DOWN or kind.replication is None or not kind.replication.editable:
            return {}
        return opened_of(self.reader, kind.name, guids)

    # --- rows of data classes -----------------------------------------------------------------------------------------

    def rows(self) -> Iterator[ChosenRows]:
        """Yield the rows of data classes that go: of classes that the rule chose, of computers that it gives."""
        why = "complete" if self.complete else "not there as they are here"
        for name in self.rule.classes:
            seen = changed.changed_rows(self.reader, self.peer.guid, name, every=self.complete)
            for part in bulk.chunks(seen, _ROWS_PAGE):
                yield ChosenRows(name, self._told_of(part), why)

    def _told_of(self, found: Sequence[tuple[int, datetime]]) -> list[tuple[int, str, str, datetime]]:
        inside = {id_: at for id_, at in found if self.allowed is None or id_ in self.allowed}
        where = member_of(self.reader.connection, resources.c.id, list(inside))
        statement = sa.select(resources.c.id, resources.c.guid, resources.c.name).where(
            where, resources.c.kind == "computer"
        )
        rows = self.reader.connection.execute(statement.order_by(resources.c.id)).all()
        kept = kept_of(self.reader, [("computer", row.guid) for row in rows])
        came = {guid: known.origin for (_, guid), known in kept.items()}
        return [(id_, guid, name, inside[id_]) for id_, guid, name in rows if self._may_go(came.get(guid, ""))]


def hash_of(kind: Kind, doc: Doc, editable: Sequence[str]) -> str:
    """Return the hash by which an object is the same on two servers (REPL-7)."""
    said = _said(kind)
    return content_hash(doc.name, doc.document(), editable, said.local)


def fields_of(kind: Kind, doc: Doc) -> dict[str, Any]:
    """Return the fields of an object that travel."""
    stays = {"name", *_said(kind).local}
    return {name: value for name, value in doc.document().items() if name not in stays}


def _said(kind: Kind) -> Replication:
    if kind.replication is None:
        raise TypeError(f"{kind.name} does not say how it replicates")
    return kind.replication


def _is_item(kind: Kind) -> bool:
    return _said(kind).what in {Carried.ITEM, Carried.PACKAGE}
