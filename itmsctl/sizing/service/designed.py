"""What is asked of a design that stands in plan files: they are applied, looked at, and rolled back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.plans.service import applying, reading
from itmsctl.plans.service.opened import OpenedBatch
from itmsctl.targeting.service import update

_T = TypeVar("_T")


@dataclass(frozen=True)
class PlanFiles:
    """Plan files and folders; `-` is `stdin`. `by` is who applies them."""

    paths: Sequence[str]
    stdin: BinaryIO
    by: str = ""


def once_applied(store: Store, files: PlanFiles, ask: Callable[[UnitOfWork], _T]) -> _T:
    """Return what is asked of the CMDB as plan files would make it; nothing is written.

    Raises what reading and applying them raises.
    """
    with OpenedBatch(reading.read_batch(files.paths, files.stdin, recursive=True)) as opened:

        def applied(unit: UnitOfWork) -> _T:
            applying.apply(unit, opened, by=files.by)
            update.freshen(unit)
            return ask(unit)

        return store.write(applied, dry_run=True)
