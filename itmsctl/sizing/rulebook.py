"""All rules of sizing, found by listing `rules/`, in the order of their ids."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from itmsctl.sizing import rules as folder
from itmsctl.sizing.rule import Rule


@cache
def modules() -> tuple[str, ...]:
    """Return the names of the files of `rules/`."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(folder.__path__)))


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, by id."""
    found = [importlib.import_module(f"{folder.__name__}.{name}").RULE for name in modules()]
    return tuple(sorted(found, key=lambda rule: rule.id))
