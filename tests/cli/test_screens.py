"""What people see of tables: their own time, no blanks at the end of lines, nothing cut, and colours that are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cli import style
from tests.conftest import FrozenClock, Run
from tests.house import sources
from tests.house.test_registries import every_command

NEW_YORK = {"TZ": "America/New_York"}
PLAIN = {"NO_COLOR": "1"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
ONE_NOTATION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
LONG = "a description of the second rack in the first hall, behind the door on the left"
# What a verb that reads asks for beside its name; nothing where it is not here.
NAMED = {
    "agent-settings show": ("a",),
    "audit show": ("1",),
    "computer show": ("pc1",),
    "delivery explain": ("d",),
    "delivery show": ("d",),
    "filter members": ("f",),
    "filter show": ("f",),
    "group members": ("g",),
    "group show": ("g",),
    "history": ("computer", "pc1"),
    "host-key show": ("pc1",),
    "job show": ("j",),
    "metering-policy explain": ("m",),
    "metering-policy show": ("m",),
    "package revisions": ("nano",),
    "package servers": ("nano",),
    "package show": ("nano",),
    "policy explain": ("p",),
    "policy show": ("p",),
    "replication-rule explain": ("r",),
    "registration-rule show": ("r",),
    "replication-rule show": ("r",),
    "run show": ("R-1",),
    "schedule explain": ("s",),
    "schedule show": ("s",),
    "site show": ("rome",),
    "software plan": ("editor",),
    "software show": ("editor",),
    "software status": ("editor",),
    "software test": ("package nano", "pc1"),
    "target members": ("t",),
    "target show": ("t",),
    "task show": ("look",),
    "view show": ("v",),
    "window explain": ("--computer", "pc1"),
    "window show": ("w",),
}
READING = {"list", "status", "show", "members", "explain"}


@pytest.fixture
def estate(ok: Run, run: Run, clock: FrozenClock) -> Run:
    """Fill a database with something of most nouns, among it things that have happened."""
    for words in (
        ("site", "add", "rome", "--description", LONG),
        ("computer", "add", "pc1", "--description", LONG, "--tag", "env=prod", "--serial", "CZC-1234567"),
        ("view", "add", "v"),
        ("group", "add", "g", "--view", "v", "--member", "pc1"),
        ("filter", "add", "f", "--where", "name = 'pc1'"),
        ("target", "add", "t", "--filter", "f"),
        ("schedule", "add", "s", "--daily", "02:00"),
        ("window", "add", "w", "--type", "maintenance", "--daily", "02:00", "--duration", "2h", "--target", "t"),
        ("task", "add", "look", "--command", "true"),
        ("job", "add", "j", "--step", "look"),
        ("policy", "add", "p", "--task", "look", "--target", "t", "--schedule", "s", "--transport", "local"),
        ("policy", "run", "p"),
        (
            "metering-policy",
            "add",
            "m",
            "--file",
            "firefox*",
            "--target",
            "t",
            "--schedule",
            "s",
            "--transport",
            "local",
        ),
        ("replication-rule", "add", "r", "--direction", "down", "--kind", "items", "--schedule", "s"),
        ("agent-settings", "add", "a", "--folder", "/srv/policy", "--inbox", "/srv/inbox", "--target", "t"),
        ("registration-rule", "add", "r", "--action", "queue", "--where", "known"),
        ("package-key", "make", "packages"),
        ("package", "add", "nano"),
        ("software", "add", "editor", "--package", "nano", "--detect", "package nano"),
        ("delivery", "add", "d", "--software", "editor", "--target", "t", "--schedule", "s", "--transport", "local"),
        ("db", "backup"),
    ):
        ok(*words)
    clock.forward(days=1)
    run("schedule", "tick")
    return ok


def readings() -> Iterator[tuple[str, ...]]:
    for path, command in every_command():
        verb = " ".join(path)
        needs = [p for p in command.params if p.required]
        if verb in NAMED or (path[-1] in READING and not needs):
            yield (*path, *NAMED.get(verb, ()))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def test_every_verb_that_is_named_here_is_there() -> None:
    assert set(NAMED) <= {" ".join(path) for path, _ in every_command()}
    assert len(list(readings())) > 40


def test_times_are_those_of_the_reader_in_every_table_and_of_one_notation_elsewhere(estate: Run, run: Run) -> None:
    told = set()
    for words in readings():
        seen = run(*words, "-o", "table", terminal=True, env=NEW_YORK | {"COLUMNS": "200"})
        assert MOMENT.search(seen.out) is None, (words, seen.out)
        if re.search(r"2026-01-0\d \d\d:\d\d E[SD]T", seen.out):
            told.add(words[:2])
        data = run(*words, "-o", "json", env=NEW_YORK)
        odd = [text for text in texts(data.json) if MOMENT.fullmatch(text) and not ONE_NOTATION.fullmatch(text)]
        assert odd == [], words
    assert {("run", "list"), ("audit", "list"), ("policy", "list"), ("policy", "show"), ("db", "status")} <= told
    assert {("history", "computer"), ("schedule", "list"), ("window", "explain")} & told


def test_every_row_has_a_name_that_the_next_command_reads(estate: Run, run: Run) -> None:
    for words in readings():
        told, data = run(*words, "-o", "name"), run(*words, "-o", "json").json
        assert told.code in {0, 20}, (words, told.err)
        lines = told.out.splitlines()
        assert len(lines) == (len(data) if isinstance(data, list) else 1), words
        assert [line for line in lines if not line.strip() or line == "None"] == [], words


def test_wide_and_files_hold_utc(estate: Run) -> None:
    wide = {"terminal": True, "env": NEW_YORK}
    for shown in (estate("run", "list", "-o", "wide", **wide), estate("run", "list", "-o", "table", env=NEW_YORK)):
        assert "2026-01-05T09:00:00Z" in shown.out
    (policy,) = estate("policy", "list", "-o", "json").json
    assert (policy["last"], policy["last_due"]) == (
        "2026-01-06T02:00:00.000000Z skipped",
        "2026-01-06T02:00:00.000000Z",
    )


@pytest.mark.parametrize("columns", [80, 200])
def test_no_table_is_wider_than_the_terminal_or_ends_in_blanks(estate: Run, run: Run, columns: int) -> None:
    for words in readings():
        seen = run(*words, "-o", "table", terminal=True, env=PLAIN | {"COLUMNS": str(columns)}).out
        assert [line for line in seen.splitlines() if len(line) > columns or line != line.rstrip()] == [], words
        piped = run(*words, "-o", "table").out
        assert [line for line in piped.splitlines() if line != line.rstrip()] == [], words


def test_wide_and_pipes_keep_each_object_on_its_line(estate: Run) -> None:
    for options in ({"terminal": True, "env": PLAIN | {"COLUMNS": "40"}}, {}):
        head, row = estate("computer", "list", "-o", "wide", **options).out.splitlines()
        guid = estate("computer", "show", "pc1").json["id"]
        assert "MANAGEMENT ADDRESS" in head
        assert all(text in row for text in (LONG, guid, "CZC-1234567", "env=prod"))


def test_headers_are_whole_and_what_is_left_out_is_told(estate: Run) -> None:
    shown = estate("run", "list", terminal=True, env=PLAIN | {"COLUMNS": "60"})
    head = shown.out.splitlines()[0].split()
    assert head[:3] == ["NAME", "TASK", "STATE"]
    left = re.fullmatch(r"no room for ([A-Z, ]+): -o wide shows all\n", shown.err)
    assert left is not None
    whole = estate("run", "list", "-o", "table").out.splitlines()[0].split()
    assert set(head) < set(whole)
    asked = estate(
        "run", "list", "--fields", "name,unreachable,created_at", terminal=True, env=PLAIN | {"COLUMNS": "20"}
    )
    assert (asked.out.splitlines()[0].split(), asked.err) == (["NAME", "UNREACHABLE", "CREATED", "AT"], "")


def test_every_colour_is_read_on_white_and_on_black() -> None:
    """A column takes its colours from `cli.style`, where none is yellow (lost on white) or blue (lost on black)."""
    names = re.compile(r"[\"'](?:bold |dim )*(?:bright_)?(black|white|yellow|blue|green|red|cyan|magenta)[\"']")
    found = [p for p in sources() if p.name == "columns.py" and names.search(p.read_text(encoding="utf-8"))]
    assert found == []
    assert {style.GOOD, style.BAD, style.ODD, style.BUSY} == {"green", "red", "magenta", "cyan"}


def test_a_person_is_shown_what_apply_changes_and_told_how_many_stayed(ok: Run, tmp_path: Path) -> None:
    estate = tmp_path / "estate.yaml"
    estate.write_text("kind: site\nname: rome\n---\nkind: site\nname: oslo\n", encoding="utf-8")
    ok("site", "add", "oslo")
    first = ok("apply", "-f", str(estate), terminal=True, env=PLAIN)
    assert (first.out.count("site/"), "site/rome  created" in first.out, "1 unchanged" in first.err) == (1, True, True)
    again = ok("apply", "-f", str(estate), terminal=True, env=PLAIN)
    assert (again.out, "2 unchanged" in again.err) == ("", True)
    assert ok("apply", "-f", str(estate), "-v", terminal=True, env=PLAIN).out.count("unchanged") == 2
    assert len(ok("apply", "-f", str(estate), "-o", "json").json) == 2
