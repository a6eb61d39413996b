"""Subjects matched with the computers of the CMDB; those not seen before are added, all of a batch at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.rows import tombstones
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError
from itmsctl.inventory.matching import Recognised, Roster, Who, recognise, who_of
from itmsctl.inventory.told import Subject
from itmsctl.resources import record
from itmsctl.resources.authority import value_of
from itmsctl.resources.identity import TELLING
from itmsctl.resources.kinds import COMPUTER, FILLED
from itmsctl.resources.rows import identities, resources
from itmsctl.resources.service.computers import computer_ids
from itmsctl.resources.service.conflicts import carriers, problems, telling_carriers
from itmsctl.resources.service.plan import ImportPlan, ImportRecord, new_computer
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.write import write_import
from itmsctl.values.names import name_key


class FoundSubject(NamedTuple):
    """Who a subject is: a computer with its name, whether it is new; or why nobody."""

    computer: int | None = None
    name: str = ""
    is_new: bool = False
    why: str = ""
    hint: str = ""


def recognised(unit: UnitOfWork, subjects: Sequence[Subject], *, known_only: bool = False) -> list[FoundSubject]:
    """Return who the subjects are, and add those that are new unless only known ones may be.

    One that a subject before it in the batch has made known is known to those behind it.
    """
    whos = [who_of(subject) for subject in subjects]
    roster = roster_of(unit, whos)
    found: list[Recognised] = []
    new: dict[int, ImportRecord] = {}
    guids: dict[int, str] = {}
    for subject, who in zip(subjects, whos, strict=True):
        one = recognise(who, roster)
        if one.name and known_only:
            one = Recognised(why=f"no computer is known by what it says: `{one.name}` would be new")
        elif one.name:
            one = _awaited(one.name, subject, who, roster, new, guids)
        elif one.computer is not None:
            roster.learn(one.computer, who)
        found.append(one)
    refused = _refused(unit, new)
    ids = _add(unit, {number: row for number, row in new.items() if number not in refused}, guids)
    first: dict[int | None, int] = {}
    for place, one in enumerate(found):
        first.setdefault(one.computer, place)
    return [_found(one, roster, ids, refused, is_first=first[one.computer] == place) for place, one in enumerate(found)]


def roster_of(reader: Reader, whos: Collection[Who]) -> Roster:
    """Return the computers that subjects may be."""
    roster = Roster()
    keys = sorted({name_key(name) for who in whos for name in who.names})
    statement = sa.select(resources.c.id, resources.c.name_key).where(
        resources.c.kind == COMPUTER.name, member_of(reader.connection, resources.c.name_key, keys)
    )
    roster.by_name = {key: id_ for id_, key in reader.connection.execute(scoped(statement, reader))}
    wanted = {(one.kind, one.key) for who in whos for one in who.telling}
    roster.carriers = telling_carriers(carriers(reader, wanted))
    guids = sorted({who.guid for who in whos if who.guid})
    roster.by_guid = computer_ids(reader, guids) if guids else {}
    roster.buried = _buried(reader, [guid for guid in guids if guid not in roster.by_guid])
    ids = {*roster.by_name.values(), *roster.by_guid.values()}.union(*roster.carriers.values())
    _describe(reader, roster, sorted(ids))
    return roster


def _buried(reader: Reader, guids: Sequence[str]) -> set[str]:
    if not guids:
        return set()
    mine = member_of(reader.connection, tombstones.c.guid, list(guids))
    return set(reader.connection.execute(sa.select(tombstones.c.guid).where(mine)).scalars())


def _describe(reader: Reader, roster: Roster, ids: Sequence[int]) -> None:
    """Fill in the names of computers and the values that tell them apart."""
    mine = sa.select(resources.c.id, resources.c.name).where(member_of(reader.connection, resources.c.id, ids))
    roster.names = {row.id: row.name for row in reader.connection.execute(scoped(mine, reader))}
    own = identities.c
    values = sa.select(own.computer_id, own.kind, own.value_key).where(
        member_of(reader.connection, own.computer_id, ids), own.kind.in_(TELLING), own.junk.is_(False)
    )
    for computer, kind, key in reader.connection.execute(values):
        kinds = roster.own.setdefault(computer, {})
        kinds[kind] = kinds.get(kind, frozenset()) | {key}


def _awaited(
    name: str, subject: Subject, who: Who, roster: Roster, new: dict[int, ImportRecord], guids: dict[int, str]
) -> Recognised:
    """Return a computer that is yet to be added, under a number below zero; or why it cannot be."""
    try:
        row = _record_of(name, subject)
    except InputError as error:
        return Recognised(why=error.message, hint=error.hint)
    number = -1 - len(new)
    new[number] = row
    if who.guid:
        guids[number] = who.guid
    roster.add(number, row.name, who)
    return Recognised(number)


def _record_of(name: str, subject: Subject) -> ImportRecord:
    """Return the row of a new computer.

    Of its addresses the first one that leads anywhere: those of bridges and containers would lead to this machine.
    """
    said = subject.said
    values = {field: value_of(field, said.get(field, ())) for field in FILLED}
    values["address"] = (value_of("address", said["address"]) or [])[:1]
    read = record.read({field: value for field, value in values.items() if value})
    return ImportRecord(record.checked_name(name), *read)


def _refused(reader: Reader, new: Mapping[int, ImportRecord]) -> dict[int, str]:
    """Return the new computers whose names read like those of others, and why."""
    rows = list(new.values())
    if not rows:
        return {}
    numbers = list(new)
    return {
        numbers[problem.at]: f"the name `{rows[problem.at].name}` {problem.reason}"
        for problem in problems(reader, rows, [()] * len(rows), shared=True)
    }


def _add(unit: UnitOfWork, new: Mapping[int, ImportRecord], guids: Mapping[int, str]) -> dict[int, int]:
    """Add computers, and return the id of each by its number."""
    if not new:
        return {}
    made = {number: new_computer(row, guids.get(number)) for number, row in new.items()}
    write_import(unit, ImportPlan(created=list(made.values())))
    ids = computer_ids(unit, [one.guid for one in made.values()])
    return {number: ids[one.guid] for number, one in made.items()}


def _found(
    one: Recognised, roster: Roster, ids: Mapping[int, int], refused: Mapping[int, str], *, is_first: bool
) -> FoundSubject:
    if one.computer is None:
        return FoundSubject(why=one.why, hint=one.hint)
    if one.computer in refused:
        return FoundSubject(why=refused[one.computer])
    name = roster.names[one.computer]
    return FoundSubject(ids.get(one.computer, one.computer), name, is_new=is_first and one.computer in ids)
