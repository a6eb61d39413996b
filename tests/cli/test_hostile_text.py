"""On a real terminal only our own colours leave the program, whatever the data holds."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.programs import ITMSCTL, environment_of, itmsctl

OWN = re.compile(rb"\x1b\[[0-9;]*m")
HOSTILE = (
    "title \x1b]0;owned\x07",
    "clear \x1b[2J\x1b[H",
    "c1 \x9b31m",
    "bidi \u202egnp.exe",
    "zero\u200bwidth",
    "bell \x07 back\x08\x08",
    "link \x1b]8;;http://evil\x1b\\x\x1b]8;;\x1b\\",
    "markup [red]x[/red] [link=http://evil]y[/link] :smile:",
    "new\nline \r return",
    "sixel \x1bPq#0\x1b\\",
)


def on_a_terminal(folder: Path, *argv: str) -> bytes:
    """Run one command on a pseudo-terminal and answer every byte that reached it."""
    leader, follower = pty.openpty()
    environment = environment_of(folder, {"TERM": "xterm-256color", "COLUMNS": "120"})
    process = subprocess.Popen([*ITMSCTL, *argv], stdin=follower, stdout=follower, stderr=follower, env=environment)
    os.close(follower)
    seen = b""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        ready, _, _ = select.select([leader], [], [], 0.1)
        try:
            piece = os.read(leader, 65536) if ready else b""
        except OSError:  # the other side is closed: that is how a pseudo-terminal ends
            break
        seen += piece
        if not piece and process.poll() is not None:
            break
    os.close(leader)
    assert process.wait(timeout=30) == 0, seen
    return seen


def foreign(data: bytes) -> list[str]:
    """Return the characters that are neither text, line ends nor our own colours."""
    text = OWN.sub(b"", data).decode()
    bad = {"\u202e", "\u200b", "\x9b"}
    return [repr(c) for c in text if c in bad or (ord(c) < 0x20 and c not in "\r\n\t") or c == "\x7f"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    for number, text in enumerate(HOSTILE):
        done = itmsctl(made, "site", "add", f"site {number}", "--description", text)
        assert done.returncode == 0, done.stderr
    return made


@pytest.mark.parametrize("form", ["table", "wide", "json", "ndjson", "yaml", "csv", "tsv", "name"])
def test_a_list_of_hostile_text_leaves_only_our_own_colours(folder: Path, form: str) -> None:
    seen = on_a_terminal(folder, "site", "list", "-o", form)
    assert foreign(seen) == []
    assert b"site 0" in seen


@pytest.mark.parametrize("form", ["table", "json", "yaml"])
def test_an_object_of_hostile_text_too(folder: Path, form: str) -> None:
    for number in range(len(HOSTILE)):
        assert foreign(on_a_terminal(folder, "site", "show", f"site {number}", "-o", form)) == []


def test_markup_is_shown_as_it_is(folder: Path) -> None:
    assert b"[red]x[/red]" in on_a_terminal(folder, "site", "show", "site 7")


def test_an_error_that_quotes_hostile_text_is_clean(tmp_path: Path) -> None:
    done = subprocess.run(
        [*ITMSCTL, "site", "show", "x\x1b]0;owned\x07\u202e"],
        env=environment_of(tmp_path),
        capture_output=True,
        timeout=60,
    )
    assert foreign(done.stderr) == []


def test_the_table_is_coloured_there(folder: Path) -> None:
    assert OWN.search(on_a_terminal(folder, "site", "list"))
