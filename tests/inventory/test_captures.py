"""Parsers read what real computers printed: rows by file, values that were read in the files by hand, and no crash."""

from __future__ import annotations

import random
from collections import Counter
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from itmsctl.inventory.captured import text_of
from itmsctl.inventory.delta import report
from itmsctl.inventory.parser import names, parser
from itmsctl.inventory.service.classes import data_class
from tests.inventory import captures
from tests.inventory.spots import SPOTS

LEAST_FILES = 480  # of the folder, that some parser reads
WHOLE = 65536  # characters of a file that is given to parsers which it is not of


def rows_of(name: str) -> dict[str, list[dict[str, Any]]]:
    path = captures.FOLDER / name
    chosen = captures.parser_of(name)
    assert chosen is not None, name
    return parser(chosen).rows(captures.text(path))


@cache
def read_files() -> list[tuple[Path, str | None, str]]:
    """Return each file, the parser that it is for, and its text: read once for all parsers."""
    files = captures.every_file()
    return [(path, captures.parser_of(captures.name_of(path)), text_of(path.read_bytes())) for path in files]


def test_every_file_that_fits_gives_rows_of_its_class() -> None:
    counts: dict[str, dict[str, int]] = {}
    wrong: list[str] = []
    for path in captures.every_file():
        name = captures.name_of(path)
        if captures.parser_of(name) is None:
            continue
        found = rows_of(name)
        counts[name] = {one: len(rows) for one, rows in found.items()}
        why = captures.why_empty(name)
        if bool(found) == bool(why):
            wrong.append(f"{name}: {'rows, though ' + why if found and why else 'no row'}")
        for one, rows in found.items():
            told = report(data_class(one), rows)
            wrong += [f"{name}: {one}: {fault}" for fault in told.faults if not fault.why.startswith("several rows")]
            if not told.rows:
                wrong.append(f"{name}: {one}: no row with a key")
    assert wrong == []
    by_class = Counter(one for found in counts.values() for one in found)
    assert len(counts) >= LEAST_FILES, sorted(counts)
    assert len(by_class) >= 25, by_class


def test_what_is_said_to_be_empty_is_there() -> None:
    listed = [captures.name_of(path) for path in captures.every_file()]
    fitting = [name for name in listed if captures.parser_of(name) is not None]
    idle = [pattern for pattern, _ in captures.FITS if not any(fnmatchcase(name, pattern) for name in listed)]
    assert idle == []
    assert [pattern for pattern, _ in captures.EMPTY if not any(fnmatchcase(name, pattern) for name in fitting)] == []


def test_every_file_has_a_parser_or_a_reason() -> None:
    names = [captures.name_of(path) for path in captures.every_file()]
    assert [name for name in names if not captures.parser_of(name) and not captures.why_unread(name)] == []
    unread = [name for name in names if captures.parser_of(name) is None]
    assert [pattern for pattern, _ in captures.UNREAD if not any(fnmatchcase(name, pattern) for name in unread)] == []


@pytest.mark.parametrize("family", sorted(SPOTS))
def test_values_are_those_that_stand_in_the_file(family: str) -> None:
    """Each case: file, class, what the row is found by, and what it says; read in the files by hand."""
    captures.every_file()
    assert len(SPOTS[family]) >= 5
    for file, one, by, expected in SPOTS[family]:
        rows = report(data_class(one), rows_of(file)[one]).rows.values()
        row = next((row for row in rows if all(row.get(key) == said for key, said in by.items())), None)
        assert row is not None, (file, one, by)
        assert {key: row.get(key) for key in expected} == expected, file


@pytest.mark.parametrize("name", names())
def test_a_parser_fails_on_nothing(name: str) -> None:
    """Files of all tools, and those of its own tool spoiled."""
    dice = random.Random(name)
    one = parser(name)
    for path, parser_name, plain in read_files():
        own = parser_name == name
        text = captures.text(path) if own else plain
        for given in [text[:WHOLE], *(captures.spoiled(text[:WHOLE], dice) if own and text else [])]:
            for of, rows in one.rows(given).items():
                report(data_class(of), rows)


@pytest.mark.parametrize("name", names())
def test_a_parser_gives_what_its_classes_have(name: str) -> None:
    one = parser(name)
    assert one.command
    assert [of for of in one.classes if data_class(of).name != of] == []
    assert one.rows("") == {}
    assert one.rows("\n\n") == {}
