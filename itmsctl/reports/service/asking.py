"""Run a report: read-only, within its limits; rows are read at once and given afterwards.

So a reader of our output that pauses keeps no transaction open, and any number of rows costs the memory of a page: they
wait in a file without a name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any

from itmsctl.cmdb import readonly
from itmsctl.cmdb.spilled import Spilled
from itmsctl.cmdb.views import own_views
from itmsctl.cmdb.work import Reader
from itmsctl.documents.faults import writing
from itmsctl.errors import FieldError, InputError, ReportSqlError
from itmsctl.expressions import portable
from itmsctl.reports import drilldown, question
from itmsctl.values.kind import Type
from itmsctl.values.parameters import Parameter, values_of
from itmsctl.values.times import from_text, to_text
from itmsctl.values.view import View

ROWS = 1000
TIME_LIMIT_S = 30.0
MAX_TIME_LIMIT_S = 3600.0

Open = Callable[[], AbstractContextManager[Reader]]


@dataclass(frozen=True)
class Asked:
    """What to run: the fields of a report, the values of its parameters, and limits that go before its own.

    A `limit` of nought is none.
    """

    fields: Mapping[str, Any]
    given: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
    time_limit_s: float | None = None

    @property
    def rows(self) -> int | None:
        """Return how many rows are given at most; None for all."""
        limit = self.limit if self.limit is not None else self.fields.get("limit") or ROWS
        return limit or None

    @property
    def seconds(self) -> float:
        """Return how long it may take."""
        return self.time_limit_s or self.fields.get("time_limit_s") or TIME_LIMIT_S


@dataclass(frozen=True)
class Answer:
    """What came out: columns with their types, the rows, and whether there were more.

    `packed` gives the rows as often as wanted, each a tuple of texts, numbers, truths and nothing.
    """

    columns: Mapping[str, Type | None]
    packed: Callable[[], Iterator[tuple[Any, ...]]]
    count: int
    limit: int | None
    drilldown: str | None = None

    @property
    def truncated(self) -> bool:
        """Return whether there are more rows than the limit."""
        return self.limit is not None and self.count > self.limit

    @property
    def given(self) -> int:
        """Return how many rows it gives: those that there are, up to the limit."""
        return self.count if self.limit is None else min(self.count, self.limit)

    def rows(self, *, lead: bool = False) -> Iterator[dict[str, Any]]:
        """Yield the rows as flat objects; with `lead` each says in `drilldown` where it leads."""
        types = list(self.columns.values())
        for packed in islice(self.packed(), self.limit):
            values = (_typed(value, kind) for value, kind in zip(packed, types, strict=True))
            row = dict(zip(self.columns, values, strict=True))
            if lead:
                row["drilldown"] = self._lead(row)
            yield row

    def first_lead(self) -> str | None:
        """Return the command that the first row leads to, or None."""
        return next((row["drilldown"] for row in islice(self.rows(lead=True), 1)), None)

    def _lead(self, row: Mapping[str, Any]) -> str | None:
        return drilldown.command(self.drilldown, row) if self.drilldown else None


@contextmanager
def answer(read: Open, asked: Asked) -> Iterator[Answer]:
    """Yield the answer of a report; its rows are gone afterwards.

    Raises ReportSqlError where the query is not allowed, refused or too slow, InputError for a value of a parameter.
    """
    with read() as reader:
        own = own_views(reader.connection)
    planned = planned_question(asked, own)
    spilled = Spilled()
    try:
        with read() as reader:
            fill(reader, planned, spilled)
        columns = planned.query.columns
        yield Answer(columns, partial(_each, spilled), spilled.count, planned.most, planned.drilldown)
    finally:
        spilled.close()


def _each(spilled: Spilled) -> Iterator[tuple[Any, ...]]:
    return (row for chunk in spilled.chunks() for row in chunk)


@dataclass(frozen=True)
class PlannedQuestion:
    """A report that may be asked: its query, the values of its parameters as written, and its limits."""

    query: portable.Query
    parameters: Mapping[str, Parameter]
    written: Mapping[str, str]
    most: int | None
    seconds: float
    drilldown: str | None


def planned_question(asked: Asked, own: tuple[View, ...]) -> PlannedQuestion:
    """Check what is asked; `own` are the documented views beside the program's.

    Raises ReportSqlError where the query is not allowed, InputError for a limit or a value of a parameter.
    """
    check_limits(asked.rows, asked.seconds)
    parameters = question.parameters_of(asked.fields)
    query = question.checked(asked.fields["sql"], parameters, own)
    lead = asked.fields.get("drilldown")
    if lead:
        lead = drilldown.check(lead, query.columns)
    written = values_of(parameters, asked.given, "the report")
    return PlannedQuestion(query, parameters, written, asked.rows, asked.seconds, lead)


def fill(
    reader: Reader,
    planned: PlannedQuestion,
    spilled: Spilled,
    lacking: Mapping[str, Collection[str]] = portable.EVERYTHING,
) -> None:
    """Read the rows of a report, one more than its limit at most. `lacking` is that of `portable.say`.

    Raises ReportSqlError where the engine refuses it, or its time is over.
    """
    query = planned.query
    values = question.meant(planned.parameters, planned.written, reader.now)
    most = None if planned.most is None else planned.most + 1
    types = list(query.columns.values())
    put = _put(reader, query, values, planned.seconds, most, lacking)
    with readonly.asked(reader, put) as pages, writing("temporary rows"):
        for row in islice((row for page in pages for row in page), most):
            spilled.append(tuple(_packed(value, kind) for value, kind in zip(row, types, strict=True)))


def plan(reader: Reader, query: portable.Query, parameters: Mapping[str, Parameter]) -> None:
    """Let the engine plan a query without running it (RPT-4). Raises ReportSqlError where it refuses."""
    values = dict.fromkeys(parameters) | {portable.NOW: reader.now}
    readonly.planned(reader, _put(reader, query, values, TIME_LIMIT_S, 1))


def _put(
    reader: Reader,
    query: portable.Query,
    values: Mapping[str, Any],
    seconds: float,
    limit: int | None,
    lacking: Mapping[str, Collection[str]] = portable.EVERYTHING,
) -> readonly.Question:
    sql, names = portable.say(query, readonly.dialect_of(reader), limit, lacking)
    return readonly.Question(
        sql,
        seconds,
        portable.SQLITE_CALLS,
        ReportSqlError,
        [values[name] for name in names],
        refused_hint="itmsctl report views NAME shows the columns of a view, and their types",
        slow_hint="narrow it, ask a lower view (RPT-5), or give it longer: --time-limit 2m",
    )


def check_limits(rows: int | None, seconds: float | None) -> None:
    """Raise FieldError for a limit of rows or of time that makes no sense."""
    if rows is not None and rows < 1:
        raise FieldError(f"a limit of {rows} rows", hint="1 or more; --no-limit for all").about("limit")
    if seconds is not None and not 0 < seconds <= MAX_TIME_LIMIT_S:
        hint = "more than nothing, at most an hour: 30s, 5m"
        raise FieldError(f"a time limit of {seconds:g} s", hint=hint).about("time_limit_s")


# --- values -----------------------------------------------------------------------------------------------------------


def _packed(value: Any, kind: Type | None) -> Any:
    """Return a value of either engine as text, number, truth or nothing."""
    if isinstance(value, Decimal):
        return int(value) if kind is Type.INT and value == int(value) else float(value)
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, bytes):
        return value.hex()
    return value


def _typed(value: Any, kind: Type | None) -> Any:
    """Return a value as what it is: SQLite keeps moments as text, and truths as numbers."""
    if value is None or kind is None:
        return value
    if kind is Type.BOOL and isinstance(value, int):
        return bool(value)
    if kind is Type.REAL and isinstance(value, int):
        return float(value)
    if kind is Type.TIME and isinstance(value, str):
        try:
            return from_text(value)
        except InputError:
            return value
    return value
