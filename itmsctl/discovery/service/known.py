"""Resources that are known, by what a device is recognised by: serial numbers, MAC addresses, addresses, its name.

A value that is junk (a placeholder, an adapter that moves) or that several resources carry recognises none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

import sqlalchemy as sa

from itmsctl.cmdb.nouns import of_kind
from itmsctl.cmdb.work import Reader
from itmsctl.errors import InputError
from itmsctl.resources.devices import NETWORK_DEVICE, PRINTER
from itmsctl.resources.identity import identity
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import addresses, identities, resources
from itmsctl.resources.service.scope import scoped
from itmsctl.values.addresses import from_bytes
from itmsctl.values.kind import Kind

KINDS = (COMPUTER, NETWORK_DEVICE, PRINTER)
"""Kinds of what has an address."""

Value = tuple[str, str]  # kind of value, and its key


@dataclass(frozen=True)
class DeviceMarks:
    """What somebody is recognised by; serial numbers count before MAC addresses, and those before addresses."""

    serials: frozenset[str] = frozenset()
    macs: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def values(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the values by kind, the surest first."""
        yield "serial", self.serials
        yield "mac", self.macs
        yield "address", self.addresses


def key_of(kind: str, text: str | None) -> str | None:
    """Return the key by which a value of a kind is compared; None for junk, and for what is none."""
    if not text:
        return None
    if kind == "address":
        try:
            return str(ip_address(text.partition("%")[0]))
        except ValueError:
            return None
    try:
        found = identity(kind, text)
    except InputError:
        return None
    return None if found.junk else found.key


def keys_of(kind: str, texts: Iterable[str | None]) -> frozenset[str]:
    """Return the keys of some values."""
    return frozenset(key for text in texts if (key := key_of(kind, text)) is not None)


@dataclass
class KnownResource:
    """A resource that may be met, and what it is recognised by."""

    id: int
    name: str
    kind: Kind
    marks: DeviceMarks


@dataclass
class Directory:
    """All that may be met, found by what they are recognised by; what is met again is added."""

    carriers: dict[Value, set[int]] = field(default_factory=dict)
    by_id: dict[int, KnownResource] = field(default_factory=dict)

    def add(self, one: KnownResource) -> None:
        """Remember a resource, or what more it is recognised by."""
        before = self.by_id.get(one.id)
        self.by_id[one.id] = one
        if before is not None:
            was = before.marks
            one.marks = DeviceMarks(
                was.serials | one.marks.serials, was.macs | one.marks.macs, was.addresses | one.marks.addresses
            )
        for kind, keys in one.marks.values():
            for key in keys:
                self.carriers.setdefault((kind, key), set()).add(one.id)

    def find(self, marks: DeviceMarks) -> KnownResource | None:
        """Return the one resource that these values are of; None where it is none, or nobody can say which."""
        for kind, keys in marks.values():
            carrying = [self.carriers.get((kind, key), set()) for key in keys]
            found = {next(iter(ids)) for ids in carrying if len(ids) == 1}
            fitting = {id_ for id_ in found if not self._is_another(id_, marks)}
            if len(fitting) == 1:
                return self.by_id[fitting.pop()]
            if len(fitting) > 1:
                return None
        return None

    def _is_another(self, id_: int, marks: DeviceMarks) -> bool:
        """Return whether a surer value says that this is another machine: it was replaced, or the address moved on."""
        own = self.by_id[id_].marks
        if own.serials and marks.serials:
            return not own.serials & marks.serials
        return bool(own.macs and marks.macs) and not own.macs & marks.macs


def directory(reader: Reader) -> Directory:
    """Return all resources that may be met and that this reader may see."""
    found = Directory()
    names = {row.id: row.name for row in reader.connection.execute(_all_of(COMPUTER, reader))}
    values: dict[int, dict[str, set[str]]] = {id_: {"serial": set(), "mac": set(), "address": set()} for id_ in names}
    own = identities.c
    telling = sa.select(own.computer_id, own.kind, own.value_key).where(
        own.kind.in_(("serial", "mac")), own.junk.is_(False)
    )
    for id_, kind, key in reader.connection.execute(telling):
        if id_ in values:
            values[id_][kind].add(key)
    places = sa.select(addresses.c.computer_id, addresses.c.address).where(addresses.c.address.is_not(None))
    for id_, address in reader.connection.execute(places):
        if id_ in values:
            values[id_]["address"].add(str(from_bytes(address)))
    for id_, one in values.items():
        marks = DeviceMarks(frozenset(one["serial"]), frozenset(one["mac"]), frozenset(one["address"]))
        found.add(KnownResource(id_, names[id_], COMPUTER, marks))
    for kind_ in (NETWORK_DEVICE, PRINTER):
        for doc in kind_.load_shelf().list(reader):
            found.add(KnownResource(doc.id, doc.name, kind_, marks_of(doc.fields)))
    return found


def marks_of(fields: dict[str, object]) -> DeviceMarks:
    """Return what a device is recognised by, from its fields."""
    serial, macs, places = fields.get("serial"), fields.get("mac"), fields.get("address")
    return DeviceMarks(
        keys_of("serial", [serial if isinstance(serial, str) else None]),
        keys_of("mac", macs if isinstance(macs, list) else ()),
        keys_of("address", places if isinstance(places, list) else ()),
    )


def _all_of(kind: Kind, reader: Reader) -> sa.Select[tuple[int, str]]:
    return scoped(of_kind(kind, sa.select(resources.c.id, resources.c.name)), reader)
