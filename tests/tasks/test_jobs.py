"""Jobs from the command line: the noun, its file, and runs over several computers, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from tests.conftest import FrozenClock, Run
from tests.invariants import assert_invariants

Local = Callable[..., None]
FILE = """
description: try it
steps:
  - {task: check, on_error: continue}
  - {task: install, when: check.succeeded, on_error: rescue, retries: 1, backoff: 1s, time_limit: 1m}
  - {task: clean, role: rescue}
  - {task: report, role: always}
"""


@pytest.fixture
def tasks(ok: Run, tmp_path: Path) -> Path:
    """Four tasks: each writes a line of `NAME COMPUTER` to a file, and does as the file of its name says."""
    log = tmp_path / "log"
    for name in ("check", "install", "clean", "report"):
        body = f"echo {name} $ITMS_WHO >> {log}; test -e {tmp_path}/{name} && . {tmp_path}/{name}; echo {name} done"
        ok("task", "add", name, "--command", body, "--parameter", "who=nobody")
    return tmp_path


def _lines(folder: Path) -> list[str]:
    log = folder / "log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def test_a_job_is_read_from_a_file(ok: Run, run: Run, tasks: Path) -> None:
    (tasks / "job.yaml").write_text(FILE)
    assert ok("job", "add", "try", "--file", str(tasks / "job.yaml")).err == "try: created\n"
    assert ok("job", "add", "try", "--file", str(tasks / "job.yaml")).err == "try: unchanged\n"
    shown = ok("job", "show", "try", "-o", "json").json
    assert [step["name"] for step in shown["steps"]] == ["check", "install", "clean", "report"]
    assert shown["steps"][1] == {
        "name": "install", "task": "install", "parameters": {}, "when": "check.succeeded", "on_error": "rescue",
        "role": "normal", "retries": 1, "backoff_s": 1.0, "time_limit_s": 60.0, "once": False,
    }  # fmt: skip
    assert run("job", "add", "try", "--step", "check").code == 6
    assert ok("job", "add", "short", "--step", "check", "--step", "report").code == 0
    assert ok("job", "set", "short", "--step", "report", "--description", "d").err == "short: updated\n"
    assert ok("job", "clone", "try", "again").err == "again: created\n"
    assert ok("job", "list", "-o", "name").out.split() == ["again", "short", "try"]
    table = ok("job", "show", "try", "-o", "table").out
    assert "check.succeeded" in table
    assert ok("history", "job", "short", "-o", "json").json[0]["action"] == "updated"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: [{task: nope}]", "no task `nope`"),
        ("steps: [{task: check, colour: red}]", "has no field `colour`"),
        ("steps: [{task: check, retries: many}]", "`many` is no value for `retries`"),
        ("steps: [{task: check, once: perhaps}]", "`perhaps` is no value for `once`"),
        ("steps: [{task: check, when: later.failed}]", "condition of step `check`"),
        ("steps: [{task: check, parameters: {whom: x}}]", "whom"),
        ("steps: [{task: check, on_error: rescue}]", "there is none"),
        ("steps: []", "needs"),
        ("steps: {}", "are a list"),
        ("colour: red\nsteps: [check]", "has no field `colour`"),
        ("steps: [check]\n---\nsteps: [check]", "does not hold one job"),
        ("steps: [&a check, *a]", "YAML-ALIAS"),
        ("steps: [check", "FILE-FORMAT"),
        ("steps: [{task: check, time_limit: 9000d}]", "time limit"),
    ],
)
def test_a_bad_file_is_refused_and_says_why(run: Run, tasks: Path, text: str, said: str) -> None:
    result = run("job", "add", "bad", "--file", "-", stdin=text)
    assert result.code in {3, 5}
    assert said in result.err
    assert run("job", "list", "-o", "json").json == []


def test_a_task_in_use_stays(ok: Run, run: Run, tasks: Path) -> None:
    ok("job", "add", "short", "--step", "check")
    refused = run("task", "remove", "check", "--yes")
    assert (refused.code, "job `short`" in refused.err) == (6, True)
    ok("job", "remove", "short", "--yes")
    ok("task", "remove", "check", "--yes")


def test_a_change_of_a_task_reaches_its_jobs_and_not_its_clone(ok: Run, tasks: Path, local: Local) -> None:
    local("web1")
    ok("task", "clone", "check", "copy")
    ok("job", "add", "both", "--step", "check", "--step", "copy")
    ok("task", "set", "check", "--command", "echo changed")
    ran = ok("job", "run", "both", "--all", "--transport", "local").lines[0]
    assert [step["stdout"] for step in ran["steps"]] == ["changed\n", "check done\n"]


def test_steps_run_in_order_with_their_outcomes(ok: Run, run: Run, tasks: Path, local: Local, store: Store) -> None:
    local("web1")
    (tasks / "install").write_text("exit 4")
    ok("job", "add", "try", "--file", "-", stdin=FILE)
    result = run("job", "run", "try", "--all", "--transport", "local", "--param", "who=me")
    assert result.code == 0, result.err
    assert (tasks / "log").read_text().split("\n")[:-1] == [
        f"{n} me" for n in ("check", "install", "install", "clean", "report")
    ]
    line = result.lines[0]
    assert (line["state"], line["reason"], line["message"]) == (
        "succeeded",
        "RESCUED",
        "step `install` failed and was rescued",
    )
    assert [(s["step"], s["state"], s["exit_status"], s["tries"]) for s in line["steps"]] == [
        ("check", "succeeded", 0, 1), ("install", "failed", 4, 2), ("clean", "succeeded", 0, 1),
        ("report", "succeeded", 0, 1),
    ]  # fmt: skip
    shown = ok("run", "show", "R-1", "-o", "json").json
    assert [s["state"] for s in shown["results"][0]["steps"]] == ["succeeded", "failed", "succeeded", "succeeded"]
    logs = ok("run", "logs", "R-1").out
    assert logs.index("check stdout") < logs.index("report stdout")
    drawn = ok("run", "show", "R-1", "-o", "table").out
    assert "✗ 4 (2x)" in drawn
    assert_invariants(store)


def test_a_retry_goes_on_where_it_broke(ok: Run, run: Run, tasks: Path, local: Local, store: Store) -> None:
    local("web1", "web2")
    (tasks / "install").write_text("exit 4")
    text = "steps: [check, {task: install}, {task: clean}, {task: report, role: always}]"
    ok("job", "add", "try", "--file", "-", stdin=text)
    assert run("job", "run", "try", "--all", "--transport", "local").code == 8
    assert sorted(_lines(tasks)) == ["check"] * 2 + ["install"] * 2 + ["report"] * 2
    (tasks / "install").unlink()
    (tasks / "log").unlink()
    again = run("run", "retry", "R-1", "--failed")
    assert (again.code, again.lines[-1]["ok"]) == (0, 2), again.err
    assert sorted(_lines(tasks)) == ["clean"] * 2 + ["install"] * 2 + ["report"] * 2
    assert [line["attempt"] for line in again.lines[:-1]] == [2, 2]
    first = ok("run", "logs", "R-1", "--attempt", "1", "-o", "ndjson").lines[0]
    assert [s["state"] for s in first["steps"]] == ["succeeded", "failed", "skipped", "succeeded"]
    assert_invariants(store)


def test_what_is_once_is_never_done_twice(ok: Run, run: Run, tasks: Path, local: Local, store: Store) -> None:
    local("web1")
    (tasks / "install").write_text("exit 4")
    ok("job", "add", "try", "--file", "-", stdin="steps: [{task: install, once: true}, check]")
    assert run("job", "run", "try", "--all", "--transport", "local").code == 8
    (tasks / "install").unlink()
    for _ in range(2):
        assert run("run", "retry", "R-1", "--failed").code == 8
    assert _lines(tasks) == ["install"]
    unknown = run("run", "retry", "R-1", "--unknown")
    assert (unknown.code, "not idempotent" in unknown.err) == (2, True)
    assert_invariants(store)


def test_a_parameter_that_no_task_has(ok: Run, run: Run, tasks: Path, local: Local) -> None:
    local("web1")
    ok("job", "add", "short", "--step", "check")
    wrong = run("job", "run", "short", "--all", "--transport", "local", "--param", "whom=x")
    assert (wrong.code, "did you mean `who`?" in wrong.err) == (3, True)
    assert run("run", "list", "-o", "json").json == []


# --- waves and limits -------------------------------------------------------------------------------------------------


def test_a_canary_that_fails_halts_the_rollout(ok: Run, run: Run, tasks: Path, local: Local, store: Store) -> None:
    local(*(f"web{n}" for n in range(6)))
    (tasks / "check").write_text("exit 1")
    halted = run("task", "run", "check", "--all", "--transport", "local", "--batch", "1,2,100%")
    assert halted.code == 9, halted.err
    assert "batch 1: 0 of 1 computers succeeded" in halted.err
    assert (halted.lines[-1]["failed"], halted.lines[-1]["deferred"]) == (1, 5)
    shown = ok("run", "show", "R-1", "-o", "json").json
    assert [(w["name"], w["state"], w["computers"]) for w in shown["waves"]] == [
        ("batch 1", "halted", 1), ("batch 2", "waiting", 2), ("batch 3", "waiting", 3),
    ]  # fmt: skip
    assert (shown["state"], "batch 1" in shown["why"]) == ("halted", True)
    assert run("run", "wait", "R-1").code == 9
    (tasks / "check").unlink()
    assert run("run", "resume", "R-1").code == 9  # the gate is still not passed
    done = run("run", "retry", "R-1", "--failed")
    assert (done.code, done.lines[-1]["ok"]) == (0, 6), done.err
    assert len(_lines(tasks)) == 7
    assert [w["state"] for w in ok("run", "show", "R-1", "-o", "json").json["waves"]] == ["passed"] * 3
    assert_invariants(store)


def test_an_operator_may_open_the_next_wave(ok: Run, run: Run, tasks: Path, local: Local) -> None:
    local("web1", "web2")
    (tasks / "check").write_text("exit 1")
    assert run("task", "run", "check", "--all", "--transport", "local", "--batch", "1").code == 9
    assert run("run", "resume", "R-1", "--past-gate").code == 8  # no wave follows the last one: nothing is halted
    assert len(_lines(tasks)) == 2


def test_a_health_query_halts_and_says_who(ok: Run, run: Run, tasks: Path, local: Local) -> None:
    local(*(f"web{n}" for n in range(4)))
    halted = run(
        "task", "run", "check", "--all", "--transport", "local", "--batch", "2,100%", "--health", "tags.state = 'up'"
    )
    assert (halted.code, "2 computers are not healthy" in halted.err) == (9, True), halted.err
    assert "web0, web1" in halted.err
    for name in ("web0", "web1"):
        ok("computer", "set", name, "--tag", "state=up")
    assert run("run", "resume", "R-1").code == 0
    assert len(_lines(tasks)) == 4
    wrong = run("task", "run", "check", "--all", "--transport", "local", "--batch", "2", "--health", "colour = 1")
    assert wrong.code == 3


def test_a_wave_soaks_before_the_next_one(ok: Run, tasks: Path, local: Local, clock: FrozenClock) -> None:
    local("web1", "web2")
    begin = clock()
    ok("task", "run", "check", "--all", "--transport", "local", "--batch", "1", "--soak", "10m")
    waves = ok("run", "show", "R-1", "-o", "json").json["waves"]
    opened = [datetime.fromisoformat(wave["opened_at"]) for wave in waves]
    assert opened[1] >= opened[0] + timedelta(minutes=10)
    assert clock() >= begin + timedelta(minutes=10)


def test_a_limit_of_failures_is_reached_not_exceeded(ok: Run, run: Run, tasks: Path, local: Local) -> None:
    local(*(f"web{n}" for n in range(12)))
    (tasks / "check").write_text("exit 1")
    result = run("task", "run", "check", "--all", "--transport", "local", "--max-fail", "3", "--concurrency", "1")
    assert (result.code, "the limit is 3" in result.err) == (9, True)
    assert 3 <= len(_lines(tasks)) <= 5  # two are claimed ahead of the one that runs


def test_the_stop_switch(ok: Run, run: Run, tasks: Path, local: Local) -> None:
    local("web1")
    ok("run", "stop-all", "--reason", "wrong script")
    refused = run("task", "run", "check", "--all", "--transport", "local")
    assert (refused.code, "stop-all --lift" in refused.err) == (9, True)
    assert _lines(tasks) == []
    assert "already on" in ok("run", "stop-all").err
    ok("run", "stop-all", "--lift")
    assert run("task", "run", "check", "--all", "--transport", "local").code == 0


def test_a_preview_that_no_longer_holds_is_6(ok: Run, run: Run, tasks: Path, local: Local) -> None:
    local("web1")
    preview = ok("task", "run", "check", "--all", "--dry-run").lines[-1]["preview"]
    assert ok("task", "run", "check", "--all", "--transport", "local", "--preview", preview).code == 0
    local("web2")
    stale = run("task", "run", "check", "--all", "--transport", "local", "--preview", preview)
    assert (stale.code, "1 then, 2 now" in stale.err) == (6, True)
    assert len(_lines(tasks)) == 1


# --- the guard in the engine ------------------------------------------------------------------------------------------


def _written(store: Store) -> int:
    with store.read() as reader:
        return int(reader.scalar(sa.select(sa.func.count()).select_from(sa.table("change_set"))))


def test_a_destructive_job_on_everything_is_refused_everywhere(
    ok: Run, run: Run, tasks: Path, local: Local, store: Store
) -> None:
    local("web1", "web2", "web3")
    (tasks / "check").write_text("exit 1")
    ok("task", "set", "check", "--destructive")
    ok("job", "add", "wipe", "--step", "report", "--step", "check")
    before = _written(store)
    for more in ((), ("--no-wait",), ("--batch", "1,2"), ("--deadline", "1d")):
        refused = run("job", "run", "wipe", "--all", "--transport", "local", *more)
        assert (refused.code, "touches 3 of all 3 computers" in refused.err) == (9, True), refused.err
        assert "--confirm wipe:3" in refused.err
    assert _written(store) == before
    assert _lines(tasks) == []
    assert run("job", "run", "wipe", "--all", "--transport", "local", "--confirm", "wipe:3").code == 8
    before = _written(store)
    for verb in (("retry", "R-1", "--failed"), ("retry", "R-1", "--failed", "--confirm", "other:3")):
        assert run("run", *verb).code == 9
    assert run("run", "retry", "R-1", "--failed", "--confirm", "wipe:2").code == 6
    assert _written(store) == before
    assert run("run", "retry", "R-1", "--failed", "--confirm", "wipe:3").code == 8


def test_site_servers_and_the_machine_of_the_cmdb_are_protected(ok: Run, run: Run, tasks: Path, local: Local) -> None:
    local("srv1", "web1", "web2", "web3", "here")
    ok("task", "set", "check", "--destructive")
    ok("server", "add", "srv1", "--service", "package")
    ok("computer", "set", "here", "--machine-id", Path("/etc/machine-id").read_text().strip())
    for name in ("srv1", "here"):
        refused = run("task", "run", "check", "--where", f"name = '{name}'", "--transport", "local")
        assert (refused.code, f"protected computers: `{name}`" in refused.err) == (9, True), refused.err
    assert run("task", "run", "check", "--where", "name = 'web1'", "--transport", "local").code == 0


# --- what waits in the queue ------------------------------------------------------------------------------------------


def test_what_is_only_queued_is_gone_on_with(ok: Run, run: Run, tasks: Path, local: Local) -> None:
    local("web1", "web2")
    queued = run("task", "run", "check", "--all", "--transport", "local", "--no-wait", "-o", "json")
    assert (queued.code, queued.json["state"], _lines(tasks)) == (0, "waiting", [])
    assert run("run", "wait", "R-1", "--timeout", "0s").code == 124
    assert run("run", "resume", "R-1").code == 0
    assert len(_lines(tasks)) == 2
    assert run("run", "wait", "R-1").code == 0


def test_a_closed_window_is_waited_for(ok: Run, run: Run, tasks: Path, local: Local, clock: FrozenClock) -> None:
    local("web1", "web2")
    ok("window", "add", "w", "--type", "maintenance", "--daily", "02:00", "--duration", "1h", "--target", "all")
    ok("window", "add", "b", "--type", "blockout", "--daily", "02:30", "--duration", "10m", "--target", "all")
    closed = run("task", "run", "check", "--all", "--transport", "local")
    assert (closed.code, "2 wait for their maintenance window" in closed.err) == (9, True), closed.err
    assert run("run", "show", "R-1", "-o", "json").json["results"][0]["reason"] == "WINDOW-CLOSED"
    assert run("run", "resume", "R-1").code == 9
    clock.moment = datetime(2026, 1, 6, 2, 35, tzinfo=UTC)
    blocked = run("task", "run", "check", "--all", "--transport", "local", "--ignore-window")
    assert (blocked.code, _lines(tasks)) == (9, [])
    clock.moment = datetime(2026, 1, 6, 2, 45, tzinfo=UTC)
    assert run("run", "resume", "R-1").code == 0
    assert len(_lines(tasks)) == 2


def test_absent_computers_wait_until_the_deadline(ok: Run, run: Run, clock: FrozenClock) -> None:
    ok("computer", "add", "away", "--address", "127.0.0.1", "--port", "1", "--user", "nobody")
    ok("profile", "add", "p", "--user", "nobody", "--agent")
    first = run("task", "run", "--command", "true", "--all", "--profile", "p", "--deadline", "7d")
    assert (first.code, first.lines[-1]["deferred"], "1 computer does not answer" in first.err) == (8, 1, True), (
        first.err
    )
    clock.forward(days=6)
    assert run("run", "resume", "R-1").lines[-1]["deferred"] == 1
    clock.forward(days=2)
    late = run("run", "resume", "R-1")
    assert (late.code, late.lines[-1]["failed"]) == (8, 1)
    shown = ok("run", "show", "R-1", "-o", "json").json
    assert (shown["state"], shown["results"][0]["state"]) == ("ended", "expired")
    assert "the deadline passed" in shown["results"][0]["message"]
