"""Every requirement that code or output names by its id is explained to readers, and nothing is explained in vain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from itmsctl.sizing.rulebook import rules
from itmsctl.sizing.service.numbers import printed
from tests.house import PACKAGE, ROOT, documents

PAGE = ROOT / "docs/requirements.md"
# Two series are told apart from other words by their form alone: AREA-1 and, of reliability and hostile data, HE5.
_ID = re.compile(r"(?<![\w-])(?:[A-Z]{2,6}-\d{1,3}|[AC]-\d\d|(?:F|I|HE|IM|LU|MM|OP|PS)\d{1,2})(?![\w-])")
_RANGE = re.compile(r"(?<![\w-])([A-Z]{2,6}-|[A-Z]{1,2})(\d+)(?:\.\.| to (?:\1)?)(\d+)(?!\w)")
# What has the form of an id and is a name of the world outside.
_NAMES = {"UTF", "UTC", "GMT", "SHA", "AES", "CWE", "SSH", "CVE", "ISO", "EVERY"}


def written() -> Iterator[tuple[Path, str]]:
    """Yield what people read: the source, templates, examples and pages that are written by hand."""
    paths = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.yaml"), *(ROOT / "templates").rglob("*.*")]
    pages = [page for page in documents() if page != PAGE and "reference" not in page.parts]
    for path in [*paths, *pages]:
        yield path, path.read_text(encoding="utf-8")


def ids_in(text: str) -> set[str]:
    found = {one for one in _ID.findall(text) if one.partition("-")[0] not in _NAMES}
    for area, first, last in _RANGE.findall(text):
        found |= {f"{area}{number}" for number in range(int(first), int(last) + 1)}
    return {one for one in found if re.split(r"-?\d", one)[0] not in _NAMES}


@pytest.fixture(scope="module")
def explained() -> set[str]:
    return set(re.findall(r"^- ([A-Z]+-?\d+):", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_id_that_is_named_is_explained(explained: set[str]) -> None:
    elsewhere = {rule.id for rule in rules()} | set(printed().choices)
    assert {"SZ-101", "C-07", "A-02"} <= elsewhere
    named = {(one, path) for path, text in written() for one in _ID.findall(text)}
    unknown = {
        f"{path.relative_to(ROOT)}: {one}"
        for one, path in named
        if one.partition("-")[0] not in _NAMES and one not in explained | elsewhere
    }
    assert unknown == set()


def test_nothing_is_explained_that_nobody_names(explained: set[str]) -> None:
    used = {one for _, text in written() for one in ids_in(text)}
    assert explained - used == set()


def test_an_id_is_explained_in_one_line_and_once() -> None:
    listed = re.findall(r"^- ([A-Z]+-?\d+):", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert not re.search(
        r"\b(?:reliability|communications) [A-Z]?\d|\b(?:cli|performance|reliability|spec)\.md", _source()
    ), "a page that is not in this repository is named"


def _source() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
