"""Answers to verification: what this server holds of a part of what a neighbour sent (REPL-12, REPL-13)."""

from __future__ import annotations

from itmsctl.replication.records import PartCheck, part_digest, part_of
from itmsctl.replication.replicated import HERE, Replicated, held_hash
from itmsctl.replication.service.kept import kept_from
from itmsctl.replication.service.receiving import Receiving
from itmsctl.values.kind import Kind

CHANGED = "changed"  # stands for the hash of an object that is not what came


def answer(to: Receiving, one: PartCheck) -> None:
    """Compare a part with what is here, and have the sender told what is held where it differs."""
    kind = to.kind_of(one.kind)
    mine = [
        known
        for known in kept_from(to.unit, to.peer.guid, kind.name)
        if known.state == HERE and part_of(known.guid, one.parts) == one.part
    ]
    held = _held(to, kind, mine)
    to.applied.counts["checked"] += len(held)
    if len(held) != one.count or part_digest(held) != one.digest:
        to.applied.counts["parts that differ"] += 1
        to.applied.differing.append((kind.name, one.part, one.parts, held))


def _held(to: Receiving, kind: Kind, mine: list[Replicated]) -> dict[str, str]:
    docs = kind.load_shelf().of_guids(to.unit, [one.guid for one in mine])
    found = {}
    for one in mine:
        doc = docs.get(one.guid)
        if doc is not None:
            is_same = one.held == held_hash(kind, doc.document(), one.opened)
            found[one.guid] = one.hash if is_same else CHANGED
    return found
