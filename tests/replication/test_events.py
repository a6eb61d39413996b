"""Events as what a rule gives: results of runs, for a time, bounded, told once, kept apart from one's own (REPL-14)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from itmsctl.errors import BadRecordError, NotOwnerError
from itmsctl.replication import records
from itmsctl.replication.service import telling
from itmsctl.replication.service.told import EventsAsked, listed
from tests.conftest import FrozenClock, Run
from tests.replication.servers import TestServer

RUN, PC, OTHER = (f"{n:08x}-0000-4000-8000-000000000000" for n in (1, 2, 3))


def _runs(rome: Any, command: str, name: str = "pc1", code: int = 0) -> None:
    rome("task", "run", "--where", f"name = '{name}'", "--command", command, "--transport", "local", code=code)


def _rule(rome: Any, clock: FrozenClock, *more: str) -> None:
    until = _last_day(clock, 30)
    rome("replication-rule", "add", "told", "--kind", "events", "--direction", "up", "--until", until, *more)


def _last_day(clock: FrozenClock, days: int) -> str:
    return (clock() + timedelta(days=days)).date().isoformat()


def _told(ok: Run, *more: str) -> list[tuple[Any, ...]]:
    found = ok("replication", "events", "--json", *more).json
    return [(one["server"], one["run"], one["computer"], one["attempt"], one["state"]) for one in found]


def test_what_ran_since_the_rule_is_told_once(ok: Run, rome: Any, clock: FrozenClock) -> None:
    _runs(rome, "true")
    clock.sleep(60)
    _rule(rome, clock)
    clock.sleep(60)
    _runs(rome, "false", code=8)
    clock.sleep(60)
    (planned,) = rome("replication", "run", "told", "--dry-run", "--json").json
    assert (planned["kind"], planned["name"], planned["action"]) == ("events", "1 result of 1 run", "told")
    assert _told(ok) == []
    rome("replication", "run", "told")
    assert _told(ok) == [("rome", "R-2", "pc1", 1, "failed")]
    assert rome("replication", "run", "told", "--json").json[0]["records"] == 0
    rome("replication", "run", "told", "--complete")
    assert len(_told(ok)) == 1
    clock.sleep(60)
    rome("run", "retry", "R-2", "--failed", "--transport", "local", code=8)
    clock.sleep(60)
    rome("replication", "run", "told")
    assert _told(ok, "--state", "failed") == [("rome", "R-2", "pc1", attempt, "failed") for attempt in (2, 1)]
    assert ok("run", "list", "--json").json == []
    assert ok("computer", "list", "--json").json == []


def test_only_computers_of_the_target_are_told(ok: Run, rome: Any, clock: FrozenClock) -> None:
    rome("filter", "add", "first", "--where", "name = 'pc1'")
    _rule(rome, clock, "--target", "first")
    clock.sleep(60)
    _runs(rome, "true", "pc1")
    _runs(rome, "true", "pc2")
    clock.sleep(60)
    rome("replication", "run", "told")
    assert [row[2] for row in _told(ok)] == ["pc1"]


def test_a_run_of_the_rule_is_bounded(ok: Run, rome: Any, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    _rule(rome, clock)
    for _ in range(3):
        clock.sleep(60)
        _runs(rome, "true")
    clock.sleep(60)
    monkeypatch.setattr(telling, "MOST", 1)
    planned = rome("replication", "run", "told", "--dry-run", "--json").json
    assert [(one["name"], one["action"]) for one in planned] == [("1 result of 1 run", "told"), ("2 results", "stays")]
    for number, mode in ((1, "complete"), (2, "differential"), (3, "complete"), (3, "complete")):
        rome("replication-rule", "set", "told", "--mode", mode)
        (ran,) = rome("replication", "run", "told", "--json").json
        assert (len(_told(ok)), "wait" in ran["why"]) == (number, number < 3)
    assert _told(ok, "--limit", "1") == [("rome", "R-3", "pc1", 1, "succeeded")]


def test_events_need_an_end_and_end_with_it(ok: Run, rome: Any, clock: FrozenClock) -> None:
    words = ("replication-rule", "add", "told", "--kind", "events", "--direction", "up")
    assert "needs an end" in rome(*words, code=3).err
    far = (clock() + timedelta(days=200)).date().isoformat()
    assert "too far away" in rome(*words, "--until", far, code=3).err
    assert "is not a day" in rome(*words, "--until", "soon", code=3).err
    _rule(rome, clock)
    clock.sleep(40 * 86_400)
    _runs(rome, "true")
    clock.sleep(60)
    (ran,) = rome("replication", "run", "told", "--json").json
    assert (ran["records"], ran["why"]) == (0, f"its events ended with {_last_day(clock, -10)}")
    (planned,) = rome("replication", "run", "told", "--dry-run", "--json").json
    assert (planned["action"], planned["name"]) == ("stays", "later ones")
    assert "its events ended" in rome("replication-rule", "set", "told", "--description", "over").err
    assert "events, which ended with" in rome("replication-rule", "explain", "told", "-o", "json").out
    assert _told(ok) == []


def test_what_a_child_told_goes_on_to_the_parents_parent(
    ok: Run, rome: Any, bare_run: Run, db: str, tmp_path: Path, clock: FrozenClock
) -> None:
    top = str(tmp_path / "top.sqlite")
    assert bare_run("--db", top, "hierarchy", "init", "top").code == 0
    assert bare_run("--db", top, "hierarchy", "add-child", "head", "--db", db).code == 0
    _rule(rome, clock)
    _rule(ok, clock)
    clock.sleep(60)
    _runs(rome, "true")
    clock.sleep(60)
    rome("replication", "run", "told")
    clock.sleep(60)
    ok("replication", "run", "told")
    (found,) = bare_run("--db", top, "replication", "events", "--json").json
    assert (found["server"], found["computer"], found["state"]) == ("rome", "pc1", "succeeded")
    assert ok("db", "purge", "--events", "1h", "--yes").code == 0
    assert len(_told(ok)) == 1
    clock.sleep(7200)
    ok("db", "purge", "--events", "1h", "--yes")
    assert _told(ok) == []


def _record(origin: str, **more: Any) -> dict[str, Any]:
    at = "2026-12-01T00:00:00.000000Z"
    result = [PC, "pc1", 1, "failed", 1, "EXIT", "no", None, at]
    return {
        "op": "results", "origin": origin, "server": "rome", "run": RUN, "number": 7, "title": "t", "policy": "",
        "ended_at": at, "results": [result], **more,
    }  # fmt: skip


def test_a_child_tells_of_its_own_runs_alone(here: TestServer, child: TestServer, parent: TestServer) -> None:
    assert child.send(here, [_record(child.guid)]).counts["events"] == 1
    assert child.send(here, [_record(child.guid)]).counts == {"events told before": 1}
    assert child.send(here, [_record(OTHER)]).counts["events"] == 1  # of a server below it, which nobody here knows
    for foreign in (here.guid, parent.guid):
        with pytest.raises(NotOwnerError):
            child.send(here, [_record(foreign)])
    assert parent.send(here, [_record(here.guid)]).counts == {"events of this server": 1}


def test_a_peer_tells_of_none_of_the_hierarchy(here: TestServer, child: TestServer, server: Any) -> None:
    lab = server("lab")
    here.link(lab, "peer")
    assert lab.send(here, [_record(lab.guid)]).counts["events"] == 1
    for foreign in (here.guid, child.guid):
        with pytest.raises(NotOwnerError):
            lab.send(here, [_record(foreign)])
    assert child.send(here, [_record(child.guid), _record(OTHER)]).counts["events"] == 2
    with here.store.read() as reader:
        names = {(one["server"], one["server_id"]) for one in listed(reader, EventsAsked())}
    assert names == {("lab", lab.guid), (child.name, child.guid), ("rome", OTHER)}, "who is known goes by its name here"


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 0}, {"number": "7"}, {"title": 3}, {"title": "t" * 5000}, {"results": [[PC]]}, {"results": {}},
        {"results": [["x", "pc1", 1, "failed", 1, None, None, None, None]]},
        {"results": [[PC, "pc1", 0, "failed", 1, None, None, None, None]]},
        {"results": [[PC, "pc1", 1, "queued", 1, None, None, None, None]]},
        {"results": [[PC, "pc1", 1, "failed", 2**40, None, None, None, None]]},
        {"results": [[PC, "pc1", 1, "failed", 1, None, "x" * 5000, None, None]]},
        {"results": [[PC, "pc1", 1, "failed", 1, None, None, "soon", None]]},
        {"results": [[PC, {}, 1, "failed", 1, None, None, None, None]]},
        {"results": [[PC, "pc1", 1, [], 1, None, None, None, None]]},
        {"more": 1},
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadRecordError):
        records.read(_record(OTHER) | wrong)


def test_the_one_written_form_is_read_again() -> None:
    read = records.read(_record(OTHER))
    assert records.read(records.parsed(records.written(read))) == read
