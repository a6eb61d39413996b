"""What feeds classes: files or a tool of a computer, what reads them, and the classes that they feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Rows = list[dict[str, Any]]

FORMAT = "FORMAT"
"""Of the words of a tool: what its parser asks it for, by the name that it has there."""


@dataclass(frozen=True)
class Feed:
    """One source of classes.

    Either `parser` reads the text of each of `files` and of each of `tools`; or the module `look` of
    `endpoint.looks` reads by itself what `files` and `tools` then only name, for people. `is_named`: with each line
    its file is told, as some parsers want. `is_pem`: of its files only the certificates are told, each behind its
    path, never a key. `function`: one of `gathering/plain.sh` that prints rows; `files` then only name what it
    reads. `is_optional`: a computer without these files and tools has nothing of it, while that of others is not
    known. `is_substitute`: it is read only where no source before it told anything. `option` is the option of a
    request that leaves it out. `limit_s` is the time that it may take where that is another one than usual.
    """

    classes: tuple[str, ...]
    files: tuple[str, ...] = ()
    tools: tuple[tuple[str, ...], ...] = ()
    parser: str = ""
    look: str = ""
    is_named: bool = False
    is_pem: bool = False
    function: str = ""
    needs_root: bool = False
    is_optional: bool = False
    is_substitute: bool = False
    option: str = ""
    limit_s: float = 0.0
