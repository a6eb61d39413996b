"""`sizing report`: what is on the page, that nothing of it is a script or a way out, and where it may be written."""

from __future__ import annotations

import random
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conftest import Run

SCRIPT = '<script>alert("x")</script>'
IMAGE = "<img src=http://evil.example/x onerror=alert(1)> {{ 7*7 }}"


def sites_csv(folder: Path, count: int, names: tuple[str, ...] = ()) -> Path:
    dice = random.Random(7)
    lines = [f"site {number},{dice.choice((12, 90, 100, 480, 2100))}" for number in range(count - len(names))]
    lines += ['"{}",{}'.format(name.replace('"', '""'), 700) for name in names]
    path = folder / "sites.csv"
    path.write_text("\n".join(["name,endpoints", *lines]) + "\n", encoding="utf-8")
    return path


class Reader(HTMLParser):
    """Reads a page: tags, attributes, text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def read(path: Path) -> Reader:
    found = Reader(path.read_text(encoding="utf-8"))
    assert not found.tags.keys() & {"script", "img", "iframe", "object", "embed", "form", "base"}
    assert [pair for pair in found.attributes if pair[0].startswith("on")] == []
    away = [
        value for name, value in found.attributes if name in ("href", "src") and not value.startswith(("#", "data:,"))
    ]
    assert away == []
    ids = [value for name, value in found.attributes if name == "id"]
    assert [one for one, count in Counter(ids).items() if count > 1] == []
    assert {value[1:] for name, value in found.attributes if name == "href" and value.startswith("#")} <= set(ids)
    return found


@pytest.mark.parametrize(
    "options",
    [
        ("--endpoints", "1"),
        ("--endpoints", "800", "--on-box", "--no-deployment"),
        (
            "--endpoints",
            "18000",
            "--growth",
            "10",
            "--years",
            "5",
            "--gateway-agents",
            "900",
            "--consoles",
            "9",
            "--virtual",
        ),
        ("--endpoints", "30000", "--growth", "20", "--years", "9", "--consoles", "200"),
        ("--endpoints", "210000", "--management-servers", "6", "--interval", "2h"),
    ],
)
def test_a_page_from_numbers(bare_run: Run, tmp_path: Path, options: tuple[str, ...]) -> None:
    out = tmp_path / "page.html"
    result = bare_run("sizing", "report", "--out", str(out), *options)
    assert result.code == 0, result.err
    found = read(out)
    assert found.tags["h1"] == 1
    assert found.tags["svg"] >= 9
    assert "Findings" not in found.said
    assert oct(out.stat().st_mode)[-3:] == "600"


def test_many_sites_stand_in_classes_and_hostile_names_are_text(bare_run: Run, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    sites = sites_csv(tmp_path, 600, (SCRIPT, IMAGE))
    result = bare_run(
        "sizing", "report", "--out", str(out), "--sites", str(sites), "--management-servers", "10", "--title", SCRIPT
    )
    assert result.code == 0, result.err
    found = read(out)
    assert {SCRIPT, IMAGE, "All 600 sites", "100 to 999"} <= set(found.said)
    assert found.tags["tr"] > 600


def test_the_page_of_a_cmdb_has_its_findings_and_topology(run: Run, ok: Run, tmp_path: Path) -> None:
    for name, endpoints in (("rome", "12000"), (SCRIPT, "300"), ("oslo", "4200")):
        ok("site", "add", name, "--endpoints", endpoints, "--link-kbit", "8000")
    ok("management-server", "add", "hq", "--manages", "rome", "--manages", SCRIPT, "--raid", "data=5")
    ok("management-server", "add", "north", "--manages", "oslo", "--parent", "hq", "--database", "on-box")
    out = tmp_path / "page.html"
    ok("sizing", "report", "--out", str(out), "--growth", "5", "--years", "2")
    found = read(out)
    assert {"hq", "north", "Findings", SCRIPT} <= set(found.said)
    assert "database data is on RAID 5" in out.read_text(encoding="utf-8") or "RAID" in out.read_text(encoding="utf-8")
    again = tmp_path / "again.html"
    ok("sizing", "report", "--out", str(again), "--growth", "5", "--years", "2")
    assert again.read_bytes() == out.read_bytes()
    assert run("sizing", "check", "-q").code == 20


def test_an_empty_cmdb_makes_no_page(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    refused = run("sizing", "report", "--out", str(out))
    assert (refused.code, out.exists()) == (3, False)


def test_an_older_report_is_replaced_and_nothing_else(bare_run: Run, tmp_path: Path) -> None:
    def report(out: Path, *more: str) -> int:
        return bare_run("sizing", "report", "--out", str(out), "--endpoints", "10", *more).code

    ours, foreign, link = tmp_path / "ours.html", tmp_path / "letter.txt", tmp_path / "link.html"
    assert (report(ours), report(ours)) == (0, 0)
    foreign.write_text("dear customer", encoding="utf-8")
    assert report(foreign) == 6
    assert foreign.read_text(encoding="utf-8") == "dear customer"
    link.symlink_to(foreign)
    assert report(link, "--force") == 11
    assert foreign.read_text(encoding="utf-8") == "dear customer"
    assert report(foreign, "--force") == 0
    assert report(tmp_path / "none" / "page.html") == 11
    assert report(tmp_path) == 11


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--endpoints", "40000"), 3),
        (("--endpoints", "10", "--day", "soon"), 3),
        (("--endpoints", "10", "--tasks", "some"), 2),
        ((), 2),
    ],
)
def test_wrong_input_makes_no_page(bare_run: Run, tmp_path: Path, options: tuple[str, ...], code: int) -> None:
    out = tmp_path / "page.html"
    place = ("--out", str(out)) if options else ()
    assert bare_run("sizing", "report", *place, *options).code == code
    assert not out.exists()


def test_a_design_in_files_is_sized_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    design = tmp_path / "design.yaml"
    design.write_text("kind: site\nname: rome\nspec: {endpoints: 1200}\n", encoding="utf-8")
    out = tmp_path / "page.html"
    result = run("sizing", "report", "-f", str(design), "--out", str(out))
    assert result.code == 0, result.err
    assert {"rome", "Findings"} <= set(read(out).said)
    lines = run("sizing", "recommend", "-f", str(design), "-o", "json").json
    assert next(line["value"] for line in lines if line["name"] == "management.endpoints") == 1200
    assert run("site", "list", "-o", "name").out == ""
    refused = run("sizing", "recommend", "-f", str(design), "--endpoints", "5")
    assert (refused.code, "contradict" in refused.err) == (2, True)
