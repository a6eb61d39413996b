"""A report as one page of HTML that loads nothing from anywhere; what computers told is escaped in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from itmsctl import __version__
from itmsctl.documents import pages, templates
from itmsctl.reports.members import MemberState
from itmsctl.reports.page import MOST, ReportPage, table_of
from itmsctl.reports.pivot import PivotTable
from itmsctl.reports.service.asking import Answer
from itmsctl.reports.service.several import AnswerOfSeveral
from itmsctl.values.times import to_second

TEMPLATE = "pages/report.html"


@dataclass(frozen=True)
class PageHead:
    """What stands above the rows: a title, a sentence, and when it was asked."""

    title: str
    lead: str
    now: datetime


def page_of(answer: Answer, table: PivotTable | None, head: PageHead) -> str:
    """Return the page of an answer as HTML, or of the pivot that was made of it."""
    if table is None:
        rows = list(islice(answer.rows(), MOST))
        return _written(answer, head, answer.columns, rows, None, answer.given - len(rows))
    lines, total = table.rows[:-1], table.rows[-1] if table.rows else None
    return _written(answer, head, table.columns, lines, total, max(0, len(lines) - MOST))


def write_page(path: Path, text: str, *, force: bool = False) -> None:
    """Write the page. Raises OutputExistsError where something else than an older one stands there, unless `force`."""
    pages.write_page(path, text, "report run", force=force)


def _written(
    answer: Answer,
    head: PageHead,
    columns: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    total: Mapping[str, Any] | None,
    left_out: int,
) -> str:
    heads, lines, drawn = table_of(columns, rows, total)
    made = f"{to_second(head.now)}, by itmsctl {__version__}"
    members = [_shown(one) for one in answer.members] if isinstance(answer, AnswerOfSeveral) else []
    page = ReportPage(head.title, head.lead, made, heads, lines, left_out, drawn.replace("_", " "), members)
    return templates.render(TEMPLATE, page=page, version=__version__)


def _shown(member: MemberState) -> dict[str, str]:
    return {
        "name": member.name,
        "state": member.state,
        "changed": "" if member.changed_at is None else str(to_second(member.changed_at)),
        "rows": "" if member.rows is None else f"{member.rows:,}",
        "why": member.why,
    }
