"""From what was typed to the step that reads what programs were used."""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.metering.action import ACTION
from itmsctl.tasks.service.tasks import step_of_kind
from itmsctl.tasks.step import Step


def step_of(accounting: Sequence[str], audit: Sequence[str], *, timeout: str | None, run_as: str | None) -> Step:
    """Return the step. Raises InputError for what is not a path."""
    given = {"accounting": "\n".join(accounting), "audit": "\n".join(audit)}
    return step_of_kind(ACTION, given, timeout=timeout, run_as=run_as)
