"""What a definition of a data class may become: it may grow, but what is stored must keep its meaning."""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.inventory.definition import ClassColumn, DataClass


def hindrances(before: DataClass, after: DataClass) -> Iterator[tuple[str, str]]:
    """Yield why a class cannot become another one: what, and what to do instead."""
    if before.is_multi != after.is_multi or before.key != after.key:
        was = ", ".join(before.key) or "none: one row a computer"
        yield f"its key was {was}: rows that are stored could not be told apart by another", "keep the key"
    for column in before.columns:
        new = after.by_name.get(column.name)
        if new is not None:
            yield from _of_column(column, new)
    shared = {column.name for column in before.columns if column.is_shared}
    for column in after.columns:
        if column.name not in before.by_name and column.is_shared and not shared:
            yield f"`{column.name}` cannot be shared: rows that are stored point at nothing", "leave `shared` out"


def _of_column(before: ClassColumn, after: ClassColumn) -> Iterator[tuple[str, str]]:
    name = before.name
    if before.type is not after.type:
        hint = f"keep {before.type.value}, or give the new column another name"
        yield f"`{name}` is {before.type.value}: what is stored is no {after.type.value}", hint
    if before.unit != after.unit:
        yield (
            f"`{name}` was in {before.unit or 'no unit'}: what is stored is not in {after.unit or 'none'}",
            "a new column",
        )
    if before.is_shared is not after.is_shared:
        yield f"`{name}` is {'' if before.is_shared else 'not '}shared: it stands in another table", "leave it as it is"
