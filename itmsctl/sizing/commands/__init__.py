"""Commands of the room `sizing`: one file a verb, found by listing; each adds its verb to `group.sizing_app`."""

from __future__ import annotations

import importlib
import pkgutil

from itmsctl.sizing.commands.group import sizing_app

__all__ = ["sizing_app"]

for _info in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_info.name}")
