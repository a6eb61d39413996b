"""What `hierarchy status` says of links: verdicts by a table, and what a refused run leaves in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from itmsctl.replication.standing import DISABLED, FAIL, OK, WARN, LinkStanding, TroubleSaid
from tests.conftest import FrozenClock, Run

AT = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = LinkStanding("rome", "sends", "configuration-down", "joined", AT, missed=0)
REFUSED = TroubleSaid("it was refused [REPL-NOT-OWNER]", 14, 1, AT, AT)
UNHEARD = TroubleSaid("nobody answers [SSH]", 8, 3, AT, AT)


@pytest.mark.parametrize(
    ("change", "verdict", "why"),
    [
        ({}, OK, ""),
        ({"missed": None}, OK, ""),
        ({"missed": 11}, OK, ""),
        ({"missed": 12}, WARN, "12 cycles were missed"),
        ({"missed": 23}, WARN, "23 cycles were missed"),
        ({"missed": 24}, FAIL, "24 cycles were missed"),
        ({"trouble": REFUSED}, FAIL, "the last run failed: it was refused [REPL-NOT-OWNER]"),
        ({"trouble": UNHEARD}, WARN, "the last run failed (3 times): nobody answers [SSH]"),
        ({"trouble": UNHEARD, "missed": 30}, FAIL, "nobody answers [SSH]; 30 cycles were missed"),
        ({"state": "suspended"}, FAIL, "the link is suspended"),
        ({"state": DISABLED, "missed": 99, "trouble": REFUSED}, OK, "the rule is disabled"),
        ({"differing": 2}, WARN, "verification found differences in 2 parts"),
        ({"refused": 1}, WARN, "1 object refused in the last run"),
        ({"skew_s": -301.0}, WARN, "its clock differs by -301 s"),
        ({"skew_s": 299.0}, OK, ""),
    ],
)
def test_verdicts(change: dict[str, Any], verdict: str, why: str) -> None:
    found = replace(GOOD, **change).judged()
    assert found[0] == verdict
    assert why in found[1]


def _rows(run: Run, *words: str, code: int = 0) -> dict[tuple[str, str], dict[str, Any]]:
    result = run(*words, "hierarchy", "status", "-o", "json")
    assert result.code == code, result.err or result.out
    return {(row["way"], row["rule"]): row for row in result.json}


def test_a_run_that_failed_is_told_until_it_goes_again(ok: Run, run: Run, tmp_path: Path, clock: FrozenClock) -> None:
    rome = str(tmp_path / "rome.sqlite")
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "rome", "--db", rome)
    rows = _rows(run)
    assert rows["sends", "configuration-down"]["last"] is None  # not sent yet, and told all the same
    ok("replication", "run")
    Path(rome).rename(tmp_path / "away")
    failed = run("replication", "run", "-o", "json")
    assert failed.code != 0
    clock.forward(days=1)
    assert run("replication", "run").code == failed.code
    row = _rows(run, code=20)["sends", "configuration-down"]
    assert (row["verdict"], row["failures"]) == ("fail", 2)  # a database that is gone is no matter of time
    assert failed.json[0]["why"].rpartition("[")[2] in row["failure"]
    assert row["failed_since"] < row["failed_at"]
    clock.forward(days=12)
    assert (_rows(run, code=20)["sends", "configuration-down"]["missed"]) == 13
    clock.forward(days=12)
    assert _rows(run, code=20)["sends", "configuration-down"]["verdict"] == "fail"
    (tmp_path / "away").rename(rome)
    ok("replication", "run")
    row = _rows(run)["sends", "configuration-down"]
    assert (row["verdict"], row["failure"], row["failures"], row["missed"]) == ("ok", "", 0, 0)
