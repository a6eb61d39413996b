"""From what was typed to the step that reads what programs were used."""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.metering.action import ACTION
from itmsctl.tasks.service.tasks import check_time_limit
from itmsctl.tasks.step import Step
from itmsctl.values.times import seconds


def step_of(accounting: Sequence[str], audit: Sequence[str], *, timeout: str | None, run_as: str | None) -> Step:
    """Return the step. Raises InputError for what is not a path."""
    given = {"accounting": "\n".join(accounting), "audit": "\n".join(audit)}
    return Step(
        ACTION.name,
        ACTION.name,
        arguments=ACTION.written({name: value for name, value in given.items() if value}),
        run_as=run_as,
        time_limit_s=ACTION.time_limit_s if timeout is None else check_time_limit(seconds(timeout)),
        idempotent=ACTION.idempotent,
    )
