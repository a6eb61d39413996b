"""What kind of device answers (DISC-5), by rules that stand in `device_types.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from itmsctl.discovery import objects
from itmsctl.discovery.objects import Oid
from itmsctl.discovery.telling import number, text

_ENTERPRISES = objects.oid("1.3.6.1.4.1")
COMPUTER, PRINTER, UNKNOWN = "computer", "printer", "other"


@dataclass(frozen=True)
class TypeRule:
    """A type, and what must hold for it."""

    type: str
    object_ids: tuple[Oid, ...] = ()
    words: tuple[str, ...] = ()
    has: str = ""
    services: tuple[int, ...] = ()


@dataclass(frozen=True)
class DeviceRules:
    """All rules in their order, and who makes what by the number of the enterprise."""

    types: tuple[TypeRule, ...]
    makers: Mapping[int, str]

    def type_of(self, values: Mapping[Oid, Any]) -> str:
        """Return the type of a device by what it tells; `other` where no rule fits."""
        return next((rule.type for rule in self.types if _fits(rule, values)), UNKNOWN)

    def maker_of(self, values: Mapping[Oid, Any]) -> str | None:
        """Return who makes a device, by the number of its enterprise; None where that is not known."""
        object_id = values.get(objects.SYS_OBJECT_ID)
        if not isinstance(object_id, tuple) or object_id[: len(_ENTERPRISES)] != _ENTERPRISES or len(object_id) < 7:
            return None
        return self.makers.get(object_id[len(_ENTERPRISES)])


def rules_of(raw: Mapping[str, Any]) -> DeviceRules:
    """Return the rules that a file says: `makers` and `types`, as plain values."""
    types = tuple(
        TypeRule(
            one["type"],
            tuple(map(objects.oid, one.get("object_id", ()))),
            tuple(one.get("description", ())),
            one.get("has", ""),
            tuple(map(int, one.get("services", ()))),
        )
        for one in raw["types"]
    )
    return DeviceRules(types, {int(key): name for key, name in raw["makers"].items()})


def _fits(rule: TypeRule, values: Mapping[Oid, Any]) -> bool:
    object_id, said = values.get(objects.SYS_OBJECT_ID), (text(values.get(objects.SYS_DESCR)) or "").lower()
    services = number(values.get(objects.SYS_SERVICES)) or 0
    conditions: list[bool] = []
    if rule.object_ids:
        conditions.append(isinstance(object_id, tuple) and any(object_id[: len(one)] == one for one in rule.object_ids))
    if rule.words:
        conditions.append(any(word in said for word in rule.words))
    if rule.has:
        conditions.append(_has(rule.has, values))
    if rule.services:
        conditions.append(all(services & 1 << layer - 1 for layer in rule.services))
    return bool(conditions) and all(conditions)


def _has(what: str, values: Mapping[Oid, Any]) -> bool:
    single: Mapping[str, Sequence[Oid]] = {
        "printer": (objects.PRINTER_SERIAL, objects.PRINTER_NAME, objects.PRINTER_PAGES),
        "ups": (objects.UPS_MODEL,),
    }
    if what in single:
        tables: Sequence[Oid] = (objects.SUPPLIES,) if what == "printer" else ()
        return any(one in values for one in single[what]) or any(
            oid[: len(table)] == table for table in tables for oid in values
        )
    if what == "bridge":
        address = values.get(objects.BRIDGE_ADDRESS)
        return isinstance(address, bytes) and any(address)
    return number(values.get(objects.IP_FORWARDING)) == 1
