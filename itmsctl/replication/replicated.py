"""An object that came from another server, as data: whose it is, and which of its fields may be edited here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itmsctl.replication.records import content_hash
from itmsctl.values.kind import Kind, Owner

HERE, LEFT = "here", "left"


@dataclass(frozen=True, slots=True)
class Replicated:
    """What is known of an object beside the object itself."""

    kind: str
    guid: str
    name: str
    origin: str
    owner: str
    rule: str
    hash: str
    held: str
    changed_at: datetime
    batch: str
    at: datetime
    opened: tuple[str, ...] = ()
    sent: Mapping[str, Any] = field(default_factory=dict)
    state: str = HERE

    def edited(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that open fields of its document have here and not at its owner."""
        return {name: document.get(name) for name in self.opened if document.get(name) != self.sent.get(name)}


def travelling(kind: Kind) -> tuple[str, ...]:
    """Return the fields of a kind that go to other servers."""
    stays = kind.replication.stays if kind.replication is not None else ()
    return tuple(f.name for f in kind.fields if f.owner is not Owner.REPORTED and f.name not in stays)


def held_hash(kind: Kind, document: Mapping[str, Any], opened: tuple[str, ...]) -> str:
    """Return the hash of what an object is here, beside what may be edited here: it differs once that was changed."""
    fields = {name: document.get(name) for name in travelling(kind) if name not in opened}
    return content_hash(str(document["name"]), fields)
