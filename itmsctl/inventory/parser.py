"""What a parser is: functions from what a tool prints to rows of classes. They open nothing and fail on no text."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from itmsctl.errors import NotFoundError
from itmsctl.values.names import did_you_mean

Rows = list[dict[str, Any]]
Parse = Callable[[str], Rows]

_PACKAGE = "itmsctl.inventory.parsers"


@dataclass(frozen=True)
class Parser:
    """What reads one tool: the command whose output it is, and for each class a function that gives its rows."""

    command: str
    classes: Mapping[str, Parse]

    def rows(self, text: str) -> dict[str, Rows]:
        """Return the rows of all classes that the text tells of."""
        found = {name: parse(text) for name, parse in self.classes.items()}
        return {name: rows for name, rows in found.items() if rows}


@cache
def names() -> tuple[str, ...]:
    """Return the names of all parsers; none of their files is imported."""
    package = importlib.import_module(_PACKAGE)
    return tuple(sorted(module.name for module in pkgutil.iter_modules(package.__path__)))


@cache
def parser(name: str) -> Parser:
    """Return a parser by its name, importing only its own file. Raises NotFoundError that offers a near name."""
    if name not in names():
        raise NotFoundError(f"no parser `{name}`", hint=did_you_mean(name, names()) or ", ".join(names()))
    found: Parser = importlib.import_module(f"{_PACKAGE}.{name}").PARSER
    return found
