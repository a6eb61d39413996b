"""An inbox that anybody writes into: what comes without trust is bounded, and one who lies hurts himself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.agents.endpoint import Site
from tests.bench import agent_events
from tests.conftest import Run


def _findings(run: Run) -> set[str]:
    return {one["id"] for one in run("doctor", "-o", "json").json if one["id"].startswith("AGENT-")}


def test_only_so_many_agents_wait_for_approval(site: Site, run: Run, ok: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("taking", "findings"):
        monkeypatch.setattr(f"itmsctl.agents.service.{module}.MOST_WAITING", 3)
    asking = [site.endpoint(f"pc{number}") for number in range(5)]
    for one in asking:
        one.check_in()
    assert sorted(one["state"] for one in site.collect()) == ["refused"] * 2 + ["taken"] * 3
    assert "AGENT-REGISTRATIONS" in _findings(run)
    known = [one["id"] for one in ok("agent", "list", "-o", "json").json]
    ok("agent", "reject", *known)
    assert "AGENT-REGISTRATIONS" not in _findings(run)
    [late, _] = [one for one in asking if one.home.id not in known]
    late.check_in(late_s=86_400)
    assert [one["state"] for one in site.collect()] == ["taken"]


def test_a_quarantine_that_is_full_stays_as_it_is(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itmsctl.agents.service.quarantines.MOST_FILES", 2)
    aside = site.inbox / "quarantine"
    for number in range(1, 5):
        _nonsense(site.inbox, number)
    assert [one["state"] for one in site.collect()] == ["refused"] * 4
    kept = sorted(path.name for path in aside.iterdir())
    assert len(kept) == 4  # each with its reason
    assert sorted(path.name for path in site.inbox.iterdir()) == ["quarantine"]
    _nonsense(site.inbox, 9)
    [one] = site.collect()
    assert "not kept" in one["why"]
    assert sorted(path.name for path in aside.iterdir()) == kept
    assert "AGENT-QUARANTINE" in _findings(run)


def _nonsense(inbox: Path, number: int) -> None:
    (inbox / f"{'a' * 32}-{number:08d}.event").write_text(f"nonsense {number}")


def test_one_lies_in_the_midst_of_others(site: Site) -> None:
    """Of him nothing is believed, of them all."""
    here = os.uname().nodename.partition(".")[0]
    site.ok("computer", "add", here)
    liar, honest = site.endpoint("liar"), site.endpoint("honest")
    for one in (liar, honest):
        one.check_in()
    assert {one["state"] for one in site.collect()} == {"taken"}
    for one, name in ((liar, "pc1"), (honest, here)):
        site.ok("agent", "approve", one.home.id, "--computer", name)
        site.ok("agent", "publish")
        one.check_in()
    _nonsense(site.inbox, 1)
    assert {(one["agent"], one["kind"], one["state"]) for one in site.collect()} == {
        ("pc1", "inventory", "refused"),  # it tells of this computer, which is not that of its agent
        ("pc1", "status", "taken"),
        (here, "inventory", "taken"),
        (here, "status", "taken"),
        ("", "", "refused"),
    }


def test_the_bench_collects_all_that_agents_tell(capsys: pytest.CaptureFixture[str]) -> None:
    assert agent_events.main(["--agents", "12"]) == 0, capsys.readouterr().out
