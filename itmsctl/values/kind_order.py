"""In which order nouns are made, so that whatever one names is there before it; removed in the order turned round.

Rooms look only at rooms before them, so their order is the base; within it a kind stands behind those that its fields
name. Documents, exports and undoing go by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from itmsctl.values.kind import Field, Kind, Room, Type, house

# As the import contract of pyproject.toml says; a test compares the two.
ROOMS = (
    "admin", "resources", "sites", "targeting", "security", "schedules", "tasks", "policies", "inventory", "discovery",
    "baselines", "metering", "packages", "software", "agents", "hierarchy", "replication", "reports", "plans",
    "sizing",
)  # fmt: skip


def kinds_named(kind: Kind) -> frozenset[str]:
    """Return the kinds whose objects an object of this kind may name."""
    found = {kind.named_for} if kind.named_for else set()
    for field in kind.fields:
        for one in (field, *field.parts):
            found.update(_of_field(one))
    return frozenset(found)


def _of_field(field: Field) -> Iterable[str]:
    if field.ref and field.type in {Type.REF, Type.LIST}:
        yield field.ref
    yield from field.selects
    yield from field.asks


@cache
def kinds_in_order() -> tuple[Kind, ...]:
    """Return every declared kind, each behind those that it names."""
    return tuple(in_order([kind for room in sorted(house().rooms, key=_place) for kind in room.kinds]))


@cache
def rank() -> Mapping[str, int]:
    """Return the place of every kind in the order."""
    return {kind.name: place for place, kind in enumerate(kinds_in_order())}


def in_order(kinds: Iterable[Kind]) -> Iterator[Kind]:
    """Yield kinds as they come, but before each those that it names; those that name each other as they come."""
    waiting = {kind.name: kind for kind in kinds}
    while waiting:
        yield from _behind_named(next(iter(waiting.values())), waiting)


def _behind_named(kind: Kind, waiting: dict[str, Kind]) -> Iterator[Kind]:
    for name in [name for name in waiting if name in kinds_named(kind)]:
        if name in waiting and kind.name not in _reached(name, waiting):
            yield from _behind_named(waiting[name], waiting)
    yield waiting.pop(kind.name)


def _reached(name: str, waiting: Mapping[str, Kind]) -> set[str]:
    """Return the kinds that one names, those that these name, and so on, itself too."""
    found, new = set[str](), {name}
    while new:
        found |= new
        new = {other for one in new for other in kinds_named(waiting[one]) & waiting.keys()} - found
    return found


def _place(room: Room) -> tuple[int, str]:
    return (ROOMS.index(room.name) if room.name in ROOMS else len(ROOMS), room.name)
