"""What a table's columns mean, as a person says it: fields, constants, transformations, values, and rows to take.

`HEADER=FIELD` reads a column as a field, `HEADER=FIELD,FIELD` as several, `HEADER=` leaves it out. Several columns may
fill one field: a list gets all that they say, another field what the first of them says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from itmsctl.documents.cell_steps import CellStep, parse_steps
from itmsctl.errors import InputError
from itmsctl.values.untrusted import shell_arg

# A column that holds a secret is stored nowhere, whatever somebody maps it to.
_SECRET = re.compile(
    r"pass[-_ ]?(word|wd|phrase)|passwort|kennwort|\bpwd\b|secret|\btoken|api[-_ ]?key"
    r"|(private|recovery|product|licen[cs]e)[-_ ]?key|admpwd|\blaps\b|\bpin\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ValuePattern:
    """A value as it may stand in a cell, with `*` for any text, whatever its case; and what is read in its place."""

    text: str
    result: str = ""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = map(re.escape, self.text.split("*"))
        return re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)

    def matches(self, text: str) -> bool:
        """Return whether a cell holds it."""
        return self._pattern.fullmatch(text.strip()) is not None


@dataclass(frozen=True)
class TableMapping:
    """How a table is read. Everything is empty by default: columns mean what they are called."""

    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()  # headers in their order, each with its fields
    constants: Mapping[str, str] = field(default_factory=dict)  # by field: where no column says it
    steps: Mapping[str, tuple[CellStep, ...]] = field(default_factory=dict)  # by field
    values: Mapping[str, tuple[ValuePattern, ...]] = field(default_factory=dict)  # by field
    only: Mapping[str, tuple[ValuePattern, ...]] = field(default_factory=dict)  # by header: the rows to take
    must: frozenset[str] = field(default_factory=frozenset)  # headers that must be there
    ignore_unknown: bool = False

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> TableMapping:
        """Read the fields of a saved mapping; raises InputError that names the field."""
        return cls(
            columns=tuple(_named("columns", fields, _column)),
            constants=dict(_named("constants", fields, _pair)),
            steps=dict(_named("transforms", fields, _steps)),
            values=_grouped(_named("meanings", fields, _value)),
            only=_grouped(_named("taken", fields, _only)),
            ignore_unknown=bool(fields.get("ignore_unknown")),
        )

    def typed(self, texts: Sequence[str]) -> TableMapping:
        """Return it with columns that a person typed (`--map`): such go before saved ones, and must be there."""
        said = tuple(map(_column, texts))
        headers = {header.casefold() for header, _ in said}
        kept = tuple(one for one in self.columns if one[0].casefold() not in headers)
        return replace(self, columns=said + kept, must=frozenset(header for header, fields in said if fields))

    @property
    def says(self) -> bool:
        """Return whether it says anything of cells or rows."""
        return bool(self.columns or self.constants or self.steps or self.values or self.only)

    def targets(self) -> Iterator[tuple[str, str]]:
        """Yield every field that it names, with the member that names it."""
        for header, fields in self.columns:
            yield from ((name, f"{header}={','.join(fields)}") for name in fields)
        for part in (self.constants, self.steps, self.values):
            yield from ((name, name) for name in part)


def _column(text: str) -> tuple[str, tuple[str, ...]]:
    header, sign, fields = (part.strip() for part in text.rpartition("="))
    if not sign or not header:
        raise InputError(f"`{text[:80]}` is not HEADER=FIELD", hint="such as 'Serial Number=serial'")
    named = tuple(part.strip() for part in fields.split(",") if part.strip())
    if named and _SECRET.search(header):
        raise InputError(
            f"the column `{header[:80]}` looks like a secret, and none is kept here",
            hint=f"leave it out: --map {shell_arg(header + '=')}; one that is none needs another header",
        )
    return header, named


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = (part.strip() for part in text.partition("="))
    if not sign or not name:
        raise InputError(f"`{text[:80]}` is not FIELD=VALUE", hint="such as os_family=linux")
    return name, value


def _steps(text: str) -> tuple[str, tuple[CellStep, ...]]:
    name, said = _pair(text)
    return name, parse_steps(said)


def _value(text: str) -> tuple[str, ValuePattern]:
    said, sign, result = (part.strip() for part in text.rpartition("="))
    name, colon, pattern = (part.strip() for part in said.partition(":"))
    if not sign or not colon or not name or not pattern:
        raise InputError(f"`{text[:80]}` is not FIELD:VALUE=VALUE", hint="such as 'os_family:Windows*=windows'")
    return name, ValuePattern(pattern, result)


def _only(text: str) -> tuple[str, ValuePattern]:
    header, sign, pattern = (part.strip() for part in text.partition("="))
    if not sign or not header or not pattern:
        raise InputError(f"`{text[:80]}` is not HEADER=VALUE", hint="such as Category=Laptop*")
    return header, ValuePattern(pattern)


def _named(name: str, fields: Mapping[str, Any], read: Any) -> Iterator[Any]:
    for text in fields.get(name) or ():
        try:
            yield read(text)
        except InputError as error:
            raise error.about(name, (fields.get(name) or ()).index(text)) from None


def _grouped(pairs: Iterator[tuple[str, ValuePattern]]) -> dict[str, tuple[ValuePattern, ...]]:
    found: dict[str, tuple[ValuePattern, ...]] = {}
    for name, pattern in pairs:
        found[name] = (*found.get(name, ()), pattern)
    return found
