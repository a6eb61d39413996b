"""The content of an inventory of GLPI's kind, from JSON or XML: sections with things, names in small letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import Any

from itmsctl.inventory.moments import moment_in, zone_of
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.taking import Found, plain, small

Classes = dict[str, Rows]

_SECTIONS = {"firewall": "firewalls", "user": "users", "battery": "batteries", "remote_mgmts": "remote_mgmt"}
_PROPERTIES = {
    "macaddr": "mac", "installdate": "install_date", "member": "members", "type_": "type", "hostname": "name",
    "line_number": "phone_number",
}  # fmt: skip


@dataclass(frozen=True)
class Content:
    """What an agent found, by section, and when. Names are those of GLPI's JSON, whatever the file called them."""

    sections: Mapping[str, tuple[Found, ...]]
    at: datetime

    def all(self, section: str) -> tuple[Found, ...]:
        """Return the things of a section."""
        return self.sections.get(section, ())

    def one(self, section: str) -> Found:
        """Return the thing of a section that has one."""
        return next(iter(self.all(section)), {})

    @cached_property
    def zone(self) -> tzinfo:
        """Return the zone that the computer is in, as far as it says."""
        zone = self.one("operatingsystem").get("timezone")
        return zone_of(zone.get("offset")) if isinstance(zone, Mapping) else UTC

    @cached_property
    def system(self) -> str:
        """Return which operating system it is: windows, macos, or the name of another kernel."""
        known = self.one("operatingsystem")
        said = small(known.get("kernel_name")) or small(self.one("hardware").get("osname")) or ""
        full = small(known.get("full_name")) or small(known.get("name")) or ""
        if "win32" in said or "windows" in f"{said} {full}":
            return "windows"
        return "macos" if said == "darwin" or "macos" in full or full.startswith("mac os") else said

    def moment(self, value: Any, *, day_first: bool = False) -> datetime | None:
        """Return a moment; one that says no zone is in that of the computer."""
        return moment_in(self.zone, value, day_first=day_first)


def content_of(found: Any, at: datetime) -> Content:
    """Return the sections of what a file holds; what has not their form is left out.

    Lists are emptied on the way, so that two hundred thousand rows are not held twice.
    """
    sections: dict[str, tuple[Found, ...]] = {}
    for name, value in found.items() if isinstance(found, Mapping) else ():
        known = _SECTIONS.get(str(name).lower(), str(name).lower())
        things = value if isinstance(value, list) else [value]
        things.reverse()
        kept: list[Found] = []
        while things:
            one = things.pop()
            if isinstance(one, Mapping):
                kept.append(_small_names(one))
        if kept:
            sections[known] = sections.get(known, ()) + tuple(kept)
    content = Content(sections, at)
    logged = content.moment(content.one("accesslog").get("logdate"))
    return Content(sections, logged or at)


def _small_names(one: Found) -> Found:
    if not any(
        name in _PROPERTIES or name != name.lower() or isinstance(inner, Mapping) for name, inner in one.items()
    ):
        return one  # of JSON, as it is
    return {_PROPERTIES.get(name.lower(), name.lower()): _plainer(value) for name, value in one.items()}


def _plainer(value: Any) -> Any:
    """Return a value as it is; of objects inside it the names in small letters."""
    if isinstance(value, Mapping):
        return {name.lower(): inner for name, inner in value.items()}
    return value


def joined(*parts: Any) -> str | None:
    """Return the parts that say something with colons between them."""
    return ":".join(text for text in map(plain, parts) if text) or None
