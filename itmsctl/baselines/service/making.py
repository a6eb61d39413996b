"""A baseline made from what is held of one computer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.baselines.comparing import PickedRows, by_item
from itmsctl.baselines.service.baselines import BASELINES, refuse_single, refuse_unknown
from itmsctl.baselines.written import plain_row, text_of
from itmsctl.cmdb.doc import Outcome
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import FieldError, NotFoundError
from itmsctl.inventory.service.classes import class_in
from itmsctl.inventory.service.looking import class_rows
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.values.untrusted import shell_arg

# What says what a file is; when it was changed and by whom it is owned differs from one computer to the next.
_USUAL: Mapping[str, tuple[str, ...]] = {"files": ("sha256", "size_bytes"), "software": ("version",)}


def make(
    unit: UnitOfWork,
    name: str,
    reference: str,
    data_class: str,
    columns: Sequence[str],
    include: Sequence[str],
    exclude: Sequence[str],
    *,
    allow_extra: bool = False,
    description: str | None = None,
    again: bool = False,
) -> Outcome:
    """Return what became of the baseline: its rows are those of `reference` now.

    `again` makes one that is there a second time. Raises NotFoundError for the computer or the class, or where nothing
    was collected; FieldError where no row is left; NameTakenError.
    """
    computer = COMPUTERS.get(unit, reference)
    one = class_in(unit, data_class)
    refuse_single(one)
    refuse_unknown(one, columns)
    held = class_rows(unit, computer.id, one)
    if held["collected_at"] is None:
        raise NotFoundError(
            f"{one.name} of `{computer.name}` was never collected",
            hint=f"itmsctl inventory run {shell_arg(computer.name)} --class {shell_arg(one.name)}",
        )
    kept = tuple(columns) or _USUAL.get(one.name) or one.lasting
    rows = PickedRows(include, exclude).of(by_item(one.key, held["rows"]))
    if not rows:
        raise FieldError(f"no row of {one.name} of `{computer.name}` is left", hint="other --include and --exclude")
    fields: dict[str, Any] = {
        "data_class": one.name,
        "columns": list(kept),
        "include": list(include),
        "exclude": list(exclude),
        "allow_extra": allow_extra,
        "rows": text_of({item: plain_row({n: row[n] for n in (*one.key, *kept)}) for item, row in rows.items()}),
        "reference": computer.name,
        **({} if description is None else {"description": description}),
    }
    if again and BASELINES.find(unit, name) is not None:
        return BASELINES.set(unit, name, fields)
    return BASELINES.add(unit, name, fields)
