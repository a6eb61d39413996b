"""The programs of `packages/endpoint/`, as they are sent to endpoints."""

from __future__ import annotations

import functools
from importlib import resources

_ROOM = "itmsctl.packages.endpoint"


@functools.cache
def program_text(*names: str) -> str:
    """Return files of the folder one after the other, without comments and indentation."""
    folder = resources.files(_ROOM)
    text = "\n".join(folder.joinpath(f"{name}.sh").read_text(encoding="ascii") for name in names)
    return "\n".join(filter(None, (_plain(line) for line in text.splitlines()))) + "\n"


def _plain(line: str) -> str:
    return "" if line.lstrip().startswith("#") else line
