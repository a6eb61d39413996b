"""From what was typed to the step that gathers inventory."""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.inventory.action import ACTION, NICE
from itmsctl.tasks.service.tasks import check_time_limit
from itmsctl.tasks.step import Step
from itmsctl.values.times import seconds


def step_of(
    collect: Sequence[str],
    classes: Sequence[str],
    *,
    whole: bool,
    nice: int | None,
    timeout: str | None,
    run_as: str | None,
) -> Step:
    """Return the step. Raises InputError for what is not known."""
    given = {
        "collect": ",".join(collect),
        "classes": ",".join(classes),
        "whole": "yes" if whole else "no",
        "nice": str(NICE if nice is None else nice),
    }
    return Step(
        ACTION.name,
        ACTION.name,
        arguments=ACTION.written({name: value for name, value in given.items() if value}),
        run_as=run_as,
        time_limit_s=ACTION.time_limit_s if timeout is None else check_time_limit(seconds(timeout)),
        idempotent=ACTION.idempotent,
    )
