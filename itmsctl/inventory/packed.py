"""A data class as plain values, to be kept as JSON: in the index of those that come with the program, and in a CMDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any

from itmsctl.inventory.definition import ClassColumn, ClassFeed, DataClass
from itmsctl.values.kind import Type


def packed(one: DataClass) -> dict[str, Any]:
    """Return what a class is without its name; what is as usual is left out. Columns stand in their order."""
    found = _said(one, "name", "feeds") | {"columns": [_said(column) for column in one.columns]}
    return found | ({"feeds": [asdict(feed) for feed in one.feeds]} if one.feeds else {})


def unpacked(name: str, plain: Mapping[str, Any]) -> DataClass:
    """Return the class that `packed` wrote."""
    columns = tuple(ClassColumn(**(said | {"type": Type(said["type"])})) for said in plain["columns"])
    rest: dict[str, Any] = {key: tuple(said) if isinstance(said, list) else said for key, said in plain.items()}
    feeds = tuple(ClassFeed(**(said | {"systems": tuple(said["systems"])})) for said in plain.get("feeds", ()))
    return DataClass(name=name, **(rest | {"columns": columns, "feeds": feeds}))


def _said(one: DataClass | ClassColumn, *without: str) -> dict[str, Any]:
    found = {}
    for field in fields(one):
        value = getattr(one, field.name)
        if field.name in {*without, "columns"} or (field.default is not MISSING and value == field.default):
            continue
        found[field.name] = (
            value.value if isinstance(value, Type) else list(value) if isinstance(value, tuple) else value
        )
    return found
