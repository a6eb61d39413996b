"""The form of the text: headings, and values below them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from itmsctl.inventory.captured import lines

_MHZ = re.compile(r"(\d{1,6}(?:[.,]\d{1,6})?) ?([GM])Hz")


@dataclass
class ReportNode:
    """What stands under a heading: values, and headings below."""

    name: str
    indent: int
    values: dict[str, str] = field(default_factory=dict)
    below: list[ReportNode] = field(default_factory=list)

    def walk(self) -> Iterator[ReportNode]:
        """Yield this heading and all below it."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack += reversed(node.below)


def _tree(text: str) -> ReportNode:
    root = ReportNode("", -1)
    path = [root]
    for line in lines(text):
        plain = line.strip()
        key, apart, value = plain.partition(": ") if ": " in plain else plain.partition(":")
        if not apart or not key:
            continue
        indent = len(line) - len(line.lstrip())
        while len(path) > 1 and path[-1].indent >= indent:
            path.pop()
        if value.strip():
            path[-1].values.setdefault(key.strip(), value.strip())
        elif plain.endswith(":") and len(path) < 60:
            node = ReportNode(plain[:-1], indent)
            path[-1].below.append(node)
            path.append(node)
    return root


def section(text: str, name: str) -> ReportNode:
    """Return the section of that name; an empty one where there is none."""
    return next((one for one in _tree(text).below if one.name == name), ReportNode(name, 0))


def values(node: ReportNode) -> Mapping[str, str]:
    """Return all values below a heading; the first of each name."""
    found: dict[str, str] = {}
    for one in node.walk():
        for key, value in one.values.items():
            found.setdefault(key, value)
    return found


def mhz(text: str | None) -> int | None:
    """Return a speed in MHz."""
    found = _MHZ.match(text or "")
    return round(float(found[1].replace(",", ".")) * (1000 if found[2] == "G" else 1)) if found else None
