"""The `site` group as a user meets it, on both databases."""

from __future__ import annotations

import pytest

from tests.conftest import Run


def test_add_is_idempotent_by_name(run: Run) -> None:
    assert run("site", "add", "rome", "--region", "Lazio").err == "rome: created\n"
    again = run("site", "add", "ROME", "--region", "Lazio")
    assert (again.code, again.err) == (0, "rome: unchanged\n")
    other = run("site", "add", "rome", "--region", "Umbria")
    assert other.code == 6
    assert "region is `Lazio`, not `Umbria`" in other.err


def test_list_show_set_remove(run: Run, ok: Run) -> None:
    ok("site", "add", "oslo")
    ok("site", "add", "rome", "--description", "the old one")
    assert [row["name"] for row in ok("site", "list", "-o", "json").json] == ["oslo", "rome"]
    assert ok("site", "set", "rome", "--rename", "roma", "--unset", "description").err == "roma: updated\n"
    shown = ok("site", "show", "roma").json
    assert (shown["name"], shown["description"], shown["revision"]) == ("roma", None, 2)
    assert run("site", "remove", "roma").code == 2
    assert run("site", "remove", "roma", "--confirm", "rome").code == 9
    assert ok("site", "remove", "roma", "--confirm", "roma").err == "roma: removed\n"
    assert ok("site", "list", "-o", "name").out == "oslo\n"


def test_dry_run_writes_nothing(ok: Run) -> None:
    assert "dry run" in ok("site", "add", "rome", "--dry-run").err
    assert ok("site", "list", "-o", "json").json == []


def test_typo_is_answered(run: Run, ok: Run) -> None:
    ok("site", "add", "rome")
    result = run("site", "show", "rom")
    assert (result.code, "did you mean `rome`?" in result.err) == (5, True)
    assert run("site", "lsit").code == 2


@pytest.mark.parametrize("hostile", ["ok\x1b[2J", "a\u202eb", "", "  ", "-rf", "x" * 256])
def test_hostile_names_are_refused(run: Run, hostile: str) -> None:
    assert run("site", "add", "--", hostile).code == 3


def test_markup_is_data(ok: Run) -> None:
    ok("site", "add", "[/x] :smile:")
    assert "[/x] :smile:" in ok("site", "list", terminal=True).out


def test_idempotency_key_runs_once(ok: Run) -> None:
    ok("site", "add", "rome", "--idempotency-key", "k1")
    again = ok("site", "add", "paris", "--idempotency-key", "k1")
    assert "already done" in again.err
    assert ok("site", "list", "-o", "name").out == "rome\n"
