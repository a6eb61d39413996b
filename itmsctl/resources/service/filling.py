"""Fields of computers that sources fill: the value of the source that is believed, unless a person said otherwise.

What the others told is kept beside it. Nothing is written twice: what a source tells again costs one stamp.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.resources.authority import ToldOf, believed, followed, locked_fields, replaces
from itmsctl.resources.kinds import FOLLOWED, FROM_SOURCES
from itmsctl.resources.service import told
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.plan import ImportPlan
from itmsctl.resources.service.write import write_import


class Claim(NamedTuple):
    """What a source of some priority tells of a computer: values of fields as they are kept (`authority.value_of`)."""

    computer: int
    source: str
    priority: int
    at: datetime
    values: Mapping[str, Any]


def fill(unit: UnitOfWork, claims: Sequence[Claim], born: Collection[int] = ()) -> None:
    """Keep what sources tell, and make the fields of their computers what is believed now.

    A source that tells nothing of a field has said nothing. A moment that is yet to come counts as now. `born` are
    computers whose fields hold nothing yet but what these sources say.
    """
    held = told.told_of(unit, {claim.computer for claim in claims})
    owned = {(computer, field) for computer in born for field in FROM_SOURCES}
    owned |= {(computer, field) for (computer, _, field), one in held.items() if one.filled}
    _keep(unit, claims, held)
    wanted: dict[int, dict[str, ToldOf]] = {}
    for (computer, field), one in _wanted(held):
        wanted.setdefault(computer, {})[field] = one
    used: dict[tuple[int, str], str] = {}
    plan = ImportPlan()
    for doc in COMPUTERS.docs(unit, sorted(wanted)):
        mine = wanted[doc.id]
        taken = {field: one for field, one in mine.items() if _may_fill(doc, field, (doc.id, field) in owned)}
        used |= {(doc.id, field): one.source for field, one in taken.items()}
        fields = doc.fields | {field: followed(field, one.value, doc.fields[field]) for field, one in taken.items()}
        if fields != doc.fields:
            plan.changed.append((doc, Doc(doc.id, doc.guid, doc.name, doc.revision + 1, fields)))
    write_import(unit, plan)
    told.use(unit, used)


def _keep(unit: UnitOfWork, claims: Sequence[Claim], held: dict[told.Place, ToldOf]) -> None:
    """Store what was told, and bring `held` up to date with it."""
    known = dict(held)
    new: dict[told.Place, ToldOf] = {}
    changed: dict[told.Place, ToldOf] = {}
    for claim in claims:
        at = min(claim.at, unit.now)
        for field, value in claim.values.items():
            place = (claim.computer, claim.source, field)
            old = held.get(place)
            one = ToldOf(claim.source, value, claim.priority, at)
            if not replaces(one, old):
                continue
            if old is not None:
                one = replace(one, filled=old.filled, in_use=old.in_use and old.value == value)
            held[place] = one
            (changed if place in known else new)[place] = one
    told.put(unit, new, changed)
    fresh = {place: one for place, one in changed.items() if one.value != known[place].value} | new
    if fresh:
        unit.note("told", values=len(fresh))
        unit.digest(canonical([[*place, one.value] for place, one in sorted(fresh.items())]).encode())


def _wanted(held: Mapping[told.Place, ToldOf]) -> Iterator[tuple[tuple[int, str], ToldOf]]:
    """Yield what is believed of each field that inventory fills, where its value is not in use already."""
    of_fields: dict[tuple[int, str], list[ToldOf]] = {}
    for (computer, _, field), one in held.items():
        if field in FROM_SOURCES:
            of_fields.setdefault((computer, field), []).append(one)
    for place, several in of_fields.items():
        best = believed(several)
        if best is not None and not best.in_use:
            yield place, best


def _may_fill(doc: Doc, field: str, owned: bool) -> bool:
    """Return whether a source may say a field: it is empty, or was filled by a source, and nobody has locked it.

    An address that nobody said stays empty: a computer that is contacted by its name goes on to be.
    """
    may = owned or (field not in FOLLOWED and not doc.fields[field])
    return may and field not in locked_fields(doc.fields["locked"])
