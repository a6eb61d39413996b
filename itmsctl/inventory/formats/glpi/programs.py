"""What is installed: programs, patches, licences, server applications, virtual machines and containers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.formats.glpi.content import Classes, Content
from itmsctl.inventory.formats.glpi.machine import licence_key_tail, windows_licence
from itmsctl.inventory.json_values import one_or_several
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.taking import (
    Found,
    count,
    mac_of,
    mib_as_bytes,
    number,
    plain,
    slashed,
    small,
    take,
    taken,
    truth,
    worded,
)

_PATCH = re.compile(r"(?:.*_)?(KB[0-9]{6,8})(?:\.\S*)?|.{0,400}\((KB[0-9]{6,8})\).{0,200}")
_PATCHES = frozenset({"security update", "update rollup", "hotfix", "security_update", "update", "service pack"})
_GUID = re.compile(r"\{[0-9A-Fa-f-]{36}\}")
_SOURCES = {"deb": "dpkg", "pkg_add": "pkg", "pkg_info": "pkg", "uwp": "store", "microsoft store": "store"}
_STATES = {"off": "shutdown"}


def programs(content: Content) -> Classes:
    """Return rows of the classes of what is installed."""
    found = content.all("softwares")
    patches: list[tuple[Found, str]] = []
    others: list[Found] = []
    for one in found:
        if patch := _patch(one):
            patches.append((one, patch))
        else:
            others.append(one)
    machines = content.all("virtualmachines")
    return {
        "software": _software(content, others),
        "patches": [row for one, patch in patches for row in _patch_row(content, one, patch)],
        "licenses": _licences(content) + windows_licence(content),
        "server_applications": _servers(content),
        "databases": _databases(content),
        "virtual_machines": _machines([one for one in machines if not _is_container(one)]),
        "containers": _containers([one for one in machines if _is_container(one)]),
    }


def _patch(one: Found) -> str | None:
    """Return the number of a patch of Windows that stands among programs; None for a program."""
    name, guid = plain(one.get("name")) or "", plain(one.get("guid")) or ""
    found = _PATCH.fullmatch(name[:600]) or _PATCH.fullmatch(guid[:600])
    if found is None:
        return None
    kind = small(one.get("release_type")) or small(one.get("system_category")) or ""
    is_update = (
        kind in _PATCHES or small(one.get("from")) == "wmi" or name.lower().startswith(("update for", "security"))
    )
    return found[1] or found[2] if is_update or found[1] else None


def _patch_row(content: Content, one: Found, patch: str) -> Rows:
    title = plain(one.get("name"))
    return filled(
        {
            "id": patch,
            "title": title if title != patch else worded(one.get("comments")),
            "type": worded(one.get("release_type")),
            "version": worded(one.get("version")),
            "installed_at": content.moment(one.get("install_date"), day_first=True),
            "url": worded(one.get("helplink")) or worded(one.get("url_info_about")),
        }
    )


def _software(content: Content, found: list[Found]) -> Rows:
    is_windows = content.system == "windows"

    def when(value: Any) -> Any:
        return content.moment(value, day_first=True)

    takes = {
        "name": take("name", means=plain),
        "version": take("version", means=plain),
        "architecture": take("arch", means=plain),
        "source": take("from", means=_source),
        "user": take("username", "userid"),
        "publisher": take("publisher"),
        "summary": take("comments"),
        "section": take("system_category", means=_section),
        "size_bytes": take("filesize", means=count),
        "installed_at": take("install_date", means=when),
        "path": take("folder"),
        "url": take("url_info_about", "helplink"),
        "product_id": take("guid"),
        "uninstall_command": take("uninstall_string"),
    }
    rows = taken(found, takes, "name")
    for row in rows:
        if row.get("section") == "system_component":
            row["is_system"] = True
        if is_windows:
            _as_windows_tells(row)
        elif content.system == "macos":
            row.setdefault("source", "app")
        elif row.get("source") == "android":  # each app has a user of its own, and its id for a comment
            row.pop("user", None)
            row["product_id"] = row.pop("summary", "")
    return rows


def _source(value: Any) -> str | None:
    said = small(value)
    return _SOURCES.get(said, said) if said else None


def _section(value: Any) -> str | None:
    said = worded(value)
    return None if said == "Unspecified" else said


def _as_windows_tells(row: dict[str, Any]) -> None:
    """Say a program as the registry does: only those of 32 bits say so; those with a GUID are MSI."""
    if row.get("architecture") in {"i586", "i386", "i686", "x86"}:
        row["architecture"] = "x86"
    else:
        row.pop("architecture", None)
    if row.get("source") == "registry" and _GUID.fullmatch(row.get("product_id", "")):
        row["source"] = "msi"


def _licences(content: Content) -> Rows:
    return taken(
        content.all("licenseinfos"),
        {
            "product": take("name", "fullname"),
            "full_name": take("fullname"),
            "key_tail": take("key", means=licence_key_tail),
            "product_id": take("productid"),
            "is_trial": take("trial", means=truth),
            "update": take("update"),
            "activated_at": take("activation_date", means=content.moment),
            "components": take("components", means=slashed),
        },
        "product",
    )


def _servers(content: Content) -> Rows:
    return taken(
        content.all("databases_services"),
        {
            "type": take("type", means=small),
            "name": take("name"),
            "version": take("version"),
            "publisher": take("manufacturer"),
            "port": take("port", means=count),
            "path": take("path"),
            "size_bytes": take("size", means=mib_as_bytes),
            "is_running": take("is_active", means=truth),
            "started_at": take("last_boot_date", means=content.moment),
            "backup_at": take("last_backup_date", means=content.moment),
        },
        "name",
    )


def _databases(content: Content) -> Rows:
    rows: Rows = []
    takes = {
        "name": take("name", means=plain),
        "size_bytes": take("size", means=mib_as_bytes),
        "is_active": take("is_active", means=truth),
        "created_at": take("creation_date", means=content.moment),
        "updated_at": take("update_date", means=content.moment),
        "backup_at": take("last_backup_date", means=content.moment),
    }
    for service in content.all("databases_services"):
        found = one_or_several(service.get("databases"))
        named = filled({"server": small(service.get("type")), "instance": worded(service.get("name"))})
        rows += [row | (named[0] if named else {}) for row in taken(found, takes, "name")]
    return rows


def _is_container(one: Found) -> bool:
    return small(one.get("vmtype")) in {"docker", "podman"} or bool(plain(one.get("image")))


def _state(value: Any) -> str | None:
    said = small(value)
    return _STATES.get(said, said) if said else None


def _hypervisor(one: Found) -> str | None:
    kind, below = small(one.get("vmtype")), small(one.get("subsystem"))
    return below if kind in {"libvirt", None} and below else kind


def _machines(found: list[Found]) -> Rows:
    takes = {
        "name": take("name", means=plain),
        "uuid": take("uuid", means=small),
        "type": take("vmtype"),
        "state": take("status", means=_state),
        "memory_mib": take("memory", means=count),
        "cpus": take("vcpu", means=count),
        "operating_system": take("operatingsystem", means=_system_name),
        "mac_addresses": take("mac", means=_macs),
        "ip_addresses": take("ipaddress", means=slashed),
        "serial": take("serial"),
        "owner": take("owner", means=plain),
        "comment": take("comment"),
    }
    rows: Rows = []
    for one in found:
        for row in taken([one], takes, "name"):
            row.pop("type", None)
            rows += filled(row | {"hypervisor": _hypervisor(one)})
    return rows


def _system_name(value: Any) -> str | None:
    return worded(value.get("full_name")) or worded(value.get("name")) if isinstance(value, Mapping) else worded(value)


def _macs(value: Any) -> list[str]:
    return [mac for mac in map(mac_of, slashed(value)) if mac]


def _containers(found: list[Found]) -> Rows:
    takes = {
        "engine": take("vmtype", means=small),
        "id": take("uuid", "name", means=plain),
        "name": take("name", means=plain),
        "image": take("image", means=plain),
        "state": take("status", means=lambda value: {"off": "exited"}.get(small(value) or "", small(value))),
        "memory_limit_bytes": take("memory", means=lambda value: mib_as_bytes(number(value))),
        "ip_addresses": take("ipaddress", means=slashed),
        "mac_addresses": take("mac", means=_macs),
    }
    return [{"engine": "docker"} | row for row in taken(found, takes, "id")]
