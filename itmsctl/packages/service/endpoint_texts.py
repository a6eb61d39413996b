"""The programs of `packages/endpoint/`, as they are sent to endpoints."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources

from itmsctl.transports.powershell import with_core
from itmsctl.values.untrusted import shell_arg

_ROOM = "itmsctl.packages.endpoint"


@functools.cache
def program_text(*names: str) -> str:
    """Return files of the folder one after the other, without comments and blank lines.

    One that is Python becomes a variable of the shell that has its name.
    """
    return "\n".join(_text(name) for name in names) + "\n"


def _text(name: str) -> str:
    folder = resources.files(_ROOM)
    shell = folder.joinpath(f"{name}.sh")
    if shell.is_file():
        return _plain(shell.read_text(encoding="ascii"))
    return f"{name}=" + shell_arg(_plain(folder.joinpath(f"{name}.py").read_text(encoding="ascii")))


def windows_text(names: Mapping[str, str], call: str) -> bytes:
    """Return the program of PowerShell that calls the C# of packages with options. Raises InputError."""
    folder = resources.files(_ROOM)
    text, core = (folder.joinpath(name).read_text(encoding="ascii") for name in ("stock.ps1", "stock.cs"))
    return with_core(text.replace("@CALL@", call), core, names).encode("ascii")


def _plain(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
