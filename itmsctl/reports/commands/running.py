"""`report run`: ask, of this CMDB or of several, and show rows, a pivot, a file or a page."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.noun_fields import pair
from itmsctl.cli.options import verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.cli.output import Column
from itmsctl.errors import FieldError, PartialError, UsageError
from itmsctl.reports import columns, service
from itmsctl.reports.commands.report import File, Parameter, ReportFields, Sql, TimeLimit
from itmsctl.reports.pivot import Pivot, pivot_of, pivoted
from itmsctl.values.times import seconds
from itmsctl.values.untrusted import shell_arg

PAGES = {".html", ".htm"}

_known = names_of("report", shipped="reports")
Name = Annotated[
    str | None, typer.Argument(metavar="NAME", help="Name of the report; none with --sql.", autocompletion=_known)
]
Param = Annotated[list[str], typer.Option("--param", metavar="NAME=VALUE", help="Value of a parameter.")]


@dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    """What is asked: a report by its name, or a query that is typed; and how much of it."""

    sql: Sql = None
    file: File = None
    parameter: Parameter = field(default_factory=list)
    param: Param = field(default_factory=list)
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="At most N rows.")] = None
    no_limit: Annotated[bool, typer.Option("--no-limit", help="All rows.")] = False
    time_limit: TimeLimit = None


@dataclass(frozen=True, kw_only=True)
class OfWhich:
    """Which CMDBs are asked."""

    cmdb: Annotated[
        list[str],
        typer.Option(
            "--cmdb",
            metavar="[NAME=]DB,...",
            help="Ask these CMDBs, by path or URL, in place of one: each row says of which it is.",
        ),
    ] = field(default_factory=list)
    stale_after: Annotated[
        str | None,
        typer.Option(
            "--stale-after", metavar="TIME", help="A CMDB that changed last before is named, exit 7. Default: 7d."
        ),
    ] = None
    with_top: Annotated[
        bool,
        typer.Option(
            "--with-top",
            help="Ask a parent too whose children are asked: what it has from them is there twice.",
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class Form:
    """What is shown of it, and where."""

    pivot: Annotated[
        str | None,
        typer.Option("--pivot", metavar="ROWS[,COLUMNS]", help="Count its rows by one column, or by two."),
    ] = None
    measure: Annotated[
        str | None,
        typer.Option("--measure", metavar="WHAT:COLUMN", help="What a pivot tells: count, sum:C, avg:C, min:C, max:C."),
    ] = None
    drilldown: Annotated[bool, typer.Option("--drilldown", help="Each row says the command that it leads to.")] = False
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write a file: .csv, .json, .ndjson, .tsv, .yaml, or a page .html."),
    ] = None
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="Title of the page.")] = None
    force: Force = False

    def wanted_pivot(self) -> Pivot | None:
        """Return the pivot that is asked for, or None. Raises FieldError, UsageError."""
        if self.pivot is None:
            if self.measure is not None:
                raise UsageError("--measure tells what a pivot measures", hint="--pivot COLUMN")
            return None
        if self.drilldown:
            raise UsageError("a row of a pivot leads nowhere: it is of many", hint="leave --drilldown out")
        return pivot_of(self.pivot, self.measure)


def register(app: typer.Typer) -> None:
    """Add the verb `run`."""
    verb(app, "run")(run)


def run(context: Context, question: AskedQuestion, which: OfWhich, form: Form, name: Name = None) -> int:
    """Run a report, or a query that is typed at once (--sql). Nothing is changed by it.

    Examples:

      itmsctl report run not-seen --param since=14d

      itmsctl report run --sql "SELECT state, count(*) AS runs FROM v_run GROUP BY state" -o csv

      itmsctl report run os-by-site --cmdb rome.sqlite,oslo.sqlite --pivot os_family,cmdb --out systems.html
    """
    if form.out is not None:
        refuse_in_use(context, form.out)
    pivot = form.wanted_pivot()
    fields = _fields(context, name, question)
    with _answer(context, _asked(fields, question, pivot), which) as answer:
        _show(context, answer, pivot, form, service.PageHead(*_head(name, fields, form), context.clock()))
    if answer.truncated:
        again = _all_rows(name, question.param)
        context.say(f"these are the first {answer.limit} rows, and there are more: {again}")
    return _told(context, answer)


def _fields(context: Context, name: str | None, question: AskedQuestion) -> Mapping[str, Any]:
    """Return the fields of the report. Raises UsageError where it is not clear which."""
    if [name is None, question.sql is None, question.file is None].count(False) != 1:
        raise UsageError("which report?", hint="a NAME of `itmsctl report list`, --sql SELECT or --file FILE")
    if name is None:
        return ReportFields(sql=question.sql, file=question.file, parameter=question.parameter).typed()
    if question.parameter:
        raise UsageError("--parameter declares; --param gives a value", hint=f"--param {question.parameter[0]}")
    found: Mapping[str, Any] = context.read(service.CATALOGUE.get, name).fields
    return found


def _asked(fields: Mapping[str, Any], question: AskedQuestion, pivot: Pivot | None) -> service.Asked:
    if question.limit is not None and question.no_limit:
        raise UsageError("--limit and --no-limit contradict each other")
    # Totals of a part of the rows would mean nothing.
    is_all = question.no_limit or (pivot is not None and question.limit is None)
    return service.Asked(
        fields,
        dict(pair(text) for text in question.param),
        0 if is_all else question.limit,
        None if question.time_limit is None else seconds(question.time_limit),
    )


def _answer(context: Context, asked: service.Asked, which: OfWhich) -> AbstractContextManager[service.Answer]:
    if which.stale_after is not None and not which.cmdb:
        raise UsageError("--stale-after is of several CMDBs", hint="--cmdb a.sqlite,b.sqlite")
    if which.with_top and not which.cmdb:
        raise UsageError("--with-top is of several CMDBs", hint="--cmdb head.sqlite,rome.sqlite")
    busy, _ = context.option("busy_timeout_s")
    after = service.STALE_AFTER if which.stale_after is None else timedelta(seconds=seconds(which.stale_after))
    how = service.Visiting(context.clock, float(busy or 30), lambda: context.server_zone, after, which.with_top)
    return service.answer_of(lambda: context.store.read(), which.cmdb, asked, how)


def _head(name: str | None, fields: Mapping[str, Any], form: Form) -> tuple[str, str]:
    return form.title or name or "A question to the CMDB", str(fields.get("description") or "")


def _all_rows(name: str | None, param: list[str]) -> str:
    words = (
        [] if name is None else ["itmsctl", "report", "run", name, *(w for text in param for w in ("--param", text))]
    )
    return " ".join(map(shell_arg, [*words, "--no-limit"]))


def _told(context: Context, answer: service.Answer) -> int:
    """Say which CMDBs are not as they should be; return the exit status."""
    if not isinstance(answer, service.AnswerOfSeveral):
        return 0
    for member in answer.members:
        if member.why:
            context.warn(f"{member.name} ({member.at}) is {member.state}: {member.why}")
    return 0 if answer.is_whole else PartialError.exit_status


def _show(context: Context, answer: service.Answer, pivot: Pivot | None, form: Form, head: service.PageHead) -> None:
    table = None if pivot is None else pivoted(answer.rows(), pivot, answer.columns)
    if form.out is not None and form.out.suffix.lower() in PAGES:
        service.write_page(form.out, service.page_of(answer, table, head), force=form.force)
        context.say(f"{form.out}: written")
        return
    found = columns.of_result(answer.columns if table is None else table.columns, lead=form.drilldown)
    rows = answer.rows(lead=form.drilldown) if table is None else table.rows
    if form.out is not None:
        with service.written_to(form.out, force=form.force) as stream:
            context.output_to(stream, service.form_of(form.out)).list(found, rows)
        context.say(f"{form.out}: written")
        return
    _refuse_nameless(context, found)
    context.out.list(found, rows)
    if context.out.format() == "table" and table is None and not form.drilldown and (lead := answer.first_lead()):
        context.say(f"next: {lead}")


def _refuse_nameless(context: Context, found: list[Column]) -> None:
    names = [column.name for column in found]
    if context.out.format() == "name" and "name" not in names:
        raise FieldError("the result has no column `name`", hint="columns: " + ", ".join(names))
