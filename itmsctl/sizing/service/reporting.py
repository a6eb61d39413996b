"""`sizing report`: gathers recommendation, findings and a simulated day, and writes them as one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from itmsctl import __version__
from itmsctl.cmdb.work import Reader
from itmsctl.documents import templates
from itmsctl.documents.pages import write_page
from itmsctl.sizing.exceptions import Sorted
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.pages.design import design_of
from itmsctl.sizing.pages.page import Gathered, page_of
from itmsctl.sizing.recommendation import recommend
from itmsctl.sizing.request import Request
from itmsctl.sizing.requests import requests_of
from itmsctl.sizing.service.checking import check
from itmsctl.sizing.service.simulating import Options, simulate
from itmsctl.sizing.service.snapshots import snapshot
from itmsctl.sizing.snapshot import Snapshot

TITLE = "Sizing of the management implementation"
TEMPLATE = "sizing/report.html"


@dataclass(frozen=True)
class ReportWish:
    """What the page is to show beside the design: a title, and a day; none is the busiest to come."""

    title: str = TITLE
    day: str | None = None
    source: str = "the CMDB as it stands"


def of_cmdb(reader: Reader, numbers: Numbers, given: dict[str, Any], wish: ReportWish) -> str:
    """Return the page of the CMDB as it stands. Raises InputError where it holds nothing to size."""
    found = snapshot(reader)
    requests = requests_of(found, given)
    return _page(numbers, found, requests, wish, check(reader, numbers).sorted)


def of_numbers(request: Request, numbers: Numbers, now: datetime, zone: str, wish: ReportWish) -> str:
    """Return the page of numbers alone: of a design built as recommended."""
    recommend(numbers, request)  # refuses what cannot be sized before anything is drawn
    return _page(numbers, design_of(numbers, request, now, zone), [request], wish, None)


def _page(
    numbers: Numbers, found: Snapshot, requests: Sequence[Request], wish: ReportWish, checked: Sorted | None
) -> str:
    simulation = simulate(found, numbers, Options(day=wish.day, growth_pct=requests[0].growth_pct))
    gathered = Gathered(
        title=wish.title,
        now=found.now,
        source=wish.source,
        numbers=numbers,
        snapshot=found,
        requests=requests,
        lines=[line for request in requests for line in recommend(numbers, request)],
        findings=None if checked is None else checked.found,
        ignored=0 if checked is None else len(checked.ignored),
        days=simulation.nodes,
        delays=simulation.delays,
        day=f"{simulation.day.date:%A}, {simulation.day.date.day} {simulation.day.date:%B %Y}",
        clock=simulation.day.clock,
    )
    return templates.render(TEMPLATE, page=page_of(gathered), version=__version__)


def write(path: Path, text: str, *, force: bool = False) -> None:
    """Write the page. Raises OutputExistsError where something else than an older one stands there, unless `force`."""
    write_page(path, text, "sizing report", force=force)
