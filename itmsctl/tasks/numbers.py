"""How people name a run: `R-12`."""

from __future__ import annotations

import re

from itmsctl.errors import InputError

_NUMBER = r"(?:[Rr]-)?([1-9][0-9]{0,14})"


def run_name(number: int) -> str:
    """Return what people type."""
    return f"R-{number}"


def run_number(text: str) -> int:
    """Read `R-12` or `12`; raise InputError for anything else."""
    match = re.fullmatch(_NUMBER, text.strip())
    if match is None:
        raise InputError(f"`{text}` is not a run", hint="runs are named R-12; itmsctl run list")
    return int(match[1])
