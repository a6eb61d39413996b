"""How the results of a run are shown as they come."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.cli.context import Context
from itmsctl.cli.output import Column, dig
from itmsctl.cli.progress import Progress
from itmsctl.tasks import columns
from itmsctl.tasks.assignment import Ending
from itmsctl.tasks.grouped import STREAMS, ResultGroup, ResultGroups, write_groups
from itmsctl.tasks.results import ComputerResult, of_ending, summary
from itmsctl.tasks.sameness import reason_of
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import Tally, sentence
from itmsctl.tasks.walk import Walker, party_of, walkers
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import shell_arg, term

_NAMED = 5
_SAID = 300
_TEXTS = 20  # so many reasons are told one by one


def show_groups(
    context: Context, run: str | None, groups: Sequence[ResultGroup], form: str, streams: Sequence[str] = STREAMS
) -> None:
    """Show groups of equal output: for people between rules, else as objects."""
    if form in {"table", "wide", "text"}:
        write_groups(context.stdout, groups, streams)
    elif form == "name":
        for group in groups:
            context.out.line(",".join(group.computers))
    else:
        context.out.list(columns.GROUP, [group.as_dict(run) for group in groups])


def say_more(context: Context, run: str, shown: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> None:
    """Say where the rest is of the output of which a table shows the first line."""
    if any(column.name == "output" for column in shown) and any(row["more"] for row in rows):
        more = " --group" if len(rows) > 1 else ""
        context.say(f"whole output: itmsctl run logs {shell_arg(run)}{more}")


class Presenter:
    """Shows a run as it goes on: NDJSON, JSON or a table on stdout, progress on stderr.

    Where stdout can no longer be written, the run goes on and is recorded; the error is raised by `finish`.
    """

    def __init__(self, context: Context, *, grouped: bool = False) -> None:
        self.context = context
        self.form = context.out.format("ndjson")
        chosen = context.settings.fields
        self.fields = None if chosen is None else [f.strip() for f in chosen.split(",") if f.strip()]
        self.tally = Tally()
        self.name: str | None = None
        self._walkers: Mapping[int, Walker] = {}
        self._columns: Sequence[Column] = columns.RESULT
        self._rows: list[dict[str, Any]] = []
        self._why: dict[tuple[str, str, str], dict[str, str]] = {}  # the same for some: computer -> its own words
        self._groups = ResultGroups() if grouped else None
        self._progress: Progress | None = None
        self._begun = time.monotonic()
        self._first = True
        self._broken: OSError | None = None

    # --- what the engine says -------------------------------------------------------------------------------------

    def begins(self, run: Any, computers: int) -> None:
        """Learn which run begins."""
        self.name = run.name
        if run.program.is_job:
            self._walkers, self._columns = walkers(run.program), columns.job_result(run.program)
        self._progress = Progress(self.context, computers, run.name)
        if self.context.settings.verbose:
            self.context.say(f"{run.name}: {counted(computers, 'computer')}")

    def ended(self, ending: Ending) -> None:
        """Show one computer."""
        self.result(of_ending(ending, self._walkers.get(party_of(ending.assignment.computer_id))))

    def tick(self, running: int) -> None:
        """Show progress."""
        if self._progress is not None:
            self._progress.update(self.tally.computers, running)

    def say(self, text: str) -> None:
        """Say something to a person, also where the bar is drawn."""
        if self._progress is not None:
            self._progress.leave_line()
        self.context.say(text)

    # --- results --------------------------------------------------------------------------------------------------

    def result(self, result: ComputerResult) -> None:
        """Show one computer, and remember why it did not succeed."""
        self.tally.add(result.state, result.reason)
        if result.state not in {State.SUCCEEDED, State.PLANNED}:
            self._remember(result)
        if self._groups is not None:
            self._groups.add(result)
        elif self.form in {"ndjson", "json"}:
            self._object(result.as_dict(self.name))
        elif self.form in {"table", "wide"}:
            self._rows.append(result.row())
        elif self.form == "name":
            self._write(term(result.computer, keep_newlines=False) + "\n")
        else:
            self._rows.append(result.as_dict(self.name))

    def _remember(self, result: ComputerResult) -> None:
        state, reason, same, said = reason_of(result)
        self._why.setdefault((state, reason, same), {})[result.computer] = said[:_SAID]

    def _object(self, value: Mapping[str, Any]) -> None:
        if self.fields is not None and value["type"] != "summary":
            value = {"type": value["type"], **{name: dig(value, name) for name in self.fields}}
        text = json.dumps(value, ensure_ascii=False)
        if self.form == "ndjson":
            self._write((term(text) if self.context.out.terminal else text) + "\n")
            return
        self._write(("[\n  " if self._first else ",\n  ") + (term(text) if self.context.out.terminal else text))
        self._first = False

    def _write(self, text: str) -> None:
        if self._broken is None:
            try:
                self.context.stdout.write(text)
                if self.form == "ndjson":
                    self.context.stdout.flush()
            except OSError as error:
                self._broken = error

    # --- the end --------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Take the progress away; the terminal is as before."""
        if self._progress is not None:
            self._progress.close()
            self._progress = None

    def finish(self, tally: Tally, state: str, **more: Any) -> None:
        """Show the summary: the last object, or the table and the reasons.

        Raises the error that stdout gave while the run went on.
        """
        self.close()
        if self._groups is not None:
            self._write_groups(self._groups.ordered())
        last = summary(tally, run=self.name, state=state, seconds=time.monotonic() - self._begun) | more
        if self.form in {"ndjson", "json"}:
            self._object(last)
        if self.form == "json":
            self._write("\n]\n")
        if self._broken is None and self._groups is None and self.form in {"table", "wide", "csv", "tsv", "yaml"}:
            self._table(told=any(tally.counts[n] for n in ("deferred", "skipped", "running", "unknown")))
        self._say_reasons()
        if self.name is not None:
            self.context.say(f"{self.name}: {sentence(tally.counts)}")
        if self._broken is not None:
            raise self._broken

    def _write_groups(self, groups: Sequence[ResultGroup]) -> None:
        if self.form in {"ndjson", "json"}:
            for group in groups:
                self._object(group.as_dict(self.name))
            return
        try:
            show_groups(self.context, self.name, groups, self.form)
        except OSError as error:
            self._broken = error

    def _table(self, *, told: bool) -> None:
        empty = "" if told else "no computer had anything to do"
        try:
            if self.form in {"table", "wide"}:
                rows = sorted(self._rows, key=lambda row: str(row["computer"]))
                self.context.out.list(self._columns, rows, empty=empty)
                say_more(self.context, self.name or "", self._columns, rows)
            else:
                self.context.out.list([Column(name) for name in columns.FIELDS], self._rows)
        except OSError as error:
            self._broken = error

    def _say_reasons(self) -> None:
        """Say why computers did not succeed, each text once, the most frequent first."""
        ordered = sorted(self._why.items(), key=lambda item: (-len(item[1]), item[0]))
        for (state, reason, _), said in ordered[:_TEXTS]:
            first = min(said)
            self._say_reason(f"{state} {reason}".rstrip(), list(said), said[first])
        rest: dict[str, list[str]] = {}
        for (state, reason, _), said in ordered[_TEXTS:]:
            rest.setdefault(f"{state} {reason}".rstrip(), []).extend(said)
        for why, names in rest.items():
            self._say_reason(why, names, f"other texts; itmsctl run logs {shell_arg(self.name or '')} shows them")

    def _say_reason(self, why: str, names: Sequence[str], said: str) -> None:
        shown = ", ".join(term(name, keep_newlines=False) for name in sorted(names)[:_NAMED])
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        text = f": {term(said, keep_newlines=False)}" if said else ""
        self.context.say(f"{len(names)} {why} ({shown}{more}){text}")
