"""Modules are written again for Python 3.6, and mean what they meant."""

from __future__ import annotations

import ast
import sys
import types

import pytest

from itmsctl.inventory.endpoint.sources import EVERY
from itmsctl.inventory.gathering.modules import reached
from itmsctl.inventory.gathering.older import older
from itmsctl.inventory.gathering.script import ANSWER, bundled
from itmsctl.inventory.service.bundle import source_of

NEW = '''
"""Words."""
from __future__ import annotations
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, NamedTuple

Row = Mapping[str, Any]
WORDS: tuple[str, ...] = ("a", "b")

@dataclass(frozen=True, order=True)
class Part:
    """A part."""
    name: str
    sizes: list[int] = field(default_factory=list)
    note: str | None = "none"

    @cached_property
    def whole(self) -> int:
        """Return the sum."""
        return sum(self.sizes)

class Pair(NamedTuple):
    """A pair."""
    left: int
    right: str

    def twice(self) -> str:
        return self.right * self.left

@cache
def half(number: int, /) -> float:
    return number / 2

def passing(texts: list[str]) -> list[str]:
    found = []
    for text in texts:
        if one := re.fullmatch(r"x(\\d+)", text):
            found.append(one[1])
        elif (one := text.strip()) and len(one) > 2:
            found.append(f"{one!r:>8}|{len(one):0{2}d}|{'nested ' + one}|{{}}")
    found += [kept for text in texts if (kept := text.removesuffix("!"))]
    return found

def boxed(word: str) -> str:
    while word := word[1:]:
        if len(word) == 1:
            return word
    return word

def all_of() -> list[object]:
    given: dict[str, int] = {"a": 1} | {"b": 2}
    given |= {"c": 3}
    rows = [{"x": 1}]
    rows[-1] |= {"y": 2}
    return [
        given, rows, 5 | 2, {1} | {2}, isinstance(1, int | str), "prefix-x".removeprefix("prefix-"),
        (7).bit_count(), int.from_bytes(b"\\1\\0"), list(pairwise("abc")), list(zip("ab", "cd", strict=True)),
        datetime.fromisoformat("2026-01-31T23:59:59.5+01:00").astimezone(UTC).isoformat(),
        datetime.fromisoformat("2026-01-31T23:59:59Z").isoformat(), "x".isascii(), "\\u00e9".isascii(),
        Part("n", [1, 2]).whole, Part("n") == Part("n", []), Part("n") == Part("m"), Part("n").note,
        Pair(2, "x"), Pair(2, "x").twice(), sorted([Part("b"), Part("a")])[0].name,
        half(3), passing(["x12", " word ", "y!", "no"]), boxed("hello"), WORDS,
    ]
'''


def test_what_is_written_again_means_the_same() -> None:
    new, old = types.ModuleType("new"), types.ModuleType("old")
    sys.modules["new"] = new
    try:
        exec(compile(NEW, "new", "exec"), new.__dict__)
    finally:
        del sys.modules["new"]
    text = ast.unparse(older(ast.parse(NEW)))
    ast.parse(text, feature_version=(3, 6))
    exec(compile(text, "old", "exec"), old.__dict__)
    assert old.all_of() == new.all_of()
    assert "Words" not in text
    assert "Mapping[" not in text


@pytest.mark.parametrize("source", ["match 1:\n    case 1: pass", "if (n := 1): pass"])
def test_what_has_no_older_form_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="no older form"):
        older(ast.parse(source))


# What Python learned after 3.6, as attribute or as a name that is imported.
LATER = {
    "removeprefix", "removesuffix", "bit_count", "isascii", "fromisoformat", "capture_output", "cache", "UTC", "field",
    "cached_property", "pairwise", "batched", "time_ns", "monotonic_ns", "perf_counter_ns", "prod", "comb", "lcm",
    "nullcontext", "memfd_create", "is_relative_to", "with_stem", "tomllib", "zoneinfo", "posix_spawn", "randbytes",
    "hardlink_to", "breakpoint", "dataclass", "singledispatchmethod", "waitstatus_to_exitcode", "pidfd_open", "StrEnum",
}  # fmt: skip


def bundle(entry: tuple[str, str] = ANSWER) -> dict[str, str]:
    return bundled(EVERY, source_of, entry)


@pytest.mark.parametrize("entry", [ANSWER, ("itmsctl.inventory.endpoint.package", "run")], ids=" ".join)
def test_the_program_is_python_3_6(entry: tuple[str, str]) -> None:
    for name, text in bundle(entry).items():
        tree = ast.parse(text, name, feature_version=(3, 6))
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        froms = {
            (node.module, alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and not str(node.module).startswith("itmsctl.")
            for alias in node.names
        }
        assert used & LATER == set(), name
        assert {pair for pair in froms if pair[1] in LATER} == set(), name
        generic = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript) and is_generic(node)]
        assert generic == [], f"{name}: types have no members before 3.9"
        assert not [
            node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)
        ] or (name.endswith(".since"))


def is_generic(node: ast.Subscript) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in {"list", "dict", "tuple", "set", "Mapping", "Callable"}


def test_the_program_holds_only_what_it_needs() -> None:
    texts = bundle()
    assert sum(map(len, texts.values())) < 300_000
    assert [
        name for name in texts if name.partition(".")[2].startswith(("cmdb", "cli", "documents", "transports"))
    ] == []
    assert [name for name in texts if ".parsers.registry" in name or ".parsers.wmi" in name] == []


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(LookupError, match="has no nothing"):
        reached([("itmsctl.inventory.captured", "nothing")], source_of)
    with pytest.raises(LookupError, match="used as a value"):
        reached([("m", "x")], {"m": "from itmsctl.a import b\nx = [b]", "itmsctl.a.b": ""}.get)
