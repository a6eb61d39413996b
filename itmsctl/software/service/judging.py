"""Where software is, judged by what inventory holds: only what changed since it was judged last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError
from itmsctl.packages.detection.found import LeafFound
from itmsctl.packages.detection.rule import InventoryLeaf, Leaf
from itmsctl.packages.rows import packages
from itmsctl.resources.rows import computers
from itmsctl.software.kinds import INVENTORY, UNKNOWN
from itmsctl.software.rows import due, software, states
from itmsctl.software.rules import COMPUTER, SoftwareRules, judged, rules_of
from itmsctl.software.service.leaf_rows import LeafOnComputers, LeafReader
from itmsctl.software.service.states import ToldState, tell

Due = Mapping[str, Collection[int]]


class JudgedSoftware(NamedTuple):
    """Software with its rules; none where they can no longer be read, and then why."""

    id: int
    name: str
    rules: SoftwareRules | None
    why: str
    judged_by: str | None


class JudgedCount(NamedTuple):
    """What a judging did: how many states were looked at, and how many are others now."""

    looked_at: int
    changed: int


def resources_with_rules(reader: Reader) -> list[JudgedSoftware]:
    """Return all software with its rules: its own, or where it has none that of its package."""
    columns = software.c
    detect = sa.func.coalesce(columns.detect, packages.c.detect, "")
    joined = software.outerjoin(packages, packages.c.id == columns.package_id)
    statement = sa.select(columns.id, columns.name, detect, sa.func.coalesce(columns.applies, ""), columns.judged_by)
    found = []
    statement = statement.where(sa.not_(columns.unmanaged))
    rows = reader.connection.execute(statement.select_from(joined).order_by(columns.id))
    for id_, name, said, applies, judged_by in rows:
        try:
            found.append(JudgedSoftware(id_, name, rules_of(said, applies), "", judged_by))
        except InputError as error:
            found.append(JudgedSoftware(id_, name, None, error.message, judged_by))
    return found


def classes_asked(reader: Reader) -> frozenset[str]:
    """Return the data classes that rules of software read (hook)."""
    return frozenset().union(*(one.rules.classes for one in resources_with_rules(reader) if one.rules))


def note_due(unit: UnitOfWork, changed: Due) -> None:
    """Keep whose rows of which classes changed, until software is judged (hook `classes_changed`)."""
    asked = {COMPUTER, *classes_asked(unit)} if changed else set()
    rows = [(name, id_) for name, ids in changed.items() if name in asked for id_ in ids]
    bulk.insert(unit.connection, due.name, ("class_name", "computer_id"), rows, ignore=True)


def judge(unit: UnitOfWork, *, everywhere: bool = False) -> JudgedCount:
    """Judge software on the computers whose inventory changed, and on all where its rules did; or `everywhere`."""
    from itmsctl.targeting.service import update

    update.freshen(unit)
    changed = _take_due(unit)
    looked_at = told = 0
    for one in resources_with_rules(unit):
        whole = everywhere or one.judged_by != _digest(one)
        ids = None if whole or _is_volatile(one) else _concerned(unit, one, changed)
        if ids is not None and not ids:
            continue
        found = list(_judged(unit, one, ids))
        looked_at += len(found)
        changed_rules = whole and one.judged_by is not None  # what others told by the same rules still counts
        told += tell(unit, found, other_rules=changed_rules)
        if whole and one.judged_by != _digest(one):
            mine = sa.update(software).where(software.c.id == one.id)
            unit.connection.execute(mine.values(judged_by=_digest(one)))
            unit.note("software", judged=1)
    return JudgedCount(looked_at, told)


def is_due(reader: Reader) -> bool:
    """Return whether judging could change anything."""
    if reader.connection.execute(sa.select(due.c.computer_id).limit(1)).first() is not None:
        return True
    from itmsctl.targeting.service import update

    found = resources_with_rules(reader)
    return update.wanted(reader) or any(one.judged_by != _digest(one) or _is_volatile(one) for one in found)


def _digest(one: JudgedSoftware) -> str:
    return "unreadable" if one.rules is None else one.rules.digest


def _is_volatile(one: JudgedSoftware) -> bool:
    """Return whether the passing of time alone can change it."""
    asked = one.rules.leaves if one.rules else ()
    return any(isinstance(leaf, InventoryLeaf) and "now()" in leaf.condition.lower() for leaf in asked)


def _take_due(unit: UnitOfWork) -> dict[str, set[int]]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for name, id_ in unit.connection.execute(sa.delete(due).returning(due.c.class_name, due.c.computer_id)):
        found[name].add(id_)
    return found


def _concerned(unit: UnitOfWork, one: JudgedSoftware, changed: Due) -> set[int]:
    """Return whom software must be judged on again: of computers that read as new only those without a state."""
    classes = one.rules.classes if one.rules else frozenset()
    ids = set().union(*(changed.get(name, ()) for name in classes))
    others = set(changed.get(COMPUTER, ())) - ids
    if others:
        mine = member_of(unit.connection, states.c.computer_id, others)
        held = sa.select(states.c.computer_id).where(states.c.software_id == one.id, mine)
        ids |= others - set(unit.connection.execute(held).scalars())
    return ids


def _judged(reader: Reader, one: JudgedSoftware, ids: Collection[int] | None) -> Iterator[ToldState]:
    statement = sa.select(computers.c.id)
    if ids is not None:
        statement = statement.where(member_of(reader.connection, computers.c.id, ids))
    everybody: Sequence[int] = reader.connection.execute(statement).scalars().all()
    if one.rules is None:
        yield from (ToldState(one.id, id_, UNKNOWN, one.why, INVENTORY, reader.now) for id_ in everybody)
        return
    reading = LeafReader(reader, ids)
    asked = one.rules.leaves
    looked = [reading.look(leaf) for leaf in asked]
    made: dict[tuple[int, ...], tuple[str, str]] = {}
    for computer in everybody:
        found = [leaf.on(computer) for leaf in looked]
        key = tuple(map(id, found))
        if key not in made:
            made[key] = judged(one.rules, _Looked(dict(zip(asked, found, strict=True))))
        yield ToldState(one.id, computer, *made[key], INVENTORY, _looked_at(reader, looked, computer))


def _looked_at(reader: Reader, looked: Sequence[LeafOnComputers], computer: int) -> Any:
    """Return when what was judged by was collected; now, where nothing was."""
    return min((one.collected[computer] for one in looked if computer in one.collected), default=reader.now)


class _Looked(NamedTuple):
    """What is known of leaves on one computer, as evidence."""

    found: Mapping[Leaf, LeafFound]

    def look(self, leaf: Leaf) -> LeafFound:
        """Return what is known of a leaf."""
        return self.found[leaf]
