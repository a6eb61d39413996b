"""Addresses, identity values and tags of computers: read for a page of ids, written as tuples for many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.identity import KINDS
from itmsctl.resources.record import address_row, identities_of
from itmsctl.resources.rows import addresses, computers, identities, tags
from itmsctl.resources.service import learned
from itmsctl.values.lean import dataclass

ADDRESS_COLUMNS = ("computer_id", "ord", "text", "address")
IDENTITY_COLUMNS = ("computer_id", "kind", "value_key", "value", "junk", "source", "first_seen")
TAG_COLUMNS = ("resource_id", "key", "value")
ADMIN = "admin"


def read_details(reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the fields of each id that lie in tables of their own. Learned identity values are not among them."""
    found: dict[int, dict[str, Any]] = {i: {"address": [], "tags": {}, **{kind: [] for kind in KINDS}} for i in ids}
    if not ids:
        return found
    for computer, text in tuples_of(
        reader,
        sa.select(addresses.c.computer_id, addresses.c.text)
        .where(member_of(reader.connection, addresses.c.computer_id, ids))
        .order_by(addresses.c.computer_id, addresses.c.ord),
    ):
        found[computer]["address"].append(text)
    for computer, kind, value in tuples_of(
        reader,
        sa.select(identities.c.computer_id, identities.c.kind, identities.c.value)
        .where(member_of(reader.connection, identities.c.computer_id, ids), identities.c.source == ADMIN)
        .order_by(identities.c.computer_id, identities.c.kind, identities.c.value_key),
    ):
        found[computer][kind].append(value)
    for computer, key, value in tuples_of(
        reader,
        sa.select(tags.c.resource_id, tags.c.key, tags.c.value)
        .where(member_of(reader.connection, tags.c.resource_id, ids))
        .order_by(tags.c.resource_id, tags.c.key),
    ):
        found[computer]["tags"][key] = value
    return found


def tuples_of(reader: Reader, statement: sa.Select[Any]) -> Sequence[tuple[Any, ...]]:
    """Return rows as the driver gives them: numbers and texts are the same on both engines, and there are many."""
    result = reader.connection.execute(statement)
    found: Sequence[tuple[Any, ...]] = result.cursor.fetchall()
    result.close()
    return found


def wrong_details(reader: Reader, fields: Mapping[int, Mapping[str, Any]]) -> dict[int, str]:
    """Return the computers with a row that does not follow from their fields, and what it is of each."""
    found: dict[int, str] = {}
    ids = list(fields)
    own = addresses.c
    mine = member_of(reader.connection, own.computer_id, ids)
    numbers: dict[int, int] = {}
    rows = sa.select(own.computer_id, own.ord, own.text, own.address).where(mine).order_by(own.computer_id, own.ord)
    for computer, ord_, text, address in reader.connection.execute(rows):
        expected = numbers.get(computer, 0)
        numbers[computer] = expected + 1
        if (ord_, None if address is None else bytes(address)) != (expected, address_row(text)[1]):
            found[computer] = f"address {text}"
    wanted = {id_: {(i.kind, i.value, i.key, i.junk) for i in identities_of(own)} for id_, own in fields.items()}
    said = identities.c
    mine = member_of(reader.connection, said.computer_id, ids)
    given = sa.select(said.computer_id, said.kind, said.value, said.value_key, said.junk).where(mine)
    for computer, *identity in reader.connection.execute(given.where(said.source == ADMIN)):
        if tuple(identity) not in wanted[computer]:
            found[computer] = f"{identity[0]} {identity[1]}"
    profiled = sa.select(computers.c.id).where(computers.c.profile_id.is_not(None))  # nothing sets one
    for computer in reader.connection.execute(
        profiled.where(member_of(reader.connection, computers.c.id, ids))
    ).scalars():
        found[computer] = "profile_id"
    return found


@dataclass(eq=False, repr=False)
class DetailRows:
    """Rows without ids, made ready before a transaction begins."""

    addresses: Sequence[tuple[str, bytes | None]] = ()
    identities: Sequence[tuple[str, str, str, bool]] = ()  # kind, value, key, junk
    tags: Mapping[str, str] = field(default_factory=dict)


Seen = Mapping[tuple[int, str, str], Any]  # computer, kind and key -> when the value was first seen


def write_details(unit: UnitOfWork, rows: Iterable[tuple[int, DetailRows]], seen: Seen | None = None) -> None:
    """Insert the rows of computers that have none yet; a value that was `seen` before keeps that moment."""
    known = {} if seen is None else seen
    now = bulk.moment(unit.connection, unit.now)
    of_addresses: list[tuple[Any, ...]] = []
    of_identities: list[tuple[Any, ...]] = []
    of_tags: list[tuple[Any, ...]] = []
    for computer, own in rows:
        if own.addresses:
            of_addresses += [(computer, n, text, data) for n, (text, data) in enumerate(own.addresses)]
        if own.identities:
            of_identities += [
                (computer, i[0], i[2], i[1], i[3], ADMIN, known.get((computer, i[0], i[2]), now))
                for i in own.identities
            ]
        if own.tags:
            of_tags += [(computer, key, value) for key, value in own.tags.items()]
    bulk.insert(unit.connection, "computer_address", ADDRESS_COLUMNS, of_addresses)
    bulk.insert(unit.connection, "computer_identity", IDENTITY_COLUMNS, of_identities)
    bulk.insert(unit.connection, "resource_tag", TAG_COLUMNS, of_tags)


def replace_details(unit: UnitOfWork, changes: Sequence[tuple[int, Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Make the rows of computers say what their fields say now: (id, fields before, fields now) each.

    Learned identity values stay; one that is set now becomes the administrator's. So does a field that a source filled.
    """
    from itmsctl.resources.service import told

    told.release(unit, [(id_, name) for id_, before, after in changes for name in told.released_by(before, after)])
    lost_addresses, lost_tags, lost_identities, won = [], [], [], []
    fresh: list[tuple[int, DetailRows]] = []
    for computer, before, after in changes:
        rows = DetailRows()
        if before.get("address", []) != after["address"]:
            lost_addresses.append((computer,))
            rows.addresses = [address_row(text) for text in after["address"]]
        if before.get("tags", {}) != after["tags"]:
            lost_tags.append((computer,))
            rows.tags = after["tags"]
        if any(before.get(kind, []) != after[kind] for kind in KINDS):
            rows.identities = identities_of(after)
            lost_identities.append((computer, ADMIN))
            won += [(computer, i.kind, i.key) for i in rows.identities]
        fresh.append((computer, rows))
    seen = first_seen(unit, [computer for computer, _ in lost_identities])
    bulk.delete(unit.connection, "computer_address", ("computer_id",), lost_addresses)
    bulk.delete(unit.connection, "resource_tag", ("resource_id",), lost_tags)
    bulk.delete(unit.connection, "computer_identity", ("computer_id", "source"), lost_identities)
    had = learned.with_learned(unit, {computer for computer, _, _ in won}) if won else []
    bulk.delete(unit.connection, "computer_identity", ("computer_id", "kind", "value_key"), won)
    write_details(unit, fresh, seen)
    _seal_won(unit, [computer for computer, _, _ in won], had)


def _seal_won(unit: UnitOfWork, won: Sequence[int], had: Sequence[int]) -> None:
    """Record what computers have from contact, where some of it may have become the administrator's."""
    if had:
        learned.seal_learned(unit, [computer for computer in dict.fromkeys(won) if computer in had])


def first_seen(reader: Reader, ids: Sequence[int]) -> dict[tuple[int, str, str], Any]:
    """Return when each identity value of computers was first seen, as this connection's driver stores moments."""
    if not ids:
        return {}
    columns = [identities.c[name] for name in ("computer_id", "kind", "value_key", "first_seen")]
    rows = reader.connection.execute(sa.select(*columns).where(member_of(reader.connection, columns[0], ids)))
    return {(row[0], row[1], row[2]): bulk.moment(reader.connection, row[3]) for row in rows}
