"""What a run came to: counts, and the exit status they lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field

from itmsctl.errors import IntegrityError, worst
from itmsctl.tasks.brakes import CUT_SHORT, KILLED
from itmsctl.tasks.states import State
from itmsctl.values.lean import dataclass

INTEGRITY = IntegrityError.exit_status
NOT_PERMITTED, PARTLY, FAILED, GUARD, UNKNOWN, IDENTITY = 4, 7, 8, 9, 10, 12
IDENTITY_REASONS = frozenset(
    {
        "HOST-KEY-CHANGED", "HOST-KEY-UNKNOWN", "HOST-KEY-REVOKED", "WRONG-HOST",
        "SMB-GUEST", "SMB-UNENCRYPTED", "SMB-UNSIGNED",
    }
)  # fmt: skip
PERMISSION_REASONS = frozenset({"CRED-SCOPE"})
INTEGRITY_REASONS = frozenset({IntegrityError.code, *(kind.code for kind in IntegrityError.__subclasses__())})

# The counts of a summary. A command over a transport cannot say that it changed nothing, so a success counts as `ok`.
_COUNTED = {
    State.SUCCEEDED: "ok",
    State.FAILED: "failed",
    State.TIMED_OUT: "failed",
    State.UNREACHABLE: "unreachable",
    State.UNKNOWN: "unknown",
    State.CLAIMED: "running",  # a living process works on it
    State.CANCELLED: "skipped",
    State.EXPIRED: "failed",  # it was promised, and was not done
    State.QUEUED: "deferred",
    State.PLANNED: "deferred",
}
NAMES = ("ok", "changed", "failed", "unreachable", "unknown", "running", "skipped", "deferred")


@dataclass()
class Tally:
    """Counts of one run, filled as computers end."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)  # (state, reason) -> computers
    identity_failures: int = 0
    not_permitted: int = 0
    not_intact: int = 0
    cut_short: int = 0  # computers that somebody stopped after something was sent to them

    def add(self, state: State, reason: str | None = None, number: int = 1) -> None:
        """Count computers that stand in a state, for a reason."""
        self.counts[_COUNTED[state]] += number
        if reason:
            self.reasons[(str(state), reason)] += number
            if reason in IDENTITY_REASONS:
                self.identity_failures += number
            if reason in PERMISSION_REASONS:
                self.not_permitted += number
            if reason in INTEGRITY_REASONS:
                self.not_intact += number
            if state is State.CANCELLED and reason in {CUT_SHORT, KILLED}:
                self.cut_short += number

    @property
    def computers(self) -> int:
        """Return how many computers were counted."""
        return sum(self.counts.values())

    @property
    def exit_status(self) -> int:
        """Return the exit status that the counts lead to; 0 where every computer that was started succeeded.

        Computers that were stopped halfway are a person's no, as the guard's is; those that never began are skipped.
        """
        statuses = set()
        good = self.counts["ok"] + self.counts["changed"]
        if self.counts["failed"] or self.counts["unreachable"]:
            statuses.add(PARTLY if good else FAILED)
        if self.counts["unknown"] or self.counts["running"]:
            statuses.add(UNKNOWN)
        if self.cut_short:
            statuses.add(GUARD)
        if self.identity_failures:
            statuses.add(IDENTITY)
        if self.not_permitted:
            statuses.add(NOT_PERMITTED)
        if self.not_intact:
            statuses.add(INTEGRITY)
        return worst(statuses)

    def as_dict(self) -> dict[str, int]:
        """Return all counts."""
        return dict(self.counts)


def tally_of(rows: Iterable[tuple[State, str | None, int]]) -> Tally:
    """Return the tally of (state, reason, computers) as the database groups them."""
    tally = Tally()
    for state, reason, number in rows:
        tally.add(state, reason, number)
    return tally


def sentence(counts: Mapping[str, int]) -> str:
    """Say counts for people: `297 ok, 2 failed, 1 unreachable`."""
    return ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing to do"
