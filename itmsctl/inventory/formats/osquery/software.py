"""Tables of what is installed, of patches, and of what runs and starts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC
from functools import partial
from typing import Any

from itmsctl.inventory.formats.osquery.table import OsqueryTable, table
from itmsctl.inventory.moments import moment_in, since_1970
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.taking import Found, count, listed, masked, number, plain, small, take, taken, truth

_GUID = re.compile(r"\{[0-9A-Fa-f-]{36}\}")
_PLAIN_NAME = {"name": take("name", means=plain), "version": take("version", means=plain)}
_when = partial(moment_in, UTC)


def _rpm(found: Iterable[Found]) -> Rows:
    takes = {
        **_PLAIN_NAME, "release": take("release", means=plain), "architecture": take("arch", means=plain),
        "epoch": take("epoch", means=lambda value: plain(value) if plain(value) != "0" else None),
        "publisher": take("vendor"), "section": take("package_group"), "size_bytes": take("size", means=count),
        "source_package": take("source"), "installed_at": take("install_time", means=since_1970),
    }  # fmt: skip
    rows = taken(found, takes, "name")
    for row in rows:
        row["source"] = "rpm"
        if "version" in row and "release" in row:
            row["version"] = f"{row['version']}-{row['release']}"
    return rows


def _deb(found: Iterable[Found]) -> Rows:
    takes = {
        **_PLAIN_NAME, "architecture": take("arch", means=plain), "section": take("section"),
        "publisher": take("maintainer"), "source_package": take("source"), "status": take("status", means=_dpkg_state),
        "size_bytes": take("size", means=lambda value: (count(value) or 0) * 1024 or None),
    }  # fmt: skip
    return [row | {"source": "dpkg"} for row in taken(found, takes, "name") if row.get("status") != "config-files"]


def _dpkg_state(value: Any) -> str | None:
    words = (plain(value) or "").split()
    return None if not words else "hold" if words[0] == "hold" else words[-1]


def _programs(found: Iterable[Found]) -> Rows:
    takes = {
        **_PLAIN_NAME, "path": take("install_location"), "language": take("language"), "publisher": take("publisher"),
        "uninstall_command": take("uninstall_string"), "installed_at": take("install_date", means=_when),
        "product_id": take("identifying_number"), "source": take("source", means=lambda _: None),
    }  # fmt: skip
    rows = taken(found, takes, "name")
    return [row | {"source": "msi" if _GUID.fullmatch(row.get("product_id", "")) else "registry"} for row in rows]


def _apps(found: Iterable[Found]) -> Rows:
    takes = {
        "name": take("bundle_name", "name", means=lambda value: (plain(value) or "").removesuffix(".app") or None),
        "version": take("bundle_short_version", "bundle_version", means=plain), "path": take("path", means=plain),
        "product_id": take("bundle_identifier"), "section": take("category"), "publisher": take("copyright"),
    }  # fmt: skip
    return [row | {"source": "app"} for row in taken(found, takes, "name")]


def _language(source: str) -> OsqueryTable:
    takes = {
        **_PLAIN_NAME, "summary": take("summary", "description"), "publisher": take("author"),
        "license": take("license"), "path": take("directory", "path", means=plain), "url": take("homepage"),
    }  # fmt: skip
    telling = {"pip": "name version summary author license directory", "npm": "name version description author license"}
    return table("software", telling.get(source, "name version path"), takes, "name", source=source)


def _cron(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        parts = [plain(one.get(name)) or "*" for name in ("minute", "hour", "day_of_month", "month", "day_of_week")]
        command = masked(one.get("command"))
        if command:
            schedule = plain(one.get("event")) or " ".join(parts)
            source = plain(one.get("path")) or "cron"
            rows.append({"source": source, "name": command[:200], "schedule": schedule, "command": command})
    return rows


def _listening(found: Iterable[Found]) -> Rows:
    names = {"6": "tcp", "17": "udp", "1": "icmp"}
    rows: Rows = []
    for one in found:
        port, protocol = count(one.get("port")), plain(one.get("protocol"))
        if port:
            rows.append(
                {
                    "protocol": names.get(protocol or "", protocol), "port": port,
                    "address": plain(one.get("address")), "process": plain(one.get("name")),
                    "path": plain(one.get("path")), "pid": count(one.get("pid")),
                }
            )  # fmt: skip
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


SOFTWARE = {
    "rpm_packages": OsqueryTable(frozenset({"name", "version", "release", "arch"}), {"software": _rpm}),
    "deb_packages": OsqueryTable(frozenset({"name", "version", "arch", "revision"}), {"software": _deb}),
    "programs": OsqueryTable(frozenset({"name", "version", "identifying_number"}), {"software": _programs}),
    "apps": OsqueryTable(frozenset({"bundle_identifier", "bundle_short_version"}), {"software": _apps}),
    "python_packages": _language("pip"),
    "npm_packages": _language("npm"),
    "homebrew_packages": _language("brew"),
    "chocolatey_packages": _language("chocolatey"),
    "pkg_packages": table(
        "software", "name version flatsize arch",
        {**_PLAIN_NAME, "architecture": take("arch"), "size_bytes": take("flatsize", means=count)},
        "name", source="pkg",
    ),
    "portage_packages": table(
        "software", "package version slot", {"name": take("package"), "version": take("version", means=plain)},
        "name", source="portage",
    ),
    "patches": table(
        "patches", "hotfix_id",
        {
            "id": take("hotfix_id"), "title": take("caption"), "type": take("description"),
            "installed_by": take("installed_by"), "installed_at": take("installed_on", "install_date", means=_when),
        },
        "id",
    ),
    "processes": table(
        "processes", "pid cmdline parent",
        {
            "pid": take("pid", means=number), "parent_pid": take("parent", means=number),
            "user": take("uid", means=plain),
            "command": take("cmdline", means=masked), "name": take("name"), "path": take("path", means=plain),
            "state": take("state", means=plain), "started_at": take("start_time", means=since_1970),
            "memory_kib": take("resident_size", means=lambda value: (count(value) or 0) >> 10 or None),
        },
        "pid",
    ),
    "listening_ports": OsqueryTable(frozenset({"port", "protocol", "address"}), {"listening_ports": _listening}),
    "services": table(
        "services", "name start_type display_name",
        {
            "name": take("name"), "display_name": take("display_name"), "description": take("description"),
            "state": take("status", means=small), "start_mode": take("start_type", means=small),
            "path": take("path", means=plain), "user": take("user_account"), "pid": take("pid", means=count),
            "exit_status": take("win32_exit_code", means=number),
        },
        "name", manager="windows",
    ),
    "systemd_units": table(
        "services", "id active_state sub_state",
        {
            "name": take("id"), "description": take("description"), "state": take("sub_state", "active_state"),
            "start_mode": take("unit_file_state"), "path": take("fragment_path", means=plain), "user": take("user"),
        },
        "name", manager="systemd",
    ),
    "launchd": table(
        "services", "label run_at_load",
        {"name": take("label"), "path": take("program", "path", means=plain), "user": take("username")},
        "name", manager="launchd",
    ),
    "crontab": OsqueryTable(frozenset({"minute", "hour", "command"}), {"scheduled_jobs": _cron}),
    "scheduled_tasks": table(
        "scheduled_jobs", "name action next_run_time",
        {
            "name": take("path", "name", means=plain), "command": take("action", means=masked),
            "is_enabled": take("enabled", means=truth), "last_run_at": take("last_run_time", means=since_1970),
            "next_run_at": take("next_run_time", means=since_1970), "last_result": take("last_run_message"),
        },
        "name", source="taskschd",
    ),
    "startup_items": table(
        "startup_items", "name source type username",
        {
            "name": take("name"), "source": take("source"), "command": take("path", means=masked),
            "user": take("username"), "is_enabled": take("status", means=truth),
        },
        "name",
    ),
    "docker_containers": table(
        "containers", "id image image_id",
        {
            "id": take("id", means=plain),
            "name": take("name", means=lambda value: (plain(value) or "").lstrip("/") or None),
            "image": take("image"), "image_id": take("image_id", means=plain), "command": take("command", means=masked),
            "state": take("state", means=small), "status": take("status"), "pid": take("pid", means=count),
            "created_at": take("created", means=since_1970), "is_privileged": take("privileged", means=truth),
        },
        "id", engine="docker",
    ),
    "docker_images": table(
        "container_images", "id size_bytes tags",
        {
            "id": take("id", means=plain), "tags": take("tags", means=listed),
            "size_bytes": take("size_bytes", means=count), "created_at": take("created", means=since_1970),
        },
        "id", engine="docker",
    ),
    "apt_sources": table(
        "repositories", "base_uri components",
        {
            "name": take("name"), "url": take("base_uri", means=masked), "suite": take("release"),
            "component": take("components"),
        },
        "name", type="apt",
    ),
    "yum_sources": table(
        "repositories", "baseurl gpgcheck",
        {
            "name": take("name"), "url": take("baseurl", means=masked), "is_enabled": take("enabled", means=truth),
            "is_signed": take("gpgcheck", means=truth), "key": take("gpgkey"),
        },
        "name", type="yum",
    ),
}  # fmt: skip
