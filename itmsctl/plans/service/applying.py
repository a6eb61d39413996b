"""`apply`: documents against the CMDB, in one unit of work: created, updated, unchanged, deleted.

Each document stands behind those that it names; deletions come last, in the order turned round. Everything that is
wrong is found in one run, and where anything is nothing is applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import ConflictError, ItmsError
from itmsctl.plans.blame import mistake
from itmsctl.plans.declared import Batch, DeclaredObject
from itmsctl.plans.ordering import CycleError, DocumentNode, Key, ordered
from itmsctl.plans.outcome import CREATED, DELETED, UNCHANGED, UPDATED, ApplySummary, Changed, TableDone
from itmsctl.plans.problems import MOST, Problem, refuse, rejected, taken
from itmsctl.plans.service import guids
from itmsctl.plans.service.opened import OpenedBatch, bad_row
from itmsctl.plans.service.references import references
from itmsctl.plans.service.removal import Removal, absent
from itmsctl.values.kind import house
from itmsctl.values.kind_order import rank
from itmsctl.values.names import is_guid, name_key

if TYPE_CHECKING:
    from itmsctl.resources.service.importing import TableChange

See = Callable[[Changed], None]


def apply(
    unit: UnitOfWork,
    opened: OpenedBatch,
    *,
    by: str = "",
    pruned: Sequence[Removal] = (),
    see: See | None = None,
    held: Mapping[str, Sequence[str]] | None = None,
) -> ApplySummary:
    """Apply what documents declare; `by` is who does. `see` gets every object that a table changes, one by one.

    `held` names the apply sets that hold objects, by GUID: what documents of another set would change is a conflict.

    Raises DocumentsRejectedError or DocumentsConflictError that name every mistake; the unit is to be given up then.
    """
    return _Run(unit, by, see, held or {}).run(opened, pruned)


class _Run:
    def __init__(self, unit: UnitOfWork, by: str, see: See | None, held: Mapping[str, Sequence[str]]) -> None:
        self.unit = unit
        self.by = by
        self.see = see
        self.held = held
        self.done = ApplySummary()
        self.problems: list[Problem] = []
        self.failed: set[Key] = set()
        self.shelves: dict[str, Shelf] = {}
        self.homes: dict[str, guids.GuidHolder] = {}
        self.known: dict[str, Doc] | None = None  # of the kind at hand by key, while nothing has been changed

    def run(self, opened: OpenedBatch, pruned: Sequence[Removal]) -> ApplySummary:
        batch = opened.batch
        present = {one.node: one for one in batch.objects if not one.absent}
        nodes = {key: _node(key[0], key, references(one.kind, one.name, one.spec)) for key, one in present.items()}
        self.homes = guids.homes(self.unit, present.values())
        self._tables(opened)
        last = ""
        for key in self._order(nodes, present):
            if key[0] != last:
                self._settle(last)
                last = key[0]
                self.known = self._all_known(last, [key[1] for key in nodes if key[0] == last])
            self._object(present[key], nodes[key])
        self._settle(last)
        self._refuse_held_removals(batch)
        self._remove([*absent(batch), *pruned])
        refuse(self.problems)
        return self.done

    def shelf(self, kind: str) -> Shelf:
        """Return the shelf of a kind, for many changes."""
        if kind not in self.shelves:
            found = house().kind(kind)
            assert found is not None, kind
            self.shelves[kind] = found.load_shelf().for_many()
        return self.shelves[kind]

    def _all_known(self, kind: str, keys: list[str]) -> dict[str, Doc] | None:
        """Return what is there of many in one reading; none once anything was changed, for one may change another."""
        if self.done.differs:
            return None
        shelf = self.shelf(kind)
        where = member_of(self.unit.connection, shelf.table.c.name_key, keys)
        return {name_key(doc.name): doc for doc in shelf.list(self.unit, where=where)}

    def _existing(self, one: DeclaredObject) -> Doc | None:
        if self.known is not None and not is_guid(one.name):
            return self.known.get(one.key)
        return self.shelf(one.kind.name).find(self.unit, one.name)

    def _found(self, one: DeclaredObject) -> tuple[Doc | None, bool]:
        """Return the object of a document, and whether it still has the name that it had before.

        Raises ConflictError where there is one of either name.
        """
        existing = self._existing(one)
        if one.was is None:
            return existing, False
        former = self.shelf(one.kind.name).find(self.unit, one.was)
        if former is None or (existing is not None and existing.guid == former.guid):
            return existing, existing is not None and existing.name != one.name and former is not None
        if existing is not None:
            raise ConflictError(
                f"{one.kind.name} `{one.was}` cannot become `{one.name}`: there is one of either name",
                hint="remove one of them, or leave `was` out",
            ).about("was")
        return former, True

    def _settle(self, kind: str) -> None:
        if kind:
            self.shelf(kind).settle(self.unit)

    def _order(self, nodes: dict[Key, DocumentNode], present: dict[Key, DeclaredObject]) -> list[Key]:
        try:
            return ordered(nodes)
        except CycleError as error:
            first = present[error.keys[0]]
            what = " -> ".join(f"{kind} `{present[kind, key].name}`" for kind, key in error.keys)
            circle = Problem(first.place(), f"these name each other in a circle: {what}")
            raise rejected([*self.problems, circle]) from None

    # --- tables -------------------------------------------------------------------------------------------------------

    def _tables(self, opened: OpenedBatch) -> None:
        for declared, table in opened.tables:
            kind = declared.kind.name
            told = None if self.see is None else _teller(kind, self.see)
            if self.problems:
                return
            done, against = table.apply(self.unit, told)
            self.problems += [bad_row(declared, bad) for bad in against]
            row = TableDone(kind, declared.name, done.created, done.updated, done.unchanged, table.sha256)
            self.done.tables.append(row)

    # --- objects ------------------------------------------------------------------------------------------------------

    def _object(self, one: DeclaredObject, node: DocumentNode) -> None:
        if node.needs & self.failed:
            self.failed.add(one.node)  # its mistake is that of what it names
            return
        try:
            outcome = self._put(one)
        except ItmsError as error:
            self.failed.add(one.node)
            for each in (error, *error.also):
                self._note(mistake(one, each))
            return
        before = None if outcome.before is None else dict(outcome.before.fields)
        doc, after = outcome.doc, dict(outcome.doc.fields)
        action = {"created": CREATED, "updated": UPDATED}.get(outcome.action, UNCHANGED)
        if before is not None and outcome.before is not None and outcome.before.name != doc.name:
            before["name"], after["name"] = outcome.before.name, doc.name
        if action == UPDATED:
            self._refuse_held(one, doc)
        self.done.changes.append(Changed(action, one.kind.name, doc.name, doc.guid, before, after))

    def _refuse_held(self, one: DeclaredObject, doc: Doc) -> None:
        """Note a conflict where a document of a set changes or removes what another set holds."""
        own = {name_key(group) for group in one.groups}
        others = [name for name in self.held.get(doc.guid, ()) if name_key(name) not in own]
        if not own or not others:
            return
        named = ", ".join(f"`{name}`" for name in others)
        what = f"{one.kind.name} `{doc.name}` belongs to set {named}, which declares it differently"
        hint = "--take takes it over, itmsctl apply-set remove drops a set, or declare it in one of them"
        self._note(Problem(one.place(), what, hint, conflict=True))

    def _refuse_held_removals(self, batch: Batch) -> None:
        for one in batch.objects:
            # Asked of the database: what is known is of one kind, and of documents that declare an object.
            if one.absent and self.held and (doc := self.shelf(one.kind.name).find(self.unit, one.name)) is not None:
                self._refuse_held(one, doc)

    def _put(self, one: DeclaredObject) -> Outcome:
        shelf = self.shelf(one.kind.name)
        existing, renamed = self._found(one)
        fields = shelf.fields_of(one.spec, one.folder)
        if existing is not None and one.guid not in {None, existing.guid}:
            self.done.others.append(f"{one.kind.name}/{existing.name}")
        if renamed and existing is not None:
            self.known = None
            with self.unit.connection.begin_nested():
                shelf.replace(self.unit, existing.guid, fields)
                changed = shelf.set(self.unit, existing.guid, {}, rename=one.name)
            return Outcome("updated", changed.doc, existing)
        if existing is not None and all(_same(existing.fields[name], value) for name, value in fields.items()):
            return Outcome("unchanged", existing, existing)
        self.known = None
        with self.unit.connection.begin_nested():
            if existing is not None:
                return shelf.replace(self.unit, existing.guid, fields)
            given = {name: value for name, value in fields.items() if value is not None}
            if one.guid is not None:
                guids.refuse_taken(self.unit, shelf, one, self.homes)
            return shelf.declare(self.unit, one.name, given, by=self.by, guid=one.guid)

    def _note(self, problem: Problem) -> None:
        self.problems.append(problem)
        refuse(self.problems, at_least=MOST)

    # --- removals -----------------------------------------------------------------------------------------------------

    def _remove(self, removals: Sequence[Removal]) -> None:
        found: dict[Key, tuple[Removal, Doc]] = {}
        for removal in removals:
            doc = self.shelf(removal.kind).find(self.unit, removal.guid or removal.name)
            if doc is None:
                self.done.changes.append(Changed(UNCHANGED, removal.kind, removal.name, ""))
            else:
                found[removal.kind, name_key(doc.name)] = (removal, doc)
        nodes = {
            key: _node(key[0], key, references(self.shelf(key[0]).kind, doc.name, doc.fields))
            for key, (_, doc) in found.items()
        }
        for key in reversed(ordered(nodes)):
            self._remove_one(*found[key])
        for kind in {key[0] for key in found}:
            self._settle(kind)

    def _remove_one(self, removal: Removal, doc: Doc) -> None:
        try:
            with self.unit.connection.begin_nested():
                self.shelf(removal.kind).remove(self.unit, doc.guid)
        except ItmsError as error:
            self._note(taken(removal.place, error))
            return
        self.done.changes.append(Changed(DELETED, removal.kind, doc.name, doc.guid, doc.fields, None, doc.id))


def _same(stored: Any, said: Any) -> bool:
    """Return whether a document surely says what is stored; where it says it in other words the shelf decides."""
    return stored == said and type(stored) is type(said)


def _node(kind: str, key: Key, needs: Iterable[Key]) -> DocumentNode:
    return DocumentNode(key, rank()[kind], frozenset(needs))


def _teller(kind: str, see: See) -> Callable[[TableChange], None]:
    def told(change: TableChange) -> None:
        action = CREATED if change.before is None else UPDATED
        see(Changed(action, kind, change.name, change.guid, change.before, change.after))

    return told
