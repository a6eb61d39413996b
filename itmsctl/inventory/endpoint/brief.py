"""The short form of an answer: what did not change is told together, and what could not be read by its reason.

`{"unread": {"no such command: dmidecode": ["memory_modules", "slots"]}}`, and last `{"others": "same", "digest": ...}`:
all classes of the request of which no line told anything are as they are held, which one digest over theirs proves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

PROTOCOL = 1
"""The form of request and answer."""


class Brief:
    """Keeps back lines that are told together at the end."""

    def __init__(self) -> None:
        self.same: dict[str, str] = {}
        self.unread: dict[str, list[str]] = {}

    def take(self, line: Mapping[str, Any]) -> bool:
        """Take a line of a class; return False for one that tells something of its own."""
        if line["state"] == "same" and "why" not in line:
            self.same[line["class"]] = line["digest"]
        elif line["state"] == "unread":
            self.unread.setdefault(line["why"], []).append(line["class"])
        else:
            return False
        return True

    def lines(self) -> Iterator[Mapping[str, Any]]:
        """Yield what was kept back."""
        if self.unread:
            yield {"unread": self.unread}
        if self.same:
            yield {"others": "same", "digest": same_digest(self.same)}


def is_short(line: Mapping[str, Any]) -> bool:
    """Return whether a line tells of several classes."""
    return "class" not in line and ("others" in line or "unread" in line)


def same_digest(digests: Mapping[str, str]) -> str:
    """Return the digest over those of several classes."""
    return hashlib.sha256("".join(f"{name} {digests[name]}\n" for name in sorted(digests)).encode()).hexdigest()[:32]


def at_length(line: Mapping[str, Any], held: Mapping[str, str], told: Collection[str]) -> list[dict[str, Any]]:
    """Return a line of the short form as lines of one class each; none for one that is no such line, or does not hold.

    `held` are the digests of all classes of the request, `told` those of which a line told something before.
    """
    unread = line.get("unread")
    if isinstance(unread, Mapping):
        pairs = [(why, name) for why, names in unread.items() if isinstance(names, list) for name in names]
        return [{"class": name, "state": "unread", "why": why} for why, name in pairs if isinstance(name, str)]
    rest = {name: digest for name, digest in held.items() if digest and name not in told}
    if line.get("others") == "same" and line.get("digest") == same_digest(rest):
        return [{"class": name, "state": "same", "digest": digest} for name, digest in rest.items()]
    return []
