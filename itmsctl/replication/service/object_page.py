"""Some objects of one view of the database: which of them go to a neighbour, each with why, behind what it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nouns import table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.replication.kinds import DOWN, UP
from itmsctl.replication.records import content_hash
from itmsctl.replication.service import sent
from itmsctl.replication.service.given_run import GivenRun
from itmsctl.replication.service.kept import living_of
from itmsctl.replication.service.naming_others import References, split
from itmsctl.replication.service.opening import opened_of
from itmsctl.replication.service.staying import Staying
from itmsctl.values.kind import Kind, house
from itmsctl.values.replicated import Carried, Replication


class ChosenObject(NamedTuple):
    """An object that goes, or that is gone (`doc` is None): why, when it changed, and all that its record says."""

    kind: Kind
    guid: str
    name: str
    why: str
    changed: datetime
    doc: Doc | None = None
    hash: str = ""
    owner: str = ""
    refs: dict[str, str] = {}  # noqa: RUF012 - never written
    editable: tuple[str, ...] = ()


class _Owned(NamedTuple):
    came_from: str  # the GUID of the neighbour through which it came; empty of what is this server's own
    owner: str
    changed_at: datetime


class ObjectPage:
    """Judges objects of one view of the database; what names mean, it looks up in that view alone."""

    def __init__(self, reader: Reader, run: GivenRun) -> None:
        self.reader, self.run = reader, run
        self.references = References(reader)
        self.staying = Staying(reader)

    def of_guids(self, kind: Kind, guids: Sequence[str], again: Mapping[str, str]) -> Iterator[ChosenObject]:
        """Yield those of some objects that go, and those that the neighbour has and that are here no longer."""
        docs = kind.load_shelf().of_guids(self.reader, guids)
        yield from self.of(kind, [docs[guid] for guid in guids if guid in docs], again)
        missing = [guid for guid in guids if guid not in docs]
        for guid in sent.hashes(self.reader, self.run.peer.guid, kind.name, missing) if missing else ():
            if not self.run.is_given(kind, guid):
                yield ChosenObject(kind, guid, guid, "it was removed here", self.reader.now)

    def of(self, kind: Kind, docs: Sequence[Doc], again: Mapping[str, str]) -> Iterator[ChosenObject]:
        """Yield those of some objects that go."""
        guids = [doc.guid for doc in docs]
        had = sent.hashes(self.reader, self.run.peer.guid, kind.name, guids)
        owned = self._owned(kind, guids)
        opened = self._opened(kind, guids)
        for doc in docs:
            if self.run.is_given(kind, doc.guid) or not self._goes(kind, doc, owned[doc.guid].came_from):
                continue
            refs = self.references.of(kind, doc)
            why = self.staying.why(kind, doc, refs, self.run.peer)
            if why:
                self.run.left.append((kind.name, doc.name, why))
                if doc.guid in had:
                    yield ChosenObject(kind, doc.guid, doc.name, f"it stays from now on: {why}", self.reader.now)
                continue
            if kind.name == "credential" and self.run.vault is None:
                self._keep_sealed(kind, doc, there=doc.guid in had)
                continue
            editable = opened.get(doc.guid, ())
            digest = hash_of(kind, doc, editable)
            reason = self._reason(kind, had.get(doc.guid), digest, again.get(doc.guid), new=doc.guid not in had)
            if not reason:
                continue
            yield from self._needed(kind, doc, refs)
            if self.run.is_given(kind, doc.guid):
                continue
            self.run.give(kind, doc.guid)
            at = owned[doc.guid]
            yield ChosenObject(kind, doc.guid, doc.name, reason, at.changed_at, doc, digest, at.owner, refs, editable)

    def _keep_sealed(self, kind: Kind, doc: Doc, *, there: bool) -> None:
        """Leave a credential as it is there: nobody opened the vault, so its secret cannot be sealed."""
        self.run.left.append((kind.name, doc.name, "nobody opened the vault: --passphrase-file FILE"))
        if there:
            self.run.give(kind, doc.guid)

    def _reason(self, kind: Kind, had: str | None, digest: str, again: str | None, *, new: bool) -> str:
        if new:
            return "it is new there"
        if again is not None or had is None:
            return again or "it must go again"
        if kind.replication is not None and kind.replication.what is Carried.SECURITY:
            return "security goes complete each time"
        if had != digest:
            return "its content changed" if _is_item(kind) else "it changed since the last run"
        return "complete" if self.run.complete else ""

    def _needed(self, kind: Kind, doc: Doc, refs: Mapping[str, str]) -> Iterator[ChosenObject]:
        """Yield what an object names and the neighbour does not have: it goes before it."""
        if self.run.rule.direction == UP:
            return
        for reference, guid in refs.items():
            other = house().kind(split(reference)[0])
            if other is None or guid == doc.guid or self.run.is_given(other, guid):
                continue
            if (
                not _is_item(other) and _said(kind).what is not Carried.SECURITY
            ):  # a scope means nothing without its site
                continue
            if not self.run.urgent and guid in sent.hashes(self.reader, self.run.peer.guid, other.name, [guid]):
                continue
            found = other.load_shelf().of_guids(self.reader, [guid])
            for one in self.of(other, list(found.values()), {}):
                yield one._replace(why=f"{kind.name} `{doc.name}` needs it") if one.guid == guid else one

    # --- which ------------------------------------------------------------------------------------------------------

    def _goes(self, kind: Kind, doc: Doc, came_from: str) -> bool:
        """Return whether this rule gives this neighbour an object: what came from there does not go back."""
        if not self.run.may_go(came_from):
            return False
        if kind.name == "computer" and self.run.allowed is not None:
            return doc.id in self.run.allowed
        return True

    def _owned(self, kind: Kind, guids: Sequence[str]) -> dict[str, _Owned]:
        table = table_of(kind)
        where = member_of(self.reader.connection, table.c.guid, list(guids))
        rows = self.reader.connection.execute(sa.select(table.c.guid, table.c.changed_at).where(where)).all()
        kept = living_of(self.reader, [(kind.name, guid) for guid in guids])
        own = _Owned("", self.reader.server_guid, self.reader.now)
        found = {}
        for guid, at in rows:
            known = kept.get((kind.name, guid))
            found[guid] = own._replace(changed_at=at) if known is None else _Owned(known.origin, known.owner, at)
        return found

    def _opened(self, kind: Kind, guids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the fields that this server opened to its children's edits, by GUID."""
        if self.run.rule.direction != DOWN or kind.replication is None or not kind.replication.editable:
            return {}
        return opened_of(self.reader, kind.name, guids)


def hash_of(kind: Kind, doc: Doc, editable: Sequence[str]) -> str:
    """Return the hash by which an object is the same on two servers (REPL-7)."""
    said = _said(kind)
    return content_hash(doc.name, doc.document(), editable, said.local)


def fields_of(kind: Kind, doc: Doc) -> dict[str, Any]:
    """Return the fields of an object that travel, and those that are told beside them."""
    stays = {"name", *_said(kind).local}
    return {name: value for name, value in doc.document().items() if name not in stays}


def _said(kind: Kind) -> Replication:
    if kind.replication is None:
        raise TypeError(f"{kind.name} does not say how it replicates")
    return kind.replication


def _is_item(kind: Kind) -> bool:
    return _said(kind).what in {Carried.ITEM, Carried.PACKAGE}
