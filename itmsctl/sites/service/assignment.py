"""Which site and subnet every computer is in (SITE-13): rows of `computer_site`, one a computer and subnet.

They are kept true in the transaction that changes a subnet or an address, by differences: what did not change is not
written, and delta membership looks only at computers whose rows changed. Host names have no site.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import bulk, derived
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.rows import addresses as address
from itmsctl.sites.rows import computer_site, subnet
from itmsctl.sites.subnets import SubnetIndex, SubnetRange
from itmsctl.values.addresses import Prefix, prefix

CHUNK = 10_000  # computers whose rows are in memory at once
FEW = 20  # computers from which an index of all subnets is cheaper than asking the database for each address

_IPV4 = prefix("0.0.0.0/0")
_COLUMNS = ("computer_id", "subnet_id", "site_id")


class ComputerSiteRow(NamedTuple):
    """One row of `computer_site`. `site` is none where the subnet has no site."""

    computer: int
    subnet: int
    site: int | None


class _Home(NamedTuple):
    subnet: int
    site: int | None


_Find = Callable[[bytes], _Home | None]


def assign(unit: UnitOfWork, computers: Sequence[int], *, without: int | None = None) -> int:
    """Make the rows of these computers true, as if the subnet `without` did not exist; return how many changed."""
    if not computers:
        return 0
    find = _by_query(unit, without) if len(computers) < FEW else _by_index(unit, without)
    changed: set[int] = set()
    for part in bulk.chunks(computers, CHUNK):
        stored, wanted = stored_rows(unit, part), _wanted(unit, part, find)
        changed.update(_write(unit, stored, wanted))
    derived.rows_changed(unit, computer_site.name, sorted(changed))
    return len(changed)


def assign_all(unit: UnitOfWork) -> int:
    """Make the rows of every computer true; return how many changed."""
    with_rows = sa.union(sa.select(address.c.computer_id), sa.select(computer_site.c.computer_id))
    return assign(unit, unit.connection.execute(with_rows).scalars().all())


def follow_subnet(unit: UnitOfWork, subnet_id: int) -> None:
    """Give the computers of a subnet the site that it has now."""
    inside = computer_site.c.subnet_id == subnet_id
    site = sa.select(subnet.c.site_id).where(subnet.c.id == subnet_id).scalar_subquery()
    unit.connection.execute(sa.update(computer_site).where(inside).values(site_id=site))


def computers_in(reader: Reader, span: Prefix) -> list[int]:
    """Return the computers with an address in a range; families never mix, however wide an IPv6 prefix is."""
    return list(
        reader.connection.execute(sa.select(address.c.computer_id).where(_inside(span)).distinct()).scalars().all()
    )


def differences(reader: Reader) -> tuple[set[ComputerSiteRow], set[ComputerSiteRow]]:
    """Compare the rows with what addresses and subnets say: answer those that are missing, and those that are wrong."""
    find = _by_index(reader, None)
    everyone = list(reader.connection.execute(sa.select(address.c.computer_id).distinct()).scalars())
    wanted = {row for part in bulk.chunks(everyone, CHUNK) for row in _wanted(reader, part, find)}
    stored = {ComputerSiteRow(*row) for row in reader.connection.execute(sa.select(computer_site)).all()}
    return wanted - stored, stored - wanted


def stored_rows(reader: Reader, computers: Sequence[int]) -> set[ComputerSiteRow]:
    """Return the rows of these computers as they are stored."""
    statement = sa.select(computer_site).where(member_of(reader.connection, computer_site.c.computer_id, computers))
    return {ComputerSiteRow(*row) for row in reader.connection.execute(statement).all()}  # all: row by row costs thrice


def _wanted(reader: Reader, computers: Sequence[int], find: _Find) -> set[ComputerSiteRow]:
    statement = sa.select(address.c.computer_id, address.c.address).where(
        member_of(reader.connection, address.c.computer_id, computers), address.c.address.is_not(None)
    )
    found = ((computer, find(bytes(data))) for computer, data in reader.connection.execute(statement).all())
    return {ComputerSiteRow(computer, home.subnet, home.site) for computer, home in found if home is not None}


def _write(unit: UnitOfWork, stored: set[ComputerSiteRow], wanted: set[ComputerSiteRow]) -> set[int]:
    gone, new = stored - wanted, wanted - stored
    bulk.delete(unit.connection, "computer_site", _COLUMNS[:2], sorted((row.computer, row.subnet) for row in gone))
    bulk.insert(unit.connection, "computer_site", _COLUMNS, sorted(new, key=itemgetter(0, 1)))
    return {row.computer for row in gone | new}


def _by_index(reader: Reader, without: int | None) -> _Find:
    """Return a finder for many addresses: all subnets, flattened once."""
    homes: dict[Prefix, _Home] = {}
    statement = sa.select(subnet.c.id, subnet.c.start, subnet.c.end, subnet.c.site_id)
    for number, start, end, site in reader.connection.execute(statement):
        if number != without:
            homes[Prefix(bytes(start), bytes(end))] = _Home(number, site)
    spans = SubnetIndex(SubnetRange(span) for span in homes).spans
    starts = [start for start, _ in spans]
    owners = [None if owner is None else homes[owner.range] for _, owner in spans]
    return lambda data: owners[bisect_right(starts, data) - 1]


def _by_query(reader: Reader, without: int | None) -> _Find:
    """Return a finder for a few addresses: of the ranges around one, the last to begin is the narrowest."""

    def find(data: bytes) -> _Home | None:
        statement = sa.select(subnet.c.id, subnet.c.site_id).where(subnet.c.start <= data, subnet.c.end >= data)
        if _IPV4.holds(data):
            statement = statement.where(subnet.c.start >= _IPV4.start, subnet.c.end <= _IPV4.end)
        if without is not None:
            statement = statement.where(subnet.c.id != without)
        row = reader.connection.execute(statement.order_by(subnet.c.start.desc(), subnet.c.end).limit(1)).first()
        return None if row is None else _Home(row.id, row.site_id)

    return find


def _inside(span: Prefix) -> sa.ColumnElement[bool]:
    return sa.or_(*(sa.and_(address.c.address >= first, address.c.address <= last) for first, last in span.ranges))
