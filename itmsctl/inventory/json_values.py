"""JSON of strangers: what is broken, or nested too deep, is nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_DEEPEST = 60
_MOST = 64 << 20


def _is_tame(text: str) -> bool:
    depth = deepest = 0
    for char in text:
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest <= _DEEPEST


def json_of(text: str) -> Any:
    """Return what a JSON text holds; None for what is none."""
    if text.lstrip()[:1] not in {"[", "{"} or len(text) > _MOST or not _is_tame(text):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def objects(found: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list; what is no list has none."""
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, Mapping))


def one_or_several(found: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list, or the one object that stands in its place."""
    return objects(found if isinstance(found, list) else [found])


def objects_by_name(found: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the members of an object that are objects, with their names."""
    if isinstance(found, Mapping):
        yield from ((name, one) for name, one in found.items() if isinstance(one, Mapping))


def member(one: Any, *path: str) -> Any:
    """Return what stands at a path of objects; None where it does not go on."""
    for name in path:
        one = one.get(name) if isinstance(one, Mapping) else None
    return one


def text_at(one: Mapping[str, Any], *names: str) -> str | None:
    """Return the first of these members that is a text, or a number, as text without blanks around it."""
    for name in names:
        found = one.get(name)
        if isinstance(found, bool) or not isinstance(found, (str, int, float)):
            continue
        if str(found).strip():
            return str(found).strip()
    return None


def int_at(one: Mapping[str, Any], *names: str) -> int | None:
    """Return the first of these members that is a whole number that fits 64 bits, also written as text."""
    for name in names:
        found = one.get(name)
        if isinstance(found, str) and found.strip().lstrip("-").isdecimal() and found.isascii() and len(found) < 19:
            return int(found)
        if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 2**63:
            return found
    return None


def truth_at(one: Mapping[str, Any], name: str) -> bool | None:
    """Return a member that is a truth, also where it is written 0 or 1."""
    found = one.get(name)
    if isinstance(found, bool):
        return found
    return {"0": False, "1": True}.get(str(found)) if isinstance(found, (str, int)) else None
