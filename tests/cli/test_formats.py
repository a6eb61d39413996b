"""One declaration of columns gives every form of output; data on stdout, the rest on stderr."""

from __future__ import annotations

import csv
import io
import json

import pytest
import yaml

from itmsctl.cli.output import cell_text
from tests.conftest import Run

FIELDS = "name,region,description"
ROME = {"name": "rome", "region": "Lazio", "description": 'old, and "hilly"\nand sunny'}


@pytest.fixture
def two(ok: Run) -> Run:
    ok("site", "add", "rome", "--region", ROME["region"], "--description", ROME["description"])
    ok("site", "add", "oslo")
    return ok


def test_json_is_an_array_of_whole_objects(two: Run) -> None:
    rows = two("site", "list", "-o", "json").json
    assert [row["name"] for row in rows] == ["oslo", "rome"]
    assert {"id", "name", "revision"} <= rows[0].keys()
    assert rows[1] | ROME == rows[1]


def test_ndjson_is_one_object_a_line(two: Run) -> None:
    result = two("site", "list", "-o", "ndjson")
    assert result.lines == two("site", "list", "-o", "json").json


def test_every_form_holds_the_same_object(two: Run) -> None:
    def asked(form: str) -> str:
        return two("site", "list", "--fields", FIELDS, "-o", form).out

    oslo = {"name": "oslo", "region": None, "description": None}
    assert json.loads(asked("json")) == [oslo, ROME]
    assert [json.loads(line) for line in asked("ndjson").splitlines()] == [oslo, ROME]
    assert yaml.safe_load(asked("yaml")) in ([oslo, ROME], None) or list(yaml.safe_load_all(asked("yaml"))) == [
        oslo,
        ROME,
    ]
    assert list(csv.DictReader(io.StringIO(asked("csv"), newline="")))[1] == ROME
    assert asked("name") == "oslo\nrome\n"
    tabs = asked("tsv").splitlines()
    assert len(tabs) == 2, "a newline inside a value does not break a TSV line"
    assert tabs[0] == "oslo\t\t"
    assert tabs[1].startswith("rome\tLazio\t")


@pytest.mark.parametrize("terminal", [True, False])
def test_the_default_form_depends_on_where_it_goes(two: Run, terminal: bool) -> None:
    lines = two("site", "list", terminal=terminal).out.splitlines()
    assert ("NAME" in lines[0]) == terminal
    assert ("\t" in lines[-1]) == (not terminal)


def test_a_table_has_a_header_unless_asked(two: Run) -> None:
    assert two("site", "list", "-o", "table").out.splitlines()[0].split()[:2] == ["NAME", "DESCRIPTION"]
    assert two("site", "list", "-o", "table", "--no-headers").out.startswith("oslo")
    assert two("site", "list", "-o", "csv").out.startswith("name,")
    assert two("site", "list", "-o", "csv", "--no-headers").out.startswith("oslo,")


def test_wide_shows_what_table_leaves_out(two: Run) -> None:
    assert "REVISION" not in two("site", "list", "-o", "table").out
    assert "REVISION" in two("site", "list", "-o", "wide").out


def test_an_empty_list_is_nothing_and_no_failure(ok: Run) -> None:
    assert ok("site", "list", "-o", "json").out == "[]\n"
    for form in ("ndjson", "tsv", "name", "table", "wide"):
        assert ok("site", "list", "-o", form).out == "", form


def test_show_gives_one_object(two: Run) -> None:
    assert two("site", "show", "rome", "-o", "json").json | ROME == two("site", "show", "rome").json
    assert yaml.safe_load(two("site", "show", "rome", "-o", "yaml").out)["region"] == "Lazio"


def test_bare_fields_lists_them(run: Run) -> None:
    result = run("site", "list", "--fields")
    assert (result.code, result.err) == (0, "")
    assert {"id", "name", "revision", "region"} <= set(result.out.split())


def test_an_unknown_field_is_named_with_the_one_that_was_meant(two: Run, run: Run) -> None:
    result = run("site", "list", "--fields", "name,regoin")
    assert result.code == 3
    assert "did you mean `region`?" in result.err
    assert run("site", "list", "--sort", "regoin").code == 3


def test_sort_and_limit(two: Run) -> None:
    assert two("site", "list", "-o", "name", "--sort", "-name").out == "rome\noslo\n"
    assert two("site", "list", "-o", "name", "--limit", "1").out == "oslo\n"
    assert two("site", "list", "-o", "name", "--limit", "0").out == ""


def test_an_unknown_form_is_wrong_usage(run: Run) -> None:
    result = run("site", "list", "-o", "xml")
    assert (result.code, "ndjson" in result.err) == (2, True)


def test_twenty_columns_cut_nothing(ok: Run) -> None:
    words = "a description that is far longer than twenty columns"
    ok("site", "add", "rome", "--description", words)
    shown = ok("site", "list", "--fields", "description", "-o", "table", terminal=True, env={"COLUMNS": "20"}).out
    lines = shown.splitlines()[1:]
    assert "".join("".join(lines).split()) == words.replace(" ", "")
    assert max(len(line) for line in lines) <= 20


def test_a_form_that_was_asked_for_is_given_by_writes_too(ok: Run) -> None:
    made = ok("site", "add", "rome", "-o", "json").json
    assert (made["action"], made["name"]) == ("created", "rome")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (["a", "b"], "a; b"), (["path=path", "[limit=size]"], "path=path; [limit=size]"), ([], ""),
        ({"k": "v", "l": ""}, "k=v; l="), (["x; rm -rf ~", "y"], '["x; rm -rf ~", "y"]'), (["a;b"], '["a;b"]'),
        ({"k": "a;b"}, '{"k": "a;b"}'), ("a;b", "a;b"), (["[x", "{y"], "[x; {y"), ((1, True), "1; true"),
    ],
)  # fmt: skip
def test_a_list_in_a_table_shows_where_its_members_end(value: object, said: str) -> None:
    assert cell_text(value) == said
