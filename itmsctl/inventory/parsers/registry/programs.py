"""Installed programs and patches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from itmsctl.inventory.captured import filled, said, whole
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.registry.keys import Values, keys

_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")


_PATCH = re.compile(r"(?:.*_)?(KB\d{6,8})(?:\.\S*)?|.*\((KB\d{6,8})\).*")


_GUID = re.compile(r"\{[0-9A-Fa-f-]{36}\}")


def _programs(text: str) -> Iterator[tuple[str, str, Values]]:
    for path, values in keys(text):
        folder, _, name = path.rpartition("\\")
        if folder.lower().endswith("\\uninstall") and values.get("DisplayName"):
            yield path, name, values


def software(text: str) -> Rows:
    """Return programs of the uninstall keys; patches are none."""
    rows: Rows = []
    for path, name, one in _programs(text):
        if _PATCH.fullmatch(name) or one.get("ReleaseType") in {"Security Update", "Update Rollup", "Hotfix"}:
            continue
        size = whole(one.get("EstimatedSize"))
        user = re.match(r"HKEY_USERS\\([^\\]+)", path)
        rows += filled(
            {
                "name": said(one["DisplayName"]),
                "version": said(one.get("DisplayVersion")),
                "architecture": "x86" if "\\wow6432node\\" in path.lower() else None,
                "source": "msi" if one.get("WindowsInstaller") == "1" and _GUID.fullmatch(name) else "registry",
                "user": user[1] if user else None,
                "publisher": said(one.get("Publisher")),
                "summary": said(one.get("Comments")),
                "size_bytes": size * 1024 if size else None,
                "installed_at": _day(one.get("InstallDate")),
                "path": said(one.get("InstallLocation")),
                "url": said(one.get("URLInfoAbout")) or said(one.get("HelpLink")),
                "product_id": name,
                "uninstall_command": said(one.get("UninstallString")),
                "is_system": True if one.get("SystemComponent") == "1" else None,
            },
            "name",
        )
    return rows


def _day(text: str | None) -> datetime | None:
    found = _DAY.fullmatch((text or "").strip())
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) if found else None
    except ValueError:
        return None


def patches(text: str) -> Rows:
    """Return patches among the uninstall keys."""
    rows: Rows = []
    for _, name, one in _programs(text):
        found = _PATCH.fullmatch(name) or _PATCH.fullmatch(one["DisplayName"])
        if found is None:
            continue
        rows += filled(
            {
                "id": found[1] or found[2],
                "title": one["DisplayName"],
                "type": one.get("ReleaseType"),
                "product": one.get("ParentDisplayName"),
                "installed_at": _day(one.get("InstallDate")),
                "url": one.get("HelpLink"),
            }
        )
    return rows
