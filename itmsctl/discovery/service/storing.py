"""What was found, stored: known resources are marked as seen, devices that say who they are become resources, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import derived
from itmsctl.cmdb.nouns import typed_table_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.discovery import telling
from itmsctl.discovery.found import EVERYTHING, IDENTIFIED, FoundAddress
from itmsctl.discovery.saying import DeviceSaid, said_by
from itmsctl.discovery.service.device_rules import device_rules
from itmsctl.discovery.service.known import DeviceMarks, Directory, KnownResource, directory, keys_of
from itmsctl.discovery.typing_devices import COMPUTER as COMPUTER_TYPE
from itmsctl.discovery.typing_devices import PRINTER as PRINTER_TYPE
from itmsctl.discovery.typing_devices import UNKNOWN
from itmsctl.errors import ConflictError, InputError
from itmsctl.inventory.service.filling import Telling, fill
from itmsctl.inventory.service.recognising import recognised
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Subject, Told
from itmsctl.resources.devices import NETWORK_DEVICE, NETWORK_DEVICE_TYPES, PRINTER
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.values.kind import Kind
from itmsctl.values.names import check_name
from itmsctl.values.untrusted import storable

SOURCE = "snmp"
_LONGEST = 1000
# What a device says of itself again: it replaces what was there. All else is filled in only where it is empty.
_RENEWED = frozenset({"firmware", "system_description", "system_name", "object_id", "pages"})


def store_found(unit: UnitOfWork, found: Sequence[FoundAddress], add: str) -> None:
    """Store a batch of what answered, and say in each what it is now."""
    _FoundStoring(unit, add).store(found)


class _FoundStoring:
    def __init__(self, unit: UnitOfWork, add: str) -> None:
        self.unit, self.add = unit, add
        self.directory: Directory = directory(unit)
        self.seen: dict[str, set[int]] = {}
        self.told: list[tuple[int, Told]] = []
        self.rules = device_rules()

    def store(self, found: Sequence[FoundAddress]) -> None:
        for one in found:
            self._store(one)
        for kind in (COMPUTER, NETWORK_DEVICE, PRINTER):
            self._mark_seen(kind, self.seen.get(kind.name, set()))
        store_told(self.unit, self.told)

    def _store(self, one: FoundAddress) -> None:
        one.resource, one.kind, one.is_new, one.rows = "", "", False, 0
        if not (one.seen or one.denied):
            return
        address = str(one.address)
        said = said_by(one.values, address, one.mac, self.rules) if one.values else None
        one.type = said.type if said is not None else ""
        macs, places = (said.macs, said.addresses) if said is not None else ((one.mac,), (address,))
        serials = keys_of("serial", [said.serial if said is not None else None])
        marks = DeviceMarks(serials, keys_of("mac", macs), keys_of("address", places))
        known = self.directory.find(marks)
        if known is not None and said is not None and known.kind is not COMPUTER:
            self._renew(known, said)
        if known is None and self._is_added(one):
            known = self._added(one, said)
        if known is None:
            return
        self.directory.add(KnownResource(known.id, known.name, known.kind, marks))
        one.resource, one.kind = known.name, known.kind.name
        self.seen.setdefault(known.kind.name, set()).add(known.id)
        if one.values:
            self._tell(known, one)

    def _is_added(self, one: FoundAddress) -> bool:
        return self.add == EVERYTHING or (self.add == IDENTIFIED and bool(one.values))

    # --- devices ------------------------------------------------------------------------------------------------------

    def _added(self, one: FoundAddress, said: DeviceSaid | None) -> KnownResource | None:
        try:
            if said is not None and said.type == COMPUTER_TYPE:
                return self._added_computer(one, said)
            kind = PRINTER if said is not None and said.type == PRINTER_TYPE else NETWORK_DEVICE
            shelf = kind.load_shelf()
            fields = _fields(kind, said) if said is not None else {"device_type": UNKNOWN}
            fields |= {"address": [str(one.address)], "mac": [one.mac] if one.mac else []} if said is None else {}
            name = _free_name(_names(one, said), lambda text: shelf.find(self.unit, text) is not None)
            doc = shelf.add(self.unit, name, {k: v for k, v in fields.items() if v not in (None, [])}).doc
        except (InputError, ConflictError) as error:
            one.why = f"it was not added: {error.message}"
            return None
        one.is_new = True
        return KnownResource(doc.id, doc.name, kind, DeviceMarks())

    def _added_computer(self, one: FoundAddress, said: DeviceSaid) -> KnownResource | None:
        # A name alone says nothing: whoever calls itself as a known computer does gets another one.
        subject = Subject(
            name=_free_name(_names(one, said), lambda text: COMPUTERS.find(self.unit, text) is not None),
            identities={"serial": [said.serial] if said.serial else [], "mac": said.macs},
            addresses=said.addresses,
        )
        (who,) = recognised(self.unit, [subject])
        if who.computer is None:
            one.why = f"it was not added: {who.why}"
            return None
        fill(self.unit, [Telling(who.computer, subject, SOURCE, self.unit.now, is_new=who.is_new)])
        one.is_new = who.is_new
        if who.is_new and not COMPUTERS.get(self.unit, who.name).fields["address"]:
            COMPUTERS.set(self.unit, who.name, {"address": [str(one.address)]})
        return KnownResource(who.computer, who.name, COMPUTER, DeviceMarks())

    def _renew(self, known: KnownResource, said: DeviceSaid) -> None:
        """Fill in what is empty, and what the device says again of itself; what a person wrote stays."""
        shelf = known.kind.load_shelf()
        (doc,) = shelf.docs(self.unit, [known.id])
        wanted = {
            name: value
            for name, value in _fields(known.kind, said).items()
            if value not in (None, []) and (name in _RENEWED or doc.fields.get(name) in (None, "", []))
        }
        changes = {name: value for name, value in wanted.items() if doc.fields.get(name) != value}
        if changes:
            shelf.set(self.unit, doc.guid, changes)

    # --- what follows -------------------------------------------------------------------------------------------------

    def _mark_seen(self, kind: Kind, ids: Iterable[int]) -> None:
        here = sorted(ids)
        if not here:
            return
        table = typed_table_of(kind)
        self.unit.connection.execute(
            sa.update(table).where(member_of(self.unit.connection, table.c.id, here)).values(last_seen=self.unit.now)
        )
        derived.changed(self.unit, kind, ((id_, frozenset({"last_seen"})) for id_ in here))

    def _tell(self, known: KnownResource, one: FoundAddress) -> None:
        classes = dict(telling.told(one.values))
        cut = {reason.partition(":")[0]: reason for reason in one.cut}
        unread = {name: why for name, why in cut.items() if name in {r.class_name for r in telling.READINGS}}
        one.rows = sum(map(len, classes.values()))
        self.told.append((known.id, _told(classes, unread, self.unit.now)))


def _told(classes: dict[str, Any], unread: dict[str, str], at: datetime) -> Told:
    return Told(SOURCE, at, {name: rows for name, rows in classes.items() if name not in unread}, unread)


def _fields(kind: Kind, said: DeviceSaid) -> dict[str, Any]:
    """Return the fields of a device, in bounds: what is of another form is left out."""
    fields = dict(said.fields) | {
        "serial": said.serial,
        "mac": [mac for mac in said.macs if keys_of("mac", [mac])],
        "address": list(said.addresses),
        "system_name": said.system_name,
        "device_type": said.type if said.type in NETWORK_DEVICE_TYPES else UNKNOWN,
    }
    mine = {field.name for field in kind.fields}
    return {
        name: storable(value, _LONGEST) if isinstance(value, str) else value
        for name, value in fields.items()
        if name in mine
    }


def _names(one: FoundAddress, said: DeviceSaid | None) -> list[str]:
    """Return the names that a device may get, the best first; each is one that may be given."""
    own = said.system_name if said is not None else None
    told = [text for text in (own, one.dns_name.rstrip(".")) if text and _is_name(text)]
    serial = f"{told[0]}@{said.serial}" if told and said is not None and said.serial else ""
    more = [f"{text}@{one.address}" for text in told[:1]]
    kind = said.type if said is not None and said.type != UNKNOWN else "device"
    return [text for text in (*told, serial, *more, f"{kind}-{one.address}") if text and _is_name(text)]


def _is_name(text: str) -> bool:
    try:
        check_name(text)
    except InputError:
        return False
    return len(text) <= 200


def _free_name(names: Sequence[str], is_taken: Callable[[str], bool]) -> str:
    return next((name for name in names if not is_taken(name)), names[-1])
