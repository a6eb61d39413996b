"""The columns of a noun: the usual ones as its room orders them, then every other field, which `-o wide` shows."""

from __future__ import annotations

from dataclasses import replace

from itmsctl.cli.output import Column
from itmsctl.values.kind import Kind, Owner
from itmsctl.values.types import meaning

ID = (Column("id", wide=True), Column("revision", wide=True, right=True))


def columns_of(kind: Kind, *usual: str | Column) -> tuple[Column, ...]:
    """Return the columns of a noun: its name, the `usual` ones, every other field that may be shown, and `ID`.

    Fields stand at the right where they are numbers. A usual column says more than a name where its header, or whether
    it is `wide`, is not what follows from that.
    """
    fields = [field for field in kind.fields if field.owner is not Owner.SECRET]
    numbers = {field.name for field in fields if meaning(field.type).is_number}
    said = [Column(one) if isinstance(one, str) else one for one in ("name", *usual)]
    named = {column.name for column in said}
    said += [
        *wide(*(field.name for field in fields if field.name not in named)),
        *(one for one in ID if one.name not in named),
    ]
    found = {column.name: column for column in said}
    return tuple(replace(one, right=one.right or one.name in numbers) for one in found.values())


def wide(*names: str) -> tuple[Column, ...]:
    """Return columns that only `-o wide` shows."""
    return tuple(Column(name, wide=True) for name in names)
