"""The group `report`, as people use it: save, run, change, and every form of output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.reports.service import asking
from tests.conftest import Result, Run
from tests.reports.scene import fill

TAGGED = ("--sql", "SELECT name, value FROM v_tag WHERE key = :key ORDER BY name", "--parameter", "key=env")


@pytest.fixture
def report(ok: Run, store: Store) -> Run:
    """Run `itmsctl report ...` over the estate of the scene; it has to end with 0."""
    fill(store)

    def run(*argv: str, **options: Any) -> Result:
        return ok("report", *argv, **options)

    return run


def test_a_report_is_saved_changed_cloned_and_removed(report: Run, run: Run) -> None:
    assert report("add", "tagged", *TAGGED, "--drilldown", "itmsctl computer show {name}").err == "tagged: created\n"
    assert report("add", "tagged", *TAGGED, "--drilldown", "computer show {name}").err == "tagged: unchanged\n"
    assert run("report", "add", "tagged", *TAGGED).code == 0, "what is not named is not compared"
    assert run("report", "add", "tagged", *TAGGED, "--limit", "3").code == 6
    assert report("set", "tagged", "--limit", "1", "--time-limit", "5s").err == "tagged: updated\n"
    shown = report("show", "tagged").json
    assert (shown["limit"], shown["time_limit_s"], shown["source"]) == (1, 5.0, "own")
    assert (shown["parameters"], shown["drilldown"]) == ({"key": "env"}, "computer show {name}")
    report("clone", "tagged", "other")
    assert report("run", "other", "-o", "name").out == "ada\n"
    more = ("--unset", "parameters", "--unset", "parameter_types", "--unset", "limit")
    report("set", "other", "--rename", "third", "--sql", "SELECT name FROM v_site ORDER BY name", *more)
    assert report("run", "third").out == "oslo\nrome\n"
    report("remove", "third")
    assert [r["name"] for r in report("list", "-o", "json").json if r["source"] == "own"] == ["tagged"]
    assert run("history", "report", "tagged").code == 0


def test_a_dry_run_saves_nothing(report: Run, run: Run) -> None:
    report("add", "tagged", *TAGGED, "--dry-run")
    assert run("report", "show", "tagged").code == 5


def test_those_of_the_program_are_listed_and_run_but_not_changed(report: Run, run: Run) -> None:
    listed = report("list", "-o", "json").json
    assert [row["name"] for row in listed] == sorted(row["name"] for row in listed)
    assert {row["source"] for row in listed} == {"shipped"}
    guid = next(row["id"] for row in listed if row["name"] == "not-seen")
    assert report("show", guid).json["name"] == "not-seen"
    for argv in (("set", "not-seen", "--limit", "5"), ("remove", "not-seen")):
        refused = run("report", *argv)
        assert (refused.code, "REPORT-SHIPPED" in refused.err) == (4, True)
        assert "report clone not-seen" in refused.err
    assert run("report", "add", "not-seen", *TAGGED).code == 6
    report("clone", "not-seen", "silent")
    assert run("report", "set", "silent", "--rename", "runs").code == 6
    report("set", "silent", "--parameter", "since:time=35d")
    assert [row["name"] for row in report("run", "silent", "-o", "json").json] == ["dan", "eve", "bob"]
    assert report("list", "--sort", "source", "-o", "name", "--limit", "1").out == "silent\n", "own ones come first"
    assert report("list", "--sort", "-name", "-o", "name", "--limit", "2").out == "without-window\nwithout-site\n"


def test_showing_and_listing_never_run(report: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_: Any, **__: Any) -> None:
        raise AssertionError("a report ran")

    monkeypatch.setattr(asking.readonly, "asked", answer)
    for argv in (("show", "not-seen"), ("list",), ("views",), ("clone", "not-seen", "n"), ("show", "n")):
        report(*argv)


REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    (("add", "x", "--sql", "SELECT nme FROM v_tag"), 3, "did you mean `name`"),
    (("add", "x", "--sql", "SELECT name FROM v_tagg"), 3, "did you mean `v_tag`"),
    (("add", "x", "--sql", "SELECT name FROM v_tag WHERE key = :k"), 3, "`:k` is not declared"),
    (("add", "x", *TAGGED, "--parameter", "more=1"), 3, "declared, but the query does not ask"),
    (("add", "x", *TAGGED, "--drilldown", "computer show {nam}"), 3, "did you mean `name`"),
    (("add", "x", *TAGGED[:2], "--parameter", "key:int=env"), 3, "`env` is not a valid whole number"),
    (("add", "x", *TAGGED, "--time-limit", "3d"), 3, "at most an hour"),
    (("add", "x", *TAGGED, "--limit", "0"), 2, "--limit"),
    (("add", "x"), 2, "needs its query"),
    (("add", "x", *TAGGED, "--file", "y.sql"), 2, "both give the query"),
    (("add", "x", "--file", "/no/such.sql"), 5, "no file"),
    (("run",), 2, "which report?"),
    (("run", "x", "--sql", "SELECT 1"), 2, "which report?"),
    (("run", "nosuch"), 5, "no report `nosuch`"),
    (("run", "not-sen"), 5, "did you mean `not-seen`"),
    (("run", "not-seen", "--param", "sinc=1d"), 3, "did you mean `since`"),
    (("run", "not-seen", "--param", "since=soon"), 3, "30d (so long ago)"),
    (("run", "not-seen", "--parameter", "x=1"), 2, "--param x=1"),
    (("run", "not-seen", "--limit", "3", "--no-limit"), 2, "contradict"),
    (("run", "os-by-site", "-o", "name"), 3, "no column `name`"),
    (("run", "os-by-site", "--fields", "sit"), 3, "did you mean `site`"),
    (("run", "os-by-site", "--out", "/"), 2, "is a folder"),
    (("views", "v_tagg"), 3, "did you mean `v_tag`"),
    (("set", "nosuch", "--limit", "3"), 5, "no report"),
]  # fmt: skip


def test_what_is_refused(run: Run) -> None:
    for argv, code, said in REFUSED:
        result = run("report", *argv)
        assert (result.code, said in result.err, result.out) == (code, True, ""), (argv, result.err)


def test_every_form_of_output(report: Run, tmp_path: Path) -> None:
    argv = ("run", "run-problems", "--param", "run=R-1", "--fields", "name,state,message,ended_at")
    assert report(*argv).out == (
        "bob\tfailed\t\x1b[31m=bad\t2026-01-03T09:00:00.000000Z\n"
        "dan\tunreachable\t\t2026-01-03T09:00:00.000000Z\n"
    )  # fmt: skip
    assert [row["name"] for row in report(*argv, "-o", "ndjson").lines] == ["bob", "dan"]
    assert report(*argv, "-o", "json").json[1]["message"] is None
    assert report(*argv, "-o", "yaml").out.startswith("- name: bob\n  state: failed\n")
    assert report(*argv, "-o", "csv").out.splitlines()[0] == "name,state,message,ended_at"
    assert report("run", "run-problems", "--param", "run=R-1", "-o", "name").out == "bob\ndan\n"
    for suffix, begin in (
        ("csv", "name,state"),
        ("json", "[\n"),
        ("ndjson", "{"),
        ("tsv", "bob\t"),
        ("yaml", "- name"),
    ):
        path = tmp_path / f"out.{suffix}"
        done = report(*argv, "--out", str(path))
        assert (done.out, done.err) == ("", f"{path}: written\n")
        assert path.read_text().startswith(begin)
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_table_on_a_terminal(report: Run) -> None:
    shown = report("run", "run-problems", "--param", "run=R-1", terminal=True, env={"COLUMNS": "80"})
    lines = shown.out.splitlines()
    assert all(len(line) <= 80 for line in lines if "\x1b" not in line)
    assert "\x1b[31m=bad" not in shown.out, "text from a computer paints no terminal"
    assert shown.err == "next: itmsctl run logs R-1 bob\n"
    cut = report("run", "not-seen", "--param", "since=1d", "--limit", "2", terminal=True)
    assert cut.err.splitlines()[-1] == (
        "these are the first 2 rows, and there are more: "
        "itmsctl report run not-seen --param since=1d --no-limit"
    )  # fmt: skip
    assert report("run", "expired", "--param", "since=1h", terminal=True).err == "nothing found\n"


def test_rows_say_where_they_lead(report: Run) -> None:
    rows = report("run", "collections", "--drilldown", "-o", "json").json
    assert rows[0]["drilldown"] == "itmsctl report run members --param collection=linux"
    assert "drilldown" not in report("run", "collections", "-o", "json").json[0]


def test_a_query_that_is_typed_at_once(report: Run) -> None:
    sql = "SELECT name FROM v_computer WHERE os_family = :f ORDER BY name"
    typed = ("run", "--sql", sql, "--parameter", "f=linux")
    assert report(*typed).out == "ada\nbob\ndan\n"
    assert report(*typed, "--param", "f=windows").out == "cyd\n"
    assert report(*typed, "--limit", "1").err == "these are the first 1 rows, and there are more: --no-limit\n"


SILENT = """-- Who is silent.
-- parameter: since:time=7d
SELECT name
  -- inside: a 'quote'
FROM v_computer
WHERE last_seen < :since
ORDER BY name
"""


def test_a_report_from_a_file_comes_back_from_an_export(report: Run, ok: Run, run: Run, tmp_path: Path) -> None:
    file, document = tmp_path / "silent.sql", tmp_path / "reports.yaml"
    file.write_text(SILENT)
    report("add", "silent", "--file", str(file), "--limit", "7")
    before = report("show", "silent").json
    assert before["sql"].splitlines()[1] == "  -- inside: a 'quote'"
    assert (before["description"], before["limit"]) == ("Who is silent.", 7)
    assert report("run", "--file", str(file), "-o", "name").out == "bob\ncyd\n"
    document.write_text(ok("export", "report").out)
    assert "shipped" not in document.read_text()
    report("remove", "silent")
    ok("apply", "-f", str(document))
    after = report("show", "silent").json
    assert {k: v for k, v in after.items() if k not in {"id", "revision"}} == {
        k: v for k, v in before.items() if k not in {"id", "revision"}
    }
    assert ok("export", "report").out == document.read_text()
    document.write_text(document.read_text().replace("v_computer", "v_computr"))
    refused = run("apply", "-f", str(document))
    assert (refused.code, "did you mean `v_computer`" in refused.err) == (3, True), refused.err


def test_views_are_explained(report: Run) -> None:
    names = [row["name"] for row in report("views", "-o", "json").json]
    assert "v_computer" in names
    assert "v_computer_site" not in names, "that is the program's own"
    columns = {row["name"]: row["type"] for row in report("views", "v_computer", "-o", "json").json}
    assert columns["last_seen"] == "time"
    assert json.loads(report("views", "v_tag", "-o", "json").out)[2]["help"] == "the tag"
