"""A table of numbers, read from one entry of a YAML document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from itmsctl.documents.located import Document
from itmsctl.errors import FileFormatError, InputError
from itmsctl.sizing.notation import cell_of, span_of
from itmsctl.sizing.numbers import Band, Cell, PrintedTable

_VALUES = "values"
_BANDS = "bands"
_ENDPOINTS = "endpoints"


@dataclass(frozen=True)
class Marked:
    """What all cells of a table share: their source, the conflicts that touch some, the metrics that are text."""

    source: str
    conflicts: Mapping[str, list[str]]
    text: tuple[str, ...] = ()

    def ids(self, metric: str) -> tuple[str, ...]:
        """Return the conflicts that touch a metric."""
        return tuple(key for key, names in self.conflicts.items() if any(fnmatchcase(metric, name) for name in names))

    def is_text(self, metric: str) -> bool:
        """Return whether a metric is text, digits or not."""
        return any(fnmatchcase(metric, name) for name in self.text)


def table_of(document: Document, key: str) -> PrintedTable:
    """Return the table that stands under a key of a document of ours."""
    raw: dict[str, Any] = document.value[key]
    marked = Marked(raw["source"], raw.get("conflicts", {}), tuple(raw.get("text", ())))
    cells = {name: cell_at(document, (key, _VALUES, name), marked) for name in raw.get(_VALUES, {})}
    bands = [band_at(document, (key, _BANDS, name), marked) for name in raw.get(_BANDS, {})]
    return PrintedTable(
        id=key,
        source=marked.source,
        title=raw["title"],
        role=raw["role"],
        cells=cells,
        bands=tuple(replace(band, cells={**cells, **band.cells}) for band in bands),
        above=raw.get("above", "refuse"),
        above_conflicts=tuple(raw.get("above_conflicts", ())),
    )


def band_at(document: Document, path: tuple[str, ...], marked: Marked) -> Band:
    """Return the band that stands at a path, without the cells of every band."""
    raw = value_at(document, path)
    cells = {name: cell_at(document, (*path, name), marked) for name in raw if name != _ENDPOINTS}
    try:
        span = span_of(raw[_ENDPOINTS])
    except InputError as error:
        raise refusal(document, (*path, _ENDPOINTS), error.message, error.hint) from None
    return Band(path[-1], span, cells)


def cell_at(document: Document, path: tuple[str, ...], marked: Marked) -> Cell:
    """Return the cell that stands at a path: a value, or a map of a value with source, conflicts and why."""
    raw = value_at(document, path)
    more: Mapping[str, Any] = {}
    if isinstance(raw, Mapping):
        more, raw = raw, raw.get("value")
    metric = path[-1]
    try:
        cell = cell_of(raw, text=marked.is_text(metric))
    except InputError as error:
        raise refusal(document, path, error.message, error.hint) from None
    conflicts = (*marked.ids(metric), *more.get("conflicts", ()))
    return replace(cell, source=more.get("source", marked.source), conflicts=conflicts, why=more.get("why") or "")


def value_at(document: Document, path: tuple[str, ...]) -> Any:
    """Return what stands at a path of a document."""
    value = document.value
    for key in path:
        value = value[key]
    return value


def refusal(document: Document, path: tuple[str, ...], what: str, hint: str = "") -> FileFormatError:
    """Return the error of what stands at a path, with file, line and column."""
    place = document.place(*path)
    return FileFormatError(f"{place}: {what}", hint=hint, details=place.as_dict())
