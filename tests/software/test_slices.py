"""Judging by slices: whoever is stopped half way goes on, and a change meanwhile is neither lost nor judged twice."""

from __future__ import annotations

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.software.service import judging, passes, states, waiting
from tests.conftest import FrozenClock, Run
from tests.inventory.telling import tell
from tests.software.test_status import package, with_hello

CLOCK = "package hello or inventory last_seen > now() - interval '9 days'"
NAMES = [f"c{number:02}" for number in range(12)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make slices of five computers."""
    monkeypatch.setattr(judging, "SLICE", 5)
    monkeypatch.setattr(judging, "COMPUTERS_AT_LEAST", 5)


@pytest.fixture
def fleet(ok: Run, store: Store, clock: FrozenClock, small: None) -> Store:
    with_hello(ok, store, clock, NAMES)
    return store


def slices(store: Store, most: int = 99) -> list[int]:
    """Judge at most so many slices; return how many states each looked at."""
    store.write(judging.begin)
    found = []
    while len(found) < most:
        one = store.write(judging.judge_slice)
        found.append(one.looked_at)
        if not one.more:
            break
    return [one for one in found if one]


def test_all_are_judged_once_and_who_is_stopped_goes_on(store: Store, fleet: Store, ok: Run) -> None:
    assert sum(slices(store, most=2)) < len(NAMES)
    with store.read() as reader:
        assert waiting.is_due(reader)
        assert passes.last(reader) is None
    again = slices(store)
    assert max(again) <= 5
    with store.read() as reader:
        assert not waiting.is_due(reader)
        assert passes.last(reader) == store.clock()
    assert ok("software", "status", "hello", "-o", "json").json["compliant"] == len(NAMES)
    assert slices(store) == []


def test_what_changes_meanwhile_is_judged_by_what_it_is_then(store: Store, fleet: Store) -> None:
    slices(store)
    assert sum(store.write(lambda unit: judging.judge(unit, everywhere=True))[:1]) == len(NAMES)
    store.write(lambda unit: judging.begin(unit, everywhere=True))
    assert store.write(judging.judge_slice).looked_at == 5
    newer = {name: {"software": [package("hello", "2.12-1")]} for name in (NAMES[0], NAMES[11])}
    tell(store, store.clock(), newer)
    assert slices(store) == [1, 5, 2]  # the first was judged before it changed; the last is yet to come
    with store.read() as reader:
        reasons = reader.connection.exec_driver_sql("SELECT reason FROM software_state").scalars()
        assert sum("2.12" in reason for reason in reasons) == 2


def test_a_rule_that_changes_half_way_begins_again(store: Store, fleet: Store, ok: Run) -> None:
    slices(store, most=3)
    ok("software", "set", "hello", "--detect", "package hello >= 2.11")
    slices(store, most=2)
    ok("software", "set", "hello", "--detect", "package hello >= 2.10")  # as it was: what the other said is wrong
    assert sum(slices(store)) == len(NAMES)
    assert ok("software", "status", "hello", "-o", "json").json["compliant"] == len(NAMES)


def test_a_new_computer_and_one_that_went(store: Store, fleet: Store, ok: Run) -> None:
    slices(store, most=3)
    ok("computer", "add", "newest")
    ok("computer", "remove", NAMES[11], "--yes")
    slices(store)
    shown = ok("software", "status", "hello", "-o", "json").json
    assert (shown["compliant"], shown["unknown"]) == (len(NAMES) - 1, 1)


def test_rules_that_read_the_clock_are_judged_again_after_an_hour(
    store: Store, fleet: Store, ok: Run, clock: FrozenClock
) -> None:
    ok("software", "add", "fresh", "--detect", CLOCK)
    slices(store)
    clock.forward(minutes=59)
    assert slices(store) == []
    clock.forward(minutes=1)
    assert sum(slices(store)) == len(NAMES)


@pytest.mark.parametrize(("again", "expected"), [(False, "not_compliant"), (True, "compliant")])
def test_what_a_delivery_told_later_stands_until_all_is_judged_anew(
    store: Store, fleet: Store, ok: Run, clock: FrozenClock, again: bool, expected: str
) -> None:
    ok("software", "add", "fresh", "--detect", CLOCK)
    slices(store)

    def told(unit: UnitOfWork) -> int:
        by_name = "SELECT id FROM resource WHERE name = 'c03'"
        id_ = unit.connection.exec_driver_sql(by_name).scalar_one()
        software = unit.connection.exec_driver_sql("SELECT id FROM software WHERE name = 'fresh'").scalar_one()
        return states.tell(unit, [states.ToldState(software, id_, "not_compliant", "gone", "delivery", clock())])

    assert store.write(told) == 1
    clock.forward(hours=1)
    found = judging.judge_by_slices(store.write, everywhere=again)
    assert found.looked_at == len(NAMES) * (1 + again)
    rows = ok("software", "status", "fresh", "-o", "json").json
    assert rows["compliant"] == len(NAMES) - (expected != "compliant")
