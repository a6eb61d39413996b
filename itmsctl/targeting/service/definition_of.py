"""From the text of a filter or group to what is stored beside it, so that no update ever parses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.expressions import encoding
from itmsctl.expressions import tree as t
from itmsctl.expressions.evaluate import Record, compile_python
from itmsctl.expressions.registry import COMPUTER, Registry
from itmsctl.targeting.rules import BY_HAND
from itmsctl.targeting.service import sqlrun

_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


def parsed(reader: Reader, text: str) -> t.Node:
    """Return the tree of an expression; raises ExpressionError."""
    return _parsed(text, Registry.of(reader.connection))


@lru_cache(maxsize=64)
def _parsed(text: str, registry: Registry) -> t.Node:
    from itmsctl.expressions.parse import parse

    return parse(text, registry)


def of_where(reader: Reader, text: str) -> dict[str, Any]:
    """Return the columns kept beside an expression: its tree, the classes that decide it, whether time does too."""
    registry = Registry.of(reader.connection)
    tree = _parsed(text, registry)
    classes = sorted(_deciding(tree, registry))
    return {"tree": encoding.to_json(tree), "classes": classes, "volatile": t.uses_now(tree)}


def _deciding(tree: t.Node, registry: Registry) -> frozenset[str]:
    """Return the classes whose changes can change the answer for a computer.

    An expression that holds for a computer of which nothing is known (`tags.env is null`) is also decided by the class
    `computer`: every new computer has rows of it, though perhaps of no other.
    """
    classes = frozenset(registry.cls(name).changes_with or name for name in t.classes_used(tree))
    holds_for_strangers = compile_python(tree, now=_ANY_MOMENT, registry=registry)(Record()) is True
    return classes | {COMPUTER} if holds_for_strangers else classes


def of_sql(reader: Reader, text: str) -> dict[str, Any]:
    """Return the columns kept beside a SQL filter; raises SqlFilterError."""
    return {"tree": None, "classes": sorted(sqlrun.checked(reader, text).classes), "volatile": False}


def of_fields(reader: Reader, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns kept beside a filter or group of these fields, worked out again."""
    if fields.get("where"):
        return of_where(reader, fields["where"])
    return of_sql(reader, fields["sql"]) if fields.get("sql") else by_hand()


def by_hand() -> dict[str, Any]:
    """Return the columns kept beside members that are put in by hand."""
    return {"tree": None, "classes": [BY_HAND], "volatile": False}
