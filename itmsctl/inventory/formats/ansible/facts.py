"""Facts by their names without `ansible_`, as a cache, `setup` or hostvars hold them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.json_values import member, one_or_several
from itmsctl.inventory.moments import moment_in, since_1970
from itmsctl.inventory.taking import Found, plain

_PREFIX = "ansible_"
_TELLING = ("hostname", "nodename", "distribution", "os_family", "kernel", "system", "packages")


def has_facts(value: Any) -> bool:
    """Return whether an object holds facts of a host."""
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("ansible_facts"), Mapping):
        return bool(value["ansible_facts"])
    return any(f"{_PREFIX}{name}" in value for name in _TELLING)


class AnsibleFacts:
    """The facts of a host."""

    def __init__(self, found: Found) -> None:
        inner = found.get("ansible_facts")
        told = {**found, **inner} if isinstance(inner, Mapping) else found
        self._told = {str(name).removeprefix(_PREFIX): value for name, value in told.items()}

    def at(self, *path: str) -> Any:
        """Return the fact at a path; None where it does not go on."""
        return member(self._told, *path)

    def map(self, *path: str) -> Found:
        """Return a fact that holds others."""
        value = self.at(*path)
        return value if isinstance(value, Mapping) else {}

    def list(self, *path: str) -> tuple[Found, ...]:
        """Return the objects of a list; of one object itself."""
        return tuple(one_or_several(self.at(*path)))

    def moment(self) -> datetime | None:
        """Return when they were gathered."""
        when = self.map("date_time")
        return since_1970(when.get("epoch")) or moment_in(UTC, when.get("iso8601"))

    @property
    def is_windows(self) -> bool:
        """Return whether they are of Windows."""
        return plain(self.at("os_family")) == "Windows" or plain(self.at("system")) == "Win32NT"
