"""Failures in words: what, why, what to type next; a bug leaves a report and no traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cli import failures
from itmsctl.cli.context import Context
from itmsctl.errors import NotFoundError
from tests.conftest import FrozenClock, Run, Stream


def test_an_error_says_what_why_and_what_to_type(bare_run: Run, environment: dict[str, str]) -> None:
    err = Stream()
    context = Context([], environment, Stream(), Stream(), err, FrozenClock())
    failures.render(context, NotFoundError("no such thing", why="it was never made", hint="itmsctl thing add x"))
    assert err.getvalue() == "error: no such thing [NOT-FOUND]\n  why: it was never made\n  try: itmsctl thing add x\n"


def test_as_json_it_is_one_object(run: Run) -> None:
    result = run("site", "show", "nowhere", "--error-format", "json")
    assert (result.code, result.out) == (5, "")
    said = json.loads(result.err)
    assert set(said) == {"code", "message", "why", "hint", "details"}
    assert said["code"] == "NOT-FOUND"


@pytest.mark.parametrize("argv", [("site", "lsit"), ("--nonsense",), ("site", "add"), ("site", "list", "-o", "xml")])
def test_wrong_usage_is_json_too(run: Run, argv: tuple[str, ...]) -> None:
    result = run("--error-format", "json", *argv)
    assert (result.code, json.loads(result.err)["code"]) == (2, "USAGE")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> str:
    """Break the list of sites with an error that no one foresaw."""
    from itmsctl.sites.service.site import SITES

    def boom(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret \x1b[31mdetail")

    monkeypatch.setattr(type(SITES), "list", boom)
    return "secret"


def test_a_bug_leaves_a_report_and_no_traceback(run: Run, environment: dict[str, str], broken: str) -> None:
    result = run("site", "list")
    assert (result.code, result.out) == (1, "")
    assert "Traceback" not in result.err
    assert "\x1b" not in result.err
    report = Path(result.err.strip().rpartition("report: ")[2])
    assert report.is_relative_to(environment["XDG_STATE_HOME"])
    assert report.stat().st_mode & 0o777 == 0o600
    written = report.read_text()
    assert "Traceback" in written
    assert "RuntimeError: secret" in written
    assert report.stem.rpartition("-")[2] in result.err, "the id on the terminal is that of the file"


def test_a_bug_is_json_too(run: Run, broken: str) -> None:
    said = json.loads(run("site", "list", "--error-format", "json").err)
    assert (said["code"], Path(said["details"]["file"]).exists()) == ("BUG", True)


def test_a_bug_is_told_where_no_report_can_be_written(
    run: Run, environment: dict[str, str], broken: str, db: str
) -> None:
    blocked = Path(environment["XDG_STATE_HOME"]) / "itmsctl" / "incidents"
    run("site", "add", "rome")  # makes the state folder
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("in the way")
    result = run("site", "list")
    assert result.code == 1
    assert "internal error" in result.err
