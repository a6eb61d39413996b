"""What differs between two states of an object, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_CUT = 60


@dataclass(frozen=True)
class FieldDifference:
    """One field that changed."""

    field: str
    before: Any
    after: Any

    def as_dict(self) -> dict[str, Any]:
        """Return the object of JSON output."""
        return {"field": self.field, "before": self.before, "after": self.after}

    def __str__(self) -> str:
        """Say it in a line: `region: Lazio -> Umbria`."""
        if _is_empty(self.before):
            return f"{self.field}: {_say(self.after)}"
        return f"{self.field}: {_say(self.before)} -> {_say(self.after)}"


def between(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[FieldDifference]:
    """Return the fields that differ, in the order of the later state.

    An empty field and a missing one are equal, and so is one that is `no` from the beginning to the end.
    """
    old, new = before or {}, after or {}
    names = [*new, *(name for name in old if name not in new)]
    pairs = ((name, old.get(name), new.get(name)) for name in names)
    return [
        FieldDifference(name, a, b) for name, a, b in pairs if a != b and not (_says_nothing(a) and _says_nothing(b))
    ]


def _says_nothing(value: Any) -> bool:
    return value is False or _is_empty(value)


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or value == {} or value == ""


def _say(value: Any) -> str:
    if _is_empty(value):
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        text = ";".join(f"{k}={v}" for k, v in value.items())
    elif isinstance(value, list):
        text = ";".join(str(v) for v in value)
    else:
        text = str(value)
    text = text.replace("\n", "\\n")
    return text if len(text) <= _CUT else text[:_CUT] + "..."
