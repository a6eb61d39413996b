"""Objects listed in a file or on standard input: names, GUIDs, or NDJSON objects of other commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from io import TextIOBase
from pathlib import Path
from typing import Any

from itmsctl.errors import InputError

COMPUTER = ("computer", "id", "name")  # of a result of a run its computer is meant
OBJECT = ("id", "name")
_MAX_LINE = 64 << 20  # characters: a result of a run holds its output
_HINT = "one name or GUID a line, or NDJSON; `-o name` of every list is that"
_IS_ARRAY = re.compile(r'[\[\]]\s*([\[{"\]]|$)')  # a name may begin with a bracket too
_NO_NAME = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # which no name holds, and PostgreSQL no text


def names_in(lines: Iterable[str], place: str, keys: Sequence[str] = OBJECT) -> list[str]:
    """Return the names and GUIDs of a text, each once, in order. Empty lines and summaries of runs are passed over.

    Of an object the first of `keys` that it has is taken. Raises InputError that names the line.
    """
    found: dict[str, None] = {}
    for number, line in enumerate(_decoded(lines, place), 1):
        text = line.strip().lstrip("\ufeff")
        if not text:
            continue
        at = f"{place}, line {number}"
        name = _of_object(text, at, keys) if text.startswith("{") else text
        if _NO_NAME.search(name) or (name is text and _IS_ARRAY.match(text)):
            raise InputError(f"{at}: `{name[:60]}` is not a name", hint=_HINT)
        if name:
            found[name] = None
    return list(found)


def _decoded(lines: Iterable[str], place: str) -> Iterator[str]:
    try:
        if not isinstance(lines, TextIOBase):
            yield from lines
            return
        while line := lines.readline(_MAX_LINE + 1):  # of a device that never ends a line, such as /dev/zero
            if len(line) > _MAX_LINE:
                raise InputError(f"{place}: a line is longer than {_MAX_LINE >> 20} MiB", hint=_HINT)
            yield line
    except UnicodeDecodeError as error:
        raise InputError(f"{place} is not UTF-8 text", why=str(error), hint=_HINT) from error


def _of_object(text: str, place: str, keys: Sequence[str]) -> str:
    from itmsctl.documents import strict_json

    try:
        value: Any = strict_json.loads(text)
    except InputError as error:
        raise InputError(f"{place}: {error.message}", hint=_HINT) from error
    if value.get("type") == "summary":
        return ""
    for key in keys:
        name = value.get(key)
        if isinstance(name, str) and name.strip():
            return name.strip()
    what = "computer" if "computer" in keys else "object"
    listed = ", ".join(f"`{key}`" for key in keys[:-1])
    raise InputError(f"{place}: the object names no {what}", hint=f"it needs {listed} or `{keys[-1]}`")


def names_in_file(path: Path, keys: Sequence[str] = OBJECT) -> list[str]:
    """Return the names of a file; raises InputError where it cannot be read."""
    return names_in(_lines(path), f"`{path}`", keys)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as stream:
            yield from _decoded(stream, f"`{path}`")
    except OSError as error:
        raise InputError(f"`{path}` cannot be read", why=error.strerror or str(error)) from error
