"""What runs on Windows, and that none was ever seen, is said in one text wherever somebody would look for it."""

from __future__ import annotations

import pytest

from itmsctl.values.windows_support import WINDOWS_SUPPORT
from tests.conftest import Run
from tests.house import ROOT


def _plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("page", ["README.md", "docs/windows.md"])
def test_pages_say_it_in_their_first_lines(page: str) -> None:
    begin = (ROOT / page).read_text().splitlines()[:24]
    assert WINDOWS_SUPPORT in _plain(" ".join(begin))


@pytest.mark.parametrize("verb", [("task", "run"), ("package", "push"), ("inventory", "run")])
def test_help_says_it(ok: Run, verb: tuple[str, ...]) -> None:
    assert WINDOWS_SUPPORT in _plain(ok(*verb, "--help").out)


def test_a_computer_says_it_where_it_is_one(ok: Run) -> None:
    ok("computer", "add", "pc1", "--os-family", "windows")
    ok("computer", "add", "pc2", "--os-family", "linux")
    assert WINDOWS_SUPPORT in _plain(ok("computer", "show", "pc1", "-o", "table").out)
    assert ok("computer", "show", "pc1", "-o", "json").json["windows"] == WINDOWS_SUPPORT
    assert "windows" not in ok("computer", "show", "pc2", "-o", "json").json
