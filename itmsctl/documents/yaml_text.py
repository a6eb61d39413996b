"""YAML as text: what a scalar must look like so that every reader, of YAML 1.1 or 1.2, gives the same text back.

Written here and not by a library: it streams, costs no import, and needs only maps and lists of scalars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from itmsctl.documents.json_text import is_hidden, json_text, quoted
from itmsctl.values.times import to_text

# Plain only where it begins with a letter and holds nothing that could be syntax: numbers, times, `0777`, `1e3`,
# `12:34:56`, `~`, `- x` and `a: b` all fail this.
_PLAIN = re.compile(r"[^\W\d_][\w./+@()-]*(?: [\w./+@()-]+)*")
# Words that YAML 1.1 or 1.2 takes for a boolean or null, without regard to case.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_MAX_PLAIN = 200
# Several lines that stand as they are: the first begins with no space, and nothing in them is hidden or an end of line
# of another kind.
_BLOCK = re.compile(r"[^\s\x00-\x20][^\x00-\x08\x0b-\x1f]*\n[^\x00-\x08\x0b-\x1f]*")


def scalar(value: Any) -> str:
    """Return one scalar."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return quoted(to_text(value))
    if isinstance(value, (int, float)):
        return _number(value)
    text = str(value)
    if len(text) <= _MAX_PLAIN and _PLAIN.fullmatch(text) and text.casefold() not in _WORDS:
        return text
    return quoted(text)


def _number(value: float) -> str:
    """Return a number; YAML 1.1 takes `1e+16` for text, `1.0e+16` for a number."""
    text = json_text(value)
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def lines_of(value: Any, indent: str = "") -> Iterator[str]:
    """Yield the lines of a map or list, nested to any depth, each begun with `indent`."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _entry(f"{indent}{scalar(str(key))}:", inner, indent + "  ")
    else:
        for inner in value:
            if _is_nested(inner):
                # "- " stands where the first line's indent would
                nested = lines_of(inner, indent + "  ")
                yield f"{indent}- {next(nested).lstrip(' ')}"
                yield from nested
            else:
                yield f"{indent}- {_leaf(inner)}"


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if _is_nested(value):
        yield head
        yield from lines_of(value, indent)
    elif isinstance(value, str) and _BLOCK.fullmatch(value) and not is_hidden(value):
        yield from _block(head, value, indent)
    else:
        yield f"{head} {_leaf(value)}"


def _block(head: str, text: str, indent: str) -> Iterator[str]:
    """Yield a text of several lines as a literal block, so that a script reads as it was written."""
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    yield f"{head} |{'-' if not ends else '' if ends == 1 else '+'}"
    for line in (body + "\n" * max(0, ends - 1)).split("\n"):
        yield indent + line if line else ""


def _is_nested(value: Any) -> bool:
    return _is_collection(value) and len(value) > 0


def _is_collection(value: Any) -> bool:
    return isinstance(value, (Mapping, Sequence)) and not isinstance(value, (str, bytes))


def _leaf(value: Any) -> str:
    if _is_collection(value):
        return "{}" if isinstance(value, Mapping) else "[]"
    return scalar(value)
