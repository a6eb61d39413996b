"""What one computer has and another has not, class by class; columns that change by themselves are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.inventory.definition import DataClass, row_label
from itmsctl.inventory.service.classes import class_in, classes_in
from itmsctl.inventory.service.looking import class_rows, classes_known
from itmsctl.resources.service.computers import COMPUTERS

Object = dict[str, Any]

# What no two computers share: named, it is compared; else it would hide what matters.
_OWN = frozenset({"arp_neighbours", "environment", "identification", "processes", "recency", "sensors", "ssh_keys"})


def computer_id(reader: Reader, name: str) -> int:
    """Return the id of a computer. Raises NotFoundError."""
    return COMPUTERS.get(reader, name).id


def differences(reader: Reader, first: int, second: int, class_name: str | None) -> list[Object]:
    """Return what differs between two computers: rows that one has alone, and values that differ in rows of one key.

    Without a class all are compared that were collected from both, but those that tell one computer from another.
    Raises NotFoundError for a class that is not there.
    """
    classes = [class_in(reader, class_name)] if class_name else list(_of_both(reader, first, second))
    return [found for one in classes for found in _of_class(reader, first, second, one)]


def _of_both(reader: Reader, first: int, second: int) -> Iterator[DataClass]:
    collected = [
        {row["class"] for row in classes_known(reader, computer) if row["collected_at"] is not None}
        for computer in (first, second)
    ]
    compared = (collected[0] & collected[1]) - _OWN
    yield from (one for name, one in sorted(classes_in(reader).items()) if name in compared)


def _of_class(reader: Reader, first: int, second: int, one: DataClass) -> Iterator[Object]:
    left, right = (_by_key(one, class_rows(reader, computer, one)["rows"]) for computer in (first, second))
    for key in sorted(left.keys() | right.keys()):
        mine, other = left.get(key), right.get(key)
        if mine is None or other is None:
            yield _difference(one, key, "", _said(one, mine), _said(one, other))
            continue
        for name in one.lasting:
            if mine[name] != other[name]:
                yield _difference(one, key, name, mine[name], other[name])


def _difference(one: DataClass, key: str, column: str, first: Any, second: Any) -> Object:
    return {"class": one.name, "row": key, "column": column or None, "first": first, "second": second}


def _said(one: DataClass, row: Mapping[str, Any] | None) -> str | None:
    """Return a row that stands alone in short."""
    if row is None:
        return None
    told = [str(row[name]) for name in one.lasting if row[name] is not None]
    return ", ".join(told[:3]) or "there"


def _by_key(one: DataClass, rows: list[Object]) -> dict[str, Object]:
    return {row_label(one.key, row): row for row in rows}
