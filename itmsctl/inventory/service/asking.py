"""From what was typed to the step that gathers inventory."""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.inventory.action import ACTION, NICE
from itmsctl.tasks.service.tasks import step_of_kind
from itmsctl.tasks.step import Step


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
    return step_of_kind(ACTION, given, timeout=timeout, run_as=run_as)
