"""The program for a computer, from the modules of this installation; its constant part is made once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from itmsctl.inventory.endpoint.program import written_down
from itmsctl.inventory.endpoint.sources import LINUX
from itmsctl.inventory.gathering.script import bundled, end_of, start_of
from itmsctl.inventory.service.classes import data_class


def python_edition(request: Mapping[str, Any]) -> bytes:
    """Return the program for a computer with Python 3.6 or newer: it reads this request, and answers on its output."""
    return _start() + end_of(request, _classes(tuple(sorted(request["classes"]))))


@cache
def _start() -> bytes:
    return start_of(bundled(LINUX, _source))


@cache
def _classes(names: tuple[str, ...]) -> str:
    return json.dumps([written_down(data_class(name)) for name in names], separators=(",", ":"))


def _source(module: str) -> str | None:
    """Return the text of a module of ours; None for what is none."""
    package, *parts = module.split(".")
    places = (files(package).joinpath(*parts, "__init__.py"), files(package).joinpath(*parts[:-1], f"{parts[-1]}.py"))
    return next((place.read_text(encoding="utf-8") for place in places if place.is_file()), None)
