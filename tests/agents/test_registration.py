"""Rules of registration: which of them decides about an agent that asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from itmsctl.agents.endpoint import who
from itmsctl.agents.request import AgentRequest, AskedRule, condition, decide
from itmsctl.errors import ExpressionError
from tests.agents.endpoint import Site
from tests.conftest import Run

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SAID = {"name": "pc1", "system": "linux", "serial": "S1", "mac": ["00:00:5e:00:53:01"], "address": ["10.1.2.3"]}
KNOWN = {"known": True, "planned": True, "known_by_serial": True, "known_by_mac": False, "computer": "pc1"}
REQUEST = AgentRequest(SAID, KNOWN, [{"site": "rome", "subnet": "10.1.0.0/16"}], 7)


@pytest.mark.parametrize(
    ("where", "truth"),
    [
        ("known_by_serial and planned", True),
        ("site = 'rome'", True),
        ("subnet = '10.2.0.0/16'", False),
        ("within(address, '10.1.0.0/16')", True),
        ("mac = '00:00:5e:00:53:01'", True),
        ("system != 'linux'", False),
        ("uuid = 'x'", None),  # it does not say: neither this nor its opposite
        ("not uuid = 'x'", None),
        ("has_agent", None),
        ("known_by_mac or name like 'pc%'", True),
    ],
)
def test_a_condition(where: str, truth: bool | None) -> None:
    assert AskedRule("r", "approve", 1, NOW, condition(where)).fits(REQUEST, REQUEST.record) is truth


def test_a_condition_that_is_none() -> None:
    for text in ("os_family = 'linux'", "known and", "count(inventory) > 1"):
        with pytest.raises(ExpressionError):
            condition(text)


def test_the_first_that_fits_decides() -> None:
    rules = [
        AskedRule("unknown", "reject", 1, NOW, condition("uuid = 'x'")),
        AskedRule("others", "reject", 2, NOW, members=frozenset({8})),
        AskedRule("ours", "approve", 3, NOW, members=frozenset({7})),
        AskedRule("all", "reject", 4, NOW),
    ]
    assert decide(rules, REQUEST) is rules[2]
    assert decide(rules, AgentRequest(SAID)) is rules[3]
    assert decide(rules[:2], REQUEST) is None
    assert [rule.why(REQUEST, REQUEST.record) != "" for rule in rules] == [True] * 4


def _told(monkeypatch: pytest.MonkeyPatch, **said: Any) -> None:
    found = {"name": "x", "system": "linux", "version": "1", "user": "root", **said}
    monkeypatch.setattr("itmsctl.agents.endpoint.asking.who_am_i", lambda _: found)


def test_agents_are_taken_on_refused_and_kept_waiting(
    site: Site, run: Run, ok: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert who.who_am_i(site.build)["name"]
    ok("computer", "add", "desk1", "--serial", "XY-1001")
    ok("registration-rule", "add", "lab", "--action", "reject", "--where", "name like 'lab%'", "--rank", "1")
    ok("registration-rule", "add", "planned", "--action", "approve", "--where", "planned and known_by_serial")
    states = {}
    for name, said in {
        "desk": {"serial": "XY-1001"},
        "thief": {"serial": "XY-1001"},  # the same computer has an agent by then
        "lab7": {},
        "guest": {"serial": "XY-2002"},
    }.items():
        _told(monkeypatch, name=name, **said)
        one = site.endpoint(name)
        one.check_in()
        site.collect()
        states[name] = site.agent(one)
    found = {name: (one["state"], one["computer"]) for name, one in states.items()}
    assert found == {
        "desk": ("approved", "desk1"), "thief": ("pending", None), "lab7": ("rejected", None),
        "guest": ("pending", None),
    }  # fmt: skip
    assert states["desk"]["why"] == "by rule `planned`"
    assert "has an agent already" in states["thief"]["why"]
    told = ok("agent", "explain", "guest", "-o", "json").json
    assert [(one["rule"], one["fits"], one["decides"]) for one in told] == [
        ("lab", "no", False), ("planned", "no", False),
    ]  # fmt: skip
    ok("registration-rule", "add", "rest", "--action", "approve", "--where", "not has_agent", "--rank", "200")
    assert ok("agent", "judge", "--dry-run").code == 0
    ok("agent", "judge")
    guest = ok("agent", "show", "guest", "-o", "json").json
    assert (guest["state"], guest["computer"], guest["why"]) == ("approved", "guest", "by rule `rest`")
    assert run("agent", "judge", "guest").code != 0
    ok("audit", "verify")
