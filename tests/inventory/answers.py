"""Answers as an endpoint writes them, whole or spoilt, for tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

TOKEN = "5f" * 16
HEAD = {"itms-inventory": 1, "token": TOKEN, "system": "linux", "at": "2026-11-30T12:00:00Z"}


def line(found: Mapping[str, Any]) -> bytes:
    """Return an object as a line."""
    return json.dumps(found, separators=(",", ":")).encode() + b"\n"


def ended(lines: Iterable[bytes]) -> bytes:
    """Return lines with the last one that an honest endpoint writes."""
    all_ = list(lines)
    body = b"".join(all_)
    return body + line({"lines": len(all_), "sha256": hashlib.sha256(body).hexdigest()})


def answered(*classes: Mapping[str, Any], token: str = TOKEN) -> bytes:
    """Return a whole, sound answer."""
    return ended([line(HEAD | {"token": token}), *map(line, classes)])
