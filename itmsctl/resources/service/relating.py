"""What undoing asks of this room beyond computers: relations and their types put back; merges, which split undoes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import changes
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import NotFoundError
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import association_types, associations, merges, resources
from itmsctl.resources.service import associations as relations
from itmsctl.resources.service.scope import scoped
from itmsctl.values.times import from_text, to_text
from itmsctl.values.untrusted import shell_arg

Document = Mapping[str, Any]
Wanted = Sequence[tuple[str, str, Document]]


class Associations:
    """Relations, as history keeps them: type, GUIDs of both ends, source, since when."""

    def present(self, reader: Reader, documents: Mapping[str, Document]) -> dict[str, Document]:
        """Return the documents of those that exist, by GUID."""
        found: dict[str, Document] = {}
        for guid, document in documents.items():
            row = self._row(reader, document)
            if row is not None:
                found[guid] = {**document, "source": row.source, "since": to_text(row.since)}
        return found

    def restore_all(self, unit: UnitOfWork, wanted: Wanted) -> None:
        """Relate again."""
        for _, name, document in wanted:
            ends = self._ends(unit, document)
            if len(ends) != 2:
                raise NotFoundError(f"one end of `{name}` is gone")
            since = from_text(document["since"])
            relations.associate(unit, document["type"], *ends, source=document["source"], since=since)

    def remove_all(self, unit: UnitOfWork, wanted: Wanted) -> None:
        """Take relations away."""
        for _, _, document in wanted:
            relations.dissociate(unit, document["type"], *self._ends(unit, document))

    def _row(self, reader: Reader, document: Document) -> Any:
        ends = self._ends(reader, document)
        if len(ends) != 2:
            return None
        joined = associations.join(association_types, association_types.c.id == associations.c.type_id)
        this = (
            association_types.c.name == document["type"],
            associations.c.from_id == ends[0],
            associations.c.to_id == ends[1],
        )
        statement = sa.select(associations.c.source, associations.c.since).select_from(joined).where(*this)
        return reader.connection.execute(statement).first()

    def _ends(self, reader: Reader, document: Document) -> tuple[int, ...]:
        guids = (document["from"], document["to"])
        wanted = sa.select(resources.c.guid, resources.c.id).where(resources.c.guid.in_(guids))
        ids = {row[0]: row[1] for row in reader.connection.execute(scoped(wanted, reader))}
        return tuple(ids[guid] for guid in guids if guid in ids)


class AssociationTypes:
    """Types of relations."""

    def present(self, reader: Reader, documents: Mapping[str, Document]) -> dict[str, Document]:
        """Return the documents of those that exist, by GUID."""
        found: dict[str, Document] = {}
        for guid, document in documents.items():
            kind = relations.find_type(reader, document["name"])
            if kind is not None:
                ends = {"from_kind": kind.from_kind, "to_kind": kind.to_kind, "many": kind.many}
                found[guid] = {"name": kind.name, **ends}
        return found

    def restore_all(self, unit: UnitOfWork, wanted: Wanted) -> None:
        """Define again."""
        for _, name, document in wanted:
            relations.define_type(unit, name, document["from_kind"], document["to_kind"], many=document["many"])

    def remove_all(self, unit: UnitOfWork, wanted: Wanted) -> None:
        """Take types away."""
        for _, _, document in wanted:
            relations.remove_type(unit, document["name"])


ASSOCIATIONS = Associations()
ASSOCIATION_TYPES = AssociationTypes()


def change_told(reader: Reader, change_sets: Mapping[int, datetime]) -> dict[tuple[int, str], str]:
    """Return what change-sets did to computers beyond their fields, by change-set and GUID: merges and splits (hook).

    `change_sets` are ids, each with its time.
    """
    ids, connection = sorted(change_sets), reader.connection
    either = sa.or_(
        member_of(connection, merges.c.change_set, ids), merges.c.split_at.in_(sorted(set(change_sets.values())))
    )
    rows = connection.execute(sa.select(merges).where(either)).all()
    back = sa.select(changes.c.guid, changes.c.change_set).where(
        member_of(connection, changes.c.change_set, ids),
        member_of(connection, changes.c.guid, sorted(row.loser_guid for row in rows)),
        changes.c.kind == COMPUTER.name,
        changes.c.action == "created",
    )
    created = {(guid, change_set) for guid, change_set in connection.execute(back)}
    found: dict[tuple[int, str], str] = {}
    for row in rows:
        winner = row.winner_document["name"]
        if row.change_set in change_sets:
            found[row.change_set, row.loser_guid] = f"merged into {winner}"
            found[row.change_set, row.winner_guid] = f"{row.loser_name} merged into it"
        for change_set, at in change_sets.items():
            # Several change-sets may have one time: a split is the one that made the loser again.
            if at == row.split_at and change_set > row.change_set and (row.loser_guid, change_set) in created:
                found[change_set, row.loser_guid] = f"split off from {winner}"
                found[change_set, row.winner_guid] = f"{row.loser_name} split off"
    return found


def merges_in(reader: Reader, change_set: int, at: datetime) -> Iterator[tuple[str, str]]:
    """Yield the merges and splits of a change-set, and what undoes each."""
    mine = (changes.c.change_set == change_set, changes.c.kind == COMPUTER.name, changes.c.action == "created")
    back = merges.c.loser_guid.in_(sa.select(changes.c.guid).where(*mine))
    either = sa.or_(merges.c.change_set == change_set, sa.and_(merges.c.split_at == at, back))
    for row in reader.connection.execute(sa.select(merges).where(either)).all():
        loser, winner = shell_arg(row.loser_name), shell_arg(row.winner_guid)
        if row.change_set == change_set:
            yield f"it merged computer `{row.loser_name}` into another", f"itmsctl computer split {loser}"
        else:
            yield f"it split computer `{row.loser_name}` off", f"itmsctl computer merge {winner} {loser}"
