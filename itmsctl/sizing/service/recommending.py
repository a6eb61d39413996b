"""Recommendations for every request, and how they are told to people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from itmsctl.errors import UsageError
from itmsctl.sizing import brief as speech
from itmsctl.sizing.line import Line
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.recommendation import ROLES, recommend
from itmsctl.sizing.request import Request
from itmsctl.values.names import did_you_mean


def recommended(numbers: Numbers, requests: Sequence[Request], roles: Sequence[str] = ()) -> list[Line]:
    """Return the lines of every request; `roles` keeps those of some roles. Raises InputError, SizingLimitError."""
    for role in roles:
        if role not in ROLES:
            raise UsageError(f"no role `{role}`", hint=did_you_mean(role, ROLES) or ", ".join(ROLES))
    found = chain.from_iterable(recommend(numbers, request) for request in requests)
    return [line for line in found if not roles or line.role in roles]


def brief(lines: Sequence[Line]) -> list[Line]:
    """Return the lines that matter most."""
    return list(speech.brief(lines))


def rows(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return rows for people."""
    return speech.rows(lines)
