"""`computer list --target` and `computer export --target`: who a run on the same target would touch, before it does."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run


def _names(text: str) -> list[str]:
    return text.split()


@pytest.fixture
def known(estate: Store, ok: Run) -> Store:
    """Filters over the small estate, and a target."""
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    ok("filter", "add", "prod", "--where", "tags.env = 'prod'")
    ok("target", "add", "both", "--filter", "linux", "--filter", "prod")
    return estate


TARGETS = ["linux", "both", "linux - prod", "linux & prod | filter:linux", "all - linux"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_list_shows_whom_a_run_would_touch(known: Store, ok: Run, target: str) -> None:
    listed = _names(ok("computer", "list", "--target", target, "-o", "name").out)
    run = ok(
        "task", "run", "--command", "true", "--target", target, "--transport", "local", "--dry-run", "-o", "ndjson"
    )
    touched = [line["computer"] for line in run.lines if line["type"] == "result"]
    assert listed
    assert listed == touched
    exported = csv.DictReader(io.StringIO(ok("computer", "export", "--target", target).out))
    assert [row["name"] for row in exported] == listed


def test_selectors_narrow_a_target_and_order_holds(known: Store, ok: Run) -> None:
    listed = ok(
        "computer", "list", "--target", "prod", "--where", "os_family = 'linux'", "--sort", "-name", "-o", "name"
    )
    assert _names(listed.out) == ["bob", "ada"]
    assert _names(ok("computer", "list", "cyd", "ada", "--target", "prod", "-o", "name").out) == ["ada"]
    assert _names(ok("computer", "list", "--target", "all", "--limit", "2", "-o", "name").out) == ["ada", "bob"]


def test_names_come_from_standard_input_and_files(known: Store, ok: Run, tmp_path: Path) -> None:
    assert _names(ok("computer", "list", "--target", "-", "-o", "name", stdin="dan\nada\n").out) == ["ada", "dan"]
    (tmp_path / "names").write_text("cyd\n")
    assert _names(ok("computer", "list", "--target", f"@{tmp_path}/names", "-o", "name").out) == ["cyd"]


def test_it_is_true_now_and_writes_nothing(known: Store, ok: Run) -> None:
    ok("computer", "set", "cyd", "--tag", "env=prod")
    before = ok("audit", "verify", "-o", "json").json["seq"]
    assert _names(ok("computer", "list", "--target", "both", "-o", "name").out) == ["ada", "bob", "cyd"]
    assert _names(ok("target", "members", "both", "-o", "name").out) == ["ada", "bob"], "no update has been made"
    assert ok("audit", "verify", "-o", "json").json["seq"] == before


def test_what_holds_nobody_is_an_empty_list(known: Store, ok: Run) -> None:
    assert ok("computer", "list", "--target", "all - linux - prod", "-o", "json").json == []


@pytest.mark.parametrize(("target", "code"), [("nix", 5), ("linux &", 3), ("@run:R-9:failed", 5), ("- ", 0)])
def test_what_cannot_be_read_is_said(known: Store, run: Run, target: str, code: int) -> None:
    found = run("computer", "list", "--target", target, "-o", "name")
    assert (found.code, found.out) == (code, ""), found.err


def test_the_past_has_no_targets(known: Store, run: Run) -> None:
    found = run("computer", "list", "--target", "linux", "--as-of", "1d")
    assert (found.code, "--target" in found.err) == (2, True)


def test_a_database_that_cannot_be_written_tells_what_is_stored(
    sqlite_db: str, bare_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine itself says that it may not write: as on a mount for reading alone."""
    import sqlalchemy as sa

    from itmsctl.cmdb import engine

    for argv in (["filter", "add", "linux", "--where", "os_family = 'linux'"], ["computer", "add", "eve"]):
        assert bare_run("--db", sqlite_db, *argv).code == 0
    assert bare_run("--db", sqlite_db, "computer", "set", "eve", "--os-family", "linux").code == 0
    opened = engine.open_engine

    def for_reading(*args: object, **more: object) -> sa.Engine:
        made = opened(*args, **more)  # type: ignore[arg-type]  # as it came
        sa.event.listen(made, "connect", lambda connection, _: connection.execute("PRAGMA query_only=1"))
        return made

    monkeypatch.setattr("itmsctl.cmdb.opening.open_engine", for_reading)
    found = bare_run("--db", sqlite_db, "computer", "list", "--target", "linux", "-o", "name")
    assert (found.code, found.out) == (0, "")
    assert "what `linux` rests on changed since the last update of membership" in found.err
