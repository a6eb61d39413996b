"""Shelves that the tests of the ground use: real kinds and real tables, without the code of their rooms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader
from itmsctl.values.kind import Kind, house


def kind(name: str) -> Kind:
    found = house().kind(name)
    assert found is not None
    return found


class Subnets(Shelf):
    """A shelf with a reference and with columns that are no fields."""

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        return {"start": b"\0" * 16, "end": b"\xff" * 16}

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        return dict(fields)


SITES = Shelf(kind("site"))
PROFILES = Shelf(kind("profile"))
SUBNETS = Subnets(kind("subnet"))
