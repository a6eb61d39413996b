"""Exit codes and what a task says of them: success, success that needs a reboot, a failure that may pass by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from itmsctl.errors import FailedError, InputError
from itmsctl.transports.outcome import CommandOutcome, RemoteState
from itmsctl.values.lean import dataclass

REBOOT_NEEDED = "REBOOT-NEEDED"
RETRY_CODE = "RETRY-CODE"
_PART = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?")
_HIGHEST = 2**32 - 1


@dataclass(frozen=True)
class CodeSet:
    """Numbers as ranges, in order, apart from each other. As text: `0,3010-3011`."""

    ranges: tuple[tuple[int, int], ...] = ()

    def __contains__(self, code: int) -> bool:
        return any(low <= code <= high for low, high in self.ranges)

    def __str__(self) -> str:
        return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in self.ranges)

    def shared(self, other: CodeSet) -> int | None:
        """Return a number that both hold, or None."""
        both = (max(a, c) for a, b in self.ranges for c, d in other.ranges if max(a, c) <= min(b, d))
        return next(both, None)


def code_set(text: str) -> CodeSet:
    """Read `0,3010-3011`; an empty text is no code. Raises InputError."""
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _PART.fullmatch(part)
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if low > high or high > _HIGHEST:
            raise InputError(f"`{part}` is no exit code", hint="write numbers and ranges: 0,3010-3011")
        found.append((low, high))
    return CodeSet(_joined(sorted(found)))


def _joined(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for low, high in ranges:
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


@dataclass(frozen=True)
class Codes:
    """The three sets of a task. A reboot code is a success whether or not it is named as one."""

    success: CodeSet = CodeSet(((0, 0),))
    reboot: CodeSet = CodeSet()
    retry: CodeSet = CodeSet()


def codes(success: str, reboot: str, retry: str) -> Codes:
    """Read the three sets. Raises InputError, also for a code that would be both a success and worth a retry."""
    found = Codes(code_set(success), code_set(reboot), code_set(retry))
    for name, good in (("success", found.success), ("reboot", found.reboot)):
        shared = found.retry.shared(good)
        if shared is not None:
            raise InputError(f"{shared} is both a {name} code and a retry code", hint="a code means one thing")
    return found


def judged(outcome: CommandOutcome, known: Codes) -> CommandOutcome:
    """Return an outcome as the task's codes judge its exit status; one without, or without an ordinary end, stays."""
    code = outcome.exit_status
    if code is None or outcome.state not in (RemoteState.SUCCEEDED, RemoteState.FAILED):
        return outcome
    if code in known.reboot:
        return replace(outcome, state=RemoteState.SUCCEEDED, reason=REBOOT_NEEDED, leads_to=0)
    if code in known.success:
        return replace(outcome, state=RemoteState.SUCCEEDED, leads_to=0)
    reason = RETRY_CODE if code in known.retry else outcome.reason
    return replace(outcome, state=RemoteState.FAILED, reason=reason, leads_to=FailedError.exit_status)
