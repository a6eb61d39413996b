"""A report as a file: SQL behind a head of comments. Those that come with the program are written so too.

    -- Computers that did not answer for a while.
    -- parameter: since:time=30d
    -- drilldown: computer show {name}
    SELECT name, last_seen FROM v_computer WHERE last_seen < :since

Lines of the head without a key are the description.
"""

from __future__ import annotations

import re
from typing import Any

from itmsctl.errors import FileFormatError
from itmsctl.reports.question import PARAMETER_TYPES
from itmsctl.values.names import did_you_mean
from itmsctl.values.parameters import parameter_fields
from itmsctl.values.times import seconds

_ENTRY = re.compile(r"([a-z][a-z-]*):\s+(.*)")
_KEYS = ("parameter", "drilldown", "limit", "time-limit", "owner")


def fields_of(text: str, file: str) -> dict[str, Any]:
    """Return the fields of a report that a file tells, `sql` among them.

    Raises FileFormatError with file and line, InputError for a declaration that is none.
    """
    lines = text.splitlines()
    head = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("--")), len(lines))
    words: list[str] = []
    found: dict[str, list[str]] = {}
    for number, line in enumerate(lines[:head], 1):
        said = line.removeprefix("--").strip()
        entry = _ENTRY.fullmatch(said)
        if entry is None:
            words.append(said)
        elif entry[1] in _KEYS:
            found.setdefault(entry[1], []).append(entry[2].strip())
        else:
            hint = did_you_mean(entry[1], _KEYS) or "keys: " + ", ".join(_KEYS)
            raise FileFormatError(f"{file}:{number}: `{entry[1]}` is no key of a report", hint=hint)
    sql = "\n".join(lines[head:]).strip()
    if not sql:
        raise FileFormatError(f"{file}: there is no query", hint="the SELECT stands behind the comments")
    return {"sql": sql, "description": " ".join(filter(None, words)) or None} | _typed(found, file)


def _typed(found: dict[str, list[str]], file: str) -> dict[str, Any]:
    fields: dict[str, Any] = parameter_fields(found.pop("parameter", []), PARAMETER_TYPES)
    for key, values in found.items():
        if len(values) > 1:
            raise FileFormatError(f"{file}: `{key}` comes twice")
    if "limit" in found:
        if not found["limit"][0].isdecimal():
            raise FileFormatError(f"{file}: the limit is a number of rows")
        fields["limit"] = int(found["limit"][0])
    if "time-limit" in found:
        fields["time_limit_s"] = seconds(found["time-limit"][0])
    return fields | {key: found[key][0] for key in ("drilldown", "owner") if key in found}
