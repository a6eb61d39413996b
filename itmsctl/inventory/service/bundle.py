"""The programs for computers, from the modules of this installation; what is the same for all of them is made once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from itmsctl.inventory.catalogue import names
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.endpoint.looks.servers import SERVERS
from itmsctl.inventory.endpoint.program import written_down
from itmsctl.inventory.endpoint.sources import EVERY
from itmsctl.inventory.endpoint.sources.unix import PLAIN_LINUX, SYSTEMS
from itmsctl.inventory.gathering.powershell import (
    ask_text,
    definitions_text,
    package_text,
    sources_of_classes,
    sources_text,
)
from itmsctl.inventory.gathering.script import bundled, end_of, end_of_package, start_of
from itmsctl.inventory.gathering.shell import servers_text, shell_program, start_of_request
from itmsctl.inventory.parsers import lsblk, rpm
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.kept_program import kept
from itmsctl.values.untrusted import shell_arg

_FRAMES = "itmsctl.inventory.gathering"


def python_edition(request: Mapping[str, Any], own: Mapping[str, DataClass] | None = None) -> bytes:
    """Return the program for a computer with Python 3.6 or newer: it reads this request, and answers on its output.

    `own` are the classes that it names which do not come with the program.
    """
    classes = [(own or {}).get(name) or data_class(name) for name in sorted(request["classes"])]
    return _start() + end_of(request, _classes(tuple(classes)))


def shell_edition(request: Mapping[str, Any]) -> bytes:
    """Return the program for a computer without such a Python: basic classes, always whole."""
    return (start_of_request(request) + _shell()).encode()


def windows_edition(request: Mapping[str, Any]) -> bytes:
    """Return the program for Windows: Windows PowerShell 5.1 runs it."""
    return f"{_sources(tuple(sorted(request['classes'])))}\n{ask_text(_windows, request)}".encode("ascii")


def windows_package(settings: Mapping[str, Any], names: tuple[str, ...]) -> bytes:
    """Return the stand-alone package for Windows: Windows PowerShell 5.1 runs it."""
    return package_text(_windows, settings, names, _sources(names)).encode("ascii")


def windows_sources() -> dict[str, list[str]]:
    """Return the classes that the Windows edition feeds, each with its sources."""
    return sources_of_classes(_windows)


@cache
def _sources(names: tuple[str, ...]) -> str:
    return sources_text(_windows, definitions_text(written_down(data_class(name)) for name in names))


@cache
def _windows(name: str) -> str:
    return files(_FRAMES).joinpath("windows", name).read_text(encoding="ascii")


def unix_package(settings: Mapping[str, Any], names: tuple[str, ...]) -> bytes:
    """Return the stand-alone package for a UNIX: a script that its Python runs, or its shell."""
    entry = ("itmsctl.inventory.endpoint.package", "run")
    request: Mapping[str, Any] = {"token": "", "classes": dict.fromkeys(names), "options": {}}
    text = _frame("package.sh")
    for place, part in (
        ("@OUT@", shell_arg(settings["out"])),
        ("@README@", "\n".join(f"#README {line}".rstrip() for line in settings["readme"].splitlines())),
        ("@SHELL@", shell_edition(request).decode()),
    ):
        text = text.replace(place, part)
    program = start_of(_frame("start.txt"), bundled(EVERY, source_of, entry), entry)
    return text.encode() + program + end_of_package(settings, _classes(tuple(data_class(name) for name in names)))


@cache
def _start() -> bytes:
    return kept(lambda: start_of(_frame("start.txt"), bundled(EVERY, source_of)))


@cache
def _shell() -> str:
    systems = {"linux": PLAIN_LINUX, **SYSTEMS}
    formats = {"rpm": rpm.FORMAT.replace("\\\\", "\\"), "lsblk": lsblk.COLUMNS}
    functions = _frame("plain.sh").replace("#SERVERS\n", servers_text(SERVERS))
    return shell_program(_frame("shell.sh"), functions, systems, names(), formats)


def package_readme(system: str, name: str, days: int, files: int) -> str:
    """Return how a package of this name is used, and how its files travel."""
    text = _windows("package_readme.txt") if system == "windows" else _frame("package_readme.txt")
    for place, said in (("@NAME@", name), ("@DAYS@", str(days)), ("@FILES@", str(files))):
        text = text.replace(place, said)
    return text


def _frame(name: str) -> str:
    return files(_FRAMES).joinpath(name).read_text(encoding="utf-8")


@cache
def _classes(classes: tuple[DataClass, ...]) -> str:
    return json.dumps([written_down(one) for one in classes], separators=(",", ":"))


def source_of(module: str) -> str | None:
    """Return the text of a module of ours; None for what is none."""
    package, *parts = module.split(".")
    places = (files(package).joinpath(*parts, "__init__.py"), files(package).joinpath(*parts[:-1], f"{parts[-1]}.py"))
    return next((place.read_text(encoding="utf-8") for place in places if place.is_file()), None)
