"""Words and values that no sane user types: each is refused in words, with the exit code of its kind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.programs import ITMSCTL, environment_of, itmsctl
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


def test_nothing_on_standard_input(run: Run) -> None:
    result = run("task", "run", "--command", "true", "--target", "-", "--transport", "local")
    refused(result, 5)
    assert "standard input names no computer" in result.err


def test_an_unknown_transport_is_named_before_anything_else(run: Run) -> None:
    run("computer", "add", "pc")
    result = run("task", "run", "--command", "true", "--all", "--transport", "pigeon")
    refused(result, 3)
    assert "`pigeon` is not a transport" in result.err


def test_a_file_that_is_no_database_is_never_to_be_changed(bare_run: Run, tmp_path: Path) -> None:
    """`chmod 600 /etc/passwd` would be bad advice."""
    file = tmp_path / "passwd"
    file.write_text("root:x:0:0::/root:/bin/sh\n" * 50)
    file.chmod(0o644)
    for db in (file, tmp_path, Path("/dev/null")):
        result = bare_run("--db", str(db), "site", "list")
        refused(result, 11)
        assert "chmod" not in result.err


# --- streams and signals ----------------------------------------------------------------------------------------------


def test_words_that_cannot_be_written_change_no_status(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        for argv, status in ((("site", "add", "rome"), 0), (("nonsense",), 2), (("site", "show", "oslo"), 5)):
            done = subprocess.run([*ITMSCTL, *argv], env=environment_of(tmp_path), stderr=full, stdout=subprocess.PIPE)
            assert done.returncode == status
    assert itmsctl(tmp_path, "site", "list", "-o", "name").stdout == "rome\n"


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_closed_stream_is_as_an_empty_one(tmp_path: Path, closed: int) -> None:
    line = f"{sys.executable} -m itmsctl site add rome {closed}>&-"
    done = subprocess.run(["sh", "-c", line], env=environment_of(tmp_path), capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_ctrl_c_in_an_import_stores_all_or_nothing_and_says_so(tmp_path: Path) -> None:
    assert itmsctl(tmp_path, "site", "list").returncode == 0
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [*ITMSCTL, "computer", "import", "-"],
        env=environment_of(tmp_path), stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(reading)
    os.write(writing, b"name\n" + b"".join(b"pc%d\n" % n for n in range(5000)))
    time.sleep(2)  # it waits for more rows
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    os.close(writing)
    assert (process.returncode, err.startswith("interrupted: ")) == (130, True)
    assert itmsctl(tmp_path, "computer", "list", "-o", "name").stdout == ""
