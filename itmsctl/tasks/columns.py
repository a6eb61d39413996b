"""What a person sees of tasks and runs, and how the results of a run are shown as they come."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from itmsctl.cli.context import Context
from itmsctl.cli.output import Column, dig
from itmsctl.cli.progress import Progress
from itmsctl.tasks.assignment import Ending
from itmsctl.tasks.program import Program
from itmsctl.tasks.results import Result, of_ending, summary
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import Tally, sentence
from itmsctl.tasks.walk import Walker, party_of, walkers
from itmsctl.values.untrusted import term

_COLORS = {
    "succeeded": "green",
    "failed": "red",
    "timed_out": "red",
    "unreachable": "yellow",
    "unknown": "magenta",
    "claimed": "cyan",
}
_NAMED = 5
_SAID = 300


def state_style(value: Any) -> str:
    """Answer the colour of a state; the word itself carries the meaning."""
    return _COLORS.get(str(value), "")


TASK = (
    Column("name"),
    Column("type"),
    Column("interpreter"),
    Column("body", wide=True),
    Column("arguments", wide=True),
    Column("time_limit_s", right=True, wide=True),
    Column("run_as", wide=True),
    Column("idempotent"),
    Column("destructive"),
    Column("description"),
    Column("id", wide=True),
)

KIND = (
    Column("name"),
    Column("side"),
    Column("arguments"),
    Column("help"),
)

JOB = (
    Column("name"),
    Column("steps"),
    Column("description"),
    Column("id", wide=True),
)

RUN = (
    Column("name"),
    Column("task"),
    Column("state"),
    Column("computers", right=True),
    Column("ok", right=True),
    Column("failed", right=True),
    Column("unreachable", right=True),
    Column("unknown", right=True),
    Column("skipped", right=True, wide=True),
    Column("deferred", right=True, wide=True),
    Column("created_at"),
    Column("ended_at", wide=True),
    Column("why"),
    Column("deadline_at", wide=True),
    Column("selector", wide=True),
    Column("id", wide=True),
)

RESULT = (
    Column("computer"),
    Column("state", style=state_style),
    Column("exit_status", "EXIT", right=True),
    Column("duration_s", "SECONDS", right=True),
    Column("output"),
)

WAVE = (
    Column("name", "WAVE"),
    Column("state"),
    Column("computers", right=True),
    Column("ok", right=True),
    Column("failed", right=True),
    Column("open", right=True),
    Column("opened_at"),
    Column("why"),
)


def job_result(program: Program) -> tuple[Column, ...]:
    """Answer the columns of a job's results: one for each step."""
    steps = (Column(f"steps.{part.label}", part.label, style=_mark_style) for part in program.steps)
    return (*RESULT[:2], *steps, Column("duration_s", "SEC", right=True))


def _mark_style(mark: Any) -> str:
    return {"✓": "green", "✗": "red", "-": "dim", "·": "dim"}.get(str(mark)[:1], "")


FIELDS = (
    "type", "computer", "id", "state", "exit_status", "stdout", "stderr", "duration_s", "reason", "message", "run",
    "attempt",
)  # fmt: skip


def job_step(number: int, step: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the row of one step of a job: what is as usual is left out."""
    usual = {"on_error": "stop", "role": "normal", "retries": 0, "once": False}
    more = [f"{name}: {value}" for name, value in step.items() if name in usual and value != usual[name]]
    parameters = [f"{name}={value}" for name, value in step["parameters"].items()]
    return {
        "#": number,
        "step": step["name"],
        "task": step["task"],
        "when": step["when"] or "",
        "else": "; ".join(more + parameters),
    }


class Presenter:
    """Shows a run as it goes on: NDJSON, JSON or a table on stdout, progress on stderr.

    Where stdout can no longer be written, the run goes on and is recorded; the error is raised by `finish`.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.form = context.out.format("ndjson")
        chosen = context.settings.fields
        self.fields = None if chosen is None else [f.strip() for f in chosen.split(",") if f.strip()]
        self.tally = Tally()
        self.name: str | None = None
        self._walkers: Mapping[int, Walker] = {}
        self._columns: Sequence[Column] = RESULT
        self._rows: list[dict[str, Any]] = []
        self._groups: dict[tuple[str, str], tuple[str, list[str]]] = {}
        self._progress: Progress | None = None
        self._begun = time.monotonic()
        self._first = True
        self._broken: OSError | None = None

    # --- what the engine says -------------------------------------------------------------------------------------

    def begins(self, run: Any, computers: int) -> None:
        """Learn which run begins."""
        self.name = run.name
        if run.program.is_job:
            self._walkers, self._columns = walkers(run.program), job_result(run.program)
        self._progress = Progress(self.context, computers, run.name)
        if self.context.settings.verbose:
            self.context.say(f"{run.name}: {computers} computers")

    def ended(self, ending: Ending) -> None:
        """Show one computer."""
        self.result(of_ending(ending, self._walkers.get(party_of(ending.assignment.computer_id))))

    def tick(self, running: int) -> None:
        """Show progress."""
        if self._progress is not None:
            self._progress.update(self.tally.computers, running)

    # --- results --------------------------------------------------------------------------------------------------

    def result(self, result: Result) -> None:
        """Show one computer, and remember why it did not succeed."""
        self.tally.add(result.state, result.reason)
        if result.state not in {State.SUCCEEDED, State.PLANNED}:
            self._remember(result)
        if self.form in {"ndjson", "json"}:
            self._object(result.as_dict(self.name))
        elif self.form in {"table", "wide"}:
            self._rows.append(result.row())
        elif self.form == "name":
            self._write(term(result.computer, keep_newlines=False) + "\n")
        else:
            self._rows.append(result.as_dict(self.name))

    def _remember(self, result: Result) -> None:
        key = (str(result.state), result.reason or (f"exit status {result.exit_status}" if result.exit_status else ""))
        first = result.message or result.streams.first_line()
        self._groups.setdefault(key, (first, []))[1].append(result.computer)

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
        last = summary(tally, run=self.name, state=state, seconds=time.monotonic() - self._begun) | more
        if self.form in {"ndjson", "json"}:
            self._object(last)
        if self.form == "json":
            self._write("\n]\n")
        if self._broken is None and self.form in {"table", "wide", "csv", "tsv", "yaml"}:
            self._table()
        self._say_reasons()
        if self.name is not None:
            self.context.say(f"{self.name}: {sentence(tally.counts)}")
        if self._broken is not None:
            raise self._broken

    def _table(self) -> None:
        try:
            if self.form in {"table", "wide"}:
                self.context.out.list(self._columns, sorted(self._rows, key=lambda row: str(row["computer"])))
            else:
                self.context.out.list([Column(name) for name in FIELDS], self._rows)
        except OSError as error:
            self._broken = error

    def _say_reasons(self) -> None:
        """Say why computers did not succeed, each reason once, the most frequent first."""
        ordered: Iterable[Any] = sorted(self._groups.items(), key=lambda item: -len(item[1][1]))
        for (state, reason), (message, names) in ordered:
            shown = ", ".join(term(name, keep_newlines=False) for name in sorted(names)[:_NAMED])
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            why = f" {reason}" if reason else ""
            said = f": {term(message, keep_newlines=False)[:_SAID]}" if message else ""
            self.context.say(f"{len(names)} {state}{why} ({shown}{more}){said}")
