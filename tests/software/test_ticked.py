"""Ticks judge software where somebody waits for it, and look at next to nothing where nobody does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.software.service import judging, ticked
from itmsctl.values.times import to_text
from tests.conftest import START, FrozenClock, Run
from tests.inventory.telling import tell
from tests.software.test_status import package, with_hello

NAMES = [f"c{number}" for number in range(6)]


@pytest.fixture
def fleet(ok: Run, store: Store, clock: FrozenClock) -> Store:
    with_hello(ok, store, clock, NAMES)
    return store


def states(store: Store) -> list[str]:
    with store.read() as reader:
        return list(
            reader.connection.exec_driver_sql("SELECT state FROM software_state ORDER BY computer_id").scalars()
        )


def test_a_tick_judges_what_waits_and_says_so_once(ok: Run, store: Store, fleet: Store, clock: FrozenClock) -> None:
    assert "software: 6 states judged, 6 changed" in ok("schedule", "tick").err
    assert states(store) == ["compliant"] * 6
    assert "judged" not in ok("schedule", "tick").err
    clock.forward(minutes=6)
    tell(store, clock() - timedelta(minutes=1), {"c3": {"software": [package("hello", "2.9-1")]}})
    assert "software: 1 state judged, 1 changed" in ok("schedule", "tick").err
    assert states(store).count("not_compliant") == 1


def test_where_nobody_waits_nothing_is_read_of_rules(
    ok: Run, fleet: Store, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok("schedule", "tick")
    monkeypatch.setattr(judging, "resources_with_rules", None)
    assert ticked.judge_waiting(store, lambda: False) == ""


def test_whose_time_is_up_leaves_the_rest_to_the_next(
    fleet: Store, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "SLICE", 2)
    monkeypatch.setattr(judging, "COMPUTERS_AT_LEAST", 2)
    looks = iter((False, True))
    assert ticked.judge_waiting(store, lambda: next(looks)).endswith("2 changed; the next tick goes on")
    assert ticked.judge_waiting(store, lambda: False) == "software: 4 states judged, 4 changed"
    assert states(store) == ["compliant"] * 6


def test_who_should_have_it_is_counted_beside_all(ok: Run, fleet: Store, store: Store, clock: FrozenClock) -> None:
    tell(store, clock(), {"c1": {"software": [package("hello", "2.9-1")]}})
    ok("package", "add", "hello")
    for name, more in (("hello", ()), ("site", ("--depends", "hello", "--detect", "package site"))):
        ok("software", "add" if more else "set", name, "--package", "hello", *more)
    for name, where in (("f01", "name in ('c0', 'c1')"), ("f2", "name = 'c2'"), ("f3", "name = 'c3'")):
        ok("filter", "add", name, "--where", where)
    ok("delivery", "add", "a", "--software", "site", "--target", "f01", "--transport", "local")
    ok("delivery", "add", "b", "--software", "hello", "--target", "f2", "--transport", "local")
    off = ("--target", "f3", "--transport", "local")
    ok("delivery", "add", "off", "--software", "hello", *off, "--disabled")
    ok("delivery", "add", "gone", "--software", "hello", "--action", "uninstall", *off)
    shown = ok("software", "status", "hello", "-o", "json").json
    assert [shown[name] for name in ("compliant", "wanted", "wanted_compliant", "wanted_not_compliant")] == [5, 3, 2, 1]
    assert [row["computer"] for row in shown["computers"] if row["wanted"]] == ["c0", "c1", "c2"]
    only = ok("software", "status", "hello", "--wanted", "--state", "not_compliant", "-o", "json").json["computers"]
    assert [row["computer"] for row in only] == ["c1"]
    assert shown["oldest"] == to_text(START)
    by_name = {row["software"]: row for row in ok("software", "status", "-o", "json").json}
    assert (by_name["site"]["wanted"], by_name["site"]["wanted_not_compliant"]) == (2, 2)


def test_a_delivery_says_how_old_what_is_known_is(ok: Run, fleet: Store, store: Store, clock: FrozenClock) -> None:
    ok("package", "add", "hello")
    ok("software", "set", "hello", "--package", "hello")
    ok("delivery", "add", "d", "--software", "hello", "--target", "all", "--transport", "local", "--disabled")

    def said() -> str:
        steps = {row["step"]: str(row["why"]) for row in ok("delivery", "explain", "d", "-o", "json").json}
        return steps["compliance"]

    assert said().startswith("not judged yet; its rules are new")
    ok("schedule", "tick")
    assert said().endswith("UTC; nobody waits for it")
    clock.forward(minutes=6)
    tell(store, clock(), {"c3": {"software": [package("hello", "2.9-1")]}})
    ok("membership", "update", "--delta")
    assert "; 1 computer waits for it: the next tick judges" in said()
