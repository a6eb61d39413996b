"""The list of software that inventory finds and nobody manages yet (SW-4), and what becomes of an entry of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Outcome
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError, NotFoundError, UsageError
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import class_in
from itmsctl.software.finding import FoundSoftware, NamePatterns, proposed
from itmsctl.software.service.software import SOFTWARE_SHELF
from itmsctl.values.names import did_you_mean

MOST = 10_000


def discovered(reader: Reader, *, everything: bool = False) -> list[FoundSoftware]:
    """Return what is found, the most frequent first; with `everything` also what is managed or set aside."""
    known = NamePatterns(_known(reader))
    kept = (one for one in _found(reader) if everything or not known.match(one.name))
    return sorted(kept, key=lambda one: (-one.computers, one.name, one.source))


def rows_of(reader: Reader, limit: int | None, like: str | None, *, everything: bool) -> list[dict[str, Any]]:
    """Return what is found as rows to be shown; `like` is a pattern with `*`."""
    wanted = NamePatterns([like or "*"])
    found = [one for one in discovered(reader, everything=everything) if wanted.match(one.name)]
    return [
        {
            "name": one.name,
            "publisher": one.publisher,
            "source": one.source,
            "computers": one.computers,
            "versions": len(one.versions),
            "newest": one.newest,
        }
        for one in found[:limit]
    ]


def manage(unit: UnitOfWork, names: Sequence[str]) -> list[Outcome]:
    """Make managed software of what is found under these names, each with a proposed rule.

    Raises NotFoundError for a name that nothing is found under, with a near one; NameTakenError.
    """
    found = discovered(unit, everything=True)
    outcomes = []
    for name in dict.fromkeys(names):
        those = [one for one in found if one.name == name]
        if not those:
            near = did_you_mean(name, (one.name for one in found[:MOST]))
            raise NotFoundError(f"inventory finds no `{name}`", hint=near or "itmsctl software discovered")
        rule, version, scheme = proposed(those)
        said = {
            "vendor": those[0].publisher,
            "version": version,
            "scheme": scheme,
            "detect": rule,
            "discovered": [name],
        }
        fields = {key: value for key, value in said.items() if value}
        held = SOFTWARE_SHELF.find(unit, name)
        if held is not None and held.fields["unmanaged"]:
            outcomes.append(SOFTWARE_SHELF.set(unit, name, {**fields, "unmanaged": False, "deliverable": True}))
        else:
            outcomes.append(SOFTWARE_SHELF.add(unit, name, fields))
    return outcomes


def set_aside(unit: UnitOfWork, names: Sequence[str], like: Sequence[str]) -> list[Outcome]:
    """Take names off the list, and what matches the patterns of `like`. Raises UsageError where neither is given."""
    if not names and not like:
        raise UsageError("say what is set aside", hint="NAME, or --like 'fonts-*'")
    if any(not one.strip("* ") for one in like):
        raise FieldError("a pattern of nothing but `*` would set all aside", hint="--like 'fonts-*'").about("like")
    wanted = dict.fromkeys([*names, *like])
    return [
        SOFTWARE_SHELF.add(unit, name, {"unmanaged": True, "deliverable": False, "discovered": [name]})
        for name in wanted
    ]


def _known(reader: Reader) -> Iterator[str]:
    for doc in SOFTWARE_SHELF.list(reader):
        yield from doc.fields["discovered"] or (doc.name,)


def _found(reader: Reader) -> list[FoundSoftware]:
    tables = tables_of(class_in(reader, "software"))
    entries, rows = tables.entries, tables.rows
    assert entries is not None
    each = sa.select(rows.c.entry_id, sa.func.count().label("count")).group_by(rows.c.entry_id).subquery()
    of = entries.c
    statement = sa.select(of.name, of.source, of.version, of.publisher, each.c.count).join(
        each, each.c.entry_id == of.entry_id
    )
    versions: dict[tuple[str, str], dict[str, int]] = {}
    publishers: dict[tuple[str, str], str | None] = {}
    for name, source, version, publisher, count in reader.connection.execute(statement):
        key = (name or "", source or "")
        of_this = versions.setdefault(key, {})
        of_this[version or ""] = of_this.get(version or "", 0) + count
        publishers[key] = publishers.get(key) or publisher
    return [
        FoundSoftware(name, publishers[name, source], source, sum(told.values()), {v: n for v, n in told.items() if v})
        for (name, source), told in versions.items()
        if name
    ]
