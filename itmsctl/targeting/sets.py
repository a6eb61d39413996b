"""Sets of computers as trees over collections: what a target is made of, decided for one computer or for all.

A tree names collections by id. `bits` are the collections that hold a computer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.errors import IntegrityError

# Stands for every computer where a collection is asked for: no collection has this id.
EVERYTHING_ID = 0


@dataclass(frozen=True, slots=True)
class Everything:
    """Every computer."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The computers of any of these collections."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Both:
    """The computers of both."""

    left: SetTree
    right: SetTree


@dataclass(frozen=True, slots=True)
class Either:
    """The computers of either."""

    left: SetTree
    right: SetTree


@dataclass(frozen=True, slots=True)
class Without:
    """The computers of the left that are not of the right."""

    left: SetTree
    right: SetTree


SetTree = Everything | AnyOf | Both | Either | Without
Bits = Collection[int]
_BINARY: dict[str, Any] = {"and": Both, "or": Either, "minus": Without}


def ids_of(tree: SetTree) -> frozenset[int]:
    """Return every collection that a tree names."""
    match tree:
        case AnyOf(ids):
            return ids
        case Both(left, right) | Either(left, right) | Without(left, right):
            return ids_of(left) | ids_of(right)
        case _:
            return frozenset()


def expanded(tree: SetTree, parts: Mapping[int, frozenset[int]]) -> SetTree:
    """Return the tree with views and groups replaced by the groups they hold; other ids stand for themselves."""
    match tree:
        case AnyOf(ids):
            return AnyOf(frozenset().union(*(parts.get(i, frozenset({i})) for i in ids)))
        case Both(left, right):
            return Both(expanded(left, parts), expanded(right, parts))
        case Either(left, right):
            return Either(expanded(left, parts), expanded(right, parts))
        case Without(left, right):
            return Without(expanded(left, parts), expanded(right, parts))
        case _:
            return tree


def decider(tree: SetTree) -> Callable[[Bits], bool]:
    """Return a function that tells from a computer's collections whether it is in the set."""
    match tree:
        case AnyOf(ids) if len(ids) == 1:
            (only,) = ids
            return lambda bits: only in bits
        case AnyOf(ids):
            return lambda bits: not ids.isdisjoint(bits)
        case Both(left, right):
            a, b = decider(left), decider(right)
            return lambda bits: a(bits) and b(bits)
        case Either(left, right):
            c, d = decider(left), decider(right)
            return lambda bits: c(bits) or d(bits)
        case Without(left, right):
            e, f = decider(left), decider(right)
            return lambda bits: e(bits) and not f(bits)
        case _:
            return lambda _bits: True


def holds_strangers(tree: SetTree) -> bool:
    """Return whether a computer of no collection at all is in the set: such a set gains every new computer."""
    return decider(tree)(frozenset())


def to_json(tree: SetTree) -> Any:
    """Return the stored form of a tree."""
    match tree:
        case AnyOf(ids):
            return ["in", *sorted(ids)]
        case Both(left, right):
            return ["and", to_json(left), to_json(right)]
        case Either(left, right):
            return ["or", to_json(left), to_json(right)]
        case Without(left, right):
            return ["minus", to_json(left), to_json(right)]
        case _:
            return ["all"]


def from_json(value: Any) -> SetTree:
    """Read the stored form of a tree; raises IntegrityError where it is none."""
    match value:
        case ["all"]:
            return Everything()
        case ["in", *ids]:
            return AnyOf(frozenset(ids))
        case [("and" | "or" | "minus") as name, left, right]:
            node: SetTree = _BINARY[name](from_json(left), from_json(right))
            return node
        case _:
            raise IntegrityError(f"`{value}` is no set of computers", hint="save the target again")


def all_of(parts: Collection[SetTree]) -> SetTree:
    """Return the intersection of some sets; every computer for none."""
    known = [p for p in parts if not isinstance(p, Everything)]
    result: SetTree = known[0] if known else Everything()
    for part in known[1:]:
        result = Both(result, part)
    return result
