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
    "if($t.TrimEnd().EndsWith('#ITMS {token}')){{"
    "$n=$t.IndexOf('#DATA {token}',[StringComparison]::Ordinal);$ItmsData='';"
    "if($n -ge 0){{$ItmsData=$t.Substring($n,$t.Length-$n);$t=$t.Substring(0,$n)}};"
    "&([scriptblock]::Create($t))}}"
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


def windows_loaded(token: str, text: bytes, names: Mapping[str, str], data: bytes = b"") -> bytes:
    """Return what the loader reads: who answers first, a program, lines that it finds in `$ItmsData`, and its end.

    Raises InputError.
    """
    lines = f"\n#DATA {token}\n".encode("ascii") + data if data else b""
    return _whole(token, _filled("launch.ps1", names), _filled("begin.ps1", names), text, lines)


def windows_marked(token: str, options: Mapping[str, str], pinned: str) -> bytes:
    """Return a call of the run marker as the loader reads it: who answers first, then the marker. Raises InputError."""
    names = {"token": token, "pinned": pinned}
    text = with_core(_text("marker.ps1"), _text("marker.cs"), options)
    return _whole(token, _filled("launch.ps1", names), text.encode("ascii"))


def with_core(text: str, core: str, options: Mapping[str, str]) -> str:
    """Return a script with its core in C#, and the lines that fill its dictionary `$options`.

    The core goes without comments and indentation: it is sent to every computer. Raises InputError for an option that
    cannot stand in quotes.
    """
    told = "\n".join(f"$options['{name}'] = '{_plain(name, value)}'" for name, value in options.items())
    lines = (line.strip() for line in core.splitlines())
    compact = "\n".join(line for line in lines if line and not line.startswith("//"))
    return text.replace("@OPTIONS@", told).replace("@CORE@", compact)


def _text(name: str) -> str:
    return files("itmsctl.transports").joinpath(name).read_text(encoding="ascii")


def _filled(name: str, names: Mapping[str, str]) -> bytes:
    text = _text(name)
    for key, value in names.items():
        text = text.replace(f"@{key.upper()}@", _plain(key, value))
    return text.encode("ascii")


def _plain(name: str, value: str) -> str:
    """Return a value that may stand between two quotes of PowerShell."""
    if not value.isascii() or set(value) & set("'\r\n\0"):
        raise InputError(f"{name} cannot be told to Windows: {value!r}")
    return value


def _whole(token: str, *parts: bytes) -> bytes:
    return b"".join(parts) + f"\n#ITMS {token}\n".encode("ascii")
