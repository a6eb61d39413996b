"""The group `run`, and its verbs that read: lists, one run, what computers printed, and waiting for the end.

Those that act stand in `run_acting` and `run_stopping`, which only they import.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.naming import given_names, is_several, names_argument
from itmsctl.cli.options import Limit, group, verb
from itmsctl.cli.output import Column
from itmsctl.errors import UsageError, worst
from itmsctl.tasks import columns, service
from itmsctl.tasks.states import OPEN
from itmsctl.tasks.tally import GUARD, sentence
from itmsctl.values.times import seconds

if TYPE_CHECKING:
    from itmsctl.tasks.results import ComputerResult

FOLLOW_S = 0.5
TIME_IS_UP = 124

run_app = group("See runs, wait for them, go on with them, and learn what became of them.")

Group = Annotated[bool, typer.Option("--group", help="Show equal output once, with its computers.")]
_WITH_OUTPUT = {"table", "wide", "csv", "tsv"}
RunName = Annotated[str, typer.Argument(metavar="RUN", help="The run: R-12.")]
RunNames = Annotated[list[str], names_argument("run", "The run: R-12.", metavar="RUN")]
OnlyComputers = Annotated[list[str], typer.Argument(metavar="COMPUTER", help="Only these; all of them without.")]


@verb(run_app, "list", columns=columns.RUN)
def list_(context: Context, limit: Limit = 50) -> None:
    """List runs, the newest first.

    Example: itmsctl run list --limit 5
    """
    with context.store.read() as reader:
        context.out.list(columns.RUN, service.list_runs(reader, limit=limit))


@verb(run_app, "show", columns=columns.RUN)
def show(context: Context, run: RunName, group: Group = False) -> None:
    """Show a run: its counts, its waves, and each of its computers, step by step; as CSV or TSV its computers alone.

    Example: itmsctl run show R-12
    """
    if group:
        _grouped(context, run, ("stdout", "stderr"))
        return
    form = context.out.format("json")
    whole = form not in {"table", "wide"}
    with context.store.read() as reader:
        row = service.find_run(reader, run)
        shown = service.overview(reader, row, service.tally(reader, row))
        waves = service.waves_of(reader, row)
        results = list(service.read(reader, row, with_output=form in _WITH_OUTPUT))
    if form in {"csv", "tsv"}:
        # One object cannot be rows: who is asked for rows expects those of the computers.
        context.out.list([Column(name) for name in columns.FIELDS], (r.as_dict(row.name) for r in results))
        return
    if whole:
        shown |= {"waves": waves, "steps": [_plain(part.as_dict()) for part in row.program.steps]}
        shown["results"] = [r.as_dict(row.name, with_output=False) for r in results]
        context.out.show(columns.RUN, shown)
        return
    from itmsctl.tasks.commands.presenting import say_more

    context.out.show(columns.RUN, {name: value for name, value in shown.items() if value not in ("", None, 0)})
    if waves:
        context.out.line("")
        context.out.list(columns.WAVE, waves)
    context.out.line("")
    by = columns.job_result(row.program) if row.program.is_job else columns.RESULT
    rows = [r.row() for r in results]
    context.out.list(by, rows)
    say_more(context, row.name, by, rows)


@verb(run_app, "logs")
def logs(
    context: Context,
    run: RunName,
    computers: Annotated[list[str], typer.Argument(metavar="COMPUTER", help="Only these.")] = [],
    stdout: Annotated[bool, typer.Option("--stdout", help="Standard output only.")] = False,
    stderr: Annotated[bool, typer.Option("--stderr", help="Standard error only.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The exact bytes; never to a terminal.")] = False,
    attempt: Annotated[int | None, typer.Option("--attempt", metavar="N", help="An earlier attempt.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run ends: lines as computers print them.")
    ] = False,
    group: Group = False,
) -> None:
    """Show what computers printed: head and tail, as it was kept.

    Example: itmsctl run logs R-12 web1 --stderr
    """
    streams = [name for name, asked in (("stdout", stdout), ("stderr", stderr)) if asked] or ["stdout", "stderr"]
    if raw and context.stdout.isatty():
        raise UsageError("--raw would send unchecked bytes to a terminal", hint="send it to a file: --raw > FILE")
    if group:
        if raw or follow:
            raise UsageError("--group waits for the whole output", hint="leave out --raw and --follow")
        _grouped(context, run, streams, computers, attempt)
        return
    if follow:
        _follow(context, run, computers, attempt, streams, raw=raw)
        return
    with context.store.read() as reader:
        row = service.find_run(reader, run)
        ids = service.computers_of(reader, row, computers) if computers else None
        found = service.read(reader, row, computers=ids, attempt=attempt)
        _write_logs(context, row.name, found, streams, raw=raw)


def _follow(
    context: Context, run: str, computers: list[str], attempt: int | None, streams: list[str], *, raw: bool
) -> None:
    """Write lines of computers that run, and the whole of those that have ended, until the run does."""
    row = context.read(service.find_run, run)
    looker = service.Looker(context.state_folder, row.guid)
    seen: set[tuple[str, int]] = set()
    try:
        while True:
            with context.store.read() as reader:
                row = service.find_run(reader, run)
                ids = service.computers_of(reader, row, computers) if computers else None
                going_on = service.is_driven(reader, row)
                found = list(_unseen(service.read(reader, row, computers=ids, attempt=attempt), seen))
                names = service.names_of(reader, row, ids)
            if going_on and not raw and attempt is None:
                _write_lines(context, row.name, looker.lines(), names, streams)
            _write_logs(context, row.name, found, streams, raw=raw)
            if not going_on:
                return
            context.sleep(FOLLOW_S)
    finally:
        looker.close()


def _write_lines(
    context: Context, run: str, lines: Iterable[service.LiveLine], names: Mapping[str, str], streams: list[str]
) -> None:
    from itmsctl.tasks import logs as written

    objects = context.out.format("text") in {"json", "ndjson"}
    for line in lines:
        if line.guid in names and line.stream in streams:
            written.write_line(context.stdout, run, names[line.guid], line.stream, line.text, as_object=objects)
    context.stdout.flush()


def _grouped(
    context: Context, run: str, streams: Sequence[str], computers: Sequence[str] = (), attempt: int | None = None
) -> None:
    from itmsctl.tasks.commands.presenting import show_groups
    from itmsctl.tasks.grouped import ResultGroups

    with context.store.read() as reader:
        row = service.find_run(reader, run)
        ids = service.computers_of(reader, row, list(computers)) if computers else None
        groups = ResultGroups(streams)
        for result in service.read(reader, row, computers=ids, attempt=attempt):
            groups.add(result)
    show_groups(context, row.name, groups.ordered(), context.out.format("text"), streams)


def _unseen(results: Iterable[ComputerResult], seen: set[tuple[str, int]]) -> Iterator[ComputerResult]:
    """Yield results of computers that have ended and were not given before."""
    for result in results:
        key = (result.guid, result.attempt)
        if key not in seen and result.state not in OPEN:
            seen.add(key)
            yield result


def _write_logs(
    context: Context, run: str, results: Iterable[ComputerResult], streams: list[str], *, raw: bool
) -> None:
    from itmsctl.tasks import logs as written

    if raw:
        written.write_raw(context.stdout.buffer, results, streams)
    elif context.out.format("text") in {"json", "ndjson"}:
        written.write_objects(context.stdout, run, results)
    else:
        written.write_text(context.stdout, results, streams)
    context.stdout.flush()


@verb(run_app, "wait")
def wait(
    context: Context,
    runs: RunNames,
    timeout: Annotated[
        str | None, typer.Option("--timeout", metavar="TIME", help="Give up (exit 124) after it; the run goes on.")
    ] = None,
) -> int:
    """Wait until a run has ended or was halted; the exit status is the run's, and of several the worst.

    Example: itmsctl run wait R-12 --timeout 2h
    """
    end = None if timeout is None else time.monotonic() + seconds(timeout)
    rows = context.read(service.find_runs, given_names(context, runs, "run"))
    waited = [_waited(context, row.guid, end) for row in rows]
    if is_several(runs):
        context.out.list(columns.RUN, (shown for shown, _ in waited))
    else:
        context.out.show(columns.RUN, waited[0][0])
    statuses = {status for _, status in waited}
    return TIME_IS_UP if TIME_IS_UP in statuses else worst(statuses - {0})


def _waited(context: Context, run: str, end: float | None) -> tuple[dict[str, Any], int]:
    while True:
        with context.store.read() as reader:
            row = service.find_run(reader, run)
            tally = service.tally(reader, row)
        over = row.state in {"ended", "halted"} or (row.state == "interrupted" and not tally.counts["deferred"])
        if over or (end is not None and time.monotonic() >= end):
            break
        context.sleep(FOLLOW_S)
    context.say(f"{row.name}: {row.state}, {sentence(tally.counts)}")
    shown = row.as_dict() | {"computers": tally.computers} | tally.as_dict()
    if not over:
        return shown, TIME_IS_UP
    return shown, worst({tally.exit_status, GUARD if row.state == "halted" else 0} - {0})


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return what was asked for: nested, without what is empty."""
    found = {k: _plain(v) if isinstance(v, dict) else v for k, v in values.items()}
    return {k: v for k, v in found.items() if v not in (None, {}, False, [], ())}
