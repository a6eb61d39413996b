"""Answers to verification: what this server holds of a part of what a neighbour sent (REPL-12, REPL-13)."""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.errors import BadRecordError
from itmsctl.replication.part_check import PartCheck, part_digest, part_of
from itmsctl.replication.replicated import held_hash
from itmsctl.replication.service.kept import here_from, kept_of
from itmsctl.replication.service.receiving import Receiving
from itmsctl.values.kind import Kind

CHANGED = "changed"  # stands for the hash of an object that is not what came


def answer(to: Receiving, checks: Sequence[PartCheck]) -> None:
    """Compare parts of one kind with what is here, and have the sender told what is held where they differ.

    Raises BadRecordError.
    """
    kind, parts = to.kind_of(checks[0].kind), checks[0].parts
    if any(one.parts != parts for one in checks):
        raise BadRecordError(f"checks of `{kind.name}` cut it into parts in several ways")
    mine: dict[int, list[str]] = {one.part: [] for one in checks}
    for guid in here_from(to.unit, to.peer.guid, kind.name):
        if (part := part_of(guid, parts)) in mine:
            mine[part].append(guid)
    for one in checks:
        held = _held(to, kind, mine[one.part])
        to.applied.counts["checked"] += len(held)
        if len(held) != one.count or part_digest(held) != one.digest:
            to.applied.counts["parts that differ"] += 1
            to.applied.differ(kind.name, one.part, parts, held)


def _held(to: Receiving, kind: Kind, guids: Sequence[str]) -> dict[str, str]:
    docs = kind.load_shelf().of_guids(to.unit, guids)
    found = {}
    for one in kept_of(to.unit, [(kind.name, guid) for guid in guids]).values():
        doc = docs.get(one.guid)
        if doc is not None:
            is_same = one.held == held_hash(kind, doc.document(), one.opened)
            found[one.guid] = one.hash if is_same else CHANGED
    return found
