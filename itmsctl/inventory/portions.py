"""Which classes belong together, so that they are gathered together and scheduled apart (INV-40)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from itmsctl.errors import InputError
from itmsctl.inventory.catalogue import names
from itmsctl.values.names import did_you_mean

_SOFTWARE = frozenset(
    {
        "antivirus", "certificates", "container_images", "containers", "environment", "firewall", "firewall_rules",
        "kernel_modules", "kernel_parameters", "last_logon", "licenses", "listening_ports", "local_groups",
        "local_users", "logons", "network_shares", "patches", "pending_updates", "processes",
        "remote_management", "repositories", "scheduled_jobs", "services", "software", "ssh_keys", "startup_items",
        "update_state", "user_profiles",
    }
)  # fmt: skip
_FILES = frozenset({"files", "file_totals"})
_SERVERS = frozenset({"databases", "server_applications", "virtual_machines", "web_sites"})
ASKED_FOR = _FILES | {"processes"}
"""Classes that are gathered only where they are named: they cost much, or change all the time."""

_OF_ALL = frozenset({"recency"})  # it tells of all classes together: a part would take the others away

PORTIONS = ("hardware", "software", "files", "servers")
"""The kinds of inventory: hardware and operating system, software, file properties, server applications."""


def portion_of(name: str) -> str:
    """Return the portion that a class belongs to: whatever is of no other is hardware and operating system."""
    found = {"software": _SOFTWARE, "files": _FILES, "servers": _SERVERS}
    return next((portion for portion, members in found.items() if name in members), "hardware")


def wanted(
    collect: Sequence[str] | None, classes: Sequence[str] | None, known: Collection[str] | None = None
) -> tuple[str, ...]:
    """Return the classes of these portions and those named, sorted; where neither says anything, the usual ones.

    `known` are all classes there are; else those that come with the program. Raises InputError.
    """
    there = tuple(names()) if known is None else tuple(sorted(known))
    found = {_named(word, there) for word in classes or ()}
    for word in collect or ():
        if word not in PORTIONS:
            hint = did_you_mean(word, PORTIONS) or f"one of {', '.join(PORTIONS)}; a data class is named by --class"
            raise InputError(f"`{word}` is no kind of inventory", hint=hint).about("arguments", "collect")
        of_it = {name for name in there if portion_of(name) == word} - _OF_ALL
        found |= of_it if word == "files" else of_it - ASKED_FOR
    if not found:
        found = set(there) - ASKED_FOR
    return tuple(sorted(found))


def _named(word: str, there: Sequence[str]) -> str:
    plain = word.strip().lower().replace("-", "_")
    if plain not in there:
        hint = did_you_mean(plain, there) or "itmsctl data-class list"
        raise InputError(f"no data class `{word}`", hint=hint).about("arguments", "classes")
    return plain
