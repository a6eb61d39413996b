"""Words and values that no sane user types: each is refused in words, with the exit code of its kind."""

from __future__ import annotations

import pytest

from tests.conftest import Result, Run

NO_TEXT = "\udcff\udc80"  # bytes of a command line that are not UTF-8
HUGE = "9" * 25
GUID = "00000000-0000-0000-0000-000000000000"
NOUNS = ("site", "subnet", "computer", "server", "filter", "group", "target", "task", "profile")


def refused(result: Result, *codes: int) -> None:
    assert result.code in codes, (result.code, result.err)
    assert result.err.startswith("error: "), result.err


@pytest.mark.parametrize("noun", NOUNS)
def test_a_name_that_is_no_text_is_not_found(run: Run, noun: str) -> None:
    for name in (NO_TEXT, "a\0b", "", "x" * 10_000, "\u202eabc"):
        refused(run(noun, "show", "--", name), 3, 5)
        refused(run(noun, "remove", "--yes", "--", name), 3, 5)


def test_numbers_that_no_database_holds(run: Run) -> None:
    for argv in (("site", "list"), ("computer", "list"), ("run", "list"), ("audit", "list")):
        refused(run(*argv, "--limit", HUGE), 2, 3)
        refused(run(*argv, "--limit", "-1"), 2)
    refused(run("run", "show", f"R-{HUGE}"), 3, 5)
    refused(run("computer", "add", "pc", "--port", HUGE), 2, 3)


@pytest.mark.parametrize(
    "argv", [("site", "add"), ("task", "add", "--command", "true"), ("computer", "add")], ids=" ".join
)
def test_a_name_that_reads_like_a_guid_is_refused(run: Run, argv: tuple[str, ...]) -> None:
    """It could never be found again: a GUID is looked up as one."""
    result = run(*argv, GUID)
    refused(result, 3)
    assert "reads like a GUID" in result.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OUTPUT", "xml"), ("COLOR", "blue"), ("PROGRESS", "loud"), ("BUSY_TIMEOUT_S", "soon"),
        ("BUSY_TIMEOUT_S", "nan"), ("BUSY_TIMEOUT_S", "-1"), ("CONCURRENCY", "many"), ("CONCURRENCY", "0"),
        ("CONNECT_TIMEOUT_S", "inf"), ("GUARD_MAX", "1e3"), ("GUARD_MAX", HUGE),
    ],
)  # fmt: skip
def test_a_setting_that_means_nothing_is_wrong_usage(bare_run: Run, name: str, value: str) -> None:
    result = bare_run("config", "show", env={f"ITMSCTL_{name}": value})
    refused(result, 2)
    assert f"ITMSCTL_{name} does not take `{value}`" in result.err


def test_a_file_whose_name_is_too_long(run: Run) -> None:
    refused(run("computer", "import", "x" * 5000 + ".csv"), 3)
