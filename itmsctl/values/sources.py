"""What data classes are computed from, turned round: which classes a change of a noun concerns.

A `FilterField` names its sources; from that alone follows what filters must look at again (`cmdb.derived`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from itmsctl.values.kind import Link, house

# Fields that every noun has: written once, with every change, and by a rename.
BIRTH = frozenset({"guid", "created_at"})
STAMPS = frozenset({"revision", "changed_at"})
COMMON = BIRTH | STAMPS | {"name"}


class Fed(NamedTuple):
    """A data class that a noun feeds. `link` leads from an object to its computers; none: it is itself one."""

    name: str
    link: Link | None


@lru_cache(maxsize=1024)
def fed_by(kind: str, fields: frozenset[str] | None = None) -> tuple[Fed, ...]:
    """Return the classes that these fields of a noun feed; without fields those that any of its fields feeds."""
    by_field = _fed().get(kind, {})
    chosen = by_field if fields is None else by_field.keys() & fields
    return tuple(sorted({fed for name in chosen for fed in by_field[name]}, key=repr))


DATA_TABLE = "inv_"
"""How the table of a class of inventory data begins: `inv_software` feeds `software`, and nothing else."""


def data_class_of(table: str) -> str:
    """Return the class of inventory data whose table it is; empty for another table."""
    return table.removeprefix(DATA_TABLE) if table.startswith(DATA_TABLE) else ""


def fed_by_table(table: str) -> frozenset[str]:
    """Return the names of the classes that a table of rows a computer feeds (`FilterClass.tables`)."""
    return frozenset(cls.changes_with or cls.name for cls in house().filter_classes() if table in cls.tables)


@cache
def _fed() -> Mapping[str, Mapping[str, frozenset[Fed]]]:
    found: defaultdict[str, defaultdict[str, set[Fed]]] = defaultdict(lambda: defaultdict(set))
    for cls in house().filter_classes():
        for noun, *fields in cls.sources:
            links: list[Link | None] = [link for one, link in cls.links if one == noun]
            for name in fields:
                found[noun][name] |= {Fed(cls.changes_with or cls.name, link) for link in links or [None]}
    return {noun: {name: frozenset(fed) for name, fed in of.items()} for noun, of in found.items()}
