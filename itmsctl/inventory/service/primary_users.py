"""Who uses a computer most, from what it tells of logons; what a person said of that stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import InputError
from itmsctl.inventory.told import Told
from itmsctl.resources.service.relations import relate_only
from itmsctl.values.names import check_name

TYPE = "primary-user"
_NOBODY = frozenset(
    {"root", "system", "reboot", "shutdown", "runlevel", "administrator", "local service", "network service"}
)


def relate_primary_users(unit: UnitOfWork, told: Sequence[tuple[int, Told]]) -> None:
    """Relate computers to the users that their reports say use them most."""
    by_source: dict[str, list[tuple[int, str]]] = {}
    for computer, one in told:
        name = primary_user_of(one.classes)
        if name:
            by_source.setdefault(one.source, []).append((computer, name))
    for source, pairs in by_source.items():
        relate_only(unit, TYPE, pairs, source)


def primary_user_of(classes: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return the user who logged in most; empty where that is not told, or is an account of the system."""
    last = classes.get("last_logon") or [{}]
    names = [str(last[0].get("primary_user") or "")]
    if not names[0]:
        counts = Counter(str(row.get("user") or "") for row in classes.get("logons", ()))
        names = [name for name, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    for name in names:
        plain = name.rpartition("\\")[2].strip()
        if plain and plain.casefold() not in _NOBODY:
            try:
                return check_name(plain, "user name")
            except InputError:
                continue
    return ""
