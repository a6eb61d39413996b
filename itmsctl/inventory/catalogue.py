"""Which data classes come with the program: each is a file of `inventory/classes/`, named as the class.

Beside the files lies what they define in one form that is read at once (`index.json`): most commands need one class or
the names of all, and none may read 77 files for that. `python .ci/classes.py` writes it; a test holds it true.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.packed import unpacked

_END = ".yaml"
INDEX = "index.json"


def folder() -> Traversable:
    """Return the folder of the definitions."""
    return files("itmsctl.inventory") / "classes"


def file_of(name: str) -> Traversable:
    """Return the file that defines a class of the program."""
    return folder() / f"{name}{_END}"


@cache
def definitions() -> Mapping[str, DataClass]:
    """Return the classes of the program by name, from the index; none of their files is read."""
    found = json.loads((folder() / INDEX).read_bytes())
    return MappingProxyType({name: unpacked(name, plain) for name, plain in found.items()})


@cache
def names() -> tuple[str, ...]:
    """Return the names of all classes."""
    return tuple(definitions())


def stems() -> tuple[str, ...]:
    """Return the names of the files of classes, from which the index is made."""
    return tuple(sorted(one.name.removesuffix(_END) for one in folder().iterdir() if one.name.endswith(_END)))
