"""What a discovery found out about an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from itmsctl.discovery.objects import Oid

FOUND, KNOWN, WRONG_CREDENTIALS, REFUSED, SILENT = "found", "known", "wrong-credentials", "refused", "silent"
STATES = (FOUND, KNOWN, WRONG_CREDENTIALS, REFUSED, SILENT)

IDENTIFIED, EVERYTHING, NOTHING = "identified", "everything", "nothing"
ADDED = (IDENTIFIED, EVERYTHING, NOTHING)
"""What becomes a resource: what says by SNMP who it is, everything that answers, nothing."""


@dataclass
class FoundAddress:
    """One address: its state, how it was seen, and what answered by SNMP.

    `seen` are the methods that saw somebody, `denied` the signs that somebody is there who says no.
    """

    address: IPv4Address | IPv6Address
    seen: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    agent_is_there: bool = False
    asked: list[str] = field(default_factory=list)  # credentials that were tried
    credential: str = ""
    values: Mapping[Oid, Any] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)  # what of the values did not come, and why
    why: str = ""
    dns_name: str = ""
    mac: str = ""
    reply_s: float | None = None
    # Filled in where it is stored:
    type: str = ""
    kind: str = ""
    resource: str = ""
    is_new: bool = False
    rows: int = 0

    @property
    def state(self) -> str:
        """Return what became of it."""
        if self.agent_is_there and self.asked and not self.credential:
            return WRONG_CREDENTIALS
        if self.seen or self.agent_is_there:
            return KNOWN if self.resource and not self.is_new else FOUND
        return REFUSED if self.denied else SILENT

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of its line."""
        return {
            "address": str(self.address),
            "state": self.state,
            "seen_by": self.seen or self.denied,
            "type": self.type or None,
            "name": self.resource or self.dns_name or None,
            "kind": self.kind or None,
            "is_new": self.is_new,
            "dns_name": self.dns_name or None,
            "mac": self.mac or None,
            "credential": self.credential or None,
            "rows": self.rows,
            "reply_ms": None if self.reply_s is None else round(self.reply_s * 1000, 2),
            "why": "; ".join(part for part in (self.why, *self.cut) if part) or None,
        }
