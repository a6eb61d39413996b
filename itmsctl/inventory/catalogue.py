"""Which data classes come with the program: each is a file of `inventory/classes/`, named as the class."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_END = ".yaml"


def folder() -> Traversable:
    """Return the folder of the definitions."""
    return files("itmsctl.inventory") / "classes"


@cache
def names() -> tuple[str, ...]:
    """Return the names of all classes; none of their files is read."""
    return tuple(sorted(one.name.removesuffix(_END) for one in folder().iterdir() if one.name.endswith(_END)))


def file_of(name: str) -> Traversable:
    """Return the file that defines a class of the program."""
    return folder() / f"{name}{_END}"
