"""What templates and wake-ups need of computers, read by the slice; nothing is read for a step that needs nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.resources.identity import KINDS
from itmsctl.resources.rows import computers, identities, resources
from itmsctl.resources.service.details import read_details
from itmsctl.resources.service.scope import scoped
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.sites.rows import places
from itmsctl.targeting.service.connections import connection_rows
from itmsctl.tasks.catalogue import is_server, needs_neighbour
from itmsctl.tasks.program import Program
from itmsctl.tasks.service import interviews
from itmsctl.tasks.step import Step
from itmsctl.tasks.surroundings import Surroundings, Waker

_NEIGHBOURS = 3  # tried one after the other
_EVERYBODY = "255.255.255.255"


def surroundings(reader: Reader, step: Step, ids: Sequence[int], endpoints: Endpoints) -> dict[int, Surroundings]:
    """Return what a step needs of these computers; empty for a step that needs nothing."""
    if is_server(step):
        return {}
    wakes = needs_neighbour(step)
    questions = interviews.questions(reader, step, ids)
    known = computer_values(reader, ids, endpoints) if step.templated else {}
    wakers = _wakers(reader, ids, endpoints) if wakes else {}
    if not (step.templated or wakes or questions):
        return {}
    return {i: Surroundings(known.get(i), wakers.get(i), questions.get(i)) for i in ids}


def all_around(
    reader: Reader,
    program: Program,
    ids: Sequence[int],
    endpoints: Endpoints,
    which: Callable[[Step], bool] = lambda _: True,
) -> dict[int, dict[int, Surroundings]]:
    """Return what those steps that need it are given of these computers, by computer and position."""
    found: dict[int, dict[int, Surroundings]] = {}
    for position, part in enumerate(program.steps):
        if which(part.step):
            for computer, known in surroundings(reader, part.step, ids, endpoints).items():
                found.setdefault(computer, {})[position] = known
    return found


def computer_values(
    reader: Reader, ids: Sequence[int], endpoints: Endpoints | None = None
) -> dict[int, dict[str, Any]]:
    """Return the fields of computers as templates name them: `computer.site`, `computer.tags.env`.

    `user` and `port` are those of the login where `endpoints` says how computers are reached.
    """
    found: dict[int, dict[str, Any]] = {}
    reached = endpoints.read(reader, ids) if endpoints is not None else {}
    details = read_details(reader, ids)
    for row in connection_rows(reader, ids):
        own = details[row.id]
        to = reached.get(row.id)
        found[row.id] = {
            "name": row.name,
            "guid": row.guid,
            "os_family": row.os_family,
            "address": row.addresses[0] if row.addresses else None,
            "addresses": list(row.addresses),
            "management_address": row.management_address,
            "user": to.user if to else row.user,
            "port": to.port if to else row.port,
            "site": None,  # places follow below: a computer may be in none, or in several
            "sites": [],
            "subnet": None,
            "subnets": [],
            "tags": own["tags"],
            **{kind: own[kind][0] if own[kind] else None for kind in KINDS},
        }
    statement = (
        sa.select(places.c.computer_id, places.c.site, places.c.subnet)
        .where(member_of(reader.connection, places.c.computer_id, ids))
        .order_by(places.c.computer_id, places.c.subnet)
    )
    for computer, site, subnet in reader.connection.execute(statement):
        if computer in found:
            _add(found[computer], "subnet", subnet)
            if site is not None:
                _add(found[computer], "site", site)
    return found


def _add(values: dict[str, Any], name: str, value: str) -> None:
    if value not in values[name + "s"]:
        values[name + "s"].append(value)
    values[name] = values[name] or value


# --- waking -----------------------------------------------------------------------------------------------------------


def _wakers(reader: Reader, ids: Sequence[int], endpoints: Endpoints) -> dict[int, Waker]:
    macs = _macs(reader, ids)
    places = _subnets(reader, ids)
    neighbours = _neighbours(reader, sorted({subnet for subnets in places.values() for subnet in subnets}))
    wanted = {n for found in neighbours.values() for n in found}
    reached = endpoints.load(reader, sorted(wanted)) if wanted else {}
    asleep = frozenset(ids)
    wakers = {}
    for computer in ids:
        near, broadcast = [], _EVERYBODY
        for subnet in places.get(computer, ()):
            others = [n for n in neighbours.get(subnet, ()) if n != computer]
            # Those that are to be woken in the same run sleep too, most likely: they come last.
            near += sorted(others, key=lambda n: n in asleep)
            broadcast = _broadcast(subnet) if broadcast == _EVERYBODY else broadcast
        found = [reached[n] for n in dict.fromkeys(near) if n in reached and reached[n].refused is None]
        wakers[computer] = Waker(macs.get(computer, ()), broadcast, tuple(found[:_NEIGHBOURS]))
    return wakers


def _macs(reader: Reader, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    statement = (
        sa.select(identities.c.computer_id, identities.c.value_key)
        .where(
            member_of(reader.connection, identities.c.computer_id, ids),
            identities.c.kind == "mac",
        )
        .order_by(identities.c.computer_id, identities.c.value_key)
    )
    found: dict[int, tuple[str, ...]] = {}
    for computer, value in reader.connection.execute(statement):
        # One that identifies nobody may still be right on its own wire; one of a group, or of nobody, wakes nobody.
        if not int(value[:2], 16) & 1 and value.strip("0:-"):
            found[computer] = (*found.get(computer, ()), value)
    return found


def _subnets(reader: Reader, ids: Sequence[int]) -> dict[int, list[str]]:
    statement = (
        sa.select(places.c.computer_id, places.c.subnet)
        .where(member_of(reader.connection, places.c.computer_id, ids))
        .order_by(places.c.computer_id, places.c.subnet)
    )
    found: dict[int, list[str]] = {}
    for computer, subnet in reader.connection.execute(statement):
        found.setdefault(computer, []).append(subnet)
    return found


def _neighbours(reader: Reader, subnets: Sequence[str]) -> Mapping[str, list[int]]:
    """Return the computers of subnets, those seen last first."""
    if not subnets:
        return {}
    statement = (
        sa.select(places.c.subnet, computers.c.id)
        .join(computers, computers.c.id == places.c.computer_id)
        .join(resources, resources.c.id == computers.c.id)
        .where(member_of(reader.connection, places.c.subnet, subnets))
        .order_by(places.c.subnet, computers.c.last_seen.desc().nulls_last(), resources.c.name)
    )
    found: dict[str, list[int]] = {}
    for subnet, computer in reader.connection.execute(scoped(statement, reader)):
        found.setdefault(subnet, []).append(computer)
    return found


def _broadcast(subnet: str) -> str:
    """Return where a packet reaches everybody of a subnet; IPv6 has no broadcast, so there it is the wire's own."""
    network = ipaddress.ip_network(subnet, strict=False)
    return str(network.broadcast_address) if network.version == 4 else _EVERYBODY
