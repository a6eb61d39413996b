"""The form of a property list: data types with items, and items within them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def items(listed: Any, kind: str) -> Iterator[Mapping[str, Any]]:
    """Yield the items of a data type, and those within them."""
    groups = listed if isinstance(listed, list) else []
    stack = [
        one
        for group in groups
        if isinstance(group, Mapping) and group.get("_dataType") == kind
        for one in reversed(_within(group))
    ]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            yield one
            stack += reversed(_within(one))


def _within(one: Mapping[str, Any]) -> list[Any]:
    inner = one.get("_items")
    return inner if isinstance(inner, list) else []
