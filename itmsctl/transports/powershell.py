"""How a program gets to Windows, where no POSIX shell is: its text by standard input, run by Windows PowerShell 5.1.

The command line has no quote and no blank in a word, so `cmd.exe` and PowerShell pass it on alike: the SSH server of
Windows starts one of them. Not yet run on a real Windows: tests have a stand-in there.
"""

from __future__ import annotations

import base64
import shlex
from collections.abc import Mapping, Sequence
from importlib.resources import files

from itmsctl.errors import InputError

POWERSHELL = "powershell.exe"

# `$input` are the lines of standard input. One whose end is missing is not run.
_LOADER = (
    "$ErrorActionPreference='Stop';$t=@($input)-join[char]10;"
    "if($t.TrimEnd().EndsWith('#ITMS {token}')){{&([scriptblock]::Create($t))}}"
    "else{{[Console]::Out.Write('ITMS1 {token} TORN 0 - - - - - the program did not arrive whole'+[char]10)}}"
)


def command_line(words: Sequence[str]) -> str:
    """Return what the login shell of a computer is given: on Windows it knows no `exec`."""
    return shlex.join(words) if words[0] == POWERSHELL else "exec " + shlex.join(words)


def windows_loader(token: str) -> list[str]:
    """Return the program that reads a program from its input and runs it, with its arguments."""
    text = base64.b64encode(_LOADER.format(token=token).encode("utf-16-le")).decode("ascii")
    how = ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-OutputFormat", "Text"]
    return [POWERSHELL, *how, "-EncodedCommand", text]


def windows_loaded(token: str, text: bytes, names: Mapping[str, str]) -> bytes:
    """Return what the loader reads: who answers first, then a program, then its end. Raises InputError."""
    launch = files("itmsctl.transports").joinpath("launch.ps1").read_text(encoding="ascii")
    for name, value in names.items():
        if not value.isascii() or set(value) & set("'\r\n\0"):
            raise InputError(f"{name} cannot be told to Windows: {value!r}")
        launch = launch.replace(f"@{name.upper()}@", value)
    return launch.encode("ascii") + text + f"\n#ITMS {token}\n".encode("ascii")
