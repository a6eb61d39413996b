"""What a format is: how the data of another tool are known, and how they become what a source told of computers.

Formats see plain values, never files: `inventory.service.loading` reads these in bounds.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from itmsctl.errors import NotFoundError
from itmsctl.inventory.told import Subject, Told
from itmsctl.values.names import near_or_all

_PACKAGE = "itmsctl.inventory.formats"

Pair = tuple[Subject, Told]
Read = Callable[[Iterable[Any], datetime], Iterator[Pair]]


class NotReadableError(ValueError):
    """Why a file of a format that was known tells of no computer; the reader of the file says which file."""


@dataclass(frozen=True)
class Format:
    """A format of another tool.

    `shape` says what its values are: `xml` (one `(root, content)`), `json` (one value, or one a line), `yaml`, `text`.
    `knows` tells from the first value whether it is this format. `read` gives computers from all values; what says
    nothing of when it was collected counts as of the moment that it is given. `sections` says into which classes each
    part of the data goes, `left_out` of each other part why nowhere.
    """

    name: str
    title: str
    shape: str
    knows: Callable[[Any], bool]
    read: Read
    sections: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, str]


@cache
def format_modules() -> tuple[str, ...]:
    """Return the names of the files that hold formats; none of them is imported."""
    package = importlib.import_module(_PACKAGE)
    return tuple(sorted(module.name for module in pkgutil.iter_modules(package.__path__)))


@cache
def every_format() -> tuple[Format, ...]:
    """Return all formats, in the order in which they are tried."""
    found: list[Format] = []
    for name in format_modules():
        module = importlib.import_module(f"{_PACKAGE}.{name}")
        found += getattr(module, "FORMATS", ())
    return tuple(sorted(found, key=lambda one: one.name))


def format_names() -> tuple[str, ...]:
    """Return the names that `--format` takes."""
    return tuple(dict.fromkeys(one.name for one in every_format()))


def formats_named(name: str) -> tuple[Format, ...]:
    """Return the forms that a format has: one a shape. Raises NotFoundError that offers a near name."""
    found = tuple(one for one in every_format() if one.name == name.strip().lower())
    if not found:
        names = format_names()
        raise NotFoundError(f"no format `{name}`", hint=near_or_all(name, names))
    return found
