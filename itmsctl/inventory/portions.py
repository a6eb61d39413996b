"""Which classes belong together, so that they are gathered together and scheduled apart (INV-40)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from itmsctl.errors import InputError
from itmsctl.inventory.catalogue import names
from itmsctl.inventory.definition import DataClass
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

PORTIONS = ("hardware", "software", "files", "servers", "custom")
"""The kinds of inventory: hardware and operating system, software, file properties, server applications, your own."""

CUSTOM = "custom"
OWN = "custom:"
"""Before the name of a class that an administrator added: it is looked up where a CMDB is at hand."""


def portion_of(name: str) -> str:
    """Return the portion that a class belongs to: whatever is of no other is hardware and operating system."""
    found = {"software": _SOFTWARE, "files": _FILES, "servers": _SERVERS}
    return next((portion for portion, members in found.items() if name in members), "hardware")


def wanted(collect: Sequence[str] | None, classes: Sequence[str] | None) -> tuple[str, ...]:
    """Return the classes of the program of these portions and those named, sorted; where nothing is said the usual.

    Raises InputError for a name that is neither, nor that of an administrator's class (`custom:NAME`).
    """
    there = names()
    found = {_named(word, there) for word in classes or () if not word.startswith(OWN)}
    for word in collect or ():
        if word not in PORTIONS:
            hint = did_you_mean(word, PORTIONS) or f"one of {', '.join(PORTIONS)}; a data class is named by --class"
            raise InputError(f"`{word}` is no kind of inventory", hint=hint).about("arguments", "collect")
        of_it = {name for name in there if portion_of(name) == word} - _OF_ALL
        found |= of_it if word == "files" else of_it - ASKED_FOR
    return tuple(sorted(found if collect or classes else set(there) - ASKED_FOR))


def own_named(classes: Sequence[str] | None) -> set[str]:
    """Return the names of administrators' classes among those that are named."""
    return {word.removeprefix(OWN) for word in classes or () if word.startswith(OWN)}


def own_wanted(
    collect: Sequence[str] | None, classes: Sequence[str] | None, own: Iterable[DataClass]
) -> dict[str, DataClass]:
    """Return which of the classes that administrators added are asked for: those that something feeds, or are named."""
    named = own_named(classes)
    is_all = CUSTOM in (collect or ()) or not (collect or classes)
    return {one.name: one for one in own if one.name in named or (is_all and one.feeds)}


def marked(classes: Sequence[str], own: Collection[str]) -> tuple[str, ...]:
    """Return names of classes as `wanted` takes them: those of administrators are marked."""
    plain = [word.strip().lower().replace("-", "_") for word in classes]
    return tuple(f"{OWN}{name}" if name in own else word for name, word in zip(plain, classes, strict=True))


def _named(word: str, there: Sequence[str]) -> str:
    plain = word.strip().lower().replace("-", "_")
    if plain not in there:
        hint = did_you_mean(plain, there) or f"itmsctl data-class list; one that you added is {OWN}{plain}"
        raise InputError(f"no data class `{word}`", hint=hint).about("arguments", "classes")
    return plain
