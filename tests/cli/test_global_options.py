"""Global options stand before the group, before the verb or after it; they mean the same in all three places."""

from __future__ import annotations

import pytest

from tests.conftest import Run


@pytest.mark.parametrize(
    "argv",
    [
        ("-o", "json", "site", "list"),
        ("site", "-o", "json", "list"),
        ("site", "list", "-o", "json"),
        ("site", "list", "--json"),
        ("--json", "site", "list"),
        ("site", "list", "--output=json"),
    ],
    ids=" ".join,
)
def test_an_option_may_stand_anywhere(ok: Run, argv: tuple[str, ...]) -> None:
    ok("site", "add", "rome")
    assert [row["name"] for row in ok(*argv).json] == ["rome"]


def test_the_later_of_two_wins(ok: Run) -> None:
    ok("site", "add", "rome")
    assert ok("-o", "json", "site", "list", "-o", "name").out == "rome\n"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_quiet_leaves_data_and_errors(run: Run, place: int) -> None:
    words = ["site", "add"]
    words.insert(place, "-q")
    assert run(*words, "rome").err == ""
    assert run(*words, "rome", "--region", "x").code == 6


def test_reason_is_kept_in_the_audit(ok: Run, store: object) -> None:
    from sqlalchemy import text

    ok("--reason", "ticket 7", "site", "add", "rome")
    ok("site", "add", "oslo", "--reason", "ticket 8")
    with store.read() as reader:  # type: ignore[attr-defined]  # the fixture is a Store
        reasons = [row[0] for row in reader.connection.execute(text("SELECT reason FROM change_set ORDER BY id"))]
    assert reasons[-2:] == ["ticket 7", "ticket 8"]


def test_the_environment_gives_what_no_flag_says(bare_run: Run, db: str, tmp_path: object) -> None:
    env = {"ITMSCTL_DB": db, "ITMSCTL_OUTPUT": "json"}
    assert bare_run("site", "add", "rome", env=env).code == 0
    assert [row["name"] for row in bare_run("site", "list", env=env).json] == ["rome"]
    assert bare_run("site", "list", "-o", "name", env=env).out == "rome\n"
    assert bare_run("site", "list", "-o", "name").out == "", "the default database is another one"


def test_nothing_is_read_from_the_working_directory(
    bare_run: Run, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "here"
    folder.mkdir()
    for name in ("config.toml", "itmsctl.toml", ".itmsctl.toml", ".env"):
        (folder / name).write_text('output = "json"\nITMSCTL_OUTPUT=json\n')
    monkeypatch.chdir(folder)
    bare_run("site", "add", "rome")
    assert bare_run("site", "list").out.startswith("rome\t")


def test_a_typo_is_answered_with_the_word_that_was_meant(run: Run) -> None:
    for argv, meant in (
        (("siet", "list"), "site"),
        (("site", "lsit"), "list"),
        (("site", "list", "--outptu", "json"), "--output"),
    ):
        result = run(*argv)
        assert (result.code, meant in result.err) == (2, True), result.err


def test_no_prefix_is_guessed(run: Run) -> None:
    assert run("site", "li").code == 2
    assert run("site", "list", "--out", "json").code == 2


def test_a_group_alone_shows_its_help_on_stderr(run: Run, bare_run: Run) -> None:
    for result in (bare_run(), run("site")):
        assert (result.code, result.out) == (2, "")
        assert "Usage: itmsctl" in result.err


def test_debug_tells_settings_and_statements_and_no_values(ok: Run, db: str) -> None:
    told = ok(
        "site", "add", "canary-5f1", "--description", "canary-9c2", "--debug", env={"ITMSCTL_CONCURRENCY": "7"}
    ).err
    lines = told.splitlines()
    assert lines[0].startswith("debug: itmsctl site add of itmsctl ")
    assert "debug: concurrency is 7 by ITMSCTL_CONCURRENCY" in lines
    assert any("INSERT INTO site" in line and " ms: " in line for line in lines)
    assert (told.count("canary-5f1"), "canary-9c2" in told) == (1, False), "only the words on what was done name it"
    for secret in [part for part in (db.partition("@")[0].partition("//")[2].partition(":")[2],) if part]:
        assert secret not in told
    assert "debug:" not in ok("site", "list").err
