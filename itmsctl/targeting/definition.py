"""What a target is made of, by ids, so that renaming a filter changes no target (TGT-1, TGT-9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.targeting import sets


@dataclass(frozen=True)
class Definition:
    """The collections a target names. `everywhere`: the view `all` was named, so the views limit nothing."""

    views: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    filters: tuple[int, ...] = ()
    excludes: tuple[int, ...] = ()
    everywhere: bool = False
    fits: sets.SetTree | None = None

    @property
    def ids(self) -> frozenset[int]:
        """Return every collection that is named."""
        inside = sets.ids_of(self.fits) if self.fits is not None else frozenset[int]()
        return frozenset((*self.views, *self.groups, *self.filters, *self.excludes)) | inside

    @property
    def within(self) -> sets.SetTree:
        """Return where the target starts from."""
        start = frozenset((*self.views, *self.groups))
        return sets.Everything() if self.everywhere or not start else sets.AnyOf(start)

    @property
    def tree(self) -> sets.SetTree:
        """Return the whole target as one set (TGT-9), scope apart."""
        parts = [self.within, *(sets.AnyOf(frozenset({i})) for i in self.filters)]
        if self.fits is not None:
            parts.append(self.fits)
        whole = sets.all_of(parts)
        return sets.Without(whole, sets.AnyOf(frozenset(self.excludes))) if self.excludes else whole

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "views": list(self.views),
            "groups": list(self.groups),
            "filters": list(self.filters),
            "excludes": list(self.excludes),
            "everywhere": self.everywhere,
            "is": None if self.fits is None else sets.to_json(self.fits),
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Definition:
        """Read the stored form."""
        return Definition(
            views=tuple(value["views"]),
            groups=tuple(value["groups"]),
            filters=tuple(value["filters"]),
            excludes=tuple(value["excludes"]),
            everywhere=bool(value["everywhere"]),
            fits=None if value["is"] is None else sets.from_json(value["is"]),
        )
