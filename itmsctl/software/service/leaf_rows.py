"""What inventory holds of what a rule asks, for many computers at once: each leaf is one or two statements.

Rows of software are looked for in its dictionary first: what is compared are its few distinct entries, and computers
only point at them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ExpressionError
from itmsctl.expressions import tree as t
from itmsctl.expressions.parse import parse as parse_condition
from itmsctl.expressions.registry import Registry
from itmsctl.inventory.rows import inventory_states
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import class_in
from itmsctl.packages.detection.found import LeafFound
from itmsctl.packages.detection.held import class_of, condition_found, judge_rows, not_collected
from itmsctl.packages.detection.judging import unknown
from itmsctl.packages.detection.rule import FileLeaf, InventoryLeaf, Leaf, PackageLeaf, ProductLeaf, ServiceLeaf
from itmsctl.software.finding import NamePatterns
from itmsctl.targeting.service.whole import matching

_NAMES = "names of software"
Ids = Collection[int] | None
_COLUMNS = {
    "software": ("name", "version", "epoch", "source", "status", "product_id"),
    "services": ("name", "state"),
    "files": ("path", "size_bytes", "sha256", "modified_at", "version"),
}


class LeafOnComputers(NamedTuple):
    """What is known of a leaf: of some computers by id, else of those whose class was collected, else of the rest."""

    of: Mapping[int, LeafFound]
    collected: Mapping[int, Any]
    otherwise: LeafFound
    never: LeafFound

    def on(self, computer: int) -> LeafFound:
        """Return what is known of the leaf on a computer."""
        found = self.of.get(computer)
        return found or (self.otherwise if computer in self.collected else self.never)


class LeafReader:
    """Reads leaves for the same computers: all, or some."""

    def __init__(self, reader: Reader, ids: Ids) -> None:
        self.reader, self.ids = reader, ids
        self._collected: dict[str, dict[int, Any]] = {}

    def collected(self, name: str) -> dict[int, Any]:
        """Return when a class was collected, by computer."""
        if name not in self._collected:
            of = inventory_states.c
            statement = sa.select(of.computer_id, of.collected_at).where(
                of.class_name == name, of.collected_at.is_not(None), *self._mine(of.computer_id)
            )
            self._collected[name] = {row[0]: row[1] for row in self.reader.connection.execute(statement)}
        return self._collected[name]

    def look(self, leaf: Leaf) -> LeafOnComputers:
        """Return what is known of a leaf."""
        if isinstance(leaf, InventoryLeaf):
            return self._condition(leaf.condition)
        name = class_of(leaf)
        if not name:
            nothing = unknown(leaf, "inventory holds nothing of the kind")
            return LeafOnComputers({}, {}, nothing, nothing)
        return LeafOnComputers(
            self._judged(leaf, name), self.collected(name), judge_rows(leaf, ()), not_collected(name, leaf)
        )

    def _mine(self, column: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[bool], ...]:
        return () if self.ids is None else (member_of(self.reader.connection, column, self.ids),)

    def _condition(self, text: str) -> LeafOnComputers:
        try:
            tree = parse_condition(text, Registry.of(self.reader.connection))
        except ExpressionError as error:
            nothing = LeafFound(None, f"{error.message}: {text}")
            return LeafOnComputers({}, {}, nothing, nothing)
        found: dict[int, LeafFound] = {}
        for truth, node in ((True, tree), (False, t.Not(tree))):
            said = condition_found(text, truth)
            wanted = matching(self.reader, node).subquery()
            key = next(iter(wanted.c))
            statement = sa.select(key).where(*self._mine(key))
            found |= dict.fromkeys(self.reader.connection.execute(statement).scalars(), said)
        nothing = condition_found(text, None)
        return LeafOnComputers(found, {}, nothing, nothing)

    def _judged(self, leaf: Leaf, name: str) -> dict[int, LeafFound]:
        tables = tables_of(class_in(self.reader, name))
        rows, columns = tables.rows, _COLUMNS[name]
        if tables.entries is None:
            statement = sa.select(rows.c.computer_id, *(rows.c[one] for one in columns))
            held: dict[int, list[Any]] = {}
            for row in self.reader.connection.execute(
                statement.where(_may_fit(leaf, rows), *self._mine(rows.c.computer_id))
            ):
                held.setdefault(row[0], []).append(dict(row._mapping))  # noqa: SLF001 - how SQLAlchemy calls it
            return {computer: judge_rows(leaf, found) for computer, found in held.items()}
        return self._by_entries(leaf, tables.entries, rows, columns)

    def _by_entries(
        self, leaf: Leaf, entries: sa.Table, rows: sa.Table, columns: tuple[str, ...]
    ) -> dict[int, LeafFound]:
        fits = self._named(leaf, entries) if isinstance(leaf, PackageLeaf) else _may_fit(leaf, entries)
        asked = sa.select(entries.c.entry_id, *(entries.c[one] for one in columns)).where(fits)
        known = {row[0]: dict(row._mapping) for row in self.reader.connection.execute(asked)}  # noqa: SLF001 - as above
        pointing = sa.select(rows.c.computer_id, rows.c.entry_id).where(
            member_of(self.reader.connection, rows.c.entry_id, known), *self._mine(rows.c.computer_id)
        )
        held: dict[int, tuple[int, ...]] = {}
        for computer, entry in self.reader.connection.execute(pointing):
            held[computer] = (*held.get(computer, ()), entry)
        judged: dict[tuple[int, ...], LeafFound] = {}
        for some in held.values():
            if some not in judged:
                judged[some] = judge_rows(leaf, [known[entry] for entry in some])
        return {computer: judged[some] for computer, some in held.items()}

    def _named(self, leaf: PackageLeaf, entries: sa.Table) -> sa.ColumnElement[bool]:
        """Return the condition that an entry bears the name, however its capitals: names are read once."""
        if _NAMES not in self.reader.memo:
            found: dict[str, list[str]] = {}
            for name in self.reader.connection.execute(sa.select(entries.c.name).distinct()).scalars():
                found.setdefault(str(name or "").casefold(), []).append(name)
            self.reader.memo[_NAMES] = found
        names: dict[str, list[str]] = self.reader.memo[_NAMES]
        pattern = NamePatterns([leaf.name])
        folded = [one for one in names if pattern.match(one)] if "*" in leaf.name else [leaf.name.casefold()]
        return member_of(
            self.reader.connection, entries.c.name, [name for one in folded for name in names.get(one, ())]
        )


def _may_fit(leaf: Leaf, table: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition that a row can matter to a leaf: it lets more through than `judge_rows` takes."""
    match leaf:
        case ProductLeaf(code):
            return sa.func.upper(table.c.product_id) == code
        case ServiceLeaf(name):
            return sa.func.lower(table.c.name).in_((name.lower(), f"{name.lower()}.service"))
        case FileLeaf(path):
            return table.c.path == path
    raise TypeError(type(leaf).__name__)
