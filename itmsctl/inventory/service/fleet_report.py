"""The fleet as one page of HTML that loads nothing from anywhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl import __version__
from itmsctl.cmdb.work import Reader
from itmsctl.documents import pages, templates
from itmsctl.inventory.fleet_page import FleetPage, FleetTile, part_of_counts
from itmsctl.inventory.rows import inventory_computers
from itmsctl.inventory.service.searching import growth, summary
from itmsctl.resources.rows import computers
from itmsctl.resources.service.scope import scoped
from itmsctl.values.times import to_second

TEMPLATE = "inventory/fleet.html"
TITLE = "What the fleet is made of"
_AGES = (("today", 1), ("this week", 7), ("this month", 30), ("this quarter", 90))
_MOST = 40


def page_text(reader: Reader, title: str | None) -> str:
    """Return the page as HTML; what computers told is escaped in it."""
    return templates.render(TEMPLATE, page=_page(reader, title or TITLE), version=__version__)


def write_page(path: Path, text: str, *, force: bool = False) -> None:
    """Write the page. Raises OutputExistsError where something else than an older one stands there, unless `force`."""
    pages.write_page(path, text, "inventory report", force=force)


def _page(reader: Reader, title: str) -> FleetPage:
    known = int(reader.scalar(sa.select(sa.func.count()).select_from(inventory_computers)))
    every = int(reader.scalar(scoped(sa.select(sa.func.count()).select_from(computers), reader)))
    systems = summary(reader, "os", None, None)
    models = summary(reader, "models", None, None)
    ages = _ages(reader, known)
    return FleetPage(
        title,
        f"{to_second(reader.now)}, by itmsctl {__version__}",
        f"{known:,} of {every:,} computers are known by inventory.",
        (
            FleetTile("computers", f"{every:,}"),
            FleetTile("known by inventory", f"{known:,}"),
            FleetTile("inventoried this week", f"{sum(row['computers'] for row in ages[:2]):,}"),
            FleetTile("operating systems and versions", f"{len(systems):,}"),
            FleetTile("models", f"{len(models):,}"),
        ),
        (
            part_of_counts(
                "systems", "Operating systems", "By name and version.", ("name", "version"), systems[:_MOST]
            ),
            part_of_counts("models", "Models", "By maker.", ("manufacturer", "model"), models[:_MOST]),
            part_of_counts(
                "software", "Software", f"The {_MOST} that most computers have, by version.", ("name", "version"),
                summary(reader, "software", None, _MOST),
            ),
            part_of_counts("age", "Age", "When a computer was last inventoried.", ("when",), ages),
            part_of_counts("growth", "Growth", "How many were known in each month.", ("month",), growth(reader)),
        ),
    )  # fmt: skip


def _ages(reader: Reader, known: int) -> list[dict[str, Any]]:
    last = inventory_computers.c.last_at
    found: list[dict[str, Any]] = []
    before = 0
    for when, days in _AGES:
        since = sa.select(sa.func.count()).where(last > reader.now - timedelta(days=days))
        count = int(reader.scalar(since.select_from(inventory_computers)))
        found.append({"when": when, "computers": count - before})
        before = count
    found.append({"when": "longer ago", "computers": known - before})
    return [row | {"share": row["computers"] / known if known else 0.0} for row in found]
