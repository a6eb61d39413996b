"""Running as a user meets it: exit codes, the shape of the output, the guard, retries, logs; on both databases."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.tables import ChangeSet
from tests.conftest import FrozenClock, Run
from tests.invariants import assert_invariants

Local = Callable[..., None]
PLAIN = {"NO_COLOR": "1"}


def test_each_computer_is_one_line_and_the_last_is_the_summary(local: Local, task_run: Run, store: Store) -> None:
    local("web1", "web2")
    result = task_run("--command", "echo hello; echo oops >&2", "--all")
    assert (result.code, result.err) == (0, "R-1: 2 ok\n")
    *computers, summary = result.lines
    assert sorted(c["computer"] for c in computers) == ["web1", "web2"]
    for line in computers:
        assert (line["type"], line["state"], line["exit_status"], line["run"]) == ("result", "succeeded", 0, "R-1")
        assert (line["stdout"], line["stderr"], line["attempt"]) == ("hello\n", "oops\n", 1)
        assert line["duration_s"] > 0
    assert {k: summary[k] for k in ("type", "ok", "failed", "computers", "state")} == {
        "type": "summary", "ok": 2, "failed": 0, "computers": 2, "state": "ended",
    }  # fmt: skip
    assert {"changed", "unreachable", "unknown", "skipped", "deferred"} <= set(summary)
    assert_invariants(store)


def test_json_is_one_array_and_fields_narrow_it(local: Local, task_run: Run) -> None:
    local("web1")
    result = task_run("--command", "true", "--all", "-o", "json", "--fields", "computer,exit_status")
    assert result.json[0] == {"type": "result", "computer": "web1", "exit_status": 0}
    assert result.json[1]["type"] == "summary"


def test_a_terminal_gets_a_table_and_reasons(local: Local, task_run: Run) -> None:
    local("web1", "web2")
    result = task_run("--command", "echo hi; exit 3", "--all", terminal=True, env=PLAIN)
    assert result.code == 8
    assert result.out.splitlines()[0].split() == ["COMPUTER", "STATE", "EXIT", "SECONDS", "OUTPUT"]
    assert "web1" in result.out
    assert "failed" in result.out
    assert "2 failed exit status 3 (web1, web2): hi" in result.err


def test_a_table_shows_the_first_line_and_says_where_the_rest_is(local: Local, task_run: Run, ok: Run) -> None:
    local("web1", "web2")
    seen = task_run("--command", "echo one; echo two", "--all", terminal=True, env=PLAIN)
    assert seen.out.count(" one …\n") == 2
    assert "two" not in seen.out
    assert "whole output: itmsctl run logs R-1 --group\n" in seen.err
    assert ok("run", "show", "R-1", "-o", "table").err == "whole output: itmsctl run logs R-1 --group\n"
    assert "two" in ok("run", "logs", "R-1", "--group").out
    assert "whole output" not in task_run("--command", "echo one", "--all", terminal=True, env=PLAIN).err


def test_some_failing_is_7_all_failing_is_8(local: Local, task_run: Run, ok: Run) -> None:
    local("web1", "web2")
    ok("task", "add", "half", "--command", 'mkdir "$ITMS_DIR"', "--parameter", "dir=/nonexistent/x")
    assert task_run("half", "--all").code == 8
    once = task_run("--command", "mkdir $ITMS_DIR", "--all", "--concurrency", "1", "--param", f"dir={_fresh_path()}")
    assert once.code == 7
    assert once.lines[-1]["ok"] == once.lines[-1]["failed"] == 1


def _fresh_path() -> str:
    import tempfile

    return tempfile.mkdtemp() + "/made-once"


def test_nothing_selected_is_5_no_selector_is_2(local: Local, task_run: Run) -> None:
    local("web1")
    assert task_run("--command", "true", "--where", "name = 'nobody'").code == 5
    assert task_run("--command", "true").code == 2
    assert task_run("--all").code == 2
    assert task_run("nothing-of-that-name", "--all").code == 5


def test_parameters_are_values_never_text(local: Local, task_run: Run, tmp_path: Path) -> None:
    """HE3: whatever a value looks like, the script is given it as it is; a template may do nothing but name fields."""
    local("web1")
    hostile = f"$(touch {tmp_path}/pwned) `id` ; rm -rf / '\" %n {{0.__class__}} ${{#x}} %{{y}}"
    result = task_run("--command", 'printf %s "$ITMS_FACT"', "--all", "--param", f"fact={hostile}")
    assert result.lines[0]["stdout"] == hostile
    evil = f"{{{{ cycler.__init__.__globals__.os.popen('touch {tmp_path}/pwned').read() }}}}"
    refused = task_run("--command", f"touch {tmp_path}/pwned", "--all", "--param", f"fact={evil}")
    assert (refused.code, "has what a template may not have" in refused.err) == (3, True), "before anybody is asked"
    unknown = task_run("--command", f"touch {tmp_path}/pwned", "--all", "--param", "fact={{ computer.nothing }}")
    assert (unknown.code, unknown.lines[0]["state"], unknown.lines[0]["reason"]) == (8, "failed", "TEMPLATE")
    assert not (tmp_path / "pwned").exists()


def test_an_undeclared_parameter_is_refused(local: Local, task_run: Run, ok: Run) -> None:
    local("web1")
    ok("task", "add", "greet", "--command", 'echo "hello $ITMS_NAME"', "--parameter", "name=world")
    assert task_run("greet", "--all").lines[0]["stdout"] == "hello world\n"
    assert task_run("greet", "--all", "--param", "name=you").lines[0]["stdout"] == "hello you\n"
    wrong = task_run("greet", "--all", "--param", "nam=you")
    assert (wrong.code, "did you mean `name`?" in wrong.err) == (3, True)


def test_a_time_limit_is_kept(local: Local, task_run: Run) -> None:
    local("web1")
    result = task_run("--command", "echo begun; sleep 30", "--all", "--timeout", "1s")
    assert (result.code, result.lines[0]["state"], result.lines[0]["stdout"]) == (8, "timed_out", "begun\n")


# --- the guard (OP8) --------------------------------------------------------------------------------------------------


def _change_sets(store: Store) -> int:
    with store.read() as reader:
        return int(reader.scalar(sa.select(sa.func.count()).select_from(ChangeSet)))


def test_over_the_guard_nothing_is_written_or_sent(local: Local, task_run: Run, store: Store, tmp_path: Path) -> None:
    local("web1", "web2", "web3")
    before = _change_sets(store)
    touch = f"touch {tmp_path}/sent"
    env = {"ITMSCTL_GUARD_MAX": "2"}
    refused = task_run("--command", touch, "--all", env=env)
    assert (refused.code, "--confirm command:3" in refused.err) == (9, True)
    stale = task_run("--command", touch, "--all", "--confirm", "command:2", env=env)
    assert (stale.code, "2 computers were confirmed, and now there are 3" in stale.err) == (6, True)
    assert task_run("--command", touch, "--all", "--max", "2").code == 9
    assert task_run("--command", touch, "--all", "--expect", "2").code == 9
    assert task_run("--command", touch, "--all", "--dry-run").code == 0
    assert _change_sets(store) == before
    assert not (tmp_path / "sent").exists()
    assert task_run("--command", touch, "--all", "--confirm", "command:3", env=env).code == 0
    assert (tmp_path / "sent").exists()


def test_a_destructive_task_may_not_take_half_a_site(local: Local, task_run: Run, ok: Run) -> None:
    ok("site", "add", "rome")
    ok("subnet", "add", "10.1.0.0/16", "--site", "rome")
    local()
    for number in range(1, 5):
        ok("computer", "add", f"web{number}", "--address", f"10.1.0.{number}")
    ok("computer", "add", "db1", "--address", "10.9.0.1", "--tag", "protected=yes")
    ok("task", "add", "wipe", "--command", "true", "--destructive")
    refused = task_run("wipe", "--where", "name in ('web1', 'web2', 'web3')")
    assert (refused.code, "3 of 4 computers of site `rome`" in refused.err) == (9, True)
    assert task_run("wipe", "--where", "name = 'db1'").code == 9
    assert task_run("wipe", "--where", "name in ('web1', 'web2')").code == 0
    assert task_run("wipe", "--where", "name = 'db1'", "--confirm", "wipe:1").code == 0


def test_a_stop_file_forbids_to_start(local: Local, task_run: Run, environment: dict[str, str]) -> None:
    local("web1")
    folder = Path(environment["XDG_STATE_HOME"]) / "itmsctl"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "STOP").touch()
    assert task_run("--command", "true", "--all").code == 9


def test_a_dry_run_shows_whom_it_would_touch(local: Local, task_run: Run, run: Run) -> None:
    local("web1", "web2")
    result = task_run("--command", "true", "--where", "name = 'web2'", "--dry-run")
    assert [(line["computer"], line["state"]) for line in result.lines[:-1]] == [("web2", "planned")]
    assert run("run", "list", "-o", "json").json == []


# --- what comes after -------------------------------------------------------------------------------------------------


def test_retry_is_a_new_attempt_and_keeps_the_old_one(
    local: Local, task_run: Run, run: Run, ok: Run, store: Store, tmp_path: Path
) -> None:
    local("web1", "web2")
    command = f"echo x >> {tmp_path}/count; test -e {tmp_path}/ready"
    assert task_run("--command", command, "--all").code == 8
    (tmp_path / "ready").touch()
    assert run("run", "retry", "R-1", "--unreachable").lines[-1]["failed"] == 2
    again = run("run", "retry", "R-1", "--failed")
    assert (again.code, {line["attempt"] for line in again.lines[:-1]}) == (0, {2})
    assert (tmp_path / "count").read_text() == "x\n" * 4
    shown = ok("run", "show", "R-1").json
    assert (shown["state"], shown["ok"], shown["failed"]) == ("ended", 2, 0)
    rows = list(csv.DictReader(ok("run", "show", "R-1", "-o", "csv").out.splitlines()))
    assert [(row["computer"], row["state"], row["attempt"]) for row in rows] == [
        ("web1", "succeeded", "2"),
        ("web2", "succeeded", "2"),
    ]
    assert ok("run", "show", "R-1", "-o", "csv", "--fields", "computer,exit_status").out == (
        "computer,exit_status\nweb1,0\nweb2,0\n"
    )
    nobody = run("run", "retry", "R-1", "--failed", "-o", "table")
    assert ("nothing found" in nobody.err, "no computer had anything to do" in nobody.err) == (False, True)
    past = ok("run", "logs", "R-1", "--attempt", "1", "-o", "ndjson").lines
    assert [(line["attempt"], line["state"]) for line in past] == [(1, "failed")] * 2
    assert run("run", "retry", "R-1", "--unknown").code == 2
    assert_invariants(store)


def test_runs_are_listed_shown_and_cancelled(local: Local, task_run: Run, run: Run, ok: Run) -> None:
    local("web1")
    task_run("--command", "true", "--all")
    task_run("--command", "false", "--all")
    assert [row["name"] for row in ok("run", "list", "-o", "json").json] == ["R-2", "R-1"]
    assert ok("run", "show", "R-2", terminal=True).out.count("web1") == 1
    assert run("run", "show", "R-3").code == 5
    assert run("run", "show", "R-x").code == 3
    assert ok("run", "cancel", "R-2").err == "R-2: 0 computers cancelled\n"
    assert ok("run", "reconcile").err == "no run has an unknown outcome\n"


def test_results_can_be_selected_again(local: Local, task_run: Run) -> None:
    local("web1", "web2")
    task_run("--command", "false", "--where", "name = 'web1'")
    again = task_run("--command", "echo again", "--target", "@run:R-1:failed")
    assert [line["computer"] for line in again.lines[:-1]] == ["web1"]
    assert task_run("--command", "true", "--target", "@run:R-1:unreachable").code == 5
    assert task_run("--command", "true", "--target", "@run:R-1:nonsense").code == 3
    piped = task_run("--command", "true", "--target", "-", stdin=again.out)
    assert [line["computer"] for line in piped.lines[:-1]] == ["web1"]


def test_contact_is_remembered(local: Local, task_run: Run, ok: Run) -> None:
    local("web1", "web2")
    task_run("--command", "true", "--where", "name = 'web1'")
    assert ok("computer", "show", "web1").json["last_seen"] is not None
    assert ok("computer", "show", "web2").json["last_seen"] is None
    assert ok("computer", "show", "web1").json["runs"][0]["run"] == "R-1"
    machine_id = Path("/etc/machine-id")
    if machine_id.exists():
        assert machine_id.read_text().strip() in ok("computer", "show", "web1").out


# --- odd output (F40, F41, HE1) ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "stdout"),
    [
        (r"printf '\000\001\377'", b"\0\1\xff"),
        (r"printf 'caf\303\251'", "café".encode()),
        (r"printf '\377\376h\000i\000'", "hi".encode("utf-16")),
        (r"printf '10%%\r50%%\r100%%\r\n'", b"10%\r50%\r100%\r\n"),
        (r"printf 'no newline'", b"no newline"),
        (r"printf '\033[2J\033]0;pwn\007\302\233'", b"\x1b[2J\x1b]0;pwn\x07\xc2\x9b"),
    ],
)
def test_odd_bytes_are_kept_as_they_are(
    local: Local, task_run: Run, run: Run, ok: Run, script: str, stdout: bytes
) -> None:
    local("web1")
    line = task_run("--command", script, "--all").lines[0]
    found = line["stdout"].encode() if line["stdout_encoding"] == "utf-8" else base64.b64decode(line["stdout"])
    assert (found, line["stdout_bytes"], line["stdout_truncated"]) == (stdout, len(stdout), False)
    stored = ok("run", "logs", "R-1", "-o", "ndjson").lines[0]
    assert stored["stdout"] == line["stdout"]
    for verb in ("logs", "show"):
        shown = ok("run", verb, "R-1", terminal=True, env=PLAIN)
        assert not set(shown.out) & (set(map(chr, range(32))) - {"\n", "\t"} | set(map(chr, range(0x7F, 0xA0))))
    live = task_run("--command", script, "--all", "--progress", "none", terminal=True, env=PLAIN)
    assert not set(live.out + live.err) & {"\x1b", "\x07", "\x9b", "\r"}
    assert run("run", "logs", "R-1", "--raw", terminal=True).code == 2


def test_much_output_keeps_head_and_tail(local: Local, task_run: Run, ok: Run) -> None:
    local("web1")
    line = task_run("--command", "seq 1 200000", "--all").lines[0]
    assert (line["stdout_bytes"], line["stdout_truncated"]) == (1288895, True)
    assert line["stdout"].startswith("1\n2\n3\n")
    assert line["stdout"].endswith("199999\n200000\n")
    shown = ok("run", "logs", "R-1").out
    assert "bytes left out" in shown
    assert json.loads(ok("run", "logs", "R-1", "-o", "ndjson").out)["stdout"] == line["stdout"]


def test_a_run_that_had_ended_keeps_its_end_unless_something_is_tried_again(
    local: Local, task_run: Run, ok: Run, run: Run, clock: FrozenClock
) -> None:
    local("web1")
    assert task_run("--command", "exit 3", "--all").code == 8
    end = ok("run", "show", "R-1", "-o", "json").json["ended_at"]
    assert end == "2026-01-05T09:00:00.000000Z"
    for words in (("resume", "R-1"), ("kill", "R-1"), ("cancel", "R-1"), ("retry", "R-1", "--unknown")):
        clock.forward(hours=1)
        run("run", *words, "--transport", "local")
        shown = ok("run", "show", "R-1", "-o", "json").json
        assert (shown["state"], shown["ended_at"]) == ("ended", end), words
    clock.forward(hours=1)
    assert run("run", "retry", "R-1", "--failed", "--transport", "local").code == 8
    assert ok("run", "show", "R-1", "-o", "json").json["ended_at"] == "2026-01-05T14:00:00.000000Z"
