"""Why a computer is in a filter, group, view or target, or is not: every clause with its answer (TGT-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.expressions import explain as clauses
from itmsctl.expressions import records
from itmsctl.expressions.evaluate import Record
from itmsctl.expressions.registry import Registry
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.targeting import sets
from itmsctl.targeting.definition import Definition
from itmsctl.targeting.rows import TABLES, members, static_members, targets
from itmsctl.targeting.service import names, roster, sqlrun, structure, target_update
from itmsctl.values import addresses

Part = dict[str, Any]
_WORDS = {True: "true", False: "false", None: "unknown"}


def explain(reader: Reader, kind: str, name: str, computer: str) -> dict[str, Any]:
    """Return why, as data: `matches` says what holds now, `member` what is stored, `clauses` why.

    Raises NotFoundError for either name, SqlFilterError.
    """
    found = names.find(reader, name, (kind,))
    doc = COMPUTERS.get(reader, computer)
    explainer = _MembershipExplainer(reader, doc)
    root = explainer.collection(found)
    return {
        "kind": kind,
        "name": found.name,
        "id": found.guid,
        "computer": doc.name,
        "matches": root["truth"],
        "member": explainer.stored(found),
        "update_due": roster.is_due(reader, found),
        "clauses": root,
    }


class _MembershipExplainer:
    def __init__(self, reader: Reader, computer: Doc) -> None:
        self.reader = reader
        self.computer = computer
        self.structure = structure.parts(reader)
        held = sa.select(members.c.collection_id).where(members.c.resource_id == computer.id)
        self.bits = frozenset(reader.connection.execute(held).scalars())

    def stored(self, found: names.NamedCollection) -> bool:
        """Return whether the computer is in a collection as it is stored."""
        return not self.structure.get(found.id, frozenset({found.id})).isdisjoint(self.bits)

    def collection(self, found: names.NamedCollection) -> Part:
        """Return the clauses of any collection."""
        if found.kind == "target":
            return self.target(found)
        if found.kind == "view":
            inside = self._groups(self.structure.get(found.id, frozenset()), top=found.id)
            return _any(f"view {found.name}", [self.group(g) for g in inside], "it has no group")
        return self.group(found) if found.kind == "group" else self.rule(found)

    def group(self, found: names.NamedCollection) -> Part:
        """Return the clauses of a group: its own, or those of a group that it holds."""
        own = self.rule(found)
        below = self._groups(self.structure.get(found.id, frozenset()) - {found.id}, top=found.id)
        if not below:
            return own
        return _any(f"group {found.name} or a group in it", [own, *(self.group(g) for g in below)])

    def _groups(self, ids: frozenset[int], top: int) -> list[names.NamedCollection]:
        """Return the groups directly below a group or view."""
        places = structure.places(self.reader)
        direct = [
            i for i in ids if places[i].parent_id == top or (places[i].view_id == top and places[i].parent_id is None)
        ]
        found = names.by_ids(self.reader, direct)
        return sorted(found.values(), key=lambda f: f.name)

    def rule(self, found: names.NamedCollection) -> Part:
        """Return the clauses of a filter, or of a group by itself."""
        (rule,) = structure.rules(self.reader, [found.id])
        label = f"{found.kind} {found.name}"
        if rule.by_hand:
            return _part(
                "hand", label, self._put_in(found.id), "put in by hand" if self._put_in(found.id) else "not put in"
            )
        if rule.by_sql:
            inside = self.computer.id in sqlrun.matching_ids(self.reader, structure.sql_of(self.reader, found.id))
            return _part(
                "sql", label, inside, "the query gives its GUID" if inside else "the query does not give its GUID"
            )
        tree = structure.trees(self.reader, [found.id])[found.id]
        connection = self.reader.connection
        registry = Registry.of(connection)
        needs = records.needs([tree], registry)
        loaded = next(records.load(connection, [self.computer.id], needs, registry), {})
        record = loaded.get(self.computer.id, Record())
        clause = clauses.explain(tree, record, now=self.reader.now, registry=registry)
        why = "what is unknown never matches" if clause.truth is None else ""
        return _part(found.kind, f"{label}: {self._where(found)}", clause.truth, why, parts=[_clause(clause)])

    def _where(self, found: names.NamedCollection) -> str:
        table = TABLES[found.kind]
        return str(self.reader.connection.execute(sa.select(table.c.where).where(table.c.id == found.id)).scalar_one())

    def _put_in(self, collection: int) -> bool:
        statement = sa.select(static_members.c.resource_id).where(
            static_members.c.collection_id == collection, static_members.c.resource_id == self.computer.id
        )
        return self.reader.connection.execute(statement).first() is not None

    def target(self, found: names.NamedCollection) -> Part:
        """Return view, each filter, exclusions and scope of a target (TGT-9)."""
        definition = target_update.definitions(self.reader, [found.id])[found.id]
        known = names.by_ids(self.reader, definition.ids)
        parts = [self._start(definition, known)]
        parts += [self.collection(known[i]) for i in definition.filters]
        if definition.fits is not None:
            parts.append(self._set(definition.fits, known))
        parts += [self._exclusion(self.collection(known[i])) for i in definition.excludes]
        owner = self.reader.connection.execute(sa.select(targets.c.owner).where(targets.c.id == found.id)).scalar_one()
        parts.append(_part("scope", f"inside the scope of {owner}", True, "no role narrows it"))
        return _all(f"target {found.name}", parts)

    def _start(self, definition: Definition, known: Mapping[int, names.NamedCollection]) -> Part:
        if isinstance(definition.within, sets.Everything):
            return _part("view", "every computer", True)
        return _any("in a view or group", [self.collection(known[i]) for i in (*definition.views, *definition.groups)])

    @staticmethod
    def _exclusion(part: Part) -> Part:
        # Who surely is in it is excluded; unknown is not in it.
        return _part("exclusion", f"not in {part['text']}", part["truth"] != "true", parts=[part])

    def _set(self, tree: sets.SetTree, known: Mapping[int, names.NamedCollection]) -> Part:
        match tree:
            case sets.AnyOf(ids):
                return _any("", [self.collection(known[i]) for i in sorted(ids)])
            case sets.Both(left, right):
                return _all("both", [self._set(left, known), self._set(right, known)])
            case sets.Either(left, right):
                return _any("either", [self._set(left, known), self._set(right, known)])
            case sets.Without(left, right):
                return _all("without", [self._set(left, known), self._exclusion(self._set(right, known))])
            case _:
                return _part("view", "every computer", True)


def _part(kind: str, text: str, truth: bool | None, why: str = "", parts: Sequence[Part] = (), **more: Any) -> Part:
    return {"kind": kind, "text": text, "truth": _WORDS[truth], "why": why, **more, "parts": list(parts)}


def _any(text: str, parts: Sequence[Part], empty: str = "") -> Part:
    if len(parts) == 1 and not text:
        return parts[0]
    return _part("any", text or "any", any(p["truth"] == "true" for p in parts), "" if parts else empty, parts)


def _all(text: str, parts: Sequence[Part]) -> Part:
    # Membership is two-valued: a filter whose answer is unknown does not hold the computer.
    return _part("all", text, all(p["truth"] == "true" for p in parts), parts=parts)


def _clause(clause: clauses.Clause) -> Part:
    readings = [
        {"class": r.cls, "field": r.field, "values": [_plain(v) for v in r.values], "collected": r.collected}
        for r in clause.readings
    ]
    rows = [{"truth": _WORDS[row.truth], "values": {n: _plain(v) for n, v in row.values}} for row in clause.rows]
    return _part(
        clause.kind,
        clause.text,
        clause.truth,
        clause.why,
        [_clause(part) for part in clause.parts],
        readings=readings,
        rows=rows,
    )


def _plain(value: Any) -> Any:
    return addresses.address_text(value) if isinstance(value, bytes) else value
