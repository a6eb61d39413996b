"""Quantities that people state: of hardware, of computers, of links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.errors import FieldError


def refuse_below(fields: Mapping[str, Any], least: int, names: Sequence[str]) -> None:
    """Raise FieldError where one of these fields is stated and is less than `least`."""
    for name in names:
        value = fields.get(name)
        if value is not None and value < least:
            flag = "--" + name.replace("_", "-")
            raise FieldError(f"`{value}` is too little for `{flag}`", hint=f"{flag} {least} or more").about(name)
