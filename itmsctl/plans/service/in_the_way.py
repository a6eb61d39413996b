"""What stands in the way of undoing a change-set: what cannot come back, and what was changed or named since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from itmsctl.cmdb.followers import followers
from itmsctl.cmdb.rows import change_sets, changes
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import UndoConflictError, UndoRefusedError
from itmsctl.plans.undoing import REMOVED, Conflict, UndoPlan
from itmsctl.values.kind import house

_NAMED = 5


def refused(seq: int, why: str, hint: str) -> UndoRefusedError:
    """Return the error of a change-set that cannot be undone at all."""
    return UndoRefusedError(f"change-set {seq} cannot be undone", why=why, hint=hint, details={"seq": seq})


def conflicting(reader: Reader, seq: int, conflicts: Sequence[Conflict]) -> UndoConflictError:
    """Return the error that names what stands in the way, and the change-sets that did it."""
    later = _later(reader, seq, [conflict.guid for conflict in conflicts])
    sets_of = {guid: f" (change-set {', '.join(map(str, numbers))})" for guid, numbers in later.items()}
    said = [f"{c.kind} `{c.name}`: {c.why}{sets_of.get(c.guid, '')}" for c in conflicts]
    more = [f"and {len(said) - _NAMED} more"] if len(said) > _NAMED else []
    sets = sorted({number for numbers in later.values() for number in numbers})
    return UndoConflictError(
        f"change-set {seq} cannot be undone: {_count(len(conflicts))} in the way",
        why="; ".join([*said[:_NAMED], *more]),
        hint=f"undo the later one first: itmsctl undo {sets[-1]}" if sets else "",
        details={
            "seq": seq,
            "later": sets,
            "conflicts": [{"kind": c.kind, "id": c.guid, "name": c.name, "why": c.why} for c in conflicts],
        },
    )


def _count(objects: int) -> str:
    return "1 object stands" if objects == 1 else f"{objects} objects stand"


def _later(reader: Reader, seq: int, guids: Iterable[str]) -> dict[str, list[int]]:
    joined = changes.join(change_sets, change_sets.c.id == changes.c.change_set)
    statement = (
        sa.select(changes.c.guid, change_sets.c.seq)
        .select_from(joined)
        .where(change_sets.c.seq > seq, member_of(reader.connection, changes.c.guid, sorted(guids)))
        .distinct()
        .order_by(change_sets.c.seq)
    )
    found: dict[str, list[int]] = {}
    for guid, number in reader.connection.execute(statement):
        found.setdefault(guid, []).append(number)
    return found


def refuse_named_since(reader: Reader, seq: int, plan: UndoPlan) -> None:
    """Refuse to remove what objects name that this change-set did not touch: they would lose it."""
    going: dict[str, list[str]] = {}
    for net in plan.nets:
        if net.undone == REMOVED and house().kind(net.kind) is not None:
            going.setdefault(net.kind, []).append(net.guid)
    named = {}
    for kind, guids in going.items():
        noun = house().kind(kind)
        assert noun is not None
        named[kind] = [doc.id for doc in noun.load_shelf().of_guids(reader, guids).values()]
    touched = {net.guid for net in plan.nets}
    conflicts = [
        Conflict(shelf.kind.name, doc.guid, doc.name, "it names what would be removed")
        for shelf, docs in followers(reader, named)
        for doc in docs
        if doc.guid not in touched
    ]
    if conflicts:
        raise conflicting(reader, seq, conflicts)
