"""The form of the output: structures of a type, with keys, values and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from itmsctl.inventory.captured import lines, said

_TYPE = re.compile(r"DMI type (\d{1,3})")


_DATE = re.compile(r"0?(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")


_MANAGED = frozenset({"Other", "<OUT OF SPEC>", "<BAD INDEX>"})


@dataclass
class _Structure:
    """One structure: its type, and lines of key and value; a key over a list has its members."""

    type: int
    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)

    def get(self, *keys: str) -> str | None:
        """Return the first of these keys that says something."""
        for key in keys:
            value = said(self.values.get(key))
            if value is not None and value not in _MANAGED:
                return value
        return None


def structures(text: str, *types: int) -> Iterator[_Structure]:
    """Yield the structures of these types."""
    for part in re.split(r"^[ \t]*Handle 0x", text, flags=re.MULTILINE)[1:]:
        found = _TYPE.search(part)
        if found is None or int(found[1]) not in types:
            continue
        structure = _Structure(int(found[1]))
        key = ""
        for line in list(lines(part))[1:]:
            name, apart, value = line.strip().partition(":")
            if apart and (not value or value.startswith((" ", "\t"))):
                key = name.strip()
                structure.values.setdefault(key, value.strip())
            elif key and line.strip() and not structure.values.get(key):
                structure.lists.setdefault(key, []).append(line.strip())
        yield structure


def first(text: str, kind: int) -> _Structure:
    """Return the first structure of a type; an empty one where there is none."""
    return next(structures(text, kind), _Structure(kind))


def day(text: str | None) -> str | None:
    """Return a date as year-month-day; a text of another form as it is."""
    found = _DATE.fullmatch((text or "").strip())
    if found is None:
        return said(text)
    year = int(found[3]) + (0 if len(found[3]) == 4 else 1900 if int(found[3]) > 80 else 2000)
    return f"{year:04}-{int(found[1]):02}-{int(found[2]):02}"
