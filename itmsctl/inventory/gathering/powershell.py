"""Puts the Windows edition together: PowerShell reads, a core in C# forms rows, their digests and the answer.

The core is a twin of `forming` and `endpoint.program`, compiled there by PowerShell; tests compile it here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from itmsctl.errors import InputError

_FEED = re.compile(r'Feed\("(\w+)", "([^"]+)"')

CORE = ("form.cs", "answer.cs", "instance.cs", "hardware.cs", "software.cs", "machine.cs")
"""The files of the core, in their order."""


def definitions_text(written: Iterable[Sequence[Any]]) -> str:
    """Return classes as the core reads them, from what `endpoint.program.written_down` makes of each."""
    lines = []
    for name, key, columns in written:
        lines.append(f"C\t{name}\t{','.join(key)}")
        lines += [f"F\t{column}\t{kind}\t{signs}" for column, kind, signs in columns]
    return "\n".join(lines)


def sources_of_classes(read: Callable[[str], str]) -> dict[str, list[str]]:
    """Return the classes that the edition feeds, each with its sources."""
    found: dict[str, list[str]] = {}
    for name, source in _FEED.findall(read("machine.cs")):
        found.setdefault(name, []).append(source)
    return found


def package_text(read: Callable[[str], str], settings: Mapping[str, Any], classes: Sequence[str], sources: str) -> str:
    """Return the stand-alone package. Raises InputError for a folder whose name a script of ASCII cannot hold."""
    if not str(settings["out"]).isascii():
        raise InputError("the folder of a package for Windows is named in ASCII", hint="-Out names another one there")
    text = read("package.ps1")
    for place, said in (
        ("@OUT@", settings["out"].replace("'", "''")),
        ("@README@", settings["readme"].strip()),
        ("@SOURCES@", sources),
        ("@CLASSES@", ",".join(classes)),
        ("@DAYS@", str(settings["full_days"])),
        ("@FILES@", str(settings["full_files"])),
        ("@MOST@", str(int(settings["max_mib"] * (1 << 20)))),
    ):
        text = text.replace(place, said)
    return text


def asked_text(classes: Mapping[str, Mapping[str, Any] | None]) -> str:
    """Return what is asked of each class, and what is held of it, as the core reads it."""
    lines = []
    for name in sorted(classes):
        held = classes[name] or {}
        rows = held.get("rows")
        lines.append(f"A\t{name}\t{held.get('digest') or ''}\t{'-' if rows is None else rows}")
    return "\n".join(lines)


def core_text(read: Callable[[str], str]) -> str:
    """Return the core as one source."""
    return "\n".join(read(name).strip() for name in CORE)


def sources_text(read: Callable[[str], str], definitions: str) -> str:
    """Return the part of the program that is the same for every request of these classes."""
    return read("sources.ps1").replace("@DEFINITIONS@", definitions).replace("@CORE@", core_text(read))


def ask_text(read: Callable[[str], str], request: Mapping[str, Any]) -> str:
    """Return the part of the program that a request makes. Raises InputError for a token that is no word."""
    token = str(request["token"])
    if not token.isascii() or not token.replace(" ", "").isalnum():
        raise InputError("a token for Windows has letters and digits")
    options = request.get("options") or {}
    text = read("ask.ps1")
    for place, said in (
        ("@ASKED@", asked_text(request["classes"])),
        ("@WHOLE@", str(int(options.get("whole") is True))),
        ("@TOKEN@", token),
        ("@LIMIT@", str(int(options.get("time_limit_s") or 600))),
    ):
        text = text.replace(place, said)
    return text
