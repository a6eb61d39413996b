"""Fields of computers filled from what reports say of their subjects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.told import Subject
from itmsctl.resources.authority import ONLY_KEPT, OTHERS, PRIORITIES, value_of
from itmsctl.resources.kinds import FROM_SOURCES
from itmsctl.resources.service.filling import Claim
from itmsctl.resources.service.filling import fill as fill_fields


class Telling(NamedTuple):
    """Who a source says that a computer is, and when it said so."""

    computer: int
    subject: Subject
    source: str
    at: datetime
    is_new: bool = False  # it was added by what this source says


def fill(unit: UnitOfWork, tellings: Sequence[Telling], priorities: Mapping[str, int] = PRIORITIES) -> None:
    """Keep what sources say of their subjects, and fill the fields of their computers from it.

    Nothing that a person said is changed, nor a locked field, nor what a source of higher priority said.
    """
    claims = [
        Claim(one.computer, one.source, priorities.get(one.source, OTHERS), one.at, dict(_values(one.subject)))
        for one in tellings
    ]
    born = {one.computer for one in tellings if one.is_new}
    fill_fields(unit, [claim for claim in claims if claim.values], born)


def _values(subject: Subject) -> Iterator[tuple[str, Any]]:
    said = subject.said
    for field in (*FROM_SOURCES, *ONLY_KEPT):
        value = subject.name.strip()[:255] or None if field == "name" else value_of(field, said.get(field, ()))
        if value:
            yield field, value
