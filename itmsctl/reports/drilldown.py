"""Where a row leads (RPT-2): a command of this program with values of the row in it, such as `computer show {name}`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from itmsctl.errors import FieldError
from itmsctl.values.kind import house
from itmsctl.values.names import did_you_mean
from itmsctl.values.times import to_text
from itmsctl.values.untrusted import is_storable, shell_arg

PROGRAM = "itmsctl"
_PLACE = re.compile(r"\{([^{}]*)\}")


def check(template: str, columns: Collection[str]) -> str:
    """Return the template in its stored form: without the name of the program before it.

    Raises FieldError for a group that is none, a column that the result does not have, or a template without one.
    """
    said = " ".join(template.split()).removeprefix(f"{PROGRAM} ")
    group = said.split(" ", 1)[0]
    if group not in house().groups():
        raise FieldError(f"`{group}` is no command of {PROGRAM}", hint=did_you_mean(group, house().groups()))
    names = _PLACE.findall(said)
    if not names:
        raise FieldError("a drill-down names no column", hint="write one in braces: 'computer show {name}'")
    for name in names:
        if name not in columns:
            hint = did_you_mean(name, columns) or "columns: " + ", ".join(columns)
            raise FieldError(f"the result has no column `{name}` to drill down by", hint=hint)
    return said


def command(template: str, row: Mapping[str, Any], program: str = PROGRAM) -> str | None:
    """Return the command that a row leads to, ready for a shell; None where a value of it is missing.

    `program` is how the program is called for it, where that is with an option.
    """
    values = {name: _text(row.get(name)) for name in _PLACE.findall(template)}
    if not all(values.values()):
        return None
    return f"{program} " + _PLACE.sub(lambda place: shell_arg(values[place[1]] or ""), template)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = to_text(value) if hasattr(value, "tzinfo") else str(value)
    return text if is_storable(text) else None
