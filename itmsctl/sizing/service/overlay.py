"""An administrator's overlay laid over the numbers: every key known, every value of the type that stands there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import PurePath
from typing import Any

from itmsctl.documents.located import Document
from itmsctl.sizing.notation import same_type, type_name
from itmsctl.sizing.numbers import Band, Cell, Numbers, PrintedTable
from itmsctl.sizing.service.tables import Marked, band_at, cell_at, refusal, value_at
from itmsctl.values.names import did_you_mean
from itmsctl.values.untrusted import log_text

_VALUES = "values"
_BANDS = "bands"
_ENDPOINTS = "endpoints"


def laid_over(numbers: Numbers, document: Document) -> Numbers:
    """Return the numbers with those of a document in their place. Raises FileFormatError with file, line and column."""
    tables = dict(numbers.tables)
    for key in document.value:
        _known(document, (key,), numbers.tables, "table")
        tables[key] = _table(document, tables[key])
    return replace(numbers, tables=tables)


def _table(document: Document, table: PrintedTable) -> PrintedTable:
    _map(document, (table.id,), (_VALUES, _BANDS))
    marked = Marked(f"{PurePath(document.file).name} over {table.source}", {}, _text_metrics(table))
    cells = _cells(document, (table.id, _VALUES), table.cells, marked, table)
    said = _part(document, (table.id, _BANDS))
    known = {band.id: band for band in table.bands}
    bands = {key: replace(band, cells={**band.cells, **cells}) for key, band in known.items()}
    for key in said:
        path = (table.id, _BANDS, key)
        bands[key] = _band(document, path, bands.get(key), marked, table)
    return replace(table, cells={**table.cells, **cells}, bands=_in_order(document, table, bands.values()))


def _band(document: Document, path: tuple[str, ...], known: Band | None, marked: Marked, table: PrintedTable) -> Band:
    raw = _map(document, path, (*table.metrics, _ENDPOINTS) if table.bands else ())
    cells = _cells(document, path, table.metrics, marked, table)
    if known is not None:
        span = band_at(document, path, marked).endpoints if _ENDPOINTS in raw else known.endpoints
        return Band(known.id, span, {**known.cells, **cells})
    if _ENDPOINTS not in raw:
        hint = did_you_mean(path[-1], [band.id for band in table.bands]) or "a new band says its endpoints: 35000-50000"
        raise refusal(document, path, f"no band `{log_text(path[-1])}` in `{table.id}`", hint)
    empty = {name: Cell(None, source=marked.source) for name in table.metrics}
    return Band(path[-1], band_at(document, path, marked).endpoints, {**empty, **table.cells, **cells})


def _cells(
    document: Document, path: tuple[str, ...], known: Mapping[str, Cell], marked: Marked, table: PrintedTable
) -> dict[str, Cell]:
    cells = {}
    for name in _part(document, path):
        if name == _ENDPOINTS and path[1] == _BANDS:
            continue
        _known(document, (*path, name), known, f"number of `{table.id}`")
        if isinstance(value_at(document, (*path, name)), Mapping):
            _explained(document, (*path, name))
        cell = cell_at(document, (*path, name), marked)
        if not same_type(cell.value, known[name].value):
            what = f"`{log_text(name)}` is {type_name(known[name].value)}, not {type_name(cell.value)}"
            raise refusal(document, (*path, name), what)
        cells[name] = cell
    return cells


def _explained(document: Document, path: tuple[str, ...]) -> None:
    """Refuse what is not a value with its reason."""
    raw = _map(document, path, ("value", "why"))
    if not isinstance(raw.get("why", ""), str):
        raise refusal(document, (*path, "why"), "`why` is a sentence")


def _in_order(document: Document, table: PrintedTable, bands: Iterable[Band]) -> tuple[Band, ...]:
    """Return bands in rising order; raises FileFormatError where two hold the same counts (a shared edge is none)."""
    ordered = sorted(bands, key=lambda band: (band.endpoints.low, band.endpoints.high or float("inf")))
    for one, other in pairwise(ordered):
        if one.endpoints.high is None or other.endpoints.low < one.endpoints.high:
            what = f"the bands `{one.id}` ({one.endpoints.text}) and `{other.id}` ({other.endpoints.text}) overlap"
            raise refusal(document, (table.id, _BANDS), log_text(what))
    return tuple(ordered)


def _text_metrics(table: PrintedTable) -> tuple[str, ...]:
    return tuple(name for name, cell in table.metrics.items() if isinstance(cell.value, str))


def _part(document: Document, path: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the map at a path: an empty one where there is none."""
    if len(path) == 2 and path[1] not in document.value[path[0]]:
        return {}
    return _map(document, path)


def _map(document: Document, path: tuple[str, ...], keys: Iterable[str] | None = None) -> Mapping[str, Any]:
    """Return the map at a path, its keys among those known."""
    raw = value_at(document, path)
    if not isinstance(raw, Mapping):
        raise refusal(document, path, f"`{log_text(path[-1])}` is not a map")
    for key in raw if keys is not None else ():
        _known(document, (*path, key), list(keys or ()), "key")
    return raw


def _known(document: Document, path: tuple[str, ...], known: Iterable[str], what: str) -> None:
    names = list(known)
    if path[-1] not in names:
        hint = did_you_mean(path[-1], names) or f"known: {', '.join(names[:40])}"
        raise refusal(document, path, f"no {what} `{log_text(path[-1])}`", hint)
