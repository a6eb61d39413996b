"""Transports by scheme: each is a file of this folder whose name is the scheme."""

from __future__ import annotations

import importlib
import pkgutil

from itmsctl.errors import InputError
from itmsctl.transports.base import Transport


def _driver(module_name: str) -> type[Transport] | None:
    module = importlib.import_module(f"itmsctl.transports.{module_name}")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Transport) and getattr(value, "scheme", "") == module_name:
            return value
    return None


def schemes() -> tuple[str, ...]:
    """Return the schemes there are. Imports every file of the folder, drivers' libraries too."""
    package = importlib.import_module("itmsctl.transports")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(name for name in names if _driver(name) is not None)


def transport_class(scheme: str) -> type[Transport]:
    """Return the transport of a scheme, importing only its own file.

    Raises InputError where there is none.
    """
    package = importlib.import_module("itmsctl.transports")
    if any(module.name == scheme for module in pkgutil.iter_modules(package.__path__)):
        found = _driver(scheme)
        if found is not None:
            return found
    raise InputError(f"`{scheme}` is not a transport", hint=f"use {', '.join(schemes())}")
