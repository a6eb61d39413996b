"""What policies have agents run: each time once, in its window, told and shown as any other run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from itmsctl.agents.endpoint.home import AgentHome
from tests.agents.endpoint import Endpoint, Site
from tests.conftest import FrozenClock, Run

ENDPOINT = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
"""Of what happens on the computer alone, one engine is enough."""


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "mark"


@pytest.fixture
def pc1(site: Site) -> Endpoint:
    return site.trusted()


def a_policy(ok: Run, script: str, *more: str, when: tuple[str, ...] = ("--every", "1h")) -> None:
    ok("task", "add", "job1", "--command", script)
    ok("schedule", "add", "often", *when)
    ok("policy", "add", "p1", "--task", "job1", "--target", "all", "--schedule", "often", "--transport", "agent", *more)


def a_job(site: Site, ok: Run, steps: list[dict[str, Any]]) -> None:
    (site.folder / "job.json").write_text(json.dumps({"kind": "job", "name": "j1", "spec": {"steps": steps}}))
    ok("apply", "-f", str(site.folder / "job.json"))


def here(site: Site, ok: Run, which: Endpoint) -> list[str]:
    """Publish, check in and collect; return what became of the events with results."""
    ok("agent", "publish")
    assert which.check_in() == 0, which.said
    return [one["state"] for one in site.collect() if one["kind"] == "results"]


def results(ok: Run) -> list[tuple[str, str, str]]:
    """Return every computer of every run, the oldest first: its state, why, and message."""
    names = [one["name"] for one in ok("run", "list", "-o", "json").json]
    shown = [ok("run", "show", name, "-o", "json").json["results"] for name in reversed(names)]
    return [(one["state"], one["reason"], one["message"]) for of in shown for one in of]


def explained(ok: Run, step: str) -> str:
    rows: list[dict[str, Any]] = ok("policy", "explain", "p1", "-o", "json").json
    return "; ".join(f"{row['state']} {row['why']}" for row in rows if row["step"] == step)


def test_a_task_is_carried_out_once_and_every_stage_is_told(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, mark: Path
) -> None:
    a_policy(ok, f"echo done; echo once >> {mark}")
    ok("agent", "publish")
    assert "1 have not fetched" in explained(ok, "agents")
    assert here(site, ok, pc1) == []
    assert explained(ok, "agents") == "ok 1 of 1 carry it out by themselves"
    clock.forward(hours=1)
    ok("schedule", "tick")
    assert results(ok) == [("queued", "BY-AGENT", "its agent carries it out")]
    clock.forward(hours=3)
    ok("schedule", "tick")
    assert "overdue, such as pc1" in explained(ok, "work")
    assert here(site, ok, pc1) == ["taken"] * 3
    assert [one[:2] for one in results(ok)] == [("expired", "MISSED"), ("succeeded", "")]
    assert "done" in ok("run", "logs", "R-2").out
    assert (here(site, ok, pc1), mark.read_text()) == ([], "once\n")
    assert explained(ok, "work") == ""
    shown = ok("computer", "show", "pc1", "-o", "json").json
    assert shown["agents"][0]["stage"] == "policy 2 is taken"
    assert (shown["runs"][0]["run"], shown["runs"][0]["state"]) == ("R-2", "succeeded")
    ok("audit", "verify")


@ENDPOINT
def test_a_time_that_an_agent_was_not_told_of_waits_for_nobody(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, mark: Path
) -> None:
    a_policy(ok, f"echo once >> {mark}")
    clock.forward(hours=1)
    ok("schedule", "tick")  # nothing of it is published yet
    assert results(ok) == []
    ok("agent", "publish")
    clock.forward(hours=1)
    ok("schedule", "tick")  # left to the agent, which has not looked
    ok("task", "set", "job1", "--command", f"echo again >> {mark}")
    assert here(site, ok, pc1) == []  # and learns of it only now, from what is published later
    clock.forward(hours=1)
    ok("schedule", "tick")
    assert set(here(site, ok, pc1)) == {"taken"}
    (late, done) = results(ok)
    assert late == ("expired", "EXPIRED", "its agent was not told of it in time, and went on without it")
    assert (done[0], mark.read_text()) == ("succeeded", "again\n")
    assert explained(ok, "work") == ""


@ENDPOINT
def test_steps_of_a_job_are_told_one_by_one(site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, mark: Path) -> None:
    for name, script in (("bad", f"echo bad >> {mark}; exit 3"), ("fix", f"echo fix >> {mark}"), ("last", "exit 4")):
        ok("task", "add", name, "--command", script)
    steps = [
        {"task": "bad", "on_error": "rescue", "retries": 1, "backoff": "1s"},
        {"task": "fix", "role": "rescue"},
        {"task": "last", "role": "always", "on_error": "continue"},
    ]
    a_job(site, ok, steps)
    ok("schedule", "add", "often", "--every", "1h")
    ok("policy", "add", "p1", "--job", "j1", "--target", "all", "--schedule", "often", "--transport", "agent")
    here(site, ok, pc1)
    clock.forward(hours=1)
    ok("schedule", "tick")
    here(site, ok, pc1)
    assert results(ok) == [("succeeded", "RESCUED", "")]
    assert mark.read_text().split() == ["bad", "bad", "fix"]
    ok("audit", "verify")


@ENDPOINT
def test_nothing_begins_outside_of_windows_and_a_sequence_waits(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, mark: Path
) -> None:
    ok("window", "add", "nights", "--daily", "22:00", "--duration", "2h", "--target", "all", "--timezone", "UTC")
    for name in ("one", "two"):
        ok("task", "add", name, "--command", f"echo {name} >> {mark}; sleep 1.1")
    a_job(site, ok, [{"task": "one"}, {"task": "two"}])
    ok("schedule", "add", "noon", "--daily", "12:00", "--timezone", "UTC")
    ok("policy", "add", "p1", "--job", "j1", "--target", "all", "--schedule", "noon", "--transport", "agent")
    here(site, ok, pc1)
    clock.moment = datetime(2026, 1, 6, 12, 1, tzinfo=UTC)
    ok("schedule", "tick")
    here(site, ok, pc1)
    assert (mark.exists(), results(ok)) == (
        False,
        [("queued", "BY-AGENT", "its agent waits: outside of window nights")],
    )
    assert pc1.home.state["next"] <= datetime(2026, 1, 6, 22, tzinfo=UTC).timestamp()
    clock.moment = datetime(2026, 1, 6, 23, 59, 59, tzinfo=UTC)
    here(site, ok, pc1)
    assert mark.read_text().split() == ["one"]
    clock.moment = datetime(2026, 1, 7, 13, tzinfo=UTC)
    ok("schedule", "tick")
    here(site, ok, pc1)
    assert [one[0] for one in results(ok)] == ["queued", "queued"]
    clock.moment = datetime(2026, 1, 7, 22, 1, tzinfo=UTC)
    here(site, ok, pc1)
    assert mark.read_text().split() == ["one", "two"]
    assert [one[:2] for one in results(ok)] == [("succeeded", ""), ("expired", "SKIPPED")]


@ENDPOINT
def test_two_weeks_offline(site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, mark: Path) -> None:
    ok("window", "add", "early", "--daily", "04:00", "--duration", "3h", "--target", "all", "--timezone", "UTC")
    when = ("--at", "2026-01-10T00:00", "--duration", "1d", "--timezone", "UTC")
    ok("window", "add", "audit", "--type", "blockout", "--target", "all", *when)
    a_policy(ok, f"echo x >> {mark}", when=("--daily", "02:00", "--timezone", "UTC"))
    here(site, ok, pc1)
    for folder in (site.policy, site.inbox):
        folder.rename(folder.with_suffix(".away"))
    ran: list[datetime] = []
    for day in range(6, 20):
        for hour in (3, 5) if day in {6, 10, 11} else (5,):
            before = mark.read_text() if mark.exists() else ""
            clock.moment = datetime(2026, 1, day, hour, tzinfo=UTC)
            pc1.check_in()
            ran += [clock.moment] * (mark.exists() and mark.read_text() != before)
        ok("schedule", "tick")
    assert ran == [datetime(2026, 1, day, 5, tzinfo=UTC) for day in range(6, 20) if day != 10]
    for folder in (site.policy, site.inbox):
        folder.with_suffix(".away").rename(folder)
    ok("agent", "publish")
    assert pc1.check_in() == 0
    came = site.collect()
    assert {one["state"] for one in came} == {"taken"}
    assert [one["number"] for one in came] == sorted(one["number"] for one in came)
    assert pc1.home.state["gathered"]["basic"][1] >= datetime(2026, 1, 19, tzinfo=UTC).timestamp()
    told = [(state, reason) for state, reason, _ in results(ok)]
    assert told == [("succeeded", "")] * 4 + [("expired", "MISSED")] + [("succeeded", "")] * 9
    pc1.check_in()
    assert site.collect() == []


@ENDPOINT
def test_killed_in_the_middle_of_a_step(site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, mark: Path) -> None:
    a_policy(ok, f"echo once >> {mark}; sleep 0.7; echo end")
    here(site, ok, pc1)
    clock.forward(hours=1)
    ok("schedule", "tick")
    script = (
        "import sys, json; from pathlib import Path; from tests.agents.endpoint import Endpoint; "
        "from tests.conftest import FrozenClock; from datetime import datetime; clock = FrozenClock(); "
        "clock.moment = datetime.fromisoformat(sys.argv[2]); "
        "Endpoint(Path(sys.argv[1]), json.loads(sys.argv[3]), clock).check_in()"
    )
    argv = [sys.executable, "-c", script, str(pc1.folder), clock.moment.isoformat(), json.dumps(pc1.build)]
    with subprocess.Popen(argv) as killed:
        while not mark.exists():
            time.sleep(0.02)
        killed.kill()
    assert pc1.check_in() == 0
    site.collect()
    [(state, _, message)] = results(ok)
    assert (state, message[:20]) == ("queued", "its agent: it runs s")
    time.sleep(0.9)
    here(site, ok, pc1)
    assert ([one[0] for one in results(ok)], mark.read_text()) == (["succeeded"], "once\n")
    assert "end" in ok("run", "logs", "R-1").out


def test_what_was_given_up_here_and_carried_out_there_is_another_attempt(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, mark: Path
) -> None:
    a_policy(ok, f"echo once >> {mark}")
    here(site, ok, pc1)
    clock.forward(hours=1)
    ok("schedule", "tick")
    ok("run", "cancel", "R-1")
    assert pc1.check_in() == 0
    site.collect()
    assert results(ok)[0][0] == "succeeded"
    ok("audit", "verify")


@ENDPOINT
def test_a_clock_that_is_ahead_makes_no_second_run(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, mark: Path
) -> None:
    a_policy(ok, f"echo once >> {mark}")
    here(site, ok, pc1)
    clock.forward(minutes=58)
    assert pc1.check_in(late_s=200) == 0
    site.collect()
    assert results(ok) == [("succeeded", "", "")]
    clock.forward(minutes=5)
    ok("schedule", "tick")
    for late_s in (0, -4000, 90):
        pc1.check_in(late_s=late_s)
    site.collect()
    assert (len(results(ok)), mark.read_text()) == (1, "once\n")


@ENDPOINT
@pytest.mark.parametrize(
    ("more", "why"),
    [(("--batch", "1,100%"), "waves, gates"), (("--max-fail", "1"), "limits of failures")],
)
def test_what_agents_cannot_do_is_done_as_for_other_computers(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, more: tuple[str, ...], why: str
) -> None:
    a_policy(ok, "true", *more)
    assert why in explained(ok, "agents")
    ok("policy", "set", "p1", "--transport", "local")
    here(site, ok, pc1)
    clock.forward(hours=1)
    ok("schedule", "tick")
    assert (here(site, ok, pc1), results(ok)[0][0]) == ([], "succeeded")


def test_results_that_no_agent_writes_are_refused(site: Site, pc1: Endpoint, ok: Run) -> None:
    a_policy(ok, "true")
    bodies = [b"[]", b'{"results": [{"policy": "x"}]}', b"\xff", b'{"results": 7}']
    home = AgentHome(str(pc1.folder))
    home.hold()
    for body in bodies:
        home.tell("results", pc1.now, body)
    home.release()
    pc1.check_in()
    assert [one["state"] for one in site.collect() if one["kind"] == "results"] == ["refused"] * len(bodies)
    assert ok("run", "list", "-o", "json").json == []


@pytest.mark.parametrize(
    ("when", "hours", "looked"),
    [
        (("--daily", "12:00", "--timezone", "UTC"), [0, 3, 27], (0, 2, 3, 4, 26, 27)),
        (("--every", "6h", "--start", "2026-01-05T10:00Z"), [0, 1, 7], (0, 1, 2, 6, 7)),
    ],
)
@ENDPOINT
def test_inventory_is_gathered_when_its_schedule_says(
    site: Site,
    pc1: Endpoint,
    ok: Run,
    clock: FrozenClock,
    when: tuple[str, ...],
    hours: list[int],
    looked: tuple[int, ...],
) -> None:
    ok("schedule", "add", "then", *when)
    ok("inventory-policy", "add", "own", "--collect", "local_groups", "--target", "all", "--schedule", "then")
    ok("agent", "publish")
    guid, begin, gathered = ok("inventory-policy", "show", "own", "-o", "json").json["id"], clock.moment, set()
    for hour in looked:
        clock.moment = begin + timedelta(hours=hour)
        pc1.check_in()
        gathered.add(pc1.home.state["gathered"][guid][1])
    assert sorted(int((moment - begin.timestamp()) / 3600) for moment in gathered) == hours
