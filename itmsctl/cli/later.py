"""A shelf that is imported when a verb first asks it for something: help and completion need none (house rule 7)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from itmsctl.cli.nouns import NounShelf


class _Later:
    def __init__(self, load: Callable[[], NounShelf]) -> None:
        self._load = load

    @cached_property
    def _shelf(self) -> NounShelf:
        return self._load()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shelf, name)


def later(load: Callable[[], NounShelf]) -> NounShelf:
    """Return a stand-in for the shelf that `load` imports; usable as a decorator of the importing function."""
    return cast("NounShelf", _Later(load))
