"""What inventory holds of what a rule asks, for many computers at once: each leaf is one or two statements.

What is asked of a few computers costs what they hold, however many there are beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ExpressionError
from itmsctl.expressions import records
from itmsctl.expressions import tree as t
from itmsctl.expressions.evaluate import compile_python
from itmsctl.expressions.parse import parse as parse_condition
from itmsctl.expressions.registry import Registry
from itmsctl.inventory.rows import inventory_states
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import class_in
from itmsctl.packages.detection.found import LeafFound
from itmsctl.packages.detection.held import class_of, condition_found, judge_rows, not_collected
from itmsctl.packages.detection.judging import unknown
from itmsctl.packages.detection.rule import FileLeaf, InventoryLeaf, Leaf, ServiceLeaf
from itmsctl.software.service.software_rows import SOFTWARE_LEAVES, software_on
from itmsctl.targeting.service.whole import matching

FEW = 500  # computers of which each is read by itself
_COLUMNS = {
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
    """Reads leaves for the same computers: each once, and all that ask for software together."""

    def __init__(self, reader: Reader, ids: Collection[int], leaves: Iterable[Leaf]) -> None:
        self.reader, self.ids, self.leaves = reader, ids, tuple(leaves)
        self._collected: dict[str, dict[int, Any]] = {}
        self._looked: dict[Leaf, LeafOnComputers] = {}
        self._software: dict[Leaf, dict[int, LeafFound]] | None = None

    def look(self, leaf: Leaf) -> LeafOnComputers:
        """Return what is known of a leaf."""
        if leaf not in self._looked:
            self._looked[leaf] = self._look(leaf)
        return self._looked[leaf]

    def _look(self, leaf: Leaf) -> LeafOnComputers:
        if isinstance(leaf, InventoryLeaf):
            return self._condition(leaf.condition)
        name = class_of(leaf)
        if not name:
            nothing = unknown(leaf, "inventory holds nothing of the kind")
            return LeafOnComputers({}, {}, nothing, nothing)
        found = self._of_software(leaf) if isinstance(leaf, SOFTWARE_LEAVES) else self._judged(leaf, name)
        return LeafOnComputers(found, self._collected_of(name), judge_rows(leaf, ()), not_collected(name, leaf))

    def _collected_of(self, name: str) -> dict[int, Any]:
        """Return when a class was collected, by computer."""
        if name not in self._collected:
            of = inventory_states.c
            statement = sa.select(of.computer_id, of.collected_at).where(
                of.class_name == name, of.collected_at.is_not(None), self._mine(of.computer_id)
            )
            self._collected[name] = {row[0]: row[1] for row in self.reader.connection.execute(statement)}
        return self._collected[name]

    def _mine(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return member_of(self.reader.connection, column, self.ids)

    def _condition(self, text: str) -> LeafOnComputers:
        registry = Registry.of(self.reader.connection)
        try:
            tree = parse_condition(text, registry)
        except ExpressionError as error:
            nothing = LeafFound(None, f"{error.message}: {text}")
            return LeafOnComputers({}, {}, nothing, nothing)
        found: dict[int, LeafFound] = {}
        for truth, node in ((True, tree), (False, t.Not(tree))):
            said = condition_found(text, truth)
            found |= dict.fromkeys(self._matching(node, registry), said)
        nothing = condition_found(text, None)
        return LeafOnComputers(found, {}, nothing, nothing)

    def _matching(self, node: t.Node, registry: Registry) -> Iterable[int]:
        """Return who surely matches: of few by what is read of each, of many by one statement over all."""
        if len(self.ids) <= FEW:
            holds = compile_python(node, now=self.reader.now, registry=registry)
            needs = records.needs([node], registry)
            loaded = records.load(self.reader.connection, self.ids, needs, registry)
            return [id_ for some in loaded for id_, record in some.items() if holds(record)]
        wanted = matching(self.reader, node).subquery()
        key = next(iter(wanted.c))
        return self.reader.connection.execute(sa.select(key).where(self._mine(key))).scalars()

    def _judged(self, leaf: Leaf, name: str) -> dict[int, LeafFound]:
        rows, columns = tables_of(class_in(self.reader, name)).rows, _COLUMNS[name]
        statement = sa.select(rows.c.computer_id, *(rows.c[one] for one in columns))
        held: dict[int, list[Any]] = {}
        for row in self.reader.connection.execute(
            statement.where(_may_fit(leaf, rows), self._mine(rows.c.computer_id))
        ):
            held.setdefault(row[0], []).append(dict(row._mapping))  # noqa: SLF001 - how SQLAlchemy calls it
        return {computer: judge_rows(leaf, found) for computer, found in held.items()}

    def _of_software(self, leaf: Leaf) -> dict[int, LeafFound]:
        if self._software is None:
            asked = [one for one in self.leaves if isinstance(one, SOFTWARE_LEAVES)]
            self._software = software_on(self.reader, self.ids, asked)
        return self._software.get(leaf, {})


def _may_fit(leaf: Leaf, table: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition that a row can matter to a leaf: it lets more through than `judge_rows` takes."""
    match leaf:
        case ServiceLeaf(name):
            return sa.func.lower(table.c.name).in_((name.lower(), f"{name.lower()}.service"))
        case FileLeaf(path):
            return table.c.path == path
    raise TypeError(type(leaf).__name__)
