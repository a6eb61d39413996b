"""What a log of osquery comes to for one computer: the last state of each query, or changes to what was before."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import datetime
from typing import Any

from itmsctl.inventory.format import Pair
from itmsctl.inventory.formats.osquery.machine import MACHINE
from itmsctl.inventory.formats.osquery.parts import PARTS
from itmsctl.inventory.formats.osquery.software import SOFTWARE
from itmsctl.inventory.formats.osquery.table import OsqueryTable
from itmsctl.inventory.json_values import objects
from itmsctl.inventory.moments import since_1970
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.subjects import pair_of
from itmsctl.inventory.taking import Found, guid_of, number, plain
from itmsctl.inventory.told import LooseChange

TABLES: Mapping[str, OsqueryTable] = {**MACHINE, **SOFTWARE, **PARTS}
_APART = re.compile(r"[/\\: .-]+")


@dataclass
class _Query:
    """A query: rows by their text, and whether they are all that there are."""

    table: OsqueryTable
    is_whole: bool = False
    rows: dict[str, Found] = field(default_factory=dict)
    gone: dict[str, Found] = field(default_factory=dict)


class Replay:
    """The results of one computer, in the order of the log."""

    def __init__(self, host: str, at: datetime) -> None:
        self._host, self._at = host, at
        self._last: datetime | None = None
        self._queries: dict[str, _Query] = {}
        self._unknown: dict[str, str] = {}
        self._decorations: dict[str, Any] = {}

    def take(self, result: Found) -> int:
        """Take one line of the log; return how many rows more are held."""
        when = since_1970(result.get("unixTime")) or since_1970(result.get("unix_time"))
        self._last = max(filter(None, (self._last, when)), default=None)
        if isinstance(result.get("decorations"), Mapping):
            self._decorations |= result["decorations"]
        name = plain(result.get("name")) or ""
        added, removed, is_snapshot = _parts(result)
        query = self._queries.get(name) or self._query(name, added or removed)
        if query is None:
            return 1
        before = len(query.rows) + len(query.gone)
        begins = number(result.get("counter")) == 0 and not removed
        if is_snapshot:
            query.is_whole, query.rows, query.gone = True, {}, {}
        elif begins and not query.rows:
            query.is_whole = True
        for row in removed:
            text = _text(row)
            if query.rows.pop(text, None) is None and not query.is_whole:
                query.gone[text] = row
        for row in added:
            text = _text(row)
            query.gone.pop(text, None)
            query.rows[text] = row
        return len(query.rows) + len(query.gone) - before

    def _query(self, name: str, rows: Iterable[Found]) -> _Query | None:
        first = next(iter(rows), None)
        found = _table_of(name, frozenset(first or ()))
        if found is None and first is None:
            return None  # of a query that was empty so far nothing is known
        if found is None:
            self._unknown[name] = "no class has what this query asks"
            return None
        return self._queries.setdefault(name, _Query(found))

    def pair(self) -> Pair:
        """Return what all results come to."""
        whole: dict[str, Rows] = {}
        added: dict[str, Rows] = {}
        removed: dict[str, Rows] = {}
        for query in self._queries.values():
            for one, make in query.table.classes.items():
                into = whole if query.is_whole else added
                into[one] = [*into.get(one, ()), *make(query.rows.values())]
                removed[one] = [*removed.get(one, ()), *make(query.gone.values())]
        classes, changes = self._told(whole, added, removed)
        guid = guid_of(self._host) or guid_of(self._decorations.get("host_uuid")) or ""
        name = plain(self._decorations.get("hostname")) or ("" if guid_of(self._host) else self._host)
        subject, told = pair_of("osquery", self._last or self._at, classes, name=name, unread=self._unknown)
        if guid and "uuid" not in subject.identities:
            subject = changed(subject, identities={**subject.identities, "uuid": (guid,)})
        empty: dict[str, Rows] = {one: rows for one, rows in classes.items() if not rows}
        return subject, changed(told, classes={**told.classes, **empty}, changes=changes)

    def _told(
        self, whole: Mapping[str, Rows], added: Mapping[str, Rows], removed: Mapping[str, Rows]
    ) -> tuple[dict[str, Rows], dict[str, LooseChange]]:
        """Return classes that are told whole, and changes to others.

        A class of one row is what several queries tell of it together, and told where its main one is among them.
        """
        classes: dict[str, Rows] = {}
        changes: dict[str, LooseChange] = {}
        for one in whole.keys() | added.keys():
            rows = [*whole.get(one, ()), *added.get(one, ())]
            if one in _MAIN:
                together = {column: value for row in rows for column, value in row.items()}
                if together.keys() & _MAIN[one]:
                    classes[one] = [together]
                elif together:
                    self._unknown[one] = "only a part of it is in the log"
            elif one not in added:
                classes[one] = rows
            elif rows or removed.get(one):
                changes[one] = LooseChange(rows, removed.get(one, ()))
        return classes, changes


# Classes of one row, and a column of each that the query tells which tells most of it.
_MAIN = {
    "identification": {"host_name"}, "hardware": {"memory_mib", "model"}, "operating_system": {"name"},
    "bios": {"version", "manufacturer"}, "dns_settings": {"servers", "search"}, "tpm": {"version", "firmware"},
}  # fmt: skip


def _parts(result: Found) -> tuple[list[Found], list[Found], bool]:
    """Return rows that came, rows that went, and whether it is a snapshot."""
    if isinstance(result.get("snapshot"), list):
        return list(objects(result["snapshot"])), [], True
    batch = result.get("diffResults")
    if isinstance(batch, Mapping):
        return list(objects(batch.get("added"))), list(objects(batch.get("removed"))), False
    rows = list(objects([result.get("columns")]))
    return ([], rows, False) if plain(result.get("action")) == "removed" else (rows, [], False)


def _text(row: Found) -> str:
    return json.dumps(row, sort_keys=True, default=str)


def _table_of(query: str, columns: frozenset[str]) -> OsqueryTable | None:
    """Return the table of a query: that whose name it ends in, or else the one whose telling columns are there."""
    words = _APART.sub("_", query.lower())
    named = [name for name in TABLES if words == name or words.endswith(f"_{name}")]
    for name in sorted(named, key=len, reverse=True):
        if not columns or TABLES[name].telling & columns:
            return TABLES[name]
    fitting = [one for one in TABLES.values() if one.telling and one.telling <= columns]
    return max(fitting, key=lambda one: len(one.telling), default=None)
