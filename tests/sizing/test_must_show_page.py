"""The page in a real browser: silent, alone, its plots seen, read at 1280 and 400 px, and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from itmsctl.cli.context import Context
from itmsctl.cli.main import main
from tests.conftest import FrozenClock, Stream
from tests.servers.browser import Browser, Page
from tests.sizing.test_report import IMAGE, SCRIPT, sites_csv

SEEN = """[...document.querySelectorAll(%s)].filter(e => e.getBoundingClientRect().width > 0)"""
# What is drawn beside its box, cut off, or too small to read. Letters of a picture shrink with it.
FAULTS = """(() => {
  const faults = [];
  const seen = [...document.querySelectorAll('svg')].filter(e => e.getBoundingClientRect().width > 0);
  for (const svg of seen) {
    const frame = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBoundingClientRect();
      const size = parseFloat(getComputedStyle(text).fontSize) * frame.width / svg.viewBox.baseVal.width;
      if (size < 9) faults.push(['small', text.textContent, size]);
      if (box.left < frame.left - 1 || box.right > frame.right + 1) faults.push(['outside', text.textContent]);
    }
    for (const node of svg.querySelectorAll('.node')) {
      const right = node.querySelector('.box').getBoundingClientRect().right;
      for (const text of node.querySelectorAll('text'))
        if (text.getBoundingClientRect().right > right + 1) faults.push(['past its box', text.textContent]);
    }
  }
  return faults;
})()"""
WAYS = {
    "small": ("--endpoints", "800", "--growth", "10", "--years", "5"),
    "sites": ("--growth", "6", "--years", "4", "--management-servers", "10", "--gateway-agents", "4000"),
    "most": ("--endpoints", "35000", "--consoles", "75", "--asset-consoles", "25", "--growth", "-3", "--years", "9"),
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    sites = sites_csv(folder, 600, (SCRIPT, IMAGE, "\u65e5\u672c\u306e\u62e0\u70b9" * 6))
    found = {}
    for name, options in WAYS.items():
        out = folder / f"{name}.html"
        argv = ["sizing", "report", "--out", str(out), *options, *(("--sites", str(sites)) if name == "sites" else ())]
        context = Context(argv, {"HOME": str(folder), "TZ": "UTC"}, Stream(), Stream(), Stream(), FrozenClock())
        assert main(argv, context) == 0
        found[name] = out
    return found


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", WAYS)
def test_a_page_is_silent_alone_and_reads_well(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    page = browser.page()
    page.open(pages[name], width)
    assert page.complaints() == []
    assert page.requests() == [pages[name].as_uri()]
    assert page.value("document.documentElement.scrollWidth") <= width
    assert_drawn(page, least=240 if width == 400 else 600)
    assert page.value(FAULTS) == []
    assert page.value("document.querySelectorAll('script').length") == 0


def assert_drawn(page: Page, least: int) -> None:
    for kind, count in (("'svg.plot'", 3), ("'svg.topology'", 1)):
        boxes = page.value(
            f"{SEEN % kind}.map(e => [e.getBoundingClientRect().width, e.getBoundingClientRect().height])"
        )
        assert len(boxes) == count
        assert all(width >= least and height >= 40 for width, height in boxes), boxes
    curves = page.value(f"{SEEN % repr('svg.plot')}.map(e => e.querySelector('.curve').getBBox().width)")
    assert all(width > 200 for width in curves), curves


def test_a_dark_page_is_dark_and_its_text_light(browser: Browser, pages: dict[str, Path]) -> None:
    page = browser.page()
    page.open(pages["small"], dark=True)
    colours = [page.value(f"getComputedStyle(document.body).{name}") for name in ("backgroundColor", "color")]
    ground, ink = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert ground < 150 < 600 < ink
    assert page.value("getComputedStyle(document.querySelector('svg.plot .tick')).fill") != "rgb(90, 106, 122)"


@pytest.mark.parametrize(("name", "least", "most"), [("small", 4, 9), ("sites", 5, 12)])
def test_it_prints_on_a_few_pages(browser: Browser, pages: dict[str, Path], name: str, least: int, most: int) -> None:
    page = browser.page()
    page.open(pages[name])
    data = page.pdf()
    assert data.startswith(b"%PDF-")
    assert least <= len(re.findall(rb"/Type\s*/Page\b(?!s)", data)) <= most


def test_the_browser_itself_tells_of_what_a_page_does(browser: Browser, tmp_path: Path) -> None:
    """The other tests would pass in a browser that sees nothing."""
    loud = tmp_path / "loud.html"
    loud.write_text(
        "<p style='width:2000px'>x<img src='x.png'><script>console.log(1); nothing()</script>", encoding="utf-8"
    )
    page = browser.page()
    page.open(loud, 400)
    assert len(page.complaints()) >= 2
    assert any(url.endswith("x.png") for url in page.requests())
    assert page.value("document.documentElement.scrollWidth") > 400
