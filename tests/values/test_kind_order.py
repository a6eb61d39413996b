"""The order of kinds: what is named stands before what names it; rooms as the import contract has them."""

from __future__ import annotations

import tomllib

from itmsctl.values.kind import Field, Kind, Type, house
from itmsctl.values.kind_order import ROOMS, in_order, kinds_in_order, kinds_named
from tests.house import ROOT


def test_what_is_named_stands_before_what_names_it() -> None:
    seen: set[str] = set()
    for kind in kinds_in_order():
        assert kinds_named(kind) - {kind.name} <= seen, kind.name
        seen.add(kind.name)
    assert seen == {kind.name for kind in house().kinds()}


def test_rooms_stand_as_the_contract_says() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [layer for layer in contracts[0]["layers"] if layer in ROOMS]
    assert tuple(reversed(layers)) == ROOMS
    assert {room.name for room in house().rooms} <= set(ROOMS)


def test_kinds_that_name_each_other_come_as_they_are() -> None:
    def kind(name: str, ref: str) -> Kind:
        return Kind(name, name, "", (Field("to", "", Type.REF, ref=ref),))

    assert [k.name for k in in_order([kind("a", "b"), kind("b", "a"), kind("c", "c")])] == ["a", "b", "c"]
