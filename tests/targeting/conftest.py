"""A small estate, and what its collections hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.targeting.service import names, roster

Holds = Callable[..., list[str]]


@pytest.fixture
def estate(store: Store) -> Store:
    """Three Linux computers, two of them in production, and a Windows one."""
    for name, family, tags in (
        ("ada", "linux", {"env": "prod", "role": "web"}),
        ("bob", "linux", {"env": "prod"}),
        ("cyd", "linux", {}),
        ("dan", "windows", {"env": "prod"}),
    ):
        fields = {"os_family": family, "tags": tags, "address": [f"10.0.0.{len(name + family)}"]}
        store.write(lambda unit, n=name, f=fields: COMPUTERS.add(unit, n, f))
    return store


@pytest.fixture
def holds(store: Store) -> Holds:
    """Return the names in a collection: `holds("linux")`, `holds("rome", kind="group")`."""

    def names_in(name: str, kind: str = "filter") -> list[str]:
        with store.read() as reader:
            return [row["name"] for row in roster.members(reader, names.find(reader, name, (kind,)))]

    return names_in
