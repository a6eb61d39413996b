"""What a reader of files is."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from itmsctl.packages.facts import ReadFacts


class FileReader(NamedTuple):
    """A format: whether a file is of it, by its first bytes and its name in small letters, and how it is read."""

    format: str
    suffixes: tuple[str, ...]  # whose files it must know; else they are misnamed or damaged
    knows: Callable[[bytes, str], bool]
    read: Callable[[BinaryIO, str], ReadFacts]
