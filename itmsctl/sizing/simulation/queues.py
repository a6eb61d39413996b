"""Queues: what waits where more is asked than is served, first come, first served. A fluid, not single requests."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from itmsctl.sizing.simulation.curves import Curve
from itmsctl.sizing.simulation.pulses import Pulse, Pulses

_NEAR = 1e-9  # relative: what is so little more than is served is not more


@dataclass(frozen=True, slots=True)
class Piece:
    """What arrives from `start` to `end` leaves from `out_start` to `out_end`; `held` where it had to wait."""

    start: float
    end: float
    out_start: float
    out_end: float
    held: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """The way through a node that is too narrow at times: pieces in the order of time, without gaps in their work."""

    pieces: Sequence[Piece]
    starts: Sequence[float]

    @property
    def longest_wait_s(self) -> float:
        """Return the longest time that anything waits, in seconds."""
        return max((max(p.out_start - p.start, p.out_end - p.end) for p in self.pieces if p.held), default=0.0)

    def busy(self) -> Iterator[tuple[float, float]]:
        """Yield the spans during which something waits."""
        begin = end = None
        for piece in (piece for piece in self.pieces if piece.held):
            if end is None or piece.out_start > end:
                if begin is not None and end is not None:
                    yield begin, end
                begin = piece.start
            end = piece.out_end
        if begin is not None and end is not None:
            yield begin, end

    def passed(self, pulses: Pulses) -> Pulses:
        """Return how pulses leave that arrive so. Those of the same moment share it, whosever they are."""
        found: list[Pulse] = []
        for pulse in pulses:
            found.extend(self._at_once(pulse) if pulse.start == pulse.end else self._spread(pulse))
        return tuple(found)

    def _at_once(self, pulse: Pulse) -> Iterator[Pulse]:
        index = bisect_left(self.starts, pulse.start)
        while index < len(self.pieces) and self.starts[index] == pulse.start:
            piece = self.pieces[index]
            if piece.end == piece.start:
                yield Pulse(piece.out_start, piece.out_end, pulse.amount, 0.0)
                return
            index += 1
        yield pulse

    def _spread(self, pulse: Pulse) -> Iterator[Pulse]:
        # Each start and end of a pulse is a break between pieces, so that a piece lies inside a pulse or outside it.
        index = bisect_left(self.starts, pulse.start)
        while index < len(self.pieces) and self.starts[index] < pulse.end:
            piece = self.pieces[index]
            index += 1
            if piece.end > piece.start:
                amount = pulse.amount * (piece.end - piece.start) / (pulse.end - pulse.start)
                yield Pulse(piece.out_start, piece.out_end, amount, 0.0 if piece.held else pulse.period)


def queue_of(arriving: Curve, served: float, least_s: float = 0.0) -> Queue | None:
    """Return the queue of what arrives where `served` a second pass; None where nothing waits longer than `least_s`."""
    queue = _queue(arriving, served)
    return queue if queue and queue.longest_wait_s > least_s else None


def _queue(arriving: Curve, served: float) -> Queue | None:
    steady = max(arriving.rates, default=0.0) <= served * (1 + _NEAR)
    if steady and arriving.befores == arriving.sums:
        return None
    pieces: list[Piece] = []
    free = arriving.times[0]  # the moment from which on the node has nothing left to do
    ends = [*arriving.times[1:], arriving.times[-1]]
    for index, time in enumerate(arriving.times):
        free = max(free, time)
        jump = arriving.sums[index] - arriving.befores[index]
        if jump > 0:
            pieces.append(Piece(time, time, free, free + jump / served, held=True))
            free += jump / served
        for piece in _pieces(time, ends[index], free, arriving.rates[index] / served):
            pieces.append(piece)
            free = piece.out_end
    return Queue(pieces, [piece.start for piece in pieces])


def _pieces(start: float, end: float, free: float, load: float) -> Iterator[Piece]:
    """Yield the pieces of a span with one rate, which is `load` times what is served."""
    if end <= start:
        return
    if free > start or load > 1:
        empty = free + load * (end - start)  # when the last of it leaves, where it all waits
        if load >= 1 or empty >= end:
            yield Piece(start, end, free, empty, held=True)
            return
        turn = (free - load * start) / (1 - load)  # when the queue is empty
        if turn > start:
            yield Piece(start, turn, free, turn, held=True)
        start = turn
    if end > start:
        yield Piece(start, end, start, end, held=False)
