"""What only a process shows: readers that go away, full disks, signals, other locales."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.programs import ITMSCTL, environment_of, itmsctl, shell

MANY = 3000
PADDING = "of a company that has many of them"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose embedded database holds more sites than a pipe's buffer takes, be it of their names
    alone.
    """
    folder = tmp_path_factory.mktemp("many")
    code = f"""
from itmsctl.cli.main import main
from itmsctl.cli.context import process_context
from itmsctl.sites.service.site import SITES
context = process_context([])
def fill(unit):
    for number in range({MANY}):
        SITES.add(unit, f"site {{number:05}} {PADDING}", {{"description": "x" * 60}})
context.write(fill)
"""
    from tests.cli.programs import python

    made = python(folder, code)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.mark.parametrize("form", ["ndjson", "tsv", "name", "json", "csv", "yaml", "table"])
def test_a_reader_that_goes_away_ends_it_quietly(many: Path, form: str) -> None:
    line = f"itmsctl site list -o {form} | head -1; echo ${{PIPESTATUS[0]}}"
    done = shell(many, line)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "141"


@pytest.mark.parametrize("closed", [">&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_harm_nothing(tmp_path: Path, closed: str) -> None:
    """The database must not get the number of a closed stream: words would be written into it."""
    done = shell(tmp_path, f"itmsctl site add rome {closed}; echo $?")
    assert (done.stdout, "Traceback" in done.stderr) == ("0\n", False)
    assert itmsctl(tmp_path, "site", "list", "-o", "name").stdout == "rome\n"


def test_a_full_disk_behind_stdout_is_told(many: Path) -> None:
    done = shell(many, "itmsctl site list -o name >/dev/full")
    assert done.returncode == 11
    assert "STORAGE-FULL" in done.stderr


def test_a_short_answer_into_a_full_disk_is_told_too(tmp_path: Path) -> None:
    done = shell(tmp_path, "itmsctl --version >/dev/full")
    assert done.returncode == 11
    assert "Traceback" not in done.stderr


def test_names_pass_from_one_command_to_the_next(many: Path) -> None:
    line = 'itmsctl site list -o name --limit 3 | while read -r name; do itmsctl site show "$name" -o ndjson; done'
    done = shell(many, line)
    names = [json.loads(row)["name"] for row in done.stdout.splitlines()]
    assert names == [f"site {number:05} {PADDING}" for number in range(3)]


@pytest.mark.parametrize("locale", [{"LANG": "C"}, {"LC_ALL": "POSIX"}, {"PYTHONIOENCODING": "ascii"}])
def test_names_of_the_world_pass_in_any_locale(tmp_path: Path, locale: dict[str, str]) -> None:
    made = itmsctl(tmp_path, "site", "add", "Zürich 日本 🙂", env=locale)
    assert made.returncode == 0, made.stderr
    assert made.stderr.endswith("Zürich 日本 🙂: created\n")  # after the line that a database was made
    assert itmsctl(tmp_path, "site", "list", "-o", "name", env=locale).stdout == "Zürich 日本 🙂\n"
    assert itmsctl(tmp_path, "site", "show", "ZÜRICH 日本 🙂", env=locale).returncode == 0


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_has_its_own_status(many: Path, number: int, status: int) -> None:
    """The writer is held back by a pipe that nobody reads, so that the signal meets it at work."""
    reader, writer = os.pipe()
    command = [*ITMSCTL, "site", "list", "-o", "ndjson"]
    process = subprocess.Popen(
        command, stdout=writer, stderr=subprocess.PIPE, env=environment_of(many), cwd=many, text=True
    )
    os.close(writer)
    os.read(reader, 1)  # it has begun to write
    time.sleep(0.2)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    os.close(reader)
    assert process.returncode == status
    assert "Traceback" not in said


def test_what_it_writes_is_private(tmp_path: Path) -> None:
    shell(tmp_path, "umask 000; itmsctl site add rome")
    database = tmp_path / "data/itmsctl/cmdb.sqlite"
    assert database.stat().st_mode & 0o077 == 0
    assert database.parent.stat().st_mode & 0o077 == 0
