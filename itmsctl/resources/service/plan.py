"""What an import would do to a batch of checked rows: compared with the database, nothing written yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.audit import Grave
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Doc
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader
from itmsctl.resources import record, twins
from itmsctl.resources.identity import TELLING, Identity, bearers
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.details import ADMIN, DetailRows
from itmsctl.resources.service.scope import identities, resources, scoped
from itmsctl.values.names import name_key, new_guid

_NOTHING = {name: record.empty(name) for name in record.FIELDS} | {"last_seen": None}


class Record(NamedTuple):
    """A checked row: the name, the fields that the row speaks of, and their rows as `record.read` gives them."""

    name: str
    fields: Mapping[str, Any]
    addresses: Sequence[tuple[str, bytes | None]]
    identities: Sequence[tuple[str, str, str, bool]]


class NewComputer(NamedTuple):
    """A computer to be added: everything but its id, its document as canonical JSON."""

    guid: str
    name: str
    key: str
    fields: Mapping[str, Any]
    rows: DetailRows
    document: str
    grave: Grave | None = None  # of one that comes back


class Problem(NamedTuple):
    """A row of the batch that cannot be applied: its place in the batch, the column, and why."""

    at: int
    column: str
    reason: str


@dataclass
class Plan:
    """What is to be done: `changed` holds each computer as it is and as it will be."""

    created: list[NewComputer] = field(default_factory=list)
    changed: list[tuple[Doc, Doc]] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


def plan_import(reader: Reader, records: Sequence[Record], *, shared: bool = False) -> Plan:
    """Compare checked rows, whose names all differ, with the database.

    A row is a known computer's where the name is. A new name that brings the UUID or serial number of exactly one known
    computer is a problem: nothing is renamed or doubled in silence; `shared` takes such rows for new computers.
    """
    keys = [name_key(record.name) for record in records]
    known = _known(reader, records, keys)
    plan = Plan()
    fresh: list[int] = []
    same: list[tuple[int, int]] = []
    for at, (row, key) in enumerate(zip(records, keys, strict=True)):
        found = known.get(key)
        twin = _twin(row.name, found, known)
        if twin:
            plan.problems.append(Problem(at, "name", f"reads like the computer `{twin}`"))
        elif found is None:
            fresh.append(at)
        else:
            same.append((at, found[0]))
    if fresh and not shared:
        fresh = _without_conflicts(reader, records, fresh, plan)
    plan.created = [_new(records[at], keys[at]) for at in fresh]
    _compare(reader, records, same, plan)
    return plan


def _known(reader: Reader, records: Sequence[Record], keys: Sequence[str]) -> dict[str, tuple[int, str]]:
    wanted = {*keys, *(twins.skeleton(r.name) for r in records if not r.name.isascii() or r.name[-1] == ".")}
    statement = sa.select(resources.c.name_key, resources.c.id, resources.c.name).where(
        resources.c.kind == COMPUTER.name, member_of(reader.connection, resources.c.name_key, sorted(wanted))
    )
    return {key: (i, name) for key, i, name in reader.connection.execute(scoped(statement, reader))}


def _twin(name: str, found: tuple[int, str] | None, known: Mapping[str, tuple[int, str]]) -> str:
    """Answer the known name that this one reads like without being it; empty for none."""
    if found is not None:
        return "" if twins.same_spelling(found[1], name) else found[1]
    if name.isascii() and name[-1] != ".":
        return ""
    other = known.get(twins.skeleton(name))
    return other[1] if other is not None else ""


def _without_conflicts(reader: Reader, records: Sequence[Record], fresh: Sequence[int], plan: Plan) -> list[int]:
    telling = {at: _telling(records[at]) for at in fresh}
    carriers = _carriers(reader, {(i.kind, i.key) for values in telling.values() for i in values})
    if not carriers:
        return list(fresh)
    names: dict[int, str] = {}
    kept = []
    for at in fresh:
        found = bearers(telling[at], carriers)
        if not found:
            kept.append(at)
            continue
        first = found[0]
        if first.computer not in names:
            names |= {doc.id: doc.name for doc in COMPUTERS.docs(reader, [first.computer])}
        other = names[first.computer]
        reason = f"`{first.by.value}` is the {first.by.kind} of computer `{other}`; rename that one, or give --shared"
        plan.problems.append(Problem(at, first.by.kind, reason))
    return kept


def _telling(row: Record) -> list[Identity]:
    return [Identity(*i) for i in row.identities if i[0] in TELLING and not i[3]]


def _carriers(reader: Reader, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], frozenset[int]]:
    """Answer who carries each value; a value whose only carrier learned it by contact is left out: it never tells."""
    if not wanted:
        return {}
    rows = reader.connection.execute(
        sa.select(identities.c.kind, identities.c.value_key, identities.c.computer_id, identities.c.source).where(
            member_of(reader.connection, identities.c.value_key, sorted({key for _, key in wanted})),
            identities.c.kind.in_(TELLING),
        )
    )
    found: dict[tuple[str, str], set[int]] = {}
    learned: set[tuple[str, str, int]] = set()
    for kind, key, computer, source in rows:
        found.setdefault((kind, key), set()).add(computer)
        if source != ADMIN:
            learned.add((kind, key, computer))
    return {
        value: frozenset(having)
        for value, having in found.items()
        if value in wanted and not (len(having) == 1 and (*value, next(iter(having))) in learned)
    }


def _new(row: Record, key: str) -> NewComputer:
    fields = _NOTHING | row.fields  # type: ignore[operator]  # two dicts
    return NewComputer(
        new_guid(),
        row.name,
        key,
        fields,
        DetailRows(row.addresses, row.identities, fields["tags"]),
        canonical({"name": row.name, **fields}),
    )


def _compare(reader: Reader, records: Sequence[Record], same: Sequence[tuple[int, int]], plan: Plan) -> None:
    wanted = {computer: records[at].fields for at, computer in same}
    docs = COMPUTERS.differing(reader, wanted)
    plan.unchanged += len(wanted) - len(docs)
    for before in docs:
        fields = before.fields | wanted[before.id]  # type: ignore[operator]  # two dicts
        after = Doc(before.id, before.guid, before.name, before.revision + 1, fields)
        plan.changed.append((before, after))
