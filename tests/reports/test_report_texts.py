"""Reports as files, and where their rows lead: what is read, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from itmsctl.errors import FieldError, FileFormatError, InputError
from itmsctl.reports import drilldown
from itmsctl.reports.written import fields_of

HEAD = """-- Computers that are
-- silent.
-- parameter: since:time=7d
-- parameter: site
-- drilldown: computer show {name}
-- limit: 50
-- time-limit: 2m
-- owner: ops

SELECT name
-- a comment inside
FROM v_computer
"""


def test_a_file_tells_every_field() -> None:
    assert fields_of(HEAD, "x.sql") == {
        "sql": "SELECT name\n-- a comment inside\nFROM v_computer",
        "description": "Computers that are silent.",
        "parameters": {"since": "7d"},
        "parameter_types": {"since": "time", "site": "text"},
        "drilldown": "computer show {name}",
        "limit": 50,
        "time_limit_s": 120.0,
        "owner": "ops",
    }
    assert fields_of("SELECT name FROM v_tag", "x.sql")["description"] is None


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("-- only words", FileFormatError, "there is no query"),
        ("", FileFormatError, "there is no query"),
        ("-- a\n-- paramter: x\nSELECT 1", FileFormatError, "x.sql:2: `paramter` is no key"),
        ("-- limit: many\nSELECT 1", FileFormatError, "a number of rows"),
        ("-- limit: 1\n-- limit: 2\nSELECT 1", FileFormatError, "comes twice"),
        ("-- parameter: x:blob\nSELECT 1", InputError, "`blob` is not a type"),
        ("-- parameter: x:list\nSELECT 1", InputError, "`list` is not a type"),
        ("-- time-limit: soon\nSELECT 1", InputError, "not a duration"),
    ],
)
def test_files_that_are_refused(text: str, error: type[InputError], said: str) -> None:
    with pytest.raises(error) as told:
        fields_of(text, "x.sql")
    assert said in told.value.message


@pytest.mark.parametrize(
    ("template", "row", "command"),
    [
        ("computer show {name}", {"name": "a b"}, "itmsctl computer show 'a b'"),
        ("run logs {run} {name}", {"run": "R-1", "name": "x"}, "itmsctl run logs R-1 x"),
        ("report run r --param k={v}", {"v": 7}, "itmsctl report run r --param k=7"),
        ("report run r --param k={v}", {"v": "{v}"}, "itmsctl report run r --param k='{v}'"),
        ("computer show {name}", {"name": None}, None),
        ("computer show {name}", {"name": ""}, None),
        ("computer show {name}", {"name": "a\0b"}, None),
        ("report run r --param t={t}", {"t": datetime(2026, 1, 5, tzinfo=UTC)},
         "itmsctl report run r --param t=2026-01-05T00:00:00.000000Z"),
    ],
)  # fmt: skip
def test_where_a_row_leads(template: str, row: dict[str, Any], command: str | None) -> None:
    assert drilldown.command(drilldown.check(template, row), row) == command


@pytest.mark.parametrize(
    ("template", "said", "hint"),
    [
        ("computr show {name}", "`computr` is no command", "computer"),
        ("rm -rf {name}", "`rm` is no command", ""),
        ("computer list", "names no column", ""),
        ("computer show {nme}", "no column `nme`", "name"),
        ("{name}", "is no command", ""),
    ],
)
def test_leads_that_are_refused(template: str, said: str, hint: str) -> None:
    with pytest.raises(FieldError) as told:
        drilldown.check(template, ["name", "site"])
    assert said in told.value.message
    assert hint in told.value.hint
