"""What a device says of itself, as fields of a resource: its name, maker, model, serial number, addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from itmsctl.discovery import objects, telling
from itmsctl.discovery.objects import Oid, oid_text
from itmsctl.discovery.telling import text
from itmsctl.discovery.typing_devices import DeviceRules

MOST_MACS, MOST_ADDRESSES = 16, 16
_CHASSIS = ("chassis", "stack")
_NO_ADDRESSES = ("127.", "0.", "169.254.")


@dataclass(frozen=True)
class DeviceSaid:
    """A device as it describes itself."""

    type: str
    system_name: str | None
    serial: str | None
    macs: tuple[str, ...]
    addresses: tuple[str, ...]
    fields: Mapping[str, Any]


def said_by(values: Mapping[Oid, Any], address: str, mac: str, rules: DeviceRules) -> DeviceSaid:
    """Return what a device says of itself; `address` is where it was met, `mac` what the network says of that."""
    parts = telling.parts(values)
    first = next((one for one in parts if one["class"] in _CHASSIS), None) or (parts[0] if parts else {})
    object_id = values.get(objects.SYS_OBJECT_ID)
    serial = text(values.get(objects.PRINTER_SERIAL)) or first.get("serial") or _serial(parts)
    macs = tuple(dict.fromkeys(filter(None, (telling.mac(values.get(objects.BRIDGE_ADDRESS)), mac, *_macs(values)))))
    fields = {
        "vendor": text(values.get(objects.UPS_MAKER)) or rules.maker_of(values) or first.get("manufacturer"),
        "model": _model(values, first),
        "firmware": first.get("firmware") or first.get("software"),
        "location": text(values.get(objects.SYS_LOCATION)),
        "contact": text(values.get(objects.SYS_CONTACT)),
        "object_id": oid_text(object_id) if isinstance(object_id, tuple) else None,
        "system_description": text(values.get(objects.SYS_DESCR)),
        "pages": telling.number(values.get(objects.PRINTER_PAGES)),
    }
    return DeviceSaid(
        rules.type_of(values),
        text(values.get(objects.SYS_NAME)),
        serial,
        macs[:MOST_MACS],
        tuple(dict.fromkeys((address, *_addresses(values))))[:MOST_ADDRESSES],
        {name: value for name, value in fields.items() if value is not None},
    )


def _serial(parts: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the serial number of the outermost part that has one."""
    return next((one["serial"] for one in parts if one["serial"] and one["parent"] is None), None)


def _model(values: Mapping[Oid, Any], first: Mapping[str, Any]) -> str | None:
    return (
        text(values.get(objects.UPS_MODEL))
        or text(values.get(objects.DEVICE_DESCR))
        or first.get("model")
        or text(values.get(objects.PRINTER_NAME))
    )


def _macs(values: Mapping[Oid, Any]) -> Iterator[str]:
    for row in telling.interfaces(values):
        if row["mac_address"] and row["type"] in {"ethernet", "wireless", "aggregate", "vlan", "bridge"}:
            yield row["mac_address"]


def _addresses(values: Mapping[Oid, Any]) -> Iterator[str]:
    for row in telling.addresses(values):
        if not row["address"].startswith(_NO_ADDRESSES):
            yield row["address"]
