"""Where software is, judged by what inventory holds: only what changed, a slice of computers in each unit of work.

Computers whose inventory changed come first. Software whose rules are new is judged on all computers, by their ids: how
far it came is kept, and whoever is stopped half way goes on there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.packages.detection.found import LeafFound
from itmsctl.packages.detection.rule import Leaf
from itmsctl.resources.rows import computers
from itmsctl.software.kinds import INVENTORY, UNKNOWN
from itmsctl.software.rows import states
from itmsctl.software.rules import judged
from itmsctl.software.ruletexts import COMPUTER
from itmsctl.software.service import passes, waiting
from itmsctl.software.service.leaf_rows import LeafOnComputers, LeafReader
from itmsctl.software.service.ruled import JudgedSoftware, resources_with_rules
from itmsctl.software.service.states import ToldState, tell

SLICE = 10_000  # states that are judged in one unit of work, about
COMPUTERS_AT_LEAST = 100

Wanted = Sequence[tuple[JudgedSoftware, Sequence[int]]]
Write = Callable[[Callable[[UnitOfWork], Any]], Any]


class JudgedCount(NamedTuple):
    """What a judging did: how many states were looked at, how many are others now, and whether more are to be."""

    looked_at: int
    changed: int
    more: bool = False


def judge(unit: UnitOfWork, *, everywhere: bool = False) -> JudgedCount:
    """Judge all that is to be judged, in one unit of work; `everywhere`: all software on all computers."""
    return judge_by_slices(lambda work: work(unit), everywhere=everywhere)


def judge_by_slices(write: Write, *, everywhere: bool = False) -> JudgedCount:
    """Judge all that is to be judged, each slice by `write` in a unit of work of its own."""
    write(lambda unit: begin(unit, everywhere=everywhere))
    return go_on(write, lambda: False)


def go_on(write: Write, is_up: Callable[[], bool]) -> JudgedCount:
    """Judge what waits as far as membership is up to date, each slice in a unit of work, until the time `is_up`."""
    done = JudgedCount(0, 0, more=True)
    while done.more and not is_up():
        one: JudgedCount = write(judge_slice)
        done = JudgedCount(done.looked_at + one.looked_at, done.changed + one.changed, one.more)
    return done


def is_due(reader: Reader) -> bool:
    """Return whether judging could change anything, membership brought up to date before."""
    from itmsctl.targeting.service import update

    return update.wanted(reader) or waiting.is_due(reader)


def begin(unit: UnitOfWork, *, everywhere: bool = False) -> None:
    """Learn who changed since membership was updated; `everywhere`: have all software judged on all computers."""
    from itmsctl.targeting.service import update

    update.freshen(unit)
    if everywhere:
        passes.begin_again(unit, resources_with_rules(unit))


def judge_slice(unit: UnitOfWork) -> JudgedCount:
    """Judge some of what is to be judged: of whose inventory changed, else of all computers in the order of ids."""
    ruled = resources_with_rules(unit)
    under_way = [one for one in ruled if one.after is not None]
    most = max(COMPUTERS_AT_LEAST, SLICE // max(1, len(ruled) - len(under_way)))
    changed = waiting.take(unit, most)
    if changed:
        wanted = [(one, sorted(_concerned(unit, one, changed))) for one in ruled]
        return _told(unit, wanted, more=bool(under_way) or sum(map(len, changed.values())) == most)
    if not under_way:
        return JudgedCount(0, 0)
    group = passes.first(under_way)
    ids, ended = passes.advance(unit, group, max(COMPUTERS_AT_LEAST, SLICE // len(group)))
    return _told(unit, [(one, ids) for one in group], more=not ended or len(group) < len(under_way))


def _concerned(unit: UnitOfWork, one: JudgedSoftware, changed: waiting.Due) -> set[int]:
    """Return whom software must be judged on again: of computers that read as new only those without a state.

    Where all computers are judged, and it did not come to them yet, they are left to that.
    """
    classes = one.rules.classes if one.rules else frozenset()
    ids = set().union(*(changed.get(name, ()) for name in classes))
    others = set(changed.get(COMPUTER, ())) - ids
    if one.after is not None:
        ids, others = ({id_ for id_ in some if id_ <= one.after} for some in (ids, others))
    if others:
        mine = member_of(unit.connection, states.c.computer_id, others)
        held = sa.select(states.c.computer_id).where(states.c.software_id == one.id, mine)
        ids |= others - set(unit.connection.execute(held).scalars())
    return ids


def _told(unit: UnitOfWork, wanted: Wanted, *, more: bool) -> JudgedCount:
    """Judge software on computers, and store it."""
    everybody = sorted(set().union(*(ids for _, ids in wanted)))
    there = set(unit.connection.execute(_those(unit, everybody)).scalars()) if everybody else set()
    reading = LeafReader(
        unit, everybody, {leaf for one, ids in wanted if one.rules and ids for leaf in one.rules.leaves}
    )
    found = [told for one, ids in wanted for told in _judged(reading, one, [id_ for id_ in ids if id_ in there])]
    # What others told by the same rules still counts; what is held by other rules does not.
    others = frozenset(one.id for one, _ in wanted if one.after is not None and one.judged_by not in (None, one.digest))
    changed = tell(unit, found, other_rules=others)
    if not more:
        passes.ended(unit)
    return JudgedCount(len(found), changed, more)


def _those(reader: Reader, ids: Collection[int]) -> sa.Select[Any]:
    return sa.select(computers.c.id).where(member_of(reader.connection, computers.c.id, ids))


def _judged(reading: LeafReader, one: JudgedSoftware, ids: Sequence[int]) -> Iterator[ToldState]:
    now = reading.reader.now
    if one.rules is None:
        yield from (ToldState(one.id, id_, UNKNOWN, one.why, INVENTORY, now) for id_ in ids)
        return
    asked = one.rules.leaves
    looked = [reading.look(leaf) for leaf in asked] if ids else []
    made: dict[tuple[int, ...], tuple[str, str]] = {}
    for computer in ids:
        found = [leaf.on(computer) for leaf in looked]
        key = tuple(map(id, found))
        if key not in made:
            made[key] = judged(one.rules, _Looked(dict(zip(asked, found, strict=True))))
        yield ToldState(one.id, computer, *made[key], INVENTORY, _looked_at(looked, computer, now))


def _looked_at(looked: Sequence[LeafOnComputers], computer: int, now: Any) -> Any:
    """Return when what was judged by was collected; now, where nothing was."""
    return min((one.collected[computer] for one in looked if computer in one.collected), default=now)


class _Looked(NamedTuple):
    """What is known of leaves on one computer, as evidence."""

    found: Mapping[Leaf, LeafFound]

    def look(self, leaf: Leaf) -> LeafFound:
        """Return what is known of a leaf."""
        return self.found[leaf]
