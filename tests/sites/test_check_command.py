"""`site check`: findings through the command line, exit 20, and commands that mend and can be typed."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from itmsctl.cli.context import process_context
from itmsctl.cli.root import build
from itmsctl.sites.lints import lint
from tests.conftest import Run
from tests.sites.test_lints import CASES


@pytest.fixture
def estate(ok: Run) -> Run:
    ok("site", "add", "rome")
    ok("subnet", "add", "10.1.0.0/16", "--site", "rome")
    ok("computer", "add", "s1", "--address", "10.1.0.1", "--os-family", "windows")
    ok("server", "add", "s1", "--service", "package", "--service", "task")
    return ok


def ids(run: Run, *argv: str) -> list[str]:
    return [row["id"] for row in run("site", "check", *argv, "-o", "json").json]


def test_a_sound_estate(estate: Run) -> None:
    assert ids(estate) == []


def test_findings_end_with_20_and_can_be_ignored(run: Run, estate: Run) -> None:
    estate("server", "set", "s1", "--constrained")
    found = run("site", "check", "-o", "json")
    assert found.code == 20
    (row,) = found.json
    assert (row["id"], row["severity"], row["object"], row["source"]) == ("site-unfed", "error", "rome", "PKG-9")
    assert all(row[name] for name in ("what", "why", "fix"))
    assert run("site", "check", "--ignore", "site-unfed").code == 0
    words = shlex.split(row["fix"])[1:]
    estate(*words)
    assert run("site", "check").code == 0


def test_notes_do_not_count(run: Run, estate: Run) -> None:
    estate("subnet", "add", "10.1.4.0/24", "--site", "rome")
    found = run("site", "check", "-o", "json")
    assert (found.code, {row["severity"] for row in found.json}) == (0, {"info"})


def test_a_management_server_in_the_site_wants_force(run: Run, estate: Run) -> None:
    """SITE-14."""
    estate("site", "set", "rome", "--management-server")
    found = run("site", "check", "-o", "json")
    assert [(row["id"], row["fix"]) for row in found.json] == [
        ("management-in-site", "itmsctl site set rome --force-task-servers")
    ]
    estate("site", "set", "rome", "--force-task-servers")
    assert run("site", "check").code == 0


def test_a_task_server_on_linux_is_a_finding(run: Run, estate: Run) -> None:
    """Check SITE-15, NS-10."""
    estate("computer", "set", "s1", "--os-family", "linux")
    assert [row["id"] for row in run("site", "check", "-o", "json").json] == ["server-os-unfit"]


def test_repair(run: Run, estate: Run, store: Any) -> None:
    from sqlalchemy import text

    def harm(unit: Any) -> None:
        unit.connection.execute(text("UPDATE computer_site SET site_id = NULL"))
        unit.note("harm", done=1)

    store.write(harm)
    assert [row["id"] for row in run("site", "check", "-o", "json").json] == ["assignment-drift"]
    assert run("site", "check", "--repair", "--dry-run").code == 20
    assert estate("site", "check", "--repair").err == "1 computer put right\n"
    assert estate("computer", "show", "s1").json["site"] == ["rome"]
    assert run("site", "check", "--dry-run").code == 2


def every_fix() -> list[str]:
    found = {finding.fix for case in CASES for finding in lint(case.values[0])}
    return sorted({part.strip() for fix in found for part in fix.split("&&")} | {"itmsctl site check --repair"})


@pytest.mark.parametrize("fix", every_fix())
def test_every_fix_is_a_command_that_parses(fix: str) -> None:
    program, *words = shlex.split(fix)
    assert program == "itmsctl"
    context: Any = build().make_context("itmsctl", words, obj=process_context(words))
    with context:
        name, group, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        below = group.make_context(name, rest, parent=context)
        verb, leaf, words = group.resolve_command(below, [*below._protected_args, *below.args])
        assert leaf.make_context(verb, words, parent=below).params
