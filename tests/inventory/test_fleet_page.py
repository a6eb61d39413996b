"""The page of the fleet: one file that loads nothing, with what computers told escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import START, Run
from tests.inventory.telling import tell
from tests.servers.browser import Browser

HOSTILE = "<script>alert(1)</script>\"'&"
TOLD = {
    "operating_system": [{"name": "Debian GNU/Linux", "version": "12"}],
    "hardware": [{"manufacturer": HOSTILE, "model": "<b>x</b>"}],
    "software": [{"name": f"package-{n}", "version": "1"} for n in range(60)],
}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def test_the_page_shows_the_fleet_and_loads_nothing(ok: Run, run: Run, store: Store, tmp_path: Path) -> None:
    for name in ("ada", "bob", "cyd"):
        ok("computer", "add", name)
    tell(store, START, {"ada": TOLD, "bob": {"operating_system": TOLD["operating_system"]}})
    page = tmp_path / "fleet.html"
    ok("inventory", "report", "--out", str(page), "--title", HOSTILE)
    found = read(page)
    assert "script" not in found.tags
    assert found.text.count(HOSTILE) == 3, "in the title, on the page, and as the maker"
    assert "2 of 3 computers are known by inventory." in found.text
    assert "Debian GNU/Linux" in found.text
    assert all(link.startswith(("#", "data:,")) for link in found.links)
    assert found.text.count("package-") == 40
    ok("inventory", "report", "--out", str(page))
    page.write_text("mine")
    assert run("inventory", "report", "--out", str(page)).code != 0
    assert page.read_text() == "mine"


def test_an_empty_fleet_has_a_page_too(ok: Run, tmp_path: Path) -> None:
    ok("computer", "add", "ada")
    ok("inventory", "report", "--out", str(tmp_path / "fleet.html"))
    assert "0 of 1 computers are known by inventory." in read(tmp_path / "fleet.html").text


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def test_a_browser_shows_it_wide_narrow_dark_and_printed(
    ok: Run, store: Store, browser: Browser, tmp_path: Path
) -> None:
    ok("computer", "add", "ada")
    long = {"operating_system": [{"name": "Betriebssystem" * 8, "version": "1." * 30}]}
    tell(store, START, {"ada": TOLD | long})
    path = tmp_path / "fleet.html"
    ok("inventory", "report", "--out", str(path))
    page = browser.page()
    for width, dark in ((1280, False), (400, False), (1280, True)):
        page.open(path, width, dark=dark)
        assert page.complaints() == []
        assert page.requests() == [path.as_uri()]
        assert page.value("document.documentElement.scrollWidth") <= width
        bars = page.value("[...document.querySelectorAll('td.bar div')].map(e => e.getBoundingClientRect().width)")
        assert len(bars) > 40
        assert max(bars) > 80
        assert page.value("document.querySelectorAll('script').length") == 0
    assert page.pdf().startswith(b"%PDF-")
