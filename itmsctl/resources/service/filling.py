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
    """What a source of some priority tells of a computer: values of fields as they are kept (`authority.value_of`).

    An `importing` source fills every field that it names, single tags as `tags.KEY`; what it tells again is no news.
    """

    computer: int
    source: str
    priority: int
    at: datetime
    values: Mapping[str, Any]
    importing: bool = False


class Contest(NamedTuple):
    """A value that a source told and that is not used: the computer's name, the field, both values, and why."""

    name: str
    field: str
    told: Any
    kept: Any
    why: str


class Filled(NamedTuple):
    """What became of claims: computers that changed, each before and after, and what is not used of them."""

    changed: list[tuple[Doc, Doc]]
    contests: list[Contest]


def fill(unit: UnitOfWork, claims: Sequence[Claim], born: Collection[int] = ()) -> Filled:
    """Keep what sources tell, and make the fields of their computers what is believed now.

    A source that tells nothing of a field has said nothing. A moment that is yet to come counts as now. `born` are
    computers whose fields hold nothing yet but what these sources say.
    """
    held = told.told_of(unit, {claim.computer for claim in claims})
    importing = {(claim.computer, claim.source, field) for claim in claims if claim.importing for field in claim.values}
    owned = {(computer, field) for computer in born for field in FROM_SOURCES}
    owned |= {(computer, field) for computer, _, field in importing if computer in born}
    owned |= {(computer, field) for (computer, _, field), one in held.items() if one.filled}
    _keep(unit, claims, held)
    wanted: dict[int, dict[str, ToldOf]] = {}
    for (computer, field), one in _wanted(held, importing):
        wanted.setdefault(computer, {})[field] = one
    used: dict[tuple[int, str], str] = {}
    plan = ImportPlan()
    for doc in COMPUTERS.docs(unit, sorted(wanted)):
        mine = wanted[doc.id]
        taken = {
            field: one
            for field, one in mine.items()
            if _may_fill(doc, field, (doc.id, field) in owned, imported=(doc.id, one.source, field) in importing)
        }
        used |= {(doc.id, field): one.source for field, one in taken.items()}
        fields = _with(doc.fields, {field: _as_used(doc, field, one, importing) for field, one in taken.items()})
        if fields != doc.fields:
            plan.changed.append((doc, Doc(doc.id, doc.guid, doc.name, doc.revision + 1, fields)))
    write_import(unit, plan)
    told.use(unit, used)
    unused = {at for at in importing if not held[at].in_use and used.get((at[0], at[2])) != at[1]}
    return Filled(plan.changed, _contests(unit, held, unused, used))


def _contests(
    unit: UnitOfWork, held: Mapping[told.Place, ToldOf], unused: Collection[told.Place], used: Mapping[Any, str]
) -> list[Contest]:
    """Return which values that were told now are not used, of those that differ from what is."""
    owners = {(computer, field): one for (computer, _, field), one in held.items() if one.filled}
    owners |= {at: held[at[0], source, at[1]] for at, source in used.items()}
    docs = {doc.id: doc for doc in COMPUTERS.docs(unit, sorted({at[0] for at in unused}))}
    found = []
    for computer, source, field in sorted(unused):
        doc, one = docs[computer], held[computer, source, field]
        kept = _value_in(doc.fields, field)
        if kept == one.value:
            continue
        owner = owners.get((computer, field))
        by = "a person said so" if owner is None else f"{owner.source} says so, with priority {owner.priority}"
        found.append(Contest(doc.name, field, one.value, kept, "it is locked" if _is_locked(doc, field) else by))
    return found


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
            if (old is not None and _is_same(one, old)) if claim.importing else not replaces(one, old):
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


def _is_same(one: ToldOf, old: ToldOf) -> bool:
    return (one.value, one.priority) == (old.value, old.priority)


def _wanted(
    held: Mapping[told.Place, ToldOf], importing: Collection[told.Place]
) -> Iterator[tuple[tuple[int, str], ToldOf]]:
    """Yield what is believed of each field that sources fill, where its value is not in use already.

    Of a field that inventory does not fill, what imports tell now counts, and what one has filled it with.
    """
    of_fields: dict[tuple[int, str], list[ToldOf]] = {}
    for place, one in held.items():
        computer, _, field = place
        if field in FROM_SOURCES or place in importing or one.filled:
            of_fields.setdefault((computer, field), []).append(one)
    for at, several in of_fields.items():
        best = believed(several)
        if best is not None and not best.in_use:
            yield at, best


def _may_fill(doc: Doc, field: str, owned: bool, *, imported: bool) -> bool:
    """Return whether a source may say a field: it is empty, or was filled by a source, and nobody has locked it.

    An address that nobody said stays empty unless it is imported: who is contacted by a name goes on to be.
    """
    may = owned or ((field not in FOLLOWED or imported) and not _value_in(doc.fields, field))
    return may and not _is_locked(doc, field)


def _as_used(doc: Doc, field: str, one: ToldOf, importing: Collection[told.Place]) -> Any:
    """Return what becomes of a field: an import says it whole."""
    if field not in FOLLOWED or (doc.id, one.source, field) in importing:
        return one.value
    return followed(field, one.value, doc.fields[field])


def _is_locked(doc: Doc, field: str) -> bool:
    return field.partition(".")[0] in locked_fields(doc.fields["locked"])


def _value_in(fields: Mapping[str, Any], field: str) -> Any:
    """Return the value of a field, or of a tag."""
    return fields["tags"].get(field.removeprefix(told.TAG)) if field.startswith(told.TAG) else fields[field]


def _with(fields: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with others' values in their place, tags one by one."""
    tags = {name.removeprefix(told.TAG): value for name, value in values.items() if name.startswith(told.TAG)}
    found = {**fields, **{name: value for name, value in values.items() if not name.startswith(told.TAG)}}
    return {**found, "tags": {**fields["tags"], **tags}} if tags else found
