"""A stored object as people know it, and what a write did to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from itmsctl.values.lean import dataclass
from itmsctl.values.times import to_text

_SHOWN = 60  # characters of a value where it is told in a line


@dataclass(frozen=True)
class Doc:
    """A stored object as people know it. `fields` are those of its kind; references are names."""

    id: int
    guid: str
    name: str
    revision: int
    fields: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output: `id` is the GUID."""
        return {"id": self.guid, "name": self.name, "revision": self.revision, **self.fields}

    def document(self) -> dict[str, Any]:
        """Return what history keeps: the name and the fields, moments as text."""
        return {"name": self.name} | {k: to_text(v) if isinstance(v, datetime) else v for k, v in self.fields.items()}


def difference(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Say in one line what changes of an object: `pc1: serial 00123 -> 123`."""
    parts = (f"{f} {_said(before[f])} -> {_said(value)}" for f, value in after.items() if before[f] != value)
    return f"{name}: " + ", ".join(parts)


def _said(value: object) -> str:
    if isinstance(value, list):
        value = ";".join(map(str, value))
    elif isinstance(value, dict):
        value = ";".join(f"{k}={v}" for k, v in value.items())
    text = "empty" if value in (None, "") else str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


@dataclass(frozen=True)
class Outcome:
    """What a write did: `created`, `updated`, `unchanged` or `removed`, and the object as it is now (or was).

    `remarks` are what a person should hear of what was saved.
    """

    action: str
    doc: Doc
    before: Doc | None = None
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what it did beside what was asked

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {"action": self.action, **self.doc.as_dict()}
