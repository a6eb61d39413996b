"""How a run goes about its computers, as it is kept with the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from itmsctl.errors import InputError, UsageError
from itmsctl.tasks import waves
from itmsctl.tasks.waves import Gate
from itmsctl.values.naming import naming

# Failures to make contact that a later try may not meet: the computer is off, away, or starting.
ABSENT = frozenset({"UNREACHABLE", "REFUSED", "TIMED-OUT", "UNRESOLVABLE", "NO-ROUTE", "SILENT", "HOST-NOT-SSH"})
FIRST_WAIT_S = 60.0
LONGEST_WAIT_S = 900.0


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What was asked for beside the program: waves, gates, limits, and whether absent computers are waited for.

    `batch`, `rings` and `max_fail` are kept as they were typed. `waits`: a computer that does not answer stays queued
    until it does, the deadline passes, or it is cancelled. `background`: whoever ticks drives it on. `overlap` (skip,
    queue-one, replace) is for computers whose turn comes while an earlier run of the same policy is not done with them.
    """

    batch: str | None = None
    rings: str | None = None
    seed: str = ""
    max_fail: str | None = None
    gate_success: float | None = None
    soak_s: float = 0.0
    health: str | None = None
    splay_s: float = 0.0
    deadline_s: float | None = None
    waits: bool = False
    background: bool = False
    ignore_windows: bool = False
    overlap: str | None = None

    def __post_init__(self) -> None:
        if self.batch is not None and self.rings is not None:
            raise UsageError("--batch and --rings are both given", hint="a run is cut one way").about("rings")
        if self.batch is not None:
            with naming("batch"):
                waves.batches(self.batch)
        if self.rings is not None:
            with naming("rings"):
                waves.rings(self.rings)
        if self.max_fail is not None:
            with naming("max_fail"):
                waves.amount(self.max_fail, waves.FAILURES)
        if self.gate_success is not None and not 0 <= self.gate_success <= 1:
            what = f"a success share of {self.gate_success:.0%}"
            raise InputError(what, hint="--gate-success 95%").about("gate_success")
        if not self.is_cut and (self.soak_s or self.health or self.gate_success is not None):
            gate = "soak_s" if self.soak_s else "health" if self.health else "gate_success"
            what = "a gate stands between waves, and there is one wave"
            raise UsageError(what, hint="--rings 1%,10%,100%").about(gate)

    @property
    def is_cut(self) -> bool:
        """Return whether the run has several waves."""
        return self.batch is not None or self.rings is not None

    @property
    def gate(self) -> Gate:
        """Return the gate between waves: all computers of a wave succeed, unless a limit of failures says otherwise."""
        success = self.gate_success if self.gate_success is not None else None if self.max_fail else 1.0
        return Gate(success, self.soak_s, self.health)

    def failures_allowed(self, total: int) -> int | None:
        """Return the number of failures at which no more computers are started; None for no limit."""
        return None if self.max_fail is None else waves.amount(self.max_fail, waves.FAILURES).of(total)

    def as_dict(self) -> dict[str, Any]:
        """Return the form in which a run keeps it: what was asked for."""
        plain = RunOptions()
        return {name: value for name, value in asdict(self).items() if value != getattr(plain, name)}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> RunOptions:
        """Read the form in which a run keeps it."""
        return cls(**{name: kept[name] for name in cls.__slots__ if name in kept})

    def cut(self, guids: list[str]) -> list[tuple[int, str]]:
        """Return the wave of each computer and its name."""
        if self.rings is not None:
            shares = waves.rings(self.rings)
            found = [waves.ring_of(guid, self.seed, shares) for guid in guids]
            return [(n, f"ring {n + 1} ({shares[n]})") for n in found]
        if self.batch is not None:
            return [(n, f"batch {n + 1}") for n in waves.batch_of(waves.batches(self.batch), len(guids))]
        return [(0, "all")] * len(guids)


def share(text: str) -> float:
    """Read a share of success as it is typed: `95%` is 0.95. Raises InputError."""
    try:
        return float(text.strip().removesuffix("%")) / 100
    except ValueError:
        raise InputError(f"`{text}` is no share", hint="--gate-success 95%") from None


def wait_s(contacts: int) -> float:
    """Return how long to wait for an absent computer: longer each time, a quarter of an hour at most."""
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(contacts, 10))
