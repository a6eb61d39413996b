"""Whether what was answered of a class holds: against what the CMDB holds, and against what it says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from itmsctl.inventory import delta
from itmsctl.inventory.answer import ClassAnswer
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.forming import class_digest
from itmsctl.inventory.request import HeldClass


def misfit(
    one: DataClass, answer: ClassAnswer, rows: Sequence[Any], removed: Sequence[int], held: HeldClass, *, sound: bool
) -> str:
    """Return why an answer of a class cannot be taken; empty where it can.

    `sound` tells that the whole answer arrived as it was sent: then rows that are all of a class need no proof, for
    nothing rests on what was held before.
    """
    if answer.state == "same":
        return (
            "" if held.digest and answer.digest == held.digest else "it says that nothing changed, against its digest"
        )
    if answer.state == "delta":
        return _of_delta(one, answer, rows, removed, held)
    if answer.state == "whole" and not sound and delta.report(one, rows).digest != answer.digest:
        return "its rows are not those of its digest"
    return ""


def _of_delta(one: DataClass, answer: ClassAnswer, rows: Sequence[Any], removed: Sequence[int], held: HeldClass) -> str:
    if not held.digest or answer.base != held.digest:
        return "it was made against something else than what is held"
    gone = [key.to_bytes(delta.SIZE // 2, "big", signed=True) for key in removed]
    try:
        packed = delta.apply(held.packed, delta.report(one, rows).formed.rows.values(), gone)
    except delta.DeltaMismatchError as error:
        return str(error)
    return "" if class_digest(packed) == answer.digest else "it does not lead to what it says"
