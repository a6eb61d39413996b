"""The noun `task` as a user meets it, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run


def test_add_set_clone_show_remove(run: Run, ok: Run) -> None:
    assert ok("task", "add", "up", "--command", "uptime", "--time-limit", "2m").err == "up: created\n"
    assert ok("task", "add", "up", "--command", "uptime").err == "up: unchanged\n"
    assert run("task", "add", "up", "--command", "uptime -p").code == 6
    assert ok("task", "set", "up", "--idempotent", "--parameter", "who=you").err == "up: updated\n"
    assert ok("task", "clone", "up", "up2").err == "up2: created\n"
    one, two = ok("task", "show", "up").json, ok("task", "show", "up2").json
    assert (one["time_limit_s"], one["idempotent"], one["parameters"]) == (120.0, True, {"who": "you"})
    assert one["id"] != two["id"]
    assert {k: v for k, v in one.items() if k not in {"id", "name", "revision"}} == {
        k: v for k, v in two.items() if k not in {"id", "name", "revision"}
    }
    ok("task", "set", "up2", "--command", "who")
    assert ok("task", "show", "up").json["body"] == "uptime"
    assert run("task", "remove", "up2").code == 2
    assert ok("task", "remove", "up2", "--yes").err == "up2: removed\n"


def test_a_script_is_read_from_a_file(ok: Run, tmp_path: Path) -> None:
    script = tmp_path / "probe.py"
    script.write_text("print('ö')\n")
    ok("task", "add", "probe", "--script", str(script))
    shown = ok("task", "show", "probe").json
    assert (shown["type"], shown["interpreter"], shown["body"]) == ("script", "python", "print('ö')\n")


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--command", ""], 3),
        (["--command", "a", "--script", "b"], 2),
        ([], 2),
        (["--script", "/nowhere/at/all"], 5),
        (["--command", "a", "--interpreter", "perl"], 3),
        (["--command", "a", "--time-limit", "0"], 3),
        (["--command", "a", "--time-limit", "soon"], 3),
        (["--command", "a", "--parameter", "a-b=1"], 3),
        (["--command", "a", "--parameter", "a=1", "--parameter", "A=2"], 3),
    ],
)
def test_what_is_refused(run: Run, argv: list[str], code: int) -> None:
    assert run("task", "add", "t", *argv).code == code
    assert run("task", "list", "-o", "name").out == ""


def test_powershell_runs_nowhere_but_on_windows(run: Run, ok: Run) -> None:
    ok("task", "add", "ps", "--command", "Get-Process", "--interpreter", "powershell")
    ok("computer", "add", "web1")
    result = run("task", "run", "ps", "--all", "--transport", "local")
    assert (result.code, "not known to be a Windows" in result.err) == (8, True)
