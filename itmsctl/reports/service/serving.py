"""A report as a server task: what `report run` does, with nobody there to see it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Any

from itmsctl.documents import write
from itmsctl.documents.files import replacing
from itmsctl.errors import InputError
from itmsctl.reports.action import DATE, FORMS
from itmsctl.reports.members import LEFT_OUT, MemberState
from itmsctl.reports.pivot import PivotTable, pivot_of, pivoted
from itmsctl.reports.service.asking import Answer, Asked
from itmsctl.reports.service.page import PageHead, page_of
from itmsctl.reports.service.reports import CATALOGUE
from itmsctl.reports.service.several import AnswerOfSeveral, Visiting, answer_of
from itmsctl.tasks.service.mailing import MailTask, send
from itmsctl.tasks.service.serving import UNCHANGED, Call, done
from itmsctl.transports.attachment import Attachment
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import log_text

MOST_BYTES = 20 * 1024 * 1024  # of an attachment: servers of mail refuse more
INCOMPLETE = "INCOMPLETE"

Row = Mapping[str, Any]


def serve(call: Call) -> CommandOutcome:
    """Run the report that the arguments name; write it, send it. Raises ItmsError."""
    a = call.arguments
    with call.store.read() as reader:
        report = CATALOGUE.get(reader, a["report"])
    with _answer(call, report.fields) as found:
        table = pivoted(found.rows(), pivot_of(a["pivot"], a["measure"]), found.columns) if a["pivot"] else None
        count = len(table.rows) if table is not None else found.given
        head = PageHead(a["title"] or report.name, report.fields.get("description") or "", call.store.clock())
        data = _written(a["form"], found, table, head).encode()
        said = [counted(count, "row"), *_put(call, data), *_sent(call, data, count, missing := _missing(found))]
    reason = INCOMPLETE if missing else UNCHANGED if not count else ""
    return done(call, "; ".join([*said, *_left_out(found), *missing]), reason=reason)


def _answer(call: Call, fields: Row) -> AbstractContextManager[Answer]:
    a = call.arguments
    limit = 0 if a["pivot"] else None  # totals of a part of the rows would mean nothing
    asked = Asked(fields, dict(text.split("=", 1) for text in a["params"] or ()), limit)
    how = Visiting(call.store.clock, call.store.busy_timeout_s, call.store.ask_zone)
    return answer_of(call.store.read, a["cmdb"] or (), asked, how)


def _written(form: str, found: Answer, table: PivotTable | None, head: PageHead) -> str:
    if form == "html":
        return page_of(found, table, head)
    stream = io.StringIO()
    rows, columns = (found.rows(), found.columns) if table is None else (iter(table.rows), table.columns)
    write.write_rows(form, rows, stream, list(columns))
    return stream.getvalue()


def _put(call: Call, data: bytes) -> list[str]:
    out = call.arguments["out"]
    if not out:
        return []
    path = Path(out.replace(DATE, f"{call.store.clock():%Y-%m-%d}"))
    with replacing(path, force=True) as stream:
        stream.write(data)
    return [f"{path}: written"]


def _sent(call: Call, data: bytes, count: int, missing: Sequence[str]) -> list[str]:
    a = call.arguments
    if not a["to"] or (not count and not missing and not a["empty"]):
        return []
    if len(data) > MOST_BYTES:
        raise InputError(
            f"the report has {len(data):,} bytes, too many for a mail", hint="a limit, a pivot, or --arg out=FILE"
        )
    arguments = {**a, "subject": a["subject"] or a["report"]}
    mail = MailTask(arguments, call.marker, call.store.clock(), call.step.time_limit_s)
    file = Attachment(f"{a['report']}-{call.store.clock():%Y-%m-%d}.{a['form']}", FORMS[a["form"]], data)
    body = "\n".join([f"{a['report']}: {counted(count, 'row')}.", *missing, ""])
    return [send(mail, body, file)]


def _missing(found: Answer) -> list[str]:
    return _said(found, lambda one: one.state != LEFT_OUT)


def _left_out(found: Answer) -> list[str]:
    """Return which CMDBs were left out for good reason."""
    return _said(found, lambda one: one.state == LEFT_OUT)


def _said(found: Answer, which: Callable[[MemberState], bool]) -> list[str]:
    members = found.members if isinstance(found, AnswerOfSeveral) else ()
    some = (one for one in members if one.why and which(one))
    return [log_text(f"{one.name} is {one.state}: {one.why}") for one in islice(some, 100)]
