"""Streams of computers: ids first (eight bytes each), then page by page, every page one short read.

A list of 210,000 computers holds no transaction open while it is printed, and one page in memory. Computers that are
removed meanwhile drop out; those that are added meanwhile are not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.stored import PAGE
from itmsctl.cmdb.work import Reader
from itmsctl.resources import hooks
from itmsctl.resources.service.computers import COMPUTERS, identity_section
from itmsctl.resources.service.selection import ComputerSelection, ordered_ids
from itmsctl.values.windows_support import WINDOWS_SUPPORT

Open = Callable[[], AbstractContextManager[Reader]]


def stream(
    read: Open, selection: ComputerSelection, *, sort: str = "name", descending: bool = False, limit: int | None = None
) -> Iterator[Doc]:
    """Yield the computers of a selection; an empty selection means all.

    Raises NotFoundError for a name that is not there, ExpressionError, FieldError for a field that cannot be sorted by.
    """
    for docs, _ in _pages(read, selection, sort, descending, limit, more=False):
        yield from docs


def stream_rows(
    read: Open, selection: ComputerSelection, *, sort: str = "name", descending: bool = False, limit: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the same as flat objects, with the fields that other rooms add."""
    for docs, more in _pages(read, selection, sort, descending, limit, more=True):
        for doc in docs:
            yield doc.as_dict() | more.get(doc.id, {})


def _pages(
    read: Open, selection: ComputerSelection, sort: str, descending: bool, limit: int | None, *, more: bool
) -> Iterator[tuple[Sequence[Doc], dict[int, dict[str, Any]]]]:
    with read() as reader:
        ids = ordered_ids(reader, selection, sort=sort, descending=descending, limit=limit)
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        with read() as reader:
            docs = COMPUTERS.docs(reader, page)
            fields = hooks.gather("computer_fields", reader, page) if more else {}
        yield docs, fields  # nothing of the database is held while these are printed


def shown(reader: Reader, doc: Doc) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a computer as a flat object, and its sections: identity values, relations, merges, what was told."""
    from itmsctl.resources.service.associations import associations_of
    from itmsctl.resources.service.merge import merged_into
    from itmsctl.resources.service.told import told_section

    sections: dict[str, Any] = {
        "identities": identity_section(reader, doc.id),
        "associations": associations_of(reader, doc.id),
        "merged": merged_into(reader, doc.guid),
        "told": told_section(reader, doc.id),
    }
    sections |= hooks.gather("computer_sections", reader, [doc.id]).get(doc.id, {})
    if doc.fields["os_family"] == "windows":
        sections["windows"] = WINDOWS_SUPPORT
    row = doc.as_dict() | hooks.gather("computer_fields", reader, [doc.id]).get(doc.id, {})
    return row, sections
