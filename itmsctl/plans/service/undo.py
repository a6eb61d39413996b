"""`undo`: the inverse of a change-set, which is a change-set itself. All of it is stored, or nothing.

What is no noun, but hangs on nouns, is put back by what a room names as `keeper:KIND` in its HOOKS; it answers as a
shelf does. `undo_barriers(reader, change_set_id, at)` gives what of a change-set cannot come back, and what to do
instead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from itmsctl.admin.differences import between
from itmsctl.cmdb.audit import refuse_purged
from itmsctl.cmdb.rows import change_sets, changes
from itmsctl.cmdb.said import is_aside
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    SizeGuardError,
    UndoConflictError,
    UsageError,
)
from itmsctl.plans import undoing
from itmsctl.plans.service import in_the_way
from itmsctl.plans.undoing import CREATED, REMOVED, UPDATED, Document, KeptChange, Key, UndoPlan
from itmsctl.values.kind import Owner, house
from itmsctl.values.names import is_guid
from itmsctl.values.untrusted import shell_arg


class Keeper(Protocol):
    """What puts objects of a kind back: its shelf, or what a room names for what is no noun."""

    def present(self, reader: Reader, documents: Mapping[str, Document]) -> dict[str, Document]:
        """Return the documents of those that exist, by GUID; each is given with one that it had."""

    def restore_all(self, unit: UnitOfWork, wanted: Sequence[tuple[str, str, Document]]) -> None:
        """Make objects what documents say: GUID, name and fields of each."""

    def remove_all(self, unit: UnitOfWork, wanted: Sequence[tuple[str, str, Document]]) -> None:
        """Remove objects."""


@dataclass(frozen=True)
class UndoLook:
    """A change-set that is to be undone, and how."""

    seq: int
    plan: UndoPlan

    @property
    def gone_or_back(self) -> int:
        """Return how many objects are removed or come back: those want to be confirmed."""
        return self.plan.count(CREATED) + self.plan.count(REMOVED)

    def rows(self) -> list[dict[str, Any]]:
        """Return what becomes of each object, removals first."""
        found = []
        for net in self.plan.nets:
            differences = between(net.after, net.before) if net.undone == UPDATED else []
            found.append(
                {
                    "action": net.undone,
                    "object": f"{net.kind} {net.name}",
                    "id": net.guid,
                    "name": net.name,
                    "what": "; ".join(map(str, differences)),
                    "changes": [d.as_dict() for d in differences],
                }
            )
        return found

    def __str__(self) -> str:
        """Return the counts in words."""
        counts = [(word, self.plan.count(word)) for word in (REMOVED, UPDATED, CREATED)]
        return ", ".join(f"{count} {word}" for word, count in counts if count) or "nothing changed"


@dataclass(frozen=True)
class Undone:
    """What undoing did: the look at it, and the GUID of the change-set that it made."""

    look: UndoLook
    guid: str


def look(reader: Reader, named: str) -> UndoLook:
    """Return how a change-set would be undone.

    Raises NotFoundError, PurgedError, UsageError, UndoRefusedError for what cannot come back, UndoConflictError where
    an object was changed since.
    """
    row = _change_set(reader, named)
    rows = _changes(reader, row)
    present, reported = _present(reader, undoing.known(rows)), _reported()
    found = undoing.plan(rows, present, reported)
    if found.conflicts and undoing.is_undone(rows, present, reported):
        raise UndoConflictError(
            f"change-set {row.seq} is undone already: everything is as it was before it",
            hint=f"itmsctl audit show {shell_arg(str(row.seq))}",
            details={"seq": row.seq},
        )
    if found.conflicts:
        raise in_the_way.conflicting(reader, row.seq, found.conflicts)
    in_the_way.refuse_named_since(reader, row.seq, found)
    return UndoLook(row.seq, found)


def guard(found: UndoLook, given: str | None, *, guard_max: int) -> None:
    """Let undoing pass, or refuse where it takes away or brings back more objects than the guard allows unasked.

    Raises SizeGuardError with the exact `--confirm`.
    """
    count = found.gone_or_back
    wanted = f"{found.seq}:{count}"
    if (count <= guard_max and given is None) or given in {wanted, f":{count}"}:
        return
    said = f"; --confirm says `{given}`" if given is not None else ""
    raise SizeGuardError(
        f"change-set {found.seq} was not undone: {count} objects would go or come back; the guard is {guard_max}{said}",
        hint=f"look with --dry-run, then add --confirm {wanted}",
        details={"objects": count, "guard_max": guard_max},
    )


def undo(unit: UnitOfWork, named: str) -> Undone:
    """Undo a change-set.

    Raises as `look` does, and UndoConflictError where something cannot be put back as it was.
    """
    found = look(unit, named)
    for batch in undoing.batches(found.plan.steps):
        _take(unit, found.seq, batch)
    left = undoing.unfinished(found.plan.expected, _present(unit, found.plan.known), _reported())
    if left:
        raise in_the_way.conflicting(unit, found.seq, left)
    return Undone(found, unit.draft.guid)


def seq_of(reader: Reader, guid: str) -> int | None:
    """Return the number of a change-set, none where it was not stored."""
    seq = reader.scalar(sa.select(change_sets.c.seq).where(change_sets.c.guid == guid))
    return None if seq is None else int(seq)


# --- what is to be undone ---------------------------------------------------------------------------------------------


def _change_set(reader: Reader, named: str) -> sa.Row[Any]:
    if is_guid(named):
        where = change_sets.c.guid == named.lower()
    elif named.isascii() and named.isdigit() and len(named) < 10:
        where = change_sets.c.seq == int(named)
    else:
        raise UsageError(f"`{named}` names no change-set", hint="its number or its GUID: itmsctl audit list")
    row = reader.connection.execute(sa.select(change_sets).where(where)).first()
    if row is None:
        if named.isdigit():
            refuse_purged(reader.connection, int(named))
        raise NotFoundError(f"there is no change-set {named}", hint="itmsctl audit list")
    return row


def _changes(reader: Reader, row: sa.Row[Any]) -> list[KeptChange]:
    columns = [changes.c[name] for name in ("kind", "guid", "name", "before", "after")]
    statement = sa.select(*columns).where(changes.c.change_set == row.id).order_by(changes.c.ord)
    found = [
        KeptChange(kind, guid, name, _read(before), _read(after))
        for kind, guid, name, before, after in reader.connection.execute(statement).all()
        if not is_aside(kind)
    ]
    if not found:
        what = ", ".join(sorted(row.summary)) or "nothing"
        raise in_the_way.refused(
            row.seq, f"it kept no documents, but counts: {what}", "itmsctl audit show " + str(row.seq)
        )
    foreign = sorted({change.kind for change in found if _keeper(change.kind) is None})
    if foreign:
        raise in_the_way.refused(row.seq, f"what was done to {', '.join(foreign)} cannot be taken back", "")
    for barriers in house().calls("undo_barriers"):
        for what, hint in barriers(reader, row.id, row.at):
            raise in_the_way.refused(row.seq, what, hint)
    return found


def _read(text: str | None) -> Document | None:
    return None if text is None else json.loads(text)


def _keeper(kind: str) -> Keeper | None:
    noun = house().kind(kind)
    if noun is not None:
        shelf: Keeper = noun.load_shelf()
        return shelf
    named: Any = house().calls(f"keeper:{kind}")
    kept: Keeper | None = next(named, None)
    return kept


def _reported() -> dict[str, frozenset[str]]:
    return {kind.name: frozenset(f.name for f in kind.fields if f.owner is Owner.REPORTED) for kind in house().kinds()}


def _present(reader: Reader, known: Mapping[Key, Document]) -> dict[Key, Document | None]:
    by_kind: dict[str, dict[str, Document]] = {}
    for (kind, guid), document in known.items():
        by_kind.setdefault(kind, {})[guid] = document
    found: dict[Key, Document | None] = {}
    for kind, documents in by_kind.items():
        keeper = _keeper(kind)
        assert keeper is not None, kind
        # Through the one form of history: a number that is whole is whole on both sides, a tuple is a list.
        found |= {(kind, guid): document for guid, document in keeper.present(reader, documents).items()}
    return found


# --- doing it ---------------------------------------------------------------------------------------------------------


def _take(unit: UnitOfWork, seq: int, batch: Sequence[undoing.UndoStep]) -> None:
    first = batch[0]
    keeper = _keeper(first.kind)
    assert keeper is not None
    try:
        if first.removes:
            keeper.remove_all(unit, [(step.guid, step.name, step.fields) for step in batch])
        else:
            keeper.restore_all(unit, _whole(unit, keeper, batch))
    except (InputError, NotFoundError, ConflictError) as error:
        what = f"{first.kind} `{first.name}`" if len(batch) == 1 else f"{len(batch)} of kind {first.kind}"
        raise UndoConflictError(
            f"change-set {seq} cannot be undone: {error.message}",
            why=f"while putting back {what}" + (f": {error.why}" if error.why else ""),
            hint=error.hint or f"itmsctl history {shell_arg(first.kind)} {shell_arg(first.name)}",
            details={"seq": seq, **error.details},
        ) from error


def _whole(unit: UnitOfWork, keeper: Keeper, batch: Sequence[undoing.UndoStep]) -> list[tuple[str, str, Document]]:
    now = keeper.present(unit, {step.guid: step.fields for step in batch if not step.whole})
    wanted = []
    for step in batch:
        if not step.whole and step.guid not in now:
            raise ConflictError(f"{step.kind} `{step.name}` is gone")
        document = step.fields if step.whole else {**now[step.guid], **step.fields}
        wanted.append((step.guid, str(document.get("name", step.name)), document))
    return wanted
