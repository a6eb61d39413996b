"""The direction table: every kind in every direction, allowed or refused as the specification says (REPL-6..11, 26)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from itmsctl.errors import FieldError
from itmsctl.replication import rule
from itmsctl.replication.kinds import DOWN, OUT, UP
from itmsctl.values.kind import Kind, house
from tests.house import ROOT

ALL = frozenset({DOWN, UP, OUT})
# What the specification says of each kind, written out: what is new is added here by hand, on purpose.
TABLE: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "filter", "view", "group", "target", "schedule", "window", "task", "job", "policy", "inventory-policy",
            "metering-policy", "baseline", "discovery-profile", "report", "data-class", "resource-type",
            "import-mapping", "profile", "delivery", "agent-settings",
        ),
        frozenset({DOWN, OUT}),
    ),
    **dict.fromkeys(("software", "package"), frozenset({DOWN})),
    **dict.fromkeys(
        (
            "computer", "user", "network-device", "printer", "virtual-machine", "application", "resource", "site",
            "subnet", "server",
        ),
        ALL,
    ),
    "credential": frozenset({DOWN, OUT}),
    **dict.fromkeys(
        ("management-server", "gateway", "sizing-exception", "replication-rule", "registration-rule"), frozenset()
    ),
}  # fmt: skip
WHOLE: dict[str, Any] = {
    "direction": DOWN, "kinds": ["items"], "classes": [], "servers": [], "forced": False, "until": None,
}  # fmt: skip


def test_the_table_has_every_kind() -> None:
    assert {kind.name for kind in house().kinds()} == set(TABLE)


@pytest.mark.parametrize("direction", sorted(ALL))
@pytest.mark.parametrize("kind", sorted(house().kinds(), key=lambda kind: kind.name), ids=lambda kind: kind.name)
def test_each_kind_goes_as_specified(kind: Kind, direction: str) -> None:
    allowed = direction in TABLE[kind.name]
    assert (rule.refused(kind, direction) == "") is allowed
    if allowed:
        assert [one.name for one in rule.meant([kind.name], direction)] == [kind.name]
    else:
        with pytest.raises(FieldError, match="does not go"):
            rule.meant([kind.name], direction)


def test_the_users_page_says_the_same_of_each_kind() -> None:
    page = (ROOT / "docs/hierarchy.md").read_text(encoding="utf-8").split("## What travels which way")[1]
    rows = re.findall(r"^\| (\w+) \| (`.*`) \| (yes|no) \| (yes|no) \| (yes|no) \|$", page, re.MULTILINE)
    told = {name: (what, ways) for what, names, *ways in rows for name in re.findall(r"`([^`]+)`", names)}
    events = ("event", ["no" if rule.meant([rule.EVENTS], way) else "yes" for way in (DOWN, UP, OUT)])
    assert told == {rule.EVENTS: events} | {
        kind.name: (
            kind.replication.what.value,
            ["no" if rule.refused(kind, way) else "yes" for way in (DOWN, UP, OUT)],
        )
        for kind in house().kinds()
        if kind.replication
    }


@pytest.mark.parametrize(
    ("family", "direction", "goes"),
    [
        ("items", DOWN, True), ("items", UP, False), ("items", OUT, True),
        ("resources", DOWN, True), ("resources", UP, True), ("resources", OUT, True),
        ("packages", DOWN, True), ("packages", UP, False), ("packages", OUT, False),
        ("security", DOWN, True), ("security", UP, False), ("security", OUT, True),
    ],
)  # fmt: skip
def test_families(family: str, direction: str, goes: bool) -> None:
    if goes:
        found = rule.meant([family], direction)
        assert {one.name for one in found} == {k for k, ways in TABLE.items() if direction in ways} & {
            kind.name for kind in house().kinds() if kind.replication and kind.replication.what is rule.FAMILIES[family]
        }
    else:
        with pytest.raises(FieldError, match="do not go"):
            rule.meant([family], direction)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"kinds": ["nonsense"]}, "is nothing that a rule carries"),
        ({"kinds": ["computers"]}, "is nothing that a rule carries"),
        ({"direction": OUT}, "names the servers"),
        ({"forced": True}, "only a standalone rule is forced"),
        ({"classes": ["software"]}, "data classes go with computers"),
        ({"kinds": ["items", "events"]}, "needs an end"),
        ({"until": "2026-12-31"}, "only a rule that gives events"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, Any], why: str) -> None:
    with pytest.raises(FieldError, match=why):
        rule.check_whole(WHOLE | given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"direction": UP, "kinds": ["computer"], "classes": ["software"]},
        {"direction": OUT, "servers": ["far"], "forced": True},
        *(
            {"direction": way, "kinds": ["events"], "until": "2026-12-31", "servers": ["far"]}
            for way in (DOWN, UP, OUT)
        ),
    ],
)
def test_what_fits(given: dict[str, Any]) -> None:
    rule.check_whole(WHOLE | given)


@pytest.mark.parametrize(("percent", "parts"), [(10, 10), (30, 4), (33, 4), (50, 2), (100, 1), (1, 100)])
def test_every_part_is_verified_once_in_as_many_runs(percent: int, parts: int) -> None:
    found = [rule.part_due(run, percent) for run in range(parts)]
    assert found == [(part, parts) for part in range(parts)]


def test_nothing_is_verified_where_nothing_is_asked() -> None:
    assert rule.part_due(3, 0) is None
