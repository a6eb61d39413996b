"""A package that hands on names of its modules, each imported when its name is first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def handing_on(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package. `names` says the names that each of its modules has, apart by blanks.

    One that bears another name there is written `name=there`. The package imports the same names for type checkers.
    """
    places = {
        name: (module, there or name)
        for module, text in names.items()
        for name, _, there in (word.partition("=") for word in text.split())
    }

    def get(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, there = places[name]
        found = getattr(import_module(f"{package}.{module}"), there)
        setattr(sys.modules[package], name, found)
        return found

    return get
