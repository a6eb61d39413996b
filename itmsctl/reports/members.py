"""The CMDBs that a report asks: what they are called, in what order, and how their rows become one answer (RPT-8..13).

    a.sqlite,rome=/srv/rome.sqlite,postgresql://itms@db/cmdb

Each row says of which CMDB it is. Where the query has an order, the rows of all are in that order.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import total_ordering
from pathlib import PurePath
from typing import Any

from itmsctl.errors import FieldError
from itmsctl.expressions.portable import OrderedBy
from itmsctl.values.counts import counted

MOST = 100
NAME, AT = "cmdb", "cmdb_at"  # the columns of an answer that say of which CMDB a row is, and when that last changed

Row = tuple[Any, ...]


@dataclass(frozen=True)
class CmdbMember:
    """One CMDB of several: what it is called, and its path or URL."""

    name: str
    at: str


@dataclass(frozen=True)
class MemberState:
    """What became of one CMDB: asked, stale, missing or left out; when it last changed, how many rows it gave, and why
    it is not as it should be.
    """

    name: str
    at: str  # never with a password
    state: str
    changed_at: datetime | None = None
    rows: int | None = None
    why: str = ""


ASKED, STALE, MISSING, LEFT_OUT = "asked", "stale", "missing", "left out"


@dataclass(frozen=True)
class CmdbBranch:
    """Where a CMDB stands in a hierarchy: its GUID, the children whose computers it holds too, by GUID, and how many
    computers are its own.
    """

    guid: str
    gave: Mapping[str, str] = field(default_factory=dict)  # names of children by GUID
    own: int = 0


def doubled(branches: Mapping[str, CmdbBranch]) -> dict[str, str]:
    """Return the members that are left out, each with why: tops whose children are asked themselves (RPT-12)."""
    asked = {branch.guid for branch in branches.values()}
    found = {}
    for name, branch in branches.items():
        here = sorted(child for guid, child in branch.gave.items() if guid in asked and guid != branch.guid)
        away = sorted(child for guid, child in branch.gave.items() if guid not in asked)
        if here:
            found[name] = _why_left(here, away, branch.own)
    return found


def _why_left(here: Sequence[str], away: Sequence[str], own: int) -> str:
    said = (
        f"it holds what {', '.join(here)} has, which is asked itself"
        if len(here) == 1
        else (f"it holds what {', '.join(here)} have, which are asked themselves")
    )
    left = [f"{counted(own, 'computer')} of its own"] if own else []
    left += [f"what {', '.join(away)} gave it"] if away else []
    missing = f"; not in the answer: {' and '.join(left)}" if left else ""
    return f"{said}{missing}; --with-top asks it too"


def members_of(texts: Sequence[str]) -> tuple[CmdbMember, ...]:
    """Return the CMDBs that `--cmdb` names, each with a name of its own.

    Raises FieldError for one that is named twice, none, or too many.
    """
    found: list[CmdbMember] = []
    for text in (part.strip() for given in texts for part in given.split(",")):
        name, at = _split(text)
        if not at:
            raise FieldError("a CMDB without a path or a URL", hint="--cmdb a.sqlite,rome=/srv/rome.sqlite")
        if any(member.at == at for member in found):
            raise FieldError(f"`{_shown(at)}` is named twice", hint="its rows would be doubled: name it once")
        found.append(CmdbMember(name or _called(at), at))
    if len(found) > MOST:
        raise FieldError(f"{len(found)} CMDBs; a report asks {MOST} at most")
    return tuple(_told_apart(found))


def _split(text: str) -> tuple[str, str]:
    """Return name and place of `NAME=PLACE`; a URL or a path may have an equals sign of its own."""
    name, sign, at = text.partition("=")
    is_name = bool(sign) and not set(name) & set("/:?.\\")
    return (name.strip(), at.strip()) if is_name else ("", text)


def _called(at: str) -> str:
    """Return the name of a CMDB that was given none: that of its file or database."""
    plain = at.split("?", 1)[0].rstrip("/")
    return PurePath(plain).stem or "cmdb"


def _told_apart(members: Iterable[CmdbMember]) -> Iterator[CmdbMember]:
    taken: set[str] = set()
    for member in members:
        name, number = member.name, 1
        while name in taken:
            number += 1
            name = f"{member.name}-{number}"
        taken.add(name)
        yield CmdbMember(name, member.at)


def _shown(at: str) -> str:
    """Return a path or URL without what stands before the @ of a URL."""
    scheme, sign, rest = at.partition("://")
    return f"{scheme}{sign}{rest.rpartition('@')[2]}" if sign else at


# --- one answer -------------------------------------------------------------------------------------------------------


def merged(parts: Sequence[Callable[[], Iterator[Row]]], order: Sequence[OrderedBy], before: int) -> Iterator[Row]:
    """Yield the rows of all parts: in the order of the query, or one part after the other where it has none.

    `before` counts the columns that stand before those of the query.
    """
    if not order:
        for part in parts:
            yield from part()
        return
    yield from heapq.merge(
        *(part() for part in parts), key=lambda row: [_key(row[before + o.column], o) for o in order]
    )


def _key(value: Any, by: OrderedBy) -> tuple[bool, Any]:
    if value is None:
        return (not by.empty_first, 0)
    if by.descending:
        return (by.empty_first, _Falling(value))
    return (by.empty_first, value)


@total_ordering
class _Falling:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and bool(self.value == other.value)

    def __lt__(self, other: _Falling) -> bool:
        return bool(other.value < self.value)

    def __hash__(self) -> int:
        return hash(self.value)
