"""What sources told is stored: exactly the rows that differ, with their history; where nothing differs, one stamp.

A class is compared by the digest that is held of it, and where that differs by the digests of its rows, so that of
what is held only rows that were changed or went are read. Nothing that is told can hurt another computer's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from itmsctl.cmdb import bulk
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.alike_reports import AlikeReports
from itmsctl.inventory.column_forms import Fault
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.delta import SIZE, ClassReport, Delta, DeltaMismatchError, apply, diff, records, report
from itmsctl.inventory.forming import SINGLE, FormedRows, class_digest, former_of
from itmsctl.inventory.marks import told_digest, told_mark, volatile_mark
from itmsctl.inventory.service.class_rows import key_bytes
from itmsctl.inventory.service.classes import classes_in
from itmsctl.inventory.service.states import ClassOf, Digests, KnownState, States, computers_there, note_computers
from itmsctl.inventory.service.versions_of_rows import Churn, RowChanges, write_changes
from itmsctl.inventory.stored import ClassStored, StoredReport
from itmsctl.inventory.told import LooseChange, Rows, Told, ToldChange
from itmsctl.values.untrusted import storable

_MOST_FAULTS = 20  # that are kept of a report
_LONGEST_WHY = 500
_CACHE_KIB = 32 << 10  # the index of software is written all across
_ALIKE = AlikeReports()


def store_told(unit: UnitOfWork, batch: Sequence[tuple[int, Told]]) -> list[StoredReport]:
    """Store what sources told of computers, in the order given; return what became of each report."""
    there = computers_there(unit.connection, {id_ for id_, _ in batch})
    if unit.connection.dialect.name == "sqlite":
        unit.connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE_KIB}")
    found: list[StoredReport] = []
    with bulk.no_collector():
        for part in _apart(batch):
            found += _Storing(unit, [(id_, told) for id_, told in part if id_ in there]).stored(part)
    return found


def _apart(batch: Sequence[tuple[int, Told]]) -> Iterable[list[tuple[int, Told]]]:
    """Yield the batch in parts that hold each computer once."""
    part: dict[int, Told] = {}
    for id_, told in batch:
        if id_ in part:
            yield list(part.items())
            part = {}
        part[id_] = told
    yield list(part.items())


class _Differing(NamedTuple):
    """A class whose rows differ from those that are held, or perhaps do."""

    of: ClassOf
    told: Told
    at: Any
    whole: ClassReport | None = None
    change: ToldChange | LooseChange | None = None
    mark: int | None = None
    loose: int | None = None


class _Storing:
    """Stores reports of computers, each of another one."""

    def __init__(self, unit: UnitOfWork, batch: Sequence[tuple[int, Told]]) -> None:
        self.unit, self.batch = unit, batch
        self.states = States(unit.connection, [id_ for id_, _ in batch])
        self.found: dict[int, dict[str, ClassStored]] = {id_: {} for id_, _ in batch}
        self.changes: dict[str, RowChanges] = {}
        self.churn = Churn()
        self.new: set[int] = set()  # computers that were never inventoried
        self.definitions = classes_in(unit)

    def stored(self, asked: Sequence[tuple[int, Told]]) -> list[StoredReport]:
        """Store them, and return what became of all that were asked for."""
        differing: list[_Differing] = []
        computers = []
        for id_, told in self.batch:
            at = bulk.moment(self.unit.connection, min(told.collected_at, self.unit.now))
            computers.append((id_, at))
            differing += self._compared(id_, told, at)
            self._unread(id_, told, at)
        self.new = note_computers(self.unit.connection, computers)
        self._settle(differing)
        self.states.write()
        self.churn.write(self.unit.connection)
        self._note()
        return [
            StoredReport(id_, self.found[id_]) if id_ in self.found else StoredReport(id_, is_gone=True)
            for id_, _ in asked
        ]

    # --- what differs at all ------------------------------------------------------------------------------------------

    def _compared(self, id_: int, told: Told, at: Any) -> Iterable[_Differing]:
        for name, rows in told.classes.items():
            if self._is_to_store(id_, name, at):
                yield from self._whole(id_, name, rows, told, at)
        changes: dict[str, ToldChange | LooseChange] = {**told.changes, **told.deltas}
        for name, change in changes.items():
            if name not in told.classes and self._is_to_store(id_, name, at):
                yield from self._change(id_, name, change, told, at)
        for name, digest in told.same.items():
            if name not in told.classes and name not in told.deltas and self._is_to_store(id_, name, at):
                held = self.states.known.get((id_, name))
                if held is not None and held.digest == digest:
                    self._same((id_, name), told, at)
                else:
                    self.found[id_][name] = ClassStored("misfit", why="other rows are held")

    def _is_to_store(self, id_: int, name: str, at: Any) -> bool:
        if name not in self.definitions:
            self.found[id_][name] = ClassStored("unknown", why=f"there is no data class `{storable(name, 80)}`")
            return False
        held = self.states.known.get((id_, name))
        if held is not None and held.collected_at is not None and at < held.collected_at:
            self.found[id_][name] = ClassStored("older", why=f"what is held was collected later by {held.source}")
            return False
        return True

    def _whole(self, id_: int, name: str, rows: Rows, told: Told, at: Any) -> Iterable[_Differing]:
        of, one = (id_, name), self.definitions[name]
        held = self.states.known.get(of)
        digest = told_digest(one, rows)
        mark = told_mark(digest)
        if held is not None and held.digest is not None and mark is not None and held.told == mark:
            self._same(of, told, at)
            return
        found = _ALIKE.of(digest, lambda: report(one, rows))
        loose = volatile_mark(one, found.formed)
        if held is not None and held.digest == found.digest and held.volatile == loose:
            self.states.put(of, held._replace(told=mark, faults=_kept(found.faults)))
            self._same(of, told, at, found.faults)
            return
        yield _Differing(of, told, at, found, None, mark, loose)

    def _change(
        self, id_: int, name: str, change: ToldChange | LooseChange, told: Told, at: Any
    ) -> Iterable[_Differing]:
        held = self.states.known.get((id_, name))
        if isinstance(change, LooseChange):
            if held is None or held.digest is None:
                self.found[id_][name] = ClassStored("misfit", why="it was never told whole")
            else:
                yield _Differing((id_, name), told, at, change=change)
        elif held is not None and held.digest == change.digest:
            self._same((id_, name), told, at)  # it came before, or nothing differs
        elif held is None or held.digest != change.base:
            self.found[id_][name] = ClassStored("misfit", why="it was made against other rows than are held")
        else:
            yield _Differing((id_, name), told, at, change=change)

    def _same(self, of: ClassOf, told: Told, at: Any, faults: tuple[Fault, ...] = ()) -> None:
        is_repeated = self.states.known[of].collected_at == at
        self.states.stamp(of, at, told.source)
        self.churn.compare(of[1])
        self.found[of[0]][of[1]] = ClassStored("same", faults=faults, is_repeated=is_repeated)

    def _unread(self, id_: int, told: Told, at: Any) -> None:
        for name, why in told.unread.items():
            of = (id_, name)
            held = self.states.known.get(of)
            if name not in self.definitions or name in self.found[id_]:
                continue
            if held is None:
                held = KnownState(told.source, None, 0, None, None)
            elif max(held.collected_at or at, held.unread_at or at) > at:
                continue
            self.states.put(of, held._replace(unread=storable(why, _LONGEST_WHY), unread_at=at))
            self.found[id_][name] = ClassStored("unread", why=why)

    # --- what differs in its rows -------------------------------------------------------------------------------------

    def _settle(self, differing: Sequence[_Differing]) -> None:
        held = self.states.known
        many = {one.of for one in differing if one.of in held and held[one.of].row_count and self._is_multi(one.of)}
        digests = Digests(self.unit.connection, many)
        written = []
        for one in differing:
            packed = digests.known.get(one.of, b"")
            if not self._is_multi(one.of) and one.of in held and held[one.of].row_count:
                packed = SINGLE + bytes(8)  # the digest of a lone row is the state's, and differs
            after = self._settled(one, packed)
            if after is not None and after != packed and self._is_multi(one.of):
                written.append((one.of, after))
        digests.write(written)
        for name, changes in sorted(self.changes.items()):
            write_changes(self.unit, changes, self.churn)
            del self.changes[name]

    def _settled(self, one: _Differing, packed: bytes) -> bytes | None:
        """Have what differs in a class written, and return its digests as they are then; None where nothing fits."""
        id_, name = one.of
        definition = self.definitions[name]
        if one.whole is not None:
            formed, after = one.whole.formed, one.whole.packed
        else:
            assert one.change is not None
            try:
                formed, after = _applied(definition, packed, one.change)
            except (DeltaMismatchError, OverflowError) as error:
                self.found[id_][name] = ClassStored("misfit", why=str(error))
                return None
        held = self.states.known.get(one.of)
        is_first = held is None or held.digest is None
        delta = Delta(frozenset(formed.rows)) if is_first and not packed else diff(packed, after)
        if held is not None and held.digest is not None and one.whole is not None and held.digest == one.whole.digest:
            delta = Delta()  # only what never makes history differs
        changes = self.changes.setdefault(name, RowChanges(definition))
        loose = (
            []
            if one.whole is None or is_first or held is None or held.volatile == one.loose
            else [row for key, row in formed.rows.items() if key not in delta.added and key not in delta.changed]
        )
        changes.take(id_, one.at, formed, delta, loose, is_new=id_ in self.new)
        if not is_first:
            self.churn.compare(name)
        now = _next_state(one, held, formed, after, is_changed=is_first or not delta.is_empty)
        if held is None or held.digest != now.digest:
            now = now._replace(stored_by=self.unit.change_set_id)
        self.states.put(one.of, now)
        state = "first" if is_first else "changed" if not delta.is_empty else "same"
        counts = len(delta.added), len(delta.changed), len(delta.removed)
        is_repeated = state == "same" and held is not None and held.collected_at == one.at
        why = one.told.unread.get(name, "")
        self.found[id_][name] = ClassStored(state, *counts, formed.faults, why, is_repeated)
        return after

    # --- the rest -----------------------------------------------------------------------------------------------------

    def _is_multi(self, of: ClassOf) -> bool:
        return self.definitions[of[1]].is_multi

    def _note(self) -> None:
        """Record in the audit how many rows were written, and over what: an equal report leaves no change-set."""
        wrote = [
            (id_, name, one)
            for id_, classes in self.found.items()
            for name, one in classes.items()
            if one.state in {"first", "changed"}
        ]
        if not wrote:
            return
        self.unit.note(
            "inventory",
            computers=len({id_ for id_, _, _ in wrote}),
            added=sum(one.added for _, _, one in wrote),
            changed=sum(one.changed for _, _, one in wrote),
            removed=sum(one.removed for _, _, one in wrote),
        )
        for id_, name, _ in wrote:
            self.unit.digest(f"{id_} {name} {self.states.known[id_, name].digest}\n".encode())


def _applied(of: DataClass, packed: bytes, change: ToldChange | LooseChange) -> tuple[FormedRows, bytes]:
    """Return the rows of a change, and the digests that it leads to. Raises DeltaMismatchError, OverflowError."""
    former = former_of(of)
    if isinstance(change, LooseChange):
        formed = former.rows(change.added)
        there = {one[:8] for one in records(packed)}
        gone = former.rows(change.removed).rows.keys() & there - formed.rows.keys()
        return formed, apply(packed, formed.rows.values(), gone)
    formed = former.rows(change.rows)
    after = apply(packed, formed.rows.values(), [key_bytes(number) for number in change.removed])
    if class_digest(after) != change.digest:
        raise DeltaMismatchError("it leads to other rows than it says")
    return formed, after


def _next_state(
    one: _Differing, held: KnownState | None, formed: FormedRows, after: bytes, *, is_changed: bool
) -> KnownState:
    why = one.told.unread.get(one.of[1])
    before = held or KnownState(one.told.source, None, 0, None, None)
    return KnownState(
        source=one.told.source,
        digest=class_digest(after),
        row_count=len(after) // SIZE,
        collected_at=one.at,
        changed_at=one.at if is_changed else before.changed_at,
        unread=None if why is None else storable(why, _LONGEST_WHY),
        unread_at=None if why is None else one.at,
        faults=_kept(formed.faults),
        epoch=before.epoch + (one.whole is not None and is_changed),
        counter=before.counter + 1 if one.whole is None else 0 if is_changed else before.counter,
        told=one.mark,
        volatile=one.loose,
        stored_by=before.stored_by,
    )


def _kept(faults: Sequence[Fault]) -> str | None:
    said: list[Mapping[str, str]] = [{"column": one.column, "why": one.why} for one in faults[:_MOST_FAULTS]]
    return canonical(said) if said else None
