"""What agents deliver by themselves: looked at, fetched, checked, run once in the window, proven, told and shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from itmsctl.agents.endpoint import delivering
from itmsctl.agents.form import FormError
from itmsctl.agents.work import read_work
from tests.agents.endpoint import Endpoint, Site
from tests.agents.test_work import ENDPOINT, here
from tests.conftest import FrozenClock, Run
from tests.software.conftest import log, made

__all__ = ["log", "made"]


@pytest.fixture
def pc1(site: Site) -> Endpoint:
    return site.trusted()


@pytest.fixture
def deliver(ok: Run, made: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Have software delivered by agents each hour; return the file that it leaves behind."""

    def make(*more: str, install: str = "true") -> Path:
        mark = made("app", install=install)
        ok("schedule", "add", "often", "--every", "1h")
        ok("delivery", "add", "d1", "--software", "app", "--target", "all", "--schedule", "often",
           "--transport", "agent", "--cache", str(tmp_path / "cache"), *more)  # fmt: skip
        return mark

    return make


def contents(site: Site) -> list[Path]:
    return sorted(path for path in (site.policy / "content").rglob("*") if path.is_file())


def stage(ok: Run) -> list[tuple[str, str]]:
    shown = ok("computer", "show", "pc1", "-o", "json").json
    return [(one["software"], one["state"]) for one in shown.get("compliance", [])]


def last(ok: Run) -> dict[str, Any]:
    name = ok("run", "list", "-o", "json").json[0]["name"]
    found: dict[str, Any] = ok("run", "show", name, "-o", "json").json["results"][0]
    return found


def test_it_is_fetched_run_once_and_proven(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, deliver: Callable[..., Path], log: Callable[[], list[str]]
) -> None:
    mark = deliver()
    assert here(site, ok, pc1) == []
    assert not mark.exists()
    clock.forward(hours=1, minutes=1)
    ok("schedule", "tick")
    assert here(site, ok, pc1) == ["taken", "taken"]
    assert log() == ["install app"]
    one = last(ok)
    assert (one["state"], one["reason"]) == ("succeeded", "")
    assert one["message"].startswith("proven: ")
    assert stage(ok) == [("app", "compliant")]
    clock.forward(hours=1)
    assert here(site, ok, pc1) == ["taken"]
    assert (last(ok)["reason"], log()) == ("UNCHANGED", [])
    mark.unlink()  # it is not as it should be any more: repaired at the next time
    clock.forward(hours=1)
    assert here(site, ok, pc1) == ["taken", "taken"]
    assert (mark.exists(), log()) == (True, ["install app"])


@ENDPOINT
def test_a_tampered_package_is_reported_and_not_run(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, deliver: Callable[..., Path], log: Callable[[], list[str]]
) -> None:
    deliver()
    here(site, ok, pc1)
    [script] = [path for path in contents(site) if path.name == "in.sh"]
    good = script.read_bytes()
    script.write_bytes(good.replace(b"true", b"evil"))
    clock.forward(hours=1)
    ok("schedule", "tick")
    assert pc1.check_in() == 0
    site.collect()
    one = last(ok)
    assert (one["state"], one["reason"], log()) == ("failed", "PKG-HASH-MISMATCH", [])
    assert "it was not run" in one["message"]
    assert stage(ok) == [("app", "not_compliant")]
    script.unlink()  # a part of it is not there: it waits, and goes on from what it has
    clock.forward(hours=1)
    ok("schedule", "tick")
    assert pc1.check_in() == 0
    site.collect()
    assert "app is still to come" in last(ok)["message"]
    script.write_bytes(good)
    assert pc1.check_in() == 0
    site.collect()
    assert (last(ok)["state"], log()) == ("succeeded", ["install app"])
    [cached] = (p for p in pc1.folder.parent.parent.glob("cache/*/in.sh"))
    cached.write_text("exit 0")  # tampered where it lies here: the program finds it before it runs
    (pc1.folder.parent.parent / "there" / "app").unlink()
    clock.forward(hours=1)
    ok("schedule", "tick")
    assert pc1.check_in() == 0
    site.collect()
    assert (last(ok)["reason"], log()) == ("PKG-HASH-MISMATCH", [])


@ENDPOINT
def test_it_is_fetched_by_one_schedule_and_run_by_another_in_its_window(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, deliver: Callable[..., Path], log: Callable[[], list[str]]
) -> None:
    ok("window", "add", "nights", "--daily", "22:00", "--duration", "2h", "--target", "all", "--timezone", "UTC")
    ok("schedule", "add", "noon", "--daily", "12:00", "--timezone", "UTC")
    ok("schedule", "add", "evening", "--daily", "21:00", "--timezone", "UTC")
    deliver("--schedule", "noon", "--run-schedule", "evening")
    here(site, ok, pc1)
    clock.moment = datetime(2026, 1, 6, 12, 1, tzinfo=UTC)
    ok("schedule", "tick")
    cache = site.folder.parent / "cache"
    assert not list(cache.glob("*/in.sh"))
    for hour, why in ((12, "by the schedule of running"), (21, "outside of window nights")):
        clock.moment = datetime(2026, 1, 6, hour, 1, tzinfo=UTC)
        pc1.check_in()
        site.collect()
        assert why in last(ok)["message"]
        assert list(cache.glob("*/in.sh"))
    clock.moment = datetime(2026, 1, 6, 22, 1, tzinfo=UTC)
    pc1.check_in()
    site.collect()
    assert (last(ok)["state"], log()) == ("succeeded", ["install app"])


@ENDPOINT
def test_it_waits_for_the_restart_that_its_program_asked_for(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, deliver: Callable[..., Path], log: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    mark = deliver("--reboot", "never", install="exit 3")
    ok("package", "program", "app", "install", "--code", "3=reboot")
    ok("package", "publish", "app")
    here(site, ok, pc1)
    for _ in range(2):
        clock.forward(hours=1)
        ok("schedule", "tick")
        here(site, ok, pc1)
        assert (last(ok)["reason"], stage(ok)) == ("REBOOT-NEEDED", [("app", "reboot_pending")])
    assert log() == ["install app"]
    monkeypatch.setattr(delivering, "boot_id", lambda: "another")
    mark.touch()
    clock.forward(hours=1)
    ok("schedule", "tick")
    here(site, ok, pc1)
    assert (last(ok)["reason"], stage(ok)) == ("UNCHANGED", [("app", "compliant")])


@ENDPOINT
def test_it_is_kept_as_it_should_be_while_nobody_is_reached(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, deliver: Callable[..., Path], log: Callable[[], list[str]]
) -> None:
    ok("window", "add", "early", "--daily", "04:00", "--duration", "3h", "--target", "all", "--timezone", "UTC")
    ok("schedule", "add", "daily", "--daily", "02:00", "--timezone", "UTC")
    mark = deliver("--schedule", "daily")
    here(site, ok, pc1)
    clock.moment = datetime(2026, 1, 6, 5, tzinfo=UTC)
    ok("schedule", "tick")
    pc1.check_in()
    for folder in (site.policy, site.inbox):
        folder.rename(folder.with_suffix(".away"))
    assert log() == ["install app"]
    for day in range(7, 20):
        if day in {9, 15}:
            mark.unlink()  # somebody took it away
        for hour in (3, 5) if day == 9 else (5,):
            clock.moment = datetime(2026, 1, day, hour, tzinfo=UTC)
            pc1.check_in()
            assert log() == (["install app"] if (hour, day) in {(5, 9), (5, 15)} else [])
        [kept] = pc1.home.json("compliance.json").values()
        assert (kept["state"], kept["at"] // 60) == ("compliant", clock.moment.timestamp() // 60)
    for folder in (site.policy, site.inbox):
        folder.with_suffix(".away").rename(folder)
    ok("schedule", "tick")
    assert pc1.check_in() == 0
    came = site.collect()
    assert {one["state"] for one in came} == {"taken"}
    assert [one["number"] for one in came] == sorted(one["number"] for one in came)
    [state] = ok("computer", "show", "pc1", "-o", "json").json["compliance"]
    assert (state["state"], state["told_at"][:13]) == ("compliant", "2026-01-19T05")
    pc1.check_in()
    assert site.collect() == []


SEEN = {"software": "app", "state": "compliant", "reason": "", "at": 1}
STEP = {"position": 0, "retry": 0, "state": "succeeded", "began": 1, "ended": 1, "out": ["", "", 0],
        "err": ["", "", 0]}  # fmt: skip


@pytest.mark.parametrize("seen", [{"a": 1}, "app", [SEEN] * 1001, [{**SEEN, "at": -1}], [{"software": "app"}], [7]])
def test_what_no_agent_says_of_software_is_refused(seen: Any) -> None:
    told = {"policy": "0" * 8 + "-0000" * 3 + "-" + "0" * 12, "due": 1, "state": "succeeded", "ended": 1}
    with pytest.raises(FormError):
        read_work(json.dumps({"results": [{**told, "steps": [{**STEP, "seen": seen}]}]}).encode())
    assert read_work(json.dumps({"results": [{**told, "steps": [{**STEP, "seen": [SEEN]}]}]}).encode())


def test_an_agent_tells_only_of_the_software_that_it_was_to_deliver(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, deliver: Callable[..., Path]
) -> None:
    deliver()
    ok("software", "add", "other")
    here(site, ok, pc1)
    clock.forward(hours=1)
    ok("schedule", "tick")
    parts = [json.loads(path.read_bytes()) for path in (site.policy / "parts").iterdir()]
    [guid] = (duty["policy"] for part in parts for duty in part.get("tasks", ()))
    home, now = pc1.home, pc1.now
    seen = [{**SEEN, "software": "other"}, {**SEEN, "state": "perfect"}, {**SEEN, "at": now + 10**6}]
    work = {"policy": guid, "due": now, "state": "succeeded", "ended": now, "steps": [{**STEP, "seen": seen}]}
    home.tell("results", now, json.dumps({"results": [work]}).encode())
    assert pc1.check_in() == 0
    site.collect()
    found = {one["software"]: one for one in ok("computer", "show", "pc1", "-o", "json").json["compliance"]}
    assert (found["app"]["state"], found["app"]["told_at"][:13]) == ("compliant", f"{clock.moment:%Y-%m-%dT%H}")
    assert found["other"]["state"] == "unknown"
