"""The sections of what is installed: programs with patches, licences, databases, virtual machines with containers."""

from __future__ import annotations

import re
from typing import Any

from itmsctl.inventory.exports.putting import (
    ClassRowsOf,
    Row,
    as_it_is,
    mib,
    moment,
    one_of,
    put,
    put_all,
    slashed,
    without_nothing,
)

CLASSES = (
    "software", "patches", "licenses", "server_applications", "databases", "virtual_machines", "containers",
)  # fmt: skip

_PATCH = re.compile(r"KB[0-9]{6,8}")
_DATABASE = ("database", "mysql", "mariadb", "postgresql", "mssql", "oracle", "mongodb", "db2", "informix", "firebird")
_SOURCES = {"dpkg": "deb", "msi": "registry", "store": "uwp"}
_STATE = one_of(
    "running", "blocked", "idle", "paused", "shutdown", "crashed", "dying", "off", exited="off", stopped="off"
)

_SOFTWARE = {
    "name": put("name"), "version": put("version"), "arch": put("architecture"),
    "from": put("source", form=lambda said: _SOURCES.get(said, said)), "username": put("user"),
    "publisher": put("publisher"), "comments": put("summary"), "system_category": put("section"),
    "filesize": put("size_bytes", form=as_it_is), "install_date": put("installed_at", form=moment),
    "folder": put("path"), "url_info_about": put("url"), "guid": put("product_id"),
    "uninstall_string": put("uninstall_command"),
}  # fmt: skip
_PATCHES = {
    "name": put("id"), "comments": put("title"), "release_type": put("type"), "version": put("version"),
    "install_date": put("installed_at", form=moment), "helplink": put("url"),
}  # fmt: skip
_LICENCE = {
    "name": put("product"), "fullname": put("full_name"), "productid": put("product_id"),
    "key": put("key_tail", form=lambda tail: f"XXXXX-XXXXX-XXXXX-XXXXX-{tail}"),
    "trial": put("is_trial", form=as_it_is), "update": put("update"),
    "activation_date": put("activated_at", form=moment), "components": put("components", form=slashed),
}  # fmt: skip
_SERVER = {
    "type": put("type"), "name": put("name"), "version": put("version"), "manufacturer": put("publisher"),
    "port": put("port", form=as_it_is), "path": put("path"), "size": put("size_bytes", form=mib),
    "is_active": put("is_running", form=as_it_is), "last_boot_date": put("started_at", form=moment),
    "last_backup_date": put("backup_at", form=moment),
}  # fmt: skip
_BASE = {
    "name": put("name"), "size": put("size_bytes", form=mib), "is_active": put("is_active", form=as_it_is),
    "creation_date": put("created_at", form=moment), "update_date": put("updated_at", form=moment),
    "last_backup_date": put("backup_at", form=moment),
}  # fmt: skip
_MACHINE = {
    "name": put("name"), "uuid": put("uuid"), "vmtype": put("hypervisor"), "status": put("state", form=_STATE),
    "memory": put("memory_mib", form=as_it_is), "vcpu": put("cpus", form=as_it_is),
    "operatingsystem": put("operating_system", form=lambda said: {"full_name": str(said)}),
    "mac": put("mac_addresses", form=slashed), "ipaddress": put("ip_addresses", form=lambda found: str(found[0])),
    "serial": put("serial"), "owner": put("owner"), "comment": put("comment"),
}  # fmt: skip
_CONTAINER = {
    "name": put("name", "id"), "uuid": put("id"), "vmtype": put("engine"), "image": put("image"),
    "status": put("state", form=_STATE), "memory": put("memory_limit_bytes", form=mib),
    "mac": put("mac_addresses", form=slashed), "ipaddress": put("ip_addresses", form=lambda found: str(found[0])),
}  # fmt: skip


def sections(classes: ClassRowsOf) -> dict[str, Any]:
    """Return `softwares`, `licenseinfos`, `databases_services` and `virtualmachines`."""
    system = next(iter(classes.get("operating_system", ())), {})
    software = [_program(row, is_windows=system.get("id") == "windows") for row in classes.get("software", ())]
    patches = [_patch(row) for row in classes.get("patches", ()) if _PATCH.fullmatch(str(row.get("id")))]
    machines = [put_all(row, _MACHINE) for row in classes.get("virtual_machines", ())]
    containers = [put_all(row, _CONTAINER) for row in classes.get("containers", ())]
    return {
        "softwares": software + patches,
        "licenseinfos": [put_all(row, _LICENCE) for row in classes.get("licenses", ())],
        "databases_services": _servers(classes),
        "virtualmachines": machines + containers,
    }


def _program(row: Row, *, is_windows: bool) -> dict[str, Any]:
    """Return a program; of Windows those of 64 bits say nothing of it in the CMDB, and all do in GLPI."""
    said = put_all(row, _SOFTWARE)
    if row.get("source") == "android" and row.get("product_id"):
        said["comments"] = said.pop("guid")
    if is_windows:
        said["arch"] = "i586" if row.get("architecture") == "x86" else said.get("arch", "x86_64")
    return said


def _patch(row: Row) -> dict[str, Any]:
    return {"from": "WMI", **put_all(row, _PATCHES)}


def _servers(classes: ClassRowsOf) -> list[dict[str, Any]]:
    """Return servers of databases, each with what it serves; those of web pages and mail have no place in GLPI."""
    bases: dict[tuple[Any, Any], list[dict[str, Any]]] = {}
    for row in classes.get("databases", ()):
        bases.setdefault((row.get("server"), row.get("instance")), []).append(put_all(row, _BASE))
    found: list[dict[str, Any]] = []
    for row in classes.get("server_applications", ()):
        kind, name = row.get("type"), row.get("name")
        served = bases.pop((kind, name), [])
        if served or kind in _DATABASE:
            said = {"version": "", **put_all(row, _SERVER), "databases": served}
            found.append(without_nothing(said.items()) | {"version": said["version"]})
    for (kind, name), served in bases.items():
        said = {"type": kind, "name": name or kind or "", "version": "", "databases": served}
        found.append({of: value for of, value in said.items() if value is not None})
    return found
