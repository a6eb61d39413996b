"""A rule as text again: the canonical form, on one line, which `parse` reads as an equal rule."""

from __future__ import annotations

import re
from datetime import datetime

from itmsctl.packages.detection.rule import (
    AnyRule,
    EveryRule,
    FileLeaf,
    Leaf,
    NotRule,
    PackageLeaf,
    ProductLeaf,
    RegistryLeaf,
    Rule,
    ScriptLeaf,
    ServiceLeaf,
)
from itmsctl.values.times import to_second

_BARE = re.compile(r"""[^\s<>=!()\[\],'"][^\s<>=!()\[\],]*""")
_WORDS = frozenset(
    {"and", "or", "not", "by", "is", "value", "exit", "prints", "running", "stopped", "version", "size", "sha256"}
    | {"modified", "all:", "any:", "not:", "~"}
)


def text_of(rule: Rule) -> str:
    """Return a rule as text."""
    match rule:
        case EveryRule(parts):
            return " and ".join(_part(part, (EveryRule, AnyRule)) for part in parts)
        case AnyRule(parts):
            return " or ".join(_part(part, (AnyRule,)) for part in parts)
        case NotRule(part):
            return f"not {_part(part, (EveryRule, AnyRule))}"
        case _:
            return leaf_text(rule)


def _part(rule: Rule, bracketed: tuple[type, ...]) -> str:
    return f"({text_of(rule)})" if isinstance(rule, bracketed) else text_of(rule)


def leaf_text(leaf: Leaf) -> str:
    """Return a leaf as text."""
    if isinstance(leaf, FileLeaf):
        said = [f"{one.field} {one.operator} {_written(one.wanted)}" for one in leaf.tests]
        return " ".join(["folder" if leaf.is_folder else "file", _quoted(leaf.path), *said])
    if isinstance(leaf, RegistryLeaf):
        tail = "" if leaf.value is None else f" value {_quoted(leaf.value)}"
        relation = f" {leaf.operator} {_quoted(leaf.wanted)}" if leaf.operator else ""
        return f"registry {_quoted(leaf.key)}{tail}{relation}"
    if isinstance(leaf, PackageLeaf):
        manager = f" by {leaf.manager}" if leaf.manager else ""
        return f"package {_quoted(leaf.name)}{_versioned(leaf.operator, leaf.version)}{manager}"
    if isinstance(leaf, ProductLeaf):
        return f"product {leaf.code}{_versioned(leaf.operator, leaf.version)}"
    if isinstance(leaf, ServiceLeaf):
        return f"service {_quoted(leaf.name)}" + (f" {leaf.state}" if leaf.state else "")
    if isinstance(leaf, ScriptLeaf):
        tail = f" exit = {leaf.code}" if leaf.code else ""
        printed = f" prints {leaf.operator} {_quoted(leaf.output)}" if leaf.operator else ""
        return f"script {_always(leaf.text)}{tail}{printed}"
    return f"inventory ({leaf.condition})"


def _versioned(operator: str, version: str) -> str:
    return f" {operator} {_quoted(version)}" if operator else ""


def _written(value: str | int | datetime) -> str:
    if isinstance(value, datetime):
        return to_second(value)
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(text: str) -> str:
    return text if _BARE.fullmatch(text) and text not in _WORDS else _always(text)


def _always(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
