"""What the end of a drive leads to."""

from __future__ import annotations

from typing import Any, cast

import pytest

from itmsctl.tasks.service.driving import DriveReport
from itmsctl.tasks.service.runs import ENDED, HALTED, INTERRUPTED, WAITING
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import tally_of

OK, QUEUED = (State.SUCCEEDED, None, 2), (State.QUEUED, None, 3)


@pytest.mark.parametrize(
    ("state", "rows", "status"),
    [
        (ENDED, [OK], 0),
        (WAITING, [OK, QUEUED], 0),
        (HALTED, [OK, QUEUED], 9),
        (INTERRUPTED, [OK, QUEUED], 7),  # nobody said why, and yet computers were not started
        (INTERRUPTED, [QUEUED], 8),
        (INTERRUPTED, [OK], 0),
    ],
)
def test_computers_that_were_not_started_are_no_success(state: str, rows: list[Any], status: int) -> None:
    assert DriveReport(cast("Any", None), tally_of(rows), state).exit_status == status
