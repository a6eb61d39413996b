"""What stands on an endpoint, as data: files in a folder, trees, and what was seen at a path."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from itmsctl.transports.outcome import HostFacts
from itmsctl.values.lean import dataclass

What = Literal["host", "file", "tree"]  # what is looked at


@dataclass(frozen=True)
class FileEntry:
    """A file in a folder of an endpoint. `name` was checked: letters, digits, `.`, `_`, `-` only."""

    name: str
    size_bytes: int
    is_folder: bool


@dataclass(frozen=True)
class Listing:
    """What a folder holds: entries with safe names, and the names that were rejected as the endpoint gave them."""

    entries: tuple[FileEntry, ...]
    rejected: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class TreeEntry:
    """One thing in a tree. `stamp` tells whether its content may have changed since it was last looked at."""

    path: str  # relative to the root; empty for the root itself
    mode: int
    size: int = 0
    mtime: int = 0
    link: str | None = None
    is_folder: bool = False
    stamp: tuple[int, ...] = ()


@dataclass(frozen=True)
class Tree:
    """A folder as it stood when it was read."""

    root: str
    entries: tuple[TreeEntry, ...]

    @property
    def size_bytes(self) -> int:
        """Return how much is to be sent, roughly."""
        return sum(512 + entry.size for entry in self.entries)


@dataclass(frozen=True)
class SeenPath:
    """What was seen: the host, and the digest and mode of what stands at the path; none where nothing does."""

    host: HostFacts = field(default_factory=HostFacts)
    sha256: str | None = None
    mode: int | None = None
