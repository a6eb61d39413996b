"""`computer merge` and `computer split` (PLAT-11): two computers made one, and two again, each with its own history.

A merge keeps both documents, buries the loser's GUID and leads it to the winner. A split brings the loser back under
its own GUID and takes from the winner what the merge gave it. History is kept by GUID, so neither touches the other's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk, derived
from itmsctl.cmdb.doc import Doc, difference
from itmsctl.cmdb.rows import tombstones
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ConflictError, NameTakenError, NotFoundError, UsageError
from itmsctl.resources import hooks, merging, record
from itmsctl.resources.identity import TELLING, identity
from itmsctl.resources.rows import identities, merges, resources
from itmsctl.resources.service import told
from itmsctl.resources.service.associations import Relation, carry, relations_of, restore
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.details import ADMIN, IDENTITY_COLUMNS
from itmsctl.resources.service.learned import seal_learned
from itmsctl.resources.service.scope import scoped
from itmsctl.values.names import is_guid, name_key
from itmsctl.values.times import from_text, to_text
from itmsctl.values.untrusted import shell_arg


@dataclass(frozen=True)
class Merged:
    """What a merge or split did: the computer that stays, and the other."""

    action: str
    winner: Doc
    other: Doc
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {"action": self.action, **self.winner.as_dict(), "other": self.other.guid, "other_name": self.other.name}


def pair(reader: Reader, winner: str, loser: str) -> tuple[Doc, Doc]:
    """Return the two computers of these names. Raises NotFoundError, UsageError where both are one."""
    kept, lost = COMPUTERS.get(reader, winner), COMPUTERS.get(reader, loser)
    if kept.id == lost.id:
        raise UsageError(f"`{winner}` and `{loser}` are one computer", hint="name two")
    return kept, lost


def _told(kept: Doc, lost: Doc, after: Doc) -> Iterator[str]:
    """Yield what is to be said of a merge: what the two contradict each other in, and what the winner gains."""
    for kind in TELLING:
        own, other = _keys(kept, kind), _keys(lost, kind)
        if own and other and not own & other:
            values = ", ".join([*kept.fields[kind], *lost.fields[kind]])
            again = f"itmsctl computer split {shell_arg(lost.name)}"
            yield f"their {kind} values differ ({values}): are they one computer? else: {again}"
    if after.fields != kept.fields:
        yield difference(kept.name, kept.fields, after.fields)


def _keys(doc: Doc, kind: str) -> set[str]:
    return {value.key for value in (identity(kind, text) for text in doc.fields[kind]) if not value.junk}


def merge(unit: UnitOfWork, winner: str, loser: str) -> Merged:
    """Make one computer of two: the winner stays and gains what it did not have.

    Raises NotFoundError, UsageError where both are one, InUseError where another room holds on to the loser.
    """
    kept, lost = pair(unit, winner, loser)
    kept_state, lost_state = _state(unit, kept), _state(unit, lost)
    hooks.fire("computers_merged", unit, (kept.id, lost.id))
    carry(unit, lost.id, kept.id)
    _carry_learned(unit, lost_state, kept.id)
    COMPUTERS.remove(unit, lost.guid)
    fields = record.checked(merging.merged(kept.fields, lost.fields))
    gained = {name: value for name, value in fields.items() if value != kept.fields[name]}
    outcome = COMPUTERS.set(unit, kept.guid, gained)
    _seen_again(unit, kept.id, lost_state, earlier=True)
    _seal(unit, [kept.id], lost_state)
    unit.connection.execute(sa.delete(merges).where(merges.c.loser_guid == lost.guid))
    unit.connection.execute(
        sa.insert(merges).values(
            loser_guid=lost.guid,
            loser_name=lost.name,
            winner_guid=kept.guid,
            loser_document=lost_state,
            winner_document=kept_state,
            change_set=unit.change_set_id,
            at=unit.now,
        )
    )
    return Merged("merged", outcome.doc, lost, tuple(_told(kept, lost, outcome.doc)))


def split(unit: UnitOfWork, loser: str, *, name: str | None = None) -> Merged:
    """Undo a merge: the loser comes back with its GUID, its revision going on, `name` where its own is taken.

    Raises NotFoundError where nothing of this name or GUID was merged, ConflictError where the winner itself was merged
    away, NameTakenError.
    """
    row = _merge_of(unit, loser)
    winner = COMPUTERS.find(unit, row.winner_guid)
    if winner is not None and winner.guid != row.winner_guid:
        raise ConflictError(
            f"`{row.loser_name}` was merged into a computer that was itself merged into `{winner.name}`",
            hint=f"itmsctl computer split {row.winner_guid}",
        )
    state = row.loser_document
    stored = COMPUTERS.name_of(name or row.loser_name)
    if COMPUTERS.find(unit, stored) is not None:
        raise NameTakenError(
            f"a computer `{stored}` exists",
            hint=f"itmsctl computer split {row.loser_guid} --name {shell_arg(stored + '@SITE')}",
        )
    _open_grave(unit, row)
    if winner is not None:
        winner = _take_back(unit, winner, row)
        told.use(unit, _filled_again(winner, row.winner_document["told"]))
        _seen_again(unit, winner.id, row.winner_document)
    doc = COMPUTERS.add(unit, stored, state["fields"], guid=row.loser_guid).doc
    _continue(unit, doc, state)
    _seen_again(unit, doc.id, state)
    told.bring_back(unit, doc.id, state["told"])
    back = COMPUTERS.get(unit, row.loser_guid)
    _seal(unit, [back.id, *([winner.id] if winner else [])], state)
    restore(
        unit,
        back.id,
        [Relation(**r) for r in state["associations"]],
        winner.id if winner else None,
        [Relation(**r) for r in row.winner_document["associations"]],
    )
    if winner is not None:
        hooks.fire("computer_split", unit, (winner.id, back.id))
    return Merged("split", winner or back, back)


def merged_into(reader: Reader, guid: str) -> list[dict[str, Any]]:
    """Return what was merged into a computer and not split off again."""
    rows = reader.connection.execute(
        sa.select(merges).where(merges.c.winner_guid == guid, merges.c.split_at.is_(None)).order_by(merges.c.loser_name)
    )
    return [{"name": row.loser_name, "id": row.loser_guid, "at": row.at} for row in rows]


def _merge_of(reader: Reader, loser: str) -> Any:
    statement = sa.select(merges).where(merges.c.split_at.is_(None))
    if is_guid(loser):
        rows = reader.rows(statement.where(merges.c.loser_guid == loser.lower()))
    else:
        rows = [row for row in reader.rows(statement) if name_key(row.loser_name) == name_key(loser)]
    if not rows:
        raise NotFoundError(
            f"no computer `{loser}` was merged into another", hint="itmsctl computer show NAME lists them"
        )
    if len(rows) > 1:
        guids = ", ".join(row.loser_guid for row in rows)
        raise ConflictError(f"several computers `{loser}` were merged", hint=f"name one by its GUID: {guids}")
    return rows[0]


def _state(reader: Reader, doc: Doc) -> dict[str, Any]:
    """Return all that is known of a computer in this room, for its return."""
    own = scoped(sa.select(resources.c.created_at, resources.c.origin).where(resources.c.id == doc.id), reader)
    row = reader.connection.execute(own).one()
    learned = reader.connection.execute(
        sa.select(identities).where(identities.c.computer_id == doc.id, identities.c.source != ADMIN)
    )
    seen = doc.fields["last_seen"]
    return {
        "name": doc.name,
        "revision": doc.revision,
        "origin": row.origin,
        "created_at": to_text(row.created_at),
        "last_seen": None if seen is None else to_text(seen),
        "fields": {field: doc.fields[field] for field in record.FIELDS},
        "learned": [[i.kind, i.value_key, i.value, bool(i.junk), i.source, to_text(i.first_seen)] for i in learned],
        "seen": [[kind, key, to_text(at)] for kind, key, at in _recorded(reader, doc.id)],
        "told": told.as_kept(reader, doc.id),
        "associations": [relation.as_dict() for relation in relations_of(reader, doc.id)],
    }


def _recorded(reader: Reader, computer: int) -> list[tuple[str, str, datetime]]:
    statement = sa.select(identities.c.kind, identities.c.value_key, identities.c.first_seen)
    rows = reader.connection.execute(
        statement.where(identities.c.computer_id == computer, identities.c.source == ADMIN)
    )
    return [(row.kind, row.value_key, row.first_seen) for row in rows]


def _seen_again(unit: UnitOfWork, computer: int, state: dict[str, Any], *, earlier: bool = False) -> None:
    """Let values that a computer has keep the moment at which they were first seen: `earlier`, only where it is so."""
    for kind, key, at in state.get("seen", ()):
        mine = sa.and_(identities.c.computer_id == computer, identities.c.kind == kind, identities.c.value_key == key)
        where = sa.and_(mine, identities.c.first_seen > from_text(at)) if earlier else mine
        unit.connection.execute(sa.update(identities).where(where).values(first_seen=from_text(at)))


def _carry_learned(unit: UnitOfWork, state: dict[str, Any], winner: int) -> None:
    """Give the winner what the loser had learned by contact: it is one machine now."""
    bulk.insert(unit.connection, "computer_identity", IDENTITY_COLUMNS, _learned(unit, state, winner), ignore=True)


def _seal(unit: UnitOfWork, ids: Sequence[int], state: dict[str, Any]) -> None:
    """Record what computers have learned now, where this state moved something."""
    if state["learned"]:
        seal_learned(unit, ids)


def _learned(unit: UnitOfWork, state: dict[str, Any], computer: int) -> list[tuple[Any, ...]]:
    return [
        (computer, kind, key, value, junk, source, bulk.moment(unit.connection, from_text(first)))
        for kind, key, value, junk, source, first in state["learned"]
    ]


def _open_grave(unit: UnitOfWork, row: Any) -> None:
    unit.connection.execute(sa.delete(tombstones).where(tombstones.c.guid == row.loser_guid))
    unit.connection.execute(sa.update(merges).where(merges.c.loser_guid == row.loser_guid).values(split_at=unit.now))


def _take_back(unit: UnitOfWork, winner: Doc, row: Any) -> Doc:
    fields = merging.split(winner.fields, row.winner_document["fields"], row.loser_document["fields"])
    own = {(kind, key) for kind, key, *_ in row.winner_document["learned"]}
    gone = [(winner.id, kind, key) for kind, key, *_ in row.loser_document["learned"] if (kind, key) not in own]
    bulk.delete(unit.connection, "computer_identity", ("computer_id", "kind", "value_key"), gone)
    # Tags are given as a whole here, not one by one as an administrator sets them.
    lost_tags = [key for key in winner.fields["tags"] if key not in fields["tags"]]
    return COMPUTERS.set(unit, winner.guid, fields, untag=lost_tags).doc


def _filled_again(winner: Doc, kept: Sequence[Sequence[Any]]) -> dict[tuple[int, str], str]:
    """Return the fields of a winner that have again what a source had filled before the merge, and that source."""
    filled = ((field, source, value) for source, field, value, *_, used in kept if used)
    return {(winner.id, field): source for field, source, value in filled if winner.fields[field] == value}


def _continue(unit: UnitOfWork, doc: Doc, state: dict[str, Any]) -> None:
    """Let the restored computer go on from where it was: revision, birth, what it had learned."""
    connection = unit.connection
    connection.execute(
        sa.update(resources)
        .where(resources.c.id == doc.id)
        .values(revision=state["revision"] + 1, created_at=from_text(state["created_at"]), origin=state["origin"])
    )
    if state["last_seen"] is not None:
        table = COMPUTERS.typed
        seen: datetime = from_text(state["last_seen"])
        connection.execute(sa.update(table).where(table.c.id == doc.id).values(last_seen=seen))
    bulk.insert(connection, "computer_identity", IDENTITY_COLUMNS, _learned(unit, state, doc.id), ignore=True)
    past_the_shelf = frozenset({"revision", "created_at", "last_seen"})
    derived.changed(unit, COMPUTERS.kind, [(doc.id, past_the_shelf)])
