"""How rows of ours become what another tool says: for each of its properties, the column and the form of its value.

It is the way back of `inventory.taking`. A form returns None for what the other tool has no word for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
ClassRowsOf = Mapping[str, Sequence[Row]]
"""Rows of classes by the name of the class."""

Form = Callable[[Any], Any]

_MIB, _MB = 1 << 20, 1_000_000


@dataclass(frozen=True)
class PutFrom:
    """Whence a property is put: the first of these columns that says something, in a form."""

    columns: tuple[str, ...]
    form: Form


@dataclass(frozen=True)
class Section:
    """A list of another tool that the rows of one class make.

    `needed` are properties that each of its things has, with what stands where nothing is known.
    """

    name: str
    of: str
    puts: Mapping[str, PutFrom]
    needed: Mapping[str, Any] = field(default_factory=dict)

    def things(self, classes: ClassRowsOf) -> list[dict[str, Any]]:
        """Return a thing for each row of the class."""
        return [thing for row in classes.get(self.of, ()) if (thing := put_all(row, self.puts, self.needed))]


def put(*columns: str, form: Form | None = None) -> PutFrom:
    """Return whence a property is put; without a form it is text."""
    return PutFrom(columns, form or text)


def put_all(row: Row, puts: Mapping[str, PutFrom], needed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the properties that say something, and those that are needed; nothing where no property says anything."""
    found = {name: value for name, how in puts.items() if (value := first_put(row, how)) not in (None, "", [])}
    return {**(needed or {}), **found} if found else {}


def first_put(row: Row, how: PutFrom) -> Any:
    """Return the value of the first column that says something, in its form."""
    value = next((row[name] for name in how.columns if row.get(name) is not None), None)
    return None if value is None else how.form(value)


def without_nothing(found: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the properties that say something."""
    return {name: value for name, value in found if value not in (None, "", [], {})}


# --- forms ------------------------------------------------------------------------------------------------------------


def text(value: Any) -> str:
    """Return a text."""
    return str(value)


def as_it_is(value: Any) -> Any:
    """Return a number, a truth or a list."""
    return value


def upper_yes(value: Any) -> str:
    """Return Yes or No."""
    return "Yes" if value else "No"


def mib(value: float) -> int:
    """Return a number of bytes in whole MiB."""
    return round(value / _MIB)


def mb(value: float) -> int:
    """Return a number of bytes in whole megabytes, as makers of disks count."""
    return round(value / _MB)


def day(value: Any) -> str | None:
    """Return the day of a moment; None for a text that begins with none."""
    found = str(value)[:10]
    return found if _is_day(found) else None


def moment(value: Any) -> str | None:
    """Return a day, or a moment to the second as it stands; None for another text."""
    found = str(value)
    return found if len(found) in {10, 19} and _is_day(found[:10]) else None


def slashed(value: Any) -> str:
    """Return the members of a list between slashes."""
    return "/".join(map(str, value))


def listed(value: Any) -> str:
    """Return the members of a list between commas."""
    return ",".join(map(str, value))


def one_of(*allowed: str, **also: str) -> Form:
    """Return a form that keeps these words, and says others as they are called there."""

    def form(value: Any) -> str | None:
        said = str(value).lower()
        return also.get(said, said if said in allowed else None)

    return form


def _is_day(text_: str) -> bool:
    parts = text_.split("-")
    return [len(part) for part in parts] == [4, 2, 2] and all(part.isascii() and part.isdecimal() for part in parts)
