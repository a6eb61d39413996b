"""What nothing needs any more and no rule of retention names, as a room says it for `db maintain`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Leftover:
    """Rows that a room sweeps away (hook `leftovers`).

    `batch(unit, cursor)` removes some thousands at most; it returns how many, and where the next batch goes on: None at
    the end. Each is a unit of work of its own, so that others write between two of them.
    """

    name: str
    why: str  # it went: "that no row points at"
    batch: Callable[[Any, Any], tuple[int, Any]]
