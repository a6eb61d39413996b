"""What inventory knows of computers, written for other tools: page by page, so that memory does not grow with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import sqlalchemy as sa

from itmsctl import __version__
from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.documents.csv_text import row_writer
from itmsctl.documents.faults import reading, writing
from itmsctl.documents.files import replacing
from itmsctl.documents.json_text import json_text
from itmsctl.errors import OutputExistsError
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.exports.glpi import CLASSES, glpi_document
from itmsctl.inventory.exports.prometheus import MARK
from itmsctl.inventory.exports.typed_csv import cells_of, column_types
from itmsctl.inventory.rows import inventory_states
from itmsctl.inventory.service.classes import classes_in
from itmsctl.inventory.service.current_rows import current_rows
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.selection import ComputerSelection, ordered_ids

_PAGE = 200
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class _ExportedComputer(NamedTuple):
    id: int
    guid: str
    name: str
    created_at: datetime


def export_csv(store: Store, selection: ComputerSelection, one: DataClass, sink: TextIO, *, raw: bool) -> int:
    """Write the rows of a class of all computers of a selection, with a header; return how many."""
    write, cells = row_writer(sink), cells_of(one, raw=raw)
    write(column_types(one))
    count = 0
    for page in _pages(store, selection):
        with store.read() as reader:
            rows = list(_rows(reader, one, page))
        for row in rows:
            write(cells(row))
        count += len(rows)
    return count


def export_glpi(store: Store, selection: ComputerSelection, sink: TextIO, *, exact: bool) -> int:
    """Write one document a line for each computer of which inventory is held; return how many."""
    count = 0
    for _, document in _documents(store, selection, exact=exact):
        sink.write(json_text(document) + "\n")
        count += 1
    return count


def export_glpi_files(
    store: Store, selection: ComputerSelection, folder: Path, *, exact: bool, force: bool, check: Callable[[Path], None]
) -> int:
    """Write one file for each computer into a folder, each whole or not at all; return how many.

    `check` is asked of each file before. Raises OutputExistsError for one that is there, unless `force`.
    """
    count = 0
    with writing(str(folder)):
        folder.mkdir(exist_ok=True, mode=0o700)
    for computer, document in _documents(store, selection, exact=exact):
        path = folder / f"{_NOT_A_NAME.sub('_', computer.name)[:100]}-{computer.guid[:8]}.json"
        check(path)
        with replacing(path, force=force) as stream:
            stream.write((json_text(document, indent=1) + "\n").encode())
        count += 1
    return count


def refuse_files(folder: Path) -> None:
    """Raise OutputExistsError where a folder has inventories already: a part of them may be of computers that went."""
    if folder.is_dir() and any(folder.glob("*.json")):
        raise OutputExistsError(f"{folder} holds files already; nothing was written", hint="--force replaces them")


def write_types(path: Path, text: str, *, force: bool) -> None:
    """Write the types of a CSV. Raises OutputExistsError where a file is there, unless `force`."""
    with replacing(path, force=force) as stream:
        stream.write(text.encode())


def write_figures(path: Path, text: str, *, force: bool) -> None:
    """Write figures, readable by everybody: node_exporter runs as somebody else.

    An older file of ours is replaced, for cron writes it again and again. Raises OutputExistsError where another is
    there, unless `force`.
    """
    with replacing(path, 0o644, force=force or _is_ours(path)) as stream:
        stream.write(text.encode())


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with reading(str(path)), path.open("rb") as stream:
        return stream.read(len(MARK)) == MARK.encode()


def _pages(store: Store, selection: ComputerSelection) -> Iterator[Sequence[_ExportedComputer]]:
    with store.read() as reader:
        ids = ordered_ids(reader, selection)
    for page in bulk.chunks(ids, _PAGE):
        with store.read() as reader:
            found = _computers(reader, page)
        yield [found[id_] for id_ in page if id_ in found]


def _computers(reader: Reader, ids: Sequence[int]) -> dict[int, _ExportedComputer]:
    columns = (resources.c.id, resources.c.guid, resources.c.name, resources.c.created_at)
    statement = scoped(sa.select(*columns).where(member_of(reader.connection, resources.c.id, ids)), reader)
    return {row[0]: _ExportedComputer(*row) for row in reader.connection.execute(statement)}


def _rows(reader: Reader, one: DataClass, page: Sequence[_ExportedComputer]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a page, computer by computer, each in the order of its key."""
    found: dict[int, list[dict[str, Any]]] = {}
    for id_, row in current_rows(reader, one, [computer.id for computer in page]):
        found.setdefault(id_, []).append(row)
    for computer in page:
        mine = sorted(found.get(computer.id, ()), key=lambda row: [(row[n] is None, str(row[n])) for n in one.key])
        for row in mine:
            yield {"computer_guid": computer.guid, "computer": computer.name, **row}


def _documents(
    store: Store, selection: ComputerSelection, *, exact: bool
) -> Iterator[tuple[_ExportedComputer, dict[str, Any]]]:
    for page in _pages(store, selection):
        with store.read() as reader:
            collected = _collected(reader, [computer.id for computer in page])
            known = _known(reader, collected, exact=exact)
        for computer in page:
            if computer.id in known:
                classes, at = known.pop(computer.id), max(collected[computer.id].values())
                yield computer, _document(computer, classes, at, exact=exact)


def _document(
    computer: _ExportedComputer, classes: dict[str, list[dict[str, Any]]], at: datetime, *, exact: bool
) -> dict[str, Any]:
    document = glpi_document(computer.name, computer.created_at, classes, at, __version__)
    if exact:
        told = {name: [_said(row) for row in classes[name]] for name in sorted(classes)}
        document["content"]["itmsctl"] = {"classes": told}
    return document


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _collected(reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, datetime]]:
    """Return when each class of each computer was collected."""
    states = inventory_states.c
    statement = sa.select(states.computer_id, states.class_name, states.collected_at)
    mine = statement.where(member_of(reader.connection, states.computer_id, ids), states.collected_at.is_not(None))
    found: dict[int, dict[str, datetime]] = {}
    for id_, name, at in reader.connection.execute(mine):
        found.setdefault(id_, {})[name] = at
    return found


def _known(
    reader: Reader, collected: dict[int, dict[str, datetime]], *, exact: bool
) -> dict[int, dict[str, list[dict[str, Any]]]]:
    """Return the rows of computers by class: all classes, or those of which GLPI has a place for something."""
    known: dict[int, dict[str, list[dict[str, Any]]]] = {id_: {} for id_ in collected}
    for name, one in classes_in(reader).items():
        having = [id_ for id_, classes in collected.items() if name in classes]
        if not having or not (exact or name in CLASSES):
            continue
        for id_, row in current_rows(reader, one, having):
            row.pop("since")
            known[id_].setdefault(name, []).append(row)
    return known
