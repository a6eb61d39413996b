"""The columns of a noun: the usual ones as its room orders them, then every other field, which `-o wide` shows."""

from __future__ import annotations

from dataclasses import replace

from itmsctl.cli.output import Column
from itmsctl.values.kind import Kind, Owner, Type

ID = (Column("id", wide=True), Column("revision", wide=True, right=True))
_NUMBERS = frozenset({Type.INT, Type.REAL, Type.DURATION})


def columns_of(kind: Kind, *usual: str | Column) -> tuple[Column, ...]:
    """Return the columns of a noun: its name, the `usual` ones, every other field that may be shown, and `ID`.

    Fields stand at the right where they are numbers. A usual column says more than a name where its header, or whether
    it is `wide`, is not what follows from that.
    """
    types = {field.name: field.type for field in kind.fields if field.owner is not Owner.SECRET}
    said = [Column(one) if isinstance(one, str) else one for one in ("name", *usual)]
    named = {column.name for column in said}
    said += [*wide(*(name for name in types if name not in named)), *(one for one in ID if one.name not in named)]
    found = {column.name: column for column in said}
    return tuple(replace(one, right=one.right or types.get(one.name) in _NUMBERS) for one in found.values())


def wide(*names: str) -> tuple[Column, ...]:
    """Return columns that only `-o wide` shows."""
    return tuple(Column(name, wide=True) for name in names)
