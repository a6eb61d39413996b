"""What an import would do to a batch of checked rows: compared with the database, nothing written yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.audit import Grave
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader
from itmsctl.resources import record
from itmsctl.resources.identity import KINDS, identity
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import resources
from itmsctl.resources.service.details import DetailRows
from itmsctl.resources.service.scope import scoped
from itmsctl.values import twins
from itmsctl.values.names import name_key, new_guid

_NOTHING = {name: record.empty(name) for name in record.FIELDS} | {"last_seen": None}

# The computers of these ids whose fields are not the wanted ones, in their order.
Differing = Callable[[Reader, Mapping[int, Mapping[str, Any]]], Sequence[Doc]]


class ImportRecord(NamedTuple):
    """A checked row: the name, the fields that the row speaks of, and their rows as `record.read` gives them."""

    name: str
    fields: Mapping[str, Any]
    addresses: Sequence[tuple[str, bytes | None]]
    identities: Sequence[tuple[str, str, str, bool]]
    adds: bool = False  # its tags are set one by one: those not named stay


class NewComputer(NamedTuple):
    """A computer to be added: everything but its id, its document as canonical JSON."""

    guid: str
    name: str
    key: str
    fields: Mapping[str, Any]
    rows: DetailRows
    document: str
    grave: Grave | None = None  # of one that comes back


class ImportProblem(NamedTuple):
    """A row of the batch that cannot be applied: its place in the batch, the column, and why."""

    at: int
    column: str
    reason: str


@dataclass
class ImportPlan:
    """What is to be done: `changed` holds each computer as it is and as it will be."""

    created: list[NewComputer] = field(default_factory=list)
    changed: list[tuple[Doc, Doc]] = field(default_factory=list)
    unchanged: int = 0


def plan_import(reader: Reader, records: Sequence[ImportRecord], differing: Differing) -> ImportPlan:
    """Compare checked rows, whose names all differ and that nothing speaks against (`conflicts`), with the database.

    A row is a known computer's where the name is; `differing` answers for known computers (`Computers.differing`).
    """
    known = known_names(reader, records)
    plan = ImportPlan()
    same: list[tuple[int, int]] = []
    for at, row in enumerate(records):
        key = name_key(row.name)
        found = known.get(key)
        if found is None:
            plan.created.append(new_computer(row))
        else:
            same.append((at, found[0]))
    _compare(records, same, plan, partial(differing, reader))
    return plan


def known_names(reader: Reader, records: Sequence[ImportRecord]) -> dict[str, tuple[int, str]]:
    """Return the computers of these names, and those whose names they read like: id and name by the name's key."""
    keys = (name_key(record.name) for record in records)
    wanted = {*keys, *(twins.skeleton(r.name) for r in records if not r.name.isascii() or r.name[-1] == ".")}
    statement = sa.select(resources.c.name_key, resources.c.id, resources.c.name).where(
        resources.c.kind == COMPUTER.name, member_of(reader.connection, resources.c.name_key, sorted(wanted))
    )
    return {key: (i, name) for key, i, name in reader.connection.execute(scoped(statement, reader))}


def new_computer(row: ImportRecord, guid: str | None = None) -> NewComputer:
    """Return a computer to be added, with a GUID of its own where none is given."""
    fields = _NOTHING | row.fields  # type: ignore[operator]  # two dicts
    return NewComputer(
        guid or new_guid(),
        row.name,
        name_key(row.name),
        fields,
        DetailRows(row.addresses, row.identities, fields["tags"]),
        canonical({"name": row.name, **fields}),
    )


def _compare(
    records: Sequence[ImportRecord],
    same: Sequence[tuple[int, int]],
    plan: ImportPlan,
    differing: Callable[[Mapping[int, Mapping[str, Any]]], Sequence[Doc]],
) -> None:
    wanted = {computer: records[at].fields for at, computer in same}
    adding = {computer for at, computer in same if records[at].adds}
    docs = differing(wanted)
    plan.unchanged += len(wanted) - len(docs)
    for before in docs:
        fields = before.fields | wanted[before.id]  # type: ignore[operator]  # two dicts
        if before.id in adding and "tags" in wanted[before.id]:
            fields["tags"] = before.fields["tags"] | wanted[before.id]["tags"]
        fields |= {kind: before.fields[kind] for kind in KINDS if _same_values(kind, before.fields[kind], fields[kind])}
        if fields == before.fields:
            plan.unchanged += 1
            continue
        after = Doc(before.id, before.guid, before.name, before.revision + 1, fields)
        plan.changed.append((before, after))


def _same_values(kind: str, stored: Sequence[str], said: Sequence[str]) -> bool:
    """Return whether two lists say the same: sources differ in the case of a serial number, or the order of bytes."""
    return len(stored) == len(said) and {identity(kind, t).key for t in stored} == {identity(kind, t).key for t in said}
