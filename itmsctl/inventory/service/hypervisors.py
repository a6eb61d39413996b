"""The virtual machines that a hypervisor tells of: resources that run on it, and the computers that they are inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.nouns import typed_table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.inventory.told import Told
from itmsctl.resources.devices import VIRTUAL_MACHINE, VM_STATES
from itmsctl.resources.identity import identity
from itmsctl.resources.rows import identities
from itmsctl.resources.service.devices import VIRTUAL_MACHINES
from itmsctl.resources.service.relations import relate_to

MOST = 2000  # virtual machines of one host
_CONTAINER = "container"
_STATES = {
    "shut off": "stopped", "shutdown": "stopped", "off": "stopped", "poweredoff": "stopped", "crashed": "stopped",
    "saved": "suspended", "pmsuspended": "suspended", "on": "running", "poweredon": "running", "blocked": "running",
    "idle": "running",
}  # fmt: skip
_vms = typed_table_of(VIRTUAL_MACHINE)


@dataclass(frozen=True)
class _Machine:
    host: int
    name: str
    uuid: str  # in its usual form
    key: str
    fields: Mapping[str, Any]


def relate_virtual_machines(unit: UnitOfWork, told: Sequence[tuple[int, Told]]) -> None:
    """Keep the virtual machines that hypervisors told of, related to their hosts and to the computers inside them.

    What a person related stays; one that is told of no more stays as it was.
    """
    for computer, one in told:
        machines = {machine.key: machine for machine in _machines(computer, one.classes.get("virtual_machines", ()))}
        if machines:
            _keep(unit, machines, one.source)


def _machines(computer: int, rows: Sequence[Mapping[str, Any]]) -> Iterator[_Machine]:
    for row in islice(rows, MOST):
        name, uuid = str(row.get("name") or "").strip(), str(row.get("uuid") or "")
        if row.get("type") == _CONTAINER or not name:
            continue
        try:
            found = identity("uuid", uuid)
        except ItmsError:
            continue  # without an identity it would be another machine at each report
        if not found.junk:
            yield _Machine(computer, name[:200], found.value, found.key, _fields(row, found.value))


def _fields(row: Mapping[str, Any], uuid: str) -> dict[str, Any]:
    state = str(row.get("state") or "").casefold()
    told = {
        "uuid": uuid,
        "hypervisor": row.get("hypervisor"),
        "state": _STATES.get(state, state if state in VM_STATES else "unknown"),
        "cpus": row.get("cpus"),
        "memory_mb": row.get("memory_mib"),
        "guest_os": row.get("operating_system"),
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def _keep(unit: UnitOfWork, machines: Mapping[str, _Machine], source: str) -> None:
    known = _known(unit, [machine.uuid for machine in machines.values()])
    inside = _guests(unit, list(machines))
    for key, machine in machines.items():
        try:
            id_ = _kept(unit, machine, known.get(machine.uuid))
        except ItmsError:
            continue  # a name that nobody can be given, a number that no field takes: it hurts only itself
        relate_to(unit, "runs-on", id_, machine.host, source)
        if key in inside and inside[key] != machine.host:
            relate_to(unit, "guest", id_, inside[key], source)


def _kept(unit: UnitOfWork, machine: _Machine, known: str | None) -> int:
    """Return the id of the virtual machine, as it is told now: added where it is new."""
    if known is not None:
        return VIRTUAL_MACHINES.set(unit, known, machine.fields).doc.id
    name = machine.name
    if VIRTUAL_MACHINES.find(unit, name) is not None:
        name = f"{machine.name}@{machine.uuid[:8]}"  # another one has the name, perhaps on another host
    return VIRTUAL_MACHINES.add(unit, name, machine.fields).doc.id


def _known(reader: Reader, uuids: Sequence[str]) -> dict[str, str]:
    """Return the GUIDs of virtual machines that are known by these UUIDs."""
    where = member_of(reader.connection, _vms.c.uuid, sorted(set(uuids)))
    ids = {row.id: row.uuid for row in reader.connection.execute(sa.select(_vms.c.id, _vms.c.uuid).where(where))}
    return {ids[doc.id]: doc.guid for doc in VIRTUAL_MACHINES.docs(reader, list(ids))}


def _guests(reader: Reader, keys: Sequence[str]) -> dict[str, int]:
    """Return the computers that have these hardware UUIDs, but for a UUID that several have."""
    where = member_of(reader.connection, identities.c.value_key, sorted(keys))
    statement = sa.select(identities.c.value_key, sa.func.min(identities.c.computer_id).label("one")).where(
        identities.c.kind == "uuid", identities.c.junk.is_(False), where
    )
    statement = statement.group_by(identities.c.value_key).having(sa.func.count() == 1)
    return {row.value_key: row.one for row in reader.connection.execute(statement)}
