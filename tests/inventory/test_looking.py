"""Looking at stored inventory: of one computer, of two, of the fleet; as it is, as it was."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.values.times import to_text
from tests.conftest import START, FrozenClock, Run
from tests.inventory.telling import tell

LATER = START + timedelta(days=3)
WEB1 = {
    "software": [
        {"name": "firefox", "version": "128.3", "source": "dpkg"},
        {"name": "nginx", "version": "1.22.1-9", "source": "dpkg"},
    ],
    "operating_system": [{"name": "Debian GNU/Linux", "version": "12", "uptime_s": 10}],
    "hardware": [{"manufacturer": "Dell Inc.", "model": "PowerEdge R650"}],
}
WEB2 = {
    "software": [
        {"name": "Firefox", "version": "140.0", "source": "app"},
        {"name": "nginx", "version": "1.22.1-9", "source": "dpkg"},
    ],
    "operating_system": [{"name": "Debian GNU/Linux", "version": "13", "uptime_s": 99}],
    "services": [{"name": "100%_<b>firefox</b>\x1b[31m", "state": "running"}],
}


@pytest.fixture
def fleet(ok: Run, store: Store, clock: FrozenClock) -> Store:
    for name in ("web1", "web2", "silent"):
        ok("computer", "add", name)
    clock.forward(days=10)
    tell(store, START, {"web1": WEB1, "web2": WEB2}, "gatherer")
    return store


def test_a_computer_shows_its_classes_with_age_and_source(ok: Run, fleet: Store) -> None:
    known = ok("computer", "show", "web1", "-o", "json").json["inventory"]
    assert [(row["class"], row["rows"], row["source"]) for row in known] == [
        ("hardware", 1, "gatherer"), ("operating_system", 1, "gatherer"), ("software", 2, "gatherer"),
    ]  # fmt: skip
    assert {row["collected_at"] for row in known} == {to_text(START)}
    assert "inventory" not in ok("computer", "show", "silent", "-o", "json").json
    assert "\nsoftware " in ok("computer", "show", "web1", "-o", "table").out


def test_the_rows_of_a_class_are_one_object(ok: Run, run: Run, fleet: Store) -> None:
    shown = ok("computer", "show", "web1", "--class", "software", "-o", "json").json
    assert list(shown) == ["class", "collected_at", "rows"]
    assert (shown["class"], shown["collected_at"]) == ("software", to_text(START))
    assert [(row["name"], row["version"]) for row in shown["rows"]] == [("firefox", "128.3"), ("nginx", "1.22.1-9")]
    assert ok("computer", "show", "silent", "--class", "software", "-o", "json").json == {
        "class": "software", "collected_at": None, "rows": [],
    }  # fmt: skip
    several = ok("computer", "show", "web1", "web2", "--class", "software", "-o", "json").json
    assert [one["computer"] for one in several] == ["web1", "web2"]
    csv = ok("computer", "show", "web1", "web2", "--class", "software", "-o", "csv").out.splitlines()
    assert csv[0].startswith("computer,name,version")
    assert len(csv) == 5
    table = ok("computer", "show", "web1", "--class", "software", "-o", "table")
    assert "nginx" in table.out
    assert "web1: 2 rows of software, collected" in table.err
    wrong = run("computer", "show", "web1", "--class", "sofware")
    assert (wrong.code, "did you mean `software`?" in wrong.err) == (5, True)
    assert run("computer", "show", "web1", "--history").code == 2


def test_rows_that_changed_or_went_are_the_history(ok: Run, fleet: Store) -> None:
    changed = [{"name": "firefox", "version": "140.0", "source": "dpkg"}, WEB1["software"][1] | {"status": "hold"}]
    tell(fleet, LATER, {"web1": {"software": changed}}, "gatherer")
    closed = ok("computer", "show", "web1", "--class", "software", "--history", "-o", "json").json["rows"]
    assert sorted((row["name"], row["version"], row["status"]) for row in closed) == [
        ("firefox", "128.3", None), ("nginx", "1.22.1-9", None),
    ]  # fmt: skip
    assert {(row["since"], row["until"]) for row in closed} == {(to_text(START), to_text(LATER))}
    then = ok(
        "--as-of", to_text(START + timedelta(days=1)), "computer", "show", "web1", "--class", "software", "-o", "json"
    ).json
    assert [(row["name"], row["version"], row["status"]) for row in then["rows"]] == [
        ("firefox", "128.3", None), ("nginx", "1.22.1-9", None),
    ]  # fmt: skip
    assert then["collected_at"] == to_text(START), "the collection that it is known from"
    before = ok(
        "--as-of", to_text(START - timedelta(days=1)), "computer", "show", "web1", "--class", "software", "-o", "json"
    ).json
    assert before == {"class": "software", "collected_at": None, "rows": []}


def test_two_computers_are_compared(ok: Run, fleet: Store) -> None:
    found = ok("computer", "diff", "web1", "web2", "-o", "json").json
    assert {(row["class"], row["column"], row["first"], row["second"]) for row in found} == {
        ("operating_system", "version", "12", "13"),
        ("software", None, "there", None),
        ("software", None, None, "there"),
    }
    assert ok("computer", "diff", "web1", "web2", "--class", "operating_system", "-o", "json").json[0]["row"] == ""
    assert "nothing differs" in ok("computer", "diff", "web1", "web1", "-o", "table").err


def test_a_name_is_searched_in_what_is_known_of_all(ok: Run, fleet: Store) -> None:
    found = ok("inventory", "search", "FIREFOX", "-o", "json").json
    assert [(row["class"], row["version"], row["computer"]) for row in found] == [
        ("software", "140.0", "web2"), ("software", "128.3", "web1"), ("services", "running", "web2"),
    ]  # fmt: skip
    assert ok("inventory", "search", "100%_<", "-o", "json").json[0]["class"] == "services"
    assert ok("inventory", "search", "100_", "-o", "json").json == []
    assert ok("inventory", "search", "poweredge", "--class", "hardware", "-o", "json").json[0]["computer"] == "web1"
    drawn = ok("inventory", "search", "firefox", "-o", "table", terminal=True).out
    assert "\x1b[31m" not in drawn
    assert len(ok("inventory", "search", "n", "--limit", "2", "-o", "json").json) == 2


@pytest.mark.parametrize(
    ("what", "first"),
    [
        ("os", {"name": "Debian GNU/Linux", "version": "12", "computers": 1, "share": 0.5}),
        ("models", {"manufacturer": "Dell Inc.", "model": "PowerEdge R650", "computers": 1, "share": 0.5}),
        ("software", {"name": "nginx", "version": "1.22.1-9", "computers": 2, "share": 1.0}),
        ("growth", {"month": to_text(START)[:7], "added": 2, "computers": 2, "share": 1.0}),
    ],
)
def test_the_fleet_is_counted(ok: Run, fleet: Store, what: str, first: dict[str, object]) -> None:
    assert json.loads(ok("inventory", "summary", what, "-o", "json").out)[0] == first
    assert "\N{FULL BLOCK}" in ok("inventory", "summary", what, "-o", "table").out


def test_a_summary_may_be_of_one_name(ok: Run, run: Run, fleet: Store) -> None:
    found = ok("inventory", "summary", "software", "--name", "firefox", "-o", "json").json
    assert [(row["name"], row["computers"]) for row in found] == [("Firefox", 1), ("firefox", 1)]
    assert "did you mean `models`?" in run("inventory", "summary", "model").err
