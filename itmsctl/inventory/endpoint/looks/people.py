"""`/etc/passwd`, `/etc/shadow`, `/etc/group`: accounts, groups, and folders of users."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import UnreadError
from itmsctl.inventory.parsers import accounts

_ADMINS = frozenset({"sudo", "wheel", "admin", "root"})
_DAY = 86400
_LAST_DAY = 2_932_896  # of the year 9999


def local_groups(probe: Probe) -> Rows:
    """Return groups."""
    return accounts.local_groups(probe.text("/etc/group"))


def local_users(probe: Probe) -> Rows:
    """Return accounts; what stands in the shadow file only root learns, and no hash of a password is ever told."""
    rows = accounts.local_users(probe.text("/etc/passwd"))
    groups = local_groups(probe)
    admins = {user for one in groups if one["name"] in _ADMINS for user in one.get("members", [])}
    numbers = {one["gid"] for one in groups if one["name"] in _ADMINS - {"root"}}
    shadow = _shadow(probe)
    for row in rows:
        row["source"] = "files"
        if row["name"] in admins or row["gid"] in numbers:
            row["is_admin"] = True
        row.update(shadow.get(row["name"], {}))
    return rows


def names_of_users(probe: Probe) -> dict[str, str]:
    """Return the name of each user by number, the first of several; empty where the file cannot be read."""
    found: dict[str, str] = {}
    try:
        text = probe.text("/etc/passwd")
    except UnreadError:
        return found
    for line in lines(text):
        parts = line.split(":")
        if len(parts) > 3:
            found.setdefault(parts[2], parts[0])
    return found


def _shadow(probe: Probe) -> dict[str, dict[str, Any]]:
    try:
        text = probe.text("/etc/shadow")
    except UnreadError:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for line in lines(text):
        parts = line.split(":")
        if len(parts) < 9:
            continue
        secret, changed, longest = parts[1], parts[2], parts[4]
        at = _day(changed)
        known = {
            "has_password": len(secret.lstrip("!*")) > 1,
            "is_locked": secret.startswith("!") and len(secret) > 1,
            "password_changed_at": at,
            "expires_at": _day(parts[7]),
        }
        if known["has_password"]:
            never = not longest.isdigit() or int(longest) >= 99999
            known["password_never_expires"] = never
            known["password_expires_at"] = None if never or at is None else _day(str(int(changed) + int(longest)))
        found[parts[0]] = {name: value for name, value in known.items() if value is not None}
    return found


def _day(text: str) -> datetime | None:
    number = int(text) if text.isdigit() and len(text) < 8 else 0
    return datetime.fromtimestamp(number * _DAY, UTC) if 0 < number < _LAST_DAY else None


def user_profiles(probe: Probe) -> Rows:
    """Return folders of users who can log in; how much lies in them is not counted, for that reads every folder."""
    rows: Rows = []
    for row in accounts.local_users(probe.text("/etc/passwd")):
        home = str(row.get("home") or "")
        found = probe.status(home) if home.startswith(("/home/", "/root", "/var/home/", "/Users/")) else None
        if found is not None:
            rows += filled(
                {"user": row["name"], "path": home, "used_at": datetime.fromtimestamp(int(found.st_mtime), UTC)}
            )
    return rows
