"""What a person sees of tasks and runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, BUSY, FAINT, GOOD, ODD
from itmsctl.tasks import kinds

if TYPE_CHECKING:
    from itmsctl.tasks.program import Program

_COLORS = {
    "succeeded": GOOD,
    "failed": BAD,
    "timed_out": BAD,
    "unreachable": ODD,
    "unknown": f"bold {ODD}",
    "claimed": BUSY,
}


def state_style(value: Any) -> str:
    """Return the colour of a state; the word itself carries the meaning."""
    return _COLORS.get(str(value), "")


TASK = columns_of(
    kinds.TASK,
    *("type", "interpreter"),
    *wide("body", "arguments", "time_limit_s", "run_as"),
    *("idempotent", "destructive", "description"),
    *ID,
)

KIND = (
    Column("name"),
    Column("side"),
    Column("arguments"),
    Column("help"),
)

JOB = columns_of(kinds.JOB, "steps", "description")

RUN = (
    Column("name"),
    Column("task"),
    Column("state"),
    Column("computers", right=True),
    Column("ok", right=True),
    Column("failed", right=True),
    Column("unreachable", right=True),
    Column("unknown", right=True),
    Column("running", right=True),
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
    """Return the columns of a job's results: one for each step."""
    steps = (Column(f"steps.{part.label}", part.label, style=_mark_style) for part in program.steps)
    return (*RESULT[:2], *steps, Column("duration_s", "SEC", right=True))


def _mark_style(mark: Any) -> str:
    return {"✓": GOOD, "✗": BAD, "-": FAINT, "·": FAINT}.get(str(mark)[:1], "")


GROUP = (
    Column("computers"),
    Column("count", right=True),
    Column("state", style=state_style),
    Column("exit_status", "EXIT", right=True),
    Column("stdout"),
    Column("stderr"),
)

FIELDS = (
    "type", "computer", "id", "state", "exit_status", "stdout", "stderr", "duration_s", "reason", "message", "run",
    "attempt",
)  # fmt: skip


def job_step(number: int, step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of one step of a job: what is as usual is left out."""
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
