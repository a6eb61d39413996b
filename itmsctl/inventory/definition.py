"""What a data class of inventory is: its columns with types and units, its row key, and what never makes history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from itmsctl.values.kind import Type

SYSTEMS = ("linux", "windows", "macos", "bsd", "solaris", "aix", "hpux")
"""Operating systems that can feed a class."""

NETWORK = "network"
"""What feeds a class too: devices of the network, which are read by SNMP."""

TYPES = tuple(kind for kind in Type if kind is not Type.REF)
"""Types of columns: all that fields of nouns have, but no reference: a computer knows nothing of the CMDB."""


@dataclass(frozen=True)
class ClassColumn:
    """One column of a data class.

    `is_volatile`: it changes by itself, so that it makes no row a changed one. `is_filter`: filters ask for it.
    `is_ordered`: the members of a list stand in an order that means something; else they are sorted, each once.
    `is_shared`: many computers say the same of it together with the other shared columns, which is then kept once.
    """

    name: str
    type: Type
    help: str
    unit: str = ""
    is_volatile: bool = False
    is_filter: bool = False
    is_ordered: bool = False
    is_shared: bool = False


FORMATS = ("json", "csv", "pairs")
"""How a command or file may tell rows of a class that an administrator added (`inventory.custom_output`)."""


@dataclass(frozen=True)
class ClassFeed:
    """What feeds a class that an administrator added: a command for `sh`, or files by a pattern, on these systems."""

    systems: tuple[str, ...]
    format: str
    command: str = ""
    file: str = ""
    limit_s: float = 60.0


@dataclass(frozen=True)
class DataClass:
    """A class of inventory data.

    One of a single row has none or one row a computer and no key; one of many has a row for each value of its key. A
    part of a key may be empty, but not all of it.
    """

    name: str
    help: str
    columns: tuple[ClassColumn, ...]
    key: tuple[str, ...] = ()
    systems: tuple[str, ...] = SYSTEMS
    feeds: tuple[ClassFeed, ...] = ()

    @property
    def is_multi(self) -> bool:
        """Return whether a computer may have many rows."""
        return bool(self.key)

    @cached_property
    def lasting(self) -> tuple[str, ...]:
        """Return the names of the columns that are neither volatile nor a part of the key."""
        return tuple([column.name for column in self.columns if not column.is_volatile and column.name not in self.key])

    @cached_property
    def by_name(self) -> dict[str, ClassColumn]:
        """Return the columns by their names."""
        return {column.name: column for column in self.columns}

    @cached_property
    def stable(self) -> tuple[str, ...]:
        """Return the names of the columns that make a row a changed one, in the order of their letters."""
        return tuple(sorted(column.name for column in self.columns if not column.is_volatile))

    @cached_property
    def volatile(self) -> tuple[str, ...]:
        """Return the names of the columns that never make history."""
        return tuple(column.name for column in self.columns if column.is_volatile)

    @cached_property
    def signature(self) -> str:
        """Return a text that differs where rows would be formed otherwise."""
        columns = [(c.name, c.type.value, c.is_volatile, c.is_ordered, c.is_shared) for c in self.columns]
        return repr((self.name, self.key, columns))

    @cached_property
    def signature_digest(self) -> bytes:
        """Return the digest of the signature."""
        return sha256(self.signature.encode()).digest()

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """Return the names of the columns whose combination is kept once for all computers, in their order."""
        return tuple(column.name for column in self.columns if column.is_shared)


def row_label(key: Sequence[str], row: Mapping[str, Any]) -> str:
    """Return what a row is called: the values of its key."""
    return " ".join([str(row[name]) for name in key if row.get(name) is not None])
