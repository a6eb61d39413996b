"""What one computer reports hurts that computer's result alone, even where the database refuses it (A1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from itmsctl.transports import posix
from itmsctl.transports.outcome import CommandOutcome
from tests.conftest import Run

TOO_LARGE = 10**30


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the replies of `bad` carry a number that passed every check and fits no column."""
    told = posix._told

    def lie(outcome: CommandOutcome, *rest: Any) -> CommandOutcome:
        found = told(outcome, *rest)
        return replace(found, exit_status=TOO_LARGE) if b"I am bad" in found.stdout.head else found

    monkeypatch.setattr(posix, "_told", lie)


COMMAND = "case $ITMS_WHO in bad) echo I am bad ;; *) echo fine ;; esac"


def test_a_result_that_cannot_be_stored_is_that_computers_alone(
    ok: Run, task_run: Run, local: Any, hostile: None
) -> None:
    local("good1", "good2", "bad", "good3")
    result = task_run("--command", COMMAND, "--param", "who={{ computer.name }}", "--all")
    assert result.code == 10, result.err
    shown = ok("run", "show", "R-1", "-o", "json").json
    rows = {row["computer"]: row for row in shown["results"]}
    assert {name: row["state"] for name, row in rows.items()} == {
        "good1": "succeeded", "good2": "succeeded", "good3": "succeeded", "bad": "unknown",
    }  # fmt: skip
    assert rows["bad"]["reason"] == "REPLY-GARBLED"
    assert "cannot be stored" in rows["bad"]["message"]
    assert ok("db", "check").code == 0


def test_asking_again_is_as_safe(ok: Run, run: Run, task_run: Run, local: Any, hostile: None) -> None:
    local("bad", "good")
    task_run("--command", COMMAND, "--param", "who={{ computer.name }}", "--all")
    again = run("run", "reconcile", "R-1", "--transport", "local")
    assert again.code == 10, again.err
    assert run("schedule", "tick").code in (0, 10)
