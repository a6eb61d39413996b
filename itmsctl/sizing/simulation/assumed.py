"""What the simulator takes for granted: the table `simulation` of the numbers, and what is said otherwise in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from itmsctl.errors import FieldError
from itmsctl.sizing.numbers import Cell, Numbers
from itmsctl.values.names import did_you_mean

TABLE = "simulation"
SAID = "--assume"


def assuming(numbers: Numbers, said: Iterable[str]) -> Numbers:
    """Return the numbers with assumptions replaced by those said: `full_inventory.kbit=4000`.

    Raises FieldError for an assumption that is not known, or for what is not a number above 0 (0 where it is 0 now).
    """
    cells = dict(numbers.table(TABLE).cells)
    for text in said:
        name, _, value = text.partition("=")
        name = name.strip()
        if name not in cells:
            hint = did_you_mean(name, cells) or "itmsctl sizing simulate --assumptions lists them"
            raise FieldError(f"no assumption `{name[:80]}`", hint=hint)
        cells[name] = replace(cells[name], value=_number(name, value.strip()), source=SAID)
    return replace(numbers, tables={**numbers.tables, TABLE: replace(numbers.table(TABLE), cells=cells)})


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    least_is_zero = name.endswith(".db_kb")
    if not math.isfinite(number) or number < 0 or (number == 0 and not least_is_zero):
        kind = "a number, 0 or more" if least_is_zero else "a number above 0"
        raise FieldError(f"`{name}` does not take `{text[:40]}`", hint=f"{name}= takes {kind}")
    return number


def assumptions(numbers: Numbers) -> Iterable[tuple[str, Cell]]:
    """Yield each assumption: its name, and its value with source and reason."""
    return numbers.table(TABLE).cells.items()
