"""Objects that came, put: as their owner has them, beside what may be edited here (HIER-10, REPL-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.shelf import Shelf
from itmsctl.errors import ItmsError
from itmsctl.replication.records import ObjectPut
from itmsctl.replication.replicated import Replicated, held_hash, travelling
from itmsctl.replication.service import conflicts, kept, references
from itmsctl.replication.service.clashes import Clashes
from itmsctl.replication.service.duplicates import merge_duplicates
from itmsctl.replication.service.owners import Owners
from itmsctl.replication.service.receiving import Receiving
from itmsctl.replication.service.trying import attempt
from itmsctl.resources.kinds import COMPUTER
from itmsctl.values.kind import Kind
from itmsctl.values.untrusted import storable

_FEW = 20


class WantedObject(NamedTuple):
    """An object as it is to be here."""

    put: ObjectPut
    name: str
    fields: dict[str, Any]
    before: Doc | None
    edited: frozenset[str]  # open fields that stay as they are here


def put_all(to: Receiving, kind: Kind, puts: Sequence[ObjectPut]) -> None:
    """Put objects of one kind, each once. Raises NotOwnerError."""
    arriving = _Arriving(to, kind, puts)
    wanted = [one for put in puts if (one := arriving.wanted(put)) is not None]
    arriving.store(wanted)
    if kind is COMPUTER:
        merge_duplicates(to, [one.put for one in wanted if one.before is None])


class _Arriving:
    """Objects of one kind that came together."""

    def __init__(self, to: Receiving, kind: Kind, puts: Sequence[ObjectPut]) -> None:
        self.to, self.unit, self.kind = to, to.unit, kind
        self.shelf: Shelf = kind.load_shelf()
        self.kept = kept.kept_of(self.unit, [(kind.name, one.guid) for one in puts])
        self.here = self.shelf.of_guids(self.unit, [one.guid for one in puts])
        self.owners = Owners(to, kind, puts, self.here)
        self.puts = [one for one in puts if self.owners.takes(one, self.kept.get((kind.name, one.guid)))]
        self.taken = {one.guid for one in self.puts}
        self.names = references.renamed(self.unit, self.puts)
        self.clashes = Clashes(to, kind, self.shelf, self.puts)

    def wanted(self, put: ObjectPut) -> WantedObject | None:
        """Return what an object is to be; None where it is so, or was refused."""
        if put.guid not in self.taken:
            return None
        before, known = self.here.get(put.guid), self.kept.get((self.kind.name, put.guid))
        if before is not None and known is not None and self._is_same(put, before, known):
            self.to.applied.counts["unchanged"] += 1
            return None
        if not self.owners.may_overwrite(put, before, known):
            return None
        name = self.clashes.name_for(put)
        if name is None:
            return None
        fields, edited = self._fields(put, before, known)
        return WantedObject(put, name, fields, before, edited)

    def store(self, wanted: Sequence[WantedObject]) -> None:
        """Put objects together where that goes, else one by one: what cannot be put waits as a conflict."""
        if len(wanted) > _FEW:
            try:
                attempt(self.unit, lambda: self._put(wanted))
            except ItmsError:
                pass  # one of them: it is found below
            else:
                return
        for one in wanted:
            try:
                attempt(self.unit, partial(self._put, [one]))
            except ItmsError as error:
                self._refuse(one, error)

    # --- one object ---------------------------------------------------------------------------------------------------

    def _is_same(self, put: ObjectPut, before: Doc, known: Replicated) -> bool:
        return (
            known.origin == self.to.peer.guid
            and (known.hash, known.rule) == (put.hash, self.to.rule)
            and before.name == put.name  # a name that clashed may be free now
            and known.state == "here"
            and known.held == held_hash(self.kind, before.document(), known.opened)
        )

    def _fields(
        self, put: ObjectPut, before: Doc | None, known: Replicated | None
    ) -> tuple[dict[str, Any], frozenset[str]]:
        came = references.translated(self.kind, put.fields, self.names)
        may = set(travelling(self.kind))
        mine = {k: v for k, v in before.document().items() if k != "name"} if before is not None else {}
        edited = known.edited(mine) if known is not None else {}
        stay = frozenset(edited).intersection(put.editable)
        taken = {name: value for name, value in came.items() if name in may and name not in stay}
        self._tell_overwritten(put, before, known, mine, edited, taken)
        return {**mine, **taken}, stay

    def _tell_overwritten(
        self,
        put: ObjectPut,
        before: Doc | None,
        known: Replicated | None,
        mine: Mapping[str, Any],
        edited: Mapping[str, Any],
        taken: Mapping[str, Any],
    ) -> None:
        """Say what people here had changed, and is lost now: of what came before, what is open no longer or was changed
        past the lock; of what was this server's own, all that differs.
        """
        if before is None:
            return
        if known is None:
            lost = [name for name, value in taken.items() if mine.get(name) != value]
        else:
            lost = [name for name in edited if name in taken and taken[name] != edited[name]]
            if not lost and known.held != held_hash(self.kind, before.document(), known.opened):
                lost = [name for name, value in taken.items() if mine.get(name) != value]
        if not lost:
            return
        said = ", ".join(f"{name} was {_short(mine.get(name))}" for name in sorted(lost))
        self.to.applied.overwritten.append((self.kind.name, before.name, ", ".join(sorted(lost))))
        self.unit.tell(f"{self.kind.name} {before.name}: overwritten by {self.to.peer.name}: {storable(said, 1000)}")
        place = (self.kind.name, before.guid, before.name)
        theirs = {"name": put.name, **taken}
        state = conflicts.THEIRS
        self.to.conflict(conflicts.OVERWRITTEN, place, said, before.document(), theirs, state=state)

    # --- writing ------------------------------------------------------------------------------------------------------

    def _put(self, wanted: Sequence[WantedObject]) -> None:
        self.shelf.restore_all(self.unit, [(one.put.guid, one.name, one.fields) for one in wanted])
        after = self.shelf.of_guids(self.unit, [one.put.guid for one in wanted])
        kept.keep(self.unit, [self._kept(one, after[one.put.guid]) for one in wanted])
        conflicts.close(self.unit, self.kind.name, [one.put.guid for one in wanted], self.to.peer.guid)
        self._tell_of(wanted, after)
        for one in wanted:
            self.to.applied.counts["created" if one.before is None else "updated"] += 1

    def _tell_of(self, wanted: Sequence[WantedObject], after: Mapping[str, Doc]) -> None:
        """Have the room of the kind hear of what came, where it wants to, with what was told beside its fields."""
        said = self.kind.replication
        hears = None if said is None else said.load_arrives()
        if said is None or hears is None:
            return
        for one in wanted:
            told = {name: one.put.fields.get(name) for name in said.told}
            hears(self.unit, after[one.put.guid], told, min(one.put.changed, self.unit.now))

    def _kept(self, one: WantedObject, after: Doc) -> Replicated:
        put, document = one.put, after.document()
        opened = tuple(name for name in put.editable if self.kind.field(name) is not None)
        came = references.translated(self.kind, put.fields, self.names)
        sent = {name: came.get(name) if name in one.edited else document[name] for name in opened}
        held = held_hash(self.kind, document, opened)
        made = Replicated(
            self.kind.name, put.guid, put.name, self.to.peer.guid, put.owner, self.to.rule, put.hash, held, put.changed,
            self.to.batch, self.unit.now, opened, sent,
        )  # fmt: skip
        return replace(made, changed_at=min(put.changed, self.unit.now))

    def _refuse(self, one: WantedObject, error: ItmsError) -> None:
        why = error.message + (f": {error.why}" if error.why else "")
        self.to.refuse(self.kind.name, one.put.guid, why)
        self.to.side_by_side(conflicts.REFUSED, one.put, one.before, why)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:60] + "..."
