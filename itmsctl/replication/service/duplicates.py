"""Computers that are one: equal resource keys under other GUIDs, merged where they meet (HIER-18, HIER-20, HIER-21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.replication.records import ObjectPut
from itmsctl.replication.replicated import LEFT, Replicated, held_hash
from itmsctl.replication.service import conflicts
from itmsctl.replication.service.clashes import apart
from itmsctl.replication.service.kept import drop, keep, kept_of
from itmsctl.replication.service.receiving import Receiving
from itmsctl.resources.identity import TELLING, identity
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import resources
from itmsctl.resources.service import merge
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.conflicts import carriers


class _OwnerClaim(NamedTuple):
    """A computer, and since when which server says that it is its own."""

    doc: Doc
    kept: Replicated | None
    at: datetime

    @property
    def has_left(self) -> bool:
        return self.kept is not None and self.kept.state == LEFT

    @property
    def origin(self) -> str:
        return "" if self.kept is None else self.kept.origin


def merge_duplicates(to: Receiving, puts: Sequence[ObjectPut]) -> None:
    """Merge computers that came just now with those here that have the same keys, unless one server says both."""
    docs = COMPUTERS.of_guids(to.unit, [one.guid for one in puts])
    keys = {doc.guid: _keys(doc) for doc in docs.values()}
    carried = carriers(to.unit, {value for values in keys.values() for value in values})
    for guid, values in keys.items():
        others = {id_ for value in values if value in carried for id_ in carried[value].all} - {docs[guid].id}
        claims = _claims(to, guid, others) if others else []
        if not claims:
            continue
        mine, *rest = claims
        if sum(not one.has_left for one in rest) > 1:
            said = ", ".join(one.doc.name for one in claims)
            place = (COMPUTER.name, guid, docs[guid].name)
            to.conflict(conflicts.REFUSED, place, f"several computers have its keys: {said}", None, None)
            continue
        for other in rest:
            mine = _merge(to, mine, other)
        if rest:
            to.survives(COMPUTER.name, guid, mine.doc.guid)


def _claims(to: Receiving, guid: str, others: set[int]) -> list[_OwnerClaim]:
    """Return a computer and those of the same keys that are one with it, those that are there still first.

    What one server alone says of all of them is left as it is. Where another one says so too, also those that have left
    go on in the survivor: which GUID that is must not hang on whether their removal came before or after.
    """
    docs = {doc.guid: doc for doc in COMPUTERS.docs(to.unit, sorted(others))}
    docs |= COMPUTERS.of_guids(to.unit, [guid])
    if guid not in docs:
        return []  # merged just before
    kept = kept_of(to.unit, [(COMPUTER.name, one) for one in docs])
    statement = sa.select(resources.c.guid, resources.c.changed_at).where(resources.c.guid.in_(list(docs)))
    changed = {row.guid: row.changed_at for row in to.unit.rows(statement)}
    found = []
    for one, doc in docs.items():
        known = kept.get((COMPUTER.name, one))
        found.append(_OwnerClaim(doc, known, changed[one] if known is None else known.changed_at))
    mine = next(one for one in found if one.doc.guid == guid)
    if all(one.origin == mine.origin for one in found):
        return [mine]
    rest = [one for one in found if one.origin != mine.origin or (one.has_left and one is not mine)]
    return [mine, *sorted(rest, key=lambda one: (one.has_left, one.at, one.doc.guid))]


def _merge(to: Receiving, first: _OwnerClaim, second: _OwnerClaim) -> _OwnerClaim:
    """Merge two: the lesser GUID survives, and the server that changed it last owns it, whichever came first."""
    unit = to.unit
    winner, loser = sorted((first, second), key=lambda one: one.doc.guid)
    owner, other = sorted((first, second), key=lambda one: (one.at, one.doc.guid), reverse=True)
    plain = _plain_name(owner)
    merge.merge(unit, winner.doc.guid, loser.doc.guid)
    fields = {name: value for name, value in owner.doc.document().items() if name != "name"}
    drop(unit, [(COMPUTER.name, winner.doc.guid), (COMPUTER.name, loser.doc.guid)])
    taken = COMPUTERS.find(unit, plain)
    name = plain if taken is None or taken.guid == winner.doc.guid else apart(plain, winner.doc.guid)
    COMPUTERS.restore(unit, winner.doc.guid, name, fields)
    after = COMPUTERS.of_guids(unit, [winner.doc.guid])[winner.doc.guid]
    kept = None
    if owner.kept is not None:
        held = held_hash(COMPUTER, after.document(), owner.kept.opened)
        known = owner.kept.hash if owner is winner else ""
        kept = replace(owner.kept, guid=winner.doc.guid, hash=known, held=held, at=unit.now)
        keep(unit, [kept])
    if other.kept is not None and other.origin != owner.origin:
        to.moved(COMPUTER.name, other.doc.guid, other.kept)
    to.applied.counts["merged"] += 1
    why = f"one computer under two GUIDs: {winner.doc.guid} survives, of {_said(to, owner)}"
    place = (COMPUTER.name, winner.doc.guid, name)
    ours, theirs = (one.doc.document() for one in (winner, loser))
    to.conflict(conflicts.MERGED, place, why, ours, theirs, state="merged")
    return _OwnerClaim(after, kept, owner.at)


def _said(to: Receiving, claim: _OwnerClaim) -> str:
    return "this server" if claim.kept is None else to.peer.name if claim.origin == to.peer.guid else claim.origin


def _plain_name(claim: _OwnerClaim) -> str:
    return claim.doc.name if claim.kept is None else claim.kept.name


def _keys(doc: Doc) -> set[tuple[str, str]]:
    values = (identity(kind, text) for kind in TELLING for text in doc.fields[kind])
    return {(value.kind, value.key) for value in values if not value.junk}
