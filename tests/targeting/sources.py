"""An estate with one object of every noun that filters are computed from, and each of its fields changed once.

Values follow from the type of a field; a noun or a field that needs a special form has a line in `NAMES` or `VALUES`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
import sqlglot
from sqlglot import exp

from itmsctl.baselines.service import scanning
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nouns import kind_of, typed_table_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InUseError
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told, UsageEvent
from itmsctl.metering.service.policies import METERING_POLICIES
from itmsctl.metering.service.storing import ToldUsage, store_usage
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.resources.service.relations import relate
from itmsctl.software.service.judging import judge
from itmsctl.targeting.rows import members
from itmsctl.targeting.service import update
from itmsctl.targeting.service.filters import FILTERS
from itmsctl.tasks.service.contact import learn
from itmsctl.tasks.states import State
from itmsctl.values.kind import Field, FilterClass, FilterField, Kind, Owner, Type, house
from itmsctl.values.sources import DATA_TABLE
from itmsctl.values.times import to_text
from itmsctl.values.view import View, every_view

NAMES = {"subnet": ("10.1.0.0/16", "10.2.0.0/16", "10.0.0.0/15")}
VALUES: Mapping[tuple[str, str], tuple[Any, Any]] = {
    ("computer", "address"): (["10.1.0.1"], ["10.2.0.1"]),
    ("computer", "uuid"): (["4c4c4544-0001-3510-8052-b4c04f4b4d31"], ["4c4c4544-0002-3510-8052-b4c04f4b4d32"]),
    ("computer", "machine_id"): (["0123456789abcdef0123456789abcde1"], ["0123456789abcdef0123456789abcde2"]),
    ("computer", "mac"): (["00:1b:21:3c:4d:51"], ["00:1b:21:3c:4d:52"]),
    ("computer", "management_address"): ("10.1.0.1", "10.2.0.1"),
    ("computer", "locked"): ("serial", "serial,mac"),
    **{
        (kind, "mac"): ([f"00:1b:21:3c:4d:{place}1"], [f"00:1b:21:3c:4d:{place}2"])
        for place, kind in enumerate(("network-device", "printer", "resource"), start=6)
    },
    **{(kind, "address"): (["10.1.0.1"], ["10.2.0.1"]) for kind in ("network-device", "printer", "resource")},
    ("virtual-machine", "uuid"): ("4c4c4544-0001-3510-8052-b4c04f4b4d41", "4c4c4544-0002-3510-8052-b4c04f4b4d42"),
    ("resource-type", "parent"): ("device", "device"),
    ("resource-type", "fields"): (["outlets:int"], ["outlets:int", "color"]),
    ("resource", "fields"): ({"outlets": "8"}, {"outlets": "9"}),
    ("baseline", "data_class"): ("files", "files"),
    ("baseline", "columns"): (["sha256"], ["size_bytes"]),
    ("baseline", "include"): (["/*"], ["/etc/*"]),
    ("software", "detect"): ("package alpha", "package beta"),
    ("software", "applies"): ("inventory (os_family = 'alpha')", "inventory (os_family = 'beta')"),
    ("software", "license_until"): ("2027-01-01", "2028-01-01"),
    ("software", "unmanaged"): (False, True),
    **{("software", name): ([], []) for name in ("depends", "conflicts", "supersedes")},
    ("baseline", "rows"): ('{"path":"/etc/hosts","sha256":"1"}', '{"path":"/etc/passwd","sha256":"2"}'),
}
# Fields that stay as they were given, and what decides that.
FIXED = {
    ("resource-type", "parent"): "its resources have the fields of the types above it",
    ("resource-type", "fields"): "a field of which resources have a value does not go",
    ("software", "depends"): "no state of software follows from another one's",
    ("software", "conflicts"): "no state of software follows from another one's",
    ("software", "supersedes"): "no state of software follows from another one's",
}
UNNAMED = {"resource-type"}  # kinds whose objects keep their name: tables bear it
FORMS = {"zone": ("Europe/Rome", "Asia/Tokyo")}
TYPES: Mapping[Type, tuple[Any, Any]] = {
    Type.TEXT: ("alpha", "beta"), Type.INT: (1, 2), Type.REAL: (1.5, 2.5), Type.BOOL: (True, False),
    Type.DURATION: (60, 120), Type.VERSION: ("1.0", "2.0"), Type.LIST: (["alpha"], ["beta"]),
    Type.MAP: ({"k": "alpha"}, {"k": "beta"}),
}  # fmt: skip

Rows = dict[str, dict[int, list[Any]]]  # by data class or view: the rows of each computer
Step = tuple[str, Callable[[UnitOfWork], Any]]


def classes() -> tuple[FilterClass, ...]:
    return house().filter_classes()


def views() -> list[View]:
    """Return the documented views that a SQL filter may read, but those of inventory, which no noun feeds."""
    return [view for view in every_view() if view.classes and not view.name.startswith(f"v_{DATA_TABLE}")]


def nouns() -> list[Kind]:
    """Return every noun that a class, or a view of SQL filters, reads or says that it is computed from."""
    texts = {view.name: view.sql for view in every_view()}
    read = [texts[name] for name in (*(v.name for v in views()), *(c.table for c in classes())) if name in texts]
    tables = {table.name for text in read for table in sqlglot.parse_one(text, read="sqlite").find_all(exp.Table)}
    named = {source[0] for cls in classes() for source in cls.sources}
    return [kind for kind in house().kinds() if kind.table in tables or kind.name in named]


def name_of(kind: str, which: int) -> str:
    declared = house().kind(kind)
    kind = (declared.named_for if declared is not None else "") or kind
    return NAMES.get(kind, (f"{kind}-one", f"{kind}-two", f"{kind}-three"))[which]


def value_of(kind: Kind, of: Field, which: int) -> Any:
    if (kind.name, of.name) in VALUES:
        return VALUES[kind.name, of.name][which]
    if of.form:
        return FORMS[of.form][which]
    one: Any = of.choices[which] if of.choices else name_of(of.ref, which) if of.ref else None
    if one is None:
        return TYPES[of.type][which]
    return [one] if of.type is Type.LIST else one


@dataclass
class Estate:
    """Two objects of each noun, and a filter over each field and column that can tell them apart."""

    store: Store
    kinds: Sequence[Kind] = field(default_factory=nouns)

    def build(self) -> None:
        for which in (0, 1):
            self.store.write(lambda u, n=which: PACKAGES.add(u, name_of("package", n), {}))
        for kind in sorted(self.kinds, key=self._depth):
            for which in (0, 1):
                fields = {f.name: value_of(kind, f, which) for f in kind.admin_fields}
                self.store.write(lambda u, k=kind, n=which, f=fields: k.load_shelf().add(u, name_of(k.name, n), f))
        self.store.write(lambda unit: answered(unit, name_of("computer", 0)))
        self.store.write(compared)
        self.store.write(used)
        self.store.write(judge)
        ends = (name_of("computer", 0), "primary-user", name_of("user", 0))
        self.store.write(lambda unit: relate(unit, *ends))
        self.store.write(self._ask)
        self.store.write(update.complete)

    def _depth(self, kind: Kind) -> int:
        used = {f.ref for f in kind.fields if f.ref and f.ref != kind.name} | {kind.named_for}
        return 1 + max((self._depth(k) for k in self.kinds if k.name in used), default=0)

    def _ask(self, unit: UnitOfWork) -> None:
        questions: list[dict[str, str]] = []
        for cls in classes():
            for of in cls.fields:
                questions += [{"where": text} for text in asked(unit, cls, of)]
        for view in views():
            for column in view.types:
                own = f'CAST("{column}" AS TEXT)'
                value = unit.scalar(sa.text(f'SELECT {own} FROM {view.name} WHERE "{column}" IS NOT NULL ORDER BY 1'))
                assert value is not None, (view.name, column)
                written = str(value).replace("'", "''")
                questions.append({"sql": f"SELECT guid FROM {view.name} WHERE {own} = '{written}'"})
        for number, question in enumerate(questions):
            FILTERS.add(unit, f"f{number}", question)

    def steps(self, kind: Kind) -> Iterator[Step]:
        """Yield what is done to the first object of a noun: to each of its fields, to its name, to itself."""
        shelf: Shelf = kind.load_shelf()
        name = name_of(kind.name, 0)
        for of in kind.fields:
            if (kind.name, of.name) in FIXED:
                continue
            if of.owner is Owner.ADMIN:
                other = value_of(kind, of, 1)
                yield f"{of.name} changed", lambda u, f=of.name, v=other: shelf.replace(u, name, {f: v})
                if not of.required:
                    yield f"{of.name} emptied", lambda u, f=of.name: shelf.replace(u, name, {f: None})
                own = value_of(kind, of, 0)
                yield f"{of.name} given", lambda u, f=of.name, v=own: shelf.replace(u, name, {f: v})
            else:
                yield f"{of.name} written past the shelf", PAST_SHELVES[kind.name, of.name]
        if not kind.named_for and kind.name not in UNNAMED:
            yield "renamed", lambda u: shelf.set(u, name, {}, rename=name_of(kind.name, 2))
            yield "renamed back", lambda u: shelf.set(u, name_of(kind.name, 2), {}, rename=name)
        with self.store.read() as reader:
            doc = shelf.get(reader, name)
        yield "removed", lambda u: unless_used(u, shelf, doc)
        yield "restored", lambda u: shelf.restore(u, doc.guid, doc.name, doc.document())

    def stale(self, step: Step) -> Iterator[str]:
        """Do one step, and yield what filters would not hear of it.

        Where it changed no row that any filter reads, a complete update would change nothing: nor may a delta.
        """
        said, act = step
        with self.store.read() as reader:
            before, held = rows(reader), held_members(reader)
        self.store.write(act)
        with self.store.read() as reader:
            after = rows(reader)
            there = set(reader.connection.execute(sa.text("SELECT id FROM computer")).scalars())
            told = dirty(reader)
        for name, deciding in deciders().items():
            differ = {i for i in before[name].keys() | after[name].keys() if before[name].get(i) != after[name].get(i)}
            unheard = (differ & there) - {i for cls in deciding for i in told.get(cls, ())}
            if unheard:
                yield f"{said}: rows of `{name}` changed, and no update looks at them: it is no source of {deciding}"
        self.store.write(update.delta)
        if before == after:
            with self.store.read() as reader:
                if held != held_members(reader):
                    yield f"{said}: delta changed members, and no row that a filter reads is another one"
            return
        run = self.store.write(update.complete)
        if run.added or run.removed:
            yield f"{said}: delta was wrong by {run.added} missing and {run.removed} too many"


def unless_used(unit: UnitOfWork, shelf: Shelf, doc: Doc) -> None:
    """Remove an object; one that is still used stays, and nothing changes with it."""
    with contextlib.suppress(InUseError):
        shelf.remove(unit, doc.guid)


def asked(reader: Reader, cls: FilterClass, of: FilterField) -> Iterator[str]:
    """Yield questions about a field: whether it is known, and for its first value."""
    name = of.name if cls.name == "computer" or cls.multi else f"{cls.name}.{of.name}"
    statement = f'SELECT "{of.column_name}" FROM {cls.table} WHERE "{of.column_name}" IS NOT NULL ORDER BY 1'
    value = reader.scalar(sa.text(statement))
    assert value is not None, f"{cls.name}.{of.name} is empty in all the estate: give its source a line in VALUES"
    for text in (f"{name} is null", written(name, of.type, value)):
        yield f"{cls.name}({text})" if cls.multi else text


def written(name: str, type_: Type, value: Any) -> str:
    if type_ is Type.BOOL:
        return name if value else f"not {name}"
    if type_ is Type.ADDRESS:
        return f"within({name}, '10.1.0.0/16')"
    if type_ in {Type.INT, Type.REAL, Type.DURATION}:
        return f"{name} = {value}"
    return f"{name} = '{to_text(value.astimezone(UTC)) if isinstance(value, datetime) else value}'"


def deciders() -> dict[str, tuple[str, ...]]:
    """Return what filters read, by name, with the classes whose changes have it looked at again."""
    found = {cls.table: (cls.changes_with or cls.name,) for cls in classes()}
    return found | {view.name: view.classes for view in views()}


def rows(reader: Reader) -> Rows:
    """Return every row that filters read, by what it is read from and by computer."""
    found: Rows = {}
    for cls in classes():
        columns = ", ".join(f'"{name}"' for name in dict.fromkeys([cls.key, *(f.column_name for f in cls.fields)]))
        found[cls.table] = _by_computer(reader, f"SELECT {columns} FROM {cls.table}")
    for view in views():
        columns = ", ".join(f'v."{name}"' for name in view.types)
        text = f"SELECT r.id, {columns} FROM {view.name} v JOIN resource r ON r.guid = v.guid"
        found[view.name] = _by_computer(reader, text)
    return found


def held_members(reader: Reader) -> set[tuple[int, int]]:
    """Return who is in which collection, as stored."""
    found = reader.connection.execute(sa.select(members.c.collection_id, members.c.resource_id))
    return {(row[0], row[1]) for row in found}


def _by_computer(reader: Reader, text: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for id_, *row in reader.connection.execute(sa.text(text)):
        found.setdefault(id_, []).append([bytes(v) if isinstance(v, memoryview) else v for v in row])
    return {id_: sorted(own, key=repr) for id_, own in found.items()}


def dirty(reader: Reader) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for name, id_ in reader.connection.execute(sa.text("SELECT class_name, resource_id FROM dirty")):
        found.setdefault(name, set()).add(id_)
    return found


def answered(unit: UnitOfWork, name: str) -> None:
    """Let a computer answer a run, and say its machine id at the first contact."""
    computer = _id_of(unit, name)
    who = SimpleNamespace(computer_id=computer, endpoint=SimpleNamespace(machine_id=None))
    outcome = SimpleNamespace(reason="", host=SimpleNamespace(machine_id="0123456789abcdef0123456789abcdef"))
    connection = SimpleNamespace(seen_key=None)
    ending: Any = SimpleNamespace(assignment=who, connection=connection, state=State.SUCCEEDED, outcome=outcome)
    learn(unit, [ending])


def compared(unit: UnitOfWork) -> None:
    """Let a computer be compared with a baseline, which it meets."""
    rows = [{"path": "/etc/hosts", "sha256": "1"}]
    computer = _id_of(unit, name_of("computer", 0))
    store_told(unit, [(computer, Told("test", unit.now, {"files": rows}))])
    baseline = scanning.loaded(unit, name_of("baseline", 0))
    scanning.store(unit, baseline, scanning.compare(unit, baseline, [computer]))


def used(unit: UnitOfWork) -> None:
    """Let a program be used on a computer, which a policy meters."""
    METERING_POLICIES.add(unit, "all", {"files": ["*"]})
    METERING_POLICIES.add(unit, "none", {"files": ["*"], "action": "deny"})
    start = UsageEvent("start", unit.now, "alpha", "alpha", "alpha", "alpha", "1.0", "alpha")
    events = [start, replace(start, event="deny")]
    store_usage(unit, ToldUsage(_id_of(unit, name_of("computer", 0)), "test", unit.now, events))


def seen(unit: UnitOfWork, *, kind: str) -> None:
    """Write when a device was found last, as what finds it does."""
    table = typed_table_of(kind_of(kind))
    unit.connection.execute(sa.update(table).values(last_seen=unit.now))


def _id_of(reader: Reader, name: str) -> int:
    kind = house().kind("computer")
    assert kind is not None
    return int(kind.load_shelf().get(reader, name).id)


# Fields that no administrator sets, and what writes each.
PAST_SHELVES: Mapping[tuple[str, str], Callable[[UnitOfWork], None]] = {
    ("computer", "last_seen"): lambda unit: answered(unit, name_of("computer", 1)),
    **{
        (kind, "last_seen"): partial(seen, kind=kind)
        for kind in ("network-device", "printer", "resource", "virtual-machine")
    },
}
