"""What inventory finds is managed or set aside, by name or by pattern; either is taken back."""

from __future__ import annotations

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import START, FrozenClock, Run
from tests.inventory.telling import tell
from tests.software.test_status import package


@pytest.fixture
def fleet(ok: Run, store: Store, clock: FrozenClock) -> Store:
    clock.forward(days=1)
    for number in range(3):
        ok("computer", "add", f"c{number}")
    told = {
        "c0": [package("hello", "2.9-1"), package("fonts-a", "1"), package("tzdata", "2026a", publisher="Debian")],
        "c1": [package("hello", "2.10-1"), package("Fonts-b", "1"), package("tzdata", "2026a")],
        "c2": [package("hello", "2.10~rc1-1"), package("hello", "2", "snap")],
    }
    tell(store, START, {name: {"software": rows} for name, rows in told.items()})
    return store


def names(ok: Run, *options: str) -> list[str]:
    return [row["name"] for row in ok("software", "discovered", *options, "-o", "json").json]


def test_the_most_frequent_comes_first(ok: Run, fleet: Store) -> None:
    rows = ok("software", "discovered", "-o", "json").json
    assert [(r["name"], r["source"], r["computers"], r["versions"], r["newest"]) for r in rows] == [
        ("hello", "dpkg", 3, 3, "2.10-1"),
        ("tzdata", "dpkg", 2, 1, "2026a"),
        ("Fonts-b", "dpkg", 1, 1, "1"),
        ("fonts-a", "dpkg", 1, 1, "1"),
        ("hello", "snap", 1, 1, "2"),
    ]
    assert names(ok, "--like", "FONTS-*", "--limit", "1") == ["Fonts-b"]


def test_it_is_managed_or_set_aside_and_comes_back(ok: Run, fleet: Store) -> None:
    ok("software", "manage", "tzdata", "hello")
    shown = {row["name"]: row for row in ok("software", "list", "-o", "json").json}
    assert (shown["tzdata"]["detect"], shown["tzdata"]["vendor"]) == ("package tzdata by dpkg", "Debian")
    assert (shown["hello"]["detect"], shown["hello"]["version"], shown["hello"]["scheme"]) == (
        "package hello", "2.10-1", "deb",
    )  # fmt: skip
    assert names(ok) == ["Fonts-b", "fonts-a"]
    assert ok("software", "status", "hello", "-o", "json").json["compliant"] == 3
    ok("software", "set-aside", "--like", "fonts-*")
    assert names(ok) == []
    assert len(names(ok, "--everything")) == 5
    assert [row["software"] for row in ok("software", "status", "-o", "json").json] == ["hello", "tzdata"]
    ok("software", "remove", "fonts-*", "--yes")
    ok("software", "set-aside", "fonts-a")
    assert names(ok) == ["Fonts-b"]
    ok("software", "manage", "fonts-a")
    assert ok("software", "show", "fonts-a", "-o", "json").json["unmanaged"] is False
    assert ok("software", "status", "fonts-a", "-o", "json").json["compliant"] == 1


def test_what_is_listed_is_what_the_other_verbs_read(ok: Run, run: Run, fleet: Store) -> None:
    listed = ok("software", "discovered", "--like", "fonts-*", "-o", "name").out
    done = ok("software", "manage", "-", "-o", "json", stdin=listed).json
    assert [(row["name"], row["action"]) for row in done] == [("Fonts-b", "created"), ("fonts-a", "created")]
    held = ok("software", "list", "-o", "name").out
    assert {row["software"] for row in ok("software", "status", "-", "-o", "json", stdin=held).json} == {
        "Fonts-b",
        "fonts-a",
    }
    assert len(ok("software", "plan", "-", "-o", "json", stdin=held).json) == 2
    aside = ok("software", "set-aside", "-", "-o", "json", stdin='{"name": "tzdata"}\nhello\n').json
    assert [row["name"] for row in aside] == ["tzdata", "hello"]
    assert names(ok) == []
    nothing = run("software", "manage", "-", stdin="")
    assert (nothing.code, "itmsctl software discovered -o name" in nothing.err) == (5, True)


def test_what_is_typed_wrong_is_told(run: Run, fleet: Store) -> None:
    missing = run("software", "manage", "helo", "tzdata")
    assert (missing.code, "did you mean `hello`?" in missing.err) == (5, True)
    assert run("software", "show", "tzdata").code == 5
    assert run("software", "set-aside").code == 2
    assert run("software", "set-aside", "--like", "*").code == 3
