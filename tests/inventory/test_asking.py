"""Stored inventory is asked by filters and views: on both engines, by delta as by a complete update."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from itmsctl.cmdb import compare
from itmsctl.cmdb.store import Store
from itmsctl.expressions.parse import parse
from itmsctl.expressions.registry import Registry
from itmsctl.inventory.asking import filter_class_of
from itmsctl.inventory.service.classes import every_class
from itmsctl.targeting.service import update, whole
from itmsctl.values.kind import Type
from tests.conftest import START, Run
from tests.inventory.telling import forget, tell

FIREFOX = "software(name = 'firefox' and version < '140')"
SOFTWARE = {
    "old": [{"name": "firefox", "version": "128.3.0esr-1"}, {"name": "vim", "version": "2:9.0.1378-2"}],
    "new": [{"name": "firefox", "version": "140.0-1"}, {"name": "vim", "version": "2:9.1.0-1"}],
    "none": [{"name": "vim", "version": "2:9.0.1378-2"}],
    "unsaid": [{"name": "firefox"}],
}


@pytest.fixture
def fleet(ok: Run, store: Store) -> Store:
    """Computers whose software is known, and two of which nothing is."""
    for name in (*SOFTWARE, "silent", "gone"):
        ok("computer", "add", name)
    tell(store, START, {name: {"software": rows} for name, rows in SOFTWARE.items()})
    system = {"old": "Debian GNU/Linux", "new": "Ubuntu", "none": None}
    tell(store, START, {name: {"operating_system": [{"name": is_, "build": "1"}]} for name, is_ in system.items()})
    return store


Listed = Callable[[str], set[str]]


@pytest.fixture
def listed(ok: Run, fleet: Store) -> Listed:
    return lambda where: set(ok("computer", "list", "--where", where, "-o", "name").out.split())


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (FIREFOX, {"old"}),
        (f"not {FIREFOX}", {"new", "none"}),  # `unsaid` has a firefox that may be older
        ("software(name = 'firefox')", {"old", "new", "unsaid"}),
        ("not software(name = 'firefox')", {"none"}),
        ("software(name like 'fire%' and version like '128.%')", {"old"}),
        ("software(name = 'vim' and version >= '9.1')", {"new"}),
        ("software(version in ('140.0-1'))", {"new"}),
        ("software(version is null)", {"unsaid"}),
        ("count(software) = 2", {"old", "new"}),
        ("count(software) < 2", {"none", "unsaid"}),
        ("count(software(name = 'firefox')) = 0", {"none"}),
        ("count(software(name = 'firefox' and version < '140')) != 1", {"new", "none"}),
        ("collected(software)", {"old", "new", "none", "unsaid"}),
        ("not collected(software)", {"silent", "gone"}),
        ("operating_system.name = 'Debian GNU/Linux'", {"old"}),
        ("operating_system.name != 'Debian GNU/Linux'", {"new"}),
        ("not operating_system.name = 'Debian GNU/Linux'", {"new"}),
        ("operating_system.name is null", {"none"}),
        (f"{FIREFOX} or name = 'silent'", {"old", "silent"}),
        (f"{FIREFOX} and operating_system.name like 'Debian%'", {"old"}),
    ],
)
def test_filters_ask_stored_inventory(listed: Listed, where: str, expected: set[str]) -> None:
    assert listed(where) == expected


def test_members_follow_by_delta_and_what_is_unknown_never_matches(ok: Run, fleet: Store) -> None:
    ok("filter", "add", "outdated", "--where", FIREFOX)
    ok("filter", "add", "fine", "--where", f"not {FIREFOX}")
    ok("filter", "add", "sql", "--sql", "SELECT computer_guid AS guid FROM v_inv_software WHERE name = 'firefox'")

    def members(name: str) -> set[str]:
        return set(ok("filter", "members", name, "-o", "name").out.split())

    def update_members() -> None:
        fleet.write(update.delta)
        run = fleet.write(update.complete)
        assert (run.added, run.removed) == (0, 0), "delta holds what a complete update holds"

    assert (members("outdated"), members("fine"), members("sql")) == (
        {"old"}, {"new", "none"}, {"old", "new", "unsaid"},
    )  # fmt: skip
    tell(fleet, START, {"new": {"software": SOFTWARE["old"]}, "silent": {"software": SOFTWARE["new"]}})
    update_members()
    assert (members("outdated"), members("fine")) == ({"old", "new"}, {"none", "silent"})
    assert members("sql") == {"old", "new", "unsaid", "silent"}
    for name in ("old", "none", "silent"):
        forget(fleet, name, "software")
    update_members()
    assert (members("outdated"), members("fine"), members("sql")) == ({"new"}, set(), {"new", "unsaid"})


def test_only_classes_that_a_filter_asks_for_are_noted(ok: Run, fleet: Store) -> None:
    def noted() -> list[str]:
        with fleet.read() as reader:
            names = reader.connection.execute(
                sa.text("SELECT DISTINCT class_name FROM dirty WHERE class_name <> 'computer'")
            )
            return sorted(names.scalars())

    ok("filter", "add", "outdated", "--where", FIREFOX)
    fleet.write(update.delta)
    both = {"software": SOFTWARE["old"], "bios": [{"version": "1.2"}]}
    tell(fleet, START, {"none": both})
    assert noted() == ["software"]


def test_a_question_begins_at_the_product_and_never_looks_at_each_computer(fleet: Store) -> None:
    with fleet.read() as reader:
        on_sqlite = reader.connection.dialect.name == "sqlite"
        for where in (FIREFOX, f"not {FIREFOX}", "count(software(name = 'firefox')) > 1"):
            wanted = whole.matching(reader, parse(where))
            text = wanted.compile(reader.connection, compile_kwargs={"literal_binds": True})
            rows = reader.connection.exec_driver_sql(("EXPLAIN QUERY PLAN " if on_sqlite else "EXPLAIN ") + str(text))
            plan = "\n".join(str(row[-1]) for row in rows)
            if on_sqlite:
                assert "ix_inv_software_entry (name=?)" in plan, plan
                assert "ix_inv_software (entry_id=?)" in plan, plan
                assert plan.count("SEARCH r ") == 0, "the view joins the computer's name, which nobody asked for"
            else:
                assert not re.search(r"\((NOT )?\(?SubPlan", plan), plan
                assert not re.search(r"resource r\b", plan), plan


def test_every_field_of_every_class_is_asked(fleet: Store) -> None:
    texts = []
    for cls in map(filter_class_of, every_class()):
        asked = [f"{f.name} is null" for f in cls.fields]
        texts_of = [f.name for f in cls.fields if f.type in {Type.TEXT, Type.VERSION}]
        asked += [f"{name} {test}" for name in texts_of for test in ("< '2'", "in ('a', 'b')", "not like 'a%'")]
        texts += [f"{cls.name}({text})" if cls.multi else f"{cls.name}.{text}" for text in asked]
    registry = Registry.default()
    trees = [parse(text, registry) for text in texts]
    assert len(trees) > 1400
    with fleet.read() as reader:
        assert compare.differences(reader.connection, compare.declared()) == []
        for tree in trees[::40]:
            reader.connection.execute(whole.matching(reader, tree)).all()
