"""What a recommendation starts from: numbers that were given, or a file of sites."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from itmsctl.documents.faults import bad_format
from itmsctl.documents.rows import Columns, RowProblem, TableRow, read_rows
from itmsctl.errors import FileFormatError, InputError
from itmsctl.sizing.request import MOST, SERVICES, Request, SiteSize
from itmsctl.values.names import check_name, name_key

_COLUMNS = Columns.of("name", "endpoints", *SERVICES, required=("name", "endpoints"))
_SHOWN = 10


def of_numbers(endpoints: int | None, sites: tuple[SiteSize, ...], given: Mapping[str, Any]) -> list[Request]:
    """Return the request of numbers alone: the sites' endpoints together, unless it is said how many there are.

    Raises InputError where sites hold more than were said.
    """
    inside = sum(site.endpoints for site in sites)
    total = inside if endpoints is None else endpoints
    if sites and total < inside:
        raise InputError(f"{total:,} endpoints, but {inside:,} in the sites", hint="leave out --endpoints")
    rest = (SiteSize("(no site)", total - inside),) if sites and total > inside else ()
    return [Request(total, sites=(*sites, *rest), **given)]


def read_sites(source: BinaryIO | Path) -> tuple[SiteSize, ...]:
    """Read sites from a table (CSV or NDJSON) `name,endpoints[,task,package,boot]`, largest first.

    Raises FileFormatError that names the rows which cannot be used.
    """
    found: dict[str, SiteSize] = {}
    problems: list[str] = []
    with read_rows(source, _COLUMNS) as rows:
        for row in rows:
            try:
                site = _site(row)
                if name_key(site.name) in found:
                    raise InputError(f"the site `{site.name}` comes twice")
            except InputError as error:
                problems.append(f"line {row.line}: {error.message}")
                continue
            found[name_key(site.name)] = site
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise FileFormatError(
            f"{rows.name}: {'; '.join(problems[:_SHOWN])}{more}", hint="name,endpoints,task,package,boot"
        )
    if not found:
        raise bad_format(rows.name, "no sites", hint="rome,1200 below a header name,endpoints")
    return tuple(sorted(found.values(), key=lambda site: (-site.endpoints, site.name)))


def _site(row: TableRow | RowProblem) -> SiteSize:
    if isinstance(row, RowProblem):
        raise InputError(row.reason)
    name = row.values.get("name")
    if not isinstance(name, str):
        raise InputError("the name is no text")
    present = {service: count for service in SERVICES if (count := _count(row, service)) is not None}
    return SiteSize(check_name(name), _count(row, "endpoints") or 0, present)


def _count(row: TableRow, column: str) -> int | None:
    """Return a whole number of a row, none where the cell is empty."""
    raw = row.values.get(column)
    text = str(raw).strip() if raw is not None and not isinstance(raw, bool) else ""
    if not text and column != "endpoints":
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(MOST)) or int(text) > MOST:
        raise InputError(f"`{text[:20]}` {column}: not a whole number up to {MOST:,}")
    return int(text)
