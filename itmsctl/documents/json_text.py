"""JSON as text that is also safe to print: characters that a terminal obeys or hides are escaped, losslessly (HE1)."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from itmsctl.values.times import to_text

# DEL and C1, bidirectional and invisible formatting, line separators, half characters, private use.
_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\uf8ff\ufeff\ufff9-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001-\U000e007f\U000f0000-\U0010ffff]"
)


def json_text(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON; a moment is RFC 3339 UTC. NaN and Infinity are null: JSON has none."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent, default=_default, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, indent=indent, default=_default)
    return text if text.isascii() and "\x7f" not in text else _HIDDEN.sub(_escaped, text)


def is_hidden(text: str) -> bool:
    """Return whether a text holds a character that is written as an escape."""
    return _HIDDEN.search(text) is not None


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if match[0] != "\x7f" else "\\u007f"


def quoted(text: str) -> str:
    r"""Return a text in double quotes as YAML takes it: `\UXXXXXXXX` beyond the first plane, no pairs of halves."""
    plain = json.dumps(text, ensure_ascii=False)
    return _HIDDEN.sub(lambda m: f"\\U{ord(m[0]):08x}" if ord(m[0]) > 0xFFFF else f"\\u{ord(m[0]):04x}", plain)


def _default(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_text(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return value
