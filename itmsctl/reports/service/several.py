"""Ask a report of several CMDBs at once (RPT-8..13): each is read by a thread of its own, and one that fails is named.

What a CMDB lacks, being older or without a data class of one's own that others have, is empty in its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.spilled import Spilled
from itmsctl.cmdb.visited import VisitedCmdb, visit
from itmsctl.errors import ItmsError, ReportSqlError
from itmsctl.reports import drilldown
from itmsctl.reports.members import (
    ASKED,
    AT,
    LEFT_OUT,
    MISSING,
    NAME,
    STALE,
    CmdbBranch,
    CmdbMember,
    MemberState,
    Row,
    doubled,
    members_of,
    merged,
)
from itmsctl.reports.service.asking import Answer, Asked, Open, PlannedQuestion, answer, fill, planned_question
from itmsctl.reports.service.branches import branch_of
from itmsctl.values.counts import counted
from itmsctl.values.kind import Type
from itmsctl.values.times import Clock, to_text
from itmsctl.values.untrusted import shell_arg
from itmsctl.values.view import View

STALE_AFTER = timedelta(days=7)
AT_ONCE = 8


@dataclass(frozen=True)
class Visiting:
    """How CMDBs are read: the clock, how long a busy one is waited for, the zone, after how long one is stale."""

    clock: Clock
    busy_timeout_s: float
    ask_zone: Callable[[], str]
    stale_after: timedelta = STALE_AFTER
    with_top: bool = False  # also a parent whose children are asked: what it has of them is there twice


@dataclass(frozen=True)
class AnswerOfSeveral(Answer):
    """An answer whose rows begin with the CMDB that each is of, and what became of every CMDB."""

    members: tuple[MemberState, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Return whether every CMDB was asked, and is fresh, or was left out because others have its rows."""
        return all(member.state in {ASKED, LEFT_OUT} for member in self.members)

    def _lead(self, row: Mapping[str, Any]) -> str | None:
        if not self.drilldown:
            return None
        program = f"{drilldown.PROGRAM} --db {shell_arg(self.places[row[NAME]])}"
        return drilldown.command(self.drilldown, row, program)


@dataclass(eq=False, repr=False)
class _CmdbPart:
    """What one CMDB gave: its rows, or the error."""

    member: CmdbMember
    changed_at: datetime | None = None
    own: tuple[View, ...] = ()
    branch: CmdbBranch = field(default_factory=lambda: CmdbBranch(""))
    left_out: str = ""  # why it is not asked
    spilled: Spilled = field(default_factory=Spilled)
    error: ItmsError | None = None

    def rows(self) -> Iterator[Row]:
        """Yield its rows behind its name and the moment of its last change."""
        head = (self.member.name, None if self.changed_at is None else to_text(self.changed_at))
        for chunk in self.spilled.chunks():
            for row in chunk:
                yield head + row


def answer_of(read: Open, cmdbs: Sequence[str], asked: Asked, how: Visiting) -> AbstractContextManager[Answer]:
    """Return the answer of a report of this CMDB, or of those that are named in its place, to be entered.

    Raises FieldError for names that cannot be; entered it raises as `answer` and `answer_of_several` do.
    """
    return answer_of_several(members_of(cmdbs), asked, how) if cmdbs else answer(read, asked)


@contextmanager
def answer_of_several(members: Sequence[CmdbMember], asked: Asked, how: Visiting) -> Iterator[AnswerOfSeveral]:
    """Yield the answer of a report over several CMDBs; its rows are gone afterwards.

    Raises ReportSqlError where the query is not allowed, or no CMDB gave an answer to it; InputError for a value of a
    parameter; the error of the first CMDB where none can be read.
    """
    parts = [_CmdbPart(member) for member in members]
    try:
        _at_once(parts, how, _look)
        _refuse_none(parts)
        if not how.with_top:
            _leave_out(parts)
        planned = planned_question(asked, _every_own(parts))
        _refuse_same_names(planned.query.columns)
        wanted = [part for part in parts if part.error is None and not part.left_out]
        _at_once(wanted, how, partial(_fill, planned))
        _refuse_none(parts)
        yield _put_together(parts, planned, how)
    finally:
        for part in parts:
            part.spilled.close()


def _at_once(parts: Sequence[_CmdbPart], how: Visiting, act: Callable[[VisitedCmdb, _CmdbPart], None]) -> None:
    """Do something with every CMDB, several at once; an interrupt ends what they are asked."""
    visited: list[VisitedCmdb] = []

    def one(part: _CmdbPart) -> None:
        try:
            place = place_of(part.member.at)
            with visit(place, how.clock, busy_timeout_s=how.busy_timeout_s, ask_zone=how.ask_zone) as cmdb:
                visited.append(cmdb)
                act(cmdb, part)
        except ItmsError as error:
            part.error = error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            list(pool.map(one, parts))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for cmdb in visited:
                cmdb.interrupt()
            raise


def _look(cmdb: VisitedCmdb, part: _CmdbPart) -> None:
    part.changed_at = cmdb.changed_at
    part.own = cmdb.own_views()
    part.branch = branch_of(cmdb.reader)


def _leave_out(parts: Sequence[_CmdbPart]) -> None:
    """Leave out the tops whose rows would be there twice."""
    found = doubled({part.member.name: part.branch for part in parts if part.error is None})
    for part in parts:
        part.left_out = found.get(part.member.name, "")


def _fill(planned: PlannedQuestion, cmdb: VisitedCmdb, part: _CmdbPart) -> None:
    fill(cmdb.reader, planned, part.spilled, cmdb.lacking(planned.query.wanted))


def _every_own(parts: Sequence[_CmdbPart]) -> tuple[View, ...]:
    """Return the views that follow from what stands in any CMDB; of one that differs the first with most columns."""
    found: dict[str, View] = {}
    for view in (view for part in parts for view in part.own):
        if view.name not in found or len(view.columns) > len(found[view.name].columns):
            found[view.name] = view
    return tuple(found.values())


def _refuse_none(parts: Sequence[_CmdbPart]) -> None:
    errors = [part.error for part in parts if part.error is not None]
    if len(errors) == len(parts):
        raise errors[0]


def _refuse_same_names(columns: Mapping[str, Type | None]) -> None:
    for name in (NAME, AT):
        if name in columns:
            hint = f"write AS another name: the CMDB of a row stands in `{NAME}`, its last change in `{AT}`"
            raise ReportSqlError(f"the report has a column `{name}` of its own", hint=hint)


def _put_together(parts: Sequence[_CmdbPart], planned: PlannedQuestion, how: Visiting) -> AnswerOfSeveral:
    columns = {NAME: Type.TEXT, AT: Type.TIME, **planned.query.columns}
    given = [part for part in parts if part.error is None and not part.left_out]
    order = planned.query.order
    first = planned.query.most if order else None  # a LIMIT means the first of all, not the first of each
    count = sum(part.spilled.count for part in given)
    before = len(columns) - len(planned.query.columns)
    return AnswerOfSeveral(
        columns,
        lambda: islice(merged([part.rows for part in given], order, before), first),
        count if first is None else min(count, first),
        planned.most,
        planned.drilldown,
        tuple(_state(part, how) for part in parts),
        {part.member.name: str(place_of(part.member.at)) for part in given},
    )


def _state(part: _CmdbPart, how: Visiting) -> MemberState:
    member, place = part.member, _shown(part.member)
    if part.error is not None:
        return MemberState(member.name, place, MISSING, part.changed_at, None, part.error.in_full)
    if part.left_out:
        return MemberState(member.name, place, LEFT_OUT, part.changed_at, None, part.left_out)
    old = part.changed_at is None or how.clock() - part.changed_at > how.stale_after
    days = None if part.changed_at is None else (how.clock() - part.changed_at).days
    why = "nothing was ever changed in it" if days is None else f"nothing changed in it for {counted(days, 'day')}"
    rows = part.spilled.count
    return MemberState(member.name, place, STALE if old else ASKED, part.changed_at, rows, why if old else "")


def _shown(member: CmdbMember) -> str:
    try:
        return str(place_of(member.at))
    except ItmsError:
        return member.name
