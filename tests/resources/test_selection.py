"""Selections that later verbs use: required, sized, of any length."""

from __future__ import annotations

import time

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.errors import NotFoundError, SelectorRequiredError, SizeGuardError
from itmsctl.resources.service.computers import COMPUTERS, computer_ids
from itmsctl.resources.service.plan import ImportRecord, plan_import
from itmsctl.resources.service.selection import ComputerSelection, pick
from itmsctl.resources.service.write import write_import
from tests.conftest import Run


def _fill(store: Store, count: int) -> list[str]:
    names = [f"pc{n:05}" for n in range(count)]
    store.write(
        lambda unit: write_import(
            unit, plan_import(unit, [ImportRecord(name, {}, [], []) for name in names], COMPUTERS.differing)
        )
    )
    return names


def test_a_verb_that_runs_wants_a_selector(store: Store) -> None:
    _fill(store, 3)
    with store.read() as reader:
        with pytest.raises(SelectorRequiredError):
            pick(reader, ComputerSelection())
        with pytest.raises(SelectorRequiredError):
            pick(reader, ComputerSelection(all=True, names=("pc00000",)))
        assert len(pick(reader, ComputerSelection(all=True))) == 3
        assert len(pick(reader, ComputerSelection(where="name like 'pc0000%'"))) == 3


def test_a_selector_that_matches_nothing_is_not_found(store: Store) -> None:
    with store.read() as reader:
        with pytest.raises(NotFoundError, match="matches no computer"):
            pick(reader, ComputerSelection(where="name = 'x'"))
        with pytest.raises(NotFoundError):
            pick(reader, ComputerSelection(all=True))
        assert len(pick(reader, ComputerSelection(where="name = 'x'"), expect=0)) == 0


def test_the_size_is_asserted(store: Store) -> None:
    _fill(store, 3)
    with store.read() as reader:
        assert len(pick(reader, ComputerSelection(all=True), expect=3, maximum=3)) == 3
        with pytest.raises(SizeGuardError) as expected:
            pick(reader, ComputerSelection(all=True), expect=2)
        with pytest.raises(SizeGuardError):
            pick(reader, ComputerSelection(all=True), maximum=2)
    assert expected.value.exit_status == 9
    assert expected.value.details["count"] == 3


def test_twenty_thousand_names_cost_no_more_each_than_two_thousand(store: Store) -> None:
    names = _fill(store, 20_000)

    def seconds(some: list[str]) -> float:
        with store.read() as reader:
            begin = time.process_time()
            assert len(pick(reader, ComputerSelection(names=tuple(some)))) == len(some)
            return time.process_time() - begin

    few = min(seconds(names[:2000]) for _ in range(5))
    assert min(seconds(names) for _ in range(5)) / few < 13


def test_names_in_any_case_and_guids_lead_to_ids(ok: Run, store: Store) -> None:
    ok("computer", "add", "PC1")
    guid = ok("computer", "show", "pc1").json["id"]
    with store.read() as reader:
        found = computer_ids(reader, ["pc1", "PC1", guid, guid.upper(), "none"])
    assert set(found) == {"pc1", "PC1", guid, guid.upper()}
    assert len(set(found.values())) == 1


def test_changes_are_told_to_delta_membership(ok: Run, store: Store) -> None:
    def dirty() -> set[str]:
        def take(unit) -> set[str]:
            found = set(unit.connection.exec_driver_sql("SELECT class_name FROM dirty").scalars())
            unit.connection.exec_driver_sql("DELETE FROM dirty")
            return found

        return store.write(take)

    ok("computer", "import", "-", stdin="name,address,serial,tags\npc1,10.0.0.1,S1,env=prod\n")
    assert {"computer", "addresses", "identities", "tags"} <= dirty()
    ok("computer", "import", "-", stdin="name,address,serial,tags\npc1,10.0.0.1,S1,env=prod\n")
    assert dirty() == set()
    ok("computer", "import", "-", stdin="name,tags\npc1,env=test\n")
    assert dirty() == {"computer", "tags"}
    ok("computer", "set", "pc1", "--serial", "S2")
    assert dirty() == {"computer", "identities"}
    ok("computer", "set", "pc1", "--address", "10.0.0.2")
    assert {"computer", "addresses"} <= dirty()
    ok("computer", "remove", "pc1", "--yes")
    assert "computer" in dirty()
