"""Exports of the registry of Windows (`reg export`): installed programs, services packs, processors, firewall."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from itmsctl.inventory.captured import filled, lines, said, whole
from itmsctl.inventory.parser import Parser, Rows

_KEY = re.compile(r"\[(?P<path>[^\]]*(?:\][^\]]+)*)\]")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"="((?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(r'"((?:[^"\\]|\\.)*)"=dword:([0-9a-fA-F]{8})')
_HEX = re.compile(r'"((?:[^"\\]|\\.)*)"=hex(?:\(([0-9a-f]+)\))?:([0-9a-f, ]*)')
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")
_PATCH = re.compile(r"(?:.*_)?(KB\d{6,8})(?:\.\S*)?|.*\((KB\d{6,8})\).*")
_GUID = re.compile(r"\{[0-9A-Fa-f-]{36}\}")

_MOST = 4 << 20

Values = dict[str, str]


def _keys(text: str) -> Iterator[tuple[str, Values]]:
    """Yield keys with their values as text; numbers in decimals."""
    path, values = "", Values()
    for line in _joined(text):
        if key := _KEY.fullmatch(line):
            if path:
                yield path, values
            path, values = key["path"], {}
        elif path and (one := _STRING.fullmatch(line)):
            values.setdefault(_plain(one[1]), _plain(one[2]))
        elif path and (one := _NUMBER.fullmatch(line)):
            values.setdefault(_plain(one[1]), str(int(one[2], 16)))
        elif path and (one := _HEX.fullmatch(line)) and one[2] in {"1", "2", "7"}:
            data = bytes.fromhex(
                re.sub(r"[^0-9a-f]", "", one[3]) if len(re.sub(r"[^0-9a-f]", "", one[3])) % 2 == 0 else ""
            )
            values.setdefault(_plain(one[1]), data.decode("utf-16-le", "replace").strip("\0").replace("\0", ", "))
    if path:
        yield path, values


def _joined(text: str) -> Iterator[str]:
    """Yield lines; one that ends in a backslash goes on in the next."""
    waiting = ""
    for line in lines(text):
        if line.endswith("\\") and not line.startswith("[") and len(waiting) < _MOST:
            waiting += line[:-1].strip()
        else:
            yield waiting + line.strip()
            waiting = ""


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _programs(text: str) -> Iterator[tuple[str, str, Values]]:
    for path, values in _keys(text):
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


def processors(text: str) -> Rows:
    """Return processors as threads tell of them (CentralProcessor); all threads of a model are one."""
    found: dict[str, tuple[Values, int]] = {}
    for path, one in _keys(text):
        if re.search(r"\\CentralProcessor\\\d+$", path) and "ProcessorNameString" in one:
            name = " ".join(one["ProcessorNameString"].split())
            found[name] = (one, found.get(name, (one, 0))[1] + 1)
    rows: Rows = []
    for name, (one, threads) in found.items():
        words = re.search(r"Family (\d+) Model (\d+) Stepping (\d+)", one.get("Identifier", ""))
        rows += filled(
            {
                "index": len(rows),
                "manufacturer": one.get("VendorIdentifier"),
                "model": name,
                "family": words[1] if words else None,
                "model_number": words[2] if words else None,
                "stepping": words[3] if words else None,
                "speed_mhz": whole(one.get("~MHz")),
                "threads": threads,
            }
        )
    return rows


def firewall(text: str) -> Rows:
    """Return the profiles of the firewall (FirewallPolicy)."""
    rows: Rows = []
    for path, one in _keys(text):
        profile = re.search(r"\\(Domain|Public|Standard)Profile$", path)
        if profile and "EnableFirewall" in one:
            name = "Private" if profile[1] == "Standard" else profile[1]
            rows += filled({"name": name, "is_enabled": one["EnableFirewall"] == "1"})
    return rows


def last_logon(text: str) -> Rows:
    """Return who used the computer last (LogonUI)."""
    for _, one in _keys(text):
        user = one.get("LastLoggedOnSAMUser") or one.get("LastLoggedOnUser")
        if user:
            domain, _, name = user.rpartition("\\")
            return filled({"user": name, "domain": None if domain == "." else domain})
    return []


PARSER = Parser(
    "reg export KEY",
    {
        "software": software,
        "patches": patches,
        "processors": processors,
        "firewall": firewall,
        "last_logon": last_logon,
    },
)
