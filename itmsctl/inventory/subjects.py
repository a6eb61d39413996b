"""Who a report is of, from the rows that it holds: the same for every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from itmsctl.errors import InputError
from itmsctl.inventory.distributions import LINUX
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.told import Subject, Told
from itmsctl.values.addresses import from_bytes, to_bytes

_FAMILIES = {"windows": "windows", "macos": "mac", "darwin": "mac", "linux": "linux", "mswin32": "windows"}
_UNIX = ("bsd", "solaris", "sunos", "aix", "hpux", "hp-ux", "dragonfly")
_THIN = ("thin client", "thinclient", "wyse", "igel")
# Words of the forms that SMBIOS knows; a tower with the server edition of an operating system is a server.
_FORMS = {
    "server": ("server", "rack", "blade", "multi-system", "sled", "cell"),
    "laptop": ("laptop", "notebook", "portable", "hand held", "convertible", "detachable", "tablet"),
    "desktop": ("desktop", "tower", "all in one", "pizza box", "space-saving", "lunch box", "mini pc", "stick pc"),
    "virtual": ("virtual",),
}
_SHARED = ("docker", "br-", "virbr", "veth", "vnet", "vboxnet", "vmnet", "tun", "tap", "lo", "lxc", "cni")


def pair_of(
    source: str,
    at: datetime,
    classes: Mapping[str, Rows],
    *,
    name: str = "",
    guid: str = "",
    unread: Mapping[str, str] | None = None,
    addresses: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
) -> tuple[Subject, Told]:
    """Return what a source told, and who of; classes without a row are left out: they say nothing."""
    kept = {one: rows for one, rows in classes.items() if rows}
    subject = subject_of(kept, name, guid, addresses)
    return replace(subject, groups=groups), Told(source, at, kept, dict(unread or {}))


def subject_of(classes: Mapping[str, Rows], name: str = "", guid: str = "", addresses: tuple[str, ...] = ()) -> Subject:
    """Return who rows are of; `name` counts where they do not say one."""
    who = _one(classes, "identification")
    found = {
        "uuid": [who.get("uuid")],
        "machine_id": [who.get("machine_id")],
        "serial": [who.get("serial")],
        "fqdn": [who.get("fqdn")],
        "mac": [row.get("mac_address") for row in classes.get("network_interfaces", ()) if _is_own(row)],
    }
    identities = {kind: tuple(dict.fromkeys(str(one) for one in values if one)) for kind, values in found.items()}
    return Subject(
        name=str(who.get("host_name") or name or who.get("fqdn") or ""),
        guid=guid,
        identities={kind: values for kind, values in identities.items() if values},
        addresses=tuple(dict.fromkeys([*addresses, *_addresses(classes)])),
        os_family=family_of(classes),
        device_kind=device_kind_of(classes),
    )


def family_of(classes: Mapping[str, Rows]) -> str:
    """Return windows, linux, unix or mac; empty where it is not known."""
    system = _one(classes, "operating_system")
    for said in (system.get("id"), system.get("kernel_name"), system.get("name")):
        text = str(said or "").lower()
        if text in _FAMILIES or text in LINUX:
            return _FAMILIES.get(text, "linux")
        if text.startswith("windows") or "microsoft windows" in text:
            return "windows"
        if any(word in text for word in _UNIX):
            return "unix"
    return ""


def device_kind_of(classes: Mapping[str, Rows]) -> str:
    """Return desktop, laptop, thin-client, server or virtual; empty where the form of the machine is not known."""
    machine, guest = _one(classes, "hardware"), _one(classes, "virtual_guest")
    if machine.get("is_virtual") or guest.get("is_virtual"):
        return "virtual"
    model = " ".join(str(machine.get(name) or "") for name in ("manufacturer", "model", "family")).lower()
    if any(word in model for word in _THIN):
        return "thin-client"
    form = str(machine.get("chassis_type") or "").lower()
    for kind, words in _FORMS.items():
        if any(word in form for word in words):
            return "server" if kind == "desktop" and _one(classes, "operating_system").get("is_server") else kind
    return ""


def _one(classes: Mapping[str, Rows], name: str) -> Mapping[str, Any]:
    rows = classes.get(name) or [{}]
    return rows[0]


def _is_own(row: Mapping[str, Any]) -> bool:
    """Return whether the MAC address of an interface is that of a card: bridges and tunnels make theirs up."""
    return not row.get("is_virtual") and not str(row.get("name", "")).startswith(_SHARED)


def _addresses(classes: Mapping[str, Rows]) -> list[str]:
    found: list[str] = []
    for row in classes.get("interface_addresses", ()):
        if str(row.get("interface", "")).startswith(_SHARED):
            continue
        try:
            address = from_bytes(to_bytes(str(row.get("address"))))
        except InputError:  # rows of some formats have not been looked at yet
            continue
        if not (address.is_loopback or address.is_link_local or address.is_unspecified):
            found.append(str(address))
    return found
