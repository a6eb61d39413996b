"""Computers listed in a file or on standard input: names, GUIDs, or NDJSON objects of other commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from itmsctl.errors import InputError

_HINT = "one name or GUID a line, or NDJSON; `-o name` of every list is that"


def names_in(lines: Iterable[str], place: str) -> list[str]:
    """Return the names and GUIDs of a text, each once, in order. Empty lines and summaries of runs are passed over.

    Of an object the computer is meant: `computer`, else `id`, else `name`. Raises InputError that names the line.
    """
    found: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        text = line.strip().lstrip("\ufeff")
        if not text:
            continue
        name = (
            _of_object(text, f"{place}, line {number}")
            if text.startswith("{")
            else _plain(text, f"{place}, line {number}")
        )
        if name:
            found[name] = None
    return list(found)


def _plain(text: str, place: str) -> str:
    if "\t" in text or text in {"[", "]"} or text.startswith("["):
        raise InputError(f"{place}: `{text[:60]}` is not a name", hint=_HINT)
    return text


def _of_object(text: str, place: str) -> str:
    from itmsctl.documents import strict_json

    try:
        value: Any = strict_json.loads(text)
    except InputError as error:
        raise InputError(f"{place}: {error.message}", hint=_HINT) from error
    if value.get("type") == "summary":
        return ""
    for key in ("computer", "id", "name"):
        name = value.get(key)
        if isinstance(name, str) and name.strip():
            return name.strip()
    raise InputError(f"{place}: the object names no computer", hint="it wants `computer`, `id` or `name`")


def names_in_file(path: Path) -> list[str]:
    """Return the names of a file; raises InputError where it cannot be read."""
    return names_in(_lines(path), str(path))


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as stream:
            yield from stream
    except OSError as error:
        raise InputError(f"`{path}` cannot be read", why=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(f"`{path}` is not UTF-8 text", why=str(error), hint=_HINT) from error
