"""What a data class is computed from is declared, and filters look again when it changes (MEMB-2)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.inventory.definition import ClassColumn
from itmsctl.inventory.service.classes import every_class
from itmsctl.resources.service.identities import learn
from itmsctl.resources.service.merge import merge, split
from itmsctl.sites.service.server import SERVERS
from itmsctl.targeting.service import update
from itmsctl.targeting.service.filters import FILTERS
from itmsctl.values import sources
from itmsctl.values.kind import FilterClass, FilterField, House, Kind, Link, Type, house
from itmsctl.values.sources import COMMON, DATA_TABLE
from itmsctl.values.view import every_view
from tests.conftest import START, FrozenClock, Run
from tests.inventory.telling import tell
from tests.targeting.conftest import Holds
from tests.targeting.sources import Estate, Step, classes, dirty, nouns


@pytest.mark.parametrize("cls", classes(), ids=lambda cls: cls.name)
def test_every_filter_field_names_sources_that_exist(cls: FilterClass) -> None:
    fields = () if cls.collected_in else cls.fields  # what was gathered is in tables of its own, and of no noun
    assert [of.name for of in fields if not of.of] == [], "what is it computed from? of=(NOUN, FIELD)"
    for noun, *fields in cls.sources:
        kind = house().kind(noun)
        assert kind is not None, f"{cls.name}: there is no noun `{noun}`"
        assert fields, f"{cls.name}: which fields of {noun}?"
        assert [name for name in fields if name not in COMMON and kind.field(name) is None] == [], cls.name
        assert noun == "computer" or noun in dict(cls.links), f"{cls.name}: where do the computers of a {noun} stand?"


def test_links_and_tables_of_classes_exist() -> None:
    from itmsctl.cmdb.compare import declared

    tables = declared().tables
    for cls in classes():
        assert {name for name in cls.tables if name not in tables} == set(), cls.name
        for noun, link in cls.links:
            assert noun in {source[0] for source in cls.sources}, f"{cls.name}: nothing is computed from {noun}"
            assert {link.own, link.other} <= set(tables[link.table].columns.keys()), cls.name
            leading = {index.columns[0].name for index in tables[link.table].indexes}
            leading.add(next(iter(tables[link.table].primary_key)).name)
            assert link.own in leading, f"{link.table} has no index that leads from a {noun} to its computers"


@pytest.mark.parametrize("kind", nouns(), ids=lambda kind: kind.name)
def test_a_change_of_any_field_of_a_noun_reaches_what_is_computed_from_it(
    store: Store, clock: FrozenClock, kind: Kind
) -> None:
    estate = Estate(store)
    estate.build()
    found = []
    for step in estate.steps(kind):
        clock.forward(minutes=1)
        found += estate.stale(step)
    assert found == []


def planted(monkeypatch: pytest.MonkeyPatch, cls: FilterClass) -> None:
    """Let a class be another one, or let there be one more, for what follows a change."""
    kept = house().rooms
    rooms = [replace(r, filter_classes=tuple(c for c in r.filter_classes if c.name != cls.name)) for r in kept]
    rooms[0] = replace(rooms[0], filter_classes=(*rooms[0].filter_classes, cls))
    monkeypatch.setattr(sources, "house", lambda: House(tuple(rooms)))
    sources._fed.cache_clear()
    sources.fed_by.cache_clear()


@pytest.fixture(autouse=True)
def _forgotten() -> Any:
    yield
    sources._fed.cache_clear()
    sources.fed_by.cache_clear()


def test_a_source_that_is_not_declared_is_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    estate = Estate(store)
    estate.build()
    (real,) = [cls for cls in classes() if cls.name == "sites"]
    planted(monkeypatch, replace(real, fields=tuple(replace(f, of=()) for f in real.fields if f.name == "site")))
    site = house().kind("site")
    assert site is not None
    renamed: Step = next(step for step in estate.steps(site) if step[0] == "renamed")
    found = list(estate.stale(renamed))
    assert len(found) == 3, found  # the class, the documented view, and what filters hold
    assert "delta was wrong" in found[-1]


def test_an_object_whose_own_row_leads_to_its_computer_tells_of_the_old_one_and_the_new_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = Estate(store)
    estate.build()
    site_server = Link("site_server", "id", "computer_id")
    field = FilterField("sessions", Type.INT, "sessions", of=("server", "max_sessions", "name"))
    planted(monkeypatch, FilterClass("roles", "v_x", "id", (field,), "x", links=(("server", site_server),)))
    with store.read() as reader:
        ids = {n: doc.id for n in (0, 1) for doc in [_computer(reader, n)]}

    def told(act: Any) -> set[int]:
        store.write(update.delta)
        store.write(act)
        with store.read() as reader:
            return dirty(reader).get("roles", set())

    assert told(lambda u: SERVERS.add(u, "computer-one", {"services": ["package"]})) == {ids[0]}
    assert told(lambda u: SERVERS.replace(u, "computer-one", {"description": "not a source"})) == set()
    assert told(lambda u: SERVERS.replace(u, "computer-one", {"max_sessions": 5})) == {ids[0]}
    moved = told(lambda u: SERVERS.move(u, SERVERS.get(u, "computer-one"), ids[1], "computer-two"))
    assert moved == {ids[0], ids[1]}
    assert told(lambda u: SERVERS.remove(u, "computer-two")) == {ids[1]}


def _computer(reader: Any, which: int) -> Any:
    kind = house().kind("computer")
    assert kind is not None
    return kind.load_shelf().get(reader, f"computer-{('one', 'two')[which]}")


def test_what_a_computer_learned_is_looked_at_again_after_merge_and_split(estate: Store, holds: Holds) -> None:
    value = "0123456789abcdef0123456789abcdef"
    estate.write(lambda unit: FILTERS.add(unit, "learned", {"where": f"machine_id = '{value}'"}))
    with estate.read() as reader:
        kind = house().kind("computer")
        assert kind is not None
        bob = kind.load_shelf().get(reader, "bob").id
    estate.write(lambda unit: learn(unit, bob, "machine_id", value))
    estate.write(update.delta)
    assert holds("learned") == ["bob"]
    estate.write(lambda unit: merge(unit, "ada", "bob"))
    estate.write(update.delta)
    assert holds("learned") == ["ada"]
    estate.write(lambda unit: split(unit, "bob"))
    estate.write(update.delta)
    assert holds("learned") == ["bob"]


SUBNET = """
kind: subnet
name: 10.1.0.0/16
spec:
  site: milan
"""


def test_tables_documents_and_undo_reach_filters_too(run: Run, holds: Holds, store: Store, tmp_path: Path) -> None:
    made: list[str] = []

    def did(*words: str) -> list[str]:
        result = run(*words)
        assert result.code == 0, result.err
        with store.read() as reader:
            made.append(str(reader.scalar(sa.text("SELECT max(seq) FROM change_set"))))
        store.write(update.delta)
        after = store.write(update.complete)
        assert (after.added, after.removed) == (0, 0), words
        return holds("rome")

    for words in ("site add rome", "site add milan", "subnet add 10.1.0.0/16 --site rome"):
        run(*words.split())
    run("computer", "add", "pc1", "--address", "10.1.1.1")
    run("filter", "add", "rome", "--where", "site = 'rome'")
    assert did("membership", "update") == ["pc1"]
    (tmp_path / "pcs.csv").write_text("name,address\npc1,192.0.2.1\npc2,10.1.1.2\n")
    assert did("computer", "import", str(tmp_path / "pcs.csv")) == ["pc2"]
    assert did("undo", made[-1], "--yes") == ["pc1"]
    (tmp_path / "subnet.yaml").write_text(SUBNET)
    assert did("apply", "-f", str(tmp_path / "subnet.yaml"), "--yes") == []
    assert did("undo", made[-1], "--yes") == ["pc1"]
    (tmp_path / "subnets.csv").write_text("prefix,site\n10.1.0.0/17,milan\n")
    assert did("subnet", "import", str(tmp_path / "subnets.csv")) == []
    assert did("subnet", "remove", "10.1.0.0/17", "--yes") == ["pc1"]
    assert did("subnet", "set", "10.1.0.0/16", "--rename", "10.1.2.0/24") == []


def said(column: ClassColumn) -> Any:
    """Return a value of a column of inventory."""
    values = {
        Type.INT: 7, Type.REAL: 7.5, Type.DURATION: 7, Type.BOOL: True, Type.TIME: "2026-01-01T00:00:00Z",
        Type.ADDRESS: "10.0.0.7", Type.PREFIX: "10.0.0.0/8", Type.GUID: "4c4c4544-0001-3510-8052-b4c04f4b4d31",
        Type.LIST: ["seven"], Type.MAP: {"k": "seven"},
    }  # fmt: skip
    return values.get(column.type, "7.1")


def test_a_change_of_any_class_of_inventory_reaches_the_filters_that_ask_for_it(ok: Run, store: Store) -> None:
    every = every_class()
    ok("computer", "add", "ada")
    ok("filter", "add", "any", "--where", " or ".join(f"collected({one.name})" for one in every))
    store.write(update.delta)
    told = {one.name: [{column.name: said(column) for column in one.columns}] for one in every}
    steps = [told, {name: [] for name in told}, told]
    for rows in steps:
        tell(store, START, {"ada": rows})
        with store.read() as reader:
            assert {name for name in dirty(reader) if name != "computer"} == {one.name for one in every}
        store.write(update.delta)
    assert ok("filter", "members", "any", "-o", "name").out == "ada\n"
    tell(store, START, {"ada": told})
    with store.read() as reader:
        assert dirty(reader) == {}, "nothing changed"


def test_every_column_of_every_view_of_inventory_shows_what_was_told(ok: Run, store: Store) -> None:
    ok("computer", "add", "ada")
    told = {one.name: [{column.name: said(column) for column in one.columns}] for one in every_class()}
    tell(store, START, {"ada": told})
    found = [view for view in every_view() if view.name.startswith(f"v_{DATA_TABLE}") and view.is_documented]
    assert len(found) == len(told)
    with store.read() as reader:
        for view in found:
            columns = ", ".join(f'"{name}"' for name in view.types)
            (row,) = reader.connection.execute(sa.text(f"SELECT {columns} FROM {view.name}"))
            assert [name for name, value in zip(view.types, row, strict=True) if value is None] == [], view.name
            assert row[1] == "ada"
