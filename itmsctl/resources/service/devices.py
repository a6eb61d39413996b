"""The shelves of resources beyond computers and users: what their addresses, MAC addresses and UUIDs may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.errors import FieldError
from itmsctl.resources.devices import APPLICATION, NETWORK_DEVICE, PRINTER, VIRTUAL_MACHINE
from itmsctl.resources.identity import identity
from itmsctl.resources.record import MAX_ADDRESSES, MAX_TEXT, address_row
from itmsctl.resources.service.shelf import ResourceShelf
from itmsctl.values.kind import Kind
from itmsctl.values.naming import naming

_OWN_ALONE = frozenset({"address", "mac", "serial", "uuid", "system_name"})
Check = Callable[[Any], Any]


class Tracked(ResourceShelf):
    """All resources of a kind whose fields are columns of its table; each value is kept in its usual form."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.own_alone = frozenset(field.name for field in kind.fields) & _OWN_ALONE

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields in the form in which they are kept. Raises InputError that names the field."""
        del reader, name
        return {field: checked_value(field, value) for field, value in fields.items()}


def checked_value(field: str, value: Any) -> Any:
    """Return a value of a field of a device in the form in which it is kept. Raises InputError that names the field."""
    if not value:
        return value
    if isinstance(value, list):
        return _each(field, value)
    with naming(field):
        return _CHECKS[field](value) if field in _CHECKS else _bounded(value)


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise FieldError(f"{len(value)} characters are too many", hint=f"at most {MAX_TEXT}")
    return value


def _each(field: str, values: Sequence[str]) -> list[str]:
    if len(values) > MAX_ADDRESSES:
        raise FieldError(f"{len(values)} values are too many", hint=f"at most {MAX_ADDRESSES}").about(field)
    found = []
    for position, text in enumerate(values):
        with naming(field, position):
            found.append(_CHECKS[field](text))
    return list(dict.fromkeys(found))


def _address(text: str) -> str:
    return address_row(text)[0]


def _value(kind: str, text: str) -> str:
    return identity(kind, text).value


_CHECKS: Mapping[str, Check] = {
    "address": _address,
    "mac": partial(_value, "mac"),
    "serial": partial(_value, "serial"),
    "uuid": partial(_value, "uuid"),
}

NETWORK_DEVICES = Tracked(NETWORK_DEVICE)
PRINTERS = Tracked(PRINTER)
VIRTUAL_MACHINES = Tracked(VIRTUAL_MACHINE)
APPLICATIONS = Tracked(APPLICATION)
