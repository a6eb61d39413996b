"""A part of a unit of work that may fail by itself: what it wrote and recorded is taken back, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import BusyError, ItmsError, StorageError

_T = TypeVar("_T")


def attempt(unit: UnitOfWork, work: Callable[[], _T]) -> _T:
    """Return what the work returns. Where it raises, everything of it is taken back first.

    Raises what the work raises.
    """
    unit.change_set_id  # noqa: B018 - its id is taken outside of what may be taken back
    mark, memo = unit.draft.mark(), dict(unit.memo)
    inner = unit.connection.begin_nested()
    try:
        result = work()
    except (StorageError, BusyError):
        raise  # the whole unit ends
    except ItmsError:
        inner.rollback()
        unit.memo.clear()
        unit.memo.update(memo)
        if not unit.draft.back_to(mark):
            raise AssertionError("more was recorded than can be taken back") from None
        raise
    inner.commit()
    return result
