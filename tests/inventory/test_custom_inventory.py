"""Classes that administrators add and say how they are fed: read over SSH as those of the program are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.cmdb.store import Store
from itmsctl.errors import FileFormatError
from itmsctl.inventory.custom_output import MOST_ROWS, CustomOutputError, rows_of
from itmsctl.inventory.definition import FORMATS
from itmsctl.inventory.packed import packed, unpacked
from itmsctl.inventory.service import gathering
from itmsctl.inventory.service.classes import read_class
from tests.conftest import FrozenClock, Result, Run

CLASS = """\
name: {name}
help: "A class."
rows: many
key: [name]
filter: [name, value]
systems: [linux, aix]
columns:
  name: {{type: text, help: "Name."}}
  value: {{type: int, help: "Value."}}
{read}
"""


def defined(read: str, name: str = "things") -> str:
    return CLASS.format(name=name, read=read)


@pytest.mark.parametrize(
    ("form", "text", "rows"),
    [
        ("json", '{"name": "a", "value": 1}', [{"name": "a", "value": 1}]),
        ("json", '[{"Name": "a", "value": ""}, {"name": "b"}]', [{"name": "a"}, {"name": "b"}]),
        ("json", '{"name": "a"}\n{"name": "b"}\n', [{"name": "a"}, {"name": "b"}]),
        ("json", " \n", []),
        ("csv", "name,value\na,1\n\nb,2\n", [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]),
        ("csv", "name;value\r\n\"a;b\";1,5\r\n", [{"name": "a;b", "value": "1,5"}]),
        ("csv", "name\tvalue\na b\t1\n", [{"name": "a b", "value": "1"}]),
        ("csv", "name\tvalue\tother\na\t\t1\n", [{"name": "a", "other": "1"}]),
        ("csv", "name\nonly\n", [{"name": "only"}]),
        ("csv", "name,value\na\nb,1,more\n", [{"name": "a"}, {"name": "b", "value": "1"}]),
        ("csv", "", []),
        ("pairs", "name: a\nvalue = 1\n\nname=b: c\n", [{"name": "a", "value": "1"}, {"name": "b: c"}]),
        ("pairs", "nothing\n\n\n", []),
    ],
)  # fmt: skip
def test_what_a_command_may_print(form: str, text: str, rows: list[Any]) -> None:
    assert rows_of(form, text) == rows


@pytest.mark.parametrize(
    ("form", "text", "why"),
    [
        ("json", "[1]", "no object"),
        ("json", '{"name": "a"}\nnothing', "line 2 is no JSON"),
        ("json", "[" * 100_000, "JSON|deep"),
        ("csv", "name\n" + "a\n" * (MOST_ROWS + 1), "more than 20000 rows"),
    ],
)
def test_what_is_not_of_its_form_says_so(form: str, text: str, why: str) -> None:
    with pytest.raises(CustomOutputError, match=why):
        rows_of(form, text)


@given(st.sampled_from(FORMATS), st.text())
def test_no_text_breaks_it(form: str, text: str) -> None:
    try:
        rows = rows_of(form, text)
    except CustomOutputError:
        return
    assert all(isinstance(row, dict) for row in rows)


@pytest.mark.parametrize(
    ("read", "place", "said"),
    [
        ("read: lsscsi", "10:7", "`read` is a map"),
        ("read: {format: json}", "10:7", "`command` or from a `file`"),
        ("read: {command: a, file: /b, format: json}", "10:7", "one of them"),
        ("read: {command: a, format: xml}", "10:28", "json"),
        ("read: {command: a}", "10:7", "`format` is missing"),
        ("read: {file: 'b c', format: csv}", "10:14", "whole path"),
        ("read: {file: '/b;reboot', format: csv}", "10:14", "whole path"),
        ("read: {command: a, format: csv, shell: bash}", "10:33", "not a key"),
        ("read: {command: a, format: csv, systems: [windows]}", "10:43", "windows"),
        ("read: {command: a, format: csv, systems: [solaris]}", "10:43", "solaris"),
        ("read: {command: a, format: csv, timeout: 1d}", "10:42", "10 minutes"),
        ("read: {command: a, format: csv, timeout: soon}", "10:42", "not a duration"),
        ("read:\n  - {command: a, format: csv}\n  - {command: '', format: csv}", "12:15", "not a text"),
    ],
)
def test_a_definition_that_cannot_be_read_is_refused_with_its_place(read: str, place: str, said: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        read_class(defined(read).encode(), "c.yaml")
    told = f"{caught.value.message} {caught.value.hint} {caught.value.why}"
    assert f"c.yaml:{place}" in told
    assert said in told


def test_what_feeds_a_class_is_kept_with_it() -> None:
    read = "read:\n  - {command: a, format: csv}\n  - {file: /b*, format: json, systems: [aix]}"
    one = read_class(defined(read).encode(), "c")
    assert [(feed.systems, feed.command, feed.file, feed.limit_s) for feed in one.feeds] == [
        (("linux", "aix"), "a", "", 60.0), (("aix",), "", "/b*", 60.0),
    ]  # fmt: skip
    assert unpacked(one.name, json.loads(json.dumps(packed(one)))) == one


@pytest.fixture
def pc(ok: Run, local: Callable[..., None], tmp_path: Path) -> Callable[..., None]:
    """One computer, which is this machine; gives a function that adds classes by what feeds them."""
    local("pc1")

    def add(**classes: str) -> None:
        for name, read in classes.items():
            file = tmp_path / f"{name}.yaml"
            file.write_text(defined(read, name))
            ok("data-class", "add", "-f", str(file))

    return add


@pytest.fixture(params=["python", "sh"])
def read_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Read by the computer's Python, and by its shell where it has none."""
    if request.param == "sh":
        monkeypatch.setattr(gathering, "_PYTHONS", ("no-such-python",))
    return str(request.param)


def gathered(run: Run, *argv: str) -> Result:
    done = run("inventory", "run", "--all", "--transport", "local", *argv, "-o", "ndjson")
    assert done.code == 0, done.out + done.err
    return done


def rows(ok: Run, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok("computer", "show", "pc1", "--class", name, "-o", "json").json["rows"]
    return found


def test_each_is_read_and_fails_alone(
    run: Run, ok: Run, pc: Callable[..., None], read_by: str, tmp_path: Path, clock: FrozenClock, store: Store
) -> None:
    told = tmp_path / "told.csv"
    told.write_text("name,value\na,1\nb,2\n")
    pc(
        of_file=f"read: {{file: {told}, format: csv}}",
        of_command="read: {command: \"echo 'name: it''s \\\"x\\\"'; echo value=7; pwd >&2\", format: pairs}",
        failing="read: {command: 'echo name; echo a; exit 3', format: csv}",
        hanging="read: {command: 'sleep 60', format: csv, timeout: 1s}",
        flooding="read: {command: 'yes name', format: csv}",
        misformed="read: {command: 'echo no', format: json}",
        elsewhere="read: {command: 'echo name', format: csv, systems: [aix]}",
        imported="",
    )
    said = gathered(run, "--collect", "custom", "--class", "swap").lines[0]["stdout"]
    assert rows(ok, "of_file") == [{"name": "a", "value": 1}, {"name": "b", "value": 2}]
    assert rows(ok, "of_command") == [{"name": 'its "x"', "value": 7}]
    assert "unread: failing: sh: exit 3" in said
    assert "unread: hanging: sh: time limit of 1 s" in said
    assert "unread: flooding: sh: more than 2 MiB of output" in said
    assert "unread: elsewhere: " in said
    assert "imported" not in said, "nothing feeds it"
    assert "swap" in said
    assert "unread: misformed: what it tells is not json: line 1 is no JSON" in said
    clock.forward(hours=1)
    told.write_text("name,value\nb,3\nc,4\n")
    again = gathered(run, "--class", "of-file", "--class", "of_command").lines[0]
    assert again["message"] == ("1 delta, 1 same" if read_by == "python" else "2 whole")
    assert rows(ok, "of_file") == [{"name": "b", "value": 3}, {"name": "c", "value": 4}]
    with store.read() as reader:
        assert reader.scalar(sa.text("SELECT count(*) FROM inventory_closed")) == 2
    assert ok("computer", "list", "--where", "of_file(value > 3)", "-o", "name").out == "pc1\n"


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ('{"name": "b"}\nSegmentation fault\n', "what it tells is not json: line 2 is no JSON"),
        ("[1]", "what it tells is not json: it is no object of JSON, and no list of them"),
        (json.dumps([{"name": str(n)} for n in range(MOST_ROWS + 1)]), f"it has more than {MOST_ROWS} rows"),
    ],
)
def test_what_is_not_of_its_form_leaves_what_was_known(
    run: Run, ok: Run, pc: Callable[..., None], read_by: str, tmp_path: Path, clock: FrozenClock, spoilt: str, why: str
) -> None:
    """The shell edition sends what was printed: a text that makes no rows is no class without rows."""
    told, more = tmp_path / "1.json", tmp_path / "2.json"
    told.write_text('[{"name": "a", "value": 1}]')
    pc(
        of_command=f"read: {{command: cat {told}, format: json}}",
        of_files=f"read: {{file: {tmp_path}/*.json, format: json}}",
    )
    gathered(run, "--collect", "custom")
    before = {name: rows(ok, name) for name in ("of_command", "of_files")}
    assert list(before.values()) == [[{"name": "a", "value": 1}]] * 2
    clock.forward(hours=1)
    told.write_text(spoilt)
    more.write_text('{"name": "well formed"}')
    said = gathered(run, "--collect", "custom", "--class", "swap").lines[0]["stdout"]
    assert {name: rows(ok, name) for name in before} == before, read_by
    assert [f"unread: {name}: {why}" in said for name in before] == [True, True]
    assert "swap" in said
    told.write_text("")
    gathered(run, "--class", "of_command")
    assert rows(ok, "of_command") == [], "nothing printed is a class without rows"


def test_the_priority_is_that_of_what_it_starts(run: Run, ok: Run, pc: Callable[..., None], read_by: str) -> None:
    """INV-34: `nice` and `ionice`; where neither is given, 10 and the lowest of the usual class."""
    command = "echo name; nice; ionice 2>/dev/null || echo none"
    pc(priority=f"read: {{command: '{command}', format: csv}}")
    gathered(run, "--class", "priority", "--nice", "15")
    assert {row["name"] for row in rows(ok, "priority")} == {"15", "best-effort: prio 7"}, read_by


def test_names_of_them_are_known_to_runs_tasks_and_policies(run: Run, ok: Run, pc: Callable[..., None]) -> None:
    pc(things="read: {command: 'echo name; echo a', format: csv}")
    assert "data-class list" in run("inventory", "run", "--all", "--class", "thingz", "--transport", "local").err
    wrong = run("task", "add", "look", "--kind", "inventory", "--arg", "classes=things")
    assert (wrong.code, "custom:things" in wrong.err) == (3, True)
    ok("task", "add", "look", "--kind", "inventory", "--arg", "classes=custom:things")
    assert run("task", "run", "look", "--all", "--transport", "local").lines[0]["message"] == "1 whole"
    ok("inventory-policy", "add", "mine", "--collect", "things", "--collect", "swap", "--transport", "local")
    ok("inventory-policy", "add", "ours", "--collect", "custom", "--mode", "delta", "--transport", "local")
    wanted = {"mine": "custom:things\nswap\n", "ours": None}
    from itmsctl.inventory.wanted import arguments_of

    for name, classes in wanted.items():
        shown = ok("inventory-policy", "show", name, "-o", "json").json
        assert arguments_of(shown).get("classes") == classes
    ok("data-class", "remove", "things", "--confirm", "things")
    gone = run("task", "run", "look", "--all", "--transport", "local").lines[0]
    assert "there is no such data class any more" in gone["stdout"] + gone["message"]
