"""A rule as text again: the canonical form, on one line, which `parse` reads as an equal rule."""

from __future__ import annotations

import re
from datetime import datetime

from itmsctl.packages.detection.rule import (
    AnyRule,
    EveryRule,
    FileLeaf,
    InventoryLeaf,
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
    match leaf:
        case FileLeaf(path, tests, is_folder):
            said = [f"{one.field} {one.operator} {_written(one.wanted)}" for one in tests]
            return " ".join(["folder" if is_folder else "file", _quoted(path), *said])
        case RegistryLeaf(key, value, operator, wanted):
            tail = "" if value is None else f" value {_quoted(value)}"
            return f"registry {_quoted(key)}{tail}" + (f" {operator} {_quoted(wanted)}" if operator else "")
        case PackageLeaf(name, operator, version, manager):
            return f"package {_quoted(name)}{_versioned(operator, version)}" + (f" by {manager}" if manager else "")
        case ProductLeaf(code, operator, version):
            return f"product {code}{_versioned(operator, version)}"
        case ServiceLeaf(name, state):
            return f"service {_quoted(name)}" + (f" {state}" if state else "")
        case ScriptLeaf(text, code, operator, output):
            tail = f" exit = {code}" if code else ""
            return f"script {_always(text)}{tail}" + (f" prints {operator} {_quoted(output)}" if operator else "")
        case InventoryLeaf(condition):
            return f"inventory ({condition})"


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
