"""What policy says, as data: settings and duties, in parts that equal computers share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.agents.form import canonical, digest

BASIC = ("identification", "interface_addresses", "last_logon", "network_interfaces", "operating_system")
"""The classes of basic inventory (AGENT-10): who a computer is, and who uses it."""
USUAL_INTERVAL_S, USUAL_INVENTORY_S, USUAL_LASTS_S = 3600, 86_400, 30 * 86_400


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """A part of policy, written: `name` is its digest, by which the signed head names it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class PackageContent:
    """A package whose files stand in the published folder: of each its path, where it is here, and its mode."""

    digest: str
    files: tuple[tuple[str, str, int], ...]


def part_of(duties: Mapping[str, Any]) -> PolicyPart:
    """Return the part that holds duties."""
    data = canonical(duties)
    return PolicyPart(digest(data), data)


def gathering(name: str, classes: Iterable[str], every_s: float) -> dict[str, Any]:
    """Return the duty to gather classes of inventory."""
    return {"name": name, "classes": sorted(classes), "every_s": int(every_s)}


def settings_said(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what policy says of agent settings."""
    found = {
        "interval_s": int(fields["interval_s"] or USUAL_INTERVAL_S),
        "splay_s": int(fields["splay_s"] or 0),
        "source": fields["source"] or fields["folder"],
        "inbox": fields["inbox"],
    }
    return {name: value for name, value in found.items() if value}


def basic_part(fields: Mapping[str, Any]) -> PolicyPart:
    """Return the part with the basic inventory."""
    duty = gathering("basic", BASIC, fields["inventory_s"] or USUAL_INVENTORY_S)
    return part_of({"inventory": [{**duty, "ignore_windows": True}]})


def content_digest(said: Mapping[str, Any]) -> str:
    """Return the digest of what policy says, without its number and dates."""
    return digest(canonical(said))
