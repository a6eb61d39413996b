"""Facts: what was found of what a leaf asks, whoever looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from itmsctl.packages.detection.rule import Leaf

Truth = bool | None
"""True, false, or None: unknown."""


@dataclass(frozen=True, slots=True)
class LeafFound:
    """Whether a leaf holds, and what was found, in words."""

    truth: Truth
    said: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was found of a file; a field that nobody read is None."""

    is_there: bool
    is_folder: bool | None = None
    size: int | None = None
    sha256: str | None = None
    modified: datetime | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """A package that is installed: by whose word (`dpkg`, `msi` ...), and its version where that is known."""

    name: str
    version: str | None
    source: str


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """A key that is there or not, and the value that was asked for, where it has one."""

    is_there: bool
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    """What a script ended with, and the beginning of what it printed."""

    code: int
    output: str


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service that is there or not, and whether it runs, where that is known."""

    is_there: bool
    is_running: bool | None = None


Packages = Sequence[InstalledPackage]


class Evidence(Protocol):
    """What judges leaves by what it holds of a computer."""

    def look(self, leaf: Leaf) -> LeafFound:
        """Return what is known of a leaf."""
