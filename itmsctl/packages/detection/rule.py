"""What a rule is made of: leaves that ask one thing each, put together by all, any and not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

MANAGERS = (
    "dpkg", "rpm", "apk", "pacman", "opkg", "snap", "flatpak", "brew", "pip", "npm", "gem", "msi", "registry", "store",
    "app", "pkg",
)  # fmt: skip
"""Who may be asked for a package by name: the `source` of a row of software."""

FILE_FIELDS = ("version", "size", "sha256", "modified")
SERVICE_STATES = ("running", "stopped")


@dataclass(frozen=True, slots=True)
class FileTest:
    """What a file must be: a field of it in a relation to a value (text, bytes, or an aware moment)."""

    field: str
    operator: str
    wanted: str | int | datetime


@dataclass(frozen=True, slots=True)
class FileLeaf:
    """A file, or a folder, that is there, and is so."""

    path: str
    tests: tuple[FileTest, ...] = ()
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class RegistryLeaf:
    """A key of the registry of Windows, or a value of it, which may have to stand in a relation to a text."""

    key: str
    value: str | None = None
    operator: str = ""
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class PackageLeaf:
    """A package that a package manager knows, perhaps of some version, perhaps of one manager; `*` in a name is any."""

    name: str
    operator: str = ""
    version: str = ""
    manager: str = ""


@dataclass(frozen=True, slots=True)
class ProductLeaf:
    """A product of Windows Installer by its code."""

    code: str
    operator: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class ScriptLeaf:
    """A script in the shell of the system (sh, PowerShell) that ends with a code, or prints something."""

    text: str
    code: int = 0
    operator: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True)
class ServiceLeaf:
    """A service that is installed, or is in a state."""

    name: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class InventoryLeaf:
    """A condition of the filter language over what inventory holds."""

    condition: str


@dataclass(frozen=True, slots=True)
class EveryRule:
    """All parts."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyRule:
    """Any part."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class NotRule:
    """The opposite of a part; what is unknown stays unknown."""

    part: Rule


Leaf = FileLeaf | RegistryLeaf | PackageLeaf | ProductLeaf | ScriptLeaf | ServiceLeaf | InventoryLeaf
Rule = EveryRule | AnyRule | NotRule | Leaf


def leaves(rule: Rule) -> Iterator[Leaf]:
    """Yield the leaves of a rule, in the order in which they are written."""
    if isinstance(rule, EveryRule | AnyRule):
        for part in rule.parts:
            yield from leaves(part)
    elif isinstance(rule, NotRule):
        yield from leaves(rule.part)
    else:
        yield rule
