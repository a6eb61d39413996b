"""What inventory holds of the software that rules ask for, of some computers: three statements for all rules together.

Rows point at a dictionary: what is compared are the distinct entries that these computers have, each once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.inventory.service.class_tables import ClassTables, tables_of
from itmsctl.inventory.service.classes import class_in
from itmsctl.packages.detection.found import LeafFound
from itmsctl.packages.detection.held import judge_rows
from itmsctl.packages.detection.rule import Leaf, PackageLeaf, ProductLeaf
from itmsctl.software.finding import NamePatterns

SOFTWARE_LEAVES = (PackageLeaf, ProductLeaf)
_COLUMNS = ("name", "version", "epoch", "source", "status", "product_id")


def software_on(reader: Reader, ids: Collection[int], leaves: Sequence[Leaf]) -> dict[Leaf, dict[int, LeafFound]]:
    """Return what each leaf comes to on each computer that has something it asks for."""
    tables = tables_of(class_in(reader, "software"))
    fits = _fitting(_names(reader, tables, ids), leaves)
    known = _entries(reader, tables, fits)
    held: dict[Leaf, dict[int, list[int]]] = {leaf: {} for leaf in leaves}
    for computer, entry in _pointing(reader, tables, ids, fits):
        for leaf in fits[entry]:
            held[leaf].setdefault(computer, []).append(entry)
    return {leaf: _judged(leaf, found, known) for leaf, found in held.items()}


def _judged(leaf: Leaf, held: Mapping[int, list[int]], known: Mapping[int, Any]) -> dict[int, LeafFound]:
    made: dict[tuple[int, ...], LeafFound] = {}
    found = {}
    for computer, entries in held.items():
        key = tuple(entries)
        if key not in made:
            made[key] = judge_rows(leaf, [known[entry] for entry in entries])
        found[computer] = made[key]
    return found


def _fitting(entries: Iterable[tuple[int, str | None, str | None]], leaves: Sequence[Leaf]) -> dict[int, list[Leaf]]:
    """Return the leaves that each entry can matter to, of those that matter to any."""
    of_name: defaultdict[str, list[Leaf]] = defaultdict(list)
    of_code: defaultdict[str, list[Leaf]] = defaultdict(list)
    patterns = []
    for leaf in leaves:
        if isinstance(leaf, ProductLeaf):
            of_code[leaf.code].append(leaf)
        elif isinstance(leaf, PackageLeaf):
            if "*" in leaf.name:
                patterns.append((NamePatterns([leaf.name]), leaf))
            else:
                of_name[leaf.name.casefold()].append(leaf)
    found = {}
    for entry, name, code in entries:
        mine = [*of_name.get((name or "").casefold(), ()), *(of_code.get(code.upper(), ()) if code else ())]
        mine += [leaf for pattern, leaf in patterns if pattern.match(name or "")]
        if mine:
            found[entry] = mine
    return found


def _names(reader: Reader, tables: ClassTables, ids: Collection[int]) -> Iterable[Any]:
    """Return id, name and product code of the entries that computers have."""
    entries, rows = _both(tables)
    mine = sa.select(rows.c.entry_id).where(member_of(reader.connection, rows.c.computer_id, ids)).distinct()
    columns = (entries.c.entry_id, entries.c.name, entries.c.product_id)
    return reader.connection.execute(sa.select(*columns).where(entries.c.entry_id.in_(mine)))


def _entries(reader: Reader, tables: ClassTables, wanted: Collection[int]) -> dict[int, dict[str, Any]]:
    entries, _ = _both(tables)
    columns = (entries.c.entry_id, *(entries.c[one] for one in _COLUMNS))
    asked = sa.select(*columns).where(member_of(reader.connection, entries.c.entry_id, wanted))
    return {row[0]: dict(zip(_COLUMNS, row[1:], strict=True)) for row in reader.connection.execute(asked)}


def _pointing(reader: Reader, tables: ClassTables, ids: Collection[int], wanted: Collection[int]) -> Iterable[Any]:
    """Return computers and the entries that they have. They are found by computer: an entry may be everybody's."""
    _, rows = _both(tables)
    asked = sa.select(rows.c.computer_id, rows.c.entry_id).where(
        member_of(reader.connection, rows.c.computer_id, ids),
        member_of(reader.connection, rows.c.entry_id + 0, wanted),
    )
    return reader.connection.execute(asked)


def _both(tables: ClassTables) -> tuple[sa.Table, sa.Table]:
    assert tables.entries is not None
    return tables.entries, tables.rows
