"""How a run is cut into waves: batches of a size, or rings by a hash of the computer and the rollout's seed.

The ring of a computer depends on its GUID and the seed alone: others may come or go, it stays where it is. Rings are
nested: a computer that is among the first 1 % is among the first 10 %. Another seed picks other canaries.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from itmsctl.errors import InputError
from itmsctl.values.lean import dataclass

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When computers of a wave are due that has not been opened."""

MAX_WAVES = 100
FAILURES = "limit of failures"
FIRST_WAVE, LAST_WAVE = -1, 1_000_000  # what the server does before all computers, and after them


@dataclass(frozen=True)
class Amount:
    """A number of computers, or a share of them: `5`, `25%`."""

    number: float
    share: bool

    def of(self, total: int) -> int:
        """Return how many of so many that is; a share is rounded up, and is at least one."""
        return max(1, math.ceil(total * self.number / 100 - 1e-9)) if self.share else int(self.number)

    def __str__(self) -> str:
        return f"{self.number:g}%" if self.share else str(int(self.number))


def amount(text: str, what: str) -> Amount:
    """Read `5` or `25%`. Raises InputError."""
    word = text.strip()
    share = word.endswith("%")
    try:
        number = float(word[:-1]) if share else int(word)
    except ValueError:
        number = -1.0
    if not (0 < number <= 100 if share else 1 <= number <= 1_000_000_000):
        strictest = "1 is the strictest: the first failure stops it; " if number == 0 and what == FAILURES else ""
        raise InputError(f"`{text}` is no {what}", hint=f"{strictest}a number of computers, or a share of them: 5, 25%")
    return Amount(number, share)


def batches(text: str) -> tuple[Amount, ...]:
    """Read `1,5,25%,100%`: the sizes of batches one after the other; the last is repeated. Raises InputError."""
    return _few(tuple(amount(part, "size of a batch") for part in text.split(",")))


def rings(text: str) -> tuple[Amount, ...]:
    """Read `1%,10%,100%`: how far each ring reaches, those before it included. Raises InputError."""
    found = tuple(amount(part, "share of a ring") for part in text.split(","))
    if any(not part.share for part in found):
        raise InputError(f"rings are shares: `{text}`", hint="--rings 1%,10%,50%,100%; --batch takes numbers")
    if list(found) != sorted(set(found), key=lambda part: part.number):
        raise InputError(f"each ring reaches further than the one before it: `{text}`", hint="--rings 1%,10%,100%")
    return _few(found if found[-1].number == 100 else (*found, Amount(100, share=True)))


def _few(found: tuple[Amount, ...]) -> tuple[Amount, ...]:
    if len(found) > MAX_WAVES:
        raise InputError(f"{len(found)} waves; {MAX_WAVES} are allowed")
    return found


def batch_of(sizes: Sequence[Amount], total: int) -> list[int]:
    """Return the wave of each of `total` computers in their order."""
    found: list[int] = []
    wave = 0
    while len(found) < total:
        size = sizes[min(wave, len(sizes) - 1)].of(total)
        found += [wave] * min(size, total - len(found))
        wave += 1
    return found


def ring_of(guid: str, seed: str, shares: Sequence[Amount]) -> int:
    """Return the ring of a computer."""
    point = fraction(seed, guid) * 100
    return next((n for n, share in enumerate(shares) if point < share.number), len(shares) - 1)


def fraction(seed: str, guid: str) -> float:
    """Return a number of [0, 1) that a computer has under a seed, the same for ever."""
    digest = hashlib.sha256(f"{seed}\0{guid}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def splayed(start: datetime, splay_s: float, seed: str, guid: str) -> datetime:
    """Return when a computer begins whose start is spread over `splay_s` seconds."""
    return start + timedelta(seconds=splay_s * fraction(f"{seed} splay", guid)) if splay_s else start


# --- gates ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gate:
    """What a wave must have shown before the next one opens.

    `success` is the share of computers that succeeded, of those that came to an end (who could not be reached does not
    count); none leaves it to `max_fail` alone. `soak_s` is how long to wait after the wave's last computer.
    """

    success: float | None = 1.0
    soak_s: float = 0.0
    health: str | None = None


@dataclass(frozen=True)
class Shown:
    """What a wave has shown so far. `sick` are names of computers that do not pass the health query."""

    name: str
    ok: int
    bad: int
    sick: Sequence[str] = ()


def halted_by(gate: Gate, shown: Shown) -> str:
    """Return why a wave does not pass its gate; an empty text lets it pass."""
    ended = shown.ok + shown.bad
    if gate.success is not None and ended and shown.ok < gate.success * ended - 1e-9:
        wanted = f"{gate.success:.0%} are wanted before the next one"
        return f"{shown.name}: {shown.ok} of {ended} computers succeeded, {wanted}"
    if gate.success is not None and not ended:
        return f"{shown.name}: none of its computers came to an end"
    if shown.sick:
        names = ", ".join(shown.sick[:5]) + (f" and {len(shown.sick) - 5} more" if len(shown.sick) > 5 else "")
        return f"{shown.name}: {len(shown.sick)} computers are not healthy ({gate.health}): {names}"
    return ""
