"""`site export` and `subnet export`: tables that NetBox's import forms, and our own import, read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TextIO

from itmsctl.cmdb.work import Reader
from itmsctl.documents.write import write_csv, write_ndjson
from itmsctl.sites.netbox import (
    PREFIX_EXPORT,
    PREFIX_EXPORT_SCOPED,
    SITE_EXPORT,
    SITE_OWN,
    SUBNET_OWN,
    prefix_row,
    site_row,
)
from itmsctl.sites.service.site import SITES
from itmsctl.sites.service.subnet import SUBNETS

Form = Literal["csv", "ndjson"]


def export_sites(reader: Reader, sink: TextIO, form: Form, *, every: bool = False) -> int:
    """Write all sites, ordered by name; with `every` field, also those NetBox does not know. Return how many."""
    columns = (*SITE_EXPORT, *SITE_OWN) if every else SITE_EXPORT
    return _written((site_row(doc.name, doc.fields) for doc in SITES.list(reader)), sink, form, columns)


def export_subnets(reader: Reader, sink: TextIO, form: Form, *, scoped: bool = False, every: bool = False) -> int:
    """Write all subnets, ordered by name; `scoped` as NetBox from 4.2 on reads sites. Return how many.

    With `every` field also those are written that NetBox does not know.
    """
    docs = SUBNETS.list(reader)
    rows = (prefix_row(doc.name, doc.fields["site"] or "", doc.fields) for doc in docs)
    columns = PREFIX_EXPORT_SCOPED if scoped else PREFIX_EXPORT
    return _written(rows, sink, form, (*columns, *SUBNET_OWN) if every else columns)


def _written(rows: Iterable[Mapping[str, Any]], sink: TextIO, form: Form, fields: Sequence[str]) -> int:
    if form == "csv":
        return write_csv(rows, sink, fields)
    return write_ndjson(({field: row[field] for field in fields} for row in rows), sink)
